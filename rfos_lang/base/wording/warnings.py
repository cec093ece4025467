"""W09xx: what is allowed but probably not meant."""

from rfos_lang.base.wording.entry import Entry

ENTRIES: dict[str, Entry] = {
    "W0901": Entry(
        title="an unused parameter",
        message="nothing uses the parameter `{name}`",
        help="remove it, or use it",
        explanation="""\
A parameter that nothing reads has to be given and changes nothing. It may be left over, or a name
in the text may be the wrong one.
""",
    ),
    "W0902": Entry(
        title="an unused definition",
        message="nothing uses `{name}`",
        help="remove it, or use it",
        explanation="""\
A definition or state that nothing reads changes nothing. It may be left over, or a name in the
text may be the wrong one.
""",
    ),
    "W0903": Entry(
        title="a statement after `end`",
        message="this is never reached",
        help="write it before `end`",
        explanation="""\
`end` stops the contract where it stands: what follows in the same block is not run. Dated
payments that were fixed before it stay owed.
""",
    ),
    "W0904": Entry(
        title="a clause after the contract's end",
        message="this clause is never reached",
        help="remove the `end`, or this clause",
        explanation="""\
An earlier clause, or one before it at the same instant, ends the contract on every way through
it, so this clause has no turn.
""",
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
    "W0907": Entry(
        title="margin clauses that do not count",
        message="`{name}` does not take over the margin clauses of {parts}",
        help="write its own: `collateral of ... in ... {{ ... }}`, or `unsecured`; behind an "
        "expression of contracts in a block",
        explanation="""\
What a part needs as margin by itself is not what it needs beside the others, which may owe the
opposite. A contract that is made of others says its own margin clauses, in a block behind the
expression; without them its sides lock the most that they may come to owe.
""",
    ),
    "W0906": Entry(
        title="a contract that does nothing",
        message="`{name}` has no clause, so nothing ever happens",
        help="add one: `at expiry {{ ... }}`",
        explanation="""\
A contract lives through its clauses: `at`, `when`, `may`. This one ends as soon as it begins.
""",
    ),
}
