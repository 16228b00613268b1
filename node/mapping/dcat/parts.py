"""The nested things of a DCAT resource as values: places, periods, identifiers, licences, texts, grants.

A thing that was a blank node in the payload is renamed to what `node.mapping.dcat_ap` calls it below the record, so
that statements about it which no rule reads stay attached to it.
"""

from __future__ import annotations

from node.mapping.dcat.agents import agent_of
from node.mapping.dcat.statements import Statements
from node.mapping.funding import Award
from node.mapping.geometry import bbox_of_wkt
from node.model.dcat import Period, Place
from node.model.rdf import Iri, Literal, Node
from node.namespaces import expand
from node.terms import dates, vocabularies


def places(statements: Statements, subject: Iri, base: Iri) -> tuple[Place, ...]:
    """Return the places (dct:Location): of an authority by IRI, others by name, box or geometry."""
    found: dict[Place, None] = {}
    for predicate, node in statements.values(subject, expand("dct:spatial")):
        if isinstance(node, Literal):
            place = Place(name=node.value.strip()) if node.value.strip() else None
        elif not statements.is_minted(node):
            # What else is said about a place of an authority is kept as it is, beside the link.
            place = Place(iri=node)
        else:
            place = _place(statements, node)
        if place is not None and place != Place() and place not in found:
            found[place] = None
            statements.take_part(subject, predicate, node, f"{base}#place-{len(found)}")
    return tuple(found)


def periods(statements: Statements, subject: Iri, base: Iri) -> tuple[Period, ...]:
    """Return the periods (dct:PeriodOfTime); DCAT-AP 1 took schema.org's properties for their ends."""
    found: dict[Period, None] = {}
    for predicate, node in statements.values(subject, expand("dct:temporal")):
        if isinstance(node, Literal):
            period = dates.period(node.value)
        else:
            start = date(statements, node, expand("dcat:startDate"), expand("schema:startDate"), *_TIME_START)
            end = date(statements, node, expand("dcat:endDate"), expand("schema:endDate"), *_TIME_END)
            period = Period(start=start, end=end) if start or end else None
        if period is not None and period not in found:
            found[period] = None
            statements.take_part(subject, predicate, node, f"{base}#period-{len(found)}")
    return tuple(found)


def notations(statements: Statements, subject: Iri, base: Iri) -> tuple[str, ...]:
    """Return other identifiers (adms:Identifier)."""
    found: dict[str, None] = {}
    for predicate, node in statements.values(subject, expand("adms:identifier")):
        text = statements.text(node, expand("skos:notation")) if isinstance(node, Iri) else node.value.strip()
        if not text and isinstance(node, Iri) and not statements.is_minted(node):
            text = node
        if text and text not in found:
            found[text] = None
            statements.take_part(subject, predicate, node, f"{base}#identifier-{len(found)}")
    return tuple(found)


def labels(statements: Statements, subject: Iri, predicate: Iri, name: str) -> tuple[Literal, ...]:
    """Return statements that are only text: a literal, or a node with a label."""
    found: dict[Literal, None] = {}
    for _, value in statements.values(subject, predicate):
        texts = (value,) if isinstance(value, Literal) else words(statements, value)
        if not texts or (isinstance(value, Iri) and not statements.is_minted(value)):
            continue
        statements.take(subject, predicate, value)
        take_words(statements, value)
        for text in texts:
            if text.value.strip():
                found[text] = None
        if isinstance(value, Iri):
            statements.rename(value, Iri(f"{name}-{len(found)}"))
    return tuple(found)


def words(statements: Statements, node: Node) -> tuple[Literal, ...]:
    """Return the labels of a node, without taking them; a literal is its own label."""
    if isinstance(node, Literal):
        return (node,) if node.value.strip() else ()
    return tuple(value for _, value in statements.values(node, *_LABELS) if isinstance(value, Literal))


def take_words(statements: Statements, node: Node) -> None:
    """Take the labels of a node that was blank, and its class."""
    if isinstance(node, Iri) and statements.is_minted(node):
        statements.literals(node, *_LABELS)
        statements.take_types(node)


def date(statements: Statements, subject: Iri, *predicates: Iri) -> Literal | None:
    """Take the first readable date; a typed literal of a date type keeps its type."""
    for predicate, value in statements.values(subject, *predicates):
        if not isinstance(value, Literal):
            continue
        known = dates.date(value.value)
        if known is not None:
            statements.take(subject, predicate, value)
            return known
        statements.note("mapping.date-unreadable", f"“{value.value}” is no date", predicate, value)
    return None


def license_of(statements: Statements, subject: Iri) -> tuple[Iri | None, tuple[Literal, ...]]:
    """Return the licence, and licence statements that are only text.

    The licence is known by its address or its name; an address no table has stays as it is.
    """
    predicate = expand("dct:license")
    texts: list[Literal] = []
    found: Iri | None = None
    for _, value in statements.values(subject, predicate):
        labelled = words(statements, value)
        is_own = isinstance(value, Iri) and not statements.is_minted(value)
        names = [str(value)] if is_own else []
        known = next(filter(None, map(vocabularies.license, [*names, *(text.value for text in labelled)])), None)
        if known is None and is_own:
            statements.note("mapping.license-unknown", f"“{value}” is no known licence", predicate, value)
        if known is None and not is_own and labelled:
            statements.note(
                "mapping.license-unknown", f"“{labelled[0].value}” is no known licence", predicate, labelled[0]
            )
            texts += labelled
        elif found is None and (known or is_own):
            found = known or Iri(str(value))
        else:
            # A further licence stays a triple of its own.
            continue
        statements.take(subject, predicate, value)
        take_words(statements, value)
    return found, tuple(texts)


def funding(statements: Statements, subject: Iri, base: Iri) -> tuple[str, ...]:
    """Return grants (schema:Grant), as `node.mapping.dcat_ap` writes them."""
    found: dict[str, None] = {}
    for predicate, node in statements.values(subject, expand("schema:funding")):
        award = Award(funder=node.value.strip()) if isinstance(node, Literal) else _award(statements, node)
        if str(award) and str(award) not in found:
            found[str(award)] = None
            statements.take_part(subject, predicate, node, f"{base}#funding-{len(found)}")
    return tuple(found)


def _award(statements: Statements, node: Iri) -> Award:
    funders = [value for _, value in statements.values(node, expand("schema:funder")) if isinstance(value, Iri)]
    funder = agent_of(statements, funders[0]) if funders else None
    if funders:
        statements.take(node, expand("schema:funder"), funders[0])
    urls = statements.iris(node, expand("schema:url"))
    return Award(
        funder=funder.name if funder and funder.name != funder.iri else "",
        funder_iri=funder.iri if funder else None,
        number=statements.text(node, expand("schema:identifier")),
        title=statements.text(node, expand("schema:name")),
        iri=urls[0] if urls else None,
    )


def _place(statements: Statements, node: Iri) -> Place:
    name = statements.text(node, *_PLACE_NAMES) or None
    box, wkt = None, None
    for predicate, value in statements.values(node, *_SHAPES):
        if not isinstance(value, Literal) or value.datatype not in (None, _WKT):
            continue
        text = value.value.strip()
        drawn = bbox_of_wkt(text)
        if drawn and box is None and predicate == _BBOX:
            box = drawn
        elif text and wkt is None:
            wkt = text
        else:
            continue
        statements.take(node, predicate, value)
    return Place(name=name, bbox=box, wkt=wkt)


def _expanded(*names: str) -> tuple[Iri, ...]:
    return tuple(map(expand, names))


_PLACE_NAMES = _expanded("skos:prefLabel", "rdfs:label", "locn:geographicName", "dct:title", "foaf:name")
_BBOX, _WKT = expand("dcat:bbox"), expand("geo:wktLiteral")
_SHAPES = _expanded("dcat:bbox", "locn:geometry", "dcat:centroid")
_LABELS = _expanded("rdfs:label", "skos:prefLabel", "dct:title", "dct:description")
_TIME_START = (Iri("http://www.w3.org/2006/time#hasBeginning"),)
_TIME_END = (Iri("http://www.w3.org/2006/time#hasEnd"),)
KNOWN = frozenset(
    (
        *_PLACE_NAMES, *_SHAPES, *_LABELS, *_TIME_START, *_TIME_END,
        *_expanded("dcat:startDate", "dcat:endDate", "schema:startDate", "schema:endDate", "skos:notation"),
        *_expanded("schema:funder", "schema:identifier", "schema:name", "schema:url"),
    )
)  # fmt: skip
