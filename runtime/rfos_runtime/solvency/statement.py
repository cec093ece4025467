"""What a ledger owes at a block, and the proof of it for each account.

For each asset the leaves are what the accounts have in all: free, reserved, posted and pledged.
Accounts of the kernel's own, the insurance fund among them, are leaves like others. Their sum must
be what came in from outside or was issued; it is checked before anything is published.

The commitment is one hash of the block, its state root and the roots and sums of all assets. It is
what gets published; a proof is good if it leads to the commitment that everybody sees.
"""

import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256

from rfos_runtime.records.canonical import encode
from rfos_runtime.records.holdings import Holding, Purpose
from rfos_runtime.reference.world import World
from rfos_runtime.solvency import tree
from rfos_runtime.solvency.tree import Node, Step

FUND_NAME, FEES_NAME = "insurance fund", "fees for rebates"
OUTSIDE = (Purpose.OUTSIDE, Purpose.ISSUED)


@dataclass(frozen=True, slots=True)
class Asset:
    """An asset in a statement: decimals of its minor unit, and all that is owed in it."""

    name: str
    places: int
    owed: Node


@dataclass(frozen=True, slots=True)
class Statement:
    """What everybody is told."""

    block: int
    time: int
    state_root: bytes
    assets: tuple[Asset, ...]

    @property
    def commitment(self) -> bytes:
        """The hash that fixes all of it."""
        return sha256(encode(("rfos statement of what is owed", 1, self))).digest()


@dataclass(frozen=True, slots=True)
class Share:
    """What one account is owed of one asset, and how that is part of the whole."""

    asset: str
    units: int
    salt: bytes
    path: tuple[Step, ...]


@dataclass(frozen=True, slots=True)
class Proof:
    """What one account is told: the statement, and its share of each asset, 0 where it has none."""

    statement: Statement
    account: str
    shares: tuple[Share, ...]


class NotSolvent(ValueError):
    """What the accounts have is not what came in: the ledger's books are wrong."""


@dataclass(frozen=True, slots=True)
class Books:
    """A statement with all trees below it. `accounts` are those that can be given a proof."""

    statement: Statement
    accounts: tuple[str, ...]
    _owed: Mapping[tuple[str, str], int]
    _levels: Mapping[str, list[list[Node]]]
    _secret: bytes

    def proof(self, account: str) -> Proof:
        """The proof of an account. Raises KeyError if there is none of this name."""
        if account not in self.accounts:
            raise KeyError(account)
        shares = []
        for asset in self.statement.assets:
            units = self._owed.get((asset.name, account), 0)
            salt = salt_of(self._secret, self.statement.block, asset.name, account)
            node = tree.leaf(account, units, salt)
            shares.append(Share(asset.name, units, salt, tree.path(self._levels[asset.name], node)))
        return Proof(self.statement, account, tuple(shares))


def books(world: World, secret: bytes) -> Books:
    """What a world owes. The salts are drawn from the secret. Raises NotSolvent."""
    owed: dict[tuple[str, str], int] = {}
    came_in = dict.fromkeys(world.assets, 0)
    for (asset, holding), units in world.balances.items():
        if holding.purpose in OUTSIDE:
            came_in[asset] -= units
        else:
            key = asset, _owner(holding)
            owed[key] = owed.get(key, 0) + units
    others = {account for _, account in owed} - world.accounts.keys()
    accounts = (*world.accounts, *sorted(others))
    levels = {asset: _levels(asset, accounts, owed, world, secret) for asset in world.assets}
    assets = tuple(
        Asset(name, places, levels[name][-1][0]) for name, places in world.assets.items()
    )
    for each in assets:
        if each.owed.units != came_in[each.name]:
            raise NotSolvent(each.name)
    statement = Statement(world.number, world.time, world.root, assets)
    return Books(statement, accounts, owed, levels, secret)


def _levels(
    asset: str,
    accounts: tuple[str, ...],
    owed: Mapping[tuple[str, str], int],
    world: World,
    secret: bytes,
) -> list[list[Node]]:
    """The tree of an asset. Every account has a leaf, so that a path tells nobody who owns what."""
    return tree.levels(
        [
            tree.leaf(each, owed.get((asset, each), 0), salt_of(secret, world.number, asset, each))
            for each in accounts
        ]
    )


def _owner(holding: Holding) -> str:
    """Whose a holding is; what is the instrument's own goes by the name of its escrow."""
    own = {Purpose.FUND: FUND_NAME, Purpose.FEES: FEES_NAME}
    return own.get(Purpose(holding.purpose), holding.account)


def salt_of(secret: bytes, block: int, asset: str, account: str) -> bytes:
    """The salt of a leaf, which nobody can tell who does not know the secret."""
    return hmac.digest(secret, encode((block, asset, account)), "sha256")


def is_good(proof: Proof) -> bool:
    """Whether every share leads to what the statement says of its asset."""
    assets = proof.statement.assets
    if [share.asset for share in proof.shares] != [asset.name for asset in assets]:
        return False
    return all(map(_leads_to, proof.shares, assets, [proof.account] * len(assets)))


def _leads_to(share: Share, asset: Asset, account: str) -> bool:
    try:
        node = tree.leaf(account, share.units, share.salt)
        return tree.root(node, share.path) == asset.owed
    except tree.NotInRange:
        return False
