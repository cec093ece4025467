"""A PostgreSQL cluster of its own, with a ledger of transfers; None where there is no PostgreSQL.

It is given what suits it best: a batch comes by COPY, and two statements book it whole. So a single
transfer that has no cover cannot be refused: it would take the whole batch with it.
"""

import os
import re
import shutil
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

_TABLES = """
create table account (id bigint primary key, sequence bigint not null,
                      balance bigint not null check (balance >= 0));
create table transfer (session bigint, sequence bigint, target bigint not null,
                       units bigint not null, primary key (session, sequence));
insert into account select id, 0, {units} from generate_series(1, {accounts}) id;
"""
_BATCH = """
begin;
create temp table batch (session bigint, sequence bigint, target bigint, units bigint)
    on commit drop;
copy batch from '{path}' (format csv);
insert into transfer select * from batch;
update account set balance = balance + change, sequence = sequence + sent
from (select id, sum(units) change, sum(sent) sent
      from (select session id, -units units, 1 sent from batch
            union all select target, units, 0 from batch) moved
      group by id) net
where account.id = net.id;
commit;
"""


class Cluster:
    """A running server, reached by a socket in its directory."""

    def __init__(self, directory: Path, user: str | None) -> None:
        self.directory = directory
        self.user = user

    def command(self, *words: str, text: str | None = None) -> str:
        """Runs a program of PostgreSQL as the user that may."""
        as_user = ("runuser", "-u", self.user, "--") if self.user else ()
        done = subprocess.run(
            (*as_user, *words), input=text, capture_output=True, text=True, check=True
        )
        return done.stdout

    def sql(self, text: str) -> float:
        """Runs statements, and returns the seconds that they took, as the server's client tells."""
        place = ("-h", str(self.directory), "-d", "postgres", "-v", "ON_ERROR_STOP=1")
        told = self.command("psql", "-qX", *place, text="\\timing on\n" + text)
        return sum(map(float, re.findall(r"Time: ([0-9.]+) ms", told))) / 1e3

    def open(self, accounts: int, units: int) -> None:
        """An empty ledger with so many accounts."""
        self.sql(_TABLES.format(accounts=accounts, units=units))

    def book(self, batches: Sequence[Path]) -> float:
        """The seconds that it takes to book batches, each durably."""
        return self.sql("".join(_BATCH.format(path=path) for path in batches))


@contextmanager
def cluster(directory: Path) -> Iterator[Cluster | None]:
    """A server while it is needed, synchronous commits and all."""
    if shutil.which("initdb") is None or shutil.which("pg_ctl") is None:
        yield None
        return
    user = "postgres" if os.geteuid() == 0 else None
    if user:
        shutil.chown(directory, user)
    made = Cluster(directory, user)
    data, log = str(directory / "data"), str(directory / "log")
    made.command("initdb", "-D", data, "-A", "trust", "--no-locale", "-E", "UTF8")
    options = f"-c listen_addresses= -k {directory} -c shared_buffers=512MB -c max_wal_size=4GB"
    made.command("pg_ctl", "-D", data, "-l", log, "-o", options, "-w", "start")
    try:
        yield made
    finally:
        made.command("pg_ctl", "-D", data, "-m", "immediate", "-w", "stop")


def written(directory: Path, name: str, rows: NDArray[np.int64]) -> Path:
    """A batch as a file that the server may read."""
    path = directory / name
    np.savetxt(path, rows, fmt="%d", delimiter=",")
    path.chmod(0o644)
    return path
