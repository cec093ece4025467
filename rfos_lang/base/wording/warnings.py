"""W09xx: what is allowed but probably not meant."""

from rfos_lang.base.wording.entry import Entry

ENTRIES: dict[str, Entry] = {
    "W0901": Entry(
        title="an unused parameter",
        message="nothing uses the parameter `{name}`",
        help="remove it, or use it",
    ),
    "W0902": Entry(
        title="an unused definition",
        message="nothing uses `{name}`",
        help="remove it, or use it",
    ),
    "W0903": Entry(
        title="a statement after `end`",
        message="this is never reached",
        help="write it before `end`",
    ),
    "W0904": Entry(
        title="a clause after the contract's end",
        message="this clause is never reached",
        help="remove the `end`, or this clause",
    ),
    "W0905": Entry(
        title="an obligor without collateral",
        message="`{name}` may come to owe without bound and posts no collateral",
        help="add `collateral of {name} in ... {{ ... }}`, or say `unsecured`",
        explanation="""\
Who may owe an amount that no term of the contract bounds needs collateral that grows with it, or
the other party stands in the risk that it is not paid. `unsecured` in the contract says that this
is meant.
""",
    ),
    "W0906": Entry(
        title="a contract that does nothing",
        message="`{name}` has no clause, so nothing ever happens",
        help="add one: `at expiry {{ ... }}`",
    ),
}
