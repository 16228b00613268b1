"""Links of MARC 21: 856 as pages and files, 76X to 78X as relations.

Sources: MARC 21 Bibliographic, 856 (https://www.loc.gov/marc/bibliographic/bd856.html), linking entries
(https://www.loc.gov/marc/bibliographic/bd76x78x.html).
"""

from __future__ import annotations

from node.mapping.checksums import checksum
from node.mapping.datacite.relations import predicate
from node.mapping.draft import Draft
from node.mapping.elements import all_text
from node.mapping.formats import byte_size, read_format
from node.mapping.marc.agents import concept
from node.mapping.marc.fields import Field, plain
from node.model.dcat import Distribution
from node.model.rdf import Iri, Literal
from node.namespaces import expand
from node.terms import identifiers

LINKING: dict[str, Iri] = {
    tag: expand(curie)
    for tag, curie in {
        "760": "dct:isPartOf", "762": "dct:hasPart", "765": "dct:isVersionOf", "767": "dct:hasVersion",
        "770": "dct:relation", "772": "dct:isPartOf", "773": "dct:isPartOf", "774": "dct:hasPart",
        "775": "dct:hasVersion", "776": "dct:hasFormat", "777": "dct:relation", "780": "dct:replaces",
        "785": "dct:isReplacedBy", "786": "dct:source", "787": "dct:relation",
    }.items()
}  # fmt: skip
"""The property of each linking entry field."""


def read_location(draft: Draft, field: Field) -> None:
    """Add the addresses of an 856: a file where format or size is told, else a page; a related thing's is foaf:page."""
    reading = draft.reading
    for element in field.of("u"):
        iri = identifiers.handle(all_text(element)) or identifiers.iri(all_text(element))
        if iri is None:
            continue
        reading.take(element)
        if field.second == "2":
            draft.pages.add(iri)
        elif field.of("qs"):
            draft.files.add(_file(draft, field, iri))
        elif identifiers.doi(iri) and draft.doi is None:
            draft.identifier(element, iri, "DOI")
        else:
            draft.links.add(iri)
    if field.of("u") and not field.of("qs"):
        # The words on a link, and the note that it is a link.
        reading.take(*field.of("yz3"))


def read_related(draft: Draft, field: Field) -> None:
    """Add a linking entry: its identifiers as links, and for a host, words to cite it by."""
    reading = draft.reading
    property_ = LINKING[field.tag]
    word = predicate("".join(field.peek("i").title().split()).rstrip(":"))
    if word is not None:
        reading.take(*field.of("i"))
        property_ = word
    for code, element in field.subfields:
        text = all_text(element).strip()
        target = _target(code, text)
        if target is not None:
            reading.take(element)
            draft.relate(property_, target)
    if field.tag in ("772", "773"):
        # Invenio writes journal, volume, issue, pages and year into p, v, n, c and y.
        words = [plain(reading.line(element)) for element in field.of("abtpgdvncy")]
        # With a relation in i, n names the scheme of the identifier in a.
        citation = ", ".join(word for word in words if word.casefold() not in _SCHEMES and not identifiers.doi(word))
        draft.say("dct:bibliographicCitation", Literal(citation) if citation else None)


def _target(code: str, text: str) -> Iri | None:
    if code in "ou":
        return identifiers.doi(text) or identifiers.handle(text) or concept(text)
    if code == "x":
        return identifiers.resolve("ISSN", text)
    if code == "z":
        return identifiers.resolve("ISBN", text.partition(" ")[0])
    if code in "agrw":
        return identifiers.doi(text) or identifiers.handle(text)
    return None


def _file(draft: Draft, field: Field, iri: Iri) -> Distribution:
    reading = draft.reading
    kind = field.of("q")
    text = reading.line(kind[0]) if kind else ""
    form = read_format(reading, kind[0], text) if text else None
    title = field.joined(reading, "y3", ": ")
    note = field.joined(reading, "z", " ")
    digits = checksum("", note)
    size = field.peek("s")
    in_bytes = byte_size(size)
    if in_bytes is not None:
        reading.take(*field.of("s")[:1])
    words = "" if digits else note
    return Distribution(
        download_url=iri,
        title=(Literal(title),) if title else (Literal(form.name),) if form and form.name else (),
        description=(Literal(words),) if words else (),
        media_type=form.media_type if form else None,
        file_format=form.file_type if form else None,
        byte_size=in_bytes,
        checksum=digits,
    )


_SCHEMES = frozenset({"", "doi", "handle", "hdl", "arxiv", "url", "urn", "isbn", "issn", "pmid"})
