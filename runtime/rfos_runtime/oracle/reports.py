"""Signed reports: an Ed25519 signature under (feed, instant, value, the reporter's name, date)."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from hashlib import sha256

from rfos_runtime.records.block import Report
from rfos_runtime.records.canonical import encode

DOMAIN = "rfos report"
"""What a signature is for, so that it can never be taken for another message's."""


@dataclass(frozen=True, slots=True)
class SignedReport:
    """A report and the signature under its `message`."""

    report: Report
    signature: bytes


@dataclass(frozen=True, slots=True)
class Verified:
    """What the edge lets through, and what it does not. `evidence`: hash of all that was let
    through, for the block.
    """

    accepted: tuple[Report, ...]
    refused: tuple[SignedReport, ...]
    evidence: bytes


def message(report: Report) -> bytes:
    """The bytes that a reporter signs."""
    return encode((DOMAIN, report.feed, report.instant, report.value, report.reporter, report.date))


def sign(report: Report, private_key: bytes) -> SignedReport:
    """Signs a report with a raw 32-byte private key."""
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    key = Ed25519PrivateKey.from_private_bytes(private_key)
    return SignedReport(report, key.sign(message(report)))


def verify_reports(reports: Iterable[SignedReport], reporters: Mapping[str, bytes]) -> Verified:
    """Checks signatures against the reporters' raw public keys, by name."""
    checked = [(signed, _is_genuine(signed, reporters)) for signed in reports]
    accepted = [signed for signed, genuine in checked if genuine]
    proofs = tuple((message(signed.report), signed.signature) for signed in accepted)
    return Verified(
        accepted=tuple(signed.report for signed in accepted),
        refused=tuple(signed for signed, genuine in checked if not genuine),
        evidence=sha256(encode(proofs)).digest() if proofs else b"",
    )


def _is_genuine(signed: SignedReport, reporters: Mapping[str, bytes]) -> bool:
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    public = reporters.get(signed.report.reporter)
    if public is None:
        return False
    try:
        key = Ed25519PublicKey.from_public_bytes(public)
        key.verify(signed.signature, message(signed.report))
    except (InvalidSignature, ValueError):
        return False
    return True


def simulated_private_key(seed: str, reporter: str) -> bytes:
    """A private key that anyone can derive: for simulated reporters and nothing else."""
    return sha256(encode(("rfos simulated reporter", seed, reporter))).digest()


def public_key(private_key: bytes) -> bytes:
    """The raw public key of a raw private key."""
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    return Ed25519PrivateKey.from_private_bytes(private_key).public_key().public_bytes_raw()
