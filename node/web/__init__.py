"""The web: one blueprint file per face, put together here. Flask is known in this package only."""

from __future__ import annotations

import time

from flask import Flask, Response, abort, g, request

from node import __version__
from node.node import Node
from node.telemetry import HTTP
from node.web import (
    api,
    audit_records,
    audit_reports,
    audits,
    auth,
    auth_pages,
    catalogue,
    crawling,
    harvest_log,
    headers,
    memento,
    oai,
    operations,
    policies,
    problems,
    raw,
    records,
    refusals,
    registration,
    sparql,
    sparql_citation,
    sparql_description,
    sparql_graphs,
    stored,
    trail,
)
from node.web.current import current_subject
from node.web.sparql_straight import Straight

BLUEPRINTS = (
    oai.bp,
    sparql.bp,
    sparql_graphs.bp,
    sparql_citation.bp,
    sparql_description.bp,
    catalogue.bp,
    records.bp,
    memento.bp,
    crawling.bp,
    policies.bp,
    raw.bp,
    harvest_log.bp,
    audits.bp,
    audit_records.bp,
    audit_reports.bp,
    registration.bp,
    api.bp,
    auth_pages.bp,
    trail.bp,
    stored.bp,
    operations.bp,
)


def create_app(node: Node) -> Flask:
    """Return the WSGI application of an open node.

    Raises:
        SettingsError: the environment lacks the secret that a client of an issuer needs.
    """
    app = Flask(__name__)
    app.extensions["fairnode"] = node
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    app.context_processor(lambda: _frame(node))
    for bp in BLUEPRINTS:
        app.register_blueprint(bp)
    problems.register(app)

    @app.before_request
    def started() -> None:
        g.started = time.perf_counter()
        # No name here has a NUL, and PostgreSQL takes none. The two protocols answer in their own words.
        if "\0" in request.path:
            abort(404)
        if request.blueprint not in ("oai", "sparql") and any("\0" in text for text in request.args.values()):
            abort(400, "An argument has a NUL character in it.")

    @app.after_request
    def finished(response: Response) -> Response:
        face = (request.blueprint or "none").rpartition(".")[2]
        HTTP.labels(face).observe(time.perf_counter() - g.get("started", time.perf_counter()))
        return response

    headers.register(app, base_url=node.settings.base_url)
    auth.register(app, node)
    refusals.register(app, node.database)
    app.wsgi_app = Straight(app, node, headers.to_nobody(node.settings.base_url))  # type: ignore[method-assign]
    return app


def _frame(node: Node) -> dict[str, object]:
    """What the frame of every page shows."""
    may_sign_in = any(issuer.login for issuer in node.settings.identity.issuers)
    return {
        "node_name": node.settings.oai.repository_name,
        "version": __version__,
        "may_sign_in": may_sign_in,
        # Where nobody can sign in, a page is the same for everybody, and caches may know it.
        "signed_in": current_subject() if may_sign_in else None,
    }
