"""A margin policy as WebAssembly: what `core.policy` says of one portfolio, for many rows."""

from rfos_lang.artefact import policy_format
from rfos_lang.artefact.assembly import F64, I64, Function, Value, Writer
from rfos_lang.artefact.binary64 import RiskArithmetic, minor_units
from rfos_lang.artefact.container import SCHEMA, with_description
from rfos_lang.artefact.emission import MEMORY_PAGES
from rfos_lang.artefact.formulas import written
from rfos_lang.artefact.policy_format import AxisField, PolicyMetadata
from rfos_lang.artefact.risk import write_batch
from rfos_lang.artefact.webassembly import module
from rfos_lang.core.formula import Formula
from rfos_lang.core.policy import formulas_of, measure
from rfos_lang.semantics.policy import Policy

WORST_LOSS, GROSS, NET, LARGEST, SCALE = range(0, 40, 8)
"""Where in a row the caller writes."""


def compile_policy(policy: Policy, source_hash: str) -> bytes:
    """The artefact of a policy: the same bytes for the same arguments, always."""
    writer = Writer()
    arithmetic = RiskArithmetic(writer)
    formulas = formulas_of(policy)
    wanted = (formulas.maintenance, formulas.initial)
    size = policy_format.ROW_SIZE
    write_batch(writer, "require", size, lambda row: _require(row, arithmetic, *wanted))
    axes = tuple(AxisField(axis.name, axis.shifts) for axis in policy.axes)
    described = PolicyMetadata(SCHEMA, source_hash, policy.name, policy.asset, axes)
    return with_description(module(writer.definitions(), MEMORY_PAGES), described)


def _require(
    row: Value, arithmetic: RiskArithmetic, maintenance: Formula, initial: Formula
) -> None:
    function = row.function
    scale = _read(function, row, SCALE)
    net = _read(function, row, NET)
    share = _read(function, row, LARGEST) / net
    nothing = function.constant(F64, 0.0)
    known = {
        measure("worst_loss"): _read(function, row, WORST_LOSS) / scale,
        measure("gross_notional"): _read(function, row, GROSS) / scale,
        measure("net_notional"): net / scale,
        measure("concentration"): function.select(net.differs(0.0), share, nothing),
    }
    values = written(function, arithmetic, known.__getitem__, maintenance, initial)
    first, unsound = minor_units(values[maintenance], scale)
    second, second_unsound = minor_units(values[initial], scale)
    flags = (unsound | second_unsound).unary("widen")
    for offset, units in ((policy_format.MAINTENANCE, first), (policy_format.INITIAL, second)):
        owed = (units > 0).unary("widen") * (1 - flags)
        function.store(row, offset, I64, units * owed)
    function.store(row, policy_format.UNSOUND, I64, flags)


def _read(function: Function, row: Value, offset: int) -> Value:
    return function.load(I64, row, offset).unary("convert signed")
