"""Link checks, against a real server: an answer with its date, politely, and never a guess."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest

from node.errors import SettingsError
from node.harvest.fetch import HttpFetch
from node.harvest.links import LinkAnswer, MemoryLinks, check, door, read_links, statuses, write_links
from node.model.rdf import Iri
from node.settings import FetchSettings
from node.validation.scores.mqa import addresses, measure
from tests.servers.fairnode import free_port
from tests.servers.scripted import Answer, Scripted, Seen
from tests.unit.test_shapes_fair import record

NOW = dt.datetime(2026, 3, 1, 12, tzinfo=dt.UTC)


def fetch() -> HttpFetch:
    settings = FetchSettings.model_validate({"allow_networks": ("127.0.0.0/8",), "timeout": 2.0})
    return HttpFetch(door(settings).model_copy(update={"pace": 0.0}))


def asked(urls: list[str], cache: MemoryLinks | None = None, when: dt.datetime = NOW) -> list[LinkAnswer]:
    return list(check(urls, fetch(), cache or MemoryLinks(), now=lambda: when))


def script(seen: Seen) -> Answer:
    if seen.path == "/moved":
        return Answer(status=302, headers={"Location": "/ok"})
    if seen.path == "/empty":
        return Answer(status=416 if "range" in seen.headers else 200)
    if seen.path == "/large":
        return Answer(b"x" * 1_000_000)
    return {
        "/ok": Answer(b"x", status=206),
        "/gone": Answer(status=404),
        "/secret": Answer(status=401),
        "/broken": Answer(status=503),
        "/busy": Answer(status=429),
        "/cut": Answer(reset=True),
    }[seen.path]


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/ok", 206),
        ("/moved", 206),
        ("/empty", 200),
        ("/large", 200),
        ("/gone", 404),
        ("/secret", 401),
        ("/broken", 503),
    ],
)
def test_an_address_is_asked_for_one_byte_and_its_status_is_kept_with_the_date(path: str, status: int) -> None:
    cache = MemoryLinks()
    with Scripted(script) as server:
        url = server.url.removesuffix("/oai") + path
        answers = asked([url], cache)

    assert answers == [LinkAnswer(url=url, status=status, checked=NOW)] == [cache.get(url)]
    assert server.seen[0].headers["range"] == "bytes=0-0"


def test_no_answer_is_an_answer_with_a_reason() -> None:
    with Scripted(script) as server:
        url = server.url.removesuffix("/oai") + "/cut"
        (answer,) = asked([url])

    assert answer.status is None and answer.problem


@pytest.mark.parametrize("url", ["ftp://example.org/a", "urn:x:y", "http://[::1", "not a url", "http://10.0.0.1/a"])
def test_what_may_not_be_asked_has_no_answer(url: str) -> None:
    assert asked([url]) == []


def test_a_server_that_asks_for_patience_has_no_answer() -> None:
    cache = MemoryLinks()
    with Scripted(script) as server:
        assert asked([server.url.removesuffix("/oai") + "/busy"], cache) == []

    assert cache.answers == {}


def test_an_answer_holds_for_a_while_and_is_then_asked_anew() -> None:
    cache = MemoryLinks()
    with Scripted(script) as server:
        url = server.url.removesuffix("/oai") + "/ok"
        asked([url, url], cache)
        asked([url], cache, NOW + dt.timedelta(days=29))
        assert len(server.seen) == 1
        (late,) = asked([url], cache, NOW + dt.timedelta(days=30))

    assert len(server.seen) == 2
    assert late.checked == NOW + dt.timedelta(days=30)


def test_a_silent_host_is_left_alone_and_holds_up_no_other() -> None:
    port = free_port()
    silent = [f"http://127.0.0.1:{port}/{number}" for number in range(9)]
    with Scripted(script) as server:
        good = server.url.removesuffix("/oai") + "/ok"
        answers = asked([*silent, good])

    assert statuses(answers) == {**dict.fromkeys(silent[:5]), good: 206}


def test_the_door_for_links_is_paced_and_takes_little() -> None:
    settings = door(FetchSettings())

    assert (settings.pace, settings.retries) == (1.0, 0)
    assert settings.max_bytes < FetchSettings().max_bytes
    assert door(FetchSettings(pace=5.0)).pace == 5.0


def test_answers_survive_in_a_file(tmp_path: Path) -> None:
    path = tmp_path / "links.json"
    links = MemoryLinks(
        [
            LinkAnswer(url="https://example.org/b", status=None, checked=NOW, problem="no such host"),
            LinkAnswer(url="https://example.org/a", status=200, checked=NOW),
        ]
    )

    write_links(path, links)
    first = path.read_bytes()
    again = read_links(path)
    write_links(path, again)

    assert again.answers == links.answers
    assert path.read_bytes() == first
    assert read_links(tmp_path / "none.json").answers == {}


@pytest.mark.parametrize("text", ["{", "{}", '[{"url": "x"}]', '[{"url":"x","status":1,"checked":"z","problem":""}]'])
def test_a_file_of_something_else_is_refused(tmp_path: Path, text: str) -> None:
    path = tmp_path / "links.json"
    path.write_text(text, encoding="utf-8")

    with pytest.raises(SettingsError, match="not a file of link checks"):
        read_links(path)


def test_a_checked_dataset_gains_the_points_of_its_links() -> None:
    with Scripted(script) as server:
        base = server.url.removesuffix("/oai")
        subject, triples = record(f"dcat:distribution [ dcat:accessURL <{base}/ok> ; dcat:downloadURL <{base}/gone> ]")
        urls = addresses(triples, Iri(subject))
        found = measure(triples, subject, answers=statuses(asked(list(urls))))

    assert urls == (f"{base}/gone", f"{base}/ok")
    assert [(line.metric.id, float(line.gained)) for line in found.score.lines if line.metric.asks] == [
        ("accessURL-status", 50),
        ("downloadURL-status", 0),
    ]
