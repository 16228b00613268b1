"""A change that somebody thinks of making, tried on copies of records: spellings, defaults, an RDF Patch.

The patch follows RDF Patch (https://afs.github.io/rdf-patch/), of which the rows `A` (add) and `D` (delete) are read,
each with one statement in N-Triples.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from node.errors import FairnodeError, SettingsError
from node.mapping.defaults import Default
from node.model.rdf import Iri, Node, Triple
from node.syntax import from_ntriples
from node.terms.additions import Spelling


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """A change.

    Attributes:
        spellings: the node's own, as they would be: they shape the mapping.
        agreed: defaults that the agreement with the source would have besides its own: they shape the mapping.
        defaults: (property, value) of properties that agreements have no defaults for; a resource gets them where it
            has no value of the property.
        added, removed: statements, applied to the records that describe their subjects.
    """

    spellings: tuple[Spelling, ...] = ()
    agreed: tuple[Default, ...] = ()
    defaults: tuple[tuple[Iri, Node], ...] = ()
    added: tuple[Triple, ...] = ()
    removed: tuple[Triple, ...] = ()

    def touches(self, triples: Iterable[Triple]) -> bool:
        """Tell whether a row of the patch changes a record: adds what it does not say yet, deletes what it says."""
        held = set(triples)
        if not held.isdisjoint(self.removed):
            return True
        described = {triple[0] for triple in held} if self.added else ()
        return any(triple[0] in described and triple not in held for triple in self.added)

    def applied(self, triples: Iterable[Triple], subject: Iri) -> tuple[Triple, ...]:
        """Return the statements of a record as they would be; its mapping has been changed already."""
        held = dict.fromkeys(triples)
        described = {triple[0] for triple in held}
        for triple in self.removed:
            held.pop(triple, None)
        held |= dict.fromkeys(triple for triple in self.added if triple[0] in described)
        known = {predicate for about, predicate, _ in held if about == subject}
        held |= dict.fromkeys((subject, name, value) for name, value in self.defaults if name not in known)
        return tuple(held)


def read_patch(text: str) -> tuple[tuple[Triple, ...], tuple[Triple, ...]]:
    """Return the statements that a patch adds and those it deletes.

    Raises:
        SettingsError: a row is not understood; the message names its line.
    """
    added: list[Triple] = []
    removed: list[Triple] = []
    for number, line in enumerate(text.splitlines(), 1):
        row = line.strip()
        word, _, rest = row.partition(" ")
        if not row or row.startswith("#") or word in _PASSED_OVER:
            continue
        if word not in ("A", "D"):
            raise SettingsError(
                f"line {number}: {word!r} is no row of a patch",
                advice="Rows are `A subject property value .` or `D ...`.",
            )
        try:
            (added if word == "A" else removed).extend(from_ntriples(f"{rest}\n"))
        except (FairnodeError, ValueError, SyntaxError) as error:
            raise SettingsError(f"line {number}: {error}", advice="Write the statement as N-Triples.") from error
    return tuple(added), tuple(removed)


# Header, prefixes are not read: their statements would not be N-Triples; transactions make no difference here.
_PASSED_OVER = frozenset({"H", "TX", "TC"})
