"""The inputs of a program's formulas, with names that people read."""

from rfos_lang.base.records import dataclass
from rfos_lang.core.formula import Formula, Input, Source
from rfos_lang.core.program import Choice, Group, Program, Timed


@dataclass(frozen=True)
class Letters:
    """Names the inputs of one program: S, σ, r, q, τ where there is one of a kind, with the name of
    what they belong to where there are several. Terms and states keep the user's names."""

    program: Program

    def spot(self, feed: int) -> Input:
        """The newest price."""
        return Input(Source.SPOT, feed, self._of("S", self._asset(feed), self.feeds))

    def volatility(self, feed: int) -> Input:
        """The volatility of a price."""
        return Input(Source.VOLATILITY, feed, self._of("sigma", self._asset(feed), self.feeds))

    def carry(self, feed: int) -> Input:
        """The carry of the asset that a price is of."""
        asset = self.program.feeds[feed].assets[0]
        return Input(Source.YIELD, asset, self._of("q", self._asset(feed), self.feeds))

    def carry_of(self, asset: int) -> Input:
        """The carry of an asset."""
        return Input(Source.YIELD, asset, self._of("q", self.program.assets[asset], self.feeds))

    def rate(self, asset: int) -> Input:
        """The rate that discounts payments in an asset."""
        cash = {self.program.feeds[feed].assets[-1] for feed in self.feeds} | {asset}
        return Input(Source.RATE, asset, self._of("r", self.program.assets[asset], tuple(cash)))

    def years(self, schedule: int) -> Input:
        """Years to a date."""
        name = self.program.schedules[schedule]
        return Input(Source.YEARS_TO, schedule, self._of("tau", name, self.dates))

    def term(self, slot: int) -> Formula:
        """A parameter."""
        return Input(Source.TERM, slot, self.program.terms[slot].name)

    def state(self, slot: int) -> Formula:
        """A state."""
        return Input(Source.STATE, slot, self.program.states[slot].name)

    @property
    def feeds(self) -> tuple[int, ...]:
        """The slots of the feeds that are prices."""
        return tuple(i for i, feed in enumerate(self.program.feeds) if feed.kind == "spot")

    @property
    def dates(self) -> tuple[int, ...]:
        """The slots of the schedules at which something more than an observation happens."""
        found = {
            clause.schedule
            for clause in self.program.clauses
            if isinstance(clause, Choice)
            or (isinstance(clause, Timed) and clause.group is not Group.OBSERVATION)
        }
        return tuple(sorted(slot for slot in found if slot is not None))

    def _asset(self, feed: int) -> str:
        return self.program.assets[self.program.feeds[feed].assets[0]]

    @staticmethod
    def _of(symbol: str, name: str, among: tuple[int, ...]) -> str:
        return symbol if len(among) <= 1 else f"{symbol}_{name}"
