"""A resource while a crosswalk reads it: statements are added one by one, in reading order, and become a `Resource`.

It owns what formats of libraries, archives and research information systems share: which identifier leads, what a
landing page is, where a text goes that names a term. Follows DCAT-AP 3.0
(https://semiceu.github.io/DCAT-AP/releases/3.0.0/) and DCMI terms (https://www.dublincore.org/specifications/dublin-core/dcmi-terms/).
"""

from __future__ import annotations

from dataclasses import replace

from lxml.etree import _Element as Element

from node.mapping.coverage import coverage, period_of
from node.mapping.each import Each
from node.mapping.elements import Reading
from node.mapping.formats import Format, byte_size, distributions, read_format
from node.mapping.funding import Award
from node.mapping.offers import KIND_OF_TYPE
from node.mapping.protocols import MappingContext
from node.mapping.rights import Rights
from node.model.dcat import Agent, ContactPoint, Distribution, Period, Place, Relation, Resource, ResourceKind
from node.model.mapped import Mapped
from node.model.rdf import Iri, Literal, Node, Triple
from node.namespaces import RDF_TYPE, expand
from node.terms import dates, identifiers, vocabularies


class Draft:
    """One resource being described; attributes are those of `Resource`, each a list to add to.

    Attributes:
        reading: the payload, where reservations are noted.
        doi: the first DOI of the resource itself.
        names: its identifiers.
        notations: identifiers of the catalogue's own, which never lead.
        links: pages about it, the landing page first.
        files: distributions that the source names one by one.
        issued_at_least: a date of issue for the case that nothing else gives one.
    """

    def __init__(self, reading: Reading, context: MappingContext) -> None:
        self.reading, self.context = reading, context
        self.kind = ResourceKind.DATASET
        self.doi: Iri | None = None
        self.resource_type: Iri | None = None
        self.issued_at_least: Literal | None = None
        self.version: str | None = None
        self.endpoint: Iri | None = None
        self.rights = Rights()
        self.titles, self.abstracts, self.notes = Each[Literal](), Each[Literal](), Each[Literal]()
        self.provenance, self.keywords = Each[Literal](), Each[Literal]()
        self.names, self.notations, self.type_labels = Each[str](), Each[str](), Each[str]()
        self.links, self.pages, self.themes, self.subjects = Each[Iri](), Each[Iri](), Each[Iri](), Each[Iri]()
        self.languages, self.sources = Each[Iri](), Each[Iri]()
        self.creators, self.contributors, self.publishers = Each[Agent](), Each[Agent](), Each[Agent]()
        self.contacts, self.awards = Each[ContactPoint](), Each[Award]()
        self.spatial, self.temporal, self.relations = Each[Place](), Each[Period](), Each[Relation]()
        self.files = Each[Distribution]()
        self.formats: list[Format] = []
        self.sizes: list[int] = []
        self._dates: dict[str, Literal] = {}
        self._statements = Each[tuple[Iri, Node]]()
        self._parts: dict[tuple[Iri, str, Iri, Iri, Literal, Iri | None], None] = {}

    def identifier(self, element: Element, text: str, scheme: str = "") -> Iri | None:
        """Add an identifier of the resource, return its IRI; one that breaks its scheme's rules is noted, and kept."""
        if not text:
            return None
        iri = identifiers.resolve(scheme, text)
        if iri is None and scheme.upper() in _STRICT_SCHEMES:
            message = f"“{text}” is no valid {scheme}"
            self.reading.note("mapping.identifier-unreadable", message, element, text)
        if iri and iri.startswith("https://doi.org/"):
            self.doi = self.doi or iri
        elif iri and iri.startswith(("http://", "https://")) and identifiers.scheme(iri) in _PAGES:
            self.links.add(iri)
        self.names.add(iri or text)
        return iri

    def type(self, element: Element, *texts: str) -> None:
        """Add a resource type by its names, best first; where none is known the last is kept as a label, and noted."""
        written = [text for text in texts if text]
        known = next(filter(None, map(vocabularies.resource_type, written)), None)
        if known is None and written:
            self.reading.note(
                "mapping.type-unknown", f"“{written[-1]}” is no known resource type", element, written[-1]
            )
            self.type_labels.add(written[-1])
        elif known in KIND_OF_TYPE:
            self.kind = KIND_OF_TYPE[known]
        # A later type that is narrower than "text" or "collection" says more.
        if self.resource_type is None or self.resource_type in _BROAD:
            self.resource_type = known or self.resource_type

    def language(self, element: Element, text: str) -> None:
        """Add a language; codes for none, several or an unknown one say nothing and are not noted."""
        known = vocabularies.language(text) if text and text.lower() not in _NO_LANGUAGES else None
        if known is None and text and text.lower() not in _NO_LANGUAGES:
            self.reading.note("mapping.language-unknown", f"“{text}” is no known language", element, text)
        self.languages.add(known)

    def date(self, element: Element, text: str, kind: str) -> bool:
        """Add a date and tell whether it could be read; a range counts by its start, the first date of a kind stands.

        Args:
            kind: a dateType of DataCite (`Issued`, `Created`, `Updated`, `Available`, `Submitted` ...), or `Date`.
        """
        if not text:
            return False
        period = dates.period(text) or Period()
        date = dates.date(text) or period.start or period.end
        if date is None:
            self.reading.note("mapping.date-unreadable", f"“{text}” is no date", element, text)
            return False
        if kind in _FIELDS and not (kind == "Available" and date.datatype != dates.DATE):
            self._dates.setdefault(_FIELDS[kind], date)
        else:
            self.say(_DATES.get(kind, "dct:date"), date)
        return True

    def period(self, element: Element, text: str) -> None:
        """Add a period; a name such as `Bronze Age` becomes a keyword."""
        found = period_of(text) or (coverage(text) if "=" in text else None)
        if isinstance(found, Period):
            self.temporal.add(found)
        elif text:
            self.keywords.add(Literal(text, language=self.reading.language(element)))

    def place(self, element: Element, text: str, authority: Iri | None = None) -> None:
        """Add a place by name, code, DCMI Box or Point, or WKT; one that lies nowhere is noted."""
        found = coverage(text) if text else None
        if isinstance(found, Place):
            self.spatial.add(replace(found, iri=found.iri or authority))
        elif isinstance(found, Period):
            self.temporal.add(found)
        elif text:
            self.reading.note("mapping.geometry-unreadable", f"“{text}” is no usable coverage", element, text)

    def subject(self, words: Literal | None, concept: Iri | None = None) -> None:
        """Add a subject: its words as keyword, its concept, and the theme that either names."""
        theme = (concept and vocabularies.theme(concept)) or (words and vocabularies.theme(words.value)) or None
        self.themes.add(theme)
        if concept != theme:
            self.subjects.add(concept)
        self.keywords.add(words)

    def relate(self, predicate: Iri, target: Iri) -> None:
        """Add a link to another resource."""
        if predicate == _SOURCE:
            self.sources.add(target)
        elif predicate == _PAGE:
            self.pages.add(target)
        else:
            self.relations.add(Relation(predicate=predicate, target=target))

    def agent(self, somebody: Agent | None, *, is_creator: bool = False) -> None:
        """Add a creator or contributor."""
        (self.creators if is_creator else self.contributors).add(somebody)

    def format(self, element: Element, text: str) -> None:
        """Add a format; an unknown one is noted and kept by name."""
        if text:
            self.formats.append(read_format(self.reading, element, text))

    def extent(self, element: Element, text: str) -> None:
        """Add a size in bytes, or an extent of another kind as dct:extent."""
        size = byte_size(text) if text else None
        if size is not None and not text.isdigit():
            self.sizes.append(size)
        elif text:
            self.part("dct:extent", "dct:SizeOrDuration", Literal(text, language=self.reading.language(element)))

    def say(self, predicate: str, value: Node | None) -> None:
        """Add a statement that a `Resource` has no field for."""
        if value is not None:
            self._statements.add((expand(predicate), value))

    def part(
        self,
        predicate: str,
        kind: str,
        words: Literal | None,
        *,
        naming: str = "rdfs:label",
        scheme: Iri | None = None,
    ) -> None:
        """Add a nested thing that only has a text, such as a dct:SizeOrDuration; it is named below the record.

        Args:
            scheme: the vocabulary that a concept is from (skos:inScheme).
        """
        if words is not None:
            entry = (expand(predicate), predicate.partition(":")[2], expand(kind), expand(naming), words, scheme)
            self._parts[entry] = None

    def mapped(self) -> Mapped:
        """Return the resource, what it has no field for, and the account of the reading."""
        self.rights.finish(self.reading)
        if len(self.files) and not self._other_formats():
            # No distribution is left that these sizes could be of.
            for size in self.sizes:
                self.part("dct:extent", "dct:SizeOrDuration", Literal(f"{size} bytes"))
        resource = self._resource()
        extra = [(resource.iri, predicate, value) for predicate, value in self._statements]
        return Mapped(
            resource=resource,
            extra=(*extra, *self._nested(resource.iri)),
            unmapped=self.reading.unmapped(),
            findings=tuple(self.reading.findings),
        )

    def _resource(self) -> Resource:
        names = sorted(self.names, key=lambda name: name != self.doi)
        links = tuple(self.links)
        # A name may begin like an address and be none.
        resolvable = next(filter(None, (identifiers.iri(name) for name in names if name.startswith("http"))), None)
        page = links[0] if links else resolvable
        publishers = tuple(self.publishers)
        is_data = self.kind is ResourceKind.DATASET
        # A service has no distributions.
        offered = [] if is_data else [way.download_url or way.access_url for way in self.files]
        return Resource(
            iri=self.doi or self.context.iri,
            kind=self.kind,
            title=tuple(self.titles),
            description=tuple(dict.fromkeys((*self.abstracts, *self.notes))),
            identifiers=tuple(names[:1]) or (self.context.identifier,),
            alternate_identifiers=(*names[1:], *(text for text in self.notations if text not in names)),
            creators=tuple(self.creators),
            contributors=(*self.contributors, *publishers[1:]),
            publisher=publishers[0] if publishers else None,
            contact_points=tuple(self.contacts),
            issued=self._dates.get("issued") or self.issued_at_least,
            modified=self._dates.get("modified"),
            created=self._dates.get("created"),
            available=self.rights.embargo_end or self._dates.get("available"),
            keywords=tuple(self.keywords),
            themes=tuple(self.themes),
            subjects=tuple(self.subjects),
            resource_type=self.resource_type,
            type_labels=tuple(self.type_labels),
            languages=tuple(self.languages),
            license=self.rights.license,
            rights=tuple(self.rights.statements),
            access_rights=self.rights.access_rights,
            is_open_access_claim=self.rights.is_open_access_claim,
            landing_page=page,
            pages=tuple(link for link in dict.fromkeys((*links[1:], *self.pages, *offered)) if link and link != page),
            relations=tuple(self.relations),
            sources=tuple(self.sources),
            spatial=tuple(self.spatial),
            temporal=tuple(self.temporal),
            provenance=tuple(self.provenance),
            version=self.version,
            distributions=self._distributions(page) if is_data else (),
            endpoint_url=None if is_data else self.endpoint,
            funding=tuple(str(award) for award in self.awards if str(award)),
        )

    def _distributions(self, page: Iri | None) -> tuple[Distribution, ...]:
        """The files by name, and those formats that no file has; where no file is named, what the page offers."""
        formats = self._other_formats()
        license_iri = self.rights.license
        files = (
            replace(way, access_url=way.access_url or page or way.download_url, license=way.license or license_iri)
            for way in self.files
        )
        is_told = bool(len(self.files)) and not formats
        others = () if is_told else distributions(formats, self.sizes, access_url=page, license_iri=license_iri)
        return (*files, *others)

    def _other_formats(self) -> list[Format]:
        """The formats that none of the named files is in."""
        known = {way.media_type for way in self.files}
        return [one for one in self.formats if not (len(self.files) and one.media_type in known)]

    def _nested(self, subject: Iri) -> list[Triple]:
        base, found = self.context.iri, list[Triple]()
        below = f"{base}-" if "#" in base else f"{base}#"
        counts: dict[str, int] = {}
        for predicate, word, kind, naming, words, scheme in self._parts:
            counts[word] = counts.get(word, 0) + 1
            node = Iri(f"{below}{word}-{counts[word]}")
            found += [(subject, predicate, node), (node, RDF_TYPE, kind), (node, naming, words)]
            if scheme is not None:
                found.append((node, _IN_SCHEME, scheme))
        return found


_BROAD = frozenset({vocabularies.resource_type("text"), vocabularies.resource_type("collection")})
_SOURCE, _PAGE, _IN_SCHEME = expand("dct:source"), expand("foaf:page"), expand("skos:inScheme")
_STRICT_SCHEMES = frozenset({"DOI", "URL", "HANDLE", "HDL", "ISBN", "ISSN"})
_PAGES = frozenset({"URL", "PURL", "w3id"})
_NO_LANGUAGES = frozenset({"und", "zxx", "mul", "mis", "qaa", "|||", "unknown", "nnk"})
_FIELDS = {"Issued": "issued", "Created": "created", "Updated": "modified", "Available": "available"}
_DATES = {
    "Accepted": "dct:dateAccepted", "Available": "dct:available", "Copyrighted": "dct:dateCopyrighted",
    "Submitted": "dct:dateSubmitted", "Valid": "dct:valid",
}  # fmt: skip
