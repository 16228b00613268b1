"""What a raw record is asked, whatever its syntax: where a property of a resource is written, and where it would be."""

from __future__ import annotations

from typing import Protocol

from node.mapping.pointers.parts import Part

Chain = tuple[str, ...]
"""Properties (IRIs) to be followed one after the other, such as dcat:distribution and dct:format."""


class Document(Protocol):
    """A raw record. A resource is named by its IRI; `None` is what the record is about."""

    def at(self, focus: str | None, chain: Chain) -> list[Part]:
        """Return the parts that a resource's properties are read from, in document order."""
        ...

    def subjects(self, focus: str | None) -> list[Part]:
        """Return the parts that name a resource."""
        ...

    def missing(self, focus: str | None, chain: Chain, holder: Part | None) -> str:
        """Return the path of the part that `at` would find.

        Args:
            holder: the part that it should be in, where that is known.
        """
        ...

    def names(self, node: str) -> bool:
        """Tell whether a resource is described by its name, as in RDF; elsewhere nodes are made in mapping."""
        ...
