"""Identifiers and their schemes as DataCite writes them.

Source: DataCite Metadata Schema 4.6, appendix 1, relatedIdentifierType and funderIdentifierType
(https://datacite-metadata-schema.readthedocs.io/en/4.6/appendices/appendix-1/relatedIdentifierType/).
"""

from __future__ import annotations


def identifier_of(name: str) -> tuple[str, str]:
    """Return an identifier as DataCite writes it, and its type: `("10.1594/PANGAEA.1", "DOI")`."""
    for start_, scheme, keeps_start in _IDENTIFIER_TYPES:
        if name.startswith(start_):
            return (name if keeps_start else name.removeprefix(start_)), scheme
    return name, "Local"


def agent_scheme(iri: str | None) -> tuple[str | None, str | None]:
    """Return the scheme of an agent's IRI and the scheme's address; `(None, None)` where there is no IRI."""
    if iri is None:
        return None, None
    return next(((scheme, start_) for start_, scheme in _AGENT_SCHEMES if iri.startswith(start_)), ("URL", None))


_DOI = "https://doi.org/"
_IDENTIFIER_TYPES = (
    (_DOI, "DOI", False),
    ("https://hdl.handle.net/", "Handle", False),
    ("http://hdl.handle.net/", "Handle", False),
    ("https://n2t.net/ark:", "ARK", True),
    ("https://arxiv.org/abs/", "arXiv", False),
    ("http://", "URL", True),
    ("https://", "URL", True),
    ("urn:", "URN", True),
    ("ark:", "ARK", True),
)
RELATED_TYPES = frozenset({"DOI", "Handle", "ARK", "URL", "URN"})
_AGENT_SCHEMES = (
    ("https://orcid.org/", "ORCID"),
    ("https://ror.org/", "ROR"),
    ("https://isni.org/", "ISNI"),
    ("https://doi.org/10.13039/", "Crossref Funder ID"),
    ("http://www.wikidata.org/entity/", "Wikidata"),
)
