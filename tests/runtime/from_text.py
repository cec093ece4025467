"""Contracts of a text on a stage: listed, traded, run as WebAssembly or by the interpreter."""

from dataclasses import dataclass, field

from rfos_lang.artefact import emission
from rfos_lang.artefact.format import content_hash, decode
from rfos_lang.artefact.layout import encode_terms
from rfos_lang.base.fixed import ONE
from rfos_lang.core.binding import Instance
from rfos_lang.core.formula import RiskFormulas
from rfos_lang.driver.marking import marking
from rfos_runtime.executor.wasm import WasmExecutor, view_of
from rfos_runtime.records.block import Report
from rfos_runtime.records.commands import (
    OPERATOR,
    Choose,
    Command,
    Define,
    Deposit,
    List,
    Lock,
    OpenAccount,
    RegisterAsset,
    RegisterFeed,
)
from rfos_runtime.records.holdings import free, own_account
from rfos_runtime.reference.executor import Executor
from rfos_runtime.reference.ledger import balance
from tests.core.lives import BEGIN, definitions, instance, only
from tests.executors.meaning_executor import MeaningExecutor
from tests.runtime.stage import Stage

DAY = 86_400 * 10**9


@dataclass(frozen=True, slots=True)
class Compiled:
    """An instance as the kernel takes it."""

    instance: Instance
    risk: RiskFormulas | None
    artefact: bytes
    terms: bytes

    @property
    def name(self) -> str:
        return content_hash(self.artefact)


def compiled(text: str, name: str = "", begin: str = BEGIN, **arguments: str) -> Compiled:
    """A contract of a text, the only one if it is not named, with its arguments."""
    made = instance(definitions(text)[name] if name else only(text), begin, **arguments)
    risk = marking(made.lowered).risk
    artefact = emission.compile(made.lowered.program, risk, "0" * 64)
    return Compiled(made, risk, artefact, encode_terms(made.lowered.program, made.terms))


def executor_of(contract: Compiled, kind: str) -> Executor:
    """WebAssembly, or the interpreter of the same contract."""
    if kind == "wasm":
        return WasmExecutor()
    formulas = {} if contract.risk is None else {contract.name: contract.risk}
    programs = {contract.name: contract.instance.lowered.program}
    return MeaningExecutor(programs, formulas, {contract.terms: contract.instance.terms})


@dataclass
class Market:
    """A stage on which one contract is listed. Accounts have `funds` of each asset, in units."""

    contract: Compiled
    kind: str
    funds: dict[str, dict[str, int]]
    parties: dict[str, str] = field(default_factory=dict)
    locks: tuple[Lock | None, Lock | None] = (None, None)
    stage: Stage = field(init=False)

    def __post_init__(self) -> None:
        terms = self.contract.instance.terms
        view = view_of(decode(self.contract.artefact))
        risk_feeds = tuple(f"{each.source} {each.slot}" for each in view.risk_inputs)
        self.stage = Stage(executor=executor_of(self.contract, self.kind))
        feeds = dict.fromkeys((*terms.feeds, *risk_feeds))
        setup: list[Command] = [
            *(self.asset(*each) for each in zip(terms.assets, terms.places, strict=True)),
            *(RegisterFeed(name, ("r",), 1, 40 * DAY, 0, 10**9 * ONE) for name in feeds),
            *(OpenAccount(account) for account in self.funds),
            *(
                Deposit(account, asset, units)
                for account, held in self.funds.items()
                for asset, units in held.items()
            ),
            Define(OPERATOR, self.contract.artefact),
            self.listing(risk_feeds),
        ]
        self.stage.accepted(terms.start - 2 * DAY, *setup)

    def asset(self, ticker: str, places: int) -> RegisterAsset:
        """An asset, issued by the contract if its text says so."""
        of = self.contract.instance.lowered.definition
        issued = of.assets[ticker].issuer == of.name
        return RegisterAsset(ticker, places, self.contract.name if issued else "")

    def listing(self, risk_feeds: tuple[str, ...]) -> List:
        terms, program = self.contract.instance.terms, self.contract.instance.lowered.program
        others = tuple(self.parties.get(party, "") for party in program.parties[2:])
        return List(
            self.contract.name,
            self.contract.terms,
            terms.start,
            terms.assets,
            terms.places,
            terms.feeds,
            risk_feeds,
            self.locks,
            others,
        )

    def choose(self, account: str, choice: str, lots: int = 1, *amounts: int) -> Choose:
        """The command that takes a choice by its name, with amounts in minor units."""
        view = view_of(decode(self.contract.artefact))
        names = [each.name for each in view.choices]
        return Choose(1, account, names.index(choice), lots, amounts)

    def has(self, account: str, asset: str) -> int:
        """What an account has free; of `escrow`, what the instrument's own account has."""
        name = own_account(1) if account == "escrow" else account
        return balance(self.stage.world, asset, free(name))

    def report(self, feed: str, instant: int, value: int) -> Report:
        return Report(feed, instant, value * ONE, "r")
