"""The judgements of an audit as outcomes, of which every report is written (`node.validation.reports`)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache, partial
from itertools import chain

from node.audit.judging import UNREADABLE, findings_of
from node.audit.score_reports import parts, sheet_triples, statements
from node.audit.tracing import traced
from node.audit.verdicts import read as read_verdicts
from node.audit.waiving import Standing, Waiving
from node.errors import SettingsError
from node.model.audit import Audit, Judgement, Yardstick
from node.model.dcat import ResourceKind
from node.model.report import ValidationReport
from node.storage.audit_scores import ScoreSheet
from node.storage.audited_records import AuditedRecords
from node.storage.raws import Raws
from node.validation.pointing import with_place
from node.validation.points import is_asked
from node.validation.reports import Outcome, Problem
from node.validation.reports.html import About, html_parts
from node.validation.reports.rdf import dqv_triples, earl_triples, shacl_triples, turtle
from node.validation.shapes import Shape, read_shapes

REPORTS = {"html": "text/html", "turtle": "text/turtle", "dqv": "text/turtle", "earl": "text/turtle"}
"""The forms of an audit that are written as those of `fairnode validate` are, with their media types."""
_MOST = 1000
"""Records that a page shows one by one; a browser does not read more, and other forms have all."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Places:
    """Looks up where findings come from."""

    audit: Audit
    measure: Yardstick
    records: AuditedRecords
    raws: Raws

    def put(self, outcome: Outcome) -> Outcome:
        """Return an outcome whose findings have their places, as far as they are known."""
        report = outcome.report
        mine = [one for one in self.records.named(self.audit, outcome.local_id) if one.local_id == outcome.local_id]
        if report is None or not report.results or not mine:
            return outcome
        found = [Standing(judgement=mine[0], finding=finding, waiver=None) for finding in report.results]
        placed = tuple(
            with_place(each.standing.finding, each.place) if each.place else each.standing.finding
            for each in traced(found, self.measure, self.records, self.raws)
        )
        return replace(outcome, report=replace(report, results=placed))


def outcomes(results: Iterable[Judgement], measure: Yardstick, waiving: Waiving) -> Iterator[Outcome]:
    """Yield what came of each record, in their order.

    Args:
        results: with their verdicts, where they were kept: without them it is not known what passed.
    """
    rules = {rule.code: rule for rule in measure.rules}
    checks = tuple(
        replace(shape, points=rules[shape.id].points) for shape in read_shapes(measure.files) if shape.id in rules
    )
    codes = [rule.code for rule in measure.rules]
    kind_of = lru_cache(maxsize=1024)(partial(_kind, checks))
    for judgement in results:
        findings = findings_of(judgement, rules)
        name = f"{judgement.source}: {judgement.identifier}"
        lost = next((finding for finding in findings if finding.code == UNREADABLE), None)
        if lost is not None:
            problem = Problem(code=lost.code, message=lost.message, advice=lost.advice)
            yield Outcome(name=name, local_id=judgement.local_id, problem=problem, checks=checks)
            continue
        failed = frozenset(finding.code for finding in findings)
        told = _told(judgement, codes)
        if told is None:
            # What is not said to have passed is not said to have been asked, either.
            asked = frozenset(codes) if judgement.undecided else failed
        else:
            asked = frozenset(code for asked in told.values() for code in asked)
        yield Outcome(
            name=name,
            local_id=judgement.local_id,
            report=ValidationReport(
                profile=measure.profile,
                digest=measure.profile_digest,
                engine=measure.engine,
                results=findings,
                score=judgement.score,
                max_score=judgement.max_score,
                by_letter=judgement.letters,
            ),
            checks=checks,
            kinds=((judgement.iri, kind_of((told or {}).get(judgement.iri, frozenset()))),),
            answered=asked,
            waived=frozenset(
                code for code in failed if waiving.covering(code, judgement.source, judgement.local_id) is not None
            ),
        )


def report(
    form: str,
    found: Iterable[Outcome],
    places: Places,
    sheet: ScoreSheet | None,
    base_url: str,
    *,
    note: str = "",
    everywhere: bool = False,
) -> Iterator[str]:
    """Yield an audit's report piece by piece; of the records, no more are kept than a page shows.

    Args:
        form: one of `REPORTS`.
        sheet: the audit's scores, if it has some.
        base_url: the node's public address.
        note: what a page says of the records that are in it.
        everywhere: give each finding its place in the raw record; pages always do.

    Raises:
        SettingsError: there is no such form.
    """
    if form == "html":
        audit = places.audit
        yield from html_parts(
            found,
            About(
                title=f"Audit {audit.digest[:12]}, profile {' '.join(filter(None, (audit.profile, audit.version)))}",
                note=f"Audit {audit.digest}. {note}".strip(),
                scores=statements(parts(sheet.values)[-1][1]) if sheet else (),
                most=_MOST,
                placed=places.put,
            ),
        )
        return
    found = map(places.put, found) if everywhere else found
    if form == "turtle":
        yield from turtle(shacl_triples(found))
    elif form == "dqv":
        yield from turtle(chain(dqv_triples(found), [sheet_triples(sheet, base_url)] if sheet else []))
    elif form == "earl":
        yield from turtle(earl_triples(found))
    else:
        raise SettingsError(f"no report format {form}", advice=f"Use one of {', '.join(REPORTS)}.")


def _told(judgement: Judgement, codes: list[str]) -> Mapping[str, frozenset[str]] | None:
    """The rules that were asked of each node; `None` where that was not kept."""
    if not judgement.verdicts:
        return None
    found: dict[str, set[str]] = {}
    for verdict in read_verdicts(judgement.verdicts, codes, judgement.iri, frozenset(codes)):
        found.setdefault(verdict.focus_node, set()).add(verdict.shape)
    return {node: frozenset(asked) for node, asked in found.items()}


def _kind(checks: Iterable[Shape], asked: frozenset[str]) -> str:
    """The kind of a resource, told by what was asked of it; empty where that does not tell."""
    by_class = [check for check in checks if any(target.startswith("targetClass ") for target in check.targets)]
    mine = {check.id for check in by_class if check.id in asked}
    kinds = tuple(kind.value for kind in ResourceKind) if mine else ()
    return next((kind for kind in kinds if mine == {check.id for check in by_class if is_asked(check, kind)}), "")
