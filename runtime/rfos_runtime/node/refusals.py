"""Why a node takes no block: the journal holds another one, or what it holds is not ours."""

from rfos_runtime.journal.frames import JournalError


class BlockDiffers(JournalError):
    """A block was given again, and is not the one in the journal."""

    def __init__(self, number: int) -> None:
        super().__init__(f"block {number} is not the one that the journal holds")
        self.number = number


class TooFarAhead(JournalError):
    """A block lies too long after the one before. Nothing was done."""

    def __init__(self, time: int, longest: int) -> None:
        super().__init__(f"a block at {time} lies more than {longest} ns after the one before")
        self.time = time
        self.longest = longest


class NotWhole(JournalError):
    """A block is so many bytes, which are not whole records. Nothing was done."""

    def __init__(self, size: int) -> None:
        super().__init__(f"{size} bytes are not whole records")
        self.size = size


class RootDiffers(JournalError):
    """Replaying the blocks up to this one gives another root than the journal says."""

    def __init__(self, number: int) -> None:
        super().__init__(f"replaying block {number} gives another state root")
        self.number = number


class Unreadable(JournalError):
    """A record is whole but holds no block, or not the next one."""

    def __init__(self, number: int) -> None:
        super().__init__(f"the record of block {number} is no block, or not the next one")
        self.number = number


class Settled(JournalError):
    """A block was given again that lies before the snapshot from which the node was recovered."""

    def __init__(self, number: int) -> None:
        super().__init__(f"block {number} lies before the snapshot: what it did is not at hand")
        self.number = number
