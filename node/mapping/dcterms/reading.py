"""DCMI terms as elements, read into a draft, each like the property it is or refines.

Sources: DCMI Metadata Terms (https://www.dublincore.org/specifications/dublin-core/dcmi-terms/), Guidelines for
implementing Dublin Core in XML (https://www.dublincore.org/specifications/dublin-core/dc-xml-guidelines/), and OLAC
Metadata (http://www.language-archives.org/OLAC/metadata.html): `olac:code` says in a code what the text says in words.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable

from lxml.etree import _Element as Element

from node.mapping.draft import Draft
from node.mapping.elements import all_text, local_name
from node.mapping.formats import byte_size
from node.mapping.oai_dc_reading import agent, link
from node.mapping.roles import enter
from node.model.rdf import Literal
from node.namespaces import XSI, expand
from node.terms import dates, identifiers, vocabularies

OLAC = "http://www.language-archives.org/OLAC/1.1/"


def is_term(element: Element) -> bool:
    """Tell whether an element has the name of a term that is read here."""
    return local_name(element) in _RULES


def read_terms(draft: Draft, elements: Iterable[Element]) -> None:
    """Add what elements say that have the local name of a DCMI term; all others stay."""
    for element in elements:
        rule = _RULES.get(local_name(element))
        if rule is not None:
            rule(draft, element)


def _title(draft: Draft, element: Element) -> None:
    draft.titles.add(draft.reading.literal(element))


def _alternative(draft: Draft, element: Element) -> None:
    draft.say("dct:alternative", draft.reading.literal(element))


def _agent(draft: Draft, element: Element) -> None:
    text, name = draft.reading.line(element), local_name(element)
    somebody = agent(text) if text else None
    if name == "publisher":
        draft.publishers.add(somebody)
    elif name == "rightsHolder":
        enter(draft, somebody, "RightsHolder")
    else:
        role = (element.get("role") or "").strip() or _code(element, "role")
        if enter(draft, somebody, role.replace("_", ""), is_creator=name == "creator"):
            _take_code(draft, element)
            draft.reading.attribute(element, "role")


def _subject(draft: Draft, element: Element) -> None:
    words = draft.reading.literal(element)
    if words is None:
        words = _language_name(_code(element, "language"))
        if words:
            _take_code(draft, element)
    concept = identifiers.iri(words.value) if words else None
    draft.subject(None if concept else words, concept)


def _description(draft: Draft, element: Element) -> None:
    words = draft.reading.literal(element, one_line=False)
    (draft.abstracts if local_name(element) == "abstract" else draft.notes).add(words)


def _contents(draft: Draft, element: Element) -> None:
    draft.say("dct:tableOfContents", draft.reading.literal(element, one_line=False))


def _citation(draft: Draft, element: Element) -> None:
    draft.say("dct:bibliographicCitation", draft.reading.literal(element))


def _date(draft: Draft, element: Element) -> None:
    text, kind = draft.reading.line(element), _DATES[local_name(element)]
    words = Literal(text) if text else None
    if text.lower().startswith("info:eu-repo/"):
        draft.rights.add(draft.reading, element, words)
    elif kind != "Date":
        draft.date(element, text, kind)
    elif dates.date(text) is None and dates.period(text):
        draft.period(element, text)
    elif known := dates.date(text):
        # DSpace repeats the date for accession, availability and issue: the form without a time is the date of issue.
        if draft.issued_at_least is None or ("T" in draft.issued_at_least.value and "T" not in known.value):
            draft.issued_at_least = known
    else:
        draft.date(element, text, kind)


def _type(draft: Draft, element: Element) -> None:
    text, code = draft.reading.line(element), _code(element, "linguistic-type", "discourse-type")
    draft.type(element, text or code.replace("_", " "))
    if not text:
        _take_code(draft, element)


def _format(draft: Draft, element: Element) -> None:
    text, name = draft.reading.line(element), local_name(element)
    if name == "extent" or byte_size(text) is not None:
        draft.extent(element, text)
    elif name == "medium" and not (vocabularies.media_type(text) or vocabularies.file_type(text)):
        words = Literal(text, language=draft.reading.language(element)) if text else None
        draft.part("dct:medium", "dct:PhysicalMedium", words)
    else:
        draft.format(element, text)


def _identifier(draft: Draft, element: Element) -> None:
    scheme = draft.reading.attribute(element, "scheme")
    draft.identifier(element, draft.reading.line(element), "" if scheme.upper() in ("URI", "URN") else scheme)


def _language(draft: Draft, element: Element) -> None:
    code = _code(element, "language")
    text = code or draft.reading.line(element)
    if code:
        draft.reading.take(element)
        _take_code(draft, element)
    parts = [text] if vocabularies.language(text) else re.split(r"[;,/]\s*", text)
    for part in parts:
        draft.language(element, part.strip())


def _relation(draft: Draft, element: Element) -> None:
    """A link, also where it is written `urn:issn:...`; the text of anything else stays unmapped."""
    scheme = (element.get("scheme") or "").strip()
    text = " ".join(all_text(element).split())
    target = link(text) or (identifiers.resolve(scheme, text) if scheme else None)
    if target is not None:
        draft.reading.take(element)
        if scheme.upper() in ("URI", "URN", "URL", "DOI", "ISSN", "ISBN"):
            draft.reading.attribute(element, "scheme")
        draft.relate(expand(f"dct:{local_name(element)}"), target)


def _place(draft: Draft, element: Element) -> None:
    draft.place(element, draft.reading.line(element))


def _period(draft: Draft, element: Element) -> None:
    draft.period(element, draft.reading.line(element))


def _rights(draft: Draft, element: Element) -> None:
    draft.rights.add(draft.reading, element, draft.reading.literal(element))


def _provenance(draft: Draft, element: Element) -> None:
    draft.provenance.add(draft.reading.literal(element, one_line=False))


def _audience(draft: Draft, element: Element) -> None:
    draft.part(f"dct:{local_name(element)}", "dct:AgentClass", draft.reading.literal(element))


def _frequency(draft: Draft, element: Element) -> None:
    known = vocabularies.frequency(" ".join(all_text(element).split()))
    if known:
        draft.reading.take(element)
        draft.say("dct:accrualPeriodicity", known)


def _code(element: Element, *types: str) -> str:
    """OLAC's code of an element whose xsi:type is one of OLAC's types; empty where there is none."""
    kind = element.get(f"{{{XSI}}}type", "").rpartition(":")[2]
    return element.get(f"{{{OLAC}}}code", "").strip() if kind in types else ""


def _take_code(draft: Draft, element: Element) -> None:
    draft.reading.attribute(element, f"{{{OLAC}}}code")


def _language_name(code: str) -> Literal | None:
    """The language a resource is about, by its English name: a subject, not a language it is in."""
    known = vocabularies.language(code)
    name = vocabularies.label(known) if known else None
    return Literal(name, language="en") if name else None


_DATES = {
    "date": "Date", "issued": "Issued", "created": "Created", "modified": "Updated", "available": "Available",
    "dateAccepted": "Accepted", "dateCopyrighted": "Copyrighted", "dateSubmitted": "Submitted", "valid": "Valid",
}  # fmt: skip
_RELATIONS = (
    "relation", "source", "references", "isReferencedBy", "isPartOf", "hasPart", "isVersionOf", "hasVersion",
    "replaces", "isReplacedBy", "requires", "isRequiredBy", "isFormatOf", "hasFormat", "conformsTo",
)  # fmt: skip
_RULES: dict[str, Callable[[Draft, Element], None]] = {
    "title": _title, "alternative": _alternative, "subject": _subject, "type": _type, "identifier": _identifier,
    "language": _language, "provenance": _provenance, "accrualPeriodicity": _frequency, "temporal": _period,
    "tableOfContents": _contents, "bibliographicCitation": _citation,
    **dict.fromkeys(("creator", "contributor", "publisher", "rightsHolder"), _agent),
    **dict.fromkeys(("description", "abstract"), _description),
    **dict.fromkeys(_DATES, _date),
    **dict.fromkeys(("format", "medium", "extent"), _format),
    **dict.fromkeys(_RELATIONS, _relation),
    **dict.fromkeys(("coverage", "spatial"), _place),
    **dict.fromkeys(("rights", "license", "accessRights"), _rights),
    **dict.fromkeys(("audience", "mediator", "educationLevel"), _audience),
}  # fmt: skip
