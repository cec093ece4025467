"""What seals a bid: the hash of all that it says and of a salt that nobody else knows, so that it
can neither be read before it is opened nor be another one then."""

from hashlib import sha256

from rfos_runtime.records.canonical import encode

SALT_SIZE = 64
"""So many bytes a salt has at most."""


def seal_of(account: str, instrument: int, limit: int, lots: int, salt: bytes) -> bytes:
    """The seal of a bid, 32 bytes."""
    return sha256(encode((account, instrument, limit, lots, salt))).digest()
