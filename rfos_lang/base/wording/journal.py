"""E0831 to E0835: journals that are in use, on disks that refuse, of another kernel, or of a clock
that ran away.
"""

from rfos_lang.base.wording.entry import Entry

ENTRIES: dict[str, Entry] = {
    "E0831": Entry(
        title="a journal in use",
        message="{folder} is in use by another process",
        help="wait until that one has ended, or use another folder",
        explanation=(
            "A journal has one writer: the process that holds the lock of its folder. The lock "
            "ends with the process, however that ends: none is left behind. Reading needs no lock."
        ),
    ),
    "E0832": Entry(
        title="a disk that refuses",
        message="{folder}: {problem}",
        help="make room or give the right to write, then begin again; what counted is kept",
        explanation=(
            "A block counts once the disk has it. This one does not, and nothing was written "
            "behind it. The next run goes on from the last block that counted."
        ),
    ),
    "E0833": Entry(
        title="a journal that leads elsewhere",
        message="block {block} of the journal in {folder} leads to another state root than it says",
        help="replay it with the version that wrote it",
        explanation=(
            "Every record holds the state root after its block. The bytes are whole, and this "
            "kernel comes to another state: another version wrote them, or somebody made them up."
        ),
    ),
    "E0834": Entry(
        title="a record that is no block",
        message="record {block} of the journal in {folder} is no block that could come next",
        help="replay it with the version that wrote it",
        explanation=(
            "Its hash fits, so the bytes are those that were written. But they are no block, or "
            "one with another number, or with a time that does not lie after the block before."
        ),
    ),
    "E0835": Entry(
        title="a block too far ahead",
        message="this block would lie more than {days} days after the one before",
        help="have blocks in between, at which nothing needs to be sent",
        explanation=(
            "Everything that falls due between two blocks is lived through at the second one, and "
            "no block can lie before that afterwards. So a node takes none that lies far ahead, "
            "and has done nothing when it says so: blocks by a clock of the right time follow. A "
            "node that stood still for longer catches up by empty blocks. A scenario's `step` is a "
            "day at most; its `steps` may lie ten days apart."
        ),
    ),
}
