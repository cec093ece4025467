"""E03xx: names and modules."""

from rfos_lang.base.wording.entry import Entry

ENTRIES: dict[str, Entry] = {
    "E0301": Entry(
        title="an unknown name",
        message="`{name}` is not {sought}",
        help="{mend}",
        fix="{suggestion}",
        explanation="""\
A name is a parameter, a party, a `let`, a state, an asset or something that the language itself
knows. Currencies and the larger crypto assets are known everywhere; another asset is declared
with `asset XYZ in 2 decimals`.
""",
    ),
    "E0302": Entry(
        title="a name taken twice",
        message="`{name}` is already the name of {kind} here",
        help="choose another name",
        explanation="""\
One name means one thing within a contract, so that no line can be misread: a block does not hide
the names around it. Blocks beside each other may use the same name.
""",
    ),
    "E0303": Entry(
        title="a name that the language uses",
        message="`{name}` already means {meaning}",
        help="choose another name",
        explanation="""\
A few names have a meaning that comes from the language itself: `start`, `exposure`, `equity`,
`maintenance` and their like. If they could be declared anew, a line would mean two things.
""",
    ),
    "E0304": Entry(
        title="a party where a value is needed",
        message="`{name}` is a party to the contract and has no value",
        explanation="Parties stand in sentences: `writer pays holder ...`, `holder may ...`.\n",
    ),
    "E0305": Entry(
        title="a unit that is none",
        message="`{name}` is {kind}, not an asset, so nothing can be counted in it",
        help="{mend}",
        explanation="""\
Units are made of assets - parameters of type `Asset`, currencies, declared assets - and of
declared units: `cash/underlying`, `USD/BTC`.
""",
    ),
    "E0306": Entry(
        title="a function without its arguments",
        message="`{name}` needs its arguments",
        help="write `{name}({arguments})`",
        explanation="""\
A function of the language, or a `let` with parameters, has a value only for given arguments:
`performance(a)`, `last(fixings)`.
""",
    ),
    "E0307": Entry(
        title="a name that has no value",
        message="`{name}` is {kind} and has no value here",
        explanation="""\
Contracts, feeds, units and portfolio margins are named in their own sentences; they are no
numbers, dates or assets.
""",
    ),
    "E0308": Entry(
        title="a risk measure outside of the rules",
        message="`{name}` has a meaning only in the rules of `collateral` and `liquidation`",
        explanation="""\
Exposure, equity and the Greeks come from a model of the market. They decide what must be held as
collateral; what is paid depends only on what was observed.
""",
    ),
    "E0309": Entry(
        title="a call of something that is no function",
        message="`{name}` is {kind} and takes no arguments",
        help="for a product write `{name} * (...)`",
        explanation="""\
Parentheses after a name are a call: `max(x, y)`, or a `let` with parameters. Between factors
write `*`.
""",
    ),
    "E0310": Entry(
        title="someone who is no party",
        message="`{name}` is no party to this contract",
        help="the parties are {parties}",
        explanation="""\
Only the parties named after `between` pay, are paid and choose. Assets and parameters do not.
""",
    ),
    "E0311": Entry(
        title="an assignment to something that does not change",
        message="`{name}` is {kind} and does not change",
        help="keep what changes in a `state` of its own",
        explanation="""\
Parameters are fixed when the contract begins, a `let` is a name for an expression. Only a `state`
may be assigned to.
""",
    ),
    "E0312": Entry(
        title="a payment to oneself",
        message="`{name}` pays itself",
        help="name the other party",
        explanation="""\
A payment moves value between two parties. What a party pays to itself moves nothing, so one of
the names is a slip.
""",
    ),
    "E0313": Entry(
        title="said twice",
        message="the contract says its {what} twice",
        help="keep one of them",
        explanation="""\
A contract has one `cut`, and each party at most one `collateral` and one `liquidation` clause;
with two, none of them would be the rule.
""",
    ),
    "E0314": Entry(
        title="liquidation without collateral",
        message="there is nothing to liquidate: `{name}` posts no collateral",
        help="add `collateral of {name} in ... {{ maintenance: ...; initial: ... }}`",
        explanation="""\
Liquidation begins when what a party holds as collateral falls short of a requirement. Without a
`collateral` clause there is no requirement to fall short of.
""",
    ),
    "E0315": Entry(
        title="a line given twice",
        message="`{key}` is given twice",
        help="keep one of them",
        explanation="""\
Each line of a clause is said once.
""",
    ),
    "E0316": Entry(
        title="a line is missing",
        message="this {what} clause does not say its {keys}",
        help="add lines such as\n{examples}",
        explanation="""\
`collateral` says `maintenance` and `initial`; `liquidation` says `when` it begins, what it is to
`restore`, the `auction`, the `penalty` and who bears a `shortfall`. Nothing is assumed.
""",
    ),
    "E0317": Entry(
        title="a line of the wrong form",
        message="this is not how `{key}` is said",
        help="the forms are `auction: dutch from 101% to 85% over 15min`, "
        "`penalty: 1.5% to insurance_fund`,\n`shortfall: insurance_fund then deleverage`, "
        "`scenarios: spot in [-10%, 10%]`, `haircuts: 20% of BTC`;\n"
        "all others are one expression",
        explanation="""\
The lines of `collateral`, `liquidation` and `margin` have fixed forms, so that every contract is
liquidated by the same few rules.
""",
    ),
    "E0318": Entry(
        title="a requirement that uses itself",
        message="`{line}` cannot use `{name}`, which is computed from it",
        help="`maintenance` may use `exposure` and the Greeks, `initial` may use `maintenance` too",
        explanation="""\
Initial margin is computed from maintenance margin, and equity is compared with both. The other
way round the requirement would depend on itself.
""",
    ),
    "E0319": Entry(
        title="an unknown module",
        message="there is no module `{name}`",
        help="`std.options` is of the standard library; `legs` is `legs.rfos` beside this file",
        explanation="""\
A module is a file: `std.options` is `options.rfos` of the standard library, `desk.legs` is the file
`desk/legs.rfos` in the folder of the file that names it.
""",
    ),
    "E0320": Entry(
        title="modules that use each other in a circle",
        message="`{name}` uses this file in turn",
        explanation="""\
Modules that use each other have no first one to begin with. Move what both need into a third.
""",
    ),
    "E0321": Entry(
        title="a module with errors",
        message="`{name}` has errors of its own: {message}",
        explanation="""\
Nothing is taken from a file that is not right. Check that file by itself to see all that is wrong
with it.
""",
    ),
    "E0322": Entry(
        title="an account that cannot act",
        message="`escrow` is the contract's own account and cannot {does}",
        help="name one of the parties after `between`",
        explanation="""\
What parties pay to `escrow` the contract itself holds, until it pays it out by its own clauses.
Nobody acts for that account: it chooses nothing, posts nothing, and is never liquidated.
""",
    ),
    "E0323": Entry(
        title="a third party that owes",
        message="`{name}` may come to owe, and nothing of it is locked",
        help="let `{name}` pay by its own choice, or say `unsecured`",
        explanation="""\
The first two parties of a contract are the sides of its lots: they post collateral, or lock the
most that they may have to pay. Third parties stand behind every lot and lock nothing. `unsecured`
in the contract says that this is meant.
""",
    ),
    # --- declared feeds -------------------------------------------------------------------------
    "E0330": Entry(
        title="an argument that a feed cannot have",
        message="`{name}` of the feed `{of}` is {found}",
        help="a feed is named by assets, indices, entities or texts",
        explanation="""\
A feed is one source of values, told from others of its kind by what it is about: `wind(station)`,
`credit_event(name)`. Who reports it has to know its name before anything happens.
""",
    ),
    "E0331": Entry(
        title="a feed of something else",
        message="`{name}` gives {found}; a feed gives numbers in a unit, or truths",
        help="write a unit such as `cash/underlying`, `Number` or `Bool`",
        explanation="""\
What is observed is a number with its unit, or a truth (`Bool`). Several values that belong to one
event are a stream, `feed splits(u: Asset): (ratio: Number)`; their fields may be dates too.
""",
    ),
    "E0332": Entry(
        title="a rule of a feed that says nothing",
        message="`{key}` of a feed does not read so",
        help="{mend}",
        explanation="""\
The rules of a feed are numbers that are known before any contract begins: `patience` and
`staleness` are lengths of time (`30s`, `8h`, `2d`), `bounds` the lowest and the highest value that
is believed, `fallback` is `last` or an expression in the feed's unit.
""",
    ),
    "E0333": Entry(
        title="half of a rule about late values",
        message="a feed with `{given}` needs `{lacking}` too",
        help="add `{example}`",
        explanation="""\
`patience` says how long a clause waits for the value of its date, `fallback` what it takes when
that time is over. Either alone would leave open what happens then.
""",
    ),
    "E0334": Entry(
        title="a fallback that comes back",
        message="the fallback of `{name}` leads back to `{name}`",
        explanation="""\
A fallback may name another feed, which may have a fallback of its own; somewhere the chain ends, in
`last`, in a number, or in a feed that is waited for.
""",
    ),
    "E0336": Entry(
        title="a fixing of nothing",
        message="`fixing` names a declared feed and then its arguments",
        help="write `fixing(WMR, ccy, cash) at t`, with `feed WMR(ccy, cash: Asset): cash/ccy`",
        explanation="""\
A fixing is the value that a publisher gives for a date. Its feed is declared in the file, so that
its unit is known, how long it is waited for, and what stands for it if it never comes.
""",
    ),
    "E0337": Entry(
        title="resolved of something else than a feed",
        message="`resolved` asks whether a feed has a value, and {words} is no feed",
        help="write `resolved(outcome(event))`",
        explanation="""\
`resolved(feed)` holds from the first accepted observation of the feed on, and never waits for it.
""",
    ),
    "E0338": Entry(
        title="a rule of a stream",
        message="`{name}` is an event stream, which has no rules",
        explanation="""\
Each record of a stream is acted on once, when it comes, so that nothing in it can be stale or late.
""",
    ),
    "E0339": Entry(
        title="a field that is written wrongly",
        message="the field `{name}` of `{of}` stands twice, or has a default",
        explanation="Each record of a stream tells every field, each once.\n",
    ),
    "E0335": Entry(
        title="a default in a feed",
        message="`{name}` of the feed `{of}` cannot have a default",
        help="leave the default out",
        explanation="A feed is named in full wherever it is read, so that its name is one.\n",
    ),
    "E0324": Entry(
        title="an asset that another one issues",
        message="this contract cannot {word} `{asset}`: it does not issue it",
        help="declare `asset ... issued by` this contract, or pay with what somebody has",
        explanation="""\
Money does not come from nowhere. Only the contract that an asset is `issued by` can bring it into
being with `mint` and redeem it with `burn`; anybody may pay with it.
""",
    ),
    "E0325": Entry(
        title="a negative amount issued",
        message="this amount is negative: `{word}` would do the opposite",
        help="write `{other}` with the positive amount",
        explanation="""\
`mint` brings an amount into being and `burn` redeems one; both amounts count upwards.
""",
    ),
    "E0326": Entry(
        title="collateral for what no payment says",
        message="the payments of this contract do not say what closing out costs {parties}",
        help="add the line `exposure: ...`, such as `exposure: debt * peg`",
        explanation="""\
Collateral stands behind what closing out would cost, and maintenance comes on top. For most
contracts that follows from their payments. What a contract has issued is owed by its own states,
and what is posted in another asset than it is valued in is marked by a price: there the clause
states its `exposure` itself, per lot.
""",
    ),
    "E0327": Entry(
        title="a promise to escrow",
        message="`escrow` holds what it was paid, not what it will be paid on `{date}`",
        help="pay it then, in a clause of that date",
        explanation="""\
What escrow has is counted when a payment is fixed, for its clauses pay it out from then on, and
the contract may end only when nothing is left in it. A payment that is fixed now and owed later
survives the contract, and its payer may fail in between: escrow would count on what it does not
have.
""",
    ),
    "E0328": Entry(
        title="collateral beside escrow",
        message="`{party}` posts collateral for lots that `escrow` keeps from closing",
        help="let `escrow` hold what is to stand behind the contract, or leave out the collateral",
        explanation="""\
While escrow holds something for each lot, an instance has as many lots as it has: none open and
none close. A position that falls below its maintenance could not be liquidated, so margin would be
a promise that nobody can keep.
""",
    ),
}
