"""Scores of audits: from what is stored, with what was decidable, the same bytes for the same audit and answers."""

from __future__ import annotations

import csv
import datetime as dt
import io
import json
from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from lxml import html

import node.validation
from node.audit.link_uses import addresses, link_uses
from node.audit.reports import csv_lines
from node.audit.score_reports import COLUMNS, as_dqv, as_html, left_out_of, row_values
from node.model.audit import Audit
from node.model.links import LinkAnswer
from node.model.rdf import Iri
from node.namespaces import PREFIXES
from node.storage.audit_scores import AuditScores, ScoreSheet
from node.storage.link_checks import LinkChecks
from node.storage.score_tables import audit_scores
from node.storage.tables import objects
from node.syntax import parse_rdf
from node.validation.engine_compiled import CompiledEngine
from node.web import create_app
from tests.audited import LICENCE, SHAPES, Audited, audited, name, now
from tests.servers.oai_pages import OaiPages, oai_dc_record

NOW = dt.datetime(2026, 3, 1, 12, tzinfo=dt.UTC)
DAY = dt.timedelta(days=1)


@pytest.fixture
def one(tmp_path: Path) -> Iterator[Audited]:
    with audited(tmp_path / "one") as opened:
        yield opened


def scored(one: Audited, profile: str, at: dt.datetime = NOW) -> tuple[Audit, ScoreSheet]:
    audit = replace(one, profile=profile).audit(at=at).audit
    sheet = AuditScores(one.node.database).latest(audit)
    assert sheet is not None
    return audit, sheet


def answer(one: Audited, when: dt.datetime, status: int | None = 200) -> int:
    """Let every address in every record answer; return how many there are."""
    urls = addresses(one.node, ["mine"])
    for url in sorted(urls):
        LinkChecks(one.node.database).put(LinkAnswer(url=url, status=status, checked=when, due=when + 30 * DAY))
    return len(urls)


def part(sheet: ScoreSheet) -> dict[str, Any]:
    (found,) = sheet.values["sources"]
    assert isinstance(found, dict)
    return found


def test_the_profile_fair_gives_fair_points_by_letter_and_both_lenses(one: Audited) -> None:
    audit, sheet = scored(one, "fair")
    found = part(sheet)

    fair = found["fair"]
    assert (fair["gained"], fair["decidable"], fair["total"]) == (audit.score, audit.max_score, 5 * 72)
    assert [each["letter"] for each in fair["letters"]] == list("FAIR")
    assert sum(each["gained"] for each in fair["letters"]) == audit.score
    assert found["fuji"]["statement"].endswith(" of 19.5 decidable (26)")
    assert sum(each["records"] for each in found["rda"]["levels"]) == 5
    assert sum(found["checks"].values()) == 5 * len(one.measure(audit).rules)
    assert "mqa" not in found and sheet.values["links"] is None


def test_the_profile_mqa_gives_points_by_dimension_ratings_and_compliance(one: Audited) -> None:
    _, sheet = scored(one, "mqa")
    mqa = part(sheet)["mqa"]

    assert (mqa["decidable"], mqa["total"]) == (325, 405)
    assert [each["total"] for each in mqa["dimensions"]] == [100, 100, 110, 75, 20]
    assert sum(mqa["datasets"].values()) == 5
    compliance = next(each for each in mqa["metrics"] if each["metric"] == "compliance")
    assert (compliance["decided"], compliance["population"]) == (5, 5)
    assert sheet.values["compliance"]["profile"] == "dcat-ap"
    assert "fair" not in part(sheet)


def test_a_profile_without_scores_counts_its_checks(one: Audited) -> None:
    _, sheet = scored(one, one.profile)

    assert set(part(sheet)) == {"source", "records", "unscored", "checks"}
    assert part(sheet)["checks"] == {"met": 5, "not_met": 5, "undecided": 0}


def test_42_of_46_stored_datasets_with_a_place_are_18_26_of_20_points(tmp_path: Path) -> None:
    place = "<dc:coverage>https://sws.geonames.org/658225/</dc:coverage>"
    with audited(tmp_path / "one", 0) as one:
        one.repository.records[:] = [
            oai_dc_record(name(number), "Short", extra=place if number < 42 else "") for number in range(46)
        ]
        one.harvest()
        _, sheet = scored(one, "mqa")

    spatial = next(each for each in part(sheet)["mqa"]["metrics"] if each["metric"] == "spatial")
    assert (spatial["met"], spatial["population"], spatial["gained"]) == (42, 46, 18.26)
    assert spatial["statement"] == "18.26 of 20"


def test_several_sources_are_told_one_by_one_and_together(one: Audited) -> None:
    with OaiPages([oai_dc_record(name(number), "Short", extra=LICENCE) for number in (7, 8)]) as other:
        one.node.sources.add(replace(one.node.sources.get("mine").source, name="more", url=other.url), now())
        one.harvest("more")
        audit, sheet = scored(one, "fair")
    values = sheet.values

    assert [(each["source"], each["records"]) for each in values["sources"]] == [("mine", 5), ("more", 2)]
    assert values["whole"]["records"] == 7 and values["whole"]["fair"]["gained"] == audit.score
    means = [each["fuji"]["gained"] for each in values["sources"]]
    assert values["whole"]["fuji"]["gained"] == pytest.approx((5 * means[0] + 2 * means[1]) / 7, abs=0.01)


@pytest.mark.parametrize("profile", ["fair", "mqa"])
def test_answers_of_links_decide_points_and_the_audit_stays_what_it_is(
    tmp_path: Path, database_url: str, profile: str
) -> None:
    with audited(tmp_path / "one", database=database_url) as one:
        before, without = scored(one, profile)
        count = answer(one, NOW - DAY)
        after, sheet = scored(one, profile)

    links = sheet.values["links"]
    assert (before.digest, without.values["links"]) == (after.digest, None)
    assert count and links["answers"] >= count
    assert links["checked_from"] == links["checked_until"] == "2026-02-28T12:00:00Z"
    name_ = {"fair": "fuji", "mqa": "mqa"}[profile]
    old, new = part(without)[name_], part(sheet)[name_]
    assert new["decidable"] > old["decidable"] and new["gained"] > old["gained"]


def test_the_same_audit_and_answers_give_the_same_bytes_on_two_nodes(tmp_path: Path) -> None:
    sheets = []
    for number in (1, 2):
        with audited(tmp_path / str(number)) as one:
            answer(one, NOW - DAY, 404)
            # The sheet of an address that leads to the test's own server would differ by its port.
            assert all("127.0.0.1" not in each.url or ":8000" in each.url for each in link_uses(one.node, ["mine"]))
            sheets.append([scored(one, profile)[1].document for profile in ("fair", "mqa")])

    assert sheets[0] == sheets[1]


def test_a_bad_answer_is_decided_and_gains_nothing(one: Audited) -> None:
    answer(one, NOW - DAY, None)
    _, sheet = scored(one, "mqa")
    status = next(each for each in part(sheet)["mqa"]["metrics"] if each["metric"] == "accessURL-status")

    assert (status["met"], status["decided"]) == (0, status["population"]) and status["population"]


def test_another_answer_gives_the_audit_another_sheet_and_the_same_answers_none(one: Audited) -> None:
    def sheets() -> int:
        with one.node.database.read() as connection:
            return int(connection.execute(sa.select(sa.func.count()).select_from(audit_scores)).scalar_one())

    answer(one, NOW - DAY)
    first = scored(one, "mqa")[1]
    assert scored(one, "mqa", NOW + DAY)[1] == first and sheets() == 1
    answer(one, NOW, 404)
    second = scored(one, "mqa", NOW + DAY)[1]

    assert second.digest != first.digest and sheets() == 2
    assert second.values["audit"] == first.values["audit"]


def test_answers_count_as_long_as_the_setting_says(one: Audited) -> None:
    answer(one, NOW - 29 * DAY)
    fresh = scored(one, "mqa")[1]
    late = scored(one, "mqa", NOW + DAY)[1]

    assert fresh.values["links"]["checked_from"] == "2026-01-31T12:00:00Z"
    assert late.values["links"] is None and part(late)["mqa"]["decidable"] == 325


def test_a_record_that_cannot_be_read_is_counted_as_not_scored(one: Audited) -> None:
    with one.node.database.write() as connection:
        first = connection.execute(sa.select(sa.func.min(objects.c.digest)).where(objects.c.kind == "rdf")).scalar()
        connection.execute(objects.delete().where(objects.c.digest == first))
    for profile in ("fair", "mqa"):
        found = part(scored(one, profile)[1])

        assert (found["records"], found["unscored"]) == (5, 1)
        assert left_out_of(found) == ("1 record could not be read",)


def test_each_rule_of_a_file_of_nested_shapes_counts_and_what_is_undecided_or_not_asked_is_told_as_such(
    one: Audited, monkeypatch: pytest.MonkeyPatch
) -> None:
    one.repository.records[0] = oai_dc_record(name(0), f"{'a' * 40}!")
    one.harvest()
    shapes, services = Path(one.profile).with_name("own.ttl"), Path(one.profile).with_name("services.ttl")
    nested = (
        "a sh:NodeShape ; sh:targetClass {} ; sh:property [ sh:path dct:title ; {} ] , [ sh:path dct:rights ; {} ] ."
    )
    rules = ("dcat:Dataset", 'sh:pattern "^(([a-zA-Z ]+)+)+[0-9]{9}$"', "sh:maxCount 0")
    shapes.write_text(f"{SHAPES.partition('fns:LIC')[0]} fns:OWN {nested.format(*rules)}")
    services.write_text(shapes.read_text().replace("dcat:Dataset", "dcat:DataService"))
    monkeypatch.setattr(node.validation, "_engine", cache(lambda profile, _: CompiledEngine(profile, seconds=0.2)))

    _, sheet = scored(one, str(shapes))
    _, other = scored(one, str(services))

    # Four titles are too short, and have no rights; of the fifth nobody knows.
    assert part(sheet)["checks"] == {"met": 4, "not_met": 8, "undecided": 3} and left_out_of(part(sheet)) == ()
    assert part(other)["checks"] == {"met": 0, "not_met": 0, "undecided": 0}
    assert left_out_of(part(other)) == ("5 records not asked anything by the profile",)
    assert "unscored" in part(other) and not part(other)["unscored"]


def test_a_changed_record_is_scored_anew(one: Audited) -> None:
    first = part(scored(one, "mqa")[1])["mqa"]["gained"]
    one.repository.records[0] = oai_dc_record(name(0), "Short", extra="<dc:subject>sea</dc:subject>")
    one.harvest()
    second = part(scored(one, "mqa")[1])["mqa"]["gained"]

    assert second == pytest.approx(first + 30 / 5)


def test_the_page_tells_points_with_what_was_decidable_and_never_a_percentage(one: Audited) -> None:
    client = create_app(one.node).test_client()
    for profile in ("fair", "mqa"):
        audit, sheet = scored(one, profile)
        page = client.get(f"/audit/{audit.digest}")
        document = json.loads(client.get(f"/audit/{audit.digest}.json").data)

        text = html.fromstring(page.data).text_content()
        score = part(sheet)["fair" if profile == "fair" else "mqa"]
        assert page.status_code == 200 and score["statement"] in text and "%" not in text
        assert "No link checks are counted" in text
        assert document["scores"]["digest"] == sheet.digest
        assert document["scores"]["sources"] == sheet.values["sources"]
        for table in html.fromstring(page.data).iter("table"):
            assert table.find("caption") is not None
            assert all(cell.get("scope") in ("col", "row") for cell in table.iter("th"))


def test_an_audit_from_before_there_were_scores_has_a_page_without_them(one: Audited) -> None:
    audit, _ = scored(one, "fair")
    with one.node.database.write() as connection:
        connection.execute(audit_scores.delete())
    client = create_app(one.node).test_client()

    assert client.get(f"/audit/{audit.digest}").status_code == 200
    assert json.loads(client.get(f"/audit/{audit.digest}.json").data)["scores"] is None


def test_a_sheet_is_told_as_csv_html_and_dqv(one: Audited) -> None:
    answer(one, NOW - DAY)
    _, sheet = scored(one, "mqa")
    mqa = part(sheet)["mqa"]

    rows = list(csv.DictReader(io.StringIO("".join(csv_lines(COLUMNS, row_values(sheet))))))
    assert {row["source"] for row in rows} == {"mine"}
    whole = next(row for row in rows if row["score"] == "mqa" and not row["part"])
    assert [float(whole[column]) for column in COLUMNS[3:]] == [mqa["gained"], mqa["decidable"], 405]

    page = html.fromstring(as_html(sheet))
    assert mqa["statement"] in page.text_content() and not page.xpath("//script|//a|//img|//link")

    triples = set(parse_rdf(as_dqv(sheet, "https://node.example.org").encode(), "text/turtle", base_iri=Iri("urn:x")))
    dqv = PREFIXES["dqv"]
    computed = {str(value) for _, predicate, value in triples if predicate == f"{dqv}computedOn"}
    assert computed == {"https://node.example.org/sources/mine"}
    measured = {subject for subject, predicate, _ in triples if predicate == f"{dqv}isMeasurementOf"}
    assert len(measured) == 3 * len(rows)
