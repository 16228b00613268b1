"""A whole audit as a page to keep, as SHACL report, DQV and EARL: for everybody what everybody may see."""

from __future__ import annotations

import datetime as dt
import tracemalloc
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from click.testing import CliRunner, Result
from flask.testing import FlaskClient
from lxml import html
from rdflib import RDF, SH, Graph, Namespace, URIRef
from rdflib.term import Literal

from node.audit.judging import UNREADABLE, canonical
from node.audit.outcomes import REPORTS, Places, outcomes, report
from node.audit.waiving import Waiving
from node.cli import main
from node.model.audit import Judgement
from node.storage.audited_records import AuditedRecords
from node.storage.kept import local_id
from node.storage.raws import Raws
from node.storage.tables import records
from node.storage.waivers import Waivers
from node.validation.engines import ENGINE_FAILED
from node.validation.reports import FORMATS
from node.validation.reports.html import POLICY
from node.validation.reports.rdf import earl_triples, turtle
from node.web import create_app
from node.web.audits import FILES
from tests.audited import LICENCE, Audited, audited, name
from tests.servers.oai_pages import oai_dc_record

EARL = Namespace("http://www.w3.org/ns/earl#")
DQV = Namespace("http://www.w3.org/ns/dqv#")
FNS = Namespace("https://w3id.org/fairnode/shapes#")


@pytest.fixture(scope="module")
def one(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Audited]:
    """Five records: 0 in order, 1 with two findings, 2 hidden, 3 and 4 without a licence."""
    with audited(tmp_path_factory.mktemp("reports") / "one") as opened:
        opened.repository.records[0] = oai_dc_record(name(0), "Short", extra=LICENCE)
        opened.repository.records[1] = oai_dc_record(name(1), "A title that is long")
        opened.harvest()
        opened.audit()
        with opened.node.database.write() as connection:
            mine = records.c.local_id == local_id("mine", name(2))
            connection.execute(records.update().where(mine).values(audience=1))
        now = dt.datetime.now(dt.UTC)
        Waivers(opened.node.database).add(
            "TIT", source="mine", reason="r", owner="o", expires=now.date() + dt.timedelta(9), actor="a", now=now
        )
        yield opened


@pytest.fixture(scope="module")
def client(one: Audited) -> FlaskClient:
    return create_app(one.node).test_client()


def digest(one: Audited) -> str:
    return one.audit().audit.digest


def graph(text: str) -> Graph:
    return Graph().parse(data=text, format="turtle")


def command(one: Audited, *words: str) -> Result:
    home = ["--home", str(one.node.settings.home)]
    return CliRunner().invoke(main, [*home, "audit", "show", digest(one), "--fail-on", "never", *words])


def outcomes_of(found: Graph) -> dict[tuple[str, str], str]:
    """Return the outcome of each test of each subject."""
    return {
        (str(found.value(each, EARL.subject)), str(found.value(each, EARL.test)).rpartition("#")[2]): str(
            found.value(found.value(each, EARL.result), EARL.outcome)
        ).rpartition("#")[2]
        for each in found.subjects(RDF.type, EARL.Assertion)
    }


def test_a_stored_audit_has_the_forms_that_validation_has(one: Audited, client: FlaskClient) -> None:
    assert set(FILES.values()) == set(REPORTS) == set(FORMATS) - {"text", "json", "csv", "junit"}
    for file, form in FILES.items():
        with client.get(f"/audit/{digest(one)[:10]}/{file}") as answer:
            assert (answer.status_code, answer.mimetype) == (200, REPORTS[form])


@pytest.mark.parametrize("form", REPORTS)
def test_the_command_tells_of_all_records_and_the_web_of_those_that_may_be_seen(
    one: Audited, client: FlaskClient, form: str
) -> None:
    (file,) = (name for name, its in FILES.items() if its == form)

    inside = command(one, "--format", form)
    outside = client.get(f"/audit/{digest(one)}/{file}").text

    assert inside.exit_code == 0, inside.output
    hidden, other = (one.results(one.audit().audit)[name(number)] for number in (2, 3))
    told = "identifier" if form == "html" else "iri"
    assert getattr(hidden, told) in inside.output and getattr(other, told) in inside.output
    assert getattr(other, told) in outside
    assert not any(secret in outside for secret in (hidden.iri, hidden.identifier, hidden.local_id))


def test_earl_tells_what_passed_what_failed_and_what_is_waived(one: Audited) -> None:
    found = graph(command(one, "--format", "earl").output)

    told = outcomes_of(found)
    by_record = one.results(one.audit().audit)
    assert told[by_record[name(0)].iri, "LIC"] == "passed" and told[by_record[name(0)].iri, "TIT"] == "passed"
    assert told[by_record[name(1)].iri, "TIT"] == "failed" and told[by_record[name(3)].iri, "LIC"] == "failed"
    assert len(told) == 10
    waived = [str(found.value(each, EARL.test)) for each in found.subjects(RDF.type, EARL.Assertion)
              if (found.value(each, EARL.result), EARL.info, None) in found]  # fmt: skip
    assert waived == [str(FNS.TIT)]


def test_what_was_not_decided_is_never_said_to_have_passed(one: Audited) -> None:
    audit = one.audit().audit
    measure, whole = one.measure(audit), one.results(audit)[name(0)]
    failed = canonical([{"rule": ENGINE_FAILED, "severity": "warning", "message": "too slow"}])
    unreadable = canonical([{"rule": UNREADABLE, "severity": "violation", "message": "lost"}])
    cases = [
        replace(whole, verdicts=""),  # of a release that kept none
        replace(whole, verdicts="", checks="u.", failures=failed),
        replace(whole, verdicts="", checks="uu", failures=unreadable),
    ]

    told = list(outcomes(cases, measure, Waiving(())))

    assert [[check.id for check in each.asked] for each in told] == [[], ["LIC", "TIT"], ["LIC", "TIT"]]
    assert [check.id for check in told[1].undecided] == ["LIC", "TIT"]
    assert told[2].report is None and told[2].problem is not None
    earl = outcomes_of(graph("".join(turtle(earl_triples(told)))))
    assert set(earl.values()) == {"cantTell", "failed"}


def test_a_shacl_report_conforms_where_a_record_does_and_names_places_where_they_are_asked_for(one: Audited) -> None:
    found = graph(command(one, "--format", "turtle").output)

    verdicts = [found.value(each, SH.conforms) for each in found.subjects(RDF.type, SH.ValidationReport)]
    assert sorted(map(str, verdicts)) == ["false"] * 4 + ["true"]
    shapes = sorted(str(shape).rpartition("#")[2] for shape in found.objects(None, SH.sourceShape))
    assert shapes == ["LIC"] * 4 + ["TIT"]
    placed = graph(command(one, "--format", "earl", "--places").output)
    assert any("rights" in str(info) for info in placed.objects(None, EARL.info))


def test_measurements_have_points_checks_and_each_definition_once(one: Audited) -> None:
    text = command(one, "--format", "dqv").output
    found = graph(text)

    passed = [
        str(found.value(each, DQV.computedOn))
        for each in found.subjects(DQV.isMeasurementOf, FNS.LIC)
        if found.value(each, DQV.value) == Literal(True)
    ]
    assert passed == [one.results(one.audit().audit)[name(0)].iri]
    assert text.count("fns:LIC a dqv:Metric") == text.count("@prefix dqv:") == 1
    assert len(set(found.subjects(RDF.type, DQV.QualityMetadata))) >= 5
    assert (URIRef(FNS["points-gained"]), RDF.type, DQV.Metric) in found


def test_the_page_needs_nothing_else_and_names_places_and_waivers(one: Audited, client: FlaskClient) -> None:
    answer = client.get(f"/audit/{digest(one)}/report.html")

    tree = html.fromstring(answer.data)
    assert answer.headers["Content-Security-Policy"].startswith(POLICY)
    assert not tree.xpath("//script | //img | //link | //*[@style] | //a[starts-with(@href, 'http')]")
    assert len(tree.xpath("//style")) == 1
    words = " ".join(tree.text_content().split())
    assert "1 record without a finding" in words and "waived in 1" in words and "warning" in words
    assert "records that everybody may see and that are still what was judged" in words
    cells = [" ".join(cell.text_content().split()) for cell in tree.xpath("//details//td")]
    assert "/dc/title, line 1" in cells and "missing: /dc/rights" in cells
    summaries = tree.xpath("//details/summary/text()")
    assert summaries[0].startswith(f"mine: {name(1)}: 0 of 4 points, 2 findings")
    assert {each.split(": ")[1] for each in summaries} == {name(1), name(3), name(4)}
    for chart in tree.xpath("//svg"):
        assert chart.get("role") == "img" and chart.xpath("./title/text()")
        bars = [str(bar) for bar in chart.xpath("./g/title/text()")]
        assert bars and chart.xpath("string(./desc)") == "; ".join(bars)
    assert "LIC (warning): 9 points; TIT (violation): 1 point" in words


def test_turtle_is_negotiated_and_a_rule_is_no_report(one: Audited, client: FlaskClient) -> None:
    answer = client.get(f"/audit/{digest(one)}", headers={"Accept": "text/turtle"})

    assert (answer.status_code, answer.headers["Location"]) == (303, f"/audit/{digest(one)}/shacl.ttl")
    assert "Accept" in answer.vary
    assert client.get(f"/audit/{digest(one)}", headers={"Accept": "text/html"}).status_code == 200
    assert client.get(f"/audit/{digest(one)}", headers={"Accept": "image/png"}).status_code == 406
    refused = command(one, "--format", "html", "--rule", "LIC")
    assert refused.exit_code != 0 and "whole records" in refused.output


@pytest.mark.parametrize("form", REPORTS)
def test_a_report_takes_no_more_memory_for_more_records(one: Audited, form: str) -> None:
    audit = one.audit().audit
    measure, found = one.measure(audit), one.results(audit)[name(1)]
    places = Places(
        audit=audit,
        measure=measure,
        records=AuditedRecords(one.node.database, one.node.vault),
        raws=Raws(one.node.database, one.node.vault),
    )

    def judged(number: int) -> Iterator[Judgement]:
        yield from (replace(found, identifier=f"{each} {'x' * 5000}", local_id=str(each)) for each in range(number))

    def peak(number: int) -> int:
        written = report(form, outcomes(judged(number), measure, Waiving(())), places, None, "https://example.org")
        tracemalloc.start()
        try:
            for _ in written:
                pass
            return tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("node.audit.outcomes._MOST", 5)
        peak(10)
        assert peak(400) < 2 * peak(50)


def test_only_so_many_reports_are_written_at_once_and_each_gives_its_place_back(
    one: Audited, client: FlaskClient
) -> None:
    address = f"/audit/{digest(one)}/earl.ttl"
    begun: list[Any] = [client.get(address) for _ in range(2)]

    refused = client.get(address)

    assert refused.status_code == 429 and int(refused.headers["Retry-After"]) > 0
    for each in begun:
        assert each.data
        each.close()
    assert client.get(address).data
