"""ResourceSync sources harvested whole and on, through the pipeline, from a real server that behaves well and badly."""

from __future__ import annotations

import dataclasses
import hashlib
from collections.abc import Iterator
from pathlib import Path

import pytest

from harvesters.asking import Patience
from harvesters.resourcesync import ResourceSyncHarvester
from node.model.oai import Checkpoint, Page, Window
from node.model.run import HarvestRun, Outcome, RunStatus
from node.model.source import Source
from node.node import Node
from tests.harvesting import codes, counts, door, findings, harvest, interrupt, ledger, open_test_node, register, titles
from tests.servers.resourcesync import XML, Held, Sync
from tests.servers.scripted import Answer, gzip_bomb
from tests.servers.sitemap import dataset, html, script

HARVESTER = ResourceSyncHarvester(patience=Patience(pause=0.001), page_size=2)


@pytest.fixture
def node(tmp_path: Path) -> Iterator[Node]:
    with open_test_node(tmp_path, HARVESTER) as opened:
        yield opened


@pytest.fixture
def sync() -> Iterator[Sync]:
    with Sync() as running:
        for name in "abcde":
            running.put(name, f"Title {name}")
        yield running


def run(node: Node, sync: Sync, *, window: Window | None = None, **more: object) -> HarvestRun:
    return harvest(node, sync.url, "resourcesync", window=window, **more)


def read(sync: Sync, *, window: Window | None = None, checkpoint: Checkpoint | None = None) -> list[Page]:
    source = Source(name="x", url=sync.url, kind="resourcesync", metadata_prefix="oai_datacite")
    return list(HARVESTER.pages(source, door(), window or Window(), checkpoint or Checkpoint()))


# --- lists


@pytest.mark.parametrize(
    "entrance", ["", "/", "/.well-known/resourcesync", "/capabilities.xml", "/resources.xml", "/some/page"]
)
def test_a_source_is_harvested_whole_wherever_one_comes_in(node: Node, sync: Sync, entrance: str) -> None:
    sync.url = sync.root + entrance
    sync.per_list = 2

    done = run(node, sync)

    assert (done.status, counts(done)) == (RunStatus.OK, {Outcome.CREATED: 5}), done.error
    assert set(ledger(node, done)) == {sync.at_path(name) for name in "abcde"}
    assert titles(node) == [f"Title {name}" for name in "abcde"]
    assert node.sources.get("x").source.next_from == "2026-01-01T00:00:00Z", "when the list was made"


def test_a_second_complete_list_changes_nothing(node: Node, sync: Sync) -> None:
    run(node, sync)

    assert counts(run(node, sync, window=Window())) == {Outcome.UNCHANGED: 5}


def test_what_changed_is_all_that_is_asked_for(node: Node, sync: Sync) -> None:
    run(node, sync)
    sync.put("f", "Title f, too early", "created", "2026-02-01T00:00:00Z")
    sync.put("a", "Title a, corrected", "updated", "2026-02-02T00:00:00Z")
    sync.put("f", "Title f", "updated", "2026-02-03T00:00:00Z")
    sync.drop("b", "2026-02-04T00:00:00Z")
    sync.put("c", "Title c, for a while", "updated", "2026-02-05T00:00:00Z")
    sync.drop("c", "2026-02-06T00:00:00Z")
    sync.seen.clear()

    done = run(node, sync)

    assert ledger(node, done) == {
        sync.at_path("a"): Outcome.UPDATED,
        sync.at_path("b"): Outcome.DELETED,
        sync.at_path("c"): Outcome.DELETED,
        sync.at_path("f"): Outcome.CREATED,
    }
    assert sync.asked("/meta") == ["/meta/a.xml", "/meta/f.xml"]
    assert "/resources.xml" not in sync.asked()
    assert titles(node) == ["Title a, corrected", "Title d", "Title e", "Title f"]

    sync.seen.clear()
    idle = run(node, sync)

    assert (idle.status, counts(idle), sync.asked("/meta")) == (RunStatus.OK, {}, [])


def test_an_index_of_change_lists_is_read_from_where_it_matters(node: Node, sync: Sync) -> None:
    run(node, sync)
    parts = {"/c/1": ("2025-01-01", "2025-12-31"), "/c/2": ("2025-12-31", "2026-02-01"), "/c/3": ("2026-02-01", "")}
    entries = ""
    for path, (begin, end) in parts.items():
        md = f'<rs:md from="{begin}T00:00:00Z"' + (f' until="{end}T00:00:00Z"' if end else "") + "/>"
        entries += f"<sitemap><loc>{sync.root}{path}</loc>{md}</sitemap>"
        changed = f'<url><loc>{sync.at_path("a")}</loc><rs:md change="updated" datetime="2026-02-01T00:00:00Z"/></url>'
        body = sync.document("changelist", changed if path == "/c/3" else "", f'from="{begin}T00:00:00Z"')
        sync.faults[path] = Answer(body.encode(), headers=XML)
    index = sync.document("changelist", entries, 'from="2025-01-01T00:00:00Z"', "sitemapindex")
    sync.faults["/changes.xml"] = Answer(index.encode(), headers=XML)
    sync.put("a", "Title a, corrected")
    sync.seen.clear()

    done = run(node, sync)

    assert counts(done) == {Outcome.UPDATED: 1}
    assert sync.asked("/c/") == ["/c/2", "/c/3"]


@pytest.mark.parametrize("how", ["begin later", "are gone", "were never there", "are no list"])
def test_where_changes_do_not_reach_back_everything_is_listed(node: Node, sync: Sync, how: str) -> None:
    run(node, sync)
    sync.at = "2026-06-01T00:00:00Z"
    sync.put("f", "Title f")
    if how == "begin later":
        sync.changes_from = "2026-05-01T00:00:00Z"
    elif how == "were never there":
        sync.changes_from = None
    else:
        sync.faults["/changes.xml"] = Answer(b"", status=404) if how == "are gone" else html()

    done = run(node, sync)

    assert (done.status, counts(done)) == (RunStatus.OK, {Outcome.CREATED: 1, Outcome.UNCHANGED: 5}), done.error
    assert "harvest.changes-missing" in {finding.code for finding in node.runs.findings(done.run)}
    assert node.sources.get("x").source.next_from == "2026-06-01T00:00:00Z"


def test_a_change_from_the_future_hides_none_that_come_before_it(node: Node, sync: Sync) -> None:
    run(node, sync)
    sync.put("a", "Title a, corrected", "updated", "2999-01-01T00:00:00Z")
    run(node, sync)
    sync.put("b", "Title b, corrected", "updated", "2998-01-01T00:00:00Z")

    run(node, sync)

    assert titles(node)[:2] == ["Title a, corrected", "Title b, corrected"]


def test_change_lists_that_cannot_be_had_for_now_fail_the_run(node: Node, sync: Sync) -> None:
    run(node, sync)
    sync.faults["/changes.xml"] = Answer(b"", status=503)

    done = run(node, sync)

    assert done.status is RunStatus.FAILED and counts(done) == {}
    assert node.sources.get("x").source.next_from == "2026-01-01T00:00:00Z"


def test_what_vanishes_without_a_word_is_deleted_after_two_complete_lists(node: Node, sync: Sync) -> None:
    run(node, sync)
    del sync.held["/meta/e.xml"]

    run(node, sync, window=Window())
    done = run(node, sync, window=Window())

    assert done.reconciled == 1
    assert titles(node) == [f"Title {name}" for name in "abcd"]


def test_only_the_sets_that_are_wanted_are_harvested(node: Node, sync: Sync) -> None:
    other = sync.document("capabilitylist", f"<url><loc>{sync.root}/none</loc><rs:md capability='resourcelist'/></url>")
    sync.faults["/other.xml"] = Answer(other.encode(), headers=XML)
    both = "".join(f"<url><loc>{sync.root}{path}</loc></url>" for path in ("/capabilities.xml", "/other.xml"))
    sync.faults["/.well-known/resourcesync"] = Answer(sync.document("description", both).encode(), headers=XML)

    done = run(node, sync, set_specs=(f"{sync.root}/capabilities.xml",))
    said = HARVESTER.describe(Source(name="x", url=sync.url, kind="resourcesync"), door())

    assert (done.status, counts(done)) == (RunStatus.OK, {Outcome.CREATED: 5})
    assert [each.spec for each in said.sets] == [f"{sync.root}/capabilities.xml", f"{sync.root}/other.xml"]


def test_a_harvest_goes_on_behind_the_last_page_kept(sync: Sync) -> None:
    whole = read(sync)
    sync.seen.clear()
    sync.at = "2026-03-01T00:00:00Z"

    rest = read(sync, checkpoint=whole[0].checkpoint)

    assert sync.asked("/meta") == ["/meta/c.xml", "/meta/d.xml", "/meta/e.xml"]
    assert rest[-1].checkpoint.done
    assert rest[-1].checkpoint.bookmark == "2026-01-01T00:00:00Z", "the list that it began with counts"


# --- what is a record


def test_resources_are_recorded_by_what_describes_them(node: Node, sync: Sync) -> None:
    sync.held = {"/meta/a.xml": sync.held["/meta/a.xml"]}
    link = f'<rs:ln rel="describedby" href="{sync.at_path("a")}" type="application/vnd.datacite.datacite+xml"/>'
    for number in range(3):
        sync.held[f"/files/{number}.csv"] = Held(b"1,2", type="text/csv", links=link)
    sync.held["/files/readme.pdf"] = Held(b"%PDF", type="application/pdf")
    sync.held["/landing"] = Held(html(script(dataset(f"{sync.root}/landing", "A page"))).body, type="text/html")

    done = run(node, sync)

    assert ledger(node, done) == {sync.at_path("a"): Outcome.CREATED, f"{sync.root}/landing": Outcome.CREATED}
    assert titles(node) == ["A page", "Title a"]
    assert not sync.asked("/files"), "data are not fetched"
    said = [finding.message for finding in node.runs.findings(done.run) if finding.code == "harvest.no-dataset"]
    assert said == ["1 resources are no metadata and name none, so they are no records: 1 of application/pdf"]


def test_metadata_of_no_type_is_known_by_its_look(node: Node, sync: Sync) -> None:
    sync.held["/meta/a.xml"].type = ""
    sync.held["/meta/a.xml"].headers = {"Content-Type": "text/xml"}

    assert counts(run(node, sync)) == {Outcome.CREATED: 5}


def test_a_run_that_was_broken_off_is_finished_by_the_next(node: Node, sync: Sync) -> None:
    register(node, sync.url, "resourcesync")
    interrupt(node)

    done = run(node, sync)

    assert (done.run, done.status, done.listed) == (1, RunStatus.OK, 5), done.error
    assert sync.asked("/meta").count("/meta/a.xml") == 1, "what was kept is not asked for again"
    assert titles(node) == [f"Title {name}" for name in "abcde"]


# --- faults


@pytest.mark.parametrize("algorithm", ["md5", "sha-1", "sha-256", "sha-512", "md5 and sha-256", "unknown"])
def test_every_digest_of_the_specification_is_verified(node: Node, sync: Sync, algorithm: str) -> None:
    body = sync.held["/meta/a.xml"].body
    true = {
        name: f"{name}:{hashlib.new(name.replace('-', ''), body).hexdigest()}" for name in ("md5", "sha-1", "sha-256")
    }
    true["sha-512"] = f"sha-512:{hashlib.sha512(body).hexdigest().upper()}"
    true["md5 and sha-256"] = f"md5:0000 {true['sha-256']}"
    true["unknown"] = "crc:1234"
    sync.held["/meta/a.xml"].digest = true[algorithm]

    assert counts(run(node, sync)) == {Outcome.CREATED: 5}


def test_what_is_not_what_its_list_says_is_asked_for_again(node: Node, sync: Sync) -> None:
    whole = sync.held["/meta/a.xml"].body
    typed = {"Content-Type": "application/xml"}
    other = whole.replace(b"Title a", b"Title z")
    sync.faults["/meta/a.xml"] = [Answer(other, headers=typed), Answer(whole, headers=typed)]

    done = run(node, sync)

    assert (counts(done), done.retries) == ({Outcome.CREATED: 5}, 1)
    assert "Title a" in titles(node)


def test_what_never_is_what_its_list_says_is_damaged_and_its_last_version_stays(node: Node, sync: Sync) -> None:
    run(node, sync)
    sync.held["/meta/a.xml"] = dataclasses.replace(sync.held["/meta/a.xml"], digest=f"md5:{'0' * 32}")

    done = run(node, sync, window=Window())

    assert counts(done) == {Outcome.UNCHANGED: 4, Outcome.REJECTED: 1}
    assert "harvest.hash-mismatch" in codes(node, sync.at_path("a"))
    assert "Title a" in titles(node)


def test_a_digest_that_is_corrected_lets_the_same_bytes_in(node: Node, sync: Sync) -> None:
    sync.held["/meta/a.xml"].digest = "md5:0"
    first = run(node, sync)
    sync.held["/meta/a.xml"].digest = None

    second = run(node, sync, window=Window())

    assert counts(first) == {Outcome.CREATED: 4, Outcome.REJECTED: 1}
    assert counts(second) == {Outcome.CREATED: 1, Outcome.UNCHANGED: 4}


@pytest.mark.parametrize(
    ("answer", "outcome", "says"),
    [
        (Answer(b"", status=404), Outcome.REJECTED, "answered 404"),
        (Answer(b"", status=410), None, ""),
        (html("", title="Log in"), Outcome.REJECTED, "digest"),
    ],
    ids=["404", "410", "html"],
)
def test_a_document_that_fails_is_a_line_of_the_ledger(
    node: Node, sync: Sync, answer: Answer, outcome: Outcome | None, says: str
) -> None:
    sync.faults["/meta/a.xml"] = answer

    done = run(node, sync)

    assert done.status is RunStatus.OK and done.listed == 5
    assert ledger(node, done)[sync.at_path("a")] is (outcome or Outcome.DELETED)
    assert says in " ".join(finding.message for finding in findings(node, sync.at_path("a")))


def test_a_login_page_in_place_of_metadata_is_a_line_of_the_ledger(node: Node, sync: Sync) -> None:
    sync.held["/meta/a.xml"].digest = ""
    sync.faults["/meta/a.xml"] = html("", title="Log in")
    document = sync.faults["/meta/a.xml"]
    assert isinstance(document, Answer)
    sync.held["/meta/a.xml"].body = document.body

    done = run(node, sync)

    assert counts(done) == {Outcome.CREATED: 4, Outcome.REJECTED: 1}
    assert "harvest.not-described" in codes(node, sync.at_path("a"))


def test_a_document_that_cannot_be_had_for_now_fails_the_run_after_all_the_rest(node: Node, sync: Sync) -> None:
    sync.faults["/meta/a.xml"] = Answer(b"", status=500)

    done = run(node, sync)

    assert done.error is not None and done.error.code == "harvest.incomplete-list"
    assert counts(done) == {Outcome.CREATED: 4, Outcome.REJECTED: 1}


@pytest.mark.parametrize(
    "answer",
    [
        Answer(b"<?xml version='1.0'?><urlset><url><loc>http://x", headers=XML),
        Answer(b"", status=500),
        Answer(b"", status=404),
        html("", title="Log in"),
        Answer(gzip_bomb(200 * 2**20), headers={**XML, "Content-Encoding": "gzip"}),
        Answer(b'<!DOCTYPE a [<!ENTITY b "bbbbbbbb"><!ENTITY c "&b;&b;">]><urlset>&c;</urlset>', headers=XML),
    ],
    ids=["cut", "500", "404", "html", "gzip bomb", "entities"],
)
def test_a_list_that_is_not_known_whole_is_an_error_and_the_rest_is_kept(
    node: Node, sync: Sync, answer: Answer
) -> None:
    sync.per_list = 3
    sync.faults["/resources/1"] = answer

    done = run(node, sync)

    assert done.status is RunStatus.FAILED and done.error is not None
    assert done.error.code == "harvest.incomplete-list"
    assert counts(done) == {Outcome.CREATED: 3}


def test_a_list_in_a_circle_is_read_once(node: Node, sync: Sync) -> None:
    entries = "".join(f"<sitemap><loc>{sync.root}{path}</loc></sitemap>" for path in ("/resources.xml", "/r/1"))
    index = sync.document("resourcelist", entries, 'at="2026-01-01T00:00:00Z"', "sitemapindex")
    sync.faults["/resources.xml"] = sync.faults["/r/1"] = Answer(index.encode(), headers=XML)

    done = run(node, sync)

    assert done.status is RunStatus.OK and len(sync.asked("/r")) == 2


def test_lists_and_documents_on_other_hosts_are_not_asked_for(node: Node, sync: Sync) -> None:
    with Sync() as other:
        other.put("z", "Elsewhere")
        entries = "".join(
            f"<url><loc>{place}</loc></url>" for place in (sync.at_path("a"), other.at_path("z"), "urn:x:y")
        )
        body = sync.document("resourcelist", entries, 'at="2026-01-01T00:00:00Z"')
        sync.faults["/resources.xml"] = Answer(body.encode(), headers=XML)

        done = run(node, sync)

        assert counts(done) == {Outcome.CREATED: 1, Outcome.REJECTED: 2}
        assert other.seen == []


@pytest.mark.parametrize(
    ("body", "says"),
    [
        ('<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"/>', "none of ResourceSync"),
        ("<html><title>Welcome</title></html>", "HTML"),
    ],
)
def test_what_is_no_source_says_so(node: Node, sync: Sync, body: str, says: str) -> None:
    sync.faults["/.well-known/resourcesync"] = Answer(body.encode(), headers=XML)

    done = run(node, sync)

    assert done.error is not None and says in done.error.message


def test_a_source_that_offers_dumps_only_says_so(node: Node, sync: Sync) -> None:
    entry = f'<url><loc>{sync.root}/dump</loc><rs:md capability="resourcedump"/></url>'
    sync.faults["/capabilities.xml"] = Answer(sync.document("capabilitylist", entry).encode(), headers=XML)

    done = run(node, sync)

    assert done.error is not None and "only: resourcedump" in done.error.message
