"""Texts of foreign metadata as terms of controlled vocabularies, and terms as the words other formats want.

DCAT-AP 3 asks for the EU's authority tables (https://semiceu.github.io/DCAT-AP/releases/3.0.0/#controlled-vocs) and for
IANA media types; resource types are COAR's. Every function is total: a text that means nothing is `None`. What a
spelling means is data: a row in `vocab/mappings`, never a line here.
"""

from __future__ import annotations

import re
from functools import cache, lru_cache

from node.model.rdf import Iri
from node.terms import licenses, tables
from node.terms.tables import LONGEST, fold, fold_words

PUBLIC = Iri("http://publications.europa.eu/resource/authority/access-right/PUBLIC")
RESTRICTED = Iri("http://publications.europa.eu/resource/authority/access-right/RESTRICTED")
NON_PUBLIC = Iri("http://publications.europa.eu/resource/authority/access-right/NON_PUBLIC")


def language(text: str) -> Iri | None:
    """Return the EU language of an ISO 639 code, a BCP 47 tag, a name (English or its own), or an IRI of it."""
    return _language(text) if len(text) <= LONGEST else None


def license(text: str) -> Iri | None:
    """Return the licence of a name, an SPDX identifier or an address; see `node.terms.licenses.find`."""
    return licenses.find(text)


def is_known_license(iri: str) -> bool:
    """Tell whether an IRI is one that `license` returns."""
    return licenses.find(iri) == iri


def access_right(text: str) -> Iri | None:
    """Return the EU access right of an info:eu-repo term, a COAR access right or a common wording.

    Under embargo is RESTRICTED: the data cannot be had now.
    """
    return _look_up("access-right", text)


def claims_open_access(text: str) -> bool:
    """Tell whether a text says that everybody has access."""
    return access_right(text) == PUBLIC


def media_type(text: str) -> Iri | None:
    """Return the IANA media type of its name (parameters are cut off), an extension or a format's name."""
    name = text.partition(";")[0]
    found = _look_up("media-type", name)
    if found is None:
        kind = _look_up("file-type", name)
        found = _look_up("media-type", _column("file-type", "media_type").get(kind, "")) if kind else None
    return found


def file_type(text: str) -> Iri | None:
    """Return the EU file type of its code, an extension, a format's name or a media type's name."""
    return _look_up("file-type", text.partition(";")[0])


def file_type_of_media_type(iri: str) -> Iri | None:
    """Return the EU file type that a media type IRI says, where one file type is the evident one."""
    name = media_type_name(iri)
    return file_type(name) if name else None


def media_type_name(iri: str) -> str | None:
    """Return `text/csv` of a media type IRI."""
    return _column("media-type", "label").get(iri)


def is_machine_readable(iri: str) -> bool:
    """Tell whether data of a file type or media type is meant to be read by programs."""
    return _column("file-type", "machine_readable").get(file_type(iri) or "") == "yes"


def is_non_proprietary(iri: str) -> bool:
    """Tell whether a file type or media type is an open format, which needs no one vendor's software."""
    return _column("file-type", "non_proprietary").get(file_type(iri) or "") == "yes"


def theme(text: str) -> Iri | None:
    """Return the EU data theme of its code, its label, or a subject that lies within it."""
    return _look_up("data-theme", text)


def frequency(text: str) -> Iri | None:
    """Return the EU frequency of its code or label."""
    return _look_up("frequency", text)


def resource_type(text: str) -> Iri | None:
    """Return the COAR (else DCMI) resource type of a dc:type text, an info:eu-repo or DataCite term, or an IRI."""
    return _look_up("resource-type", text)


def access_type(text: str) -> Iri | None:
    """Return how one gets to an infrastructure or a service, such as remote access, by its EOSC identifier or name."""
    return _look_up("access-type", text)


def access_mode(text: str) -> Iri | None:
    """Return what decides about access, such as peer review, by its EOSC identifier or name."""
    return _look_up("access-mode", text)


def infrastructure_status(text: str) -> Iri | None:
    """Return what an infrastructure counts as, such as an ESFRI landmark or an ERIC, by its EOSC identifier or name."""
    return _look_up("infrastructure-status", text)


def critical_technology(text: str) -> Iri | None:
    """Return the critical technology area of its code, such as CTA03, or its name (Recommendation (EU) 2023/2113)."""
    return _look_up("critical-technology", text)


def label(iri: str) -> str | None:
    """Return the English label of a term of any table."""
    return _labels().get(iri)


def language_code(text: str) -> str | None:
    """Return the ISO 639-1 code of a language IRI (or anything `language` reads), else the ISO 639-3 code."""
    iri = language(text)
    return (_column("language", "iso639_1").get(iri) or _column("language", "iso639_3").get(iri)) if iri else None


def access_right_term(iri: str) -> str | None:
    """Return `info:eu-repo/semantics/openAccess`, `.../restrictedAccess` or `.../closedAccess`."""
    return _column("access-right", "term").get(iri)


def datacite_type(iri: str) -> str | None:
    """Return the DataCite resourceTypeGeneral of a resource type (DataCite 4.6, appendix 1)."""
    return _column("resource-type", "datacite").get(iri)


def dcmi_type(iri: str) -> str | None:
    """Return the DCMI type of a resource type, such as `Dataset` (DCMI Type Vocabulary)."""
    return _column("resource-type", "dcmi").get(iri)


def license_url(iri: str) -> str | None:
    """Return the address of a licence's own page."""
    return licenses.url(iri)


def spdx_id(iri: str) -> str | None:
    """Return the SPDX identifier of a licence."""
    return licenses.spdx_id(iri)


def digest() -> str:
    """Return the SHA-256 over all tables in use: what an audit names as its vocabulary."""
    return tables.digest()


@lru_cache(maxsize=8192)
def _language(text: str) -> Iri | None:
    index = _index("language")
    found = index.get(_key("language", text))
    if found is None:
        tag = _TAG.match(text)
        found = index.get(tag["primary"].casefold()) if tag else None
    return found


def _look_up(name: str, text: str) -> Iri | None:
    return _found(name, text) if len(text) <= LONGEST else None


@lru_cache(maxsize=32768)
def _found(name: str, text: str) -> Iri | None:
    return _index(name).get(_key(name, text))


def _key(name: str, text: str) -> str:
    """The folded name, without the namespace of a list that says the vocabulary's terms."""
    plain = text.strip().casefold().removeprefix("https://").removeprefix("http://")
    for namespace in _NAMESPACES.get(name, ()):
        if plain.startswith(namespace):
            plain = plain[len(namespace) :]
            break
    return fold_words(plain) if name == "language" else fold(plain)


@cache
def _index(name: str) -> dict[str, Iri]:
    """Every key of a vocabulary: the node's own spellings win over what is shipped."""
    own = {_key(name, text): iri for text, iri in tables.own_spellings(name).items()}
    own.pop("", None)
    return _shipped(name) | own if own else _shipped(name)


@cache
def _shipped(name: str) -> dict[str, Iri]:
    """Every key that is shipped: reviewed spellings win over the table's names, stronger names over weaker ones."""
    found = {_key(name, text): iri for text, iri in tables.shipped_spellings(name).items()}
    for column in _NAMES[name]:
        for row in tables.rows(name):
            for text in row[column].split("|"):
                found.setdefault(_key(name, text), Iri(row["iri"]))
    found.pop("", None)
    return found


@cache
def _column(table: str, column: str) -> dict[str, str]:
    return {row["iri"]: row[column] for row in tables.rows(table) if row[column]}


@cache
def _labels() -> dict[str, str]:
    return {iri: text for table in (*_NAMES, "licence", "country") for iri, text in _column(table, "label").items()}


# The columns that name a term, strongest first: a code is tried before a label that happens to read the same.
_NAMES: dict[str, tuple[str, ...]] = {
    "access-mode": ("iri", "code", "label"),
    "access-type": ("iri", "code", "label"),
    "critical-technology": ("iri", "code", "label"),
    "infrastructure-status": ("iri", "code", "label"),
    "access-right": ("iri", "code", "label"),
    "data-theme": ("iri", "code", "label"),
    "file-type": ("iri", "code", "extensions", "label", "media_type", "other_media_types"),
    "frequency": ("iri", "code", "label"),
    "language": ("iri", "iso639_3", "iso639_2b", "iso639_1", "label", "other_names"),
    "media-type": ("iri", "label"),
    "resource-type": ("iri", "label", "datacite"),
}
_EU = "publications.europa.eu/resource/authority/"
_NAMESPACES: dict[str, tuple[str, ...]] = {
    "access-right": (_EU + "access-right/", "purl.org/coar/access_right/", "info:eu-repo/semantics/"),
    "data-theme": (_EU + "data-theme/",),
    "file-type": (_EU + "file-type/", "www.iana.org/assignments/media-types/"),
    "frequency": (_EU + "frequency/",),
    "language": (
        _EU + "language/", "id.loc.gov/vocabulary/iso639-1/", "id.loc.gov/vocabulary/iso639-2/",
        "lexvo.org/id/iso639-3/",
    ),
    "media-type": ("www.iana.org/assignments/media-types/",),
    "resource-type": (
        "purl.org/coar/resource_type/", "purl.org/dc/dcmitype/", "purl.org/eprint/type/", "info:eu-repo/semantics/",
        "dcmitype:", "doc-type:",
    ),
}  # fmt: skip
# A primary language subtag followed by others (BCP 47, section 2.1); repositories also write en_US.
_TAG = re.compile(r"\s*(?P<primary>[A-Za-z]{2,3})(?:[-_][A-Za-z0-9]{1,8})+\s*$")

tables.forgotten_by(_language.cache_clear)
tables.forgotten_by(_found.cache_clear)
tables.forgotten_by(_index.cache_clear)
