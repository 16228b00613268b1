"""Topic categories and keywords as themes, subjects and keywords (ISO 19115:2003, B.2.2.3 and B.5.27).

Terms: INSPIRE themes (https://inspire.ec.europa.eu/theme), topic categories
(https://inspire.ec.europa.eu/metadata-codelist/TopicCategory); the EU data themes they lie in are GeoDCAT-AP's
alignment (https://semiceu.github.io/GeoDCAT-AP/, section "Themes").
"""

from __future__ import annotations

from dataclasses import dataclass, field

from lxml.etree import _Element as Element

from node.mapping.envelope import take_whole
from node.mapping.iso.document import Document
from node.model.rdf import Iri, Literal
from node.terms import vocabularies


@dataclass(slots=True)
class Subjects:
    """What a resource is about; the dictionaries keep the order of the document."""

    keywords: dict[Literal, None] = field(default_factory=dict)
    themes: dict[Iri, None] = field(default_factory=dict)
    concepts: dict[Iri, None] = field(default_factory=dict)


def read_subjects(document: Document, identification: Element | None) -> Subjects:
    """Return themes of the EU's vocabulary, concepts of others (topic categories among them), and words."""
    found = Subjects()
    for property_ in document.properties(identification, "topicCategory"):
        code = document.code(property_, _TOPICS)
        if code:
            found.concepts[Iri(_TOPIC_CATEGORY + _TOPICS[code])] = None
            _add_theme(found, vocabularies.theme(_TOPICS[code]))
    for keywords in document.objects(identification, "descriptiveKeywords"):
        is_inspire = _is_inspire_theme(document, keywords)
        properties = document.properties(keywords, "keyword")
        are_concepts = [_add_keyword(document, found, property_, is_inspire=is_inspire) for property_ in properties]
        take_whole(document.reading, *document.properties(keywords, "type", "keywordClass"))
        if all(are_concepts):
            # A concept's address says which vocabulary it is of; a word does not, and the thesaurus stays.
            take_whole(document.reading, *document.properties(keywords, "thesaurusName"))
    return found


def _add_keyword(document: Document, found: Subjects, property_: Element, *, is_inspire: bool) -> bool:
    """Add a keyword, and tell whether it is a concept with an address."""
    anchor = document.anchor(property_)
    words = document.literals([property_])
    concept = anchor
    if concept is None and is_inspire:
        code = next(filter(None, (_INSPIRE_THEMES.get(word.value.lower()) for word in words)), None)
        concept = Iri(_INSPIRE_THEME + code) if code else None
    if concept:
        theme = vocabularies.theme(concept) or _THEMES.get(_inspire_code(concept))
        if theme != concept:
            found.concepts[concept] = None
        _add_theme(found, theme)
    for word in words:
        found.keywords[word] = None
        _add_theme(found, vocabularies.theme(word.value))
    return concept is not None


def _add_theme(found: Subjects, theme: Iri | None) -> None:
    if theme:
        found.themes[theme] = None


def _is_inspire_theme(document: Document, keywords: Element) -> bool:
    titles = document.properties(keywords, "thesaurusName/title")
    return any("inspire theme" in "".join(title.itertext()).lower() for title in titles)


def _inspire_code(concept: Iri) -> str:
    plain = concept.removeprefix("https://").removeprefix("http://")
    return plain.removeprefix("inspire.ec.europa.eu/theme/") if plain.startswith("inspire.ec.europa.eu/theme/") else ""


_TOPIC_CATEGORY = "http://inspire.ec.europa.eu/metadata-codelist/TopicCategory/"
_TOPICS = {
    code.lower(): code
    for code in (
        "farming", "biota", "boundaries", "climatologyMeteorologyAtmosphere", "economy", "elevation", "environment",
        "geoscientificInformation", "health", "imageryBaseMapsEarthCover", "intelligenceMilitary", "inlandWaters",
        "location", "oceans", "planningCadastre", "society", "structure", "transportation", "utilitiesCommunication",
    )
}  # fmt: skip
_INSPIRE_THEME = "http://inspire.ec.europa.eu/theme/"
# The code of each INSPIRE theme, its English name, and the EU data theme it lies in.
_TABLE = """
ac ENVI atmospheric conditions
ad GOVE addresses
af AGRI agricultural and aquaculture facilities
am ENVI area management/restriction/regulation zones and reporting units
au GOVE administrative units
br ENVI bio-geographical regions
bu ECON buildings
cp ECON cadastral parcels
ef ENVI environmental monitoring facilities
el TECH elevation
er ENER energy resources
ge TECH geology
gg TECH geographical grid systems
gn GOVE geographical names
hb ENVI habitats and biotopes
hh HEAL human health and safety
hy ENVI hydrography
lc ENVI land cover
lu TECH land use
mf ENVI meteorological geographical features
mr ECON mineral resources
nz ENVI natural risk zones
of ENVI oceanographic geographical features
oi TECH orthoimagery
pd SOCI population distribution — demography
pf ECON production and industrial facilities
ps ENVI protected sites
rs TECH coordinate reference systems
sd ENVI species distribution
so ENVI soil
sr ENVI sea regions
su SOCI statistical units
tn TRAN transport networks
us GOVE utility and governmental services
"""
_ROWS = [line.split(" ", 2) for line in _TABLE.strip().splitlines()]
_INSPIRE_THEMES = {name: code for code, _, name in _ROWS} | {"population distribution - demography": "pd"}
_DATA_THEME = "http://publications.europa.eu/resource/authority/data-theme/"
_THEMES = {code: Iri(_DATA_THEME + theme) for code, theme, _ in _ROWS}
