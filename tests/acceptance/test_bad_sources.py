"""Sources that misbehave: each run ends with a clear error, a balanced ledger, and everything kept so far."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.servers.fairnode import Home
from tests.servers.oai_pages import oai_dc_record
from tests.servers.scripted import Answer, Scripted, Seen, gzip_bomb

_HEAD = (
    b'<?xml version="1.0"?><OAI-PMH xmlns="http://www.openarchives.org/OAI/2.0/">'
    b"<responseDate>2026-06-01T00:00:00Z</responseDate><request>http://127.0.0.1/oai</request>"
)
_IDENTIFY = (
    _HEAD + b"<Identify><repositoryName>T</repositoryName><baseURL>http://127.0.0.1/oai</baseURL>"
    b"<protocolVersion>2.0</protocolVersion><adminEmail>a@example.org</adminEmail>"
    b"<earliestDatestamp>2000-01-01T00:00:00Z</earliestDatestamp><deletedRecord>no</deletedRecord>"
    b"<granularity>YYYY-MM-DDThh:mm:ssZ</granularity></Identify></OAI-PMH>"
)
_FIRST = [oai_dc_record(f"oai:example.org:{number}") for number in range(10)]


def _list(records: list[bytes], token: str) -> bytes:
    return (
        _HEAD
        + b"<ListRecords>"
        + b"".join(records)
        + f"<resumptionToken>{token}</resumptionToken></ListRecords></OAI-PMH>".encode()
    )


def _source(second: Callable[[Seen], Answer]) -> Callable[[Seen], Answer]:
    """A repository whose first page of ten records is good, and whose second is as the test says."""

    def script(seen: Seen) -> Answer:
        xml = {"Content-Type": "text/xml"}
        if seen.get("verb") == "Identify":
            return Answer(body=_IDENTIFY, headers=xml)
        if seen.get("resumptionToken") is None:
            return Answer(body=_list(_FIRST, "two"), headers=xml)
        return second(seen)

    return script


_BOMB = b'<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]><OAI-PMH>&b;</OAI-PMH>'
SECOND_PAGES = {
    "html": Answer(body=b"<html><body>Maintenance &nbsp; today</body></html>", headers={"Content-Type": "text/html"}),
    "truncated": Answer(body=_list([oai_dc_record("oai:example.org:x")], "three")[:-60]),
    "entity-bomb": Answer(body=_BOMB),
    "gzip-bomb": Answer(body=gzip_bomb(300 * 2**20), headers={"Content-Encoding": "gzip"}),
    "server-error": Answer(status=500, body=b"oops"),
    "reset": Answer(reset=True),
    "endless-token": Answer(body=_list([oai_dc_record("oai:example.org:11")], "two")),
    "not-found": Answer(status=404),
    "oai-error": Answer(status=422, body=_HEAD + b'<error code="badArgument">no</error></OAI-PMH>'),
}


@pytest.mark.parametrize("fault", sorted(SECOND_PAGES))
def test_a_broken_second_page_fails_the_run_and_keeps_the_first(fault: str, tmp_path: Path) -> None:
    home = Home(tmp_path / "home", {"FAIRNODE_FETCH__RETRIES": "2", "FAIRNODE_COMPUTE__EXECUTOR": "inline"})
    home.run("init")

    with Scripted(_source(lambda seen: SECOND_PAGES[fault])) as source:
        home.run("source", "add", f"http://127.0.0.1:{source.port}/oai", "--name", "bad")
        (run,) = home.json("harvest", "bad", status=3)["runs"]

    assert run["status"] == "failed" and run["balanced"]
    assert run["created"] >= 10 and run["listed"] >= 10
    error = run["error"]
    assert error["code"].count(".") == 1 and error["message"] and error["advice"]
    assert home.json("source", "list")[0]["live"] >= 10
    assert home.run("query", "SELECT (COUNT(?s) AS ?n) { ?s a <http://www.w3.org/ns/dcat#Dataset> }").stdout


def test_a_source_that_never_answers_leaves_the_others_alone(tmp_path: Path) -> None:
    home = Home(tmp_path / "home", {"FAIRNODE_FETCH__RETRIES": "0", "FAIRNODE_COMPUTE__EXECUTOR": "inline"})
    home.run("init")

    def whole(seen: Seen) -> Answer:
        return Answer(body=_list([], "")) if seen.get("resumptionToken") else _source(whole)(seen)

    with Scripted([Answer(status=503)]) as dead, Scripted(_source(whole)) as alive:
        home.run("source", "add", f"http://127.0.0.1:{dead.port}/oai", "--name", "a-dead")
        home.run("source", "add", f"http://127.0.0.1:{alive.port}/oai", "--name", "b-alive")
        runs = {run["source"]: run for run in home.json("harvest", "--due", status=3)["runs"]}

    assert runs["a-dead"]["status"] == "failed" and runs["a-dead"]["listed"] == 0
    assert runs["b-alive"]["created"] == 10


def test_a_private_address_is_refused_unless_it_was_registered(tmp_path: Path) -> None:
    home = Home(tmp_path / "home", {"FAIRNODE_FETCH__RETRIES": "0", "FAIRNODE_COMPUTE__EXECUTOR": "inline"})
    home.run("init")

    with Scripted([Answer(status=302, headers={"Location": "http://[::1]:9/"})]) as source:
        added = home.run("source", "add", f"http://127.0.0.1:{source.port}/oai", "--name", "x")
        (run,) = home.json("harvest", "x", status=3)["runs"]

    assert "127.0.0.1/32" in added.stderr
    assert run["error"]["code"] == "fetch.address-refused"
    assert "::1" in run["error"]["message"]


def test_a_page_with_damaged_records_is_mended_and_the_rest_goes_on(tmp_path: Path) -> None:
    home = Home(tmp_path / "home", {"FAIRNODE_COMPUTE__EXECUTOR": "inline"})
    home.run("init")
    odd = [oai_dc_record("oai:example.org:a", "Bell \x07 & whistle"), oai_dc_record("oai:example.org:b")]

    def second(seen: Seen) -> Answer:
        return Answer(body=_list(odd, "") if seen.get("resumptionToken") == "two" else b"")

    with Scripted(_source(second)) as source:
        home.run("source", "add", f"http://127.0.0.1:{source.port}/oai", "--name", "odd")
        (run,) = home.json("harvest", "odd", status=None)["runs"]

    assert run["status"] == "ok" and run["balanced"]
    assert (run["listed"], run["created"]) == (12, 12)
    assert home.json("run", "show", str(run["run"]))["findings"]
