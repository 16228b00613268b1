"""`/api/v1/...`: preflight and registration for programs, in JSON; described at `/api/v1/openapi.json` (OpenAPI 3.1).

Errors are RFC 9457 problem documents.
"""

from __future__ import annotations

import datetime as dt
import json
from importlib.resources import files

from flask import Blueprint, Response, request, url_for

from node.errors import SyntaxRefused
from node.model.registration import Registration, RegistrationState
from node.preflight.document import as_document
from node.registration import PROOF_SECONDS, apply, proof_url, send_confirmation, verify
from node.storage.registrations import Registrations
from node.syntax import JsonValue, parse_json
from node.visitor_errors import RequestRefused
from node.web.current import current_node
from node.web.preflights import look_over
from node.web.visits import admit, current_visits

bp = Blueprint("api", __name__, url_prefix="/api/v1")

_MAX_BODY = 64 * 1024
_MAIL_SECONDS = 2 * PROOF_SECONDS


@bp.post("/preflight")
def preflight() -> Response:
    """Look a repository over; the report is in the answer, also where the repository does not answer."""
    return _json(as_document(look_over(_body())))


@bp.post("/registrations")
def register() -> Response:
    """Open a registration; the answer says how to prove control, and holds the token, this once."""
    admit()
    registration, token = apply(current_node(), _body(), _now())
    response = _json({**as_json(registration), "prove": proof_of(registration, token)}, status=201)
    response.headers["Location"] = url_for("api.registration", key=registration.id)
    return response


@bp.get("/registrations/<key>")
def registration(key: str) -> Response:
    """Where a registration stands."""
    return _json(as_json(Registrations(current_node().database).get(key, _now())))


@bp.post("/registrations/<key>/verify")
def verification(key: str) -> Response:
    """Look for the file that proves control."""
    admit()
    node = current_node()
    return _json(as_json(current_visits().run(lambda: verify(node, key, _now()), _MAIL_SECONDS)))


@bp.post("/registrations/<key>/mail")
def mail(key: str) -> Response:
    """Send a mail to the address that the repository itself publishes."""
    admit()
    node = current_node()
    to = current_visits().run(lambda: send_confirmation(node, key, _now()), _MAIL_SECONDS)
    return _json({"sent_to": to}, status=202)


@bp.get("/openapi.json")
def openapi() -> Response:
    """The description of these addresses."""
    document = json.loads(files("node.web").joinpath("openapi.json").read_text(encoding="utf-8"))
    document["servers"] = [{"url": current_node().settings.base_url}]
    return _json(document)


def as_json(registration: Registration) -> dict[str, JsonValue]:
    """Return what anybody who knows its id may know of a registration: all but the contact and the labels."""
    asked = registration.application
    return {
        "id": registration.id,
        "state": registration.state.value,
        "name": asked.name,
        "url": asked.url,
        "kind": asked.kind,
        "metadata_prefix": asked.metadata_prefix,
        "sets": list(asked.set_specs),
        "operator": asked.agreement.operator,
        "country": asked.agreement.country,
        "metadata_license": asked.agreement.metadata_license,
        "interval": asked.interval,
        "min_records": asked.bounds.min_records,
        "max_records": asked.bounds.max_records,
        "created": _stamp(registration.created),
        "expires": _stamp(registration.expires) if registration.state is RegistrationState.PENDING else None,
        "proof": registration.proof.value if registration.proof else None,
        "proven": _stamp(registration.proven) if registration.proven else None,
        "decided": _stamp(registration.decided) if registration.decided else None,
        "reason": registration.reason,
        "source": f"/sources/{asked.name}" if registration.state is RegistrationState.ACCEPTED else None,
    }


def proof_of(registration: Registration, token: str) -> dict[str, JsonValue]:
    """Return how a registration is proven: the file and what it must hold, and where a mail is asked for."""
    return {
        "file": {"url": proof_url(registration.application), "content": token},
        "verify": url_for("api.verification", key=registration.id),
        "mail": url_for("api.mail", key=registration.id) if current_node().settings.mail.host else None,
    }


def _body() -> dict[str, JsonValue]:
    if request.mimetype != "application/json":
        raise RequestRefused("the body must be application/json", advice="Set Content-Type.", status=415)
    body = request.stream.read(_MAX_BODY + 1)
    if len(body) > _MAX_BODY:
        raise RequestRefused(f"the body has more than {_MAX_BODY} bytes", advice="Say it shorter.", status=413)
    try:
        value = parse_json(body, max_depth=8)
    except SyntaxRefused as error:
        raise RequestRefused(f"the body is not JSON: {error.message}", advice="Correct it.", status=400) from error
    if not isinstance(value, dict):
        raise RequestRefused("the body is not a JSON object", advice="Send members in braces.", status=400)
    return value


def _json(value: object, status: int = 200) -> Response:
    response = Response(json.dumps(value, ensure_ascii=False), status=status, mimetype="application/json")
    response.headers["Cache-Control"] = "no-store"
    return response


def _stamp(moment: dt.datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


def _now() -> dt.datetime:
    return dt.datetime.now(dt.UTC)
