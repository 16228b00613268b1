"""The harvester of OGC API - Records, against APIs whose pages go by offset and by cursor, faults included."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from harvesters.asking import Patience
from harvesters.ogc_records import OgcRecordsHarvester
from node.errors import CircularList, HarvestError, HttpStatus, ListIncomplete, SyntaxRefused
from node.harvest.fetch import HttpFetch
from node.model.oai import Checkpoint, Page, Window
from node.model.run import Outcome, RunStatus
from node.model.source import Source
from node.settings import FetchSettings
from tests.harvesting import node_of, run_source, visible
from tests.servers.ogc_api import Feature, OgcApi, feature, reply
from tests.servers.scripted import Answer, Seen


def door() -> HttpFetch:
    return HttpFetch(FetchSettings(allow_networks=("127.0.0.0/8",), backoff=0.01, retries=0, timeout=5))


def source(url: str, **more: Any) -> Source:
    return Source(name="records", kind="ogc-records", url=url, **more)


def pages(
    url: str, window: Window | None = None, checkpoint: Checkpoint | None = None, *, rows: int = 4, **more: Any
) -> list[Page]:
    harvester = OgcRecordsHarvester(rows=rows, patience=Patience(sleep=lambda _: None))
    return list(harvester.pages(source(url, **more), door(), window or Window(), checkpoint or Checkpoint()))


def names(found: list[Page]) -> list[str]:
    return [one.header.identifier for page in found for one in page.records]


def codes(found: list[Page]) -> set[str]:
    return {finding.code for page in found for finding in page.findings}


def listed(count: int) -> list[Feature]:
    return [feature(f"{number:03}") for number in range(count)]


def everything(count: int = 10, collection: str = "main/") -> list[str]:
    return [f"{collection}{number:03}" for number in range(count)]


@pytest.fixture(params=[False, True], ids=["offsets", "cursors"])
def api(request: pytest.FixtureRequest) -> Iterator[OgcApi]:
    with OgcApi({"main": listed(10)}) as made:
        made.cursors = request.param
        yield made


@pytest.fixture
def offsets() -> Iterator[OgcApi]:
    with OgcApi({"main": listed(10)}) as made:
        yield made


@pytest.fixture
def cursors() -> Iterator[OgcApi]:
    with OgcApi({"main": listed(10)}) as made:
        made.cursors = True
        yield made


# --- the whole list


def test_an_api_is_read_to_its_end(api: OgcApi) -> None:
    found = pages(api.url)

    assert names(found) == everything()
    assert found[-1].checkpoint.done
    assert (found[0].complete_list_size, found[0].response_date) == (10, "2026-05-01T10:00:00Z")
    assert codes(found) == set()


def test_pages_named_by_an_offset_are_asked_for_with_a_row_of_overlap(offsets: OgcApi) -> None:
    pages(offsets.url)

    assert [seen.get("offset") for seen in offsets.lists] == [None, "3", "6", "9"]


def test_pages_named_by_a_cursor_are_followed_by_their_links(cursors: OgcApi) -> None:
    pages(cursors.url)

    assert [seen.get("cursor") for seen in cursors.lists] == [None, "003", "007"]


@pytest.mark.parametrize("page_size", [1, 3])
def test_an_api_that_gives_fewer_records_than_asked_for_is_read_whole(api: OgcApi, page_size: int) -> None:
    api.page_size = page_size

    assert names(pages(api.url)) == everything()


def test_an_api_that_does_not_count_is_read_to_its_end(api: OgcApi) -> None:
    api.counts = False

    assert names(pages(api.url)) == everything()


@pytest.mark.parametrize("tail", ["/collections/main", "/collections/main/items", "/collections/main/items?limit=3"])
def test_the_address_of_a_collection_is_a_source_by_itself(api: OgcApi, tail: str) -> None:
    api.collections["other"] = listed(3)

    found = pages(api.url + tail)

    assert names(found) == everything(collection="")
    assert found[0].records[0].header.set_specs == ("main",)


def test_records_of_several_collections_that_have_one_id_are_told_apart(api: OgcApi) -> None:
    api.collections = {"a": listed(6), "b": listed(5), "empty": []}

    found = pages(api.url)

    assert names(found) == everything(6, "a/") + everything(5, "b/")
    assert [page.checkpoint.done for page in found][-2:] == [False, True]


def test_the_source_names_the_collections_it_wants(api: OgcApi) -> None:
    api.collections = {"a": listed(2), "b": listed(2), "c": listed(2)}

    assert names(pages(api.url, set_specs=("c", "a"))) == everything(2, "a/") + everything(2, "c/")
    with pytest.raises(HarvestError, match="there is no collection nope"):
        pages(api.url, set_specs=("a", "nope"))


def test_collections_of_other_things_than_records_are_left_alone(api: OgcApi) -> None:
    api.item_type = "feature"

    with pytest.raises(HarvestError, match="none of the 1 collections holds records"):
        pages(api.url)


def test_a_record_holds_the_feature_as_it_came(api: OgcApi) -> None:
    (record, *_) = pages(api.url)[0].records

    assert json.loads(record.metadata or b"") == api.collections["main"][0]
    assert (record.media_type, record.metadata_prefix) == ("application/json", "ogc_record")
    assert record.header.datestamp == "2026-01-01T00:00:00Z"


@pytest.mark.parametrize("kept", range(1, 7))
def test_a_run_goes_on_from_its_checkpoint(api: OgcApi, kept: int) -> None:
    api.collections = {"a": listed(7), "b": listed(6)}
    before = pages(api.url)[:kept]

    after = pages(api.url, checkpoint=before[-1].checkpoint)

    assert names(before) + names(after) == everything(7, "a/") + everything(6, "b/")
    assert after == [] or after[-1].checkpoint.listed == 13


# --- what changed


@pytest.mark.parametrize(
    ("window", "expected"),
    [
        (Window(from_="2026-03-01T12:00:00Z"), [2, 3]),
        (Window(from_="2026-03-01"), [1, 2, 3]),
        (Window(until="2026-03-01"), [0, 1, 2]),
        (Window(from_="2026-03-01T00:00:00Z", until="2026-03-01T12:00:00Z"), [1, 2]),
    ],
)
def test_a_window_is_a_filter_on_the_date_of_update(api: OgcApi, window: Window, expected: list[int]) -> None:
    dates = ["2026-02-01T00:00:00Z", "2026-03-01T00:00:00Z", "2026-03-01T12:00:00Z", "2026-04-01T00:00:00Z"]
    api.collections["main"] = [feature(f"{number:03}", updated=date) for number, date in enumerate(dates)]

    assert names(pages(api.url, window, rows=2)) == [everything()[number] for number in expected]


@pytest.mark.parametrize("refusal", ["no-cql2", "400"])
def test_an_api_that_cannot_list_by_date_is_listed_whole_and_it_is_said(api: OgcApi, refusal: str) -> None:
    if refusal == "no-cql2":
        api.filters = False
    else:
        api.fault = lambda seen: reply({"code": "InvalidParameterValue"}, 400) if seen.get("filter") else None

    found = pages(api.url, Window(from_="2026-02-01"))

    assert names(found) == everything()
    assert codes(found) == {"harvest.window-ignored"}


# --- lists that change while they are read


def test_records_that_vanish_before_the_reader_make_nobody_else_vanish(api: OgcApi) -> None:
    def edit(seen: Seen, page: dict[str, Any]) -> None:
        if len(api.lists) == 2:
            del api.collections["main"][:3]

    api.edit = edit

    found = pages(api.url)

    assert set(names(found)) == set(everything())
    assert "harvest.list-changed" in codes(found)


def test_records_that_appear_while_a_list_is_followed_by_links_are_the_next_runs(cursors: OgcApi) -> None:
    def edit(seen: Seen, page: dict[str, Any]) -> None:
        if len(cursors.lists) == 1:
            cursors.collections["main"].append(feature("000a"))

    cursors.edit = edit

    found = pages(cursors.url)

    assert names(found) == everything()
    assert codes(found) == {"harvest.list-changed"}


def test_a_list_that_is_begun_again_is_asked_for_anew(offsets: OgcApi) -> None:
    offsets.collections["main"].reverse()

    def edit(seen: Seen, page: dict[str, Any]) -> None:
        if len(offsets.lists) == 2:
            del offsets.collections["main"][0]

    offsets.edit = edit

    found = pages(offsets.url)

    assert set(names(found)) == set(everything())
    assert [seen.get("offset") for seen in offsets.lists].count("0") == 1
    assert "harvest.list-restarted" in codes(found)


def test_a_list_that_can_be_sorted_by_its_ids_is_followed_while_it_changes(offsets: OgcApi) -> None:
    offsets.collections["main"].reverse()
    offsets.sortables = ("title", "id")

    def edit(seen: Seen, page: dict[str, Any]) -> None:
        if len(offsets.lists) == 2:
            del offsets.collections["main"][-3:]

    offsets.edit = edit

    found = pages(offsets.url)

    assert names(found) == everything()
    assert {seen.get("sortby") for seen in offsets.lists} == {"id"}
    assert codes(found) == {"harvest.list-changed"}


@pytest.mark.parametrize("sortables", [(), ("title",), ("id",)])
def test_a_list_that_cannot_be_sorted_by_its_ids_is_read_as_it_is(api: OgcApi, sortables: tuple[str, ...]) -> None:
    api.sortables = sortables
    api.fault = lambda seen: reply({"code": "InvalidParameterValue"}, 400) if seen.get("sortby") else None
    api.collections["main"].reverse()

    assert set(names(pages(api.url, Window(from_="2026-01-01")))) == set(everything())


# --- APIs that are not well


def test_an_api_that_claims_more_than_it_gives_is_an_error(api: OgcApi) -> None:
    api.edit = lambda seen, page: page.update(numberMatched=11)

    with pytest.raises(ListIncomplete, match="10 records came of 11"):
        pages(api.url)


def test_an_api_that_claims_less_than_it_gives_is_read_whole_and_it_is_said(api: OgcApi) -> None:
    api.edit = lambda seen, page: page.update(numberMatched=5)

    found = pages(api.url)

    assert names(found) == everything()
    assert codes(found) == {"harvest.counts-wrong"}


def test_a_next_link_that_is_missing_in_the_middle_is_an_error(cursors: OgcApi) -> None:
    def edit(seen: Seen, page: dict[str, Any]) -> None:
        if seen.get("cursor"):
            page["links"] = []

    cursors.edit = edit

    with pytest.raises(ListIncomplete, match="8 records came of 10"):
        pages(cursors.url)


def test_next_links_that_go_round_in_a_circle_are_found_out(cursors: OgcApi) -> None:
    def edit(seen: Seen, page: dict[str, Any]) -> None:
        if page["links"] and seen.get("cursor"):
            page["links"] = [{"rel": "next", "href": "?limit=4&cursor=003"}]

    cursors.edit = edit

    with pytest.raises(CircularList):
        pages(cursors.url)


def test_empty_pages_without_end_are_given_up(cursors: OgcApi) -> None:
    def edit(seen: Seen, page: dict[str, Any]) -> None:
        page.update(features=[], numberReturned=0)
        page["links"] = [{"rel": "next", "href": f"?cursor=x{len(cursors.lists)}"}]

    cursors.edit = edit

    with pytest.raises(CircularList, match="21 pages without a record"):
        pages(cursors.url)


def test_a_next_link_to_another_host_is_not_followed(cursors: OgcApi) -> None:
    def edit(seen: Seen, page: dict[str, Any]) -> None:
        page["links"] = [{"rel": "next", "href": "http://192.0.2.1/items"}]

    cursors.edit = edit

    with pytest.raises(HarvestError, match="at another host"):
        pages(cursors.url)


def test_a_truncated_page_is_asked_for_again(api: OgcApi) -> None:
    def fault(seen: Seen) -> Answer | None:
        if seen not in api.lists or len(api.lists) != 2:
            return None
        return Answer(body=b'{"type": "FeatureCollection", "features": [{"id": "003"')

    api.fault = fault

    assert names(pages(api.url)) == everything()


def test_a_page_that_is_always_truncated_is_an_error_never_a_short_list(api: OgcApi) -> None:
    api.fault = lambda seen: Answer(body=b'{"features": [') if len(api.lists) > 1 else None

    with pytest.raises(SyntaxRefused, match="/items"):
        pages(api.url)


def test_a_page_that_is_too_much_for_the_api_is_asked_for_in_smaller_ones(offsets: OgcApi) -> None:
    offsets.fault = lambda seen: Answer(status=500) if seen.get("offset") and int(seen.get("limit") or 0) > 3 else None

    assert names(pages(offsets.url)) == everything()


@pytest.mark.parametrize(
    ("answer", "message"),
    [
        (Answer(body=b"<!doctype html><title>Viewer</title>"), "an HTML page titled “Viewer”"),
        (Answer(body=b"[1]"), "no object"),
        (Answer(body=b'{"type": "FeatureCollection"}'), "holds no list “features”"),
    ],
)
def test_what_is_no_page_of_items_is_an_error(api: OgcApi, answer: Answer, message: str) -> None:
    api.fault = lambda seen: answer if seen in api.lists else None

    with pytest.raises(HarvestError, match=message):
        pages(api.url)


def test_an_api_that_is_not_there_is_an_error(api: OgcApi) -> None:
    with pytest.raises(HttpStatus):
        pages(api.url + "/collections/nope")


def test_entries_that_are_no_features_are_kept_and_said(api: OgcApi) -> None:
    api.collections["main"] = [feature("a")]
    api.edit = lambda seen, page: page["features"].append("text")

    records = [one for page in pages(api.url) for one in page.records]

    assert [one.header.identifier for one in records[:2]] == ["main/a", ""]
    assert records[1].raw == b'"text"'
    assert [one.code for one in records[1].findings] == ["harvest.no-metadata"]


# --- what an API says of itself


def test_an_api_describes_itself(api: OgcApi) -> None:
    api.collections["other"] = listed(3)

    described = OgcRecordsHarvester().describe(source(api.url), door())

    assert (described.name, described.records) == ("Records of a water institute", 13)
    assert [(one.spec, one.name) for one in described.sets] == [("main", "Main"), ("other", "Other")]
    assert described.findings == ()


def test_conformance_that_is_not_declared_is_said(api: OgcApi) -> None:
    api.fault = lambda seen: reply({}, 404) if seen.path.endswith("/conformance") else None

    described = OgcRecordsHarvester().describe(source(api.url), door())

    assert [one.code for one in described.findings] == ["harvest.conformance-missing"]


# --- in a node


def test_an_api_is_harvested_whole_and_then_only_what_changed(api: OgcApi, tmp_path: Path) -> None:
    main = api.collections["main"]
    with node_of(tmp_path, source(api.url)) as node:
        first = run_source(node, "records")
        main[3] = feature("003", "Series 3, corrected", updated="2099-01-01T00:00:00Z")
        main.append(feature("010", updated="2099-01-01T00:00:00Z"))
        del main[5]
        second = run_source(node, "records")
        whole = [run_source(node, "records", Window()) for _ in range(2)]
        live, deleted = visible(node)

    assert (first.status, first.listed, first.counts[Outcome.CREATED]) == (RunStatus.OK, 10, 10)
    assert (second.status, second.listed) == (RunStatus.OK, 2)
    assert (second.counts[Outcome.UPDATED], second.counts[Outcome.CREATED]) == (1, 1)
    assert [(run.status, run.absent, run.reconciled) for run in whole] == [(RunStatus.OK, 1, 0), (RunStatus.OK, 1, 1)]
    assert live["main/003"] == "Series 3, corrected"
    assert (len(live), deleted) == (10, {"main/005"})


def test_a_list_that_is_cut_short_fails_and_deletes_nothing(api: OgcApi, tmp_path: Path) -> None:
    with node_of(tmp_path, source(api.url)) as node:
        run_source(node, "records")
        del api.collections["main"][4]
        api.edit = lambda seen, page: page.update(numberMatched=10)
        runs = [run_source(node, "records", Window()) for _ in range(2)]
        live, deleted = visible(node)

    assert [(run.status, run.error and run.error.code) for run in runs] == [
        (RunStatus.FAILED, "harvest.incomplete-list")
    ] * 2
    assert (len(live), deleted) == (10, set())


def test_a_run_that_was_stopped_goes_on_where_it_was(tmp_path: Path, api: OgcApi) -> None:
    class Stopped(BaseException):
        pass

    def stop(page: Page, done: int) -> None:
        if done >= 200:
            raise Stopped

    api.collections = {"a": listed(150), "b": listed(250)}
    with node_of(tmp_path, source(api.url)) as node:
        with pytest.raises(Stopped):
            run_source(node, "records", progress=stop)
        asked = len(api.lists)
        run = run_source(node, "records")
        live, _ = visible(node)

    assert (run.status, run.listed, run.counts[Outcome.CREATED]) == (RunStatus.OK, 400, 400)
    assert len(live) == 400
    assert all("/b/" in seen.path for seen in api.lists[asked:]), "what was kept is not asked for again"


def test_a_run_that_goes_on_finds_collections_that_are_listed_in_another_order(tmp_path: Path, api: OgcApi) -> None:
    class Stopped(BaseException):
        pass

    def stop(page: Page, done: int) -> None:
        if done >= 5:
            raise Stopped

    api.collections = {"c": listed(5), "a": listed(5), "b": listed(5)}
    with node_of(tmp_path, source(api.url)) as node:
        with pytest.raises(Stopped):
            run_source(node, "records", progress=stop)
        api.collections = dict(reversed(api.collections.items()))
        run = run_source(node, "records")
        live, _ = visible(node)

    assert (run.status, run.listed, len(live)) == (RunStatus.OK, 15, 15)


def test_a_collection_without_an_id_is_an_error_and_not_left_out(api: OgcApi) -> None:
    nameless = {"itemType": "record", "title": "Nameless"}
    api.fault = lambda seen: reply({"collections": [nameless]}) if seen.path.endswith("/collections") else None

    with pytest.raises(HarvestError, match="without an id"):
        list(OgcRecordsHarvester().pages(source(api.url), door(), Window(), Checkpoint()))
