"""`/register`: a repository looks itself over, registers, and proves control; forms that need no JavaScript.

Each form carries a token of this node (`node.web.forms`).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

from flask import Blueprint, Response, render_template, request

from node import registration as registrations
from node.errors import Conflict, FairnodeError, FetchError, HarvestError
from node.model.preflight import Verdict
from node.registration import PROOF_SECONDS
from node.storage.registrations import Registrations
from node.syntax import JsonValue
from node.visitor_errors import MailError, RegistrationClosed, RequestRefused, TooManyRequests
from node.web.current import current_node
from node.web.forms import check_form, form_token
from node.web.preflights import look_over
from node.web.problems import status_of
from node.web.visits import admit, current_visits

bp = Blueprint("registration", __name__, url_prefix="/register")

_SECONDS = 2 * PROOF_SECONDS
_LOOK = ("url", "kind", "metadata_prefix", "sets")
_ASK = (*_LOOK, "name", "operator", "country", "contact", "metadata_license", "interval", "min_records", "max_records")
_AGREED = ("data_access", "data_personal")
# How people know the protocols; one that a stranger's package brings is shown by its kind.
_PROTOCOLS = {
    "oai-pmh": "OAI-PMH",
    "dcat": "DCAT catalogue (files, Hydra or LDP paging, FAIR Data Point)",
    "ckan": "CKAN action API",
    "csw": "CSW, Catalogue Service for the Web",
    "ogc-records": "OGC API - Records",
    "ldes": "LDES event stream",
    "resourcesync": "ResourceSync",
    "sitemap": "Sitemap and landing pages",
}


@bp.get("")
def start() -> str:
    """The form that begins with a preflight."""
    _check_open()
    return _page("register.html", values={}, errors={})


@bp.post("/preflight")
def look() -> Response:
    """What a preflight found out, and the form to register with."""
    _check_open()
    values = _fields(_LOOK)
    try:
        report = look_over({key: value for key, value in values.items() if value})
    except RequestRefused as error:
        if not error.errors:
            raise
        return _again("register.html", values, error, dict(error.errors))
    asked = {**values, "kind": report.question.kind, "metadata_prefix": report.question.metadata_prefix}
    page = _page("preflight.html", report=report, failed=report.verdict is Verdict.FAILED, values=asked, errors={})
    return Response(page, mimetype="text/html")


@bp.post("")
def register() -> Response:
    """Open a registration and say how to prove control."""
    values = _fields(_ASK)
    readers = request.form.get("entitlements", "").strip()
    agreement = {key: value for key in _AGREED if (value := request.form.get(key, "").strip())}
    given: dict[str, JsonValue] = {key: value for key, value in values.items() if value}
    # Entitlements have no spaces; people write one after the other.
    filled = {**values, **agreement, "entitlements": readers}
    given["agreement"] = {**agreement, **({"entitlements": list(readers.split())} if readers else {})}
    try:
        admit()
        registration, token = registrations.apply(current_node(), given, _now())
    except RequestRefused as error:
        if isinstance(error, RegistrationClosed) or not error.errors:
            raise
        return _again("register_repository.html", filled, error, dict(error.errors))
    except Conflict as error:
        return _again("register_repository.html", filled, error, {"": f"{error.message}. {error.advice}"})
    page = _page(
        "registered.html",
        registration=registration,
        token=token,
        proof_url=registrations.proof_url(registration.application),
        sends_mail=bool(current_node().settings.mail.host),
    )
    response = Response(page, status=201, mimetype="text/html")
    response.headers["Cache-Control"] = "no-store"
    return response


@bp.get("/<key>")
def registration(key: str) -> Response:
    """Where a registration stands."""
    return _standing(key)


@bp.post("/<key>/verify")
def verification(key: str) -> Response:
    """Look for the file that proves control."""
    node = current_node()

    def look() -> str:
        registrations.verify(node, key, _now())
        return ""

    return _tried(key, look)


@bp.post("/<key>/mail")
def mail(key: str) -> Response:
    """Send a mail to the address that the repository itself publishes."""
    node = current_node()
    return _tried(key, lambda: registrations.send_confirmation(node, key, _now()))


@bp.get("/confirm")
def ask() -> str:
    """Where the link of the mail leads. Programs that look at mail follow links, so a button confirms, not the link."""
    found = Registrations(current_node().database).get(request.args.get("id", "")[:100], _now())
    return _page("confirm.html", registration=found, token=request.args.get("token", "")[:200])


@bp.post("/confirm")
def confirm() -> Response:
    """Take the token of the mail as proof."""
    check_form()
    admit()
    key = request.form.get("id", "")[:100]
    registrations.confirm(current_node(), key, request.form.get("token", "")[:200], _now())
    return _standing(key)


def _tried(key: str, proof: Callable[[], str]) -> Response:
    """Try a way to prove control, and show where the registration stands then, and why the try came to nothing.

    Args:
        proof: returns the address a mail went to, or nothing.
    """
    check_form()
    admit()
    try:
        return _standing(key, sent_to=current_visits().run(proof, _SECONDS))
    except TooManyRequests:
        raise
    except (RequestRefused, Conflict, FetchError, HarvestError, MailError) as error:
        return _standing(key, trouble=error)


def _standing(key: str, *, sent_to: str = "", trouble: FairnodeError | None = None) -> Response:
    node = current_node()
    found = Registrations(node.database).get(key, _now())
    # The node does not know the line any more: the form brings it back, so that a try that fails does not lose it.
    token = request.form.get("token", "")[:200]
    page = _page(
        "registration.html",
        registration=found,
        proof_url=registrations.proof_url(found.application),
        sends_mail=bool(node.settings.mail.host) and found.mail_digest is None,
        sent_to=sent_to,
        trouble=trouble,
        token=token if registrations.is_token_of(found, token) else "",
    )
    response = Response(page, status=status_of(trouble) if trouble else 200, mimetype="text/html")
    response.headers["Cache-Control"] = "no-store"
    return response


def _page(template: str, **values: object) -> str:
    node = current_node()
    return render_template(
        template,
        form_token=form_token(),
        kinds=[(kind, _PROTOCOLS.get(kind, kind)) for kind in sorted(node.harvesters, key=_order)],
        base_url=node.settings.base_url,
        approval=node.settings.registration.approval,
        **values,
    )


def _order(kind: str) -> tuple[int, str]:
    known = tuple(_PROTOCOLS)
    return known.index(kind) if kind in known else len(known), kind


def _again(template: str, values: dict[str, str], error: FairnodeError, errors: dict[str, str]) -> Response:
    """Show the form again with what was typed and what is wrong with it, by member."""
    page = _page(template, values=values, errors=errors)
    return Response(page, status=status_of(error), mimetype="text/html")


def _fields(names: tuple[str, ...]) -> dict[str, str]:
    check_form()
    return {name: request.form.get(name, "").strip() for name in names}


def _check_open() -> None:
    if not current_node().settings.registration.open:
        raise RegistrationClosed("this node takes no registrations")


def _now() -> dt.datetime:
    return dt.datetime.now(dt.UTC)
