"""`/login`, `/logout`, `/me`: signing in with an issuer, signing out, and who this node takes one for.

The way to an issuer is a link and not a form: a page's Content-Security-Policy lets forms go to this node only, and
holds for redirects that follow them. RP-initiated logout: https://openid.net/specs/openid-connect-rpinitiated-1_0.html.
"""

from __future__ import annotations

import datetime as dt
import json
import re
from urllib.parse import urlencode, urlsplit

from flask import Blueprint, Response, redirect, render_template, request, url_for

from node.errors import NotFound
from node.identity.entitlements import spelled
from node.identity.subject import Subject
from node.identity_errors import IssuerUnavailable, SignInFailed
from node.issuers.provider import Provider
from node.issuers.sign_in import Question, question_url, redeem
from node.model.account import SignIn
from node.model.label import Audience
from node.model.peer import floor_of
from node.model.reader import Reader
from node.sovereignty.assurance import reaches
from node.storage.accounts import new_secret
from node.storage.peer_terms import admissions
from node.syntax import JsonValue
from node.telemetry import logger
from node.web.auth import count, current_door, set_cookie, take_cookie
from node.web.current import current_node, current_session, current_subject, current_viewer
from node.web.forms import check_form, form_token
from node.web.negotiation import accepted

bp = Blueprint("auth", __name__)

_SIGN_IN_SECONDS = 600
_LONGEST = 4096
_log = logger("auth")
_ERROR = re.compile(r"[a-z_]{1,60}")


@bp.get("/login")
def login() -> Response:
    """The issuers one can sign in with."""
    target = _local(request.args.get("next", ""))
    providers = current_door().issuers.for_people()
    links = [(each.issuer, url_for("auth.ask", name=each.issuer.settings.name, next=target)) for each in providers]
    if _wants_json():
        found: list[JsonValue] = [
            {"name": each.settings.name, "title": each.title, "issuer": each.settings.issuer, "sign_in": link}
            for each, link in links
        ]
        return _json({"issuers": found})
    page = render_template("login.html", links=links, subject=current_subject())
    return Response(page, mimetype="text/html")


@bp.get("/login/<name>")
def ask(name: str) -> Response:
    """Send the browser to an issuer."""
    door, provider = current_door(), _for_people(name)
    count(door.begun)
    question, browser = Question(state=new_secret(), nonce=new_secret(), verifier=new_secret()), new_secret()
    url = question_url(provider, question, _redirect_uri(name))
    door.sign_ins.begin(
        SignIn(
            issuer=name,
            nonce=question.nonce,
            verifier=question.verifier,
            target=_local(request.args.get("next", "")),
        ),
        state=question.state,
        browser=browser,
        now=_now(),
    )
    response = _sent_to(url)
    set_cookie(response, door.sign_in_cookie, browser, max_age=_SIGN_IN_SECONDS)
    return response


@bp.get("/login/<name>/callback")
def answer(name: str) -> Response:
    """Take the issuer's answer, and begin a session."""
    door, provider = current_door(), _for_people(name)
    given = {key: _once(key) for key in ("state", "code", "iss", "error")}
    browser, state, now = request.cookies.get(door.sign_in_cookie, ""), given["state"] or "", _now()
    asked = door.sign_ins.take(state=state, browser=browser, issuer=name, now=now)
    if asked is None:
        raise SignInFailed("no sign-in of this browser waits for this answer")
    if given["error"] or not given["code"]:
        error = given["error"] or ""
        raise SignInFailed(f"the issuer says: {error if _ERROR.fullmatch(error) else 'no code'}")
    claims = redeem(
        provider,
        Question(state=state, nonce=asked.nonce, verifier=asked.verifier),
        code=given["code"],
        issuer=given["iss"],
        redirect_uri=_redirect_uri(name),
        now=int(now.timestamp()),
    )
    before = request.cookies.get(door.cookie)
    secret = door.sessions.start(provider.issuer.settings.issuer, claims, now, instead_of=before)
    _log.info("signed in", issuer=name, subject=claims["sub"])
    response = _sent_to(asked.target)
    set_cookie(response, door.cookie, secret)
    take_cookie(response, door.sign_in_cookie)
    return response


@bp.get("/logout")
def leaving() -> Response:
    """The form that signs out; a link alone must not, or any page could sign a visitor out."""
    page = render_template("logout.html", subject=current_subject(), form_token=form_token())
    return _unkept(Response(page, mimetype="text/html"))


@bp.post("/logout")
def logout() -> Response:
    """End the session here, and say where to end the one at the issuer."""
    check_form()
    door, session = current_door(), current_session()
    provider = door.issuers.identified(session.issuer) if session else None
    door.sessions.end(request.cookies.get(door.cookie, ""))
    if session:
        _log.info("signed out", issuer=session.issuer, subject=session.claims["sub"])
    link = _end_session_url(provider) if provider else ""
    if _wants_json():
        response = _json({"signed_out": True, "end_session": link or None})
    else:
        page = render_template("signed_out.html", link=link, issuer=provider.issuer if provider else None)
        response = _unkept(Response(page, mimetype="text/html"))
    take_cookie(response, door.cookie)
    return response


@bp.get("/me")
def me() -> Response:
    """Who this node takes one for, and what follows."""
    subject, session, settings = current_subject(), current_session(), current_node().settings.identity
    ends = (
        min(
            session.created + dt.timedelta(hours=settings.session_hours),
            session.seen + dt.timedelta(seconds=settings.session_idle),
        )
        if session
        else None
    )
    audience, reads = _view()
    if _wants_json():
        who = _described(subject) if subject else None
        return _json(
            {
                "audience": audience,
                "reads": [{"source": source, "confidential": confidential} for source, confidential in reads],
                "who": who,
                "session_ends": ends.isoformat() + "Z" if ends else None,
            }
        )
    page = render_template(
        "me.html",
        subject=subject,
        audience=audience,
        reads=reads,
        entitlements=[spelled(each) for each in subject.entitlements] if subject else [],
        ends=ends,
        form_token=form_token(),
    )
    return _unkept(Response(page, mimetype="text/html"))


def _view() -> tuple[str, list[tuple[str, bool]]]:
    """Return what who is asking sees in any case, and the sources that let them in, with whether to confidential too.

    A confidential record asks besides for zones that their organisation's country lies in.
    """
    viewer = current_viewer()
    if isinstance(viewer, Audience):
        return viewer.name.lower(), []
    found = admissions(current_node().database, viewer, _now().date())
    # A peer is never admitted to what is confidential.
    assurance = viewer.assurance if isinstance(viewer, Reader) and viewer.country else ()
    return floor_of(viewer).name.lower(), [(each.source, reaches(assurance, each.assurance)) for each in found]


def _described(subject: Subject) -> dict[str, JsonValue]:
    return {
        "issuer": subject.issuer,
        "subject": subject.key,
        "name": subject.name,
        "client": subject.client,
        "program": subject.is_program,
        "roles": [{"role": each.role.value, "source": each.source or None} for each in subject.grants],
        "entitlements": [spelled(each) for each in subject.entitlements],
        "assurance": list(subject.assurance),
        "country": subject.country or None,
    }


def _for_people(name: str) -> Provider:
    provider = current_door().issuers.named(name)
    if not provider.issuer.settings.login:
        raise NotFound("people do not sign in with this issuer", advice="/login lists those they do.")
    return provider


def _redirect_uri(name: str) -> str:
    # One of its own for each issuer, so that none can answer in another's place (RFC 9700, section 4.4.2.2).
    return current_node().settings.base_url + url_for("auth.answer", name=name)


def _end_session_url(provider: Provider) -> str:
    try:
        address = provider.metadata().end_session
    except IssuerUnavailable:
        return ""
    back = {
        "client_id": provider.issuer.settings.client_id,
        "post_logout_redirect_uri": current_node().settings.base_url + "/",
    }
    return f"{address}{'&' if urlsplit(address).query else '?'}{urlencode(back)}" if address else ""


def _local(target: str) -> str:
    """Return a path of this node, the start page where something else was asked for: never another site."""
    is_path = target.startswith("/") and not target.startswith(("//", "/login", "/logout")) and "\\" not in target
    return target if is_path and target.isprintable() and len(target) < _LONGEST else "/"


def _once(name: str) -> str | None:
    values = request.args.getlist(name)
    if len(values) > 1:
        raise SignInFailed(f"the answer names {name} twice")
    return values[0] if values and len(values[0]) <= _LONGEST else None


def _sent_to(url: str) -> Response:
    response = redirect(url, code=303)
    assert isinstance(response, Response)
    return _unkept(response)


def _unkept(response: Response) -> Response:
    response.headers["Cache-Control"] = "no-store"
    return response


def _json(value: dict[str, JsonValue]) -> Response:
    response = Response(json.dumps(value, ensure_ascii=False), mimetype="application/json")
    response.vary.add("Accept")
    return _unkept(response)


def _wants_json() -> bool:
    return accepted(("text/html", "application/json")) == "application/json"


def _now() -> dt.datetime:
    return dt.datetime.now(dt.UTC)
