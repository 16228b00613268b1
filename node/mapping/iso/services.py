"""Service identification as the endpoint of a data service (ISO 19119:2005/Amd 1:2008; ISO 19115-1:2014, B.2.14).

Service types: https://inspire.ec.europa.eu/metadata-codelist/SpatialDataServiceType.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from lxml.etree import _Element as Element

from node.mapping.iso.document import HREF, Document
from node.mapping.iso.lineage_and_quality import GEODCAT_AP
from node.mapping.iso.links import Link, service_type
from node.model.rdf import Iri
from node.terms import identifiers


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoint:
    """Where a service answers, what describes it, the datasets it serves, and the service types it is of."""

    url: Iri | None = None
    description: Iri | None = None
    serves: tuple[Iri, ...] = ()
    standards: tuple[Iri, ...] = ()

    def is_at(self, address: Iri) -> bool:
        """Tell whether an address, with or without the parameters of a request, is that of the endpoint."""
        return self.url is not None and _plain(address) == self.url


def read_endpoint(document: Document, identification: Element | None, links: Iterable[Link]) -> Endpoint:
    """Return the endpoint: the address of its operations, else of the first link that gives data.

    The address that asks for the capabilities is the description; without that question it is the endpoint.
    """
    operations = _operations(document, identification)
    offered = [link for link in links if link.gives_data]
    known = [*operations, *(link.url for link in offered)]
    description = next((address for address in known if _asks_for_capabilities(address)), None)
    first = description or next(iter(known), None)
    standards = dict.fromkeys(link.service for link in offered if link.service)
    return Endpoint(
        url=_plain(first) if first else None,
        description=description,
        serves=_served(document, identification),
        standards=tuple(dict.fromkeys((*_types(document, identification), *standards))),
    )


def _operations(document: Document, identification: Element | None) -> list[Iri]:
    """The addresses of the operations, that of GetCapabilities first; operations at further addresses stay unmapped."""
    found: list[tuple[Iri, Element, bool]] = []
    for operation in document.objects(identification, "containsOperations"):
        names = document.properties(operation, "operationName")
        is_first = any("getcapabilities" in "".join(name.itertext()).lower() for name in names)
        for property_ in document.properties(operation, "connectPoint/linkage"):
            address = identifiers.iri("".join(document.value(property_).itertext()))
            if address:
                found.append((address, operation, is_first))
    found.sort(key=lambda one: not (one[2] or _asks_for_capabilities(one[0])))
    for address, operation, _ in found:
        if _plain(address) != _plain(found[0][0]):
            continue
        for property_ in document.properties(operation, "operationName", "connectPoint/linkage"):
            document.text(property_)
        # How it is asked (HTTP GET, SOAP) and under which protocol the capabilities say themselves.
        for path in ("DCP", "distributedComputingPlatform"):
            document.codes(operation, path)
        for property_ in document.properties(operation, "connectPoint/protocol"):
            document.text(property_)
        document.codes(operation, "connectPoint/function")
    return [address for address, _, _ in found]


def _types(document: Document, identification: Element | None) -> list[Iri]:
    """The OGC service types it is of; one of INSPIRE's becomes a further statement."""
    found: list[Iri] = []
    for property_ in document.properties(identification, "serviceType"):
        text = " ".join("".join(document.value(property_).itertext()).split())
        known = service_type(text)
        anchor = document.anchor(property_)
        if known:
            found.append(known)
        elif text.lower() in _INSPIRE_TYPES or anchor:
            document.extra.append((Iri(f"{GEODCAT_AP}serviceType"), anchor or Iri(_INSPIRE_TYPE + text.lower())))
        else:
            document.reading.note("mapping.type-unknown", f"“{text}” is no known service type", property_, text)
            continue
        document.text(property_)
    return found


def _served(document: Document, identification: Element | None) -> tuple[Iri, ...]:
    """The datasets it operates on: by their identifiers, else by the addresses of their metadata."""
    found: dict[Iri, None] = {}
    for property_ in document.properties(identification, "operatesOn"):
        reference, href = property_.get("uuidref", ""), property_.get(HREF, "")
        target = (identifiers.resolve(None, reference) if reference else None) or identifiers.iri(href)
        if target:
            found[target] = None
            document.reading.attribute(property_, "uuidref")
            document.take_link(property_)
    return tuple(found)


def _asks_for_capabilities(address: Iri) -> bool:
    return "request=getcapabilities" in address.lower()


def _plain(address: Iri) -> Iri:
    """An address without the parameters of a request (OGC 06-121r9, 11.5.2); those of the server stay."""
    parts = urlsplit(address)
    kept = [
        (name, value) for name, value in parse_qsl(parts.query, keep_blank_values=True) if name.lower() not in _ASKED
    ]
    # Percent-encoding is left as it is where nothing was cut off.
    query = urlencode(kept, safe="/:,") if len(kept) < parts.query.count("&") + 1 else parts.query
    return identifiers.iri(urlunsplit(parts._replace(query=query))) or address


_ASKED = frozenset({"service", "request", "version", "acceptversions", "acceptformats", "sections"})
_INSPIRE_TYPE = "http://inspire.ec.europa.eu/metadata-codelist/SpatialDataServiceType/"
_INSPIRE_TYPES = frozenset({"discovery", "view", "download", "transformation", "invoke", "other"})
