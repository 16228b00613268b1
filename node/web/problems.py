"""Errors as RFC 9457 problem documents, or as a page where a person is reading."""

from __future__ import annotations

import json
from http import HTTPStatus

from flask import Flask, Response, render_template, request
from werkzeug.exceptions import HTTPException

from node.errors import Busy, Conflict, FairnodeError, FetchError, HarvestError, NoGraphs, NotFound, QueryRefused
from node.telemetry import logger
from node.visitor_errors import MailError, PreflightTimeout, RequestRefused

_log = logger("web")


def register(app: Flask) -> None:
    """Make the application answer errors in the reader's form."""
    app.register_error_handler(FairnodeError, _known)
    app.register_error_handler(HTTPException, _http)
    app.register_error_handler(Exception, _unknown)


def problem(
    status: int, code: str, detail: str, advice: str = "", errors: tuple[tuple[str, str], ...] = ()
) -> Response:
    """Return a problem document, or a page for a browser; `errors` are (member, what is wrong with it)."""
    title = HTTPStatus(status).phrase
    best = request.accept_mimetypes.best_match(("application/problem+json", "application/json", "text/html"))
    if best == "text/html":
        page = render_template("problem.html", status=status, title=title, code=code, detail=detail, advice=advice)
        return _told(Response(page, status=status, mimetype="text/html"))
    body: dict[str, object] = {
        "type": f"urn:fairnode:error:{code}",
        "title": title,
        "status": status,
        "detail": detail,
        "code": code,
    }
    if advice:
        body["advice"] = advice
    if errors:
        body["errors"] = [{"member": member, "detail": why} for member, why in errors]
    return _told(Response(json.dumps(body, ensure_ascii=False), status=status, mimetype="application/problem+json"))


def _told(response: Response) -> Response:
    # Negotiated, and true for now: a cache may keep 404 and 410 by itself for as long as it likes (RFC 9110, 15.1).
    response.vary.add("Accept")
    response.headers["Cache-Control"] = "no-cache"
    return response


def status_of(error: FairnodeError) -> int:
    """Return the HTTP status that says what an error says."""
    if isinstance(error, QueryRefused | RequestRefused):
        return error.status
    if isinstance(error, PreflightTimeout):
        return 504
    if isinstance(error, FetchError | HarvestError | MailError):
        return 502
    if isinstance(error, NotFound):
        return 404
    return 409 if isinstance(error, Conflict) else 500


def _known(error: FairnodeError) -> Response:
    status = status_of(error)
    if status >= 500:
        # A query that takes too long or needs too much is its client's doing, who could fill the log with it.
        tell = _log.info if isinstance(error, QueryRefused) else _log.error
        tell("request failed", path=request.path, code=error.code, detail=error.message)
    errors = error.errors if isinstance(error, RequestRefused) else ()
    response = problem(status, error.code, error.message, error.advice, errors)
    if isinstance(error, Busy | NoGraphs | RequestRefused) and error.retry_after is not None:
        response.headers["Retry-After"] = str(error.retry_after)
    return response


def _http(error: HTTPException) -> Response:
    status = error.code or 500
    response = problem(status, f"http.{status}", error.description or HTTPStatus(status).phrase)
    for name, value in error.get_headers():
        if name.lower() in ("allow", "retry-after", "www-authenticate"):
            response.headers[name] = value
    return response


def _unknown(error: Exception) -> Response:
    # What went wrong inside is for the log; the answer must not tell a stranger.
    _log.exception("request broke down", path=request.path)
    return problem(500, "node.error", "The node met an error of its own; its operator finds it in the log.")
