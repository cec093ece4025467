"""E07xx: artefact files."""

from rfos_lang.base.wording.entry import Entry

ENTRIES: dict[str, Entry] = {
    # --- artefacts ----------------------------------------------------------------------------
    "E0701": Entry(
        title="no artefact",
        message="this is no artefact that can be loaded: {reason}",
        help="compile the contract again with this version",
        explanation=(
            "An artefact is the WebAssembly module that `rfos compile` writes. It carries a "
            "description of itself and a hash over all its bytes. A module of another origin, one "
            "that was cut or altered, and one of an unknown schema are refused whole; nothing of "
            "them is run."
        ),
    ),
    "E0702": Entry(
        title="too many payments at one instant",
        message="{contract} may make {count} payments at one instant, and {limit} is the most",
        help="give some of its clauses to a second contract",
        explanation=(
            "The work that one instant of a contract can cause is bounded, so that a block of the "
            "kernel is. Every clause counts with all its payments, whether they can fall on the "
            "same day or not; a choice counts with its own or with those of its `otherwise`, "
            "and an `if` with those of one arm, whichever are more."
        ),
    ),
    "E0703": Entry(
        title="too large a clause",
        message="a clause of {contract} is too large to be compiled",
        help="bind what it says more than once with `let`, or use fewer assets and fixings",
        explanation=(
            "A clause becomes one function of the artefact, and hosts bound how many values a "
            "function may hold at a time: there is room for some ten thousand operations."
        ),
    ),
    # --- canonical bytes ----------------------------------------------------------------------
    "E0790": Entry(
        title="bytes that are no value",
        message="these bytes cannot be read: {reason}",
        help="the file was changed or cut short; take a new copy, or compile it again",
        explanation=(
            "Files of compiled contracts hold values in canonical bytes: there is exactly one way "
            "to write a value, and everything else is refused. Bytes that were cut, altered, or "
            "written by something else do not pass, and nothing of them is used."
        ),
    ),
}
