"""Link checks, against a real server: an answer with its date, politely, and never a guess."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from node.harvest.fetch import HttpFetch
from node.harvest.links import check, door
from node.link_settings import LinkSettings
from node.model.links import LinkAnswer
from node.model.rdf import Iri
from node.settings import FetchSettings
from node.validation.scores.mqa import measure
from node.validation.scores.mqa_record import look
from tests.servers.fairnode import free_port
from tests.servers.scripted import Answer, Scripted, Seen
from tests.unit.test_shapes_fair import record

NOW = dt.datetime(2026, 3, 1, 12, tzinfo=dt.UTC)
MONTH = dt.timedelta(days=30)
DAY = dt.timedelta(days=1)


class Memory:
    """Answers in memory."""

    def __init__(self) -> None:
        self.answers: dict[str, LinkAnswer] = {}

    def get(self, url: str) -> LinkAnswer | None:
        """Return what was last answered."""
        return self.answers.get(url)

    def put(self, answer: LinkAnswer) -> None:
        """Keep an answer in place of an older one."""
        self.answers[answer.url] = answer


def fetch() -> HttpFetch:
    links = LinkSettings(allow_networks=("127.0.0.0/8",), timeout=1.0)
    return HttpFetch(door(FetchSettings(), links).model_copy(update={"pace": 0.0}))


def asked(urls: list[str], cache: Memory | None = None, when: dt.datetime = NOW, **options: Any) -> list[LinkAnswer]:
    cache = cache if cache is not None else Memory()
    return list(check(urls, fetch(), cache, now=lambda: when, max_age=MONTH, **options))


def script(seen: Seen) -> Answer:
    moved = {"/moved": "/ok", "/inside": "http://10.0.0.1/secret", "/round": "/round"}
    if seen.path in moved:
        return Answer(status=301 if seen.path == "/moved" else 302, headers={"Location": moved[seen.path]})
    if seen.method == "HEAD":
        if seen.path in ("/no-head", "/empty", "/large"):
            return Answer(status=405)
        if seen.path == "/drops-head":
            return Answer(reset=True)
    if seen.path == "/empty":
        return Answer(status=416 if "range" in seen.headers else 200)
    if seen.path == "/large":
        return Answer(b"x" * 1_000_000)
    return {
        "/ok": Answer(b"x"),
        "/no-head": Answer(b"x", status=206),
        "/drops-head": Answer(b"x", status=206),
        "/gone": Answer(status=404),
        "/secret": Answer(status=401),
        "/broken": Answer(status=500),
        "/busy": Answer(status=429),
        "/cut": Answer(reset=True),
        "/slow": Answer(drip=0.5),
    }[seen.path]


@pytest.mark.parametrize(
    ("path", "status", "methods"),
    [
        ("/ok", 200, ["HEAD"]),
        ("/moved", 200, ["HEAD", "HEAD"]),
        ("/no-head", 206, ["HEAD", "GET"]),
        ("/drops-head", 206, ["HEAD", "GET"]),
        ("/empty", 200, ["HEAD", "GET", "GET"]),
        ("/large", 200, ["HEAD", "GET"]),
        ("/gone", 404, ["HEAD", "GET"]),
        ("/secret", 401, ["HEAD", "GET"]),
        ("/broken", 500, ["HEAD", "GET"]),
    ],
)
def test_an_address_is_asked_for_its_headers_then_for_one_byte(path: str, status: int, methods: list[str]) -> None:
    cache = Memory()
    with Scripted(script) as server:
        url = server.url.removesuffix("/oai") + path
        (answer,) = asked([url], cache)

    assert (answer.url, answer.status, answer.checked, answer.problem) == (url, status, NOW, "")
    assert cache.get(url) == answer
    assert [seen.method for seen in server.seen] == methods
    assert all(seen.headers.get("range") == "bytes=0-0" for seen in server.seen if seen.method == "GET") or (
        path == "/empty"
    )


@pytest.mark.parametrize("path", ["/cut", "/slow", "/round"])
def test_no_answer_is_an_answer_with_a_reason(path: str) -> None:
    with Scripted(script) as server:
        (answer,) = asked([server.url.removesuffix("/oai") + path])

    assert answer.status is None and answer.problem


@pytest.mark.parametrize("url", ["ftp://example.org/a", "urn:x:y", "http://[::1", "not a url", "http://10.0.0.1/a"])
def test_what_may_not_be_asked_has_no_answer(url: str) -> None:
    assert asked([url]) == []


def test_a_redirect_into_a_private_network_is_not_followed_and_has_no_answer() -> None:
    with Scripted(script) as server:
        assert asked([server.url.removesuffix("/oai") + "/inside"]) == []

    assert len(server.seen) == 1


def test_a_server_that_asks_for_patience_has_no_answer() -> None:
    cache = Memory()
    with Scripted(script) as server:
        assert asked([server.url.removesuffix("/oai") + "/busy"], cache) == []

    assert cache.answers == {} and len(server.seen) == 1


def test_a_good_answer_holds_for_a_while_and_is_then_asked_anew() -> None:
    cache = Memory()
    with Scripted(script) as server:
        url = server.url.removesuffix("/oai") + "/ok"
        asked([url, url], cache)
        assert asked([url], cache, NOW + 29 * DAY) == [] and len(server.seen) == 1
        (late,) = asked([url], cache, NOW + MONTH)

    assert len(server.seen) == 2
    assert (late.checked, late.failures, late.due) == (NOW + MONTH, 0, NOW + 2 * MONTH)


def test_a_bad_answer_is_asked_again_after_a_day_then_two_and_never_later_than_a_good_one() -> None:
    cache, when, pauses = Memory(), NOW, []
    with Scripted(script) as server:
        url = server.url.removesuffix("/oai") + "/gone"
        for _ in range(7):
            (answer,) = asked([url], cache, when)
            pauses.append((answer.due - when).days)
            assert asked([url], cache, answer.due - dt.timedelta(seconds=1)) == []
            when = answer.due

    assert pauses == [1, 2, 4, 8, 16, 30, 30]


def test_whoever_wants_newer_answers_asks_before_they_are_due() -> None:
    cache = Memory()
    with Scripted(script) as server:
        url = server.url.removesuffix("/oai") + "/ok"
        asked([url], cache)
        assert asked([url], cache, NOW + 6 * DAY, older_than=7 * DAY) == []
        assert len(asked([url], cache, NOW + 7 * DAY, older_than=7 * DAY)) == 1


def test_no_more_addresses_are_asked_than_wanted() -> None:
    cache = Memory()
    with Scripted(script) as server:
        urls = [f"{server.url.removesuffix('/oai')}/{name}" for name in ("ok", "gone", "secret")]
        first = asked(urls, cache, limit=2)
        rest = asked(urls, cache, limit=2)

    assert len(first) == 2 and {one.url for one in (*first, *rest)} == set(urls)


def test_a_silent_host_is_left_alone_and_holds_up_no_other() -> None:
    port = free_port()
    silent = [f"http://127.0.0.1:{port}/{number}" for number in range(9)]
    with Scripted(script) as server:
        good = server.url.removesuffix("/oai") + "/ok"
        answers = asked([*silent, good])

    assert {one.url: one.status for one in answers} == {**dict.fromkeys(silent[:5]), good: 200}


def test_two_requests_to_one_host_keep_their_pace() -> None:
    slept: list[float] = []
    links = LinkSettings(allow_networks=("127.0.0.0/8",))
    # A clock that only sleeping moves, so that a slow machine changes nothing.
    paced = HttpFetch(door(FetchSettings(), links), sleep=slept.append, clock=lambda: sum(slept))
    with Scripted(script) as server:
        urls = [f"{server.url.removesuffix('/oai')}/{name}" for name in ("ok", "no-head", "moved")]
        list(check(urls, paced, Memory(), now=lambda: NOW, max_age=MONTH))

    assert len(server.seen) == 5
    assert slept == [1.0] * 4


def test_the_door_for_links_is_paced_takes_little_and_leads_into_no_network_of_the_sources() -> None:
    settings = door(FetchSettings(allow_networks=("10.0.0.0/8",)), LinkSettings())

    assert (settings.pace, settings.retries, settings.allow_networks) == (1.0, 0, ())
    assert settings.max_bytes < FetchSettings().max_bytes
    assert door(FetchSettings(pace=5.0), LinkSettings()).pace == 5.0


def test_a_checked_dataset_gains_the_points_of_its_links() -> None:
    with Scripted(script) as server:
        base = server.url.removesuffix("/oai")
        subject, triples = record(f"dcat:distribution [ dcat:accessURL <{base}/ok> ; dcat:downloadURL <{base}/gone> ]")
        urls = look(triples, Iri(subject)).addresses
        found = measure(triples, subject, answers={one.url: one.status for one in asked(list(urls))})

    assert urls == (f"{base}/gone", f"{base}/ok")
    assert [(line.metric.id, float(line.gained)) for line in found.score.lines if line.metric.asks] == [
        ("accessURL-status", 50),
        ("downloadURL-status", 0),
    ]
