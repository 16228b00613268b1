"""A real Virtuoso (https://vos.openlinksw.com/) on free loopback ports: Debian's `virtuoso-opensource-7-bin`."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from node.settings import StoreSettings
from tests.servers.fairnode import free_port, wait_for

ROWS = 3100
USER, PASSWORD, PASSWORD_ENV = "fairnode", "a secret", "FAIRNODE_GRAPHS_PASSWORD"
PATHS = StoreSettings(graphs_query_path="/sparql", graphs_update_path="/sparql-auth", graphs_user=USER)

_SETTINGS = """
[Database]
DatabaseFile = {folder}/virtuoso.db
ErrorLogFile = {folder}/virtuoso.log
LockFile = {folder}/virtuoso.lck
TransactionFile = {folder}/virtuoso.trx
xa_persistent_file = {folder}/virtuoso.pxa
[TempDatabase]
DatabaseFile = {folder}/temporary.db
TransactionFile = {folder}/temporary.trx
[Parameters]
ServerPort = 127.0.0.1:{sql}
NumberOfBuffers = 10000
MaxDirtyBuffers = 6000
DefaultIsolation = {isolation}
[HTTPServer]
ServerPort = 127.0.0.1:{http}
ServerRoot = {folder}
ServerThreads = 8
[SPARQL]
ResultSetMaxRows = {rows}
"""
# As docs/how-to/run-on-virtuoso.md has it.
_ACCOUNT = f"DB.DBA.USER_CREATE ('{USER}', '{PASSWORD}'); GRANT SPARQL_UPDATE TO \"{USER}\";"


@dataclass
class VirtuosoServer:
    """A server of which anybody may ask and `USER` alone may write, and that cuts answers at `ROWS` rows.

    Attributes:
        url: of its web server.
        process: may be killed and started again over the same files.
    """

    folder: Path
    sql: int
    http: int
    process: subprocess.Popen[str]

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.http}"

    def kill_and_start_again(self) -> None:
        self.process.kill()
        self.process.communicate()
        (self.folder / "virtuoso.lck").unlink(missing_ok=True)
        self.process = _start(self.folder, self.http)


@contextmanager
def virtuoso_server(folder: Path, isolation: int = 4) -> Iterator[VirtuosoServer]:
    """Yield a new server; the test is skipped where Virtuoso is not installed.

    Args:
        isolation: 2 is Virtuoso's own default (read committed), 4 what the node asks for (repeatable read).
    """
    if not (shutil.which("virtuoso-t") and shutil.which("isql-vt")):
        pytest.skip("Virtuoso is not installed; Debian has it as virtuoso-opensource-7-bin")
    sql, http = free_port(), free_port()
    settings = _SETTINGS.format(folder=folder, sql=sql, http=http, rows=ROWS, isolation=isolation)
    (folder / "virtuoso.ini").write_text(settings)
    server = VirtuosoServer(folder, sql, http, _start(folder, http))
    try:
        isql = ["isql-vt", f"127.0.0.1:{sql}", "dba", "dba", f"exec={_ACCOUNT}"]
        subprocess.run(isql, check=True, capture_output=True)
        yield server
    finally:
        server.process.kill()
        server.process.communicate()


def _start(folder: Path, http: int) -> subprocess.Popen[str]:
    process = subprocess.Popen(
        ["virtuoso-t", "-f", "-c", folder / "virtuoso.ini"], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )
    wait_for(f"http://127.0.0.1:{http}/sparql?query=ASK%7B%7D", process, seconds=120)
    return process
