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


def register(app: Flask, *, base_url: str) -> None:
    """Put headers on every answer of the application, errors included."""
    secure = base_url.startswith("https://")

    @app.after_request
    def put(response: Response) -> Response:
        is_page = response.mimetype == "text/html"
        response.headers.setdefault("Content-Security-Policy", _PAGE if is_page else _DATA)
        response.headers.setdefault("X-Content-Type-Options", "nosniff")
        response.headers.setdefault("Referrer-Policy", "no-referrer")
        if not is_page and request.method in ("GET", "HEAD"):
            # Scripts of any origin may read data, as anybody: a browser sends them nobody's cookies along.
            response.headers.setdefault("Access-Control-Allow-Origin", "*")
            response.headers.setdefault("Access-Control-Expose-Headers", "ETag, Last-Modified, Link, Retry-After")
        if is_page:
            response.headers.setdefault("Cross-Origin-Opener-Policy", "same-origin")
            response.headers.setdefault("Permissions-Policy", "camera=(), geolocation=(), microphone=()")
        if secure:
            response.headers.setdefault("Strict-Transport-Security", f"max-age={_YEAR}")
        return _kept_private(response)


def _kept_private(response: Response) -> Response:
    brought = "Authorization" in request.headers
    if g.get("subject") is not None or brought:
        # Also a refusal: who is refused now may be let in a minute later.
        response.headers["Cache-Control"] = "private, no-store"
    if g.get("depends_on_who") or brought:
        response.vary.update(("Authorization", "Cookie"))
    return response
