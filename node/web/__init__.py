"""The web: one blueprint file per face, put together here. Flask is known in this package only."""

from __future__ import annotations

import time

from flask import Flask, Response, g, request

from node import __version__
from node.node import Node
from node.telemetry import HTTP
from node.web import api, audits, catalogue, harvest_log, oai, operations, problems, registration, sparql

BLUEPRINTS = (oai.bp, sparql.bp, catalogue.bp, harvest_log.bp, audits.bp, registration.bp, api.bp, operations.bp)


def create_app(node: Node) -> Flask:
    """Return the WSGI application of an open node."""
    app = Flask(__name__)
    app.extensions["fairnode"] = node
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    # What the frame of every page shows.
    app.context_processor(lambda: {"node_name": node.settings.oai.repository_name, "version": __version__})
    for bp in BLUEPRINTS:
        app.register_blueprint(bp)
    problems.register(app)

    @app.before_request
    def started() -> None:
        g.started = time.perf_counter()

    @app.after_request
    def finished(response: Response) -> Response:
        face = (request.blueprint or "none").rpartition(".")[2]
        HTTP.labels(face).observe(time.perf_counter() - g.get("started", time.perf_counter()))
        response.headers.setdefault("X-Content-Type-Options", "nosniff")
        response.headers.setdefault("Referrer-Policy", "no-referrer")
        if response.mimetype == "text/html":
            # Harvested text is escaped; should that ever fail, no script of it may run.
            response.headers.setdefault(
                "Content-Security-Policy",
                "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; "
                "frame-ancestors 'none'",
            )
        return response

    return app
