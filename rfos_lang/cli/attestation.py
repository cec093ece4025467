"""The simulated edge of a scenario: reporters sign what they saw, signatures are checked."""

from collections.abc import Sequence

from rfos_runtime.oracle.reports import public_key, sign, simulated_private_key, verify_reports
from rfos_runtime.records.block import Report


class Edge:
    """Reporters with keys that anyone can derive from the scenario's seed."""

    def __init__(self, reporters: Sequence[str], seed: str) -> None:
        self._private = {name: simulated_private_key(seed, name) for name in reporters}
        self._public = {name: public_key(key) for name, key in self._private.items()}

    def attest(self, reports: Sequence[Report]) -> tuple[tuple[Report, ...], bytes]:
        """What passes the edge, and the hash of the evidence for it."""
        signed = [sign(report, self._private[report.reporter]) for report in reports]
        verified = verify_reports(signed, self._public)
        return verified.accepted, verified.evidence
