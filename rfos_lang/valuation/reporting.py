"""In which asset a value is told."""

from rfos_lang.core.meaning import actions_of
from rfos_lang.core.program import Program, Transfer


def reporting_asset(program: Program) -> int:
    """The asset slot in which a value is told: of the assets that are paid the first that prices
    are in, or else the first."""
    transfers = (a for c in program.clauses for a in actions_of(c) if isinstance(a, Transfer))
    paid = [transfer.asset for transfer in transfers]
    cash = [feed.assets[1] for feed in program.feeds if feed.kind == "spot"]
    priced = [asset for asset in paid if asset in cash]
    return (priced or paid or cash or [len(program.assets) - 1])[0]
