"""Countries as ISO 3166-1 alpha-3 codes, and as terms of the EU's country table (the same codes, save for Kosovo).

The table: http://publications.europa.eu/resource/authority/country
"""

from __future__ import annotations

from functools import cache, lru_cache

from node.model.rdf import Iri
from node.terms import tables
from node.terms.tables import LONGEST, fold


def country(text: str) -> str | None:
    """Return the ISO 3166-1 alpha-3 code of a country's name, an alpha-2 or alpha-3 code, or its EU IRI.

    `XKX` is Kosovo (a user-assigned code). Names are English, for European and associated countries also
    those of Europe's languages; `EL` and `UK`, as the EU writes Greece and the United Kingdom, count as codes.
    """
    return _country(text) if len(text) <= LONGEST else None


def country_iri(text: str) -> Iri | None:
    """Return the EU country IRI of anything that `country` reads."""
    code = country(text)
    return _iris().get(code) if code else None


def country_alpha2(text: str) -> str | None:
    """Return the ISO 3166-1 alpha-2 code of anything that `country` reads; `XK` is Kosovo."""
    code = country(text)
    return _alpha2().get(code) if code else None


@lru_cache(maxsize=8192)
def _country(text: str) -> str | None:
    plain = text.strip()
    return _by_iri().get(plain) or _by_key().get(fold(plain))


@cache
def _iris() -> dict[str, Iri]:
    return {row["alpha3"]: Iri(row["iri"]) for row in tables.rows("country")}


@cache
def _alpha2() -> dict[str, str]:
    return {row["alpha3"]: row["alpha2"] for row in tables.rows("country")}


@cache
def _by_iri() -> dict[str, str]:
    return {row["iri"]: row["alpha3"] for row in tables.rows("country")}


@cache
def _by_key() -> dict[str, str]:
    by_iri = _by_iri()
    found = {key: by_iri[iri] for key, iri in tables.keys("country").items()}
    for column in ("alpha3", "alpha2", "label"):
        for row in tables.rows("country"):
            found.setdefault(fold(row[column]), row["alpha3"])
    found.pop("", None)
    return found


tables.forgotten_by(_country.cache_clear)
tables.forgotten_by(_by_key.cache_clear)
