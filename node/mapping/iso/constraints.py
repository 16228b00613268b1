"""Constraints as licence, access right and rights statements (ISO 19115:2003, B.2.3; ISO 19115-1:2014, B.2.3).

INSPIRE's code lists: https://inspire.ec.europa.eu/metadata-codelist/LimitationsOnPublicAccess and
https://inspire.ec.europa.eu/metadata-codelist/ConditionsApplyingToAccessAndUse.
"""

from __future__ import annotations

from lxml.etree import _Element as Element

from node.mapping.iso.document import Document
from node.mapping.rights import Rights
from node.mapping.rights_statements import RightsStatements
from node.model.rdf import Iri, Literal
from node.terms import vocabularies


def read_rights(document: Document, identification: Element | None) -> Rights:
    """Return what the constraints on the resource mean, and the statements that mean nothing by themselves."""
    rights = RightsStatements(document.reading)
    for constraints in document.objects(identification, "resourceConstraints"):
        for property_ in document.properties(constraints, "useLimitation", "otherConstraints"):
            _add_statement(document, rights, property_)
        for reference in document.objects(constraints, "reference"):
            _add_reference(document, rights, reference)
        _add_codes(document, rights, constraints)
    return rights.finish()


def _add_statement(document: Document, rights: RightsStatements, property_: Element) -> None:
    """Add a text, an Anchor or both, in all the languages it is in."""
    anchor = document.anchor(property_)
    texts = document.literals([property_], one_line=False)
    limitation = _limitation(anchor) if anchor else None
    if limitation == vocabularies.PUBLIC:
        # Its text is the label of the term, in whatever language.
        texts = ()
    rights.add(property_, texts[0] if texts else None, *filter(None, (limitation or anchor,)))
    for text in texts[1:]:
        rights.add(property_, text)


def _add_reference(document: Document, rights: RightsStatements, reference: Element) -> None:
    """Add the citation of a licence (ISO 19115-1:2014, MD_Constraints.reference): by address, identifier or title."""
    titles = document.literals(document.properties(reference, "title"))
    links = document.properties(reference, "onlineResource/linkage", "identifier/code")
    names = [link for link in map(document.link, links) if link]
    known = [name for name in names if vocabularies.license(name)]
    for place, property_ in enumerate(document.properties(reference, "title")):
        rights.add(property_, titles[place] if place < len(titles) else None, *(known or names)[:1])
    if not titles and names:
        rights.add(reference, None, (known or names)[0])


def _add_codes(document: Document, rights: RightsStatements, constraints: Element) -> None:
    """Add restriction codes: whether there is access, where one says it; else the code as a statement."""
    for name in ("accessConstraints", "useConstraints"):
        for property_ in document.properties(constraints, name):
            code = document.code(property_)
            access = _ACCESS.get(code) if name == "accessConstraints" else None
            if access:
                rights.add(property_, None, access)
            elif code and code not in _REFERRING:
                rights.keep(Literal(_spelt(document, property_) or code))
    for property_ in document.properties(constraints, "classification"):
        access = _CLASSIFICATIONS.get(document.code(property_, _CLASSIFICATIONS))
        if access:
            rights.add(property_, None, access)


def _spelt(document: Document, property_: Element) -> str:
    """A code as it is written, `intellectualPropertyRights` and not in lower case."""
    return document.value(property_).get("codeListValue", "").strip().rpartition("/")[2].rpartition("#")[2]


def _limitation(anchor: Iri) -> Iri | None:
    """The access right that a value of INSPIRE's LimitationsOnPublicAccess means."""
    if "inspire.ec.europa.eu/metadata-codelist/LimitationsOnPublicAccess/" not in anchor:
        return None
    if anchor.endswith("/noLimitations"):
        return vocabularies.PUBLIC
    # The other values quote Article 13(1) of the directive: grounds on which public access is limited.
    return vocabularies.RESTRICTED


# Codes that only say that otherConstraints, or a reference, has the words.
_REFERRING = frozenset({"otherrestrictions", "license", "licence"})
# MD_RestrictionCode (ISO 19115-1:2014, B.3.13): the codes that say by themselves who has access.
_ACCESS: dict[str, Iri] = {
    "unrestricted": vocabularies.PUBLIC,
    "restricted": vocabularies.RESTRICTED,
    "private": vocabularies.NON_PUBLIC,
    "confidential": vocabularies.NON_PUBLIC,
    "in-confidence": vocabularies.NON_PUBLIC,
    "inconfidence": vocabularies.NON_PUBLIC,
}
# MD_ClassificationCode (B.3.3); `unclassified` takes away no right and gives none.
_CLASSIFICATIONS: dict[str, Iri | None] = {
    "unclassified": None,
    "restricted": vocabularies.RESTRICTED,
    "limiteddistribution": vocabularies.RESTRICTED,
    "confidential": vocabularies.NON_PUBLIC,
    "secret": vocabularies.NON_PUBLIC,
    "topsecret": vocabularies.NON_PUBLIC,
}
