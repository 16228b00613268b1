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
# Scripts of any origin may read data, as anybody: a browser sends them nobody's cookies along.
_OPEN = {
    "Access-Control-Allow-Origin": "*",
    "Access-Control-Expose-Headers": "ETag, Last-Modified, Link, Retry-After",
}


def register(app: Flask, *, base_url: str) -> None:
    """Put headers on every answer of the application, errors included."""
    everywhere = {"X-Content-Type-Options": "nosniff", "Referrer-Policy": "no-referrer"}
    if base_url.startswith("https://"):
        everywhere["Strict-Transport-Security"] = f"max-age={_YEAR}"
    page = {"Content-Security-Policy": _PAGE, **everywhere, **_OF_PAGES}
    data = {"Content-Security-Policy": _DATA, **everywhere}
    open_data = {**data, **_OPEN}

    @app.after_request
    def put(response: Response) -> Response:
        of_data = open_data if request.method in ("GET", "HEAD") else data
        wanted = page if response.mimetype == "text/html" else of_data
        # In one go: `setdefault` looks through all headers for each, and this is a good part of a short answer.
        present = {name.lower() for name, _ in response.headers}
        response.headers.extend({name: value for name, value in wanted.items() if name.lower() not in present})
        return _kept_private(response)


def _kept_private(response: Response) -> Response:
    brought = "Authorization" in request.headers
    if g.get("subject") is not None or brought:
        # Also a refusal: who is refused now may be let in a minute later.
        response.headers["Cache-Control"] = "private, no-store"
    if g.get("depends_on_who") or brought:
        response.vary.update(("Authorization", "Cookie"))
    return response
