"""Signed reports: only what its reporter signed gets through."""

from dataclasses import replace

import pytest

from rfos_runtime.oracle.reports import (
    SignedReport,
    public_key,
    sign,
    simulated_private_key,
    verify_reports,
)
from rfos_runtime.records.block import Report

REPORT = Report("spot(BTC, USD)", 7, 65_000, "r1")
KEYS = {name: simulated_private_key("seed", name) for name in ("r1", "r2")}
REPORTERS = {name: public_key(key) for name, key in KEYS.items()}


def test_a_genuine_report_passes_with_evidence() -> None:
    signed = sign(REPORT, KEYS["r1"])
    verified = verify_reports([signed], REPORTERS)
    assert (verified.accepted, verified.refused) == ((REPORT,), ())
    assert len(verified.evidence) == 32
    assert verify_reports([], REPORTERS).evidence == b""


@pytest.mark.parametrize(
    "changed",
    [
        {"feed": "spot(ETH, USD)"},
        {"instant": 8},
        {"value": 65_001},
        {"reporter": "r2"},
        {"reporter": "nobody"},
    ],
)
def test_a_signature_holds_for_one_report_alone(changed: dict[str, object]) -> None:
    forged = SignedReport(replace(REPORT, **changed), sign(REPORT, KEYS["r1"]).signature)  # type: ignore[arg-type]
    verified = verify_reports([forged], REPORTERS)
    assert (verified.accepted, verified.refused) == ((), (forged,))


@pytest.mark.parametrize("signature", [b"", b"short", bytes(64)])
def test_anything_else_is_no_signature(signature: bytes) -> None:
    forged = SignedReport(REPORT, signature)
    assert verify_reports([forged], REPORTERS).refused == (forged,)


def test_a_broken_key_refuses_its_reporter_and_no_other() -> None:
    other = replace(REPORT, reporter="r2")
    signed = [sign(REPORT, KEYS["r1"]), sign(other, KEYS["r2"])]
    verified = verify_reports(signed, {**REPORTERS, "r1": b"broken"})
    assert verified.accepted == (other,)


def test_simulated_keys_differ_by_seed_and_name() -> None:
    names = [("a", "r1"), ("a", "r2"), ("b", "r1")]
    assert len({simulated_private_key(*name) for name in names}) == 3
    assert simulated_private_key("a", "r1") == simulated_private_key("a", "r1")
