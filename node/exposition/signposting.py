"""The links of a record's page for machines: FAIR Signposting, level 1 (in headers) and level 2 (a link set).

https://signposting.org/FAIR/; link headers are RFC 8288, link sets RFC 9264 in both of its forms.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from urllib.parse import quote

from node.mapping.schema_org.kinds import class_of
from node.model.dcat import CLASSES
from node.model.rdf import Iri, Triple
from node.namespaces import RDF_TYPE, expand
from node.terms import vocabularies

LINKSET = {"json": "application/linkset+json", "txt": "application/linkset"}
"""The media types of link sets, by extension."""
PROFILE = "https://signposting.org/FAIR/"

_ROOM = 700
"""Bytes in headers for authors, and for files, of which there may be thousands; the link set has them all.

nginx answers 502 where all headers of an answer have more than its `proxy_buffer_size`, 4,096 bytes by default.
"""
_MANY = ("author", "item")
_ABOUT_PAGE = "https://schema.org/AboutPage"
_HAS_POLICY = "http://www.w3.org/ns/odrl/2/hasPolicy"
# All that RFC 3986 lets stand in a URI: what else an IRI holds is percent-encoded, and nothing can end a header.
_URI = "-._~:/?#[]@!$&'()*+,;=%"


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """A typed link; `media_type` is the target's, empty where it is not known."""

    anchor: str
    rel: str
    target: str
    media_type: str = ""


def record_links(
    page: str, subject: Iri, described: Iterable[Triple], *, metadata: Mapping[str, str], policy: str, catalog: str
) -> tuple[Link, ...]:
    """Return every link of a record.

    Args:
        page: the address of its page.
        subject: the IRI of the resource: what is cited.
        described: all that the record says.
        metadata: the addresses of its descriptions, and their media types.
        policy, catalog: the addresses of its policy and of the catalogue.
    """
    about: dict[Iri, dict[Iri, list[Iri]]] = {}
    for one, predicate, value in described:
        if isinstance(value, Iri):
            about.setdefault(one, {}).setdefault(predicate, []).append(value)
    ways = about.get(subject, {}).get(expand("dcat:distribution"), ())
    items = [item for way in ways for item in _items(page, about.get(way, {}))]
    return tuple(
        dict.fromkeys(
            (
                *_of_page(page, subject, about.get(subject, {})),
                *items,
                *(Link(anchor=page, rel="describedby", target=at, media_type=kind) for at, kind in metadata.items()),
                Link(anchor=page, rel=_HAS_POLICY, target=policy),
                Link(anchor=page, rel="collection", target=catalog),
                # The other half of level 2: what the resources that the page links say of it.
                *(_back(item.target, "collection", page) for item in items),
                *(_back(at, "describes", page) for at in metadata),
            )
        )
    )


def header(links: Iterable[Link], context: str, linksets: Mapping[str, str]) -> str:
    """Return the value of the `Link` header of a record's page, or of one of its descriptions.

    Args:
        context: its address.
        linksets: the addresses of the record's link sets, and their media types.
    """
    left = dict.fromkeys(_MANY, _ROOM)
    shown = []
    for link in links:
        if link.anchor != context:
            continue
        spelt = _spelt(link)
        if link.rel in left:
            left[link.rel] -= len(spelt)
            if left[link.rel] < 0:
                continue
        shown.append(spelt)
    shown += (_spelt(Link(anchor=context, rel="linkset", target=at, media_type=kind)) for at, kind in linksets.items())
    return ", ".join(shown)


def as_json(links: Iterable[Link]) -> str:
    """Return a link set as JSON (RFC 9264, section 4.2)."""
    contexts: dict[str, dict[str, list[dict[str, str]]]] = {}
    for link in links:
        target = {"href": _uri(link.target), **({"type": link.media_type} if link.media_type else {})}
        contexts.setdefault(_uri(link.anchor), {}).setdefault(link.rel, []).append(target)
    return json.dumps({"linkset": [{"anchor": anchor, **rels} for anchor, rels in contexts.items()]}, indent=2) + "\n"


def as_text(links: Iterable[Link]) -> str:
    """Return a link set in the form of headers (RFC 9264, section 4.1)."""
    return ",\n".join(f'{_spelt(link)}; anchor="{_uri(link.anchor)}"' for link in links) + "\n"


def _of_page(page: str, subject: Iri, said: Mapping[Iri, list[Iri]]) -> Iterator[Link]:
    if _on_the_web(subject):
        yield Link(anchor=page, rel="cite-as", target=subject)
    yield Link(anchor=page, rel="type", target=_ABOUT_PAGE)
    kind = next((CLASSES[name] for name in said.get(RDF_TYPE, ()) if name in CLASSES), None)
    if kind is not None:
        # What the page itself says in schema.org's terms.
        general = next(filter(vocabularies.datacite_type, said.get(expand("dct:type"), ())), None)
        name = class_of(kind, general, has_endpoint=expand("dcat:endpointURL") in said)
        yield Link(anchor=page, rel="type", target=f"https://schema.org/{name}")
    for predicate, rel in ((expand("dct:creator"), "author"), (expand("dct:license"), "license")):
        for target in said.get(predicate, ()):
            # The node's own name for somebody without one leads to nothing but this page.
            if _on_the_web(target) and not target.startswith(f"{page}#"):
                yield Link(anchor=page, rel=rel, target=_usual(target) if rel == "license" else target)


def _items(page: str, way: Mapping[Iri, list[Iri]]) -> Iterator[Link]:
    kinds = way.get(expand("dcat:mediaType"), ())
    media_type = next((name for kind in kinds if (name := vocabularies.media_type_name(kind))), "")
    for target in way.get(expand("dcat:downloadURL"), ()):
        if _on_the_web(target):
            yield Link(anchor=page, rel="item", target=target, media_type=media_type)


def _back(anchor: str, rel: str, page: str) -> Link:
    return Link(anchor=anchor, rel=rel, target=page, media_type="text/html")


def _usual(license_: Iri) -> str:
    return vocabularies.license_url(license_) or license_


def _on_the_web(iri: str) -> bool:
    return iri.startswith(("http://", "https://"))


def _spelt(link: Link) -> str:
    kind = f'; type="{link.media_type}"' if link.media_type else ""
    return f'<{_uri(link.target)}>; rel="{link.rel}"{kind}'


def _uri(iri: str) -> str:
    return quote(iri, safe=_URI)
