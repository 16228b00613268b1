"""`/trail/head` and `/.well-known/jwks.json`: how far the trail reaches, signed, and the keys to verify that with.

Peers keep heads, so that the end of the trail cannot be cut off unseen: `docs/reference/trail.md`.
"""

from __future__ import annotations

import json

from flask import Blueprint, Response

from node.errors import NotFound
from node.sovereignty.trail import head_document
from node.storage.trail import Trail
from node.web.current import current_node
from node.web.refusals import for_own_people

bp = Blueprint("trail", __name__)


@bp.get("/trail/head")
def head() -> Response:
    """The head of the trail that was signed last, for peers and the node's own people.

    Its number says how many decisions there were, refusals of what nobody else is told of among them.
    """
    for_own_people(
        "trail/head", advice="A peer shows its token; `fairnode trail sign` prints one here.", and_peers=True
    )
    found = Trail(current_node().database).latest_head()
    if found is None:
        raise NotFound("no head of the trail has been signed yet", advice="`fairnode trail sign` signs one.")
    return _json(head_document(*found), "application/json")


@bp.get("/.well-known/jwks.json")
def keys() -> Response:
    """The public keys of this node, a JWK Set (RFC 7517)."""
    return _json(current_node().signing_keys.public(), "application/jwk-set+json")


def _json(values: object, media_type: str) -> Response:
    return Response(json.dumps(values, indent=2, sort_keys=True) + "\n", mimetype=media_type)
