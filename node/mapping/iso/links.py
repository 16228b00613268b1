"""Online resources: an address, what it is for, and how it is spoken to (CI_OnlineResource, ISO 19115-1:2014, B.3.2).

Protocols: the OGC service types (http://www.opengis.net/def/serviceType/ogc), and the names GeoNetwork made common
(`WWW:DOWNLOAD-1.0-http--download`, `OGC:WMS-1.3.0-http-get-map`).
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import urlsplit

from lxml.etree import _Element as Element

from node.mapping.iso.document import Document
from node.model.rdf import Iri
from node.terms import vocabularies


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """One online resource.

    Attributes:
        url: its address.
        gives_data: data can be had there; otherwise it is a page.
        is_file: the address is that of one file.
        service: type of the service that answers there, as an IRI of the OGC; `None` for anything else.
        element: the online resource; its name and description are for those to read who use them.
        byte_size: of what is had there, where it is told.
    """

    url: Iri
    gives_data: bool
    is_file: bool
    service: Iri | None
    element: Element
    byte_size: int | None = None


def read_link(document: Document, element: Element) -> Link | None:
    """Return an online resource; `None` where it has no address, or takes things instead of giving them."""
    codes = document.codes(element, "function", _FUNCTIONS)
    function = codes[0] if codes else ""
    properties = document.properties(element, "linkage")
    url = next(filter(None, map(document.link, properties)), None) if function not in _TAKING else None
    if url is None:
        return None
    protocol, service = _protocol(document, element, url)
    gives_data = function in _GIVING or (function not in _TELLING and _gives_data(url, protocol, service))
    return Link(
        url=url,
        gives_data=gives_data,
        is_file=gives_data and service is None and (_DOWNLOAD.search(protocol) is not None or _is_file(url)),
        service=service,
        element=element,
    )


def service_type(text: str) -> Iri | None:
    """Return the OGC's IRI of a service type that a protocol names; `None` where it names none."""
    found = _SERVICE.search(text)
    if found:
        return Iri(_SERVICE_TYPE + found["name"].lower())
    long = _LONG_NAMES.get(text.rpartition("serviceType:")[2].partition(":")[0].lower())
    return Iri(_SERVICE_TYPE + long) if long else None


def extension(url: str) -> str:
    """Return the extension of the file that an address names, in lower case; empty where it names none."""
    name = urlsplit(url).path.rpartition("/")[2]
    return name.rpartition(".")[2].lower() if "." in name else ""


def _protocol(document: Document, element: Element, url: Iri) -> tuple[str, Iri | None]:
    """The protocol as text, and the service it stands for: by its name, else by the request in the address."""
    protocol, service = "", None
    for property_ in document.properties(element, "protocol"):
        anchor = document.anchor(property_)
        protocol = protocol or document.text(property_)
        service = service or service_type(anchor or protocol)
    asked = _ASKED.search(urlsplit(url).query)
    return protocol, service or (service_type(f"OGC:{asked['name']}") if asked else None)


def _gives_data(url: Iri, protocol: str, service: Iri | None) -> bool:
    return service is not None or _DOWNLOAD.search(protocol) is not None or _is_file(url)


def _is_file(url: Iri) -> bool:
    ending = extension(url)
    return bool(ending) and ending not in _PAGES and vocabularies.file_type(ending) is not None


def addresses(links: Iterable[Link]) -> tuple[Iri, ...]:
    """Return the addresses of links, each once."""
    return tuple(dict.fromkeys(link.url for link in links))


_GIVING = frozenset({"download", "offlineaccess", "order", "fileaccess"})
_TELLING = frozenset({"information", "search", "browsing", "completemetadata", "browsegraphic"})
_TAKING = frozenset({"upload", "emailservice"})
_FUNCTIONS = _GIVING | _TELLING | _TAKING
_PAGES = frozenset({"html", "htm", "xhtml", "php", "asp", "aspx", "jsp", "do", "cgi"})
_DOWNLOAD = re.compile(r"WWW:DOWNLOAD|^FILE\b|^FTP$", re.IGNORECASE)
_SERVICE_TYPE = "http://www.opengis.net/def/serviceType/ogc/"
_SERVICE = re.compile(
    r"(?:^|OGC[:\s-]+|serviceType/ogc/)(?P<name>csw|sos|sps|wcs|wfs|wms|wmts|wps)(?![a-z])", re.IGNORECASE
)
_ASKED = re.compile(r"(?:^|&)service=(?P<name>csw|sos|sps|wcs|wfs|wms|wmts|wps)(?:&|$)", re.IGNORECASE)
_LONG_NAMES = {
    "webmapservice": "wms",
    "webfeatureservice": "wfs",
    "webcoverageservice": "wcs",
    "webmaptileservice": "wmts",
    "webprocessingservice": "wps",
    "sensorobservationservice": "sos",
    "catalogueservice": "csw",
}
