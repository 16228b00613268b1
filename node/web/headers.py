"""What goes with every answer: how a browser must treat it, and who may keep it.

Content Security Policy Level 3 (https://www.w3.org/TR/CSP3/), RFC 6797 (HSTS), RFC 9111 (caching), CORS
(https://fetch.spec.whatwg.org/#http-cors-protocol).
"""

from __future__ import annotations

from flask import Flask, Response, g, request

# Harvested text is escaped; should that ever fail, no script of it may run, and nothing of it be fetched or sent.
_PAGE = (
    "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
# XML from strangers may hold XHTML, which browsers would run; JSON and RDF need nothing at all.
_DATA = "default-src 'none'; form-action 'none'; base-uri 'none'; frame-ancestors 'none'; sandbox"
_YEAR = 31_536_000
_OF_PAGES = {
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
}
_WHO = ("Authorization", "Cookie")
# Scripts of any origin may read data, as anybody: a browser sends them nobody's cookies along.
_OPEN = {
    "Access-Control-Allow-Origin": "*",
    "Access-Control-Expose-Headers": "ETag, Last-Modified, Link, Memento-Datetime, Retry-After",
}
# A browser asks first where a script sends what no form could.
_ASKED_FIRST = {
    "Access-Control-Allow-Origin": "*",
    "Access-Control-Allow-Methods": "GET, HEAD",
    "Access-Control-Allow-Headers": "Accept, Accept-Datetime, Authorization, If-None-Match",
    "Access-Control-Max-Age": "86400",
}


def register(app: Flask, *, base_url: str) -> None:
    """Put headers on every answer of the application, errors included."""
    page = {"Content-Security-Policy": _PAGE, **_everywhere(base_url), **_OF_PAGES}
    data = _of_data(base_url)
    open_data = {**data, **_OPEN}

    @app.after_request
    def put(response: Response) -> Response:
        reads = request.method in ("GET", "HEAD")
        of_data = open_data if reads else data
        wanted = page if response.mimetype == "text/html" else of_data
        if reads and "Location" in response.headers:
            wanted = {**wanted, **_OPEN}  # a script gets to what it is sent on to only if it may read this, too
        elif request.method == "OPTIONS" and "GET" in response.allow:
            wanted = {**wanted, **_ASKED_FIRST}
        # In one go: `setdefault` looks through all headers for each, and this is a good part of a short answer.
        present = {name.lower() for name, _ in response.headers}
        response.headers.extend({name: value for name, value in wanted.items() if name.lower() not in present})
        return _kept_private(response)


def to_nobody(base_url: str) -> dict[str, str]:
    """Return the headers of data that was given to nobody in particular, and would be other data for somebody."""
    return {**_of_data(base_url), "Vary": ", ".join(_WHO)}


def _of_data(base_url: str) -> dict[str, str]:
    return {"Content-Security-Policy": _DATA, **_everywhere(base_url)}


def _everywhere(base_url: str) -> dict[str, str]:
    found = {"X-Content-Type-Options": "nosniff", "Referrer-Policy": "no-referrer"}
    if base_url.startswith("https://"):
        found["Strict-Transport-Security"] = f"max-age={_YEAR}"
    return found


def _kept_private(response: Response) -> Response:
    brought = "Authorization" in request.headers
    if g.get("subject") is not None or brought:
        # Also a refusal: who is refused now may be let in a minute later.
        response.headers["Cache-Control"] = "private, no-store"
    if g.get("depends_on_who") or brought:
        response.vary.update(_WHO)
    return response
