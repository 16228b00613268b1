"""`/audit`: audits as pages and JSON: the list, one audit, two compared; `storage.audit_views` says who may read what.

Who waived and signed is for the node's own people; the public learns that something was.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable

from flask import Blueprint, Response, abort, render_template, request, url_for

from node.audit.comparing import compare
from node.audit.judging import findings_of
from node.audit.reports import finding_values, listed_values, scores_values, told_values
from node.audit.score_reports import left_out_of, links_sentence, parts
from node.audit.waiving import Waiving
from node.model.audit import Audit, Change, Judgement, Rule, Yardstick
from node.model.report import Finding
from node.storage.audit_scores import AuditScores
from node.storage.audit_views import AuditViews
from node.storage.audits import Audits
from node.storage.browsing import ALPHABET
from node.storage.judgements import Judgements
from node.storage.waivers import Signatures, Waivers
from node.syntax import JsonValue
from node.web.current import current_node, current_viewer
from node.web.negotiation import accepted

bp = Blueprint("audits", __name__)

MEDIA_TYPES = {"json": "application/json"}
FILES = {"report.html": "html", "shacl.ttl": "turtle", "dqv.ttl": "dqv", "earl.ttl": "earl"}
"""The reports of an audit by the names they have below it, in the forms of `node.audit.outcomes`."""
TURTLE = "text/turtle"
_PAGE_OR_JSON = ("text/html", *MEDIA_TYPES.values())
_REPORTS = (
    ("report.html", "page to keep", "text/html"),
    ("shacl.ttl", "SHACL report", TURTLE),
    ("dqv.ttl", "quality measurements (DQV)", TURTLE),
    ("earl.ttl", "test results (EARL)", TURTLE),
)
_AUDITS = 50
_RECORDS = 100
_DIGITS = 18
_LONGEST = 64


@bp.get("/audit")
@bp.get("/audit.json")
def index() -> Response:
    """The audits, newest first; `source` keeps those of one source: its history."""
    node = current_node()
    source, before = request.args.get("source"), _number("before")
    if source is not None:
        node.sources.get(source)
    found = Audits(node.database).latest(source, _AUDITS + 1, before=before)
    shown = found[:_AUDITS]
    more = shown[-1].number if len(found) > _AUDITS else None
    as_json = request.path.endswith(".json") or _wants_json()
    counted = _counted(*shown)

    def document() -> dict[str, JsonValue]:
        return {
            "audits": [{**listed_values(each, counted=counted), "signed": _signed(each)} for each in shown],
            "before": more,
        }

    def page() -> str:
        return render_template(
            "audits.html", audits=shown, counted=counted, source=source, before=more, extensions=MEDIA_TYPES
        )

    return _answer(page, document, as_json=as_json)


@bp.get("/audit/<name>")
def audit(name: str) -> Response:
    """One audit: its counts, and the findings of the records that may be seen, page by page."""
    if name.isalnum() and accepted((*_PAGE_OR_JSON, TURTLE)) == TURTLE:
        where = url_for("audit_reports.whole", digest=name, file="shacl.ttl")
        return Response(status=303, headers={"Location": where, "Vary": "Accept"})
    digest, as_json = _form(name)
    node = current_node()
    found = Audits(node.database).get(digest)
    measure = Judgements(node.database).measure(found.yardstick)
    rule = request.args.get("rule")
    places = {each.code: index for index, each in enumerate(measure.rules)}
    if rule is not None and rule not in places:
        abort(400, "rule is one of those that the audit's profile asks.")
    part = AuditViews(node.database).page(
        found,
        current_viewer(),
        _now().date(),
        after=_after(),
        limit=_RECORDS,
        place=places[rule] if rule is not None else None,
    )
    counted = _counted(found)
    # Scores are of all sources together as well.
    sheet = AuditScores(node.database).latest(found) if found.is_of(counted) else None
    waiving = Waiving(Waivers(node.database).holding(_now().date()))
    by_code = {each.code: each for each in measure.rules}

    def shown() -> list[tuple[Judgement, list[tuple[Finding, bool]]]]:
        return [
            (
                each,
                [
                    (finding, waiving.covering(finding.code, each.source, each.local_id) is not None)
                    for finding in findings_of(each, by_code)
                    if rule in (None, finding.code)
                ],
            )
            for each in part.judgements
        ]

    def document() -> dict[str, JsonValue]:
        return {
            **told_values(found, counted),
            "scores": scores_values(sheet),
            "signed": _signed(found),
            "public": [
                {
                    **_record(each),
                    "findings": [{**finding_values(finding), "waived": waived} for finding, waived in findings],
                }
                for each, findings in shown()
            ],
            "after": part.after,
        }

    def page() -> str:
        return render_template(
            "audit.html",
            audit=found,
            counted=counted,
            rules=_rules(measure, found) if found.is_of(counted) else [],
            score_parts=parts(sheet.values) if sheet else [],
            left_out_of=left_out_of,
            links=links_sentence(sheet.values) if sheet else "",
            rule=rule,
            shown=shown(),
            after=part.after,
            signed=len(Signatures(node.database).of(found.digest)),
            extensions=MEDIA_TYPES,
            reports=_REPORTS,
        )

    return _answer(page, document, as_json=as_json)


@bp.get("/audit/<before>/diff/<name>")
def diff(before: str, name: str) -> Response:
    """Two audits: counts by rule, and of the records that may be seen what is new in them."""
    digest, as_json = _form(name)
    node = current_node()
    audits, judgements, views = Audits(node.database), Judgements(node.database), AuditViews(node.database)
    old, new = audits.get(before), audits.get(digest)
    rules = [judgements.measure(each.yardstick).rules for each in (old, new)]
    part = views.page(new, current_viewer(), _now().date(), after=_after(), limit=_RECORDS, since=old)
    earlier = views.judgements_in(old, [each.local_id for each in part.judgements])
    changes = [
        (each, fresh)
        for each in part.judgements
        if (fresh := _fresh(earlier.get(each.local_id), rules[0], each, rules[1]))
    ]
    counted = _counted(old, new)
    counts = _sides(old, new) if old.is_of(counted) and new.is_of(counted) else []

    def document() -> dict[str, JsonValue]:
        return {
            "before": told_values(old, counted),
            "after": told_values(new, counted),
            "rules": [{"rule": code, "before": was, "after": is_} for code, was, is_ in counts],
            "public": [
                {**_record(each), "findings": [{**finding_values(one), "change": way.value} for one, way in fresh]}
                for each, fresh in changes
            ],
            "next": part.after,
        }

    def page() -> str:
        return render_template(
            "audit_diff.html",
            old=old,
            new=new,
            counted=counted,
            counts=counts,
            changes=changes,
            after=part.after,
            extensions=MEDIA_TYPES,
        )

    return _answer(page, document, as_json=as_json)


def _counted(*audits: Audit) -> frozenset[str]:
    """Return those of the sources of some audits whose figures who is asking may be told."""
    names = {part.source for each in audits for part in each.sources}
    return AuditViews(current_node().database).counted(names, current_viewer(), _now().date())


def _fresh(
    was: Judgement | None, old: tuple[Rule, ...], is_: Judgement, new: tuple[Rule, ...]
) -> list[tuple[Finding, Change]]:
    """Return what a record has now and had not then; what it had may be told of the version it had only."""
    changed = compare([was] if was else [], old, [is_], new)
    return [(each.finding, each.change) for each in changed if each.change in (Change.NEW, Change.FIRST)]


def _sides(old: Audit, new: Audit) -> list[tuple[str, int, int]]:
    """Return per rule the findings before and after; the worst now first."""
    was = {each.code: each.findings for each in old.rules}
    is_ = {each.code: each.findings for each in new.rules}
    return sorted(
        ((code, was.get(code, 0), is_.get(code, 0)) for code in {*was, *is_}), key=lambda each: (-each[2], each[0])
    )


def _rules(measure: Yardstick, audit: Audit) -> list[dict[str, object]]:
    by_code = {rule.code: rule for rule in measure.rules}
    return [
        {
            "code": each.code,
            "severity": each.severity,
            "records": each.records,
            "findings": each.findings,
            "asked": each.code in by_code,
            "message": by_code[each.code].message if each.code in by_code else "",
            "advice": by_code[each.code].advice if each.code in by_code else "",
        }
        for each in audit.rules
    ]


def _record(judgement: Judgement) -> dict[str, JsonValue]:
    base = current_node().settings.base_url
    return {
        "source": judgement.source,
        "identifier": judgement.identifier,
        "record": f"{base}/record/{judgement.local_id}",
        "score": judgement.score,
        "max_score": judgement.max_score,
    }


def _signed(audit: Audit) -> list[JsonValue]:
    return [f"{each.at.isoformat()}Z" for each in Signatures(current_node().database).of(audit.digest)]


def _answer(page: Callable[[], str], document: Callable[[], dict[str, JsonValue]], *, as_json: bool) -> Response:
    if as_json:
        response = Response(json.dumps(document(), ensure_ascii=False), mimetype="application/json")
    else:
        response = Response(page(), mimetype="text/html")
    response.headers["Vary"] = "Accept"
    return response


def _form(local: str) -> tuple[str, bool]:
    name, dot, extension = local.partition(".")
    if dot and extension not in MEDIA_TYPES:
        abort(404)
    return name, bool(dot) or _wants_json()


def _wants_json() -> bool:
    return accepted(_PAGE_OR_JSON) == MEDIA_TYPES["json"]


def _number(argument: str) -> int | None:
    text = request.args.get(argument)
    if text is None:
        return None
    if not (text.isascii() and text.isdecimal() and len(text) <= _DIGITS):
        abort(400, f"{argument} is a number that the page before this one ended with.")
    return int(text)


def _after() -> str:
    text = request.args.get("after", "")
    if len(text) > _LONGEST or not set(text) <= set(ALPHABET):
        abort(400, "after is a record's name that the page before this one ended with.")
    return text


def _now() -> dt.datetime:
    return dt.datetime.now(dt.UTC)
