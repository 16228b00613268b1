"""NUTS regions, by the codes that Eurostat gives them (Regulation (EC) No 1059/2003), and the countries they lie in.

Their IRIs are Eurostat's (https://ec.europa.eu/eurostat/web/nuts/linked-open-data). Whether a country has such regions
is data, `vocab/nuts.toml`; whether it has one of that code is not known here, only that the code is formed like one.
"""

from __future__ import annotations

import re
import tomllib
from functools import cache

from node.model.rdf import Iri
from node.resources import data_folder
from node.terms import codes

NAMESPACE = "http://data.europa.eu/nuts/code/"
_CODE = re.compile(
    r"(?:(?:https?://data\.europa\.eu/nuts/code/)|NUTS[ :]*)?(?P<country>[A-Z]{2})(?P<rest>[0-9A-Z]{0,3})"
)


def region(text: str) -> Iri | None:
    """Return the region of a NUTS code, such as `FI1B`, or of its address; `None` where the code cannot be one.

    A code of two letters is a whole country and no region.
    """
    found = _CODE.fullmatch(text.strip()) if len(text) <= 60 else None
    if found is None or not found["rest"] or found["country"] not in _countries():
        return None
    return Iri(NAMESPACE + found["country"] + found["rest"])


def code(iri: str) -> str | None:
    """Return the NUTS code of a region's IRI."""
    return iri.removeprefix(NAMESPACE) if iri.startswith(NAMESPACE) and region(iri) else None


def country_of(iri: str) -> Iri | None:
    """Return the EU country IRI of the country that a region lies in."""
    found = code(iri)
    return codes.country_iri(found[:2]) if found else None


@cache
def _countries() -> frozenset[str]:
    with (data_folder("vocab") / "nuts.toml").open("rb") as file:
        return frozenset(tomllib.load(file)["countries"])
