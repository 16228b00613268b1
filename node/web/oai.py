"""`/oai`: OAI-PMH 2.0 over GET and POST (section 3.1)."""

from __future__ import annotations

import datetime as dt
import gzip
from functools import partial
from urllib.parse import parse_qsl

from flask import Blueprint, Response, request

from node.exposition.oai_pmh import Format, Provider, answer
from node.exposition.oai_tokens import Tokens
from node.mapping.crosswalks import WRITERS
from node.model.listing import Item
from node.model.statement import LabelStatement
from node.node import Node
from node.sovereignty.statement_xml import signed_xml
from node.web.current import current_node, current_viewer
from node.web.refusals import missed

bp = Blueprint("oai", __name__)

FORMATS = tuple(Format(prefix=writer.prefix, namespace=writer.namespace, schema=writer.schema) for writer in WRITERS)
_MAX_BODY = 64 * 1024


@bp.route("/oai", methods=["GET", "POST"])
def oai() -> Response:
    """Answer a request; OAI-PMH errors travel under status 200 (section 3.6)."""
    node = current_node()
    body = answer(provider(node), _arguments(), current_viewer(), dt.datetime.now(dt.UTC))
    response = Response(body, mimetype="text/xml")
    response.headers["Vary"] = "Accept-Encoding"
    if len(body) > 1024 and request.accept_encodings["gzip"] > 0:
        response.set_data(gzip.compress(body, compresslevel=5))
        response.headers["Content-Encoding"] = "gzip"
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
        label=partial(signed_label, node),
    )


def signed_label(node: Node, item: Item, identifier: str) -> str:
    """Return what the node says of a record's labels, signed; of labels that it cannot read, nothing."""
    if item.labels is None:
        return ""
    statement = LabelStatement(
        node=node.settings.base_url, identifier=identifier, content=item.rdf_digest, labels=item.labels
    )
    return signed_xml(statement, node.signing_keys)


def _arguments() -> list[tuple[str, str]]:
    """Return key-value pairs in the order sent, repeats kept; what is not UTF-8 is replaced, never refused (E19)."""
    pairs = parse_qsl(request.query_string.decode("latin-1"), keep_blank_values=True, errors="replace")
    if request.method == "POST" and request.mimetype == "application/x-www-form-urlencoded":
        body = request.stream.read(_MAX_BODY)
        pairs += parse_qsl(body.decode("latin-1"), keep_blank_values=True, errors="replace")
    return pairs
