"""What is asked for: an instance to be valued, with its past, on a market."""

from dataclasses import replace

from rfos_lang.base.records import dataclass
from rfos_lang.core.components import components
from rfos_lang.core.meaning import Standing
from rfos_lang.core.program import Choice, Program, Terms
from rfos_lang.valuation.dated_dividends import with_dates
from rfos_lang.valuation.figures import Figures
from rfos_lang.valuation.held_in_escrow import with_holdings
from rfos_lang.valuation.market import Market
from rfos_lang.valuation.reporting import reporting_asset
from rfos_lang.valuation.seasoning import Past, observed_now, until_now
from rfos_lang.valuation.simulated.pace import Pace
from rfos_lang.valuation.unrolling import unrolled

SAMPLINGS = PSEUDO, SOBOL = ("pseudo", "sobol")
"""What simulations draw: pseudo-random numbers, or Sobol's points along a Brownian bridge."""


@dataclass(frozen=True, slots=True)
class Request:
    """An instance to be valued, with its past. `pace` is told how far a simulation is."""

    program: Program
    terms: Terms
    market: Market
    before: Past
    reporting: int
    paths: int
    seed: int
    greeks: bool
    pace: Pace | None
    sampling: str

    @staticmethod
    def of(
        program: Program,
        terms: Terms,
        market: Market,
        paths: int,
        seed: int,
        greeks: bool,
        pace: Pace | None = None,
        sampling: str = PSEUDO,
    ) -> "Request":
        """With the past that the market tells, and the value in the asset that the contract pays
        first. Dividends to come are dates, and what escrow holds is kept in states. Raises
        Refused for a history that does not reach."""
        before, reporting = until_now(program, terms, market), reporting_asset(program)
        program, terms, standing = with_dates(program, terms, before.standing, market)
        program, standing = with_holdings(program, terms, standing)
        before = replace(before, standing=standing)
        how = (paths, seed, greeks, pace, sampling)
        return Request(program, terms, market, before, reporting, *how)

    @property
    def seasoned(self) -> Standing | None:
        """Where the instance stands; None if nothing has happened yet."""
        return self.before.standing if self.market.as_of >= self.terms.start else None

    @property
    def observes_now(self) -> bool:
        """Whether something is observed at the market's date that is not known yet: it is what the
        spot is, and moves with it."""
        if not self.greeks or self.market.as_of < self.terms.start:
            return False
        standing = self.before.standing
        return observed_now(self.program, self.terms, self.market, standing) != standing

    @property
    def has_models(self) -> bool:
        """Whether a price that matters moves by a model of its own."""
        feeds = [slot.assets for slot in self.program.feeds if slot.kind == "spot"]
        pairs = [tuple(self.terms.assets[asset] for asset in assets) for assets in feeds]
        return any(self.market.model_of((asset, cash)) for asset, cash in pairs)

    @property
    def is_of_credit(self) -> bool:
        """Whether an event that it observes comes some day by chance."""
        return not self.market.hazards.keys().isdisjoint(self.terms.feeds)

    @property
    def is_of_rates(self) -> bool:
        """Whether it depends on nothing but rates, by an index or by a choice."""
        kinds = {slot.kind for slot in self.program.feeds}
        chosen = any(isinstance(clause, Choice) for clause in self.program.clauses)
        return "spot" not in kinds and ("index" in kinds or chosen)

    def figures(self) -> Figures:
        """What is still to come, as formulas need it. Raises NoClosedForm."""
        standing = self.before.standing
        if self.market.as_of >= self.terms.start:
            standing = observed_now(self.program, self.terms, self.market, standing)
        ahead = unrolled(self.program, self.terms, standing, self.reporting)
        return Figures(ahead, standing, self.market)

    def parts(self) -> tuple["Request", ...]:
        """The components that are still alive, if there is more to tell apart than the whole."""
        standing, found = self.before.standing, components(self.program)
        if len(found) == 1 and found[0].lives is None:
            return ()
        alive = ((each, each.standing(standing)) for each in found)
        return tuple(
            replace(self, program=each.program, before=Past(here))
            for each, here in alive
            if not here.ended
        )
