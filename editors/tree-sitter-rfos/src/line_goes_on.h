/* Made by `python -m rfos_lang.editing.generate`; not to be edited. */

static const char *const CONTINUING_WORDS[] = {
    "and",
    "as",
    "between",
    "default",
    "else",
    "for",
    "from",
    "in",
    "issued",
    "or",
    "otherwise",
    "over",
    "then",
    "to",
    "until",
    "valued",
};

static const char CONTINUING_SIGNS[] = "!*+,-./;<=>^{}";
