"""RDF documents of a source, in whatever syntax they come: asked for by content negotiation, known by type and by look.

RFC 9110, section 12.5.1 (https://www.rfc-editor.org/rfc/rfc9110#section-12.5.1); RFC 8288 for the Link header.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import urldefrag, urljoin, urlsplit, urlunsplit

from harvesters.asking import Patience, ask, refuse_html
from node.errors import HarvestError
from node.harvest.protocols import Fetch, Response
from node.model.report import Finding, Severity
from node.model.web_origin import origin_of
from node.syntax import parse_link_header
from node.syntax.quads import Quad, parse_quads

ACCEPT = (
    "text/turtle, application/n-triples;q=0.9, application/ld+json;q=0.8, application/rdf+xml;q=0.8, "
    "application/trig;q=0.5, application/n-quads;q=0.5, */*;q=0.1"
)
"""For documents of one graph; a server that knows none of these may still send what it has."""
ACCEPT_DATASET = (
    "application/trig, application/n-quads;q=0.9, application/ld+json;q=0.8, text/turtle;q=0.5, "
    "application/n-triples;q=0.5, application/rdf+xml;q=0.4, */*;q=0.1"
)
"""For documents that need named graphs."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """A document that was read.

    Attributes:
        url: after redirects, without fragment; what relative IRIs were resolved against.
        media_type: what it was read as.
        quads: its statements.
        blank: what the names of its blank nodes begin with, and no name that it wrote itself can.
        digest: of its bytes.
        headers: of the answer, names in lower case.
        findings: about its type.
    """

    url: str
    media_type: str
    quads: tuple[Quad, ...]
    blank: str
    digest: str
    headers: Mapping[str, str]
    findings: tuple[Finding, ...] = ()


def read_document(
    fetch: Fetch,
    url: str,
    *,
    patience: Patience,
    accept: str = ACCEPT,
    headers: Mapping[str, str] | None = None,
) -> Document:
    """Fetch a document and read it; one that cannot be read is asked for again.

    Raises:
        FetchError: the server does not answer; `HttpStatus` with 304 where `headers` made the request conditional.
        HarvestError: it is an HTML page, or nothing that looks like RDF.
        SyntaxRefused: it is broken, every time.
    """
    return ask(fetch, url, {}, parse_document, patience=patience, headers={"Accept": accept, **(headers or {})})


def parse_document(response: Response) -> Document:
    """Read an answer.

    Raises:
        HarvestError: it is an HTML page, or nothing that looks like RDF.
        SyntaxRefused: it is broken.
    """
    refuse_html(response, "RDF")
    url = urldefrag(response.url).url
    media_type, findings = _media_type(response)
    digest = hashlib.sha256(response.body).hexdigest()
    # No document holds its own digest, so no name it wrote is taken for a blank node's.
    base = f"{url}#{digest[:32]}"
    return Document(
        url=url,
        media_type=media_type,
        quads=parse_quads(response.body, media_type, base_iri=base),
        blank=f"{base}-b",
        digest=digest[:16],
        headers=response.headers,
        findings=findings,
    )


def links(header: str, relation: str, base: str) -> tuple[str, ...]:
    """Return the targets of a relation of the document in a Link header, absolute, each once (RFC 8288, section 3).

    Raises:
        SyntaxRefused: the header is longer than any that is read.
    """
    found: dict[str, None] = {}
    for link in parse_link_header(header):
        if relation in link.rels and urldefrag(urljoin(base, link.anchor or base)).url == base:
            found[urljoin(base, link.href)] = None
    return tuple(found)


def on_site(url: str, *homes: str) -> str | None:
    """Return a URL as it may be asked for, where it is on the host and port of one of `homes`; `None` elsewhere.

    A host's own http and https are one site; nothing is asked for over http that a home has over https.
    """
    there = _place(url)
    for home in homes:
        here = _place(home)
        if there is None or here is None or there.host != here.host:
            continue
        if there.port == here.port:
            return urldefrag(url).url
        if there.is_default and here.is_default:
            parts, at = urlsplit(url), urlsplit(home)
            return urlunsplit((at.scheme, at.netloc, parts.path, parts.query, ""))
    return None


def addresses(targets: Iterable[str], homes: Sequence[str], url: str) -> tuple[str, ...]:
    """Return next pages as they may be asked for, each once.

    Args:
        url: of the document that names them.

    Raises:
        HarvestError: one is on another host.
    """
    found: dict[str, None] = {}
    for target in targets:
        address = on_site(target, *homes)
        if address is None:
            raise HarvestError(
                f"{url}: the next page is said to be {target}, on another host, which is not asked",
                advice="Ask the repository's operator to correct the address; or register that host instead.",
            )
        found[address] = None
    return tuple(found)


@dataclass(frozen=True, slots=True)
class _Place:
    host: str
    port: int
    is_default: bool


def _place(url: str) -> _Place | None:
    origin = origin_of(url)
    if origin is None:
        return None
    scheme, host, port = origin
    return _Place(host, port, port == {"http": 80, "https": 443}[scheme])


_ALIASES = {
    "text/n3": "text/turtle",
    "text/rdf+n3": "text/turtle",
    "application/x-turtle": "text/turtle",
    "application/turtle": "text/turtle",
    "text/ntriples": "application/n-triples",
    "application/x-trig": "application/trig",
    "text/nquads": "application/n-quads",
}
_RDF = frozenset(
    ("text/turtle", "application/n-triples", "application/ld+json", "application/rdf+xml", "application/trig",
     "application/n-quads")
)  # fmt: skip
_XML = re.compile(rb"<\?xml\s|<(?:[\w.-]+:)?RDF[\s>]|<!--")
_JSON = re.compile(rb"\{|\[\s*[\{\]]")
# A directive, a comment, or a statement: what Turtle begins with, and nothing else that servers send by mistake.
_TURTLE = re.compile(
    rb"@prefix\s|@base\s|prefix\s+[\w.-]*:|base\s*<|#|<[a-z][a-z0-9+.-]*:[^\s<>]*>\s|_:\w", re.IGNORECASE
)


def _media_type(response: Response) -> tuple[str, tuple[Finding, ...]]:
    """Return what to read an answer as: what it says it is, unless it plainly is something else."""
    said = response.headers.get("content-type", "").partition(";")[0].strip().lower()
    declared = _ALIASES.get(said, said)
    start = response.body[:4096].removeprefix(b"\xef\xbb\xbf").lstrip()
    looks = _looks_like(start, declared)
    if looks is None and declared not in _RDF:
        raise HarvestError(
            f"{response.url}: the answer ({said or 'of no type'}) is nothing that looks like RDF",
            advice="Give the address of the catalogue in Turtle, JSON-LD, RDF/XML or N-Triples.",
        )
    if looks is None or looks == declared:
        return declared, ()
    finding = Finding(
        code="harvest.content-type",
        severity=Severity.WARNING,
        message=f"the answer is said to be “{said[:100]}”, and was read as {looks}",
        advice="Ask the repository's operator to send the media type that the document has.",
        path="Content-Type",
        value=said[:200],
    )
    return looks, (finding,)


def _looks_like(start: bytes, declared: str) -> str | None:
    if _XML.match(start):
        return "application/rdf+xml"
    # A TriG document may begin with a graph in braces, a Turtle one with a blank node in brackets.
    if _JSON.match(start) and declared not in ("application/trig", "text/turtle"):
        return "application/ld+json"
    if declared == "text/turtle" and re.match(rb'\{\s*"', start):
        return "application/ld+json"
    if _TURTLE.match(start):
        is_bare = re.match(rb"@|prefix\s|base\s", start, re.IGNORECASE) is None
        lines = ("application/n-triples", "application/n-quads") if is_bare else ()
        return declared if declared in ("application/trig", *lines) else "text/turtle"
    return None
