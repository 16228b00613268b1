"""Files of schema.org (https://schema.org/DataDownload, https://schema.org/MediaObject) as distributions."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from node.mapping.checksums import ALGORITHMS, checksum
from node.mapping.formats import Format, byte_size, read_format
from node.mapping.json_reading import Part, peek
from node.mapping.rights import Rights
from node.mapping.schema_org.graph import Graph, names_within
from node.model.dcat import Distribution
from node.model.rdf import Iri, Literal
from node.namespaces import expand
from node.terms import dates, identifiers, vocabularies

MAX_DISTRIBUTIONS = 10_000
_FILES = frozenset({"File", "MediaObject", "DataDownload"})


def distributions(
    graph: Graph, values: Iterable[Part], *, page: Iri | None, license_iri: Iri | None
) -> tuple[Distribution, ...]:
    """Return the files at `values`; those past `MAX_DISTRIBUTIONS` stay, with a finding.

    Args:
        page: where a file without an address can be had.
        license_iri: the licence of files that state no rights of their own.
    """
    found: dict[Distribution, None] = {}
    for value in values:
        if len(found) == MAX_DISTRIBUTIONS:
            message = f"only the first {MAX_DISTRIBUTIONS} distributions were read"
            graph.reading.note("mapping.distributions-many", message, value)
            break
        way = _distribution(graph, value, page) if graph.is_node(value) else _linked(graph, value)
        if way is not None:
            found[way if way.license or way.rights else replace(way, license=license_iri)] = None
    return tuple(found)


def formats(graph: Graph, node: Part) -> tuple[list[Format], tuple[Iri, ...]]:
    """Return the formats of a file, and the standards that are given by address beside them."""
    found: list[Format] = []
    standards: list[Iri] = []
    for value in graph.values(node, "encodingFormat", "fileFormat"):
        address = identifiers.iri(peek(value)) if not graph.is_node(value) else identifiers.iri(graph.id(value))
        if address and vocabularies.media_type(address) is None and vocabularies.file_type(address) is None:
            graph.text(value)
            graph.take(value)
            standards.append(address)
        elif text := graph.text(value) or address or "":
            graph.take(value)
            found.append(read_format(graph.reading, value, text))
    return found, tuple(standards)


def license_of(graph: Graph, node: Part, *names: str) -> Rights:
    """Return the rights that properties state: addresses, names, or nodes with either."""
    rights = Rights()
    for value in graph.values(node, *names):
        if not graph.is_node(value):
            rights.add(graph.reading, value, graph.literal(value))
            continue
        links = [peek(one) for one in graph.values(value, "url", "@id", "identifier", "sameAs", "termCode")]
        known = [text for text in links if vocabularies.license(text) or vocabularies.access_right(text)]
        addresses = [text for text in links if identifiers.iri(text)]
        words = graph.literals(value, "name")[:1]
        graph.take(value)
        graph.reading.take(*graph.values(value, "url", "identifier", "sameAs", "termCode"))
        rights.add(graph.reading, value, next(iter(words), None), *(known or addresses[:1]))
    return rights


def byte_size_of(graph: Graph, node: Part) -> int | None:
    """Return the size of a file in bytes."""
    for value in graph.values(node, "contentSize", "size"):
        text = graph.text(value)
        size = byte_size(text) if text else None
        if size is not None:
            return size
        if text:
            graph.reading.note("mapping.value-unusable", f"“{text}” is no size in bytes", value, text)
    return None


def date(graph: Graph, node: Part, *names: str) -> Literal | None:
    """Take the first readable date of properties; what is no date is noted."""
    found: Literal | None = None
    for value in graph.values(node, *names):
        if found is not None or graph.is_node(value):
            continue
        text = graph.text(value)
        found = dates.date(text) if text else None
        if text and found is None:
            graph.reading.note("mapping.date-unreadable", f"“{text}” is no date", value, text)
    return found


def _distribution(graph: Graph, node: Part, page: Iri | None) -> Distribution | None:
    downloads = graph.links(node, "contentUrl")
    own = identifiers.iri(graph.id(node))
    own = own if own and own.startswith(("http", "ftp")) else None
    pages = graph.links(node, "url")
    is_file = not _FILES.isdisjoint(graph.types(node))
    if is_file and own and "#" not in own and not (downloads or pages):
        # A file of an RO-Crate on the web is named by its address (RO-Crate 1.2, Web-based Data Entities).
        downloads = (own,)
    known, standards = formats(graph, node)
    first = next(iter(known), Format())
    titles, path = graph.literals(node, "name"), _path(graph, node)
    rights = license_of(graph, node, "license", "conditionsOfAccess")
    way = Distribution(
        access_url=next(iter((*pages, *downloads)), page),
        download_url=next(iter(downloads), None),
        iri=own if own not in (*downloads, *pages) else None,
        title=titles or path or ((Literal(first.name),) if first.name else ()),
        description=(*graph.literals(node, "description", one_line=False), *(path if titles else ())),
        media_type=next((one.media_type for one in known if one.media_type), None),
        file_format=next((one.file_type for one in known if one.file_type), None),
        byte_size=byte_size_of(graph, node),
        license=rights.license,
        rights=tuple(rights.statements),
        issued=date(graph, node, "datePublished", "uploadDate"),
        modified=date(graph, node, "dateModified"),
        checksum=_checksum(graph, node),
        conforms_to=tuple(dict.fromkeys((*standards, *graph.links(node, "conformsTo", expand("dct:conformsTo"))))),
    )
    if way == Distribution(access_url=page):
        return None
    graph.take(node)
    return way


def _path(graph: Graph, node: Part) -> tuple[Literal, ...]:
    """The path of a file within an RO-Crate: its title, or where it has a name, a part of its description."""
    name = graph.id(node)
    is_path = bool(name) and not names_within(name) and identifiers.iri(name) is None
    return (Literal(name),) if is_path else ()


def _linked(graph: Graph, value: Part) -> Distribution | None:
    address = graph.link(value)
    return Distribution(access_url=address, download_url=address) if address else None


def _checksum(graph: Graph, node: Part) -> tuple[str, str] | None:
    """The checksum: schema.org's `sha256`, or SPDX's as science-on-schema.org recommends it."""
    for name in ALGORITHMS:
        for value in graph.values(node, name):
            found = checksum(name, peek(value))
            graph.text(value)
            if found:
                return found
            graph.reading.note("mapping.value-unusable", f"“{peek(value)}” is no {name}", value, peek(value))
    for one in graph.values(node, expand("spdx:checksum")):
        algorithms = graph.values(one, expand("spdx:checksumAlgorithm"), expand("spdx:algorithm"))
        digits = graph.values(one, expand("spdx:checksumValue"))
        algorithm = next((graph.id(each) or peek(each) for each in algorithms), "")
        found = checksum(algorithm, peek(digits[0])) if digits else None
        if found:
            graph.take(one)
            graph.reading.take(*algorithms, *digits)
            return found
    return None
