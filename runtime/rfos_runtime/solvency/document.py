"""Proofs as JSON: every byte means something, and anything else is refused."""

import json
from typing import Any

from rfos_runtime.solvency.statement import Asset, Proof, Share, Statement
from rfos_runtime.solvency.tree import SALT_SIZE, Node, Step

FORMAT = "rfos proof of what is owed, 1"
HASH_SIZE = 32


class NoProof(ValueError):
    """The text is no proof; the message says where."""


def written(proof: Proof) -> str:
    """A proof as text."""
    statement = proof.statement
    document = {
        "format": FORMAT,
        "commitment": statement.commitment.hex(),
        "block": statement.block,
        "time": statement.time,
        "state_root": statement.state_root.hex(),
        "account": proof.account,
        "assets": [_asset(*pair) for pair in zip(statement.assets, proof.shares, strict=True)],
    }
    return json.dumps(document, indent=2) + "\n"


def _asset(asset: Asset, share: Share) -> dict[str, Any]:
    return {
        "asset": asset.name,
        "places": asset.places,
        "total": asset.owed.units,
        "root": asset.owed.hash.hex(),
        "units": share.units,
        "salt": share.salt.hex(),
        "path": [
            {
                "side": "left" if step.is_left else "right",
                "hash": step.node.hash.hex(),
                "sum": step.node.units,
            }
            for step in share.path
        ],
    }


def read(text: str) -> Proof:
    """The proof in a text, whose commitment is that of its own statement. Raises NoProof."""
    try:
        document = json.loads(text)
    except (ValueError, RecursionError) as problem:
        raise NoProof(f"it is not JSON: {problem}") from None
    fields = _fields(document, "", "format commitment block time state_root account assets")
    if fields["format"] != FORMAT:
        raise NoProof(f"`format` is not `{FORMAT}`")
    found = [
        _share(each, f"assets[{index}].") for index, each in enumerate(_list(fields, "assets"))
    ]
    statement = Statement(
        _whole(fields, "block"),
        _whole(fields, "time"),
        _bytes(fields, "state_root", HASH_SIZE),
        tuple(asset for asset, _ in found),
    )
    if _bytes(fields, "commitment", HASH_SIZE) != statement.commitment:
        raise NoProof("`commitment` is not that of what the proof says")
    return Proof(statement, _text(fields, "account"), tuple(share for _, share in found))


def _share(document: Any, place: str) -> tuple[Asset, Share]:
    fields = _fields(document, place, "asset places total root units salt path")
    name = _text(fields, "asset", place)
    owed = Node(_bytes(fields, "root", HASH_SIZE, place), _whole(fields, "total", place))
    steps = _list(fields, "path", place)
    path = tuple(_step(each, f"{place}path[{index}].") for index, each in enumerate(steps))
    salt = _bytes(fields, "salt", SALT_SIZE, place)
    share = Share(name, _whole(fields, "units", place), salt, path)
    return Asset(name, _whole(fields, "places", place), owed), share


def _step(document: Any, place: str) -> Step:
    fields = _fields(document, place, "side hash sum")
    if fields["side"] not in ("left", "right"):
        raise NoProof(f"`{place}side` is neither left nor right")
    node = Node(_bytes(fields, "hash", HASH_SIZE, place), _whole(fields, "sum", place))
    return Step(node, fields["side"] == "left")


def _fields(document: Any, place: str, names: str) -> dict[str, Any]:
    expected = names.split()
    if not isinstance(document, dict) or sorted(document) != sorted(expected):
        raise NoProof(f"`{place or 'the proof'}` does not have just {', '.join(expected)}")
    return document


def _whole(fields: dict[str, Any], name: str, place: str = "") -> int:
    value = fields[name]
    if type(value) is not int:
        raise NoProof(f"`{place}{name}` is no whole number")
    return value


def _text(fields: dict[str, Any], name: str, place: str = "") -> str:
    value = fields[name]
    if not isinstance(value, str) or not value.isprintable():
        raise NoProof(f"`{place}{name}` is no text")
    return value


def _list(fields: dict[str, Any], name: str, place: str = "") -> list[Any]:
    value = fields[name]
    if not isinstance(value, list):
        raise NoProof(f"`{place}{name}` is no list")
    return value


def _bytes(fields: dict[str, Any], name: str, size: int, place: str = "") -> bytes:
    value = fields[name]
    if isinstance(value, str) and len(value) == 2 * size and value == value.lower():
        try:
            return bytes.fromhex(value)
        except ValueError:
            pass
    raise NoProof(f"`{place}{name}` is not {size} bytes in hexadecimal")
