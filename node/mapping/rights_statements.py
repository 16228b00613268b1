"""Rights statements one by one: licences named within a sentence, and of several access rights the strictest.

What a statement means is `node.mapping.rights`; here is what holds for formats that spread rights over many elements
(ISO 19115 constraints, DDI conditions of use).
"""

from __future__ import annotations

import re

from lxml.etree import _Element as Element

from node.mapping.elements import Reading
from node.mapping.rights import Rights
from node.model.rdf import Iri, Literal
from node.terms import vocabularies


class RightsStatements:
    """The rights statements of one resource, as they are met."""

    def __init__(self, reading: Reading, rights: Rights | None = None) -> None:
        """Start with `rights` that were read before, or with none."""
        self._reading, self._rights = reading, rights or Rights()
        self._access = [self._rights.access_rights] if self._rights.access_rights else []
        self._rights.access_rights = None

    def add(self, element: Element, words: Literal | None, *names: str) -> None:
        """Take in one statement; see `Rights.add`. A licence's address within the words counts as a name of it."""
        if words and not any(names):
            names = (addressed_licence(words.value),)
        self._rights.add(self._reading, element, words, *names)
        self._access += filter(None, (self._rights.access_rights,))
        self._rights.access_rights = None

    def keep(self, words: Literal) -> None:
        """Keep a text as a statement, without asking what it means."""
        self._rights.statements[words] = None

    def finish(self) -> Rights:
        """Return what all statements mean together: of contradicting access rights, the one that gives least."""
        self._rights.access_rights = max(self._access, key=_strictness, default=None)
        self._rights.finish(self._reading)
        return self._rights


def addressed_licence(text: str) -> str:
    """Return the one licence address that a text holds; empty where it holds none, or addresses of several licences.

    The words around an address are not interpreted: they stay a rights statement.
    """
    addresses = [address.rstrip(".,;:)") for address in _ADDRESS.findall(text[:_LONGEST])]
    found = {licence: address for address in addresses if (licence := vocabularies.license(address))}
    return next(iter(found.values())) if len(found) == 1 else ""


def _strictness(access: Iri) -> int:
    return _ORDER.index(access) if access in _ORDER else len(_ORDER)


_ORDER = (vocabularies.PUBLIC, vocabularies.RESTRICTED, vocabularies.NON_PUBLIC)
_LONGEST = 20_000
_ADDRESS = re.compile(r"https?://[^\s<>\"'\]]{4,300}", re.IGNORECASE)
