"""`rfos prove`: what a journal's ledger owes, proved to each account. `rfos verify-proof`: such a
proof checked, with nothing else at hand."""

import os
from pathlib import Path
from typing import Any
from urllib.parse import quote

from rfos_lang.base.instant import show_instant
from rfos_lang.base.span import Span
from rfos_lang.base.wording import report
from rfos_lang.cli.console import OK, as_text, print_json, progress
from rfos_lang.cli.files import read_bytes, read_text, write_bytes, writing
from rfos_lang.cli.journals import opened
from rfos_lang.cli.timeline import amount
from rfos_lang.driver.failure import Failure
from rfos_runtime.reference.world import World, genesis
from rfos_runtime.solvency.document import NoProof, read, written
from rfos_runtime.solvency.statement import Books, NotSolvent, Statement, books, is_good

SECRET, SECRET_SIZE = "secret", 32
"""The file in a journal's folder that salts are drawn from."""
STATEMENT = "statement.json"
_NEW = os.O_WRONLY | os.O_CREAT | os.O_EXCL


def run(
    folder: Path,
    account: str | None,
    output: Path,
    secret: Path | None,
    as_json: bool,
) -> int:
    """Writes the proof of an account, or in a folder those of all with the statement that is to
    be published; the exit code. Raises Failure."""
    made = _books(_world(folder, as_json), folder, _secret(secret or folder / SECRET))
    if account is None:
        names = _write_all(made, output, as_json)
    else:
        if account not in made.accounts:
            raise _failure("E0823", folder, name=account)
        write_bytes(output, written(made.proof(account)).encode())
        names = [account]
    if as_json:
        print_json({"ok": True, **_document(made.statement), "accounts": names})
    else:
        _print(made.statement)
        print(f"proofs     {len(names):,} in {output}")
    return OK


def verify(path: Path, published: str | None, as_json: bool) -> int:
    """Checks a proof; the exit code. Raises Failure."""
    try:
        proof = read(read_text(path))
    except NoProof as problem:
        raise _failure("E0824", path, problem=problem) from None
    if not is_good(proof):
        raise _failure("E0825", path, account=proof.account)
    commitment = proof.statement.commitment.hex()
    if published is not None and published.strip().lower() != commitment:
        raise _failure("E0826", path, commitment=commitment)
    places = {asset.name: asset.places for asset in proof.statement.assets}
    shares = {share.asset: amount(share.units, places[share.asset]) for share in proof.shares}
    if as_json:
        told = {"account": proof.account, "shares": shares}
        print_json({"ok": True, **_document(proof.statement), **told})
        return OK
    print(f"account    {proof.account}")
    for asset, units in shares.items():
        print(f"           {units} {asset}")
    _print(proof.statement)
    if published is None:
        print("Compare the commitment with the one that was published.")
    return OK


# --- proving -----------------------------------------------------------------------------------


def _world(folder: Path, quiet: bool) -> World:
    """The world at the end of a journal."""
    world = genesis()
    with opened(folder, quiet) as journal:
        for block in journal.blocks:
            world = block.world or world
    return world


def _books(world: World, folder: Path, secret: bytes) -> Books:
    try:
        return books(world, secret)
    except NotSolvent as wrong:
        raise _failure("E0827", folder, asset=str(wrong)) from None


def _secret(path: Path) -> bytes:
    """The secret in a file, which is made if it is not there; nobody else may read it."""
    if not path.exists():
        with writing(path), open(os.open(path, _NEW, 0o600), "wb") as file:
            file.write(os.urandom(SECRET_SIZE))
    found = read_bytes(path)
    if len(found) < SECRET_SIZE:
        raise _failure("E0828", path, size=SECRET_SIZE)
    return found


def _write_all(made: Books, output: Path, quiet: bool) -> list[str]:
    with writing(output):
        output.mkdir(parents=True, exist_ok=True)
    text = as_text(_document(made.statement))
    write_bytes(output / STATEMENT, text.encode())
    for name in progress(iter(made.accounts), "proofs", len(made.accounts), quiet):
        file = output / f"{quote(name, safe=' ')}.proof.json"
        write_bytes(file, written(made.proof(name)).encode())
    return list(made.accounts)


# --- telling -----------------------------------------------------------------------------------


def _document(statement: Statement) -> dict[str, Any]:
    return {
        "commitment": statement.commitment.hex(),
        "block": statement.block,
        "time": show_instant(statement.time),
        "state_root": statement.state_root.hex(),
        "owed": {asset.name: amount(asset.owed.units, asset.places) for asset in statement.assets},
    }


def _print(statement: Statement) -> None:
    print(f"owed       in all, at block {statement.block:,} of {show_instant(statement.time)}")
    for asset in statement.assets:
        print(f"           {amount(asset.owed.units, asset.places)} {asset.name}")
    print(f"commitment {statement.commitment.hex()}")


def _failure(code: str, path: Path, **names: Any) -> Failure:
    return Failure([report(code, Span(str(path), 0, 0), file=path, **names)], {})
