"""E07xx: artefact files."""

from rfos_lang.base.wording.entry import Entry

ENTRIES: dict[str, Entry] = {
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
