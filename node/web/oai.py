"""`/oai`: OAI-PMH 2.0 over GET and POST (section 3.1)."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from functools import lru_cache, partial
from threading import BoundedSemaphore
from urllib.parse import parse_qsl

from flask import Blueprint, Response, current_app, request

from node.exposition.oai_labels import SignedLabels
from node.exposition.oai_pmh import answer
from node.exposition.oai_provider import Format, Provider
from node.exposition.oai_tokens import Tokens
from node.mapping.crosswalks import WRITERS
from node.mapping.originals import given_on
from node.node import Node
from node.sovereignty.signatures import SigningKeys
from node.visitor_errors import RequestRefused
from node.web.compression import compress
from node.web.current import current_node, current_viewer
from node.web.refusals import missed

bp = Blueprint("oai", __name__)

_WRITTEN = tuple(Format(prefix=writer.prefix, namespace=writer.namespace, schema=writer.schema) for writer in WRITERS)
# `dcat` is DCAT-AP in RDF/XML; harvesters look for it by the profile's name.
FORMATS = (*_WRITTEN, *(replace(form, prefix="dcat_ap", stored="dcat") for form in _WRITTEN if form.prefix == "dcat"))
_MAX_BODY = 64 * 1024
_COME_AGAIN = "2"
"""Seconds after which a list that had no turn is asked for again."""


@bp.route("/oai", methods=["GET", "POST"])
def oai() -> Response:
    """Answer a request; OAI-PMH errors travel under status 200 (section 3.6), overload does not (section 3.1.2.2)."""
    node, arguments = current_node(), _arguments()
    turn: BoundedSemaphore | None = None
    if ("verb", "ListRecords") in arguments or ("verb", "ListIdentifiers") in arguments:
        turn = current_app.extensions.setdefault("fairnode.oai", BoundedSemaphore(node.settings.oai.lists))
        if not turn.acquire(blocking=False):
            return Response("Too many lists at once.\n", 503, {"Retry-After": _COME_AGAIN}, mimetype="text/plain")
    try:
        body = answer(provider(node), arguments, current_viewer(), dt.datetime.now(dt.UTC))
    finally:
        if turn is not None:
            turn.release()
    response = Response(body, mimetype="text/xml")
    compress(response)
    return response


def provider(node: Node) -> Provider:
    """Return the node's OAI-PMH provider."""
    settings = node.settings
    return Provider(
        repository=node.listing,
        tokens=Tokens(node.token_key, settings.oai.token_hours),
        base_url=f"{settings.base_url}/oai",
        name=settings.oai.repository_name,
        admin_email=settings.oai.admin_email,
        repository_identifier=settings.repository_identifier,
        formats=FORMATS,
        page_size=settings.oai.page_size,
        missed=partial(missed, "read"),
        label=_signed_labels(settings.base_url, settings.repository_identifier, node.signing_keys),
        granularity=settings.oai.granularity,
        icon=settings.oai.icon,
        friends=settings.oai.friends,
        originals=partial(_originals, node),
    )


def _originals(node: Node) -> tuple[Format, ...]:
    harvested = frozenset(stored.source.metadata_prefix.lower() for stored in node.sources.all())
    return tuple(
        Format(prefix=each.prefix, namespace=each.namespace, schema=each.schema) for each in given_on(harvested)
    )


@lru_cache(maxsize=8)
def _signed_labels(node: str, repository: str, keys: SigningKeys) -> SignedLabels:
    # One for all requests: it remembers what records have in common.
    return SignedLabels(node, repository, keys)


def _arguments() -> list[tuple[str, str]]:
    """Return key-value pairs in the order sent, repeats kept; what is not UTF-8 is replaced, never refused (E19).

    Raises:
        RequestRefused: the body is longer than all that OAI-PMH knows to ask.
    """
    pairs = parse_qsl(request.query_string.decode("latin-1"), keep_blank_values=True, errors="replace")
    if request.method == "POST" and request.mimetype == "application/x-www-form-urlencoded":
        body = request.stream.read(_MAX_BODY + 1)
        if len(body) > _MAX_BODY:
            # A part of what was asked is another question.
            raise RequestRefused(f"the body has more than {_MAX_BODY} bytes", advice="Say it shorter.", status=413)
        pairs += parse_qsl(body.decode("latin-1"), keep_blank_values=True, errors="replace")
    return pairs
