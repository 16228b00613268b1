"""`/stored`: audits of what is really stored, as pages and JSON, for those who run the node and for stewards.

Nobody else: the counts alone would tell how much there is that one may not see.
"""

from __future__ import annotations

import json
from collections.abc import Callable

from flask import Blueprint, Response, abort, render_template, request

from node.drift.documents import finding_values, run_values
from node.model.drift import Drift
from node.storage.drift import DriftRuns
from node.storage.relabels import Relabels
from node.syntax import JsonValue
from node.web.current import current_node
from node.web.negotiation import accepted
from node.web.refusals import for_own_people

bp = Blueprint("stored", __name__)

_FINDINGS = 200
_DIGITS = 18


@bp.get("/stored")
@bp.get("/stored.json")
def index() -> Response:
    """The audits, newest first, and the objects whose relabelling waits."""
    _admit()
    database = current_node().database
    runs, waiting = DriftRuns(database).latest(), Relabels(database).waiting()

    def document() -> dict[str, JsonValue]:
        return {
            "audits": [run_values(run) for run in runs],
            "relabels": {"open": waiting[0], "stuck": waiting[1]},
        }

    return _answer(lambda: render_template("stored.html", runs=runs, waiting=waiting, Drift=Drift), document)


@bp.get("/stored/<name>")
def audit(name: str) -> Response:
    """One audit: counts by class, and what deviates, page by page."""
    _admit()
    number = _number(name.removesuffix(".json"))
    runs = DriftRuns(current_node().database)
    run = runs.get(number)
    found = runs.findings(number, _FINDINGS + 1, after=_number(request.args.get("after", "0")))
    shown = found[:_FINDINGS]
    after = shown[-1][0] if len(found) > _FINDINGS else None

    def document() -> dict[str, JsonValue]:
        return {**run_values(run), "findings": [finding_values(each) for _, each in shown], "after": after}

    def page() -> str:
        return render_template(
            "stored_audit.html", run=run, found=[each for _, each in shown], after=after, Drift=Drift
        )

    return _answer(page, document)


def _admit() -> None:
    for_own_people("stored", advice="Sign in as one at /login, or use `fairnode store audits`.")


def _number(text: str) -> int:
    if not (text.isascii() and text.isdecimal() and len(text) <= _DIGITS):
        abort(404)
    return int(text)


def _answer(page: Callable[[], str], document: Callable[[], dict[str, JsonValue]]) -> Response:
    if request.path.endswith(".json") or accepted(("text/html", "application/json")) == "application/json":
        response = Response(json.dumps(document(), ensure_ascii=False), mimetype="application/json")
    else:
        response = Response(page(), mimetype="text/html")
    response.vary.add("Accept")
    return response
