"""A real Virtuoso (https://vos.openlinksw.com/) on free loopback ports: Debian's `virtuoso-opensource-7-bin`."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.servers.fairnode import free_port, wait_for

ROWS = 1000

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
NumberOfBuffers = 2000
MaxDirtyBuffers = 1200
[HTTPServer]
ServerPort = 127.0.0.1:{http}
ServerRoot = {folder}
ServerThreads = 8
[SPARQL]
ResultSetMaxRows = {rows}
"""


@contextmanager
def virtuoso_server(folder: Path) -> Iterator[str]:
    """Yield the base URL of a server that anybody may update and that cuts answers at `ROWS` rows, as its kind does.

    The test is skipped where Virtuoso is not installed.
    """
    if not (shutil.which("virtuoso-t") and shutil.which("isql-vt")):
        pytest.skip("Virtuoso is not installed; Debian has it as virtuoso-opensource-7-bin")
    sql, http = free_port(), free_port()
    settings = folder / "virtuoso.ini"
    settings.write_text(_SETTINGS.format(folder=folder, sql=sql, http=http, rows=ROWS))
    process = subprocess.Popen(
        ["virtuoso-t", "-f", "-c", settings], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )
    try:
        wait_for(f"http://127.0.0.1:{http}/sparql?query=ASK%7B%7D", process, seconds=120)
        grant = 'GRANT SPARQL_UPDATE TO "SPARQL";'
        subprocess.run(["isql-vt", f"127.0.0.1:{sql}", "dba", "dba", f"exec={grant}"], check=True, capture_output=True)
        yield f"http://127.0.0.1:{http}"
    finally:
        process.kill()
        process.communicate()
