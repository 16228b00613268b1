"""Sites harvested whole by their sitemaps, through the pipeline, from a real server that behaves well and badly."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from harvesters.asking import Patience
from harvesters.sitemap import SitemapHarvester
from node.model.oai import Checkpoint, Page, Window
from node.model.run import HarvestRun, Outcome, RunStatus
from node.model.source import Source
from node.node import Node
from tests.harvesting import codes, counts, door, findings, harvest, interrupt, ledger, open_test_node, register, titles
from tests.servers.scripted import Answer, gzip_bomb
from tests.servers.sitemap import XML, Site, datacite, dataset, html, script

HARVESTER = SitemapHarvester(patience=Patience(pause=0.001), page_size=2)
SIGNPOSTS = '<{0}/meta/a.xml>; rel="describedby"; type="application/vnd.datacite.datacite+xml"'


@pytest.fixture
def node(tmp_path: Path) -> Iterator[Node]:
    with open_test_node(tmp_path, HARVESTER) as opened:
        yield opened


@pytest.fixture
def site() -> Iterator[Site]:
    with Site() as running:
        yield running


def run(node: Node, site: Site, *, window: Window | None = None, **more: object) -> HarvestRun:
    return harvest(node, site.url, "sitemap", window=window, **more)


def read(site: Site, *, checkpoint: Checkpoint | None = None, harvester: SitemapHarvester = HARVESTER) -> list[Page]:
    source = Source(name="x", url=site.url, kind="sitemap", metadata_prefix=HARVESTER.metadata_prefix)
    return list(harvester.pages(source, door(), Window(), checkpoint or Checkpoint()))


# --- what is a record


def test_a_site_is_harvested_whole_and_again_unchanged(node: Node, site: Site) -> None:
    paths = [f"/data/{name}" for name in "abcde"]
    for path in paths:
        site.dataset(path, f"Title {path[-1]}")
    site.list(paths)

    first = run(node, site, window=Window())
    second = run(node, site, window=Window())

    assert (first.status, counts(first)) == (RunStatus.OK, {Outcome.CREATED: 5}), first.error
    assert (second.status, counts(second)) == (RunStatus.OK, {Outcome.UNCHANGED: 5})
    assert titles(node) == ["Title a", "Title b", "Title c", "Title d", "Title e"]
    assert set(ledger(node, first)) == {site.at(path) for path in paths}, "a record is known by its page's address"


def test_typed_links_to_metadata_come_before_what_a_page_embeds(node: Node, site: Site) -> None:
    site.pages["/meta/a.xml"] = datacite("From DataCite", "10.5072/a")
    header = {"Link": SIGNPOSTS.format(site.root)}
    site.pages["/data/a"] = html(script(dataset(site.at("/data/a"), "Embedded")), headers=header)
    element = '<link rel="describedby" type="application/vnd.datacite.datacite+xml" href="/meta/b.xml">'
    site.pages["/data/b"] = html(element)
    site.pages["/meta/b.xml"] = datacite("From a link element", "10.5072/b")
    site.list(["/data/a", "/data/b"])

    done = run(node, site)

    assert counts(done) == {Outcome.CREATED: 2}
    assert titles(node) == ["From DataCite", "From a link element"]


def test_a_source_may_prefer_what_pages_embed(node: Node, site: Site) -> None:
    site.pages["/meta/a.xml"] = datacite("From DataCite", "10.5072/a")
    header = {"Link": SIGNPOSTS.format(site.root)}
    site.pages["/data/a"] = html(script(dataset(site.at("/data/a"), "Embedded")), headers=header)
    site.list(["/data/a"])

    run(node, site, metadata_prefix="schema_org")

    assert titles(node) == ["Embedded"]


def test_a_link_set_says_what_the_page_does_not(node: Node, site: Site) -> None:
    site.pages["/data/a"] = html('<link rel="linkset" type="application/linkset+json" href="/links/a">')
    links = {
        "linkset": [
            {
                "anchor": site.at("/data/a"),
                "describedby": [{"href": site.at("/meta/a.ttl"), "type": "text/turtle"}],
                "type": [{"href": "https://schema.org/Dataset"}],
            }
        ]
    }
    site.pages["/links/a"] = Answer(json.dumps(links).encode(), headers={"Content-Type": "application/linkset+json"})
    turtle = (
        "@prefix dcat: <http://www.w3.org/ns/dcat#> . @prefix dct: <http://purl.org/dc/terms/> . "
        '<../data/a> a dcat:Dataset ; dct:title "In Turtle" .'
    )
    site.pages["/meta/a.ttl"] = Answer(turtle.encode(), headers={"Content-Type": "text/turtle"})
    site.list(["/data/a"])

    assert counts(run(node, site)) == {Outcome.CREATED: 1}
    assert titles(node) == ["In Turtle"]


def test_an_ro_crate_is_read_as_one_though_it_never_says_whose_terms_it_uses(node: Node, site: Site) -> None:
    def crate(title: str) -> dict[str, object]:
        descriptor = {"@id": "ro-crate-metadata.json", "@type": "CreativeWork", "about": {"@id": "./"}}
        root = {"@id": "./", "@type": "Dataset", "name": title}
        return {"@context": "https://w3id.org/ro/crate/1.1/context", "@graph": [descriptor, root]}

    site.pages["/data/a"] = html('<link rel="describedby" type="application/ld+json" href="/a/ro-crate-metadata.json">')
    site.pages["/a/ro-crate-metadata.json"] = Answer(
        json.dumps(crate("Linked")).encode(), headers={"Content-Type": "application/ld+json"}
    )
    site.pages["/data/b"] = html(script(crate("Embedded")))
    site.list(["/data/a", "/data/b"])

    done = run(node, site)

    assert (done.status, counts(done)) == (RunStatus.OK, {Outcome.CREATED: 2})
    assert titles(node) == ["Embedded", "Linked"]


def test_signposts_alone_are_the_last_resort(node: Node, site: Site) -> None:
    links = ", ".join(
        (
            '<https://schema.org/Dataset>; rel="type"',
            '<https://doi.org/10.5072/a>; rel="cite-as"',
            '<https://creativecommons.org/licenses/by/4.0/>; rel="license"',
        )
    )
    site.pages["/data/a"] = html(headers={"Link": links}, title="Named by its page")
    site.list(["/data/a"])

    assert counts(run(node, site)) == {Outcome.CREATED: 1}
    assert titles(node) == ["Named by its page"]


def test_pages_about_anything_else_are_no_records_and_are_said(node: Node, site: Site) -> None:
    site.dataset("/data/a", "Title a")
    site.pages["/about"] = html(script({"@context": "https://schema.org/", "@type": "Organization", "name": "Us"}))
    site.pages["/article"] = html(headers={"Link": '<https://schema.org/ScholarlyArticle>; rel="type"'})
    site.pages["/file.pdf"] = Answer(b"%PDF-1.7", headers={"Content-Type": "application/pdf"})
    site.list(["/about", "/article", "/data/a", "/file.pdf"])

    done = run(node, site)

    assert (done.status, counts(done)) == (RunStatus.OK, {Outcome.CREATED: 1})
    said = [finding.message for finding in node.runs.findings(done.run) if finding.code == "harvest.no-dataset"]
    assert sum(int(text.split()[0]) for text in said) == 3
    assert any("/article (ScholarlyArticle)" in text for text in said)


# --- sitemaps, indexes, robots.txt


def test_indexes_compressed_files_and_repeated_entries_are_one_list(node: Node, site: Site) -> None:
    for name in "abc":
        site.dataset(f"/data/{name}", f"Title {name}")
    site.list(["/data/a", "/data/b"], "/maps/1.xml.gz", compressed=True)
    site.pages["/maps/2.txt"] = Answer(f"{site.root}/data/b\n{site.root}/data/c\n".encode())
    site.index(["/maps/1.xml.gz", "/maps/2.txt", "/maps/1.xml.gz", "/sitemap.xml"])

    done = run(node, site)

    assert (done.status, counts(done)) == (RunStatus.OK, {Outcome.CREATED: 3})
    assert site.asked("/maps") == ["/maps/1.xml.gz", "/maps/2.txt"]


def test_robots_txt_names_the_sitemap_and_is_obeyed(node: Node, site: Site) -> None:
    site.pages["/robots.txt"] = Answer(
        f"User-agent: *\nDisallow: /private/\nSitemap: {site.root}/private/map.xml\n".encode()
    )
    site.dataset("/data/a", "Open")
    site.dataset("/private/b", "Not for machines")
    site.list(["/data/a", "/private/b"], "/private/map.xml")
    site.url = site.root

    done = run(node, site)

    assert counts(done) == {Outcome.CREATED: 1, Outcome.REJECTED: 1}
    assert "/private/b" not in site.asked()
    assert "robots.txt" in reasons(node, site.at("/private/b"))


def test_a_site_whose_rules_cannot_be_read_is_left_alone(node: Node, site: Site) -> None:
    site.pages["/robots.txt"] = Answer(b"", status=503)
    site.dataset("/data/a", "Title")
    site.list(["/data/a"])

    done = run(node, site)

    assert done.status is RunStatus.FAILED and site.asked() == []


def test_the_pause_that_robots_txt_asks_for_is_kept(site: Site) -> None:
    site.pages["/robots.txt"] = Answer(b"User-agent: *\nCrawl-delay: 7\n")
    site.dataset("/data/a", "Title")
    site.list(["/data/a"])
    slept: list[float] = []

    read(site, harvester=SitemapHarvester(patience=Patience(sleep=slept.append)))

    assert slept == [7.0, 7.0]


# --- what changed, and what vanished


def test_an_increment_reads_what_changed_since_and_what_has_no_date(node: Node, site: Site) -> None:
    for name in "abc":
        site.dataset(f"/data/{name}", f"Title {name}")
    site.list({"/data/a": "2020-01-01", "/data/b": "2020-01-01T00:00:00Z", "/data/c": ""})
    run(node, site)
    site.dataset("/data/b", "Title b, corrected")
    site.list({"/data/a": "2020-01-01", "/data/b": "2199-01-01T00:00:00+02:00", "/data/c": ""})
    site.seen.clear()

    done = run(node, site)

    assert done.window.from_ is not None
    assert counts(done) == {Outcome.UPDATED: 1, Outcome.UNCHANGED: 1}
    assert site.asked("/data") == ["/data/b", "/data/c"]
    assert titles(node) == ["Title a", "Title b, corrected", "Title c"]


def test_a_part_of_an_index_that_did_not_change_is_not_read_again(node: Node, site: Site) -> None:
    for name in "ab":
        site.dataset(f"/data/{name}", f"Title {name}")
        site.list({f"/data/{name}": ""}, f"/maps/{name}.xml")
    site.index({"/maps/a.xml": "2020-01-01", "/maps/b.xml": ""})
    run(node, site)
    site.seen.clear()

    assert counts(run(node, site)) == {Outcome.UNCHANGED: 1}
    assert site.asked("/maps") == ["/maps/b.xml"]


def test_a_page_that_is_listed_no_more_is_deleted_after_two_complete_lists(node: Node, site: Site) -> None:
    for name in "abcde":
        site.dataset(f"/data/{name}", f"Title {name}")
    site.list([f"/data/{name}" for name in "abcde"])
    run(node, site)
    site.list([f"/data/{name}" for name in "abcd"])

    once, twice = run(node, site, window=Window()), run(node, site, window=Window())

    assert (once.absent, once.reconciled) == (1, 0)
    assert twice.reconciled == 1
    assert titles(node) == ["Title a", "Title b", "Title c", "Title d"]


def test_a_page_that_is_gone_is_deleted_and_one_not_found_keeps_its_last_version(node: Node, site: Site) -> None:
    for name in "abc":
        site.dataset(f"/data/{name}", f"Title {name}")
    site.list(["/data/a", "/data/b", "/data/c"])
    run(node, site)
    site.pages["/data/a"] = Answer(b"", status=410)
    site.pages["/data/b"] = Answer(b"", status=404)

    done = run(node, site, window=Window())

    assert (done.status, counts(done)) == (
        RunStatus.OK,
        {Outcome.DELETED: 1, Outcome.REJECTED: 1, Outcome.UNCHANGED: 1},
    )
    assert titles(node) == ["Title b", "Title c"]
    assert "answered 404" in reasons(node, site.at("/data/b"))


def test_a_harvest_goes_on_behind_the_last_page_kept(site: Site) -> None:
    for name in "abcde":
        site.dataset(f"/data/{name}", f"Title {name}")
    site.list([f"/data/{name}" for name in "abcde"])
    whole = read(site)
    site.seen.clear()

    rest = read(site, checkpoint=whole[0].checkpoint)

    assert site.asked("/data") == ["/data/c", "/data/d", "/data/e"]
    assert rest[-1].checkpoint == whole[-1].checkpoint
    assert rest[-1].checkpoint.done and rest[-1].checkpoint.listed == 5


def test_a_run_that_was_broken_off_is_finished_by_the_next(node: Node, site: Site) -> None:
    for name in "abcde":
        site.dataset(f"/data/{name}", f"Title {name}")
    site.list([f"/data/{name}" for name in "abcde"])
    register(node, site.url, "sitemap")
    interrupt(node)

    done = run(node, site)

    assert (done.run, done.status, done.listed) == (1, RunStatus.OK, 5), done.error
    assert site.asked("/data").count("/data/a") == 1, "what was kept is not asked for again"
    assert titles(node) == [f"Title {name}" for name in "abcde"]


# --- faults


@pytest.mark.parametrize(
    "answer",
    [
        Answer(b"<?xml version='1.0'?><urlset><url><loc>http://x", headers=XML),
        Answer(b"", status=500),
        Answer(b"", status=404),
        Answer(b"", headers=XML),
        Answer(b"<urlset/>", headers=XML, length=500),
        html("", title="Log in"),
        Answer(b"<feed xmlns='http://www.w3.org/2005/Atom'/>", headers=XML),
        Answer(gzip.compress(b"<urlset/>" * 500)[:-20], headers={"Content-Type": "application/x-gzip"}),
        Answer(gzip_bomb(200 * 2**20), headers={"Content-Type": "application/x-gzip"}),
        Answer(b'<!DOCTYPE a [<!ENTITY b "bbbbbbbb"><!ENTITY c "&b;&b;">]><urlset>&c;</urlset>', headers=XML),
    ],
    ids=["cut", "500", "404", "empty", "short body", "html", "feed", "cut gzip", "gzip bomb", "entities"],
)
def test_a_list_that_is_not_known_whole_is_an_error_and_the_rest_is_kept(
    node: Node, site: Site, answer: Answer
) -> None:
    site.dataset("/data/a", "Title a")
    site.list(["/data/a"], "/maps/1.xml")
    site.pages["/maps/2.xml"] = answer
    site.index(["/maps/1.xml", "/maps/2.xml"])

    done = run(node, site)

    assert done.status is RunStatus.FAILED and done.error is not None
    assert done.error.code == "harvest.incomplete-list" and "/maps/2.xml" in done.error.message
    assert counts(done) == {Outcome.CREATED: 1}
    assert node.sources.get("x").source.next_from is None, "the next run lists everything"


def test_a_sitemap_that_comes_cut_short_is_asked_for_again(node: Node, site: Site) -> None:
    site.dataset("/data/a", "Title a")
    site.list(["/data/a"])
    whole = site.pages["/sitemap.xml"]
    assert isinstance(whole, Answer)
    site.pages["/sitemap.xml"] = [Answer(whole.body[:-30], headers=XML), whole]

    done = run(node, site)

    assert (done.status, counts(done), done.retries) == (RunStatus.OK, {Outcome.CREATED: 1}, 1)


def test_a_page_that_cannot_be_had_for_now_fails_the_run_after_all_the_rest(node: Node, site: Site) -> None:
    for name in "abc":
        site.dataset(f"/data/{name}", f"Title {name}")
    site.pages["/data/a"] = Answer(b"", status=500)
    site.list(["/data/a", "/data/b", "/data/c"])

    done = run(node, site)
    site.dataset("/data/a", "Title a")
    again = run(node, site)

    assert done.status is RunStatus.FAILED and done.error is not None
    assert done.error.code == "harvest.incomplete-list"
    assert counts(done) == {Outcome.CREATED: 2, Outcome.REJECTED: 1}
    assert (again.status, counts(again)) == (RunStatus.OK, {Outcome.CREATED: 1, Outcome.UNCHANGED: 2})


def test_a_site_that_went_down_is_not_asked_for_every_page(node: Node, site: Site) -> None:
    site.list([f"/data/{number:03}" for number in range(100)])
    for number in range(100):
        site.pages[f"/data/{number:03}"] = Answer(b"", status=503)

    done = run(node, site)

    assert done.status is RunStatus.FAILED
    assert len(site.asked("/data")) == 10


@pytest.mark.parametrize(
    ("page", "code", "says"),
    [
        (html(script('{"@type": "Dataset", "name": "x",}')), "harvest.record-damaged", "cannot be read"),
        (html("<link rel=describedby href=/x>" * 6000), "harvest.record-damaged", "links"),
        (
            html('<link rel="describedby" type="text/turtle" href="http://other.example/a">'),
            "harvest.not-described",
            "",
        ),
        (html('<link rel="describedby" type="text/turtle" href="/nowhere">'), "harvest.metadata-link", "404"),
        (Answer(b"", status=403), "harvest.not-described", "answered 403"),
        (html('<link rel="describedby" type="application/xml" href="/bomb.xml">'), "harvest.metadata-link", "DOCTYPE"),
        (Answer(gzip_bomb(200 * 2**20), headers={"Content-Encoding": "gzip"}), "harvest.record-damaged", "inflates"),
        (Answer(b"", status=302, headers={"Location": "http://10.0.0.1/"}), "harvest.not-described", "10.0.0.1"),
    ],
    ids=[
        "broken json",
        "too many links",
        "metadata elsewhere",
        "metadata missing",
        "forbidden",
        "entities",
        "gzip bomb",
        "into a private network",
    ],
)
def test_a_page_that_fails_is_a_line_of_the_ledger(node: Node, site: Site, page: Answer, code: str, says: str) -> None:
    site.dataset("/data/b", "Title b")
    site.pages["/data/a"] = page
    site.pages["/bomb.xml"] = Answer(b'<!DOCTYPE a [<!ENTITY b "bb"><!ENTITY c "&b;&b;">]><a>&c;</a>', headers=XML)
    site.list(["/data/a", "/data/b"])

    done = run(node, site)

    assert done.status is RunStatus.OK
    assert ledger(node, done) == {site.at("/data/a"): Outcome.REJECTED, site.at("/data/b"): Outcome.CREATED}
    assert code in codes(node, site.at("/data/a"))
    assert says in reasons(node, site.at("/data/a"))


def test_a_header_of_a_thousand_links_is_read_and_one_beyond_all_bounds_refused(node: Node, site: Site) -> None:
    links = ", ".join(f'<{site.root}/item/{number}>; rel="item"' for number in range(700))
    many = f'{links}, {SIGNPOSTS.format(site.root)}, <https://schema.org/Dataset>; rel="type"'
    site.pages["/data/a"] = html(headers={"Link": many})
    site.pages["/meta/a.xml"] = datacite("Title a", "10.5072/a")
    site.pages["/data/b"] = html(headers={"Link": f'<{"x" * 200_000}>; rel="item"'})
    site.list(["/data/a", "/data/b"])

    done = run(node, site)

    assert done.status is RunStatus.FAILED
    assert counts(done) == {Outcome.CREATED: 1, Outcome.REJECTED: 1}


def test_pages_on_other_hosts_are_rejected_and_never_asked_for(node: Node, site: Site) -> None:
    with Site() as other:
        other.dataset("/data/b", "Elsewhere")
        site.dataset("/data/a", "Title a")
        site.list(["/data/a", other.at("/data/b"), "javascript:alert(1)", "ftp://x.example/y"])

        done = run(node, site)

        assert counts(done) == {Outcome.CREATED: 1, Outcome.REJECTED: 3}
        assert other.seen == []
        assert "another host" in reasons(node, other.at("/data/b"))


def test_a_sitemap_that_lives_elsewhere_is_a_part_that_is_missing(node: Node, site: Site) -> None:
    with Site() as other:
        site.dataset("/data/a", "Title a")
        site.list(["/data/a"], "/maps/1.xml")
        other.list(["/data/b"], "/maps/2.xml")
        site.index(["/maps/1.xml", other.at("/maps/2.xml")])

        done = run(node, site)

        assert done.status is RunStatus.FAILED and counts(done) == {Outcome.CREATED: 1}
        assert other.seen == []


def test_metadata_that_comes_cut_short_is_asked_for_again(node: Node, site: Site) -> None:
    site.pages["/data/a"] = html(headers={"Link": SIGNPOSTS.format(site.root)})
    whole = datacite("Title a", "10.5072/a")
    site.pages["/meta/a.xml"] = [Answer(whole.body[:-40], headers=whole.headers), whole]
    site.list(["/data/a"])

    done = run(node, site)

    assert (counts(done), done.retries) == ({Outcome.CREATED: 1}, 1)


def test_the_preflight_learns_what_the_site_says_of_itself(site: Site) -> None:
    site.list({"/data/a": "2024-05-01", "/data/b": ""})
    source = Source(name="x", url=site.url, kind="sitemap")

    said = HARVESTER.describe(source, door())

    assert (said.records, said.earliest, said.deletions) == (2, "2024-05-01", "no")


def reasons(node: Node, identifier: str) -> str:
    return " | ".join(finding.message for finding in findings(node, identifier))
