"""Wrong words and wrong settings get a sentence that says what to do, and the documented exit status."""

from __future__ import annotations

import datetime as dt
import socket
from pathlib import Path

import pytest

from tests.servers.fairnode import Home

CASES = [
    (("init", "--country", "XX"), {}, "country"),
    (("check",), {"FAIRNODE_FETCH__ALLOW_NETWORKS": "127.0.0.0/8"}, "JSON"),
    (("check",), {"FAIRNODE_FETCH__ALLOW_NETWORKS": '["nonsense"]'}, "FAIRNODE_FETCH__ALLOW_NETWORKS"),
    (("check",), {"FAIRNODE_COMPUTE__EXECUTOR": "magic"}, "FAIRNODE_COMPUTE__EXECUTOR"),
    (("check",), {"FAIRNODE_OAI__BOGUS": "1"}, "no such setting"),
    (("check",), {"FAIRNODE_BOGUS": "1"}, "no such setting"),
    (("check",), {"FAIRNODE_BASE_URL": "https://example.org/node"}, "without path"),
    (
        ("check",),
        {"FAIRNODE_STORE__ZONES": '[{"name": "a", "url": "file:a"}, {"name": "a", "url": "file:b"}]'},
        "two zones have one name",
    ),
    (("harvest", "x", "--from", "2024-13-45"), {}, "no date"),
    (("harvest", "x", "--from", "2025-01-01", "--until", "2024-01-01"), {}, "later"),
    (("harvest",), {}, "no source named"),
    (("source", "add", "ftp://example.org", "--name", "x"), {}, "http"),
    (("source", "add", "http://", "--name", "x"), {}, "with a host"),
    (("source", "add", "http://exa mple.org/", "--name", "x"), {}, "without user name, spaces"),
    (("source", "add", "http://user:secret@example.org/", "--name", "x"), {}, "without user name"),
    (("source", "add", "http://example.org/", "--name", "x", "--kind", "gopher"), {}, "Kinds at hand: ckan, csw, dcat"),
    (("source", "set", "x"), {}, "nothing to change"),
    (("source", "add", "http://example.org", "--name", "x", "--max-deleted-share", "7"), {}, "range"),
    (("query", "nosuchfile.rq"), {}, "no file"),
    (("query", "INSERT DATA { <a:a> <a:a> <a:a> }"), {}, "read-only"),
    (("ledger", "99"), {}, "no run 99"),
    (("serve", "--port", "80000"), {}, "range"),
]


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Home:
    node = Home(tmp_path_factory.mktemp("node") / "home")
    node.run("init")
    return node


@pytest.mark.parametrize(("words", "environment", "said"), CASES)
def test_what_is_wrong_is_said(home: Home, words: tuple[str, ...], environment: dict[str, str], said: str) -> None:
    done = Home(home.path, environment).run(*words, status=2)

    assert said in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("command", ["add", "preflight"])
def test_help_names_the_protocols_at_hand(home: Home, command: str) -> None:
    assert "[ckan|csw|dcat|ldes|oai-pmh|ogc-records|resourcesync|sitemap]" in home.run("source", command, "-h").stdout


def test_a_source_is_shown_a_fact_a_line_and_its_moments_are_utc(home: Home) -> None:
    home.run("source", "add", "http://HOST.example.org/oai", "--name", "shown", "--set", "a", "--set", "b")

    lines = dict(line.split(maxsplit=1) for line in home.run("source", "show", "shown").stdout.splitlines())
    shown = home.json("source", "show", "shown")

    assert lines["url"].strip() == shown["url"] == "http://host.example.org/oai"
    assert lines["set_specs"].strip() == "a, b" and lines["agreement.record_access"].strip() == "public"
    assert lines["created"].strip().endswith(" UTC") and lines["last_run"].strip() == "-"
    assert dt.datetime.fromisoformat(shown["created"]).tzinfo is not None


def test_a_worker_says_why_a_run_failed(tmp_path: Path) -> None:
    node = Home(tmp_path / "home", {"FAIRNODE_FETCH__RETRIES": "0", "FAIRNODE_COMPUTE__EXECUTOR": "inline"})
    node.run("init")
    node.run("source", "add", "http://127.0.0.1:9/oai", "--name", "gone")

    done = node.run("worker", "--once")

    assert "gone: run 1 failed" in done.stdout
    assert "no connection to 127.0.0.1 port 9" in done.stderr and "[fetch.failed]" in done.stderr


def test_a_home_that_cannot_be_made_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")

    done = Home(tmp_path / "file" / "home").run("init", status=2)

    assert "Choose a home folder" in done.stderr


def test_a_taken_port_is_said(home: Home) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()

        done = home.run("serve", "--port", str(taken.getsockname()[1]), status=2)

    assert "cannot be listened on" in done.stderr


@pytest.mark.parametrize("content", ["", "<http://a.example/> <http://b.example/> <http://c.example/> .\n"])
def test_a_file_with_nothing_to_check_does_not_pass(home: Home, tmp_path: Path, content: str) -> None:
    file = tmp_path / "record.ttl"
    file.write_text(content)

    done = home.run("validate", str(file), status=2)

    assert "nothing" in done.stderr


def test_a_file_is_validated_and_mapped_without_a_node(tmp_path: Path) -> None:
    file = tmp_path / "record.ttl"
    file.write_text(
        "@prefix dcat: <http://www.w3.org/ns/dcat#> . @prefix dct: <http://purl.org/dc/terms/> . "
        '<https://example.org/d> a dcat:Dataset ; dct:title "A dataset of things" ; dct:identifier "x" .'
    )
    nowhere = Home(tmp_path / "nowhere")

    checked = nowhere.run("validate", str(file), "--format", "json", status=1)
    lenient = nowhere.run("validate", str(file), "--fail-on", "never")
    mapped = nowhere.run("map", str(file), "--from", "dcat", "--to", "oai_dc")

    assert '"R1.1-01"' in checked.stdout and "R1.1-01" in lenient.stdout
    assert "A dataset of things" in mapped.stdout
    assert not nowhere.path.exists()
