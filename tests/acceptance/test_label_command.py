"""Labels from the command line, and what the public sees of them over OAI-PMH: agreements, decisions, and a kill."""

from __future__ import annotations

import datetime as dt
import json
import signal
import sqlite3
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import time_machine
from click.testing import CliRunner
from lxml import etree

from node.cli import main
from tests.servers.fairnode import Home
from tests.servers.oai_pages import OaiPages, oai_dc_record

OAI = "{http://www.openarchives.org/OAI/2.0/}"
TODAY = dt.datetime.now(dt.UTC).date()
SOON = str(TODAY + dt.timedelta(days=30))
WHO = ("--reason", "the owner asked", "--by", "Ann Example")


def made(tmp_path: Path, records: list[bytes], agreement: str = "", tier: str = "registered") -> Home:
    """Return a node that has harvested the source `x` under an agreement."""
    file = tmp_path / "agreement.toml"
    file.write_text(agreement)
    home = Home(
        tmp_path / "home",
        {
            "FAIRNODE_VALIDATION__PROFILE": "",
            "FAIRNODE_COMPUTE__EXECUTOR": "inline",
            "FAIRNODE_STORE__ZONES": json.dumps([{"name": "fi", "url": "file:fi", "country": "FIN", "tier": tier}]),
        },
    )
    home.run("init", "--country", "FIN")
    with OaiPages(records) as repository:
        home.run("source", "add", repository.url, "--name", "x", "--country", "FIN", "--agreement", str(file))
        home.run("harvest", "x")
    return home


def steward(home: Home, owner: str) -> tuple[str, str]:
    """Make a token for somebody, and return how to decide with it: two people who share one account have one each."""
    made = home.run("token", "create", "--name", "labels", "--owner", owner, "--role", "steward", "--expires", "9d")
    file = home.path / f"{owner.split()[0]}.token"
    file.touch(mode=0o600)
    file.write_text(made.stdout)
    return ("--token-file", str(file))


def agreed(home: Home, tmp_path: Path, agreement: str) -> str:
    file = tmp_path / "another.toml"
    file.write_text(agreement)
    return home.run("source", "agreement", "x", "--agreement", str(file), "--country", "FIN").stderr


def public(url: str) -> dict[str, tuple[bool, str, int]]:
    """Return what the public is listed: by identifier, whether it is deleted, its datestamp, how many labels it has."""
    with urllib.request.urlopen(f"{url}/oai?verb=ListRecords&metadataPrefix=oai_dc", timeout=30) as answer:
        root = etree.fromstring(answer.read())
    found = {}
    for record in root.iter(f"{OAI}record"):
        header = record.find(f"{OAI}header")
        labels = record.findall(f"{OAI}about/{{https://w3id.org/fairnode/label/1.0}}label")
        found[header.findtext(f"{OAI}identifier").rpartition(":")[2]] = (
            header.get("status") == "deleted",
            header.findtext(f"{OAI}datestamp"),
            len(labels),
        )
    return found


def of(values: dict[str, Any], label: str, dimension: str) -> tuple[str, list[str]]:
    (cause,) = [each for each in values[f"{label}_from"] if each["dimension"] == dimension]
    return cause["value"], cause["from"]


def test_two_people_open_a_record_for_a_time_and_one_closes_it_at_once(tmp_path: Path) -> None:
    home = made(tmp_path, [oai_dc_record("oai:example.org:a")], 'record_access = "registered"\n')
    with home.serving() as url:
        record = local(home)
        assert public(url) == {}

        ann, ben = steward(home, "Ann Example"), steward(home, "Ben Example")
        opening = ("label", "loosen", record, "--access", "public", "--expires", SOON, "--reason", "the owner asked")
        asked = home.json(*opening, *ann)
        assert asked["decision"]["state"] == "waits" and asked["audience"] == "registered"
        assert [each["number"] for each in home.json("label", "list", "--waiting")["decisions"]] == [1]
        for same in (ann, ("--by", "Ben Example"), steward(home, "ann  EXAMPLE")):
            refused = home.run("label", "agree", "1", *same, status=None)
            assert refused.returncode == 2 and "second person" in refused.stderr, same
        done = home.json("label", "agree", "1", *ben)
        assert done["audience"] == "public"
        assert (done["decision"]["account"], done["decision"]["second_account"]) == ("Ann Example", "Ben Example")

        deleted, opened, labels = public(url)[record]
        assert not deleted and labels == 1
        shown = home.json("label", "show", f"oai:127.0.0.1:{record}")
        assert of(shown, "record", "access") == ("public", ["decision 1"])
        assert shown["labels_until"] == SOON and not shown["due"]

        tight = home.json("label", "tighten", record, "--access", "registered", *WHO)
        assert tight["decision"]["state"] == "holds" and tight["audience"] == "registered"

        deleted, closed, labels = public(url)[record]
        assert deleted and closed >= opened and labels == 0
        with pytest.raises(urllib.error.HTTPError, match="410"):
            urllib.request.urlopen(f"{url}/record/{record}", timeout=30)

    # The last one was handed over a moment before the server was stopped.
    entries = home.json("trail", "show", "--object", record)["entries"]
    assert [each["action"] for each in entries] == [
        "override", "override-agree", "relabel", "override", "relabel", "read",
    ]  # fmt: skip
    kinds = [each["actor"].partition(":")[0] for each in entries]
    assert kinds == ["token", "token", "cli", "cli", "cli", "anonymous"]
    assert home.json("trail", "verify")["holds"]


def local(home: Home) -> str:
    with sqlite3.connect(home.path / "node.db") as database:
        return str(database.execute("SELECT local_id FROM records ORDER BY id").fetchone()[0])


def test_a_decision_that_cannot_be_is_refused_with_advice(tmp_path: Path) -> None:
    home = made(tmp_path, [oai_dc_record("oai:example.org:a")])
    record = local(home)
    open_to_all, reader = tmp_path / "open.token", tmp_path / "reader.token"
    for file, mode in ((open_to_all, 0o644), (reader, 0o600)):
        file.touch(mode=mode)
        file.write_text(home.run("token", "create", "--name", "r", "--owner", "Ben", "--role", "operator").stdout)

    for words, said in (
        (("tighten", "nothing", "--access", "registered", *WHO), "no record"),
        (("tighten", record, *WHO), "asks for nothing"),
        (("tighten", record, "--zone", "EUX", *WHO), "no residency zone"),
        (("loosen", record, "--access", "public", "--expires", "2001-01-01", *WHO), "not after today"),
        (("loosen", record, "--access", "public", "--expires", "2999-01-01", *WHO), "for a time"),
        (("agree", "9", "--by", "Ben"), "no decision"),
        (("agree", "9"), "--by or by --token-file"),
        (("agree", "9", "--by", "Ben", "--token-file", "x"), "by one of them"),
        (("agree", "9", "--token-file", str(tmp_path / "nothing")), "No such file"),
        (("agree", "9", "--token-file", str(open_to_all)), "read by others"),
        (("agree", "9", "--token-file", str(reader)), "no steward"),
        (("show", "nothing"), "no record"),
    ):
        done = home.run("label", *words, status=None)
        assert done.returncode not in (0, None) and said in done.stderr, words
    assert home.json("label", "list")["decisions"] == []


def test_a_record_that_no_zone_may_hold_any_more_is_withheld_and_that_is_said(tmp_path: Path) -> None:
    home = made(tmp_path, [oai_dc_record("oai:example.org:a")], tier="public")

    done = home.run("label", "tighten", local(home), "--access", "registered", *WHO)

    assert "seen by nobody" in done.stderr and "2 objects cannot be stored" in done.stderr
    assert home.json("label", "show", local(home))["held"] == "sovereignty.relabel-stuck"


def test_an_agreement_that_tightens_withdraws_records_over_oai_pmh(tmp_path: Path) -> None:
    home = made(tmp_path, [oai_dc_record(f"oai:example.org:{number}") for number in range(5)])
    with home.serving() as url:
        before = public(url)
        assert len(before) == 5 and not any(deleted for deleted, _, _ in before.values())
        time.sleep(1.1)

        said = agreed(home, tmp_path, 'record_access = "registered"\n')

        assert "5 records looked at, 5 changed" in said
        after = public(url)
        assert after.keys() == before.keys() and all(deleted for deleted, _, _ in after.values())
        assert all(after[name][1] > before[name][1] for name in after)


@pytest.mark.parametrize("killed_after", [0.0, 0.4])
def test_a_pass_that_is_killed_goes_on_with_the_worker(tmp_path: Path, killed_after: float) -> None:
    home = made(tmp_path, [oai_dc_record(f"oai:example.org:{number}") for number in range(230)])
    file = tmp_path / "tight.toml"
    file.write_text('record_access = "registered"\n')
    process = home.start("source", "agreement", "x", "--agreement", str(file), "--country", "FIN")

    def changed() -> tuple[int, int]:
        with sqlite3.connect(home.path / "node.db") as database:
            (marked,) = database.execute("SELECT count(*) FROM trail WHERE action = 'agreement'").fetchone()
            (done,) = database.execute("SELECT count(*) FROM records WHERE audience = 1").fetchone()
        return marked, done

    while process.poll() is None and not changed()[0]:
        time.sleep(0.01)
    time.sleep(killed_after)
    process.send_signal(signal.SIGKILL)
    process.communicate()
    assert changed()[0] == 1

    home.run("source", "pause", "x")
    home.run("worker", "--once")

    assert changed() == (1, 230)
    with sqlite3.connect(home.path / "node.db") as database:
        relabelled = database.execute("SELECT count(*), count(DISTINCT object) FROM trail WHERE action = 'relabel'")
        assert relabelled.fetchone() == (230, 230), "each record once, whether before or after the kill"
        assert database.execute("SELECT count(*) FROM relabels WHERE step <> 'done'").fetchone() == (0,)
        assert database.execute("SELECT count(*) FROM stale_graphs").fetchone() == (0,)
    assert home.json("trail", "verify")["holds"]


@pytest.fixture
def calendar(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Any]:
    """Return a function that runs a command on a day, in this process, and returns what it printed."""
    zones = [{"name": "fi", "url": "file:fi", "country": "FIN", "tier": "registered"}]
    monkeypatch.setenv("FAIRNODE_VALIDATION__PROFILE", "")
    monkeypatch.setenv("FAIRNODE_COMPUTE__EXECUTOR", "inline")
    monkeypatch.setenv("FAIRNODE_STORE__ZONES", json.dumps(zones))
    monkeypatch.setenv("FAIRNODE_DRIFT__EVERY_HOURS", "0")

    def run(day: dt.date, *words: str) -> Any:
        with time_machine.travel(dt.datetime.combine(day, dt.time(9), dt.UTC), tick=True):
            done = CliRunner().invoke(main, ["--home", str(tmp_path / "home"), *words], catch_exceptions=False)
        assert done.exit_code == 0, done.output
        return json.loads(done.stdout) if "--json" in words else done.stdout

    return run


def test_what_ends_on_a_day_ends_on_it_with_the_worker_and_no_harvest(
    tmp_path: Path, calendar: Callable[..., Any]
) -> None:
    day = dt.date(2027, 1, 4)
    agreement = tmp_path / "agreement.toml"
    agreement.write_text(
        'record_access = "registered"\ndata_access = "public"\ndata_zones = ["WLD"]\ndata_critical = []\n'
        'data_personal = "none"\ndata_assurance = 0\n'
    )
    embargo = "<dc:date>info:eu-repo/date/embargoEnd/2027-03-01</dc:date>"
    calendar(day, "init", "--country", "FIN")
    with OaiPages([oai_dc_record("oai:example.org:a", extra=embargo)]) as repository:
        words = ("--name", "x", "--country", "FIN", "--agreement", str(agreement), "--interval", "never")
        calendar(day, "source", "add", repository.url, *words)
        calendar(day, "harvest", "x")
    record = local(Home(tmp_path / "home"))
    tokens = {}
    for owner in ("Ann", "Ben"):
        made = calendar(day, "token", "create", "--name", "labels", "--owner", owner, "--role", "steward")
        tokens[owner] = tmp_path / f"{owner}.token"
        tokens[owner].touch(mode=0o600)
        tokens[owner].write_text(made)
    opening = ("label", "loosen", record, "--access", "public", "--expires", "2027-02-01", "--reason", "asked")
    calendar(day, *opening, "--token-file", str(tokens["Ann"]))
    calendar(day, "label", "agree", "1", "--token-file", str(tokens["Ben"]))

    def on(*date: int) -> tuple[str | None, str, str]:
        calendar(dt.date(*date), "worker", "--once")
        shown = calendar(dt.date(*date), "label", "show", record, "--json")
        return shown["audience"], of(shown, "data", "access")[0], shown["labels_until"]

    assert on(2027, 1, 31) == ("public", "restricted", "2027-02-01")
    assert on(2027, 2, 1) == ("registered", "restricted", "2027-03-01")
    assert on(2027, 3, 1) == ("registered", "public", None)
    entries = calendar(dt.date(2027, 3, 2), "trail", "show", "--action", "relabel", "--json")["entries"]
    assert [entry["actor"].partition(":")[0] for entry in entries] == ["cli", "worker", "worker"]
    assert "audience: public -> registered" in entries[1]["reasons"]
    assert "data access: restricted -> public" in entries[2]["reasons"]
