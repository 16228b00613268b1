"""The CKAN harvester against a portal shaped like CKAN's action API, its faults included."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from harvesters.asking import Patience
from harvesters.ckan import CkanHarvester
from node.errors import FairnodeError, HarvestError, HttpStatus, ListIncomplete, SyntaxRefused
from node.harvest.fetch import HttpFetch
from node.model.oai import Checkpoint, Page, Window
from node.model.run import Outcome, RunStatus
from node.model.source import Bounds, Source
from node.settings import FetchSettings
from tests.harvesting import node_of, run_source, visible
from tests.servers.ckan import CkanPortal, package, refusal, success
from tests.servers.scripted import Answer, Seen


def door() -> HttpFetch:
    return HttpFetch(FetchSettings(allow_networks=("127.0.0.0/8",), backoff=0.01, retries=0, timeout=5))


def source(portal: CkanPortal, **more: Any) -> Source:
    return Source(name="portal", kind="ckan", url=portal.url, **more)


def pages(
    portal: CkanPortal,
    window: Window | None = None,
    checkpoint: Checkpoint | None = None,
    *,
    rows: int = 4,
    **more: Any,
) -> list[Page]:
    harvester = CkanHarvester(rows=rows, patience=Patience(sleep=lambda _: None))
    return list(harvester.pages(source(portal, **more), door(), window or Window(), checkpoint or Checkpoint()))


def numbers(found: list[Page]) -> list[int]:
    return [int(one.header.identifier[-12:]) for page in found for one in page.records]


def codes(found: list[Page]) -> set[str]:
    return {finding.code for page in found for finding in page.findings}


@pytest.fixture
def portal() -> Iterator[CkanPortal]:
    with CkanPortal([package(number) for number in reversed(range(10))]) as made:
        yield made


# --- the whole list


def test_a_portal_is_read_to_its_end_in_the_order_of_its_ids(portal: CkanPortal) -> None:
    found = pages(portal)

    assert numbers(found) == list(range(10))
    assert [(seen.get("start"), seen.get("rows")) for seen in portal.searches] == [
        ("0", "4"),
        ("3", "4"),
        ("6", "4"),
        ("9", "4"),
    ]
    assert found[-1].checkpoint.done
    assert found[0].complete_list_size == 10


def test_a_record_holds_the_package_as_it_came_and_what_it_belongs_to(portal: CkanPortal) -> None:
    portal.packages = [package(1, groups=[{"name": "rivers"}], title="Länge <b>")]

    ((record,), _) = (page.records for page in pages(portal))

    assert json.loads(record.metadata or b"") == portal.packages[0]
    assert record.header.set_specs == ("organization:hydro", "group:rivers")
    assert record.header.datestamp == "2026-01-01T00:00:00.000000"
    assert (record.media_type, record.metadata_prefix) == ("application/json", "ckan")


def test_a_package_is_written_the_same_way_whatever_order_its_members_came_in(portal: CkanPortal) -> None:
    first = pages(portal)
    portal.packages = [dict(reversed(list(one.items()))) for one in portal.packages]

    assert [one.metadata for one in first[0].records] == [one.metadata for one in pages(portal)[0].records]


def test_a_portal_that_gives_fewer_rows_than_asked_for_is_read_whole(portal: CkanPortal) -> None:
    portal.rows_max = 3

    assert numbers(pages(portal, rows=100)) == list(range(10))


def test_an_empty_portal_is_an_empty_list(portal: CkanPortal) -> None:
    portal.packages = []

    (page,) = pages(portal)

    assert (page.records, page.checkpoint.done, page.complete_list_size) == ((), True, 0)


def test_private_and_deleted_packages_are_not_listed_and_not_missed(portal: CkanPortal) -> None:
    portal.packages += [package(90, private=True), package(91, state="deleted")]

    assert numbers(pages(portal)) == list(range(10))


@pytest.mark.parametrize(
    "tail", ["", "/", "/api", "/api/3", "/api/3/action", "/api/3/action/package_search", "/api/3/"]
)
def test_any_address_of_the_portal_leads_to_its_api(portal: CkanPortal, tail: str) -> None:
    portal.url += tail

    assert numbers(pages(portal)) == list(range(10))


@pytest.mark.parametrize(
    ("sets", "expected"),
    [
        (("hydro",), [0, 2]),
        (("organization:hydro", "organization:geo"), [0, 1, 2]),
        (("group:rivers",), [2, 3]),
        (("organization:geo", "group:rivers"), [1, 2, 3]),
        (('a"b',), []),
    ],
)
def test_organisations_and_groups_are_sets(portal: CkanPortal, sets: tuple[str, ...], expected: list[int]) -> None:
    rivers = [{"name": "rivers"}]
    portal.packages = [
        package(0),
        package(1, organization={"name": "geo"}),
        package(2, groups=rivers),
        package(3, organization={"name": "bio"}, groups=rivers),
    ]

    if sets == ('a"b',):
        portal.fault = lambda seen: (
            None if seen.get("fq") != '(organization:"a\\"b")' else success({"count": 0, "results": []})
        )

    assert numbers(pages(portal, set_specs=sets)) == expected


@pytest.mark.parametrize("kept", [1, 2, 3])
def test_a_run_goes_on_from_its_checkpoint(portal: CkanPortal, kept: int) -> None:
    before = pages(portal)[:kept]

    after = pages(portal, checkpoint=before[-1].checkpoint)

    assert numbers(before) + numbers(after) == list(range(10))
    assert after[-1].checkpoint.listed == 10
    assert after[-1].checkpoint.bookmark == before[0].checkpoint.bookmark


# --- what changed


@pytest.mark.parametrize(
    ("window", "expected"),
    [
        (Window(from_="2026-03-01T12:00:00Z"), [2, 3]),
        (Window(from_="2026-03-01"), [1, 2, 3]),
        (Window(until="2026-03-01"), [0, 1, 2]),
        (Window(from_="2026-03-01T11:59:59Z", until="2026-03-01T12:00:00Z"), [1, 2]),
    ],
)
def test_a_window_is_one_on_the_date_of_modification(portal: CkanPortal, window: Window, expected: list[int]) -> None:
    dates = [
        "2026-02-01T00:00:00.000000",
        "2026-03-01T11:59:59.500000",
        "2026-03-01T12:00:00.400000",
        "2026-04-01T00:00:00",
    ]
    portal.packages = [package(number, modified=date) for number, date in enumerate(dates)]

    assert numbers(pages(portal, window)) == expected


# --- a list that changes while it is read


def at_search(portal: CkanPortal, which: int, change: Any) -> None:
    """Let something happen before a search is answered; the first one is number 1."""

    def fault(seen: Seen) -> None:
        if seen.path.endswith("package_search") and len(portal.searches) == which:
            change()

    portal.fault = fault


def test_packages_that_vanish_before_the_reader_make_nobody_else_vanish(portal: CkanPortal) -> None:
    at_search(portal, 3, lambda: portal.packages.__setitem__(slice(-5, None), []))

    found = pages(portal)

    assert set(numbers(found)) >= set(range(5, 10))
    assert codes(found) == {"harvest.list-changed"}


def test_packages_modified_while_the_list_is_read_are_listed_once(portal: CkanPortal) -> None:
    at_search(portal, 2, lambda: portal.packages.insert(0, portal.packages.pop()))

    assert numbers(pages(portal)) == list(range(10))


def test_a_list_that_cannot_be_sorted_is_begun_again_when_it_changes(portal: CkanPortal) -> None:
    portal.sorts = False
    at_search(portal, 4, lambda: portal.packages.pop(0))

    found = pages(portal)

    assert set(numbers(found)) == set(range(10)), "one of them was read before it went"
    assert "harvest.list-restarted" in codes(found)


def test_a_list_that_never_stands_still_is_given_up(portal: CkanPortal) -> None:
    portal.sorts = False
    portal.packages = [package(number) for number in reversed(range(60))]
    at_search(portal, 0, None)

    def fault(seen: Seen) -> None:
        if seen.get("start") not in (None, "0"):
            portal.packages.pop(0)

    portal.fault = fault

    with pytest.raises(ListIncomplete, match="begun again in vain"):
        pages(portal)


# --- portals that are not well


def test_a_count_that_is_too_large_is_an_error(portal: CkanPortal) -> None:
    portal.fault = lambda seen: success({**portal.search(seen), "count": 11})

    with pytest.raises(ListIncomplete, match="10 records came of 11"):
        pages(portal)


@pytest.mark.parametrize("count", [0, 3])
def test_a_count_that_is_too_small_ends_nothing(portal: CkanPortal, count: int) -> None:
    portal.fault = lambda seen: success({**portal.search(seen), "count": count})

    found = pages(portal)

    assert numbers(found) == list(range(10))
    assert codes(found) == {"harvest.counts-wrong"}


@pytest.mark.parametrize("rows_max", [1, 4])
def test_a_list_without_a_count_is_read_to_its_end(portal: CkanPortal, rows_max: int) -> None:
    portal.rows_max = rows_max
    portal.fault = lambda seen: success({**portal.search(seen), "count": None})

    found = pages(portal)

    assert numbers(found) == list(range(10))
    assert codes(found) == {"harvest.counts-wrong"}


@pytest.mark.parametrize("status", [200, 409])
def test_a_refusal_is_an_error_in_the_words_of_ckan(portal: CkanPortal, status: int) -> None:
    portal.fault = lambda seen: refusal("Authorization Error", "Access denied", status)

    with pytest.raises(HarvestError, match="Authorization Error: Access denied"):
        pages(portal)


def test_a_refusal_in_the_middle_is_no_end(portal: CkanPortal) -> None:
    portal.fault = lambda seen: refusal("Search Error", "too deep") if seen.get("start") == "6" else None

    with pytest.raises(HarvestError, match="Search Error: too deep"):
        pages(portal)


def test_a_page_for_people_is_an_error_with_its_title(portal: CkanPortal) -> None:
    portal.fault = lambda seen: Answer(body=b"<!DOCTYPE html><html><title>Please log in</title></html>")

    with pytest.raises(HarvestError, match="an HTML page titled “Please log in”"):
        pages(portal)


@pytest.mark.parametrize("body", [b'{"features": []}', b"[]", b"7", b'{"success": true, "result": {"count": 3}}'])
def test_json_of_another_kind_is_an_error(portal: CkanPortal, body: bytes) -> None:
    portal.fault = lambda seen: Answer(body=body)

    with pytest.raises(HarvestError):
        pages(portal)


def test_a_truncated_answer_is_asked_for_again(portal: CkanPortal) -> None:
    def fault(seen: Seen) -> Answer | None:
        if len(portal.searches) not in (2, 3):
            return None
        whole = success(portal.search(seen))
        return Answer(body=whole.body[: len(whole.body) // 2])

    portal.fault = fault

    assert numbers(pages(portal)) == list(range(10))
    assert len(portal.searches) == 6


def test_an_answer_that_is_always_truncated_is_an_error(portal: CkanPortal) -> None:
    portal.fault = lambda seen: Answer(body=success(portal.search(seen)).body[:-20])

    with pytest.raises(SyntaxRefused, match="package_search"):
        pages(portal)
    assert len(portal.searches) == 4


def test_a_large_page_that_breaks_the_portal_down_is_asked_for_in_small_ones(portal: CkanPortal) -> None:
    portal.fault = lambda seen: Answer(status=500, body=b"oops") if int(seen.get("rows") or 0) > 3 else None

    assert numbers(pages(portal, rows=100)) == list(range(10))


def test_a_portal_that_is_down_is_an_error(portal: CkanPortal) -> None:
    portal.fault = lambda seen: Answer(status=500, body=b"oops")

    with pytest.raises(HttpStatus):
        pages(portal)


def test_a_portal_that_always_gives_the_first_page_is_found_out(portal: CkanPortal) -> None:
    first = success({"count": 10, "results": [package(number) for number in range(4)]})
    portal.fault = lambda seen: first

    with pytest.raises(FairnodeError):
        pages(portal)


def test_entries_that_are_no_packages_are_kept_and_said(portal: CkanPortal) -> None:
    entries = [package(1), {"title": "no id"}, "text", None, package(2)]
    portal.fault = lambda seen: success({"count": 5, "results": entries if seen.get("start") == "0" else entries[4:]})

    records = [one for page in pages(portal, rows=100) for one in page.records]

    assert len(records) == 5
    assert [one.header.identifier == "" for one in records] == [False, True, True, True, False]
    assert [one.raw for one in records if one.metadata is None] == [b'"text"', b"null"]
    assert [[each.code for each in one.findings] for one in records[2:4]] == [["harvest.no-metadata"]] * 2


def test_half_a_surrogate_pair_does_not_stop_the_list(portal: CkanPortal) -> None:
    portal.packages = [package(1, notes="\ud83d broken"), package(2)]

    assert numbers(pages(portal)) == [1, 2]


def test_a_number_that_json_cannot_write_costs_one_record_only(portal: CkanPortal) -> None:
    def fault(seen: Seen) -> Answer:
        answer = success(portal.search(seen))
        return Answer(body=answer.body.replace(b'"num_tags": 7', b'"num_tags": 1e999'))

    portal.packages[4]["num_tags"] = 7
    portal.fault = fault

    found = pages(portal)

    assert numbers(found) == list(range(10))
    damaged = [one for page in found for one in page.records if one.metadata is None]
    assert [(one.header.identifier, one.findings[0].code) for one in damaged] == [
        (portal.packages[4]["id"], "harvest.record-damaged")
    ]


# --- what the portal says of itself


def test_a_portal_describes_itself(portal: CkanPortal) -> None:
    portal.packages.append(package(50, modified="2019-05-05T00:00:00", groups=[{"name": "rivers"}]))
    described = CkanHarvester(patience=Patience(sleep=lambda _: None)).describe(source(portal), door())

    assert (described.name, described.protocol, described.records) == ("Open Data", "CKAN 2.11.0", 11)
    assert described.contacts == ("data@example.org",)
    assert [one.spec for one in described.sets] == ["organization:hydro", "group:rivers"]
    assert described.findings == ()


def test_actions_that_are_not_answered_are_said(portal: CkanPortal) -> None:
    portal.fault = lambda seen: None if seen.path.endswith("package_search") else Answer(status=403)

    described = CkanHarvester().describe(source(portal), door())

    assert described.records == 10
    assert {one.code for one in described.findings} == {"harvest.action-missing"}


# --- in a node


def test_a_portal_is_harvested_whole_and_then_only_what_changed(portal: CkanPortal, tmp_path: Path) -> None:
    with node_of(tmp_path, source(portal)) as node:
        first = run_source(node, "portal")
        portal.packages[9] = package(0, title="Series 0, corrected", modified="2099-01-01T00:00:00")
        portal.packages.append(package(10, modified="2099-01-01T00:00:00"))
        second = run_source(node, "portal")
        live, _ = visible(node)

    assert (first.status, first.counts[Outcome.CREATED], first.listed) == (RunStatus.OK, 10, 10)
    assert second.window.from_ is not None
    assert (second.status, second.listed) == (RunStatus.OK, 2)
    assert (second.counts[Outcome.UPDATED], second.counts[Outcome.CREATED]) == (1, 1)
    assert live[package(0)["id"]] == "Series 0, corrected"
    assert len(live) == 11


def test_a_package_that_is_gone_from_two_whole_lists_counts_as_deleted(portal: CkanPortal, tmp_path: Path) -> None:
    with node_of(tmp_path, source(portal)) as node:
        run_source(node, "portal")
        portal.packages[0]["state"] = "deleted"
        runs = [run_source(node, "portal", Window()) for _ in range(2)]
        live, deleted = visible(node)

    assert [(run.status, run.absent, run.reconciled) for run in runs] == [(RunStatus.OK, 1, 0), (RunStatus.OK, 1, 1)]
    assert deleted == {package(9)["id"]}
    assert len(live) == 9


def test_a_package_that_is_listed_as_deleted_is_deleted_at_once(portal: CkanPortal, tmp_path: Path) -> None:
    gone = {"id": package(3)["id"], "state": "deleted", "metadata_modified": "2099-01-01T00:00:00"}
    with node_of(tmp_path, source(portal)) as node:
        run_source(node, "portal")
        portal.fault = lambda seen: success({"count": 1, "results": [gone] if seen.get("start") == "0" else []})
        run = run_source(node, "portal")
        _, deleted = visible(node)

    assert (run.status, run.counts[Outcome.DELETED]) == (RunStatus.OK, 1)
    assert deleted == {package(3)["id"]}


def test_a_list_that_is_cut_short_fails_and_deletes_nothing(portal: CkanPortal, tmp_path: Path) -> None:
    with node_of(tmp_path, source(portal)) as node:
        run_source(node, "portal")
        del portal.packages[:1]
        portal.fault = lambda seen: (
            success({**portal.search(seen), "count": 10}) if "rows" in dict(seen.params) else None
        )
        runs = [run_source(node, "portal", Window()) for _ in range(3)]
        live, deleted = visible(node)

    assert [(run.status, run.error and run.error.code) for run in runs] == [
        (RunStatus.FAILED, "harvest.incomplete-list")
    ] * 3
    assert (len(live), deleted) == (10, set())


def test_an_empty_answer_where_packages_were_is_suspect(portal: CkanPortal, tmp_path: Path) -> None:
    with node_of(tmp_path, source(portal, bounds=Bounds(min_records=1))) as node:
        run_source(node, "portal")
        portal.packages = []
        run = run_source(node, "portal", Window())
        live, _ = visible(node)

    assert run.status is RunStatus.SUSPECT
    assert len(live) == 10


def test_a_run_that_was_stopped_goes_on_where_it_was(tmp_path: Path) -> None:
    class Stopped(BaseException):
        pass

    def stop(page: Page, done: int) -> None:
        if done >= 150:
            raise Stopped

    with CkanPortal([package(number) for number in range(450)]) as portal, node_of(tmp_path, source(portal)) as node:
        with pytest.raises(Stopped):
            run_source(node, "portal", progress=stop)
        asked = len(portal.searches)
        run = run_source(node, "portal")
        live, _ = visible(node)
        again = [int(seen.get("start") or 0) for seen in portal.searches[asked:]]

    assert (run.status, run.listed, run.counts[Outcome.CREATED]) == (RunStatus.OK, 450, 450)
    assert len(live) == 450
    assert again[0] >= 100, "what was kept is not asked for again"


def test_an_id_that_no_database_can_hold_costs_no_other_package(portal: CkanPortal, tmp_path: Path) -> None:
    portal.packages[0]["id"] = "0\ud800\u0000strange"
    with node_of(tmp_path, source(portal)) as node:
        run = run_source(node, "portal")
        live, _ = visible(node)

    assert (run.status, run.listed, run.counts[Outcome.CREATED]) == (RunStatus.OK, 10, 10)
    assert "0strange" in live
