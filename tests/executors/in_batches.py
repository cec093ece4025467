"""Contract code in batches compared with the same code a row at a time."""

from collections.abc import Iterable, Sequence

from rfos_lang.artefact.format import NEVER
from rfos_runtime.executor.batches import Fired, as_rows
from rfos_runtime.executor.wasm import WasmExecutor
from rfos_runtime.reference.executor import DefinitionView, Event, Outcome, Posting, Status

Asked = tuple[bytes, Event]
"""A standing, and the event that acts on it."""


def loaded(artefact: bytes) -> tuple[WasmExecutor, DefinitionView]:
    """An executor that knows one definition."""
    executor = WasmExecutor()
    view = executor.load(artefact)
    assert view is not None
    return executor, view


def outcomes(said: Fired) -> list[Outcome]:
    """What a batch said, row by row, as it is told of one row."""
    return [_outcome(said, row) for row in range(len(said.status))]


def _outcome(said: Fired, row: int) -> Outcome:
    well = said.status[row] == Status.OK
    requirement, due = int(said.requirement[row]), int(said.next_due[row])
    return Outcome(
        int(said.status[row]),
        said.standings[row].tobytes() if well else b"",
        tuple(_postings(said.postings[said.postings["row"] == row].tolist())),
        None if due == NEVER else due,
        bool(said.ended[row]),
        None if requirement < 0 else requirement,
    )


def _postings(made: Sequence[tuple[int, ...]]) -> Iterable[Posting]:
    for _, payer, payee, asset, clause, action, units, due in made:
        at = None if due == NEVER else due
        yield Posting(payer, payee, asset, units, at, clause, action)


def assert_fires_alike(artefact: bytes, terms: bytes, asked: Sequence[Asked]) -> None:
    """A batch of what is asked of an instance says what each says alone; and so does a batch in
    which all are asked the first event."""
    if not asked:
        return
    executor, view = loaded(artefact)
    bound = as_rows([terms] * len(asked))
    standings, events = as_rows([each for each, _ in asked]), [event for _, event in asked]
    for shown in (events, events[:1]):
        said = outcomes(executor.fire_many(view, bound, standings, shown))
        every = shown * (len(asked) // len(shown))
        pairs = zip(asked, every, strict=True)
        assert said == [executor.fire(view, terms, each, event) for (each, _), event in pairs]
