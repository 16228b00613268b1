"""Licences by name, SPDX identifier or address.

A licence is named by the EU's authority table, as DCAT-AP 3 asks, where that table has it and keeps it in use; else by
the licence's own address (Creative Commons, Open Data Commons) or its SPDX address (https://spdx.org/licenses/).
"""

from __future__ import annotations

import re
from functools import cache, lru_cache

from node.model.rdf import Iri
from node.terms import tables
from node.terms.tables import LONGEST, fold


def find(text: str) -> Iri | None:
    """Return the licence that a text names.

    A Creative Commons licence ported to a jurisdiction is named by its own address unless the EU's table has that port.
    A name without a version means the version that is current: reviewed in `vocab/mappings/licence.sssom.tsv`.
    """
    return _find(text) if len(text) <= LONGEST else None


def url(iri: str) -> str | None:
    """Return the address of the licence's own page; the IRI itself where the licence is named by that."""
    known = _rows().get(iri)
    if known:
        return known["url"] or None
    return iri if _port(_address(iri)) else None


def spdx_id(iri: str) -> str | None:
    """Return the SPDX identifier (SPDX licence list, https://spdx.org/licenses/)."""
    known = _rows().get(iri)
    return (known["spdx"] or None) if known else None


@lru_cache(maxsize=8192)
def _find(text: str) -> Iri | None:
    found = _LINK.fullmatch(text.strip())
    if found:
        address = _address(found["address"])
        return _addresses().get(address) or _listed(address) or _port(address)
    names = _names()
    return names.get(fold(text)) or names.get(fold(_LEAD.sub("", text)))


def _address(text: str) -> str:
    """The part of a licence's address that tells it from others: no scheme, `www.`, page name, language or query."""
    plain = re.split(r"[?#]", text[:_LONGEST].strip().lower(), maxsplit=1)[0]
    plain = _SCHEME.sub("", plain)
    while True:
        shorter = _PAGE.sub("", plain)
        if shorter == plain:
            return plain
        plain = shorter


def _listed(address: str) -> Iri | None:
    """A licence by its address in a list that is kept by SPDX identifiers."""
    found = _LIST.fullmatch(address)
    return _names().get(fold(found["name"])) if found else None


def _port(address: str) -> Iri | None:
    """A Creative Commons licence that no table has: the port of an old version to a jurisdiction."""
    found = _CC_PORT.fullmatch(address)
    if found is None or f"creativecommons.org/licenses/{found['kind']}/1.0" not in _addresses():
        return None
    return Iri(f"https://{address}/")


@cache
def _rows() -> dict[str, dict[str, str]]:
    return {row["iri"]: row for row in tables.rows("licence")}


@cache
def _addresses() -> dict[str, Iri]:
    found = {_address(text): iri for text, iri in tables.spellings("licence").items() if "://" in text}
    for iri, row in _rows().items():
        for text in (iri, row["url"], *row["other_urls"].split("|")):
            if text:
                found.setdefault(_address(text), Iri(iri))
    return found


@cache
def _names() -> dict[str, Iri]:
    found = {fold(text): iri for text, iri in tables.spellings("licence").items() if "://" not in text}
    for column in ("spdx", "code", "label"):
        for iri, row in _rows().items():
            if row[column]:
                found.setdefault(fold(row[column]), Iri(iri))
    return found


_LINK = re.compile(
    r"(?:(?:licen[cs]e|rights)[^:/]{0,20}:\s*)?<?(?P<address>(?:https?://|www\.|spdx:)[^\s<>]+)>?", re.IGNORECASE
)
_LEAD = re.compile(
    r"^\s*(?:(?:this work is )?licen[cs]ed under (?:a |an |the )?|licen[cs]e\s*:\s*|the )", re.IGNORECASE
)
_SCHEME = re.compile(r"^(?:https?://)?(?:www\.)?|^spdx:")
_LONGEST = 2000
_PAGE = re.compile(
    r"(?:/+|/(?:legalcode|deed)(?:[.-][a-z_-]{2,9})?|\.(?:html?|txt|json|rdf|php|md|en)|/(?:index|rdf))$"
)
_LIST = re.compile(
    r"(?:spdx\.org/licenses|opensource\.org/licenses?|choosealicense\.com/licenses|spdx\.org/rdf/terms)/(?P<name>[^/]+)"
)
_CC_PORT = re.compile(
    r"creativecommons\.org/licenses/(?P<kind>[a-z-]{2,8})/(?:1\.0|2\.0|2\.1|2\.5|3\.0)/(?:[a-z]{2}|igo|scotland)"
)

tables.forgotten_by(_find.cache_clear)
tables.forgotten_by(_addresses.cache_clear)
tables.forgotten_by(_names.cache_clear)
