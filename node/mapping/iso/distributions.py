"""Distribution information as distributions and pages (ISO 19115:2003, B.2.10; ISO 19115-1:2014, B.2.10).

By the function of a link, as in GeoDCAT-AP 3 (https://semiceu.github.io/GeoDCAT-AP/): what gives information is a page,
what gives data a distribution; where no function is told, the protocol or the address tells.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from lxml.etree import _Element as Element

from node.mapping import formats as formats_of_texts
from node.mapping.formats import Format, read_format
from node.mapping.geometry import number
from node.mapping.iso.document import Document
from node.mapping.iso.links import Link, extension, read_link
from node.model.dcat import Distribution
from node.model.rdf import Iri, Literal
from node.terms import vocabularies


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """Formats, by their elements, and the links that stand beside them."""

    formats: dict[Element, Format]
    links: tuple[Link, ...]


def read_offers(document: Document, identification: Element | None, *, is_data: bool) -> tuple[Offer, ...]:
    """Return what the distribution information offers; the resource's own formats count where it names none.

    Args:
        is_data: formats are read: those of anything else than data stay unmapped.
    """
    found: list[Offer] = []
    read: dict[Element, Format] = {}
    for distribution in document.objects(document.root, "distributionInfo"):
        shared = document.objects(distribution, "distributionFormat")
        for own, options in _parts(document, distribution, shared):
            inner = [one for option in options for one in document.objects(option, "distributionFormat")]
            for element in (*own, *inner):
                if is_data and element not in read:
                    known = _format(document, element)
                    read |= {element: known} if known else {}
            links = tuple(link for option in options for link in _links(document, option))
            formats = {element: read[element] for element in (*(own or shared), *inner) if element in read}
            found.append(Offer(formats=formats, links=links))
    if is_data and not read:
        elements = document.objects(identification, "resourceFormat")
        formats = {element: known for element in elements if (known := _format(document, element))}
        found = [Offer(formats=formats, links=offer.links) for offer in found] or [Offer(formats=formats, links=())]
    return tuple(found)


def distributions(
    document: Document, offers: Sequence[Offer], *, page: Iri | None, licence: Iri | None
) -> tuple[Distribution, ...]:
    """Return one distribution a link that gives data, and one a format that no such link is in.

    A link is in the only format told beside it; of several, in the one its file name ends in.
    """
    found: dict[Distribution, None] = {}
    used: set[Element] = set()
    for offer in offers:
        for link in offer.links:
            if link.gives_data:
                element = _format_of(link, offer.formats)
                used |= {element} if element is not None else set()
                known = offer.formats[element] if element is not None else None
                found[_distribution(document, link, known, licence)] = None
    unused = {element: one for offer in offers for element, one in offer.formats.items() if element not in used}
    if unused or not found:
        first = next((one.access_url for one in found), None)
        left = formats_of_texts.distributions(list(unused.values()), [], access_url=page or first, license_iri=licence)
        found |= dict.fromkeys(left)
    return tuple(found)


def _parts(
    document: Document, distribution: Element, shared: list[Element]
) -> Iterator[tuple[list[Element], list[Element]]]:
    """Formats and transfer options that belong together: of the distribution, of a distributor, of a format."""
    yield shared, document.objects(distribution, "transferOptions")
    for distributor in document.objects(distribution, "distributor"):
        own = document.objects(distributor, "distributorFormat")
        yield own, document.objects(distributor, "distributorTransferOptions")
    for format_ in shared:
        yield [format_], document.objects(format_, "formatDistributor/distributorTransferOptions")


def _links(document: Document, option: Element) -> list[Link]:
    """The links of one set of transfer options; the transfer size, in megabytes, is that of the only one with data."""
    links = [link for element in document.objects(option, "onLine") if (link := read_link(document, element))]
    files = [link for link in links if link.gives_data]
    if len(files) == 1:
        for property_ in document.properties(option, "transferSize"):
            text = document.text(property_)
            megabytes = number(text) if text else None
            if megabytes is not None and 0 <= megabytes < 2**40:
                size = int(megabytes * 1_000_000)
                links = [replace(link, byte_size=size) if link is files[0] else link for link in links]
            elif text:
                message = f"“{text}” is no size in megabytes"
                document.reading.note("mapping.value-unusable", message, property_, text)
    return links


def _format(document: Document, element: Element) -> Format | None:
    """A format by its name or its Anchor; INSPIRE's media types carry the IANA's names."""
    for property_ in document.properties(element, *document.encoding.format_name):
        anchor = document.anchor(property_)
        text = document.text(property_)
        name = anchor.rpartition("/media-types/")[2] if anchor else ""
        if name and (vocabularies.media_type(name) or vocabularies.file_type(name)):
            return read_format(document.reading, property_, name)
        if text:
            return read_format(document.reading, property_, text)
    return None


def _format_of(link: Link, formats: dict[Element, Format]) -> Element | None:
    if link.service is not None:
        return None
    if len(set(formats.values())) == 1:
        return next(iter(formats))
    ending = extension(link.url)
    file_type = vocabularies.file_type(ending) if ending else None
    for element, one in formats.items():
        if ending and ((file_type and one.file_type == file_type) or (one.name or "").lower() == ending):
            return element
    return None


def _distribution(document: Document, link: Link, known: Format | None, licence: Iri | None) -> Distribution:
    names = document.literals(document.properties(link.element, "name"))
    descriptions = document.literals(document.properties(link.element, "description"), one_line=False)
    name = (Literal(known.name),) if known and known.name else ()
    return Distribution(
        access_url=link.url,
        download_url=link.url if link.is_file else None,
        title=names or name,
        description=(*descriptions, *(name if names else ())),
        media_type=known.media_type if known else None,
        file_format=known.file_type if known else None,
        byte_size=link.byte_size,
        license=licence,
        conforms_to=(link.service,) if link.service else (),
    )
