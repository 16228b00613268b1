"""What ties a form to the page it was on: a token that this node signed, that expires, and that is of one session.

Browsers also say which site a form was sent from, so that another site cannot send one in a visitor's name
(https://www.w3.org/TR/fetch-metadata/#sec-fetch-site-header). Without a session there is nothing to steal; with one, a
token that somebody else got from this node does not fit it.
"""

from __future__ import annotations

from flask import request
from itsdangerous import BadSignature, SignatureExpired, URLSafeTimedSerializer

from node.visitor_errors import RequestRefused
from node.web.current import current_node, current_session

_SECONDS = 2 * 3600
_MAX_BODY = 64 * 1024


def form_token() -> str:
    """Return the token that a form of this page sends back as `form_token`."""
    return _signer().dumps(_bound_to())


def check_form() -> None:
    """Let a form through that was on a page of this node, in this session, lately.

    Raises:
        RequestRefused: it was not.
    """
    request.max_content_length = _MAX_BODY
    if request.headers.get("Sec-Fetch-Site", "same-origin") not in ("same-origin", "none"):
        raise RequestRefused("the form was sent from another site", advice="Open the page of this node.", status=403)
    try:
        bound_to = _signer().loads(request.form.get("form_token", ""), max_age=_SECONDS)
    except SignatureExpired as error:
        raise RequestRefused("the form was open for too long", advice="Load the page again.", status=400) from error
    except BadSignature as error:
        raise RequestRefused("the form is not one of this node", advice="Load the page again.", status=400) from error
    if bound_to != _bound_to():
        raise RequestRefused(
            "the form was opened before you signed in or out", advice="Load the page again.", status=400
        )


def _bound_to() -> str:
    session = current_session()
    return f"form of {session.handle}" if session else "form"


def _signer() -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(current_node().token_key, salt="fairnode.form")
