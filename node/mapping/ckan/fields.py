"""The fields of a CKAN package, wherever they are kept: members of the package, or `extras`.

https://docs.ckan.org/projects/ckanext-dcat/en/latest/mapping/#custom-fields: older profiles keep custom fields
as extras, lists and geometries in them as JSON text; newer ones as members of the package.
"""

from __future__ import annotations

from collections.abc import Callable

from node.mapping.json_reading import JsonReading, Part, items, member, peek
from node.model.rdf import Iri, Literal
from node.terms import dates, identifiers


class Fields:
    """The fields of one package, or of one of its resources.

    Attributes:
        reading: keeps account of what is taken.
    """

    def __init__(self, reading: JsonReading, part: Part) -> None:
        """Find the fields; a member wins over an extra of the same name."""
        self.reading = reading
        self._fields = {name: member(part, name) for name, value in part.members.items() if value not in (None, "", [])}
        # The key of an extra is taken when its value is asked for, so that what nobody asks for is reported by name.
        self._keys: dict[str, Part] = {}
        for extra in reading.of(part, "extras"):
            name = peek(member(extra, "key"))
            if name and name not in self._fields:
                self._fields[name], self._keys[name] = member(extra, "value"), member(extra, "key")
                reading.take(*(member(extra, other) for other in _HOUSEKEEPING))

    def parts(self, *names: str) -> list[Part]:
        """Return the values of fields, those of lists one by one; a list kept as JSON text is read."""
        self.reading.take(*(self._keys[name] for name in names if name in self._keys))
        found = (self.reading.embedded(self._fields[name]) for name in names if name in self._fields)
        return [one for part in found for one in items(part)]

    def text(self, *names: str) -> str:
        """Take the first text among fields, in one line."""
        return self.reading.first(self.parts(*names))

    def literals(self, *names: str, one_line: bool = True) -> tuple[Literal, ...]:
        """Take texts as literals; a field of several languages is an object of texts, or lists, by language tag."""
        found: dict[Literal, None] = {}
        for part in self.parts(*names):
            # ckanext-fluent: {"en": "Lake", "de": "See"}, tags {"en": ["lake", "water"]}.
            pairs: list[tuple[Part, str | None]] = [
                (one, tag) for tag in part.members for one in items(member(part, tag))
            ]
            for one, tag in pairs or [(part, None)]:
                literal = self.reading.literal(one, tag, one_line=one_line)
                if literal:
                    found[literal] = None
        return tuple(found)

    def date(self, *names: str) -> Literal | None:
        """Take the first readable date; what is no date is noted."""
        for part in self.parts(*names):
            text = self.reading.line(part)
            found = dates.date(text) if text else None
            if found:
                return found
            if text:
                self.reading.note("mapping.date-unreadable", f"“{text}” is no date", part, text)
        return None

    def links(self, *names: str) -> tuple[Iri, ...]:
        """Take what is an address, or an identifier that has one; the rest stays."""
        found: dict[Iri, None] = {}
        for part in self.parts(*names):
            known = identifiers.resolve(None, peek(part)) if peek(part) else None
            if known:
                self.reading.take(part)
                found[known] = None
        return tuple(found)

    def concepts(self, name: str, look_up: Callable[[str], Iri | None], code: str = "") -> tuple[Iri, ...]:
        """Take concepts of a vocabulary by name or address; addresses of others count too, other texts are noted.

        Args:
            code: of the finding; where it is empty, other texts stay.
        """
        found: dict[Iri, None] = {}
        for part in self.parts(name):
            text = peek(part)
            known = (look_up(text) or identifiers.iri(text)) if text else None
            if known:
                self.reading.take(part)
                found[known] = None
            elif text and code:
                self.reading.note(code, f"“{self.reading.line(part)}” is no known {name}", part, text)
        return tuple(found)

    def take(self, *names: str) -> None:
        """Mark fields as consumed."""
        for held in (self._fields, self._keys):
            self.reading.take(*(held[name] for name in names if name in held))


_HOUSEKEEPING = ("id", "package_id", "revision_id", "state")
