"""`start` and `fire` as WebAssembly: what `core.meaning` does to one instance, for many rows.

For each piece of `meaning` one function: a clause's actions (`row, occurrence`), an instant (`row,
now, live`), the earliest instant ahead (`terms, standing`), a row. Each gives a status; the next
standing is worked out in the row's own `next` block, so a row that fails has changed nothing that
counts.
"""

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import replace
from typing import assert_never

from rfos_lang.artefact import blocks
from rfos_lang.artefact.assembly import I32, I64, Function, Value
from rfos_lang.artefact.expressions import Failure, Frame, Pointers
from rfos_lang.artefact.occurrences import (
    NO_INSTANT,
    Firing,
    Row,
    bit_of,
    chosen,
    deadlines_of,
    failing,
    is_taken,
    lives_of,
    where_it_lives,
    write_available,
    write_due,
)
from rfos_lang.artefact.settlement import Wide, store_wide, wide_constant, word_product
from rfos_lang.base.records import dataclass
from rfos_lang.core.meaning import Status, keeps_alive, rank_of
from rfos_lang.core.program import (
    TRUE,
    Action,
    Assign,
    Bind,
    Choice,
    Clause,
    End,
    Expression,
    Require,
    Store,
    Timed,
    Transfer,
    Watch,
)


def write_exports(firing: Firing) -> None:
    """Adds `start(rows, count)` and `fire(rows, count)` to the module."""
    due = write_due(firing)
    _write_batch(firing, "start", _write_start_row(firing), due)
    _write_batch(firing, "fire", _write_fire_row(firing, due), due)


def _write_batch(firing: Firing, name: str, one: Function, due: Function) -> None:
    """Calls `one` on each row, and completes the outcome that it begins."""
    made = firing.writer.begin((I32, I32), (), name)
    first, count = made.parameters()
    pointer, left = made.variable(I32, first), made.variable(I32, count)
    with made.block() as done, made.loop() as again:
        made.branch_if(left.equals(0), done)
        row = Row(pointer)
        outcome = row.block(blocks.ROW_OUTCOME)
        for offset, type_, value in _EMPTY_OUTCOME:
            made.store(outcome, offset, type_, value)
        (status,) = made.call(one, pointer)
        made.store(outcome, blocks.OUTCOME_STATUS, I32, status)
        made.branches(
            status,
            lambda: made.store(outcome, blocks.OUTCOME_POSTINGS, I32, 0),
            lambda: _complete(row, outcome, due),
        )
        made.set(pointer, pointer + blocks.ROW_SIZE)
        made.set(left, left - 1)
        made.branch(again)


_EMPTY_OUTCOME = (
    (blocks.OUTCOME_REQUIREMENT, I32, -1),
    (blocks.OUTCOME_NEXT_DUE, I64, blocks.NEVER),
    (blocks.OUTCOME_ENDED, I32, 0),
    (blocks.OUTCOME_POSTINGS, I32, 0),
    (blocks.OUTCOME_POSTINGS + 4, I64, 0),
)


def _complete(row: Row, outcome: Value, due: Function) -> None:
    function = row.function
    at = row.pointers()
    ended = function.load(I32, at.standing)
    function.store(outcome, blocks.OUTCOME_ENDED, I32, ended)
    with function.when(ended.equals(0)):
        (instant,) = function.call(due, at.terms, at.standing)
        none = function.constant(I64, blocks.NEVER)
        shown = function.select(instant.equals(NO_INSTANT), none, instant)
        function.store(outcome, blocks.OUTCOME_NEXT_DUE, I64, shown)


# --- rows --------------------------------------------------------------------------------------


def _write_start_row(firing: Firing) -> Function:
    """The contract-level requirements, then the states, on an empty standing."""
    made = firing.writer.begin((I32,), (I32,))
    row = Row(*made.parameters())
    at = replace(row.pointers(), event=None)
    with failing(made) as failure:
        _each_word(at.standing, _standing_size(at.terms), lambda address: made.constant(I64, 0))
        frame = _frame(firing, at, made.constant(I32, 0), failure)
        for requirement in firing.program.requires:
            _require(firing, frame, row, requirement)
        for slot, state in enumerate(firing.program.states):
            value = frame.wide(state.initial)
            store_wide(at.standing, firing.shape.state(slot), value)
    return made


def _write_fire_row(firing: Firing, due: Function) -> Function:
    """Everything that fell due before the event's instant, then the instant itself."""
    available = write_available(firing)
    instant = _write_instant(firing)
    made = firing.writer.begin((I32,), (I32,))
    row = Row(*made.parameters())
    before = row.block(blocks.ROW_STANDING)
    with made.when(made.load(I32, before)):
        made.give(Status.ENDED)
    at = row.pointers()
    assert at.event is not None
    shift = before - at.standing
    _each_word(at.standing, _standing_size(at.terms), lambda a: made.load(I64, a + shift))
    now = made.load(I64, at.event)
    with made.loop() as again:
        (earlier,) = made.call(due, at.terms, at.standing)
        with made.when(earlier < now):
            _give_failure(made, made.call(instant, row.pointer, earlier, 0)[0])
            made.branch_if(made.load(I32, at.standing).equals(0), again)
            made.give(0)
    _give_failure(made, made.call(available, row.pointer)[0])
    made.give(*made.call(instant, row.pointer, now, 1))
    return made


def _give_failure(function: Function, status: Value) -> None:
    with function.when(status):
        function.give(status)


def _standing_size(terms: Value) -> Value:
    return terms.function.load(I32, terms, blocks.TERMS_STANDING_SIZE)


def _each_word(begin: Value, size: Value, word: Callable[[Value], Value]) -> None:
    """Writes a word to each 8 bytes of a block, none of which is empty."""
    function = begin.function
    address, end = function.variable(I32, begin), begin + size
    with function.loop() as again:
        function.store(address, 0, I64, word(address))
        function.set(address, address + 8)
        function.branch_if(address.below(end), again)


def _frame(
    firing: Firing, at: Pointers, occurrence: Value, failure: Failure, schedule: int | None = None
) -> Frame:
    program, shape = firing.program, firing.shape
    made = occurrence.function
    return Frame(made, firing.library, program, shape, at, occurrence, failure, schedule)


# --- an instant ----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Moment:
    """An instant of a row inside the function that runs it; `live` is 1 at the event's own, where
    feeds may have moved. `asleep`: by state, whether a contract within the contract was not alive
    when the instant began."""

    firing: Firing
    row: Row
    at: Pointers
    now: Value
    live: Value
    failure: Failure
    asleep: dict[int, Value]

    @property
    def function(self) -> Function:
        return self.now.function

    def progress(self, index: int, value: Value | int) -> None:
        """Sets how far a clause has got."""
        self.function.store(self.at.standing, self.firing.shape.progress(index), I32, value)

    def act(self, callee: Function, occurrence: Value) -> None:
        """Runs a clause's actions; leaves if they fail, or if the contract has ended."""
        (status,) = self.function.call(callee, self.row.pointer, occurrence)
        ended = self.function.load(I32, self.at.standing)
        self.function.set(self.failure.status, status)
        self.function.branch_if(status | ended, self.failure.label)


def _write_instant(firing: Firing) -> Function:
    """One instant: every clause, then what escrow holds."""
    clauses = _write_clauses(firing)
    if firing.program.escrow is None:
        return clauses
    made = firing.writer.begin((I32, I64, I32), (I32,))
    pointer, now, live = made.parameters()
    _give_failure(made, made.call(clauses, pointer, now, live)[0])
    standing = Row(pointer).pointers().standing
    held = [made.load(I64, standing, firing.shape.held(k)) for k in range(firing.shape.assets)]
    short, left = made.constant(I32, 0), made.load(I32, standing)
    some = made.constant(I64, 0)
    for units in held:
        short, some = short | (units < 0), some | units
    with made.when(short):
        made.give(Status.ESCROW_SHORT)
    with made.when(left & some.differs(0)):
        made.give(Status.ESCROW_LEFT)
    made.give(0)
    return made


def _write_clauses(firing: Firing) -> Function:
    """Every clause at one instant, in the order of its group."""
    program = firing.program
    ordered = sorted(enumerate(program.clauses), key=lambda pair: rank_of(pair[1]))
    callees = {index: _write_clause(firing, index, clause) for index, clause in ordered}
    made = firing.writer.begin((I32, I64, I32), (I32,))
    pointer, now, live = made.parameters()
    row = Row(pointer)
    with failing(made) as failure:
        at = row.pointers()
        asleep: dict[int, Value] = {}
        for clause in program.clauses:
            alive = lives_of(firing, at, clause) if isinstance(clause, Watch) else None
            if alive is not None and clause.lives is not None:
                asleep[clause.lives] = made.variable(I32, alive.equals(0))
        moment = Moment(firing, row, at, now, live, failure, asleep)
        for index, clause in ordered:
            _clause(moment, index, clause, callees[index])
        _end_if_nothing_is_left(moment)
    return made


def _end_if_nothing_is_left(moment: Moment) -> None:
    """Ends each contract within the contract that has nothing to come, and the whole if all
    have."""
    function, firing = moment.function, moment.firing
    alive: dict[int | None, Value] = {}
    for index, clause in enumerate(firing.program.clauses):
        goes_on = _goes_on(moment, index, clause)
        alive[clause.lives] = alive[clause.lives] | goes_on if clause.lives in alive else goes_on
    whole = function.constant(I32, 0)
    for lives, goes_on in alive.items():
        whole = whole | goes_on
        if lives is not None:
            with function.when(goes_on.equals(0)):
                state = firing.shape.state(lives)
                store_wide(moment.at.standing, state, wide_constant(function, 0))
    function.store(moment.at.standing, 0, I32, whole ^ 1)


def _goes_on(moment: Moment, index: int, clause: Clause) -> Value:
    """Whether a clause keeps its contract from ending."""
    function, firing = moment.function, moment.firing
    goes_on = function.constant(I32, 1)
    if not firing.program.perpetual:
        if isinstance(clause, Watch) or clause.schedule is None or not keeps_alive(clause):
            return function.constant(I32, 0)
        goes_on = deadlines_of(firing, moment.at, index, clause.schedule).left()
    lives = lives_of(firing, moment.at, clause)
    return goes_on if lives is None else goes_on & lives


def _clause(moment: Moment, index: int, clause: Clause, callees: tuple[Function, ...]) -> None:
    match clause:
        case Timed():
            _timed(moment, index, clause, callees[0])
        case Watch():
            _watch(moment, index, clause, callees[0])
        case Choice():
            _choice(moment, index, clause, callees)
        case _:
            assert_never(clause)


def _timed(moment: Moment, index: int, clause: Timed, actions: Function) -> None:
    function = moment.function
    deadlines = deadlines_of(moment.firing, moment.at, index, clause.schedule)
    with function.when(deadlines.left()), function.when(deadlines.next().equals(moment.now)):
        moment.progress(index, deadlines.at + 1)
        with where_it_lives(moment.firing, moment.at, clause):
            moment.act(actions, deadlines.at)


def _watch(moment: Moment, index: int, clause: Watch, actions: Function) -> None:
    function, shape, event = moment.function, moment.firing.shape, moment.at.event
    assert event is not None
    waits = function.load(I32, moment.at.standing, shape.progress(index)).equals(0)
    moved, known = function.constant(I32, 0), function.constant(I32, 1)
    for feed in clause.feeds:
        moved = moved | bit_of(event, shape.moved(0), feed)
        known = known & bit_of(event, shape.known(0), feed)
    seen = moved & moment.live
    if (lives := lives_of(moment.firing, moment.at, clause)) is not None:
        assert clause.lives is not None
        waits, seen = waits & lives, seen | moment.asleep[clause.lives]
    with function.when(waits & seen & known):
        first = function.constant(I32, 0)
        frame = _frame(moment.firing, moment.at, first, moment.failure)
        with function.when(frame.truth(clause.condition)):
            if not clause.repeats:
                moment.progress(index, 1)
            moment.act(actions, first)


def _choice(moment: Moment, index: int, clause: Choice, callees: tuple[Function, ...]) -> None:
    function, firing = moment.function, moment.firing
    lives = lives_of(firing, moment.at, clause)
    taken = is_taken(firing, moment.at, index) & moment.live
    if clause.schedule is None:
        with function.when(taken if lives is None else taken & lives):
            moment.act(callees[0], function.constant(I32, 0))
        return
    deadlines = deadlines_of(firing, moment.at, index, clause.schedule)
    if lives is not None:
        passed = lives.equals(0) & deadlines.left()
        with function.when(passed), function.when(deadlines.next().equals(moment.now)):
            moment.progress(index, deadlines.at + 1)
    with function.when(deadlines.left() if lives is None else deadlines.left() & lives):
        due = deadlines.next().equals(moment.now)
        chosen = function.variable(I32, taken if clause.any_time else taken & due)
        with function.when(due & (chosen ^ 1)):
            frame = _frame(firing, moment.at, deadlines.at, moment.failure, clause.schedule)
            function.set(chosen, frame.truth(clause.default))
            with function.when(chosen ^ 1):
                moment.progress(index, deadlines.at + 1)
                moment.act(callees[1], deadlines.at)
        with function.when(chosen):
            after = deadlines.at + due if clause.repeats else deadlines.length
            moment.progress(index, after)
            moment.act(callees[0], deadlines.at)


# --- actions ------------------------------------------------------------------------------------


def _write_clause(firing: Firing, index: int, clause: Clause) -> tuple[Function, ...]:
    """The function of a clause's actions; for a choice also that of its `otherwise`."""
    if not isinstance(clause, Choice):
        return (_write_actions(firing, index, clause.actions, 0),)
    return (
        _write_actions(firing, index, clause.actions, 0),
        _write_actions(firing, index, clause.otherwise, len(clause.actions)),
    )


def _write_actions(
    firing: Firing, index: int, actions: tuple[Action, ...], counted_from: int
) -> Function:
    made = firing.writer.begin((I32, I32), (I32,))
    pointer, occurrence = made.parameters()
    row = Row(pointer)
    with failing(made) as failure:
        clause = firing.program.clauses[index]
        schedule = None if isinstance(clause, Watch) else clause.schedule
        frame = _frame(firing, row.pointers(), occurrence, failure, schedule)
        frame.locals.update(_given(firing, frame, index))
        for number, action in enumerate(actions, counted_from):
            _action(firing, frame, row, action, (index, number))
    return made


def _given(firing: Firing, frame: Frame, index: int) -> dict[int, Wide]:
    """The locals that a chooser gives; an amount that was not chosen is whatever the event says."""
    clause = firing.program.clauses[index]
    amounts = clause.amounts if isinstance(clause, Choice) else ()
    if not amounts:
        return {}
    units = chosen(firing, frame.at, index)
    places = (firing.shape.divisor(amount.asset) for amount in amounts)
    divisors = [frame.function.load(I64, frame.at.terms, place) for place in places]
    return {k: word_product(*pair) for k, pair in enumerate(zip(units, divisors, strict=True))}


def _action(firing: Firing, frame: Frame, row: Row, action: Action, cause: tuple[int, int]) -> None:
    shape, standing = firing.shape, frame.at.standing
    match action:
        case Bind(local=local, value=value):
            frame.locals[local] = frame.value(value)
        case Assign(state=state, value=value, guard=guard):
            with _guarded(frame, guard):
                store_wide(standing, shape.state(state), frame.wide(value))
                if state == firing.program.clauses[cause[0]].lives:
                    lives = lives_of(firing, frame.at, firing.program.clauses[cause[0]])
                    assert lives is not None
                    with frame.function.when(lives.equals(0)):
                        frame.function.give(0)
        case Store(table=table, value=value):
            stored = frame.wide(value)
            store_wide(frame.row(standing, shape.table(table)), 0, stored)
        case Transfer(guard=guard):
            with _guarded(frame, guard):
                _transfer(frame, row, action, cause)
        case End(guard=guard):
            with _guarded(frame, guard):
                frame.function.store(standing, 0, I32, 1)
                frame.function.give(0)
        case Require(guard=guard):
            with _guarded(frame, guard):
                _require(firing, frame, row, action)
        case _:
            assert_never(action)


def _guarded(frame: Frame, guard: Expression) -> AbstractContextManager[None]:
    return nullcontext() if guard is TRUE else frame.function.when(frame.truth(guard))


def _require(firing: Firing, frame: Frame, row: Row, requirement: Require) -> None:
    every = firing.requirements
    which = next(i for i, other in enumerate(every) if other is requirement)
    function = frame.function
    with function.when(frame.truth(requirement.condition) ^ 1):
        function.store(row.block(blocks.ROW_OUTCOME), blocks.OUTCOME_REQUIREMENT, I32, which)
        frame.fail(Status.REQUIREMENT)


def _transfer(frame: Frame, row: Row, transfer: Transfer, cause: tuple[int, int]) -> None:
    function = frame.function
    amount = frame.wide(transfer.amount)
    due: Value | int = blocks.NEVER if transfer.due is None else frame.wide(transfer.due).low
    if not transfer.net:
        frame.fail_if(amount.high < 0, Status.NEGATIVE_PAYMENT)
    divisor = function.load(I64, frame.at.terms, frame.shape.divisor(transfer.asset))
    units, status = frame.library.minor_units(function, amount, divisor)
    frame.fail_with(status)
    with function.when(units.differs(0)):
        posting = _next_posting(frame, row)
        back = units < 0
        payer = function.select(back, function.constant(I32, transfer.payee), transfer.payer)
        payee = function.select(back, function.constant(I32, transfer.payer), transfer.payee)
        fields = (
            (blocks.POSTING_PAYER, I32, payer),
            (blocks.POSTING_PAYEE, I32, payee),
            (blocks.POSTING_ASSET, I32, transfer.asset),
            (blocks.POSTING_CLAUSE, I32, cause[0]),
            (blocks.POSTING_ACTION, I32, cause[1]),
            (blocks.POSTING_ACTION + 4, I32, 0),
            (blocks.POSTING_UNITS, I64, function.select(back, 0 - units, units)),
            (blocks.POSTING_DUE, I64, due),
            (blocks.POSTING_DUE + 8, I64, 0),
        )
        for offset, type_, value in fields:
            function.store(posting, offset, type_, value)
        if transfer.payee == frame.program.escrow:
            _hold(frame, transfer.asset, units)
        if transfer.payer == frame.program.escrow:
            _hold(frame, transfer.asset, 0 - units)


def _hold(frame: Frame, asset: int, units: Value) -> None:
    """Adds signed units to what escrow holds of an asset; the sum has 63 bits, or it overflows."""
    standing, at = frame.at.standing, frame.shape.held(asset)
    before = frame.function.load(I64, standing, at)
    after = before + units
    frame.fail_if(((before ^ after) & (units ^ after)) < 0, Status.OVERFLOW)
    frame.fail_if(after.equals(blocks.NEVER), Status.OVERFLOW)
    frame.function.store(standing, at, I64, after)


def _next_posting(frame: Frame, row: Row) -> Value:
    """The address of the next posting, which is counted; fails if the row has no room for it."""
    function = frame.function
    outcome = row.block(blocks.ROW_OUTCOME)
    count = function.load(I32, outcome, blocks.OUTCOME_POSTINGS)
    capacity = function.load(I32, row.pointer, blocks.ROW_CAPACITY)
    frame.fail_if((count < capacity).equals(0), blocks.FULL)
    function.store(outcome, blocks.OUTCOME_POSTINGS, I32, count + 1)
    return row.block(blocks.ROW_POSTINGS) + count * blocks.POSTING_SIZE
