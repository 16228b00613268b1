"""The distributions of a DCAT resource as values (DCAT-AP 3.0, class Distribution)."""

from __future__ import annotations

from node.mapping.dcat import parts
from node.mapping.dcat.statements import Statements
from node.mapping.formats import byte_size
from node.model.dcat import Distribution
from node.model.rdf import Iri, Literal
from node.namespaces import PREFIXES, RDF_TYPE, expand
from node.terms import vocabularies


def distributions(statements: Statements, subject: Iri, base: Iri) -> tuple[Distribution, ...]:
    """Return the distributions; one that was a blank node gets its IRI below the record."""
    found: list[Distribution] = []
    predicate = expand("dcat:distribution")
    for _, node in statements.values(subject, predicate):
        if not isinstance(node, Iri) or not statements.describes(node):
            # A link to a distribution that is described elsewhere stays as it is.
            continue
        name = f"{base}#distribution-{len(found) + 1}"
        statements.take(subject, predicate, node)
        statements.take(node, RDF_TYPE, expand("dcat:Distribution"))
        if statements.was_blank(node):
            statements.rename(node, Iri(name))
        found.append(_distribution(statements, node, name))
    return tuple(found)


def _distribution(statements: Statements, node: Iri, name: str) -> Distribution:
    license_iri, license_texts = parts.license_of(statements, node)
    media_type, file_format = _formats(statements, node)
    return Distribution(
        iri=None if statements.was_blank(node) else node,
        access_url=statements.first(node, expand("dcat:accessURL")),
        download_url=statements.first(node, expand("dcat:downloadURL")),
        title=statements.literals(node, expand("dct:title")),
        description=statements.literals(node, expand("dct:description")),
        media_type=media_type,
        file_format=file_format,
        byte_size=_byte_size(statements, node),
        license=license_iri,
        rights=(*license_texts, *parts.labels(statements, node, expand("dct:rights"), f"{name}-rights")),
        issued=parts.date(statements, node, expand("dct:issued")),
        modified=parts.date(statements, node, expand("dct:modified")),
        checksum=_checksum(statements, node, f"{name}-checksum"),
        conforms_to=statements.iris(node, expand("dct:conformsTo")),
    )


def _formats(statements: Statements, node: Iri) -> tuple[Iri | None, Iri | None]:
    """The IANA media type and the EU file type, each by address or by name."""
    media_type, file_format = None, None
    for predicate, value in statements.values(node, expand("dcat:mediaType"), expand("dct:format")):
        texts = [text.value for text in parts.words(statements, value)]
        texts += [text.value for _, text in _values(statements, value) if isinstance(text, Literal)]
        names = [str(value), *texts] if isinstance(value, Iri) else texts
        known_type = next(filter(None, map(vocabularies.media_type, names)), None)
        known_file = next(filter(None, map(vocabularies.file_type, names)), None)
        is_own = isinstance(value, Iri) and not statements.is_minted(value)
        if predicate == expand("dcat:mediaType"):
            chosen = known_type or (Iri(str(value)) if is_own and known_file is None else None)
            media_type = media_type or chosen
            file_format = file_format or (known_file if chosen is None else None)
        else:
            chosen = known_file or (Iri(str(value)) if is_own and known_type is None else None)
            file_format = file_format or chosen
            media_type = media_type or (known_type if chosen is None else None)
        if chosen or known_type or known_file:
            statements.take(node, predicate, value)
            parts.take_words(statements, value)
            for one, text in _values(statements, value):
                statements.take(Iri(str(value)), one, text)
        elif names:
            statements.note("mapping.format-unknown", f"“{names[-1]}” is no known format", predicate, value)
    return media_type, file_format


def _values(statements: Statements, value: Iri | Literal) -> list[tuple[Iri, Iri | Literal]]:
    """The rdf:value of a blank dct:IMT, as DCAT-AP 1 wrote formats."""
    if isinstance(value, Literal) or not statements.is_minted(value):
        return []
    return statements.values(value, Iri(PREFIXES["rdf"] + "value"))


def _byte_size(statements: Statements, node: Iri) -> int | None:
    predicate = expand("dcat:byteSize")
    for _, value in statements.values(node, predicate):
        size = byte_size(value.value.removesuffix(".0")) if isinstance(value, Literal) else None
        if size is not None:
            statements.take(node, predicate, value)
            return size
        statements.note("mapping.value-unusable", "a size is no number of bytes", predicate, value)
    return None


def _checksum(statements: Statements, node: Iri, name: str) -> tuple[str, str] | None:
    spdx = PREFIXES["spdx"]
    for predicate, checksum in statements.values(node, expand("spdx:checksum")):
        if not isinstance(checksum, Iri):
            continue
        algorithms = [value for _, value in statements.values(checksum, expand("spdx:algorithm"))]
        digits = statements.text(checksum, expand("spdx:checksumValue"))
        if digits and len(algorithms) == 1 and isinstance(algorithms[0], Iri) and algorithms[0].startswith(spdx):
            statements.take(node, predicate, checksum)
            statements.take(checksum, expand("spdx:algorithm"), algorithms[0])
            statements.take(checksum, RDF_TYPE, expand("spdx:Checksum"))
            statements.rename(checksum, Iri(name))
            return algorithms[0].removeprefix(spdx), digits
    return None


KNOWN = frozenset(
    map(
        expand,
        (
            "dcat:accessURL", "dcat:downloadURL", "dcat:mediaType", "dct:format", "dcat:byteSize", "spdx:checksum",
            "spdx:algorithm", "spdx:checksumValue",
        ),
    )
)  # fmt: skip
