"""`fairnode oai verify`: the node's own provider keeps every point, and each point sees the fault it is there for."""

from __future__ import annotations

import datetime as dt
import json
import os
import re
from collections.abc import Iterator
from copy import deepcopy
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from lxml import etree

from node.cli import main
from node.conformance import Bounds, verify
from node.conformance.grammar import faults
from node.conformance.points import POINTS
from node.harvest.fetch import HttpFetch
from node.model.conformance import ConformanceReport, State
from node.settings import FetchSettings
from tests.acceptance.test_command_json import documented
from tests.conftest import ROOT
from tests.servers.fairnode import free_port
from tests.servers.faulty_oai import Asked, Fault, FaultyDoor, Provider, Reply, Send
from tests.servers.oai_faults import FAULTS, LISTS, VERBS
from tests.servers.oai_provider import Served, oai_provider

IDS = [point.id for point in POINTS]


def now() -> dt.datetime:
    return dt.datetime.now(dt.UTC)


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with oai_provider(tmp_path_factory.mktemp("provider") / "home") as served:
        yield served


@pytest.fixture(scope="module")
def report(served: Served) -> ConformanceReport:
    """What comes of all points, over HTTP."""
    settings = FetchSettings(allow_networks=("127.0.0.0/8",), retries=0)
    return verify(served.url, lambda: HttpFetch(settings), now=now)


@pytest.fixture(scope="module")
def provider(served: Served) -> Provider:
    return Provider(served.app)


@pytest.mark.parametrize("point", IDS)
def test_the_nodes_own_provider_keeps_the_point(report: ConformanceReport, point: str) -> None:
    (outcome,) = (each for each in report.outcomes if each.id == point)

    assert outcome.state is State.PASSED, outcome.seen


@pytest.mark.parametrize("point", IDS)
def test_a_point_sees_the_fault_it_is_there_for(served: Served, provider: Provider, point: str) -> None:
    found = verify(served.url, lambda: FaultyDoor(served.url, provider, FAULTS[point]), now=now, only=(point,))

    (outcome,) = found.outcomes
    assert outcome.state is State.FAILED, f"{outcome.state}: {outcome.seen}"
    assert outcome.seen and outcome.advice


def test_what_cannot_be_looked_at_is_undecided_and_not_passed(served: Served, provider: Provider) -> None:
    def open_door() -> FaultyDoor:
        return FaultyDoor(served.url, provider, lambda send, asked: send(asked))

    few = verify(served.url, open_door, now=now, bounds=Bounds(records=100), only=("L01", "T01", "T06"))
    hasty = verify(served.url, open_door, now=now, bounds=Bounds(requests=6), only=("L01", "T13", "E12"))

    assert {each.state for each in (*few.outcomes, *hasty.outcomes)} == {State.UNDECIDED}
    assert "--records" in few.outcomes[0].seen and "--requests" in hasty.outcomes[0].seen
    assert hasty.requests == 6


@pytest.mark.parametrize("asked", [("--set", "theme:NONE"), ("--prefix", "marc")])
def test_a_list_that_is_not_there_is_a_wrong_question_and_no_report(served: Served, asked: tuple[str, str]) -> None:
    told = command(served.url, *asked, "--only", "L01", "--pace", "0")

    assert (
        told.exit_code == 2
        and f"there is no list of {'oai_dc ' if 'theme' in asked[1] else ''}{asked[1]}" in told.output
    )


def checked(served: Served, provider: Provider, fault: Fault, *only: str) -> dict[str, State]:
    found = verify(served.url, lambda: FaultyDoor(served.url, provider, fault), now=now, only=only)
    return {each.id: each.state for each in found.outcomes}


def test_a_repository_without_records_breaks_nothing_by_that(served: Served, provider: Provider) -> None:
    def empty(send: Send, asked: Asked) -> Reply:
        is_list = asked.given.get("verb") in LISTS and "resumptionToken" not in asked.given
        pairs = tuple(pair for pair in asked.pairs if pair[0] != "set")
        return send(asked.having((*pairs, ("set", "none"))) if is_list else asked)

    states = checked(served, provider, empty)

    assert State.FAILED not in states.values(), [each for each, state in states.items() if state is State.FAILED]
    assert {states[each] for each in ("M05", "L01", "L02", "L05", "L06", "T12")} == {State.NOT_APPLICABLE}


def test_what_changes_while_it_is_looked_at_is_not_held_against_a_repository(
    served: Served, provider: Provider
) -> None:
    times = count(1)

    def draining(send: Send, asked: Asked) -> Reply:
        reply = send(asked)
        is_first = asked.given.get("verb") == "ListIdentifiers" and "resumptionToken" not in asked.given
        return reply.edited("<header>.*?</header>", "", count=next(times)) if is_first else reply

    assert checked(served, provider, draining, "L01", "S05") == {"L01": State.UNDECIDED, "S05": State.PASSED}


def test_a_list_that_breaks_off_is_told_of_once(served: Served, provider: Provider) -> None:
    def forgetting(send: Send, asked: Asked) -> Reply:
        return send(asked.but(resumptionToken="gone") if "resumptionToken" in asked.given else asked)

    states = checked(served, provider, forgetting, "M05", "L01", "L02", "T01", "T11", "T12")

    assert {each for each, state in states.items() if state is State.FAILED} == {"T11"}


def command(*arguments: str) -> Result:
    return CliRunner(env={"FAIRNODE_FETCH__BACKOFF": "0.01"}).invoke(main, ["oai", "verify", *arguments])


def test_the_command_reports_and_exits_by_the_level_of_what_is_broken(served: Served, tmp_path: Path) -> None:
    """The pages of the loopback repository are 100 records long, so all is well; another base URL breaks I02."""
    elsewhere = served.url.replace("127.0.0.1", "localhost")

    well = command(served.url, "--only", "I01", "--only", "p01", "--pace", "0", "--json")
    bent = command(elsewhere, "--only", "I02", "--only", "H14", "--pace", "0")
    lenient = command(elsewhere, "--only", "I02", "--pace", "0", "--fail-on", "never")
    undecided = command(served.url, "--only", "L01", "--records", "1", "--pace", "0")
    file = tmp_path / "report.xml"
    junit = command(elsewhere, "--only", "I02", "--only", "L01", "--only", "H14", "--records", "1", "--pace", "0",
                    "--format", "junit", "--output", str(file))  # fmt: skip

    assert (well.exit_code, bent.exit_code, lenient.exit_code, undecided.exit_code) == (0, 1, 0, 2)
    document = json.loads(well.stdout)
    assert set(document) == documented("OAI-PMH providers") - {"id", "level", "state"}
    assert [point["state"] for point in document["points"]] == ["passed", "passed"]
    assert "I02 baseURL equals" in bent.stdout and "Mend: Set the public address" in bent.stdout
    suite = etree.parse(file).getroot()
    assert junit.exit_code == 1
    assert {name: suite.get(name) for name in ("tests", "failures", "errors")} == {
        "tests": "3", "failures": "1", "errors": "1",
    }  # fmt: skip


def test_a_body_longer_than_any_question_is_refused_and_not_cut(served: Served) -> None:
    form = {"content_type": "application/x-www-form-urlencoded"}
    http = served.app.test_client()

    longest, longer = (http.post("/oai", data=b"verb=Identify".ljust(size, b"&"), **form) for size in (65536, 65537))

    assert b"<Identify>" in longest.data
    assert longer.status_code == 413 and b"<Identify>" not in longer.data


def test_what_is_no_provider_is_said_to_be_none(served: Served) -> None:
    nothing_there = command(f"http://127.0.0.1:{free_port()}/oai", "--pace", "0")
    no_provider = command(served.url.replace("/oai", "/healthz"), "--pace", "0", "--only", "E01")

    assert (nothing_there.exit_code, no_provider.exit_code) == (3, 3)
    assert "could not be looked at" in no_provider.stdout


@pytest.mark.parametrize("verb", VERBS)
def test_the_grammar_agrees_with_the_protocols_own_schemas(provider: Provider, verb: str) -> None:
    """Each answer is also broken in many places; both must find the same ones broken."""
    folder = Path(os.environ.get("XSD_FOLDER", ROOT.parent / "shared" / "xsd"))
    if not folder.is_dir():
        pytest.skip("the OAI-PMH schemas are not on this machine; XSD_FOLDER names their folder")
    schema = etree.XMLSchema(etree.parse(folder / "wrapper.xsd"))
    more = {
        "ListRecords": "&metadataPrefix=oai_dc&until=2026-03-02T23:00:00Z",
        "ListIdentifiers": "&metadataPrefix=oai_dc",
    }
    query = f"verb={verb}{more.get(verb, '')}"
    if verb == "GetRecord":
        listed = provider.send(Asked(query="verb=ListIdentifiers&metadataPrefix=oai_dc", method="GET", headers={}))
        name = re.search("<identifier>(.*?)</identifier>", listed.text)[1]
        query += f"&metadataPrefix=oai_dc&identifier={name}"
    root = etree.fromstring(provider.send(Asked(query=query, method="GET", headers={})).text.encode())
    for label in root.iter("{https://w3id.org/fairnode/label/1.0}label"):
        label.getparent().getparent().remove(label.getparent())
    for record in list(root.iter("{*}record", "{*}header"))[2:]:
        if record.getparent() is not None and record.getparent().tag.endswith(verb):
            record.getparent().remove(record)

    assert schema.validate(root) and not faults(root), (schema.error_log, faults(root))
    broken = 0
    for place in range(len(list(root.iter(etree.Element)))):
        for bend in (_removed, _renamed, _doubled, _emptied, _unattributed):
            bent = deepcopy(root)
            element = list(bent.iter(etree.Element))[place]
            if bend(element):
                assert bool(faults(bent)) != schema.validate(bent), (
                    bend.__name__,
                    element,
                    faults(bent),
                    schema.error_log,
                )
                broken += bool(faults(bent))
    assert broken > 15


def _removed(element: Any) -> bool:
    if (parent := element.getparent()) is not None:
        parent.remove(element)
    return parent is not None


def _renamed(element: Any) -> bool:
    element.tag = f"{element.tag}x"
    return True


def _doubled(element: Any) -> bool:
    if (parent := element.getparent()) is not None:
        parent.insert(parent.index(element), deepcopy(element))
    return parent is not None


def _emptied(element: Any) -> bool:
    # An empty URI is one for libxml2's schemas and for RELAX NG alike; an empty enumeration is none.
    filled = bool((element.text or "").strip())
    element.text = ""
    return filled


def _unattributed(element: Any) -> bool:
    had = bool(element.attrib)
    for name in list(element.attrib):
        del element.attrib[name]
    return had
