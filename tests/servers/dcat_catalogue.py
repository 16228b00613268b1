"""A loopback site of RDF documents, served as a web server serves files: typed, with validators, conditionally.

RFC 9110, section 13 (conditional requests) and 12.5.1 (content negotiation, here by `Document.also`).
"""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from email.utils import format_datetime, parsedate_to_datetime
from typing import Self

from node.model.rdf import Iri, Literal, Triple
from node.namespaces import RDF_TYPE, expand
from node.syntax import write_rdf
from tests.servers.scripted import Answer, Scripted, Seen

LONG_AGO = dt.datetime(2020, 1, 1, tzinfo=dt.UTC)
SYNTAXES = ("text/turtle", "application/ld+json", "application/rdf+xml", "application/n-triples")
HYDRA = "http://www.w3.org/ns/hydra/core#"


@dataclass(frozen=True, kw_only=True)
class Document:
    """What is at a path.

    Attributes:
        modified: its Last-Modified; `None` sends none.
        has_etag: it is sent with a strong ETag.
    """

    body: bytes
    media_type: str = "text/turtle"
    modified: dt.datetime | None = LONG_AGO
    has_etag: bool = False
    headers: Mapping[str, str] = field(default_factory=dict)


class Site:
    """Serves `documents` by path and query.

    Attributes:
        documents: by path; may be changed while it runs. An `Answer` is given as it is.
        sent: bytes of bodies sent.
        statuses: of the answers, in order.
        before: called with each request before it is answered.
    """

    def __init__(self, documents: Mapping[str, Document | Answer] | None = None) -> None:
        self.documents = dict(documents or {})
        self.sent = 0
        self.statuses: list[int] = []
        self.before: Callable[[Seen], None] = lambda seen: None
        self._server = Scripted(self._answer)
        self.url = f"http://127.0.0.1:{self._server.port}"

    def __enter__(self) -> Self:
        self._server.__enter__()
        return self

    def __exit__(self, *exception: object) -> None:
        self._server.__exit__(*exception)

    @property
    def asked(self) -> list[str]:
        """Paths, with queries, in the order they were asked for."""
        return [_target(seen) for seen in self._server.seen]

    def forget(self) -> None:
        """Count from here on."""
        self._server.seen.clear()
        self.statuses.clear()
        self.sent = 0

    def _answer(self, seen: Seen) -> Answer:
        self.before(seen)
        answer = self._given(self.documents.get(_target(seen)), seen)
        self.statuses.append(answer.status)
        self.sent += len(answer.body)
        return answer

    def _given(self, found: Document | Answer | None, seen: Seen) -> Answer:
        if found is None:
            return Answer(b"no such document", 404)
        if isinstance(found, Answer):
            return found
        headers = {"Content-Type": found.media_type, **found.headers}
        etag = f'"{hashlib.sha256(found.body).hexdigest()[:16]}"'
        if found.has_etag:
            headers["ETag"] = etag
        if found.modified is not None:
            headers["Last-Modified"] = format_datetime(found.modified, usegmt=True)
        if _is_same(found, etag, seen.headers):
            # As many servers do: the length of what is not sent (RFC 9110, section 8.6).
            return Answer(b"", 304, headers, length=len(found.body))
        return Answer(found.body, 200, headers)


def _target(seen: Seen) -> str:
    return f"{seen.path}?{seen.query}" if seen.query else seen.path


def _is_same(document: Document, etag: str, headers: Mapping[str, str]) -> bool:
    """If-None-Match goes before If-Modified-Since (RFC 9110, section 13.2.2)."""
    if "if-none-match" in headers:
        return document.has_etag and headers["if-none-match"] == etag
    if "if-modified-since" in headers and document.modified is not None:
        return document.modified <= parsedate_to_datetime(headers["if-modified-since"])
    return False


def dataset(iri: str, title: str, *, distribution: str | None = None) -> list[Triple]:
    """Return a small description, with a distribution in place or elsewhere."""
    node = Iri(iri)
    triples: list[Triple] = [
        (node, RDF_TYPE, expand("dcat:Dataset")),
        (node, expand("dct:title"), Literal(title, language="en")),
        (node, expand("dct:description"), Literal(f"About {title}.", language="en")),
    ]
    file = Iri(distribution or f"{iri}#file")
    triples.append((node, expand("dcat:distribution"), file))
    return triples if distribution else [*triples, *distribution_of(file)]


def distribution_of(iri: str) -> list[Triple]:
    """Return the description of a distribution."""
    node = Iri(iri)
    return [
        (node, RDF_TYPE, expand("dcat:Distribution")),
        (node, expand("dcat:accessURL"), Iri(f"{iri.partition('#')[0]}/files")),
    ]


def catalogue(iri: str, datasets: Iterable[str], title: str = "A catalogue") -> list[Triple]:
    """Return a catalogue that lists datasets."""
    node = Iri(iri)
    return [
        (node, RDF_TYPE, expand("dcat:Catalog")),
        (node, expand("dct:title"), Literal(title, language="en")),
        *((node, expand("dcat:dataset"), Iri(one)) for one in datasets),
    ]


def document(triples: Iterable[Triple], media_type: str = "text/turtle", **more: object) -> Document:
    """Return a document in any syntax."""
    return Document(body=write_rdf(list(triples), media_type), media_type=media_type, **more)  # type: ignore[arg-type]


def hydra_pages(
    base: str, count: int, *, per_page: int = 2, media_type: str = "text/turtle", old: bool = False
) -> dict[str, Document | Answer]:
    """Return the pages of a catalogue of datasets numbered from 1: `/catalog`, `/catalog?page=2` and so on.

    Args:
        base: where the site is.
        old: with the names that Hydra had before 2014, and CKAN still uses: `PagedCollection`, `nextPage`.
    """
    pages: dict[str, Document | Answer] = {}
    last = -(-count // per_page)
    for number in range(1, last + 1):
        names = [f"{base}/dataset/{n}" for n in range((number - 1) * per_page + 1, min(number * per_page, count) + 1)]
        triples = catalogue(f"{base}/catalog#it", names)
        for name in names:
            triples += dataset(name, f"Dataset {name.rpartition('/')[2]}")
        path = "/catalog" if number == 1 else f"/catalog?page={number}"
        view = Iri(f"{base}{path}")
        whole = view if old else Iri(f"{base}/catalog#it")
        total = Literal(str(count), datatype=expand("xsd:integer"))
        triples += [
            (view, RDF_TYPE, Iri(f"{HYDRA}{'PagedCollection' if old else 'PartialCollectionView'}")),
            (whole, Iri(f"{HYDRA}totalItems"), total),
        ]
        if number < last:
            word = "nextPage" if old else "next"
            triples.append((view, Iri(f"{HYDRA}{word}"), Iri(f"{base}/catalog?page={number + 1}")))
        pages[path] = document(triples, media_type)
    return pages
