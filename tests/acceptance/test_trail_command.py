"""The trail from the command line: `fairnode trail verify` finds whatever was done to it."""

from __future__ import annotations

import json
import sqlite3
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from minio.error import S3Error

from node.cli import main
from tests.servers.seaweedfs import seaweedfs


@pytest.fixture
def home(tmp_path: Path) -> Path:
    folder = tmp_path / "home"
    assert run(folder, "init").exit_code == 0
    return folder


def run(home: Path, *words: str) -> Result:
    return CliRunner().invoke(main, ["--home", str(home), *words], catch_exceptions=False)


def entered(home: Path, count: int) -> None:
    """Have the node itself enter some acts."""
    import datetime as dt

    from node.model.trail import Act
    from node.storage.database import open_database
    from node.storage.trail import Trail

    database = open_database("sqlite:///node.db", home)
    acts = [
        Act(actor="anonymous", action="read", object=f"r{n}", reasons=("access is restricted",)) for n in range(count)
    ]
    Trail(database).note(acts, lambda: dt.datetime.now(dt.UTC))
    database.close()


def signed(home: Path, file: Path) -> Path:
    result = run(home, "trail", "sign")
    assert result.exit_code == 0
    file.write_text(result.stdout)
    return file


def tampered(home: Path, statement: str) -> None:
    with sqlite3.connect(home / "node.db") as connection:
        connection.execute(statement)


def test_a_trail_nobody_touched_holds_against_heads_kept_elsewhere(home, tmp_path):
    entered(home, 3)
    first = signed(home, tmp_path / "first.json")
    entered(home, 2)
    second = signed(home, tmp_path / "second.json")

    result = run(home, "trail", "verify", "--head", str(first), "--head", str(second), "--json")

    assert result.exit_code == 0
    account = json.loads(result.stdout)
    assert account == {"entries": 5, "heads": 4, "locked": 0, "given": 2, "holds": True, "faults": []}


@pytest.mark.parametrize(
    ("statement", "kinds"),
    [
        ("UPDATE trail SET actor = 'nobody' WHERE seq = 2", {"changed"}),
        ("DELETE FROM trail WHERE seq = 2", {"gap"}),
        ("DELETE FROM trail WHERE seq > 2", {"cut"}),
    ],
)
def test_a_changed_entry_a_gap_and_a_cut_tail_are_found(home, tmp_path, statement, kinds):
    entered(home, 4)
    head = signed(home, tmp_path / "head.json")

    tampered(home, statement)

    result = run(home, "trail", "verify", "--head", str(head), "--json")
    assert result.exit_code == 1
    assert {fault["kind"] for fault in json.loads(result.stdout)["faults"]} == kinds


def test_a_trail_written_anew_is_found_by_a_head_kept_elsewhere_alone(home, tmp_path):
    entered(home, 4)
    head = signed(home, tmp_path / "head.json")
    for table in ("trail", "trail_heads"):
        tampered(home, f"DELETE FROM {table}")
    tampered(home, f"UPDATE trail_end SET seq = 0, hash = '{'0' * 64}'")
    entered(home, 6)

    alone = run(home, "trail", "verify", "--json")
    with_head = run(home, "trail", "verify", "--head", str(head), "--json")

    assert alone.exit_code == 0
    assert {fault["kind"] for fault in json.loads(with_head.stdout)["faults"]} == {"rewritten"}


def test_a_head_that_another_key_signed_is_forged(home, tmp_path):
    entered(home, 1)
    other = tmp_path / "other"
    assert run(other, "init").exit_code == 0
    head = signed(other, tmp_path / "head.json")

    result = run(home, "trail", "verify", "--head", str(head))

    assert result.exit_code == 1
    assert "forged" in result.stdout


def test_a_file_that_is_no_head_is_refused_with_advice(home, tmp_path):
    (tmp_path / "x.json").write_text("{}")

    result = run(home, "trail", "verify", "--head", str(tmp_path / "x.json"))

    assert result.exit_code == 2
    assert "trail sign" in result.stderr


def test_entries_are_listed_by_what_they_are_about(home):
    entered(home, 3)

    listed = json.loads(run(home, "trail", "show", "--object", "r1", "--json").stdout)["entries"]

    assert [(entry["seq"], entry["decision"], entry["reasons"]) for entry in listed] == [
        (2, "deny", ["access is restricted"])
    ]
    assert "access is restricted" in run(home, "trail", "show", "--denied").stdout


def test_a_zone_with_object_lock_shows_that_a_trail_was_written_anew(tmp_path, monkeypatch):
    with seaweedfs() as server:
        server.client().make_bucket("audit", object_lock=True)
        zones = [
            {"name": "default", "url": "file:objects"},
            {"name": "audit", "url": server.url.replace("/objects", "/audit"), "object_lock": True, "versioned": True},
        ]
        monkeypatch.setenv("FAIRNODE_STORE__ZONES", json.dumps(zones))
        monkeypatch.setenv("FAIRNODE_S3_ACCESS_KEY", server.access_key)
        monkeypatch.setenv("FAIRNODE_S3_SECRET_KEY", server.secret_key)
        home = tmp_path / "home"
        assert run(home, "init").exit_code == 0
        entered(home, 4)
        signed(home, tmp_path / "unused.json")
        assert json.loads(run(home, "trail", "verify", "--json").stdout)["locked"] == 1

        for statement in ("DELETE FROM trail", "DELETE FROM trail_heads"):
            tampered(home, statement)
        tampered(home, f"UPDATE trail_end SET seq = 0, hash = '{'0' * 64}'")
        entered(home, 9)

        result = run(home, "trail", "verify", "--json")

        assert result.exit_code == 1
        assert {fault["kind"] for fault in json.loads(result.stdout)["faults"]} == {"rewritten"}
        (kept,) = server.client().list_objects("audit", prefix="head/", recursive=True, include_version=True)
        with pytest.raises(S3Error):
            server.client().remove_object("audit", kept.object_name, version_id=kept.version_id)
