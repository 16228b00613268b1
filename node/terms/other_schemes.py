"""Identifiers of schemes that sources name, checked by idutils (https://idutils.readthedocs.io/) where it is right."""

from __future__ import annotations

import importlib
import re
from collections.abc import Callable
from functools import cache
from typing import Any

from node.model.rdf import Iri
from node.terms.urls import encode


def find(scheme: str, text: str) -> Iri | None:
    """Return the IRI of an identifier whose scheme is known.

    Args:
        scheme: one of `SCHEMES`; of any other, nothing is found.
        text: the identifier, with or without the scheme's name in front.
    """
    read = SCHEMES.get(scheme)
    if read is None or not text.isascii() or len(text) > 300:
        return None
    return read(_MARK.sub("", text.strip()))


def _arxiv(text: str) -> Iri | None:
    name = text.rpartition("arxiv.org/abs/")[2]
    return _link("https://arxiv.org/abs/", _normal("arxiv", name).partition(":")[2])


def _bibcode(text: str) -> Iri | None:
    name = text.rpartition("/abs/")[2]
    return _link("https://ui.adsabs.harvard.edu/abs/", name if len(name) == 19 and _is("ads", name) else "")


def _funder(text: str) -> Iri | None:
    return _link("https://doi.org/10.13039/", _match("[0-9]{4,15}", text))


def _gnd(text: str) -> Iri | None:
    name = text.rpartition("d-nb.info/gnd/")[2]
    return _link("https://d-nb.info/gnd/", name.upper() if _is("gnd", name) else "")


def _igsn(text: str) -> Iri | None:
    return _link("https://hdl.handle.net/10273/", _match("[A-Z0-9.-]{5,}", text.removeprefix("10273/").upper()))


def _isbn(text: str) -> Iri | None:
    return _link("urn:isbn:", _normal("isbn", text).replace("-", ""))


def _issn(text: str) -> Iri | None:
    return _link("urn:issn:", _normal("issn", text))


def _pmcid(text: str) -> Iri | None:
    return _link("https://www.ncbi.nlm.nih.gov/pmc/articles/", _match("PMC[0-9]{1,9}", _last_segment(text).upper()))


def _pmid(text: str) -> Iri | None:
    return _link("https://pubmed.ncbi.nlm.nih.gov/", _match("[1-9][0-9]{0,8}", _last_segment(text)))


def _raid(text: str) -> Iri | None:
    return _link("https://raid.org/", _match(r"10\.[0-9]{4,9}/[a-z0-9.-]+", text.rpartition("raid.org/")[2].lower()))


def _swh(text: str) -> Iri | None:
    return _link("https://archive.softwareheritage.org/", text if _is("swh", text) else "")


def _viaf(text: str) -> Iri | None:
    return _link("http://viaf.org/viaf/", _match("[1-9][0-9]{0,21}", text.rpartition("viaf.org/viaf/")[2].rstrip("/")))


def _link(start: str, name: str) -> Iri | None:
    return Iri(start + encode(name)) if name else None


def _match(pattern: str, name: str) -> str:
    return name if re.fullmatch(pattern, name) else ""


def _last_segment(text: str) -> str:
    return text.rstrip("/").rpartition("/")[2]


def _is(scheme: str, text: str) -> bool:
    try:
        return bool(getattr(_idutils(), f"is_{scheme}")(text))
    except Exception:
        # idutils promises nothing about texts that are no identifiers; isbnlib below it raises errors of its own.
        return False


def _normal(scheme: str, text: str) -> str:
    """The normal spelling of a valid identifier; empty where it is not valid."""
    return str(getattr(_idutils(), f"normalize_{scheme}")(text) or "") if _is(scheme, text) else ""


@cache
def _idutils() -> Any:
    # Importing it reads the metadata of every installed distribution: a third of a second.
    return importlib.import_module("idutils")


SCHEMES: dict[str, Callable[[str], Iri | None]] = {
    "arxiv": _arxiv, "bibcode": _bibcode, "crossreffunder": _funder, "gnd": _gnd, "igsn": _igsn, "isbn": _isbn,
    "issn": _issn, "pmcid": _pmcid, "pmid": _pmid, "raid": _raid, "swh": _swh, "viaf": _viaf,
}  # fmt: skip
_MARK = re.compile(
    r"^(?:e-?)?(?:arxiv|isbn(?:-1[03])?|issn|pmid|pmcid|bibcode|gnd|viaf|igsn|raid)\s*[:\s]\s*", re.IGNORECASE
)
