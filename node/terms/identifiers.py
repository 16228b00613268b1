"""Persistent identifiers in the one spelling each scheme recommends, as IRIs that are legal wherever RDF is written.

Every function is total: what is no valid identifier of the scheme is `None`. Results are plain ASCII URIs (RFC 3986):
a character that IRIs may hold and URIs may not is percent-encoded (RFC 3987, section 3.1).
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import lru_cache
from urllib.parse import unquote

from node.model.rdf import Iri
from node.terms import checksums, other_schemes, urls
from node.terms.urls import encode, remembered


def iri(text: str) -> Iri | None:
    """Return an absolute http, https, ftp, sftp, urn or info IRI with what must be encoded encoded.

    Everything else is `None`: `javascript:` and `data:` never become links, `Title: subtitle` never an identifier.
    """
    return urls.iri(text)


@remembered
def doi(text: str) -> Iri | None:
    """Return `https://doi.org/10.prefix/suffix` in lower case, for DOI names are case-insensitive (DOI Handbook)."""
    name = _name(_DOI, _DOI_NAME, text)
    return Iri("https://doi.org/" + encode(_lower(name))) if name else None


def handle(text: str, *, bare: bool = False) -> Iri | None:
    """Return `https://hdl.handle.net/prefix/suffix` (RFC 3650).

    Args:
        bare: read `11234/1-1508`, which without a scheme might be anything, as a handle.
    """
    return _bare_handle(text) if bare else _marked_handle(text)


@remembered
def orcid(text: str) -> Iri | None:
    """Return `https://orcid.org/0000-0002-1825-0097`: check digit right, number within ORCID's blocks."""
    found = _ORCID.fullmatch(text.strip())
    digits = found["digits"].replace("-", "").upper() if found else ""
    if not checksums.mod_11_2(digits) or not checksums.is_orcid_block(digits):
        return None
    return Iri("https://orcid.org/" + "-".join(digits[at : at + 4] for at in range(0, 16, 4)))


@remembered
def isni(text: str) -> Iri | None:
    """Return `https://isni.org/isni/0000000121032683`, check digit right (ISO 27729)."""
    found = _ISNI.fullmatch(text.strip())
    digits = re.sub(r"[\s-]", "", found["digits"]).upper() if found else ""
    return Iri("https://isni.org/isni/" + digits) if checksums.mod_11_2(digits) else None


@remembered
def ror(text: str) -> Iri | None:
    """Return `https://ror.org/03yrm5c26`, checksum right (https://ror.readme.io/docs/identifier)."""
    found = _ROR.fullmatch(text.strip())
    name = found["name"].lower() if found else ""
    return Iri("https://ror.org/" + name) if found and checksums.ror(name) else None


@remembered
def wikidata(text: str) -> Iri | None:
    """Return the concept IRI `http://www.wikidata.org/entity/Q42`."""
    found = _WIKIDATA.fullmatch(text.strip())
    return Iri("http://www.wikidata.org/entity/Q" + found["number"]) if found else None


@remembered
def ark(text: str) -> Iri | None:
    """Return `https://n2t.net/ark:/12148/btv1b8449691v` (draft-kunze-ark), whichever host the text names it by."""
    name = _name(_ARK, _ARK_NAME, text)
    return Iri("https://n2t.net/ark:/" + encode(name)) if name else None


@remembered
def urn_nbn(text: str) -> Iri | None:
    """Return `urn:nbn:de:...` (RFC 8458), also where a resolver's address holds it."""
    found = _NBN.fullmatch(_trim(text))
    return urls.iri("urn:nbn:" + _lower(found["country"]) + found["rest"]) if found else None


@lru_cache(maxsize=8192)
def resolve(scheme: str | None, text: str) -> Iri | None:
    """Return any identifier as an IRI.

    Args:
        scheme: what the source calls it, such as DataCite's relatedIdentifierType; `None` where it does not say.
        text: the identifier as written. What it plainly is counts for more than what `scheme` says.
    """
    plain, name = text.strip(), _scheme_name(scheme)
    if len(plain) > urls.LONGEST:
        return None
    # RAiD and IGSN names look like DOIs and handles, yet resolve elsewhere or lack their prefix.
    if name in ("raid", "igsn"):
        return other_schemes.find(name, plain) or urls.iri(plain)
    known = doi(plain) or handle(plain, bare=name == "handle")
    if known is None and not plain.lower().startswith("http"):
        known = ark(plain) or urn_nbn(plain)
    return known or other_schemes.find(name, plain) or _agent(name, plain) or urls.iri(plain) or _prefixed(plain)


@lru_cache(maxsize=8192)
def agent(scheme: str | None, text: str) -> Iri | None:
    """Return the IRI of a person or an organisation; `None` where it is of no scheme that names them.

    Args:
        scheme: a scheme's name or address, such as `ORCID`, `https://ror.org/`, `GND`; `None` where there is none.
        text: the identifier, with or without its address.
    """
    if len(text) > urls.LONGEST:
        return None
    return _agent(_scheme_name(scheme) or (_scheme_name(text) if "://" in text else ""), text.strip())


def scheme(iri: str) -> str:
    """Return DataCite's relatedIdentifierType of an identifier (DataCite 4.6, appendix 1); else `URL`."""
    plain = iri.lower()
    for start, name in _STARTS:
        if plain.startswith(start):
            return name
    return "ARK" if "/ark:" in plain else "URL"


def is_persistent(iri: str) -> bool:
    """Tell whether an IRI is of a scheme that promises to keep resolving (FAIR F1)."""
    return scheme(iri) in _PERSISTENT or iri.lower().startswith(_PERSISTENT_STARTS)


@remembered
def _marked_handle(text: str) -> Iri | None:
    name = _name(_HANDLE, _HANDLE_NAME, text)
    return Iri("https://hdl.handle.net/" + encode(name)) if name else None


@remembered
def _bare_handle(text: str) -> Iri | None:
    name = _name(_BARE_HANDLE, _HANDLE_NAME, text)
    return Iri("https://hdl.handle.net/" + encode(name)) if name else None


def _agent(name: str, text: str) -> Iri | None:
    if name in ("gnd", "viaf", "crossreffunder"):
        return (doi(text) if name == "crossreffunder" else None) or other_schemes.find(name, text)
    if name in _AGENT_READERS:
        found = _AGENT_READERS[name](text)
        if found:
            return found
    # Without its scheme, a number is only read where it carries an address or a name of its own.
    is_marked = not text[:1].isdigit() and text[:1] not in "Qq"
    readers = _AGENT_READERS.values() if is_marked else (orcid, ror)
    return next((found for read in readers if (found := read(text))), None)


def _prefixed(text: str) -> Iri | None:
    """Read `arXiv:1234.5678`, `ISBN 978...`: a scheme's name in front."""
    found = _PREFIXED.match(text)
    return other_schemes.find(_scheme_name(found["scheme"]), text) if found else None


def _scheme_name(scheme: str | None) -> str:
    """One word for the names and addresses of a scheme."""
    plain = re.sub(r"[\W_]+|^https?://(?:www\.)?", "", (scheme or "").strip().casefold())
    for start, name in _SCHEME_NAMES:
        if plain.startswith(start):
            return name
    return ""


def _name(written: re.Pattern[str], name: re.Pattern[str], text: str) -> str | None:
    """The bare name in a text: what surrounds it cut off, and decoded where it was part of a link."""
    found = written.fullmatch(_trim(text))
    if found is None:
        return None
    bare = found["name"]
    if found["link"]:
        bare = unquote(re.split(r"[?#]", bare, maxsplit=1)[0])
    found = name.fullmatch(_trim(bare))
    return found[0] if found else None


def _trim(text: str) -> str:
    """Cut off white space, quotation marks and what a sentence leaves behind an identifier."""
    while True:
        shorter = text.strip().lstrip("<\"'").rstrip(".,;:\"'>")
        for opening, closing in ("()", "[]", "{}"):
            if shorter.endswith(closing) and shorter.count(opening) < shorter.count(closing):
                shorter = shorter[:-1]
        if shorter == text:
            return text
        text = shorter


def _lower(text: str) -> str:
    # Case-insensitivity of identifiers is that of ASCII; str.lower would change other letters.
    return text.lower() if text.isascii() else re.sub("[A-Z]+", lambda found: found[0].lower(), text)


def _pattern(text: str) -> re.Pattern[str]:
    return re.compile(text, re.IGNORECASE | re.ASCII | re.DOTALL)


_DOI = _pattern(
    r"(?:(?P<link>(?:https?://)?(?:www\.|dx\.)?doi\.org/)|(?:urn:)?doi[:\s]\s*|info:doi/){0,3}(?P<name>10\..+)"
)
_DOI_NAME = _pattern(r"10\.[0-9]{4,9}(?:\.[0-9]+)*/[^\s\x00-\x1f\x7f]+")
_HANDLE = _pattern(r"(?:(?P<link>(?:https?://)?hdl\.handle\.net/)|hdl:\s*|info:hdl/|handle:\s*)(?P<name>.+)")
_BARE_HANDLE = _pattern(r"(?:(?P<link>(?:https?://)?hdl\.handle\.net/)|hdl:\s*|info:hdl/|handle:\s*)?(?P<name>.+)")
_HANDLE_NAME = _pattern(r"[0-9]+(?:\.[0-9a-z_-]+)*/[^\s\x00-\x1f\x7f]+")
_ARK = _pattern(r"(?P<link>https?://[^\s?#]+?/)?ark:/?(?P<name>.+)")
_ARK_NAME = _pattern(r"[0-9a-z]{5,}/[^\s\x00-\x1f\x7f]+")
_NBN = _pattern(r"(?:https?://\S*?[/=])?urn:nbn:(?P<country>[a-z]{2})(?P<rest>[:-][^\s?#]+)")
_ORCID = _pattern(
    r"(?:(?:https?://)?(?:www\.)?orcid\.org/|orcid(?:\s*id)?[:\s]\s*)?(?P<digits>(?:[0-9]{4}-?){3}[0-9]{3}[0-9x])/?"
)
_ISNI = _pattern(
    r"(?:(?:https?://)?(?:www\.)?isni\.org/(?:isni/)?|isni[:\s]\s*)?(?P<digits>(?:[0-9]{4}[\s-]?){3}[0-9]{3}[0-9x])/?"
)
_ROR = _pattern(r"(?:(?:https?://)?(?:www\.)?ror\.org/|ror:\s*)?(?P<name>0[a-hj-km-np-tv-z0-9]{6}[0-9]{2})/?")
_WIKIDATA = _pattern(
    r"(?:(?:https?://)?(?:www\.)?wikidata\.org/(?:wiki|entity)/|(?:wikidata|wd):)?Q(?P<number>[1-9][0-9]{0,17})"
)
_PREFIXED = re.compile(r"(?P<scheme>[A-Za-z-]{3,8})[:\s]")
_AGENT_READERS: dict[str, Callable[[str], Iri | None]] = {
    "orcid": orcid,
    "ror": ror,
    "isni": isni,
    "wikidata": wikidata,
}
# Starts of folded names; an address such as https://d-nb.info/gnd/ counts as a name.
_SCHEME_NAMES = (
    ("arxiv", "arxiv"), ("bibcode", "bibcode"), ("crossreffunder", "crossreffunder"), ("fundref", "crossreffunder"),
    ("dnbinfognd", "gnd"), ("gnd", "gnd"), ("hdl", "handle"), ("handle", "handle"), ("igsn", "igsn"), ("isbn", "isbn"),
    ("isni", "isni"), ("issn", "issn"), ("eissn", "issn"), ("pissn", "issn"), ("lissn", "issn"), ("orcid", "orcid"),
    ("pmcid", "pmcid"), ("pmid", "pmid"), ("raid", "raid"), ("ror", "ror"), ("swh", "swh"), ("viaf", "viaf"),
    ("wikidata", "wikidata"),
)  # fmt: skip
_STARTS = (
    ("https://doi.org/", "DOI"), ("http://doi.org/", "DOI"), ("http://dx.doi.org/", "DOI"),
    ("https://dx.doi.org/", "DOI"), ("https://hdl.handle.net/", "Handle"), ("http://hdl.handle.net/", "Handle"),
    ("urn:isbn:", "ISBN"), ("urn:issn:", "ISSN"), ("urn:lsid:", "LSID"), ("urn:", "URN"),
    ("https://arxiv.org/abs/", "arXiv"), ("http://arxiv.org/abs/", "arXiv"),
    ("https://pubmed.ncbi.nlm.nih.gov/", "PMID"), ("https://ui.adsabs.harvard.edu/abs/", "bibcode"),
    ("https://raid.org/", "RAiD"), ("https://w3id.org/", "w3id"), ("http://w3id.org/", "w3id"),
    ("http://purl.org/", "PURL"), ("https://purl.org/", "PURL"), ("http://purl.archive.org/", "PURL"),
)  # fmt: skip
_PERSISTENT = frozenset({"ARK", "DOI", "Handle", "ISBN", "ISSN", "LSID", "PURL", "RAiD", "URN", "arXiv", "w3id"})
_PERSISTENT_STARTS = (
    "https://orcid.org/", "https://ror.org/", "https://isni.org/isni/", "http://www.wikidata.org/entity/",
    "https://d-nb.info/gnd/", "http://viaf.org/viaf/", "https://archive.softwareheritage.org/swh:1:",
)  # fmt: skip
