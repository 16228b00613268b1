"""The CSW harvester: against pycsw, in both versions, and against a catalogue that misbehaves."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from harvesters.asking import Patience
from harvesters.csw import CswHarvester
from node.errors import HarvestError, HttpStatus, ListIncomplete, SyntaxRefused
from node.harvest.fetch import HttpFetch
from node.model.oai import Checkpoint, Page, Window
from node.model.run import Outcome, RunStatus
from node.model.source import Source
from node.settings import FetchSettings
from tests.harvesting import node_of, run_source, visible
from tests.servers.csw import CSW, GMD, CswCatalogue, exception, listing, record, xml
from tests.servers.pycsw import Pycsw, csw_record, iso_record, pycsw
from tests.servers.scripted import Answer, Seen


def door() -> HttpFetch:
    return HttpFetch(FetchSettings(allow_networks=("127.0.0.0/8",), backoff=0.01, retries=0, timeout=20))


def source(url: str, **more: Any) -> Source:
    return Source(name="catalogue", kind="csw", url=url, **more)


def pages(
    url: str, window: Window | None = None, checkpoint: Checkpoint | None = None, *, rows: int = 4, **more: Any
) -> list[Page]:
    harvester = CswHarvester(rows=rows, patience=Patience(sleep=lambda _: None))
    return list(harvester.pages(source(url, **more), door(), window or Window(), checkpoint or Checkpoint()))


def names(found: list[Page]) -> list[str]:
    return [one.header.identifier for page in found for one in page.records]


def prefixes(found: list[Page]) -> set[str]:
    return {one.metadata_prefix for page in found for one in page.records}


def codes(found: list[Page]) -> set[str]:
    return {finding.code for page in found for finding in page.findings}


# --- pycsw


@pytest.fixture
def peer(tmp_path: Path) -> Iterator[Pycsw]:
    folder = tmp_path / "pycsw"
    folder.mkdir()
    with pycsw(folder) as catalogue:
        catalogue.insert(*(iso_record(f"iso-{n:02}", f"Series {n}", f"2026-01-{n + 1:02}") for n in range(14)))
        catalogue.insert(*(csw_record(f"rec-{n:02}", f"Record {n}", "2026-02-01") for n in range(5)))
        catalogue.insert(iso_record("service", "A map service", "2026-02-01", service=True))
        yield catalogue


EVERYTHING = sorted([*(f"iso-{n:02}" for n in range(14)), *(f"rec-{n:02}" for n in range(5)), "service"])


@pytest.mark.parametrize(("version", "namespace"), [("2.0.2", CSW), ("3.0.0", "http://www.opengis.net/cat/csw/3.0")])
def test_pycsw_is_harvested_whole_in_each_of_its_versions_and_formats(
    peer: Pycsw, tmp_path: Path, version: str, namespace: str
) -> None:
    url = f"{peer.url}?service=CSW&version={version}&request=GetCapabilities"

    plain, dublin_core = pages(url, rows=50), pages(url, rows=50, metadata_prefix="csw_record")

    assert names(plain) == names(dublin_core) == EVERYTHING
    assert (prefixes(plain), prefixes(dublin_core)) == ({"iso19139"}, {"csw_record"})
    assert dublin_core[0].metadata_namespace == namespace
    assert codes(plain) == codes(dublin_core) == set()
    assert plain[-1].checkpoint.done


@pytest.mark.parametrize("version", ["2.0.2", "3.0.0"])
def test_a_node_follows_pycsw_as_it_changes(peer: Pycsw, tmp_path: Path, version: str) -> None:
    with node_of(tmp_path, source(f"{peer.url}?version={version}")) as node:
        first = run_source(node, "catalogue")
        before, _ = visible(node)

        peer.update(iso_record("iso-03", "Series 3, corrected", "2099-01-01"))
        peer.insert(iso_record("iso-50", "A new series", "2099-01-01"))
        peer.delete("iso-05")
        second = run_source(node, "catalogue")

        whole = [run_source(node, "catalogue", Window()) for _ in range(2)]
        live, deleted = visible(node)

    assert (first.status, first.listed, first.counts[Outcome.CREATED]) == (RunStatus.OK, 20, 20)
    assert sorted(before) == EVERYTHING
    assert (before["iso-03"], before["rec-01"], before["service"]) == ("Series 3", "Record 1", "A map service")
    assert (second.status, second.listed) == (RunStatus.OK, 2)
    assert (second.counts[Outcome.UPDATED], second.counts[Outcome.CREATED]) == (1, 1)
    assert [(run.status, run.listed, run.absent, run.reconciled) for run in whole] == [
        (RunStatus.OK, 20, 1, 0),
        (RunStatus.OK, 20, 1, 1),
    ]
    assert sorted(live) == sorted({*EVERYTHING, "iso-50"} - {"iso-05"})
    assert (live["iso-03"], deleted) == ("Series 3, corrected", {"iso-05"})


def test_records_withdrawn_from_pycsw_while_it_is_read_make_no_other_vanish(peer: Pycsw) -> None:
    harvester = CswHarvester(rows=5)
    found: list[Page] = []
    for page in harvester.pages(source(peer.url), door(), Window(), Checkpoint()):
        found.append(page)
        if len(found) == 2:
            for name in ("iso-00", "iso-01", "iso-02", "iso-03"):
                peer.delete(name)

    assert names(found) == EVERYTHING
    assert codes(found) == {"harvest.list-changed"}


def test_pycsw_describes_itself(peer: Pycsw) -> None:
    described = CswHarvester().describe(source(peer.url), door())

    assert (described.name, described.protocol) == ("Catalogue of a water institute", "CSW 2.0.2")
    assert (described.records, described.contacts) == (20, ("catalogue@water.example.org",))
    assert {"iso19139", "csw_record"} <= {one.prefix for one in described.formats}


# --- a catalogue that misbehaves


@pytest.fixture
def catalogue() -> Iterator[CswCatalogue]:
    with CswCatalogue(10) as made:
        yield made


def everything(count: int = 10) -> list[str]:
    return [f"iso-{number:03}" for number in range(count)]


def test_a_catalogue_is_read_to_its_end(catalogue: CswCatalogue) -> None:
    found = pages(catalogue.url)

    assert names(found) == everything()
    assert [seen.get("startPosition") for seen in catalogue.lists] == ["1", "4", "7", "10"]
    first = catalogue.lists[0]
    assert (first.get("outputSchema"), first.get("elementSetName"), first.get("map")) == (GMD, "full", "x")
    assert found[0].response_date == "2026-05-01T10:00:00Z"


@pytest.mark.parametrize("kept", [1, 2, 3])
def test_a_run_goes_on_from_its_checkpoint(catalogue: CswCatalogue, kept: int) -> None:
    before = pages(catalogue.url)[:kept]

    after = pages(catalogue.url, checkpoint=before[-1].checkpoint)

    assert names(before) + names(after) == everything()


@pytest.mark.parametrize("page_size", [1, 3])
def test_a_catalogue_that_gives_fewer_records_than_asked_for_is_read_whole(
    catalogue: CswCatalogue, page_size: int
) -> None:
    catalogue.page_size = page_size

    assert names(pages(catalogue.url, rows=50)) == everything()


def test_a_window_goes_by_days(catalogue: CswCatalogue) -> None:
    dates = ["2026-01-31", "2026-02-01", "2026-02-01T11:00:00", "2026-02-02"]
    catalogue.records = [record(number, date) for number, date in enumerate(dates)]

    found = pages(catalogue.url, Window(from_="2026-02-01T10:00:00Z", until="2026-02-01"))

    assert names(found) == everything()[1:3]


def test_a_catalogue_that_cannot_list_by_date_is_listed_whole_and_it_is_said(catalogue: CswCatalogue) -> None:
    catalogue.refuses = frozenset({"constraint"})

    found = pages(catalogue.url, Window(from_="2026-02-01"))

    assert names(found) == everything()
    assert codes(found) == {"harvest.window-ignored"}


def test_a_catalogue_that_cannot_sort_is_read_in_its_own_order(catalogue: CswCatalogue) -> None:
    catalogue.refuses = frozenset({"sortBy"})
    catalogue.records.reverse()

    assert set(names(pages(catalogue.url))) == set(everything())
    assert [seen.get("sortBy") for seen in catalogue.lists][:3] == ["dc:identifier:A", None, None]


def test_a_catalogue_whose_type_name_is_of_iso_is_asked_by_that(catalogue: CswCatalogue) -> None:
    def fault(seen: Seen) -> Answer | None:
        is_csw = seen.get("typeNames") == "csw:Record"
        return exception("InvalidParameterValue", "unknown type", status=400) if is_csw else None

    catalogue.fault = fault

    assert names(pages(catalogue.url)) == everything()


def test_the_source_says_which_output_schema_is_wanted(catalogue: CswCatalogue) -> None:
    pages(catalogue.url, metadata_prefix="csw_record")

    assert catalogue.lists[0].get("outputSchema") == CSW


def test_an_output_schema_that_is_not_offered_is_an_error(catalogue: CswCatalogue) -> None:
    with pytest.raises(HarvestError, match="does not offer dcat"):
        pages(catalogue.url, metadata_prefix="dcat")


def test_an_address_at_another_host_in_the_capabilities_is_not_believed(catalogue: CswCatalogue) -> None:
    catalogue.href = "http://internal.example.org:8080/csw"

    assert names(pages(catalogue.url)) == everything()


def test_get_that_is_not_announced_is_tried_and_said(catalogue: CswCatalogue) -> None:
    catalogue.href = ""

    found = pages(catalogue.url)

    assert names(found) == everything()
    assert codes(found) == {"harvest.binding-unannounced"}


@pytest.mark.parametrize(
    "misstate",
    [
        lambda body: body.replace('nextRecord="5"', 'nextRecord="0"'),
        lambda body: body.replace('nextRecord="0"', 'nextRecord="11"'),
        lambda body: body.replace('numberOfRecordsReturned="4"', 'numberOfRecordsReturned="10"'),
        lambda body: body.replace('numberOfRecordsMatched="10"', 'numberOfRecordsMatched="4"'),
        lambda body: body.replace('numberOfRecordsMatched="10"', ""),
    ],
)
def test_numbers_that_contradict_each_other_end_nothing_and_are_said(catalogue: CswCatalogue, misstate: Any) -> None:
    catalogue.fault = lambda seen: xml(misstate(catalogue.results(seen))) if seen in catalogue.lists else None

    found = pages(catalogue.url)

    assert names(found) == everything()
    assert codes(found) == {"harvest.counts-wrong"}


def test_a_catalogue_that_claims_more_than_it_gives_is_an_error(catalogue: CswCatalogue) -> None:
    def fault(seen: Seen) -> Answer | None:
        return xml(catalogue.results(seen).replace('="10"', '="11"')) if seen in catalogue.lists else None

    catalogue.fault = fault

    with pytest.raises(ListIncomplete, match="10 records came of 11"):
        pages(catalogue.url)


@pytest.mark.parametrize("status", [200, 400, 500])
def test_an_exception_is_an_error_in_the_words_of_the_catalogue(catalogue: CswCatalogue, status: int) -> None:
    catalogue.fault = lambda seen: exception("NoApplicableCode", "the index is rebuilt", status)

    with pytest.raises(HarvestError, match="NoApplicableCode: the index is rebuilt"):
        pages(catalogue.url)


def test_an_exception_in_the_middle_is_no_end(catalogue: CswCatalogue) -> None:
    catalogue.fault = lambda seen: exception("X", "too deep") if seen.get("startPosition") == "7" else None

    with pytest.raises(HarvestError, match="too deep"):
        pages(catalogue.url)


def test_a_record_that_breaks_the_catalogue_down_in_large_pages_only_is_had_in_small_ones(
    catalogue: CswCatalogue,
) -> None:
    catalogue.fault = lambda seen: Answer(status=500) if int(seen.get("maxRecords") or 0) > 3 else None

    assert names(pages(catalogue.url, rows=50)) == everything()


def test_a_truncated_answer_is_asked_for_again(catalogue: CswCatalogue) -> None:
    def fault(seen: Seen) -> Answer | None:
        return Answer(body=xml(catalogue.results(seen)).body[:-200]) if len(catalogue.lists) == 2 else None

    catalogue.fault = fault

    assert names(pages(catalogue.url)) == everything()


def test_an_answer_that_is_always_truncated_is_an_error_never_a_short_list(catalogue: CswCatalogue) -> None:
    catalogue.fault = lambda seen: Answer(body=xml(catalogue.results(seen)).body[:-200]) if catalogue.lists else None

    with pytest.raises(SyntaxRefused):
        pages(catalogue.url)


def test_an_answer_that_is_not_well_formed_is_mended_and_said(catalogue: CswCatalogue) -> None:
    catalogue.records[2] = record(2, title="Lakes & rivers")
    catalogue.fault = lambda seen: (
        xml(catalogue.results(seen).replace("&amp;", "&")) if seen in catalogue.lists else None
    )

    found = pages(catalogue.url)

    assert names(found) == everything()
    assert codes(found) == {"harvest.repaired"}


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (b"<!DOCTYPE html><html><head><title>Welcome</title></head></html>", "an HTML page titled “Welcome”"),
        (b'<WMS_Capabilities xmlns="http://www.opengis.net/wms" version="1.3.0"/>', "WMS_Capabilities document"),
        (f'<Capabilities xmlns="{CSW}" version="2.0.0"/>'.encode(), "speaks CSW “2.0.0”"),
    ],
)
def test_what_is_no_catalogue_is_an_error(catalogue: CswCatalogue, body: bytes, message: str) -> None:
    catalogue.fault = lambda seen: Answer(body=body)

    with pytest.raises(HarvestError, match=message):
        pages(catalogue.url)


def test_a_catalogue_that_wants_a_login_is_an_error(catalogue: CswCatalogue) -> None:
    catalogue.fault = lambda seen: Answer(status=401, body=b"<html><title>Login</title></html>")

    with pytest.raises(HttpStatus):
        pages(catalogue.url)


def test_records_of_other_kinds_are_told_apart(catalogue: CswCatalogue) -> None:
    elements = [
        iso_record("a", "A", "2026-01-01"),
        '<mdb:MD_Metadata xmlns:mdb="http://standards.iso.org/iso/19115/-3/mdb/2.0" '
        'xmlns:mcc="http://standards.iso.org/iso/19115/-3/mcc/1.0" xmlns:cit="http://x" xmlns:gco="http://y">'
        "<mdb:metadataIdentifier><mcc:MD_Identifier><mcc:code><gco:CharacterString>b</gco:CharacterString></mcc:code>"
        "</mcc:MD_Identifier></mdb:metadataIdentifier><mdb:dateInfo><cit:CI_Date><cit:date>"
        "<gco:DateTime>2025-01-01</gco:DateTime></cit:date></cit:CI_Date></mdb:dateInfo><mdb:dateInfo><cit:CI_Date>"
        "<cit:date><gco:DateTime>2026-01-02</gco:DateTime></cit:date></cit:CI_Date></mdb:dateInfo></mdb:MD_Metadata>",
        f'<csw:BriefRecord xmlns:csw="{CSW}" xmlns:dc="http://purl.org/dc/elements/1.1/"><dc:identifier>c'
        "</dc:identifier></csw:BriefRecord>",
        '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns:dcat="http://www.w3.org/ns/dcat#">'
        '<dcat:Dataset rdf:about="https://example.org/d"/></rdf:RDF>',
    ]

    def fault(seen: Seen) -> Answer | None:
        start = int(seen.get("startPosition") or 1) - 1
        return xml(listing(elements[start:], 4, 0)) if seen in catalogue.lists else None

    catalogue.fault = fault

    records = {one.header.identifier: one for page in pages(catalogue.url, rows=50) for one in page.records}

    assert {name: (one.metadata_prefix, one.header.datestamp) for name, one in records.items()} == {
        "a": ("iso19139", "2026-01-01"),
        "b": ("iso19115-3", "2026-01-02"),
        "c": ("csw_record", ""),
        "https://example.org/d": ("dcat", ""),
    }
    assert records["https://example.org/d"].media_type == "application/rdf+xml"
    assert [finding.code for finding in records["c"].findings] == ["harvest.record-partial"]


def test_a_list_that_is_cut_short_fails_in_the_node_and_deletes_nothing(
    catalogue: CswCatalogue, tmp_path: Path
) -> None:
    with node_of(tmp_path, source(catalogue.url)) as node:
        run_source(node, "catalogue")
        catalogue.records.pop()
        catalogue.fault = lambda seen: (
            xml(catalogue.results(seen).replace('Matched="9"', 'Matched="10"')) if seen in catalogue.lists else None
        )
        runs = [run_source(node, "catalogue", Window()) for _ in range(2)]
        live, deleted = visible(node)

    assert [(run.status, run.error and run.error.code) for run in runs] == [
        (RunStatus.FAILED, "harvest.incomplete-list")
    ] * 2
    assert (len(live), deleted) == (10, set())


def test_a_run_that_was_stopped_goes_on_where_it_was(tmp_path: Path) -> None:
    class Stopped(BaseException):
        pass

    def stop(page: Page, done: int) -> None:
        if done >= 100:
            raise Stopped

    with CswCatalogue(220) as catalogue, node_of(tmp_path, source(catalogue.url)) as node:
        with pytest.raises(Stopped):
            run_source(node, "catalogue", progress=stop)
        asked = len(catalogue.lists)
        run = run_source(node, "catalogue")
        live, _ = visible(node)
        again = [int(seen.get("startPosition") or 1) for seen in catalogue.lists[asked:]]

    assert (run.status, run.listed, run.counts[Outcome.CREATED]) == (RunStatus.OK, 220, 220)
    assert len(live) == 220
    assert again[0] >= 90, "what was kept is not asked for again"
