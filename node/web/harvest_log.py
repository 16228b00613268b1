"""`/sources/<name>`: the public harvest log of a source, as page, JSON and RDF; `/source/<name>` is the source itself.

Everything answers for one viewer (`node.storage.harvest_log`); lists go on by keyset, never by offset.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable
from dataclasses import replace
from urllib.parse import urlencode

from flask import Blueprint, Response, abort, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from node.errors import NotFound
from node.exposition.harvest_log import is_full, public_error, run_document, run_url, source_document, source_url
from node.exposition.harvest_log_rdf import LOG_PREFIXES, run_triples, source_triples
from node.model.harvest_log import LedgerPage, LoggedRun, LoggedSource, SourceLog
from node.model.rdf import Triple
from node.model.run import Outcome
from node.node import Node
from node.storage.harvest_log import HarvestLog, logged
from node.syntax import JsonValue, write_rdf
from node.web.current import current_node, current_viewer
from node.web.negotiation import RDF, accepted

bp = Blueprint("harvest_log", __name__)

MEDIA_TYPES = {"json": "application/json", **RDF}
_OFFERED = ("text/html", *MEDIA_TYPES.values())
_RUNS = 20
_ENTRIES = 100
# Numbers of runs have no more digits in any database, and an identifier is no longer in any ledger.
_DIGITS = 18
_LONGEST = 2048


@bp.get("/source/<name>")
def source(name: str) -> BaseResponse:
    """The IRI that records are attributed to: a source is no document, so this leads to the one about it."""
    return redirect(url_for("harvest_log.log", name=_known(name)[0].name), code=303)


@bp.get("/sources/<name>")
def log(name: str) -> Response:
    """A source: how it fares, its latest runs, what comes next."""
    name, media_type = _form(name)
    node, now = current_node(), _now()
    about, told = _known(name)
    before = _number("before")
    found = node.runs.latest(name, _RUNS + 1, before=before)
    runs = found[:_RUNS]
    notes = HarvestLog(node.database).notes([run.run for run in runs] if told else [])
    content = SourceLog(
        source=about,
        runs=tuple(LoggedRun(run=run, notes=notes.get(run.run, ()), told=told) for run in runs),
        before=runs[-1].run if len(found) > _RUNS else None,
    )

    def page() -> str:
        return render_template(
            "source.html",
            source=about,
            runs=content.runs,
            before=content.before,
            first=before is None,
            freshness=about.freshness(now),
            due=about.next_run is not None and about.next_run <= now.replace(tzinfo=None),
            findings=node.summaries.top_findings(name, limit=10, today=now.date(), viewer=current_viewer()),
            extensions=MEDIA_TYPES,
            is_full=is_full,
        )

    base = node.settings.base_url
    return _answer(
        media_type,
        page,
        lambda: source_document(content, base, now),
        lambda: source_triples(content, base, node.settings.oai.repository_name, now),
        source_url(base, name),
    )


@bp.get("/sources/<name>/runs/<number>")
def run(name: str, number: str) -> Response:
    """A run: its account, why records were held back, and its ledger page by page."""
    number, media_type = _form(number)
    node, now = current_node(), _now()
    about, told = _known(name)
    if not (number.isascii() and number.isdecimal() and len(number) <= _DIGITS):
        abort(404)
    account = node.runs.get(int(number))
    if account.source != name:
        raise NotFound(f"source {name!r} has no run {number}", advice=f"/sources/{name} names its runs.")
    state, after = _state(), _after()
    store = HarvestLog(node.database)
    content = LoggedRun(run=account, told=told)
    if told:
        notes = store.notes([account.run])[account.run]
        content = replace(content, notes=notes, reasons=store.reasons(account.run))
    else:
        source = node.sources.get(name).id
        content = replace(content, seen=store.seen(account.run, source, current_viewer(), now.date()))
    address = run_url(node.settings.base_url, name, account.run)

    def ledger() -> LedgerPage:
        return store.page(
            account.run,
            node.sources.get(name).id,
            current_viewer(),
            now.date(),
            outcome=state,
            after=after,
            limit=_ENTRIES,
        )

    def following(ledger: LedgerPage) -> str | None:
        if ledger.after is None:
            return None
        return "?" + urlencode({**({"state": state.value} if state else {}), "after": ledger.after})

    def page() -> str:
        entries = ledger()
        return render_template(
            "run.html",
            source=about,
            logged=content,
            run=account,
            error=public_error(account.error, told=told) if account.error else None,
            full=is_full(account),
            entries=entries.entries,
            following=following(entries),
            state=state,
            outcomes=tuple(Outcome),
            extensions=MEDIA_TYPES,
        )

    def document() -> JsonValue:
        entries = ledger()
        more = following(entries)
        return run_document(content, about, entries, more and f"{address}.json{more}", node.settings.base_url)

    return _answer(
        media_type,
        page,
        document,
        lambda: run_triples(content, about, node.settings.base_url, node.settings.oai.repository_name, now),
        address,
    )


def _answer(
    media_type: str,
    page: Callable[[], str],
    document: Callable[[], JsonValue],
    triples: Callable[[], tuple[Triple, ...]],
    address: str,
) -> Response:
    """Answer in the form asked for, and tell of the other ones (RFC 8288)."""
    if media_type == "text/html":
        response = Response(page(), mimetype=media_type)
    elif media_type == "application/json":
        response = Response(json.dumps(document(), ensure_ascii=False), mimetype=media_type)
    else:
        response = Response(write_rdf(triples(), media_type, prefixes=LOG_PREFIXES), mimetype=media_type)
    response.headers["Vary"] = "Accept"
    response.headers["Link"] = ", ".join(
        f'<{address}.{extension}>; rel="alternate"; type="{kind}"' for extension, kind in MEDIA_TYPES.items()
    )
    return response


def _form(local: str) -> tuple[str, str]:
    """Return what an address names, and the media type by its extension or by negotiation."""
    name, dot, extension = local.partition(".")
    if dot:
        if extension not in MEDIA_TYPES:
            abort(404)
        return name, MEDIA_TYPES[extension]
    return name, accepted(_OFFERED)


def _known(name: str) -> tuple[LoggedSource, bool]:
    """Return what the log says of a source, and whether figures of its runs may be told to who is asking."""
    node: Node = current_node()
    try:
        stored = node.sources.get(name)
    except NotFound as error:
        raise NotFound(f"there is no source {name[:64]!r}", advice="/sources names them all.") from error
    now = _now()
    (summary,) = node.summaries.sources(name, today=now.date(), viewer=current_viewer())
    told = bool(HarvestLog(node.database).told([stored], current_viewer(), now.date()))
    return logged(stored, summary, now, node.settings.worker.dead_after_days, told=told), told


def _number(argument: str) -> int | None:
    text = request.args.get(argument)
    if text is None:
        return None
    if not (text.isascii() and text.isdecimal() and len(text) <= _DIGITS):
        abort(400, f"{argument} is the number of a run.")
    return int(text)


def _state() -> Outcome | None:
    text = request.args.get("state")
    if text is None:
        return None
    try:
        return Outcome(text)
    except ValueError:
        abort(400, f"state is one of {', '.join(outcome.value for outcome in Outcome)}.")


def _after() -> str | None:
    text = request.args.get("after")
    if text is not None and ("\x00" in text or len(text) > _LONGEST):
        abort(400, "after is an identifier that the page before this one ended with.")
    return text


def _now() -> dt.datetime:
    return dt.datetime.now(dt.UTC)
