"""When the clauses of an instance have their turn: what is due, which choices are open, and which
contracts within the contract are alive, as WebAssembly."""

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import field

from rfos_lang.artefact import blocks
from rfos_lang.artefact.assembly import I32, I64, Function, Value, Writer
from rfos_lang.artefact.expressions import Failure, Pointers
from rfos_lang.artefact.schedules import instant_of
from rfos_lang.artefact.settlement import Settlement
from rfos_lang.base.records import dataclass
from rfos_lang.core.meaning import Status, requirements
from rfos_lang.core.program import Choice, Clause, Program, Require, Watch

NO_INSTANT = (1 << 63) - 1
"""Later than every instant of a schedule."""


@dataclass(slots=True)
class Firing:
    """The functions of one program."""

    program: Program
    shape: blocks.Shape
    writer: Writer
    library: Settlement
    requirements: tuple[Require, ...] = field(init=False)

    def __post_init__(self) -> None:
        self.requirements = requirements(self.program)


@dataclass(frozen=True, slots=True)
class Row:
    """A row inside a function that works on it."""

    pointer: Value

    @property
    def function(self) -> Function:
        return self.pointer.function

    def block(self, which: int) -> Value:
        """The address of one of the row's blocks."""
        return self.function.load(I32, self.pointer, which)

    def pointers(self) -> Pointers:
        """The instance with the standing that is being worked out."""
        terms, standing = self.block(blocks.ROW_TERMS), self.block(blocks.ROW_NEXT)
        return Pointers(terms, standing, self.block(blocks.ROW_EVENT))


@contextmanager
def failing(function: Function) -> Iterator[Failure]:
    """What may fail: the function gives 0 at its end, or else the status with which it failed."""
    status = function.variable(I32)
    with function.block() as label:
        yield Failure(label, status)
        function.give(0)
    function.give(status)


def lives_of(firing: Firing, at: Pointers, clause: Clause) -> Value | None:
    """Whether the contract within the contract that a clause belongs to is alive; None for a clause
    that lives as long as the whole."""
    if clause.lives is None:
        return None
    state = firing.shape.state(clause.lives)
    return at.terms.function.load(I64, at.standing, state).unary("narrow")


def where_it_lives(firing: Firing, at: Pointers, clause: Clause) -> AbstractContextManager[None]:
    lives = lives_of(firing, at, clause)
    return nullcontext() if lives is None else at.terms.function.when(lives)


@dataclass(frozen=True, slots=True)
class Deadlines:
    """The schedule of a clause, and how far it has got."""

    place: Value  # from the beginning of the terms; odd if a rule makes its instants
    length: Value
    at: Value
    terms: Value

    def left(self) -> Value:
        """Whether an occurrence is still to come."""
        return self.at < self.length

    def next(self) -> Value:
        """The next instant, if one is left."""
        return instant_of(self.terms, self.place, self.at)


def deadlines_of(firing: Firing, at: Pointers, index: int, schedule: int) -> Deadlines:
    load = at.terms.function.load
    entry = firing.shape.schedule(schedule)
    place = load(I32, at.terms, entry)
    progress = load(I32, at.standing, firing.shape.progress(index))
    return Deadlines(place, load(I32, at.terms, entry + 4), progress, at.terms)


def write_due(firing: Firing) -> Function:
    """The earliest instant at which a clause falls due; NO_INSTANT if there is none."""
    made = firing.writer.begin((I32, I32), (I64,))
    terms, standing = made.parameters()
    at = Pointers(terms, standing, None)
    earliest = made.variable(I64, NO_INSTANT)
    for index, clause in enumerate(firing.program.clauses):
        if isinstance(clause, Watch) or clause.schedule is None:
            continue
        deadlines = deadlines_of(firing, at, index, clause.schedule)
        with made.when(deadlines.left()):
            instant = deadlines.next()
            made.set(earliest, made.select(instant < earliest, instant, earliest))
    made.give(earliest)
    return made


def write_available(firing: Firing) -> Function:
    """NOT_AVAILABLE if a choice is taken while it is not open."""
    made = firing.writer.begin((I32,), (I32,))
    at = Row(*made.parameters()).pointers()
    with failing(made) as failure:
        for index, clause in enumerate(firing.program.clauses):
            with made.when(is_taken(firing, at, index)):
                if isinstance(clause, Choice):
                    opened = _is_open(firing, at, index, clause)
                    made.set(failure.status, Status.NOT_AVAILABLE)
                    made.branch_if(opened.equals(0), failure.label)
                    made.set(failure.status, Status.NEGATIVE_PAYMENT)
                    for units in chosen(firing, at, index):
                        made.branch_if(units < 0, failure.label)
                    made.set(failure.status, 0)
                else:
                    made.set(failure.status, Status.NOT_AVAILABLE)
                    made.branch(failure.label)
    return made


def _is_open(firing: Firing, at: Pointers, index: int, clause: Choice) -> Value:
    function = at.terms.function
    assert at.event is not None
    now, lives = function.load(I64, at.event), lives_of(firing, at, clause)
    if clause.schedule is None:
        opened = _opens(firing, at, clause) <= now
        return opened if lives is None else opened & lives
    deadlines = deadlines_of(firing, at, index, clause.schedule)
    opened = function.variable(I32, 0)
    with function.when(deadlines.left()):
        deadline = deadlines.next()
        function.set(opened, deadline.equals(now))
        if clause.any_time:
            opens = _opens(firing, at, clause)
            function.set(opened, opened | (opens <= now) & (now < deadline))
        if lives is not None:
            function.set(opened, opened & lives)
    return opened


def chosen(firing: Firing, at: Pointers, index: int) -> list[Value]:
    """The amounts of a choice in the event, in minor units."""
    assert at.event is not None
    every = firing.program.amounts
    slots = [slot for slot, (clause, _) in enumerate(every) if clause == index]
    return [at.event.function.load(I64, at.event, firing.shape.amount(slot)) for slot in slots]


def _opens(firing: Firing, at: Pointers, clause: Choice) -> Value:
    function = at.terms.function
    if clause.opens is None:
        return function.load(I64, at.terms, blocks.TERMS_START)
    place = function.load(I32, at.terms, firing.shape.schedule(clause.opens))
    return function.load(I64, at.terms + (place & ~blocks.BY_RULE))


def bit_of(block: Value, words_at: int, which: int) -> Value:
    word = block.function.load(I64, block, words_at + 8 * (which // 64))
    return (word >> which % 64).unary("narrow") & 1


def is_taken(firing: Firing, at: Pointers, index: int) -> Value:
    assert at.event is not None
    return bit_of(at.event, firing.shape.taken(0), index)
