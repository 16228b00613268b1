"""A harvest that is killed again and again: after each restart the ledger balances, and in the end nothing shows.

`KILL_SEED` repeats a run of this test: the seed of each is printed.
"""

from __future__ import annotations

import json
import os
import random
import re
import shutil
import sqlite3
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

from node.model.label import Audience
from node.model.listing import Item, Selection
from node.storage.database import open_database
from node.storage.listing import Listing
from tests.servers.fairnode import Home
from tests.servers.oai_pages import OaiPages, oai_dc_record

RECORDS = 10_000
PAGE = 80
KILLS = 20
# Besides those, so many blows fall when the list is complete and deletions and graphs are being settled.
LATE_KILLS = 3
# What a harvest computes of each record; numbers, times and the order of things may differ.
_OWNER = "(SELECT identifier FROM records WHERE id = record_id)"
TABLES = {
    "records": "identifier, local_id, state, subject, title, kind, source_datestamp, source_sets, metadata_prefix, "
    "metadata_namespace, media_type, seen_digest, raw_digest, rdf_digest, content_digest, recipe, record_label, "
    "data_label, labels_until, audience, held_code, held_reason",
    "payloads": f"{_OWNER}, prefix, body",
    "record_sets": f"{_OWNER}, set_spec",
    "findings": f"{_OWNER}, held, code, severity, message, advice, path, value, source_line",
    "unmapped": f"{_OWNER}, path, value, source_line",
    "shared_nodes": f"{_OWNER}, iri, ntriples",
    "absences": f"{_OWNER}, sightings",
    "objects": "kind, digest, zone, key, size, label",
    "versions": f"{_OWNER}, raw_digest, rdf_digest",
    "changes": f"{_OWNER}, kind, audience",
    "ledger": "identifier, outcome, code, reason",
    "runs": "id, status, headers, repeated, pages, absent, reconciled, complete_list_size, plan, error_code",
    "stale_graphs": "kind, key",
}
_MAY_BE_EMPTY = ("stale_graphs", "absences", "shared_nodes")


def test_a_harvest_killed_twenty_times_ends_like_one_that_was_not(tmp_path: Path) -> None:
    seed = int(os.environ.get("KILL_SEED") or random.SystemRandom().randrange(2**32))
    print(f"KILL_SEED={seed}")
    dice = random.Random(seed)
    whole, killed = _home(tmp_path / "whole"), _home(tmp_path / "killed")
    shutil.copytree(whole.path / "keys", killed.path / "keys", dirs_exist_ok=True)

    with OaiPages([_record(number) for number in range(RECORDS)], page_size=PAGE) as repository:
        for home in (whole, killed):
            home.run("source", "add", repository.url, "--name", "x")
        undisturbed = whole.start("harvest", "x")
        try:
            _harvest_under_fire(killed, dice)
            undisturbed.communicate(timeout=120)
        finally:
            undisturbed.kill()
        assert undisturbed.returncode == 1, "some records are rejected"

    assert _balance(killed) == _balance(whole) == "ok"
    for table, columns in TABLES.items():
        rows = _rows(whole, table, columns)
        assert _rows(killed, table, columns) == rows, table
        assert rows or table in _MAY_BE_EMPTY, f"nothing to compare in {table}"
    assert _visible(killed) == _visible(whole) and len(_visible(whole)) == RECORDS * 94 // 100
    assert _objects(killed) == _objects(whole)
    assert _statements(killed) == _statements(whole)
    for home in (killed, whole):
        account = home.json("graph", "verify")
        assert (account["waiting"], account["missing"], account["strangers"], account["repeated"]) == (0, 0, 0, 0)
        _check_change_log(home)


def _harvest_under_fire(home: Home, dice: random.Random) -> None:
    for kill in range(KILLS):
        assert _harvest_and_kill(home, _while_reading(home, dice)), f"over before kill {kill}"
        assert _balance(home) == "running"
    for _ in range(LATE_KILLS):
        alive = _harvest_and_kill(home, _in_the_end(home, dice))
        assert _balance(home) in ("running", "ok")
        if not alive or _balance(home) == "ok":
            break  # the end of a run is short: it was over before the blow, or all but its graphs was
    if _balance(home) == "running":
        home.run("harvest", "x", status=1)
    else:
        home.run("worker", "--once")  # whose upkeep writes the graphs that a killed process left waiting


def _home(path: Path) -> Home:
    home = Home(path, {"FAIRNODE_VALIDATION__PROFILE": "", "FAIRNODE_COMPUTE__EXECUTOR": "inline"})
    home.run("init")
    return home


def _record(number: int) -> bytes:
    """Of a hundred records five are deleted, and one has no metadata."""
    identifier = f"oai:example.org:{number}"
    if number % 20 == 19:
        return oai_dc_record(identifier, deleted=True)
    if number % 100 == 50:
        return b"<record><header><identifier>%s</identifier></header></record>" % identifier.encode()
    extra = f"<dc:subject>Topic {number % 7}</dc:subject><dc:source>Shelf {number % 3}</dc:source>"
    return oai_dc_record(identifier, f"Series {number}", extra=extra)


def _harvest_and_kill(home: Home, blow: Callable[[], bool]) -> bool:
    """Harvest, and kill the process as soon as `blow` says so; return whether it was still alive then."""
    process = home.start("harvest", "x")
    try:
        while process.poll() is None and not blow():
            time.sleep(0.005)
        alive = process.poll() is None
    finally:
        process.kill()
        process.communicate()
    return alive


def _while_reading(home: Home, dice: random.Random) -> Callable[[], bool]:
    """A moment while the list is read: so many pages on and a little later, or while the process is starting."""
    pages, pause, before = dice.randint(0, 5), dice.uniform(0, 0.15), _pages(home)
    if not pages:
        return _once(lambda: True, dice.uniform(0, 2.0))
    return _once(lambda: _pages(home) - before >= pages, pause)


def _in_the_end(home: Home, dice: random.Random) -> Callable[[], bool]:
    """A moment after the last page was kept."""

    def done() -> bool:
        ((checkpoint, status),) = _rows(home, "runs", "checkpoint, status")
        return bool(json.loads(checkpoint)["done"]) or status != "running"

    # The process must have come to its work again, where an earlier one had kept the last page already.
    return _once(done, dice.uniform(0, 0.3) + (1.5 if done() else 0.0))


def _once(condition: Callable[[], bool], pause: float) -> Callable[[], bool]:
    """Become true some time after the condition did."""
    since: list[float] = []

    def true() -> bool:
        if not since and condition():
            since.append(time.monotonic())
        return bool(since) and time.monotonic() - since[0] >= pause

    return true


def _pages(home: Home) -> int:
    """Return how many pages were kept."""
    return sum(pages for (pages,) in _rows(home, "runs", "pages"))


def _balance(home: Home) -> str:
    """Return the run's status, once its ledger was found to account for all that it listed."""
    query = "status, headers - repeated, (SELECT count(*) FROM ledger WHERE run_id = runs.id)"
    runs = _rows(home, "runs", query)
    if not runs:
        return "running"  # killed before it began
    ((status, listed, entered),) = runs
    assert listed == entered, f"{listed} identifiers listed, {entered} in the ledger"
    return str(status)


def _rows(home: Home, table: str, columns: str) -> list[tuple[Any, ...]]:
    with closing(sqlite3.connect(home.path / "node.db", timeout=60)) as connection:
        return sorted(connection.execute(f"SELECT {columns} FROM {table}").fetchall(), key=repr)


def _visible(home: Home) -> set[tuple[str, bool, tuple[str, ...], str]]:
    """What OAI-PMH shows the public, walked as a harvester walks it."""
    found: list[Item] = []
    with closing(open_database("sqlite:///node.db", home.path)) as database:
        listing = Listing(database)
        last, _ = listing.clock()
        while True:
            after = found[-1].seq if found else 0
            selection = Selection(prefix="oai_dc", last_seq=last, after_seq=after)
            page = listing.page(selection, Audience.PUBLIC, 1000, with_body=True)
            if not page:
                return {(item.origin_identifier, item.deleted, item.sets, item.body) for item in found}
            found += page


def _objects(home: Home) -> dict[str, tuple[Any, bytes]]:
    """The objects by name: the tags of each, and its content. What a killed process left unfinished is no object."""
    folder, found = home.path / "objects", {}
    for path in folder.rglob("*"):
        if path.is_file() and ".unfinished" not in path.parts:
            head, _, content = path.read_bytes().partition(b"\n")
            found[str(path.relative_to(folder))] = (json.loads(head)["tags"], content)
    return found


def _statements(home: Home) -> list[str]:
    """Every public statement but when the node itself first and last saw a record, and when a run was under way."""
    lines = home.run("graph", "dump").stdout.splitlines()
    times = re.compile(
        r"/record/\S+> <http://purl.org/dc/terms/(issued|modified)>|#run> <\S+prov#(started|ended)AtTime>"
    )
    return sorted(line for line in lines if not times.search(line))


def _check_change_log(home: Home) -> None:
    """Numbers are given once, without gaps, and each record stands at the number of its last change."""
    numbers = [seq for (seq,) in sorted(_rows(home, "changes", "seq"))]
    assert numbers == list(range(1, len(numbers) + 1))
    last = "seq, (SELECT max(seq) FROM changes WHERE record_id = records.id)"
    assert all(seq == newest for seq, newest in _rows(home, "records", last))
