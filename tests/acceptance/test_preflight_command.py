"""`fairnode source preflight` as a repository's own tests run it, and `fairnode registration` as a steward does."""

from __future__ import annotations

import json
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from lxml import etree

from tests.acceptance.test_command_json import documented
from tests.servers.fairnode import Home
from tests.servers.registrant import Registrant
from tests.servers.scripted import Answer, Scripted, Seen


@pytest.fixture
def nowhere(tmp_path: Path) -> Home:
    """No node at all."""
    return Home(tmp_path / "nowhere", {"FAIRNODE_COMPUTE__EXECUTOR": "inline"})


@pytest.fixture
def repository() -> Iterator[Registrant]:
    with Registrant() as repository:
        yield repository


def test_it_needs_no_node_and_exits_by_what_is_found(nowhere: Home, repository: Registrant) -> None:
    failing = nowhere.run("source", "preflight", repository.url, "--sample", "30", status=1)
    passing = nowhere.run("source", "preflight", repository.url, "--sample", "30", "--fail-on", "never")

    assert not nowhere.path.exists()
    assert failing.stdout.count("violation") and "To mend" in failing.stdout.splitlines()[-1]
    assert "oai:sample.example:" in passing.stdout and "FAIR score" in passing.stdout


def test_the_fix_list_is_for_machines_too(nowhere: Home, repository: Registrant, tmp_path: Path) -> None:
    junit = tmp_path / "preflight.xml"

    report = nowhere.json("source", "preflight", repository.url, "--sample", "30", "--junit", str(junit), status=1)

    severe = [fix for fix in (*report["conformance"], *report["fixes"]) if fix["severity"] == "violation"]
    assert report["verdict"] == "findings" and severe
    assert all(fix["examples"][0]["identifier"] and fix["advice"] for fix in severe)
    suite = etree.fromstring(junit.read_bytes())
    assert int(suite.get("failures")) == len(severe) == len(suite.findall("testcase/failure"))
    assert int(suite.get("tests")) == len(suite.findall("testcase"))
    assert severe[0]["examples"][0]["identifier"] in "".join(suite.itertext())


def test_a_limit_that_is_stricter_fails_on_less(nowhere: Home) -> None:
    def day(seen: Seen, document: str) -> str:
        return document.replace(">persistent<", ">transient<")

    with Registrant(day) as repository:
        command = ("source", "preflight", repository.url, "--sample", "5", "--profile", "")
        lenient = nowhere.json(*command, "--fail-on", "violation")
        strict = nowhere.json(*command, "--fail-on", "info", status=1)

    assert lenient["verdict"] == strict["verdict"] == "ready"
    assert "preflight.deletions-transient" in {fix["code"] for fix in strict["conformance"]}


def test_a_repository_that_fails_is_another_matter_than_a_finding(nowhere: Home, tmp_path: Path) -> None:
    junit = tmp_path / "preflight.xml"
    with Scripted([Answer(b"<html>Please log in</html>")]) as server:
        report = nowhere.json("source", "preflight", server.url, "--junit", str(junit), status=3)
        said = nowhere.run("source", "preflight", server.url, status=3)

    assert report["verdict"] == "failed" and report["error"]["code"] == "harvest.not-oai-pmh"
    assert "[harvest.not-oai-pmh]" in said.stdout and "Cannot be harvested (" in said.stdout
    assert etree.fromstring(junit.read_bytes()).find("testcase/error").get("type") == "harvest.not-oai-pmh"


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("ftp://example.org/oai",), "not an http or https URL"),
        (("http://127.0.0.1:9/oai", "--kind", "gopher"), "oai-pmh"),
        (("http://127.0.0.1:9/oai", "--sample", "501"), "500"),
        (("http://127.0.0.1:9/oai", "--profile", "unheard-of"), "unheard-of"),
        (("http://127.0.0.1:9/oai", "--junit", "/nowhere/at/all.xml"), "/nowhere/at/all.xml"),
    ],
)
def test_wrong_usage_is_told_apart(nowhere: Home, arguments: tuple[str, ...], said: str) -> None:
    done = nowhere.run("source", "preflight", *arguments, status=2)

    assert said in done.stderr


def test_control_characters_of_a_repository_do_not_steer_the_terminal(nowhere: Home) -> None:
    def spoil(seen: Seen, document: str) -> str:
        return document.replace("Sample of invented", "&#x9b;2J\u202eSample [bold]of invented")

    with Registrant(spoil) as repository:
        done = nowhere.run("source", "preflight", repository.url, "--sample", "5", "--fail-on", "never")

    assert "\x9b" not in done.stdout and "\u202e" not in done.stdout and "[bold]" in done.stdout


def post(url: str, body: dict[str, object]) -> Any:
    request = urllib.request.Request(url, json.dumps(body).encode(), {"Content-Type": "application/json"})
    with urllib.request.urlopen(request, timeout=60) as answer:
        return json.load(answer)


def test_a_steward_sees_accepts_and_refuses_what_registered_itself(tmp_path: Path, repository: Registrant) -> None:
    home = Home(tmp_path / "home", {"FAIRNODE_FETCH__VISITOR_NETWORKS": '["127.0.0.0/8"]'})
    home.run("init")
    asked = {"operator": "Example", "country": "FIN", "contact": "a@example.org", "metadata_license": "CC0-1.0"}
    with home.serving() as base:
        report = post(f"{base}/api/v1/preflight", {"url": repository.url, "sample": 10})
        one = post(f"{base}/api/v1/registrations", {**asked, "name": "one", "url": repository.url})
        other = post(f"{base}/api/v1/registrations", {**asked, "name": "other", "url": f"{repository.url}/other"})
        repository.prove(one["prove"]["file"]["content"])
        post(base + one["prove"]["verify"], {})

        assert report["sample"]["records"] == 10
        listed = {item["id"]: item for item in home.json("registration", "list")}
        assert {listed[one["id"]]["state"], listed[other["id"]]["state"]} == {"proven", "pending"}
        assert one["id"] in home.run("registration", "list", "--state", "proven").stdout
        shown = home.json("registration", "show", one["id"])
        assert set(shown) == set(listed[one["id"]]) == documented("Registrations")
        assert shown["agreement"]["contact"] == "a@example.org"
        early = home.run("registration", "accept", other["id"], status=None)
        home.run("registration", "accept", one["id"])
        home.run("registration", "refuse", other["id"], "--reason", "no such repository")
        with urllib.request.urlopen(f"{base}/api/v1/registrations/{other['id']}", timeout=60) as answer:
            refused = json.load(answer)

    assert early.returncode and "pending, not proven" in early.stderr
    assert (refused["state"], refused["reason"]) == ("refused", "no such repository")
    run = home.json("harvest", "one", status=None)["runs"][0]
    assert run["balanced"] and run["listed"] == 312
