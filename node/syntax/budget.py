"""What the terms of one RDF document may take in memory.

A prefix or a base can be thousands of characters, and each use of it, of two or three bytes, spells it out again.
"""

from __future__ import annotations

import pyoxigraph as ox

from node.errors import SyntaxRefused, TooLarge

MAX_IRI = 8192
MAX_TERMS = 2_000_000
MAX_TEXT = 128 * 2**20


class TermBudget:
    """Counts the different terms of a document, and the characters they have together."""

    def __init__(self) -> None:
        self._terms = 0
        self._text = 0

    def spend(self, term: ox.NamedNode | ox.BlankNode | ox.Literal | ox.Triple | ox.DefaultGraph) -> None:
        """Count a term that was not met before.

        Raises:
            TooLarge: there are more than `MAX_TERMS`, or they have more than `MAX_TEXT` characters together.
            SyntaxRefused: an IRI has more than `MAX_IRI` characters.
        """
        self._terms += 1
        iri = text = ""
        if isinstance(term, ox.NamedNode):
            iri = term.value
        elif isinstance(term, ox.Literal):
            text, iri = term.value, term.datatype.value
        if len(iri) > MAX_IRI:
            raise SyntaxRefused(f"an IRI of {len(iri)} characters, at most {MAX_IRI} are read: {iri[:80]}…")
        self._text += len(iri) + len(text)
        if self._terms > MAX_TERMS or self._text > MAX_TEXT:
            raise TooLarge(
                f"the document's terms are more than {MAX_TERMS}, or have more than {MAX_TEXT} characters together",
                advice="Ask for smaller pages at the source.",
            )
