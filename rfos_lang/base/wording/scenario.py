"""E08xx: scenario files and journals."""

from rfos_lang.base.wording.entry import Entry

ENTRIES: dict[str, Entry] = {
    "E0801": Entry(
        title="a scenario that is not TOML",
        message="this is not TOML: {problem}",
        help="a scenario begins with `title = ...` and names its contracts' .rfos files",
        explanation="A scenario is a TOML file: `key = value` lines under `[tables]`.",
    ),
    "E0802": Entry(
        title="a scenario that lacks something",
        message="`{key}` is missing",
        help="add it; examples/black_thursday/scenario.toml has every key",
        explanation=(
            "A scenario needs a title, `from` and `to`, the accounts with their balances, the "
            "feeds that its contracts observe, and the instruments."
        ),
    ),
    "E0803": Entry(
        title="a key that a scenario does not have",
        message="a scenario has no `{key}`",
        help="is it misspelt, or in the wrong table?",
        explanation="Unknown keys are refused, so that a misspelt one cannot go unnoticed.",
    ),
    "E0804": Entry(
        title="a value of a scenario that cannot be read",
        message="`{key}`: {problem}",
        explanation=(
            "Instants are written 2020-03-12T08:00Z, lengths of time 5min, numbers 65_000 or 55%. "
            "Amounts may be given as text to keep every digit."
        ),
    ),
    "E0805": Entry(
        title="a name that the scenario does not declare",
        message="there is no {kind} `{name}`",
        help="declare it under `[{kinds}.{name}]`",
        explanation="Trades, bids and choices name accounts and instruments of the same file.",
    ),
    "E0806": Entry(
        title="an event outside the scenario",
        message="this instant of `{table}` lies outside the scenario's `from` and `to`",
        explanation="Everything in a scenario happens between its `from` and its `to`.",
    ),
    "E0807": Entry(
        title="a price file with a gap",
        message="{file} has no price between {before} and {after}",
        help="fill the gap, or end the scenario before it",
        explanation=(
            "A scenario's prices must follow each other without a hole of more than one bar: a gap "
            "that nobody noticed would be settled on an old price."
        ),
    ),
    "E0808": Entry(
        title="a price file that cannot be read",
        message="{file}, line {line}: {problem}",
        help="the columns are ts_utc, open, high, low, close",
        explanation="Bars are CSV with a header; `ts_utc` is the instant at which the bar opens.",
    ),
    "E0809": Entry(
        title="a feed without prices",
        message="nothing supplies {feed}, which `{instrument}` needs",
        help='add [feeds."{feed}"] with bars, points or a value',
        explanation=(
            "A contract observes feeds to settle, and its margin needs the market's volatility and "
            "rates. Each of them has to be supplied by the scenario."
        ),
    ),
    "E0810": Entry(
        title="a file that is not there",
        message="{file} cannot be read: {problem}",
        explanation="Paths in a file are taken from the folder that the file lies in.",
    ),
    "E0811": Entry(
        title="a command that the kernel refused",
        message="the kernel refused {command}: {reason}",
        explanation="A refused command changes nothing. Its result code says why.",
    ),
    "E0820": Entry(
        title="not a journal",
        message="{folder} cannot be used as a journal: {problem}",
        explanation="A journal's folder is made by `rfos run --journal`.",
    ),
    "E0821": Entry(
        title="an altered journal",
        message="the journal in {folder} was altered: block {block}, at byte {offset}",
        help="restore it from a copy; nothing was changed",
        explanation=(
            "Every record carries a hash of itself and of all before it. This one does not fit: "
            "bytes were altered, or the file was cut and written on."
        ),
    ),
    "E0822": Entry(
        title="a journal of another scenario",
        message="the journal's block {block} is not what this scenario would write",
        help="use another folder for `--journal`, or the scenario that the journal was made with",
        explanation=(
            "`rfos run` continues a journal only if the scenario would have written the very same "
            "bytes: else two histories would be mixed."
        ),
    ),
    "E0823": Entry(
        title="a proof for nobody",
        message="the journal has no account `{name}`",
        help="`--all` writes the proofs of all accounts",
        explanation=(
            "A proof shows one account what the ledger owes it. Accounts are those that the "
            "journal opens, and the kernel's own: escrow, issuance, the insurance fund."
        ),
    ),
    "E0824": Entry(
        title="not a proof",
        message="{file} is no proof: {problem}",
        help="ask for it again; something was altered or cut",
        explanation=(
            "A proof is a JSON file made by `rfos prove`. Every field of it has one form, and its "
            "commitment is the hash of what it says of the whole ledger."
        ),
    ),
    "E0825": Entry(
        title="a proof that does not hold",
        message="{file} does not show that `{account}` is part of what is owed",
        help="something in it was altered, or it was never right: do not trust it",
        explanation=(
            "From the account's units and salt the path must lead, hash by hash and sum by sum, to "
            "the root and the total that the statement names for the asset."
        ),
    ),
    "E0826": Entry(
        title="a proof of another statement",
        message="{file} belongs to the commitment {commitment}, not to the one that was published",
        help="ask for a proof of the statement that was published",
        explanation=(
            "A proof holds for one statement of what is owed. If yours leads to another one than "
            "everybody sees, you may be the only one to whom it was shown."
        ),
    ),
    "E0827": Entry(
        title="books that do not add up",
        message="what the accounts have of {asset} is not what came in",
        explanation=(
            "Before a statement is made, all balances of each asset are added up. They must come "
            "to what came in from outside or was issued."
        ),
    ),
    "E0828": Entry(
        title="a secret that is too short",
        message="{file} has fewer than {size} bytes",
        help="remove it, and a new one is made; proofs of before keep holding",
        explanation=(
            "The salts that keep others from guessing what an account has are drawn from a secret "
            "file. Whoever knows it can look for balances in any proof."
        ),
    ),
    "E0829": Entry(
        title="a block that the journal does not have",
        message="the journal in {folder} has no block {block}; its last is {last}",
        explanation="Blocks are numbered from 1, in the order in which they were applied.",
    ),
    "E0812": Entry(
        title="a party without an account",
        message="nobody stands for {party} of `{instrument}`",
        help='add parties = {{ {party} = "..." }} to it, with one of the accounts',
        explanation=(
            "The first two parties of a contract are the sides of its lots, which accounts take by "
            "trading. Every other party is an account that the instrument names when it is listed."
        ),
    ),
    "E0813": Entry(
        title="no third party of the contract",
        message="`{party}` is no third party of {contract}",
        help="name only parties after the first two; trades say who takes the sides",
        explanation=(
            "The first two parties of a contract are the sides of its lots, which accounts take by "
            "trading. Escrow is the contract's own account, for which nobody stands."
        ),
    ),
    "E0830": Entry(
        title="a path that cannot be followed",
        message="this is no day of a path: {problem}",
        explanation="""\
A path is a CSV file with a column `instant`, a column for each feed, named as in "spot(BTC, USD)"
(in quotes, for it holds a comma), and perhaps a column `choose`; or a TOML file with a `[[day]]`
for each instant: at = 2026-06-01, observe = { "spot(BTC, USD)" = "50_000" }, choose = ["holder
exercise"]. Days follow each other in time; what is not named keeps its value.
""",
    ),
}
