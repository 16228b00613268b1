"""Event streams harvested whole and on, through the pipeline, from a real server that behaves well and badly."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from harvesters.asking import Patience
from harvesters.ldes import LdesHarvester
from node.model.oai import Checkpoint, Page, Window
from node.model.run import HarvestRun, Outcome, RunStatus
from node.model.source import Source
from node.node import Node
from tests.harvesting import counts, door, findings, harvest, interrupt, ledger, open_test_node, register, titles
from tests.servers.ldes import PREFIXES, THINGS, TRIG, Feed, activity, document
from tests.servers.scripted import Answer, Scripted, gzip_bomb

HARVESTER = LdesHarvester(patience=Patience(pause=0.001), page_size=2, empty_pages=20)
HISTORY = [
    ("Create", "a", "A, first version"),
    ("Create", "b", "B"),
    ("Create", "c", "C"),
    ("Update", "a", "A, second version"),
    ("Delete", "c", ""),
]


@pytest.fixture
def node(tmp_path: Path) -> Iterator[Node]:
    with open_test_node(tmp_path, HARVESTER) as opened:
        yield opened


@pytest.fixture
def feed() -> Iterator[Feed]:
    with Feed(HISTORY) as running:
        yield running


def run(node: Node, feed: Scripted, *, window: Window | None = None) -> HarvestRun:
    return harvest(node, feed.url, "ldes", window=window)


def read(feed: Scripted, *, window: Window | None = None, checkpoint: Checkpoint | None = None) -> list[Page]:
    source = Source(name="x", url=feed.url, kind="ldes", metadata_prefix="dcat")
    return list(HARVESTER.pages(source, door(), window or Window(), checkpoint or Checkpoint()))


def serve(body: str, **more: object) -> Scripted:
    """A server of one page."""
    return Scripted([Answer((PREFIXES + body).encode(), headers=TRIG)])


# --- the stream and its members


@pytest.mark.parametrize("newest_first", [False, True])
def test_the_newest_member_about_a_thing_is_its_record(node: Node, newest_first: bool) -> None:
    with Feed(HISTORY, newest_first=newest_first) as feed:
        done = run(node, feed)

    assert done.status is RunStatus.OK, done.error
    assert ledger(node, done) == {
        f"{THINGS}a": Outcome.CREATED,
        f"{THINGS}b": Outcome.CREATED,
        f"{THINGS}c": Outcome.DELETED,
    }
    assert titles(node) == ["A, second version", "B"]


@pytest.mark.parametrize("newest_first", [False, True])
def test_an_increment_reads_no_immutable_page_again(node: Node, newest_first: bool) -> None:
    with Feed(HISTORY, newest_first=newest_first) as feed:
        run(node, feed)
        feed.seen.clear()

        idle = run(node, feed)

        assert (idle.status, idle.window.from_ is not None, sum(counts(idle).values())) == (RunStatus.OK, True, 0)
        assert feed.asked() == ["/feed", "/page/2"]

        feed.events += [("Update", "b", "B, corrected"), ("Create", "d", "D"), ("Delete", "a", "")]
        feed.seen.clear()
        done = run(node, feed)

    assert ledger(node, done) == {
        f"{THINGS}a": Outcome.DELETED,
        f"{THINGS}b": Outcome.UPDATED,
        f"{THINGS}d": Outcome.CREATED,
    }
    assert sorted(set(feed.asked()) - {"/feed"}) == ["/page/2", "/page/3"]
    assert titles(node) == ["B, corrected", "D"]


def test_increments_end_where_a_full_read_would(node: Node, tmp_path: Path) -> None:
    events = [
        (("Create", "Update", "Delete")[(number * 7) % 3], f"d{(number * 5) % 11}", f"Version {number}")
        for number in range(40)
    ]
    with Feed(events[:7], page_size=3) as feed:
        for end in (7, 8, 15, 16, 31, 40):
            feed.events = list(events[:end])
            assert run(node, feed).status is RunStatus.OK
        with open_test_node(tmp_path / "other", HARVESTER) as other:
            run(other, feed)
            assert titles(node) == titles(other) != []


def test_pages_whose_members_are_older_by_their_relation_are_passed_over() -> None:
    page = '<> tree:relation [ a tree:{} ; tree:path as:published ; tree:value "{}"^^xsd:dateTime ; tree:node </{}> ] .'
    stream = (
        "<#s> a ldes:EventStream ; ldes:timestampPath as:published ; ldes:versionOfPath as:object ; tree:view </oai> ."
    )
    root = (
        PREFIXES
        + stream
        + page.format("LessThanRelation", "2026-01-01T00:00:02Z", "old")
        + page.format("GreaterThanOrEqualToRelation", "2026-01-01T00:00:02Z", "new")
    )
    answers = {"/oai": root}
    for name, number in (("old", 1), ("new", 3)):
        iri, text = activity(number, "Create", name, name)
        answers[f"/{name}"] = f"{PREFIXES}<http://x.example/oai#s> tree:member <{iri}> . {text}"
    with Scripted(lambda seen: Answer(answers[seen.path].encode(), headers=TRIG)) as server:
        first = read(server)
        server.seen.clear()
        bookmark = first[-1].checkpoint.bookmark
        read(server, window=Window(from_=bookmark))

        assert [seen.path for seen in server.seen] == ["/oai", "/new"]
    assert [record.header.identifier for page in first for record in page.records] == [THINGS + "new", THINGS + "old"]


def test_versions_without_named_graphs_speak_of_what_they_are_versions_of(node: Node) -> None:
    body = """
    <#s> a ldes:EventStream ; ldes:timestampPath dct:created ; ldes:versionOfPath dct:isVersionOf ; tree:view <> ;
      tree:member <https://d.example/1/v1>, <https://d.example/1/v2> .
    <https://d.example/1/v2> a dcat:Dataset ; dct:isVersionOf <https://d.example/1> ;
      dct:created "2026-02-01T00:00:00+01:00"^^xsd:dateTime ; dct:title "Second" ;
      dcat:distribution [ a dcat:Distribution ; dcat:accessURL <https://d.example/1.csv> ] .
    <https://d.example/1/v1> a dcat:Dataset ; dct:isVersionOf <https://d.example/1> ;
      dct:created "2026-01-01T00:00:00Z"^^xsd:dateTime ; dct:title "First" .
    """
    with serve(body) as server:
        done = run(node, server)
        (page,) = read(server)

    assert ledger(node, done) == {"https://d.example/1": Outcome.CREATED}
    assert titles(node) == ["Second"]
    payload = (page.records[0].metadata or b"").decode()
    assert "<https://d.example/1> <http://purl.org/dc/terms/title>" in payload and "/v2" not in payload
    assert "_:b1 " in payload, "blank nodes stay blank"


def test_a_stream_in_json_ld_is_read(node: Node) -> None:
    feed = {
        "@context": {
            "as": "https://www.w3.org/ns/activitystreams#",
            "tree": "https://w3id.org/tree#",
            "ldes": "https://w3id.org/ldes#",
            "dcat": "http://www.w3.org/ns/dcat#",
            "dct": "http://purl.org/dc/terms/",
        },
        "@id": "#feed",
        "@type": "ldes:EventStream",
        "ldes:timestampPath": {"@id": "as:published"},
        "ldes:versionOfPath": {"@id": "as:object"},
        "tree:view": {"@id": ""},
        "tree:member": [
            {
                "@id": "https://d.example/1#e1",
                "@type": "as:Create",
                "as:object": {"@id": "https://d.example/1"},
                "as:published": "2026-01-01T12:00:00Z",
                "@graph": {"@id": "https://d.example/1", "@type": "dcat:Dataset", "dct:title": "One"},
            },
            {
                "@id": "https://d.example/2#e1",
                "@type": "as:Delete",
                "as:object": {"@id": "https://d.example/2"},
                "as:published": "2026-01-01T13:00:00Z",
            },
        ],
    }
    with Scripted([Answer(json.dumps(feed).encode(), headers={"Content-Type": "application/ld+json"})]) as server:
        done = run(node, server)

    assert ledger(node, done) == {"https://d.example/1": Outcome.CREATED, "https://d.example/2": Outcome.DELETED}
    assert titles(node) == ["One"]


def test_the_address_of_a_stream_leads_to_its_view(node: Node, feed: Feed) -> None:
    text = f"{PREFIXES}<> a ldes:EventStream ; tree:view </feed> ."
    feed.faults["/about"] = Answer(text.encode(), headers=TRIG)
    feed.url = f"{feed.root}/about"

    assert run(node, feed).status is RunStatus.OK
    assert titles(node) == ["A, second version", "B"]


def test_a_member_that_a_page_only_names_is_read_at_its_own_address(node: Node) -> None:
    own = f'{PREFIXES}<> a dcat:Dataset ; dct:title "Its own page" .'

    def script(seen: object) -> Answer:
        path = seen.path  # type: ignore[attr-defined]
        if path == "/oai":
            body = f"{PREFIXES}<#s> a ldes:EventStream ; tree:view <> ; tree:member </d/1>, </d/2>, </d/3> ."
            return Answer(body.encode(), headers=TRIG)
        return (
            Answer(own.encode(), headers=TRIG) if path == "/d/1" else Answer(b"", status=410 if path == "/d/2" else 404)
        )

    with Scripted(script) as server:
        done = run(node, server)
        root = server.url.removesuffix("/oai")

    assert ledger(node, done) == {
        f"{root}/d/1": Outcome.CREATED,
        f"{root}/d/2": Outcome.DELETED,
        f"{root}/d/3": Outcome.REJECTED,
    }
    assert titles(node) == ["Its own page"]
    assert node.sources.get("x").source.next_from is None, "without times there is nothing to go on from"


def test_what_a_feed_tells_apart_is_put_together(node: Node) -> None:
    things = [
        ("Create", "a", f'{{<{THINGS}a> a dcat:Dataset ; dct:title "A" ; dcat:distribution <{THINGS}a-csv> .}}'),
        ("Create", "a-csv", f"{{<{THINGS}a-csv> a dcat:Distribution ; dcat:accessURL <{THINGS}a.csv> .}}"),
        ("Create", "b", f'{{<{THINGS}b> a dcat:Dataset ; dct:title "B" .}}'),
    ]
    with Feed(things) as feed:
        first = run(node, feed)
        payload = {record.header.identifier: record for page in read(feed) for record in page.records}
        idle = run(node, feed)
        feed.events += [
            ("Update", "a-csv", f"{{<{THINGS}a-csv> a dcat:Distribution ; dcat:accessURL <{THINGS}new.csv> .}}")
        ]
        second = run(node, feed)

    assert ledger(node, first) == {f"{THINGS}a": Outcome.CREATED, f"{THINGS}b": Outcome.CREATED}
    assert (counts(idle), node.runs.findings(idle.run)) == ({}, ()), "nothing new is nothing to put together"
    assert b"a.csv" in (payload[f"{THINGS}a"].metadata or b"")
    assert ledger(node, second) == {f"{THINGS}a": Outcome.UPDATED, f"{THINGS}b": Outcome.UNCHANGED}
    assert "harvest.stream-read-whole" in {finding.code for finding in node.runs.findings(second.run)}
    said = [finding.message for finding in node.runs.findings(first.run) if finding.code == "harvest.no-dataset"]
    assert said and "Distribution" in said[0]


def test_a_member_from_the_future_hides_none_that_come_before_it(node: Node) -> None:
    def member(number: int, stamp: str) -> str:
        thing = f"<{THINGS}{number}>"
        return (
            f"<#s> tree:member <{THINGS}{number}#e> . <{THINGS}{number}#e> as:object {thing} ; "
            f'as:published "{stamp}"^^xsd:dateTime . {thing} a dcat:Dataset ; dct:title "{number}" .\n'
        )

    head = f"{PREFIXES}<#s> a ldes:EventStream ; ldes:timestampPath as:published ; tree:view <> .\n"
    first = head + member(1, "2999-01-01T00:00:00Z")
    second = first + member(2, "2998-01-01T00:00:00Z")
    with Scripted([Answer(text.encode(), headers=TRIG) for text in (first, second)]) as server:
        run(node, server)
        run(node, server)

    assert titles(node) == ["1", "2"]


def test_a_harvest_goes_on_behind_the_last_page_kept() -> None:
    with Feed([("Create", name, name.upper()) for name in "abcde"]) as feed:
        whole = read(feed)
        feed.events += [("Create", "aa", "Came later"), ("Delete", "e", "")]

        rest = read(feed, checkpoint=whole[0].checkpoint)
        after = read(feed, window=Window(from_=rest[-1].checkpoint.bookmark))

    assert [record.header.identifier[-1] for page in rest for record in page.records] == ["c", "d", "e"]
    assert rest[-1].checkpoint.bookmark == whole[-1].checkpoint.bookmark
    assert rest[-1].checkpoint.done
    names = {record.header.identifier.removeprefix(THINGS) for page in after for record in page.records}
    assert {"aa", "e"} <= names, "what came while the list was read is in the next increment"


def test_a_run_that_was_broken_off_is_finished_by_the_next(node: Node, feed: Feed) -> None:
    register(node, feed.url, "ldes")
    interrupt(node)

    done = run(node, feed)

    assert (done.run, done.status, done.listed) == (1, RunStatus.OK, 3), done.error
    assert titles(node) == ["A, second version", "B"]


# --- faults


@pytest.mark.parametrize(
    "answer",
    [
        Answer(b"", status=404),
        Answer(b"", status=500),
        Answer(b"<!DOCTYPE html><html><title>Log in</title></html>", headers={"Content-Type": "text/html"}),
        Answer(b'@prefix dct: <http://purl.org/dc/terms/> . <a> dct:title "cut', headers=TRIG),
        Answer(b"", headers=TRIG, length=100),
        Answer(gzip_bomb(200 * 2**20), headers={**TRIG, "Content-Encoding": "gzip"}),
        Answer(
            b'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b "bbbbbbbb"><!ENTITY c "&b;&b;">]>'
            b'<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">&c;</rdf:RDF>',
            headers={"Content-Type": "application/rdf+xml"},
        ),
    ],
    ids=["404", "500", "html", "cut", "short body", "gzip bomb", "entities"],
)
def test_a_stream_with_a_dead_page_is_an_error_and_never_a_short_list(node: Node, feed: Feed, answer: Answer) -> None:
    feed.faults["/page/1"] = answer

    done = run(node, feed)
    del feed.faults["/page/1"]
    again = run(node, feed)

    assert done.status is RunStatus.FAILED and done.error is not None
    assert counts(done) == {}
    assert again.status is RunStatus.OK
    assert titles(node) == ["A, second version", "B"]


def test_a_page_that_comes_cut_short_is_asked_for_again(node: Node, feed: Feed) -> None:
    whole = feed.page(1)
    feed.faults["/page/1"] = [dataclasses.replace(whole, body=whole.body[:-20]), whole]

    done = run(node, feed)

    assert (done.status, done.retries) == (RunStatus.OK, 1)
    assert titles(node) == ["A, second version", "B"]


def test_pages_in_a_circle_are_read_once_each(node: Node, feed: Feed) -> None:
    feed.faults["/page/2"] = Answer(
        document(feed.root, "/page/2", [activity(4, "Delete", "c")], ["/feed", "/page/0"]).encode(), headers=TRIG
    )

    done = run(node, feed)

    assert done.status is RunStatus.OK
    assert sorted(feed.asked()) == ["/feed", "/page/0", "/page/1", "/page/2"]
    assert titles(node) == ["A, second version", "B"]


def test_a_stream_without_an_end_is_an_error(node: Node, feed: Feed) -> None:
    def endless(number: int) -> Answer:
        return Answer(
            document(feed.root, "", [activity(1, "Create", "a", "A")], [f"/page/{number + 1}"]).encode(), headers=TRIG
        )

    for number in range(100):
        feed.faults[f"/page/{number}"] = endless(number)

    done = run(node, feed)

    assert done.error is not None and done.error.code == "harvest.circular-list"
    assert len(feed.seen) < 30


def test_a_stream_that_goes_on_at_another_host_is_an_error(node: Node, feed: Feed) -> None:
    with Feed(HISTORY) as other:
        body = document(feed.root, "/page/1", [], [f"{other.root}/page/2"])
        feed.faults["/page/1"] = Answer(body.encode(), headers=TRIG)

        done = run(node, feed)

        assert done.error is not None and done.error.code == "harvest.incomplete-list"
        assert "another host" in done.error.message and other.seen == []


def test_a_stream_whose_pages_were_made_anew_is_read_whole(node: Node, feed: Feed) -> None:
    run(node, feed)
    feed.faults["/page/2"] = Answer(b"", status=404)
    feed.page_size = 10

    done = run(node, feed)

    assert done.status is RunStatus.OK, done.error
    assert "harvest.stream-read-whole" in {finding.code for finding in node.runs.findings(done.run)}


@pytest.mark.parametrize(
    ("body", "says"),
    [
        ('<> dct:title "No stream" .', "no event stream"),
        ("<#s> a ldes:EventStream ; tree:view </a>, </b> .", "several views"),
        ("<#s> a ldes:EventStream ; tree:view <http://other.example/a> .", "another host"),
        ("<#s> a ldes:EventStream ; tree:view <> ; ldes:timestampPath [ <x:y> 1 ] .", "not understood"),
    ],
)
def test_what_is_no_stream_says_so(node: Node, body: str, says: str) -> None:
    with serve(body) as server:
        done = run(node, server)

    assert done.error is not None and says in done.error.message


def test_a_member_that_speaks_of_something_else_is_a_line_of_the_ledger(node: Node) -> None:
    with Feed([("Create", "a", f'{{<{THINGS}z> a dcat:Dataset ; dct:title "Z" .}}')]) as feed:
        done = run(node, feed)

    assert ledger(node, done) == {f"{THINGS}a": Outcome.REJECTED}
    assert "harvest.not-described" in {finding.code for finding in findings(node, f"{THINGS}a")}


def test_the_preflight_learns_what_the_stream_says_of_itself(feed: Feed) -> None:
    said = HARVESTER.describe(Source(name="x", url=feed.url, kind="ldes"), door())

    assert (said.name, said.protocol, said.deletions) == ("A feed", "LDES", "transient")
