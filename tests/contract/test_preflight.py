"""What a preflight finds out about repositories that really answer, well-behaved or not."""

from __future__ import annotations

import dataclasses
import datetime as dt
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from harvesters.asking import Patience
from harvesters.oai_pmh import OaiPmhHarvester
from node.bootstrap import initialise, open_node
from node.model.preflight import Fix, Incremental, PreflightReport, Verdict
from node.model.report import Severity
from node.model.source import Source
from node.pipeline import harvest_source
from node.preflight import Limits, opening, preflight
from node.preflight.document import as_document
from node.settings import ComputeSettings, FetchSettings, Settings
from tests.servers.registrant import Registrant
from tests.servers.scripted import Answer, Scripted, Seen

FETCH = FetchSettings(allow_networks=("127.0.0.0/8",), backoff=0.01, retries=1)
HARVESTER = OaiPmhHarvester(patience=Patience(pause=0.01))
EARLIEST = "2023-02-02T07:46:22Z"


def look_over(url: str, sample: int = 100, seconds: float = 60, **asked: object) -> PreflightReport:
    return preflight(
        Source(name="x", url=url, **asked),  # type: ignore[arg-type]
        HARVESTER,
        opening(FETCH),
        now=dt.datetime.now(dt.UTC),
        limits=Limits(sample=sample, seconds=seconds),
    )


def found(report: PreflightReport, code: str) -> Fix:
    assert report.error is None
    (fix,) = [fix for fix in (*report.conformance, *report.fixes) if fix.code == code]
    return fix


def test_a_repository_is_described_by_its_own_words() -> None:
    with Registrant() as repository:
        report = look_over(repository.url, sample=10)

    described = report.description
    assert described is not None
    assert (described.protocol, described.deletions) == ("OAI-PMH 2.0", "persistent")
    assert (described.granularity, described.earliest) == ("YYYY-MM-DDThh:mm:ssZ", EARLIEST)
    assert described.contacts == ("admin@sample.example",)
    assert [each.prefix for each in described.formats] == ["oai_dc", "oai_datacite"]
    assert "data:software" in {each.spec for each in described.sets}
    assert (report.sample.records, report.estimate.records) == (10, 312)
    assert found(report, "preflight.format-richer").severity is Severity.INFO
    assert report.requests == len(repository.seen)


def test_the_projected_score_is_what_a_harvest_of_the_same_records_gets(tmp_path: Path) -> None:
    settings = Settings(fetch=FETCH, compute=ComputeSettings(executor="inline")).model_copy(update={"home": tmp_path})
    initialise(settings, dt.datetime.now(dt.UTC))
    node = open_node(settings)
    with Registrant() as repository:
        source = Source(name="projected", url=repository.url)

        report = look_over(repository.url, sample=500)
        node.sources.add(source, dt.datetime.now(dt.UTC))
        run = harvest_source(node, "projected", now=lambda: dt.datetime.now(dt.UTC))
    (summary,) = node.summaries.sources(today=dt.date.today())
    node.close()

    sample = report.sample
    assert sample.whole and sample.records == run.listed == 312
    assert (sample.published, sample.quarantined, sample.deleted) == (summary.live, summary.held, summary.tombstones)
    assert summary.score == pytest.approx(sample.score / sample.max_score, abs=0.02)
    assert report.estimate.records == 312 and report.estimate.seconds is not None


def test_the_points_of_all_fixes_are_what_the_score_lacks() -> None:
    with Registrant() as repository:
        report = look_over(repository.url, sample=60)

    lost = sum(fix.points for fix in report.fixes)
    assert lost == pytest.approx(report.sample.max_score - report.sample.score)
    assert [fix.points for fix in report.fixes] == sorted((fix.points for fix in report.fixes), reverse=True)


def test_every_fix_names_a_failing_record_and_its_field() -> None:
    with Registrant() as repository:
        known = {record.identifier for record in repository.sample.records()}
        report = look_over(repository.url, sample=200)

    assert report.fixes
    for fix in report.fixes:
        assert fix.examples and fix.records >= len({each.identifier for each in fix.examples})
        for each in fix.examples:
            assert each.identifier in known, fix.code
            assert each.path or each.line or each.value, fix.code


def test_a_record_that_would_not_be_published_is_named_as_such() -> None:
    with Registrant() as repository:
        report = look_over(repository.url, sample=200)

    assert report.sample.quarantined
    blocking = [fix for fix in report.fixes if fix.blocks]
    assert sum(fix.records for fix in blocking) >= report.sample.quarantined
    assert report.verdict is Verdict.FINDINGS


def test_nothing_of_the_repository_is_kept_and_the_same_report_is_the_same_document() -> None:
    with Registrant() as repository:
        one, other = (look_over(repository.url, sample=20) for _ in range(2))

    timeless = [
        dataclasses.replace(report, started=one.started, seconds=0.0, estimate=one.estimate) for report in (one, other)
    ]
    assert as_document(timeless[0]) == as_document(timeless[1])


def test_a_sample_within_one_page_costs_one_list_request() -> None:
    with Registrant() as repository:
        look_over(repository.url, sample=20)

        lists = [seen for seen in repository.seen if seen.get("verb") == "ListRecords" and not seen.get("from")]

    assert len(lists) == 1


@pytest.mark.parametrize(
    ("ignored", "code", "state"),
    [
        ((), "", Incremental.WORKS),
        (("from",), "preflight.from-ignored", Incremental.IGNORED),
        (("until",), "preflight.until-ignored", Incremental.IGNORED),
    ],
)
def test_a_small_window_tells_whether_changes_can_be_had_alone(
    ignored: tuple[str, ...], code: str, state: Incremental
) -> None:
    with Registrant(ignored=ignored) as repository:
        # The sample ends before the newest record, so that there are newer ones to be sent.
        report = look_over(repository.url, sample=30)

    assert report.incremental is state
    assert code == "" or found(report, code).examples[0].path == "header/datestamp"


def test_a_window_that_leaves_records_out_is_a_violation() -> None:
    def forget(seen: Seen, document: str) -> str:
        if seen.get("from") is None:
            return document
        head = document.partition("<ListRecords>")[0]
        return f'{head}<error code="noRecordsMatch">nothing changed</error></OAI-PMH>'

    with Registrant(forget) as repository:
        report = look_over(repository.url, sample=30)

    fix = found(report, "preflight.window-misses")
    assert report.incremental is Incremental.MISSES
    assert fix.severity is Severity.VIOLATION and fix.examples[0].identifier.startswith("oai:sample.example:")


def test_a_window_that_is_refused_is_a_violation() -> None:
    def refuse(seen: Seen, document: str) -> str:
        if seen.get("from") is None:
            return document
        head = document.partition("<ListRecords>")[0]
        return f'{head}<error code="badArgument">no dates, please</error></OAI-PMH>'

    with Registrant(refuse) as repository:
        report = look_over(repository.url, sample=30)

    assert "no dates, please" in found(report, "preflight.window-refused").message


def in_list(old: str, new: str) -> Callable[[Seen, str], str]:
    return lambda seen, document: document.replace(old, new) if seen.get("verb") == "ListRecords" else document


def in_identify(old: str, new: str) -> Callable[[Seen, str], str]:
    return lambda seen, document: document.replace(old, new) if seen.get("verb") == "Identify" else document


def twice(seen: Seen, document: str) -> str:
    if seen.get("verb") != "ListRecords":
        return document
    record = document[document.index("<record>") : document.index("</record>") + len("</record>")]
    return document.replace("<ListRecords>", f"<ListRecords>{record}", 1)


@pytest.mark.parametrize(
    ("code", "path", "value", "spoil"),
    [
        (
            "preflight.datestamp-future",
            "header/datestamp",
            "2999-02-02T07:46:22Z",
            in_list(f"<datestamp>{EARLIEST}", "<datestamp>2999-02-02T07:46:22Z"),
        ),
        (
            "preflight.datestamp-spelling",
            "header/datestamp",
            "2023-02-02 07:46",
            in_list(f"<datestamp>{EARLIEST}", "<datestamp>2023-02-02 07:46"),
        ),
        (
            "preflight.datestamp-too-early",
            "header/datestamp",
            EARLIEST,
            in_identify(f"<earliestDatestamp>{EARLIEST}", "<earliestDatestamp>2023-02-03T00:00:00Z"),
        ),
        ("preflight.identifier-repeated", "header/identifier", None, twice),
    ],
)
def test_a_header_that_breaks_the_protocol_is_shown(
    code: str, path: str, value: str | None, spoil: Callable[[Seen, str], str]
) -> None:
    with Registrant(spoil) as repository:
        report = look_over(repository.url, sample=30)

    first = found(report, code).examples[0]
    assert (first.path, first.value) == (path, value)
    assert first.identifier.startswith("oai:sample.example:")


@pytest.mark.parametrize(
    ("code", "old", "new"),
    [
        ("preflight.deletions-untold", ">persistent<", ">no<"),
        ("preflight.deletions-transient", ">persistent<", ">transient<"),
        ("preflight.granularity-day", ">YYYY-MM-DDThh:mm:ssZ<", ">YYYY-MM-DD<"),
    ],
)
def test_what_the_repository_says_of_itself_is_judged(code: str, old: str, new: str) -> None:
    with Registrant(in_identify(old, new)) as repository:
        report = look_over(repository.url, sample=10)

    assert found(report, code).severity is Severity.INFO


def test_a_format_and_a_set_that_are_not_offered_are_told() -> None:
    with Registrant() as repository:
        missing = look_over(repository.url, metadata_prefix="marc21")
        report = look_over(repository.url, set_specs=("data:software", "gone"))

    assert missing.verdict is Verdict.FAILED and missing.error is not None
    assert "cannotDisseminateFormat" in missing.error.message
    assert "preflight.format-missing" in {fix.code for fix in missing.conformance}
    assert found(report, "preflight.set-missing").message.endswith("“gone”")


def test_a_repository_without_records_is_told() -> None:
    def empty(seen: Seen, document: str) -> str:
        head = document.partition("<ListRecords>")[0]
        return f'{head}<error code="noRecordsMatch">none</error></OAI-PMH>' if "<ListRecords>" in document else document

    with Registrant(empty) as repository:
        report = look_over(repository.url)

    assert found(report, "preflight.no-records").severity is Severity.VIOLATION
    assert report.sample.whole and report.estimate.seconds is None


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        (Answer(b"<html><body>Welcome</body></html>"), "harvest.not-oai-pmh"),
        (Answer(b"gone", status=404), "fetch.http-status"),
        (Answer(reset=True), "fetch.broken"),
    ],
)
def test_what_is_no_repository_fails_with_the_reason(answer: Answer, code: str) -> None:
    with Scripted([answer]) as server:
        report = look_over(server.url)

    assert report.verdict is Verdict.FAILED
    assert report.error is not None and (report.error.code, bool(report.error.advice)) == (code, True)
    assert as_document(report)["repository"] is None


def test_a_list_that_breaks_off_leaves_what_came_before() -> None:
    def cut(seen: Seen, document: str) -> str:
        is_late = seen.get("resumptionToken") or seen.get("from") or seen.get("until")
        return "<html>Session expired</html>" if is_late else document

    with Registrant(cut, page_size=20) as repository:
        report = look_over(repository.url)

    assert report.verdict is Verdict.FAILED and report.error is not None
    assert report.sample.records == 20 and report.fixes


def test_a_slow_repository_is_looked_at_as_long_as_there_is_time() -> None:
    def slow(seen: Seen, document: str) -> str:
        if seen.get("resumptionToken") is not None:
            time.sleep(1.0)
        return document

    with Registrant(slow, page_size=10) as repository:
        begun = time.monotonic()
        report = look_over(repository.url, seconds=4)
        took = time.monotonic() - begun

    assert took < 6
    assert 10 <= report.sample.records < 100
    assert report.sample.checked and report.fixes
    assert found(report, "preflight.cut-short").severity is Severity.WARNING


def test_a_repository_that_never_answers_ends_in_time() -> None:
    with Scripted([Answer(drip=0.2)]) as server:
        begun = time.monotonic()
        report = look_over(server.url, seconds=2)

    assert time.monotonic() - begun < 5
    assert report.verdict is Verdict.FAILED and report.description is None
