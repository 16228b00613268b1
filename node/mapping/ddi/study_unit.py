"""A study unit of DDI Lifecycle into a draft: citation, coverage, collection, files, access.

Source: DDI Lifecycle 3.3, studyunit, reusable, datacollection, physicalinstance and archive
(https://ddialliance.org/Specification/DDI-Lifecycle/3.3/XMLSchema/FieldLevelDocumentation/).
"""

from __future__ import annotations

from lxml.etree import _Element as Element

from node.mapping.coordinates import box_or_point
from node.mapping.dcterms.reading import is_term, read_terms
from node.mapping.ddi.lifecycle import Agents, line, texts
from node.mapping.ddi.words import kind_of_data
from node.mapping.draft import Draft
from node.mapping.elements import all_text, at, local_name, namespace
from node.mapping.envelope import take_whole
from node.mapping.funding import Award
from node.mapping.relators import relator
from node.mapping.rights_statements import RightsStatements
from node.mapping.roles import enter
from node.model.dcat import Agent, Distribution, Period, Place
from node.namespaces import DC, PREFIXES, expand
from node.terms import codes, dates, identifiers


def read_study_unit(draft: Draft, study: Element, root: Element) -> None:
    """Add what a study unit says; `root` is where organisations and places it refers to are described."""
    reading, agents = draft.reading, Agents(draft.reading, root)
    for element in at(study, "UserID"):
        text = reading.line(element)
        if "version" in (element.get("typeOfUserID") or "").casefold():
            draft.version = draft.version or text or None
        else:
            draft.notations.add(text or None)
    for element in at(study, "SeriesStatement"):
        _series(draft, element)
    for element in at(study, "Note"):
        for content in at(element, "NoteContent"):
            draft.notes.add(*texts(reading, content, one_line=False))
        take_whole(reading, *at(element, "Relationship"), *at(element, "TypeOfNote"))
    for element in at(study, "Citation"):
        _citation(draft, element, agents)
    for name in ("Abstract", "Purpose"):
        for element in at(study, name):
            (draft.abstracts if name == "Abstract" else draft.notes).add(*texts(reading, element, one_line=False))
    for element in at(study, "KindOfData"):
        kind_of_data(draft, line(reading, element))
    for element in (*at(study, "FundingInformation"), *at(study, "FundingInformation/FundingInformation")):
        _funding(draft, element, agents)
    places = {name: place for place in root.iter("{*}GeographicLocation") for name in map(all_text, at(place, "ID"))}
    for element in at(study, "Coverage"):
        _coverage(draft, element, places)
    for element in (*at(study, "OtherMaterial"), *at(study, "OtherMaterialScheme/OtherMaterial")):
        _material(draft, element)
    for element in at(study, "DataCollection"):
        _collection(draft, element, agents)
    for element in study.iter("{*}PhysicalInstance"):
        _files(draft, element)
    _access(draft, study, agents)


def _citation(draft: Draft, citation: Element, agents: Agents) -> None:
    reading = draft.reading
    for element in at(citation, "Title"):
        draft.titles.add(*texts(reading, element))
    for name in ("SubTitle", "AlternateTitle"):
        for element in at(citation, name):
            for words in texts(reading, element):
                draft.say("dct:alternative", words)
    for name, role in (("Creator", "creator"), ("Publisher", "publisher"), ("Contributor", "")):
        for element in at(citation, name):
            said = [one for one in at(element, "ContributorRole") if relator(all_text(one))]
            roles = [line(reading, one) for one in said]
            enter(draft, _agent(draft, element, name, agents), *(roles or [role]))
    for element in at(citation, "PublicationDate"):
        _date(draft, element, "Issued")
    for element in at(citation, "InternationalIdentifier"):
        _identifier(draft, element)
    for element in at(citation, "Language"):
        draft.language(element, reading.line(element))
    for element in at(citation, "Copyright"):
        draft.rights.statements.update(dict.fromkeys(texts(reading, element, one_line=False)))
    read_terms(draft, (one for one in citation if is_term(one) and namespace(one) in (DC, PREFIXES["dct"])))


def _agent(draft: Draft, element: Element, name: str, agents: Agents) -> Agent | None:
    """Somebody by reference, or by name: `CreatorName`, and in 3.1 the element's own text."""
    for reference in at(element, f"{name}Reference"):
        found = agents.referred(reference)
        if found is not None:
            return found
    holder = next(iter(at(element, f"{name}Name")), element)
    unit = draft.reading.attribute(holder, "affiliation")
    known = line(draft.reading, holder) if holder is not element or (element.text or "").strip() else ""
    places = (Agent(name=unit, iri=identifiers.ror(unit), kind="organization"),) if unit else ()
    return Agent(name=known, affiliations=places) if known else None


def _identifier(draft: Draft, element: Element) -> None:
    reading = draft.reading
    contents = at(element, "IdentifierContent") or [element]
    scheme = " ".join(reading.line(one) for one in at(element, "ManagingAgency")) or reading.attribute(element, "type")
    for one in contents:
        text = reading.line(one)
        if identifiers.resolve(scheme, text) or scheme.upper() == "DOI":
            draft.identifier(one, text, scheme)
        else:
            draft.notations.add(text or None)


def _series(draft: Draft, element: Element) -> None:
    """The series a study is of, by its address; names of it are found there, and stay where it has none."""
    for one in at(element, "SeriesRepositoryLocation"):
        address = draft.reading.address(one)
        if address is not None:
            draft.relate(expand("dct:isPartOf"), address)


def _funding(draft: Draft, element: Element, agents: Agents) -> None:
    reading = draft.reading
    funders = [agents.referred(one) for one in at(element, "AgencyOrganizationReference")]
    funder = next(filter(None, funders), None)
    numbers = [number for one in at(element, "GrantNumber") if (number := reading.line(one))]
    for number in numbers or [""]:
        award = Award(funder=funder.name if funder else "", funder_iri=funder.iri if funder else None, number=number)
        draft.awards.add(award if str(award) else None)


def _coverage(draft: Draft, coverage: Element, places: dict[str, Element]) -> None:
    reading = draft.reading
    for element in (*at(coverage, "TopicalCoverage/Subject"), *at(coverage, "TopicalCoverage/Keyword")):
        _subject(draft, element)
    for element in at(coverage, "SpatialCoverage"):
        for reference in at(element, "GeographicLocationReference"):
            _location(draft, reference, places)
        for box in at(element, "BoundingBox"):
            _box(draft, box)
        for name in ("Country", "CountryCode"):
            for one in at(element, name):
                draft.place(one, reading.line(one))
        for described in at(element, "Description"):
            for words in texts(reading, described):
                draft.place(described, words.value)
    for element in at(coverage, "TemporalCoverage/ReferenceDate"):
        _period(draft, element)


def _subject(draft: Draft, element: Element) -> None:
    """A subject or keyword; the vocabulary's attributes were renamed from `codeList…` in 3.3."""
    reading = draft.reading
    names = [name for start in ("controlledVocabulary", "codeList") for name in (f"{start}URN", f"{start}SchemeURN")]
    scheme = next((iri for name in names if (iri := identifiers.iri(element.get(name, "")))), None)
    for words in texts(reading, element):
        draft.subject(words)
        if scheme:
            draft.part("dct:subject", "skos:Concept", words, naming="skos:prefLabel", scheme=scheme)
    if scheme:
        for name in list(element.attrib):
            if str(name).startswith(("controlledVocabulary", "codeList")):
                reading.attribute(element, str(name))


def _location(draft: Draft, reference: Element, places: dict[str, Element]) -> None:
    """A place by reference: the country of its code, or its name."""
    reading = draft.reading
    element = next((places[name] for name in map(all_text, at(reference, "ID")) if name in places), None)
    if element is None:
        return
    take_whole(reading, reference)
    for value in at(element, "LocationValue"):
        code = next((all_text(one).strip() for one in value.iter("{*}GeographicCode")), "")
        names = [line(reading, one) for one in at(value, "LocationValueName")]
        country = codes.country_iri(code)
        reading.take(*(value.iter("{*}GeographicCode") if country else ()))
        draft.spatial.add(Place(iri=country) if country else None)
        for name in names:
            if country is None or codes.country_iri(name) != country:
                draft.place(value, name)


def _box(draft: Draft, element: Element) -> None:
    reading = draft.reading
    west, east, north, south = (
        next((reading.line(one) for one in at(element, name)), "")
        for name in ("WestLongitude", "EastLongitude", "NorthLatitude", "SouthLatitude")
    )
    place = box_or_point(west, east, north, south)
    if place is None:
        text = " ".join((west, east, north, south))
        reading.note("mapping.geometry-unreadable", f"“{text}” bounds no place on the globe", element, text)
    draft.spatial.add(place)


def _period(draft: Draft, element: Element) -> None:
    reading = draft.reading
    for one in at(element, "SimpleDate"):
        draft.period(one, reading.line(one))
    edges = {}
    for name in ("StartDate", "EndDate"):
        for one in at(element, name):
            text = reading.line(one)
            edges[name] = dates.date(text) if text else None
            if text and edges[name] is None:
                reading.note("mapping.date-unreadable", f"“{text}” is no date", one, text)
    if any(edges.values()):
        draft.temporal.add(Period(start=edges.get("StartDate"), end=edges.get("EndDate")))


def _date(draft: Draft, element: Element, kind: str) -> None:
    for one in at(element, "SimpleDate") or at(element, "StartDate") or [element]:
        draft.date(one, draft.reading.line(one), kind)


def _material(draft: Draft, element: Element) -> None:
    """A publication is one that references the data; other material is a page about them. One without address stays."""
    reading = draft.reading
    kind = " ".join(line(reading, one) for one in at(element, "TypeOfMaterial"))
    targets = []
    for one in at(element, "Citation/InternationalIdentifier"):
        values = [all_text(value).strip() for value in at(one, "IdentifierContent") or [one]]
        targets += [iri for value in values if (iri := identifiers.resolve(None, value))]
    for name in ("ExternalURLReference", "ExternalURNReference"):
        targets += [iri for one in at(element, name) if (iri := identifiers.resolve("URL", all_text(one).strip()))]
    for target in dict.fromkeys(targets):
        is_publication = "publication" in kind.casefold() or "literature" in kind.casefold()
        draft.relate(expand("dct:isReferencedBy" if is_publication else "foaf:page"), target)
    if targets:
        reading.take(element)


def _collection(draft: Draft, collection: Element, agents: Agents) -> None:
    """How the data came about, as provenance, who collected them, and when."""
    reading = draft.reading
    for element in collection.iter(*(f"{{*}}{name}" for name in _METHODS)):
        parts = [*at(element, "Description"), *at(element, "Content")]
        if not parts:
            parts = [one for one in element.iterchildren("*") if local_name(one).startswith("TypeOf")]
        for part in parts:
            draft.provenance.add(*texts(reading, part, one_line=False))
    for element in at(collection, "CollectionEvent"):
        for reference in at(element, "DataCollectorOrganizationReference"):
            enter(draft, agents.referred(reference), "DataCollector")
        for one in at(element, "DataCollectionDate"):
            _period(draft, one)


def _files(draft: Draft, element: Element) -> None:
    reading = draft.reading
    for one in element.iter("{*}DataFileURI", "{*}URI"):
        address = reading.address(one)
        if address is not None:
            titles = [text for title in at(element, "Citation/Title") for text in texts(reading, title)]
            draft.files.add(Distribution(download_url=address, title=tuple(titles)))


def _access(draft: Draft, study: Element, agents: Agents) -> None:
    """Terms of access, wherever the archive states them, and whom to ask."""
    reading, statements = draft.reading, RightsStatements(draft.reading, draft.rights)
    for element in study.iter("{*}Access", "{*}DefaultAccess"):
        for name in _TERMS:
            for one in at(element, name):
                for words in texts(reading, one):
                    statements.add(one, words)
        for one in at(element, "ContactOrganizationReference"):
            draft.contacts.add(agents.contact(one))
    for element in study.iter("{*}AvailabilityStatus"):
        for words in texts(reading, element):
            statements.add(element, words)
    for element in study.iter("{*}LifecycleInformation"):
        take_whole(reading, element)
    draft.rights = statements.finish()


_METHODS = ("TimeMethod", "SamplingProcedure", "ModeOfCollection", "CollectionSituation", "DeviationFromSampleDesign")
_TERMS = (
    "AccessTypeName", "Description", "AccessConditions", "Restrictions", "UsageStatement", "CitationRequirement",
    "Statement", "ConfidentialityStatement", "AccessPermission",
)  # fmt: skip
