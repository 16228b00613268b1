"""A JSON-LD document of schema.org's terms as nodes and their properties, whatever way it is written.

JSON-LD 1.1 (https://www.w3.org/TR/json-ld11/): nested or flattened, `@graph`, lists of blocks as pages hold them,
`@value`, `@list` and `@set`, prefixes. Links by `@id` are followed within the document and nowhere else.
"""

from __future__ import annotations

from collections.abc import Iterator

from node.mapping.json_reading import JsonReading, Part, items, member, peek
from node.mapping.schema_org.context import SCHEMA, Context
from node.model.rdf import Iri, Literal
from node.terms import identifiers
from node.terms.urls import LONGEST

MAX_DESCRIPTIONS = 20
"""Objects of one `@id` that are read as one node."""


class Graph:
    """The nodes of one document.

    Attributes:
        reading: keeps account of what is taken.
        nodes: every object that says something, in document order.
    """

    def __init__(self, reading: JsonReading) -> None:
        """Read the document's structure; a document without a context is taken to use schema.org's terms."""
        self.reading = reading
        self.nodes: list[Part] = []
        self._properties: dict[str, dict[str, list[Part]]] = {}
        self._described: dict[str, list[Part]] = {}
        self._languages: dict[str, str] = {}
        self._noted: set[str] = set()
        has_context = any("@context" in part.members for part in items(reading.root))
        if not has_context:
            self._note("the document has no @context; its terms are read as schema.org's")
        self._visit(reading.root, Context() if has_context else Context(vocab=SCHEMA))

    def types(self, node: Part) -> tuple[str, ...]:
        """Return the classes of a node: schema.org's by name, others by IRI."""
        texts = (peek(kind) for kind in self.values(node, "@type"))
        return tuple(dict.fromkeys(filter(None, texts)))

    def id(self, node: Part) -> str:
        """Return a node's `@id` as it is written; empty where it has none."""
        return next((peek(one) for one in self._properties.get(node.pointer, {}).get("@id", ())), "")

    def values(self, node: Part, *names: str) -> list[Part]:
        """Return the values of properties, one by one, from all descriptions of the node."""
        found = (
            value
            for name in names
            for one in self._same(node)
            for holder in self._properties.get(one.pointer, {}).get(name, ())
            for value in items(holder)
        )
        return [inner for value in found for inner in self._unwrapped(value)]

    def named(self, name: str) -> list[Part]:
        """Return the nodes with an `@id`."""
        return self._described.get(name, [])

    def is_node(self, value: Part) -> bool:
        """Tell whether a value is a node, or a link to one, and no text."""
        return bool(value.members) and "@value" not in self._properties.get(value.pointer, {})

    def take(self, node: Part) -> None:
        """Mark what says which node it is, and of which class, as consumed."""
        properties = [self._properties.get(one.pointer, {}) for one in (node, *self._same(node))]
        self.reading.take(*(value for held in properties for name in ("@id", "@type") for value in held.get(name, ())))

    def settle(self) -> None:
        """Take the classes of all nodes something was taken of, and names that mean something in the document only."""
        for node in self.nodes:
            held = self._properties[node.pointer]
            if any(self.reading.is_taken(value) for name in held if name != "@id" for value in held[name]):
                self.reading.take(*held.get("@type", ()))
                self.reading.take(*(one for one in held.get("@id", ()) if names_within(peek(one))))

    def text(self, value: Part) -> str:
        """Take a text, or a number; a node is taken by its name."""
        if self.is_node(value):
            found = self.reading.first(self._plain(one) for one in self.values(value, "name", "alternateName"))
            if found:
                self.take(value)
            return found
        return self.reading.line(self._plain(value))

    def first(self, node: Part, *names: str) -> str:
        """Take the first text of properties; those after it stay."""
        return next(filter(None, (self.text(value) for name in names for value in self.values(node, name))), "")

    def literals(self, node: Part, *names: str, one_line: bool = True) -> tuple[Literal, ...]:
        """Take the texts of properties as literals, in the language of each, or of its context."""
        found = (self.literal(value, one_line=one_line) for value in self.values(node, *names))
        return tuple(dict.fromkeys(literal for literal in found if literal))

    def others(self, node: Part, *names: str) -> list[Part]:
        """Return the values of all properties of a node but these, one by one."""
        held = self._properties.get(node.pointer, {})
        return [value for name, holder in held.items() if name not in names for one in holder for value in items(one)]

    def literal(self, value: Part, *, one_line: bool = True) -> Literal | None:
        """Take a value as a literal; a node is none."""
        if self.is_node(value):
            return None
        held = self._properties.get(value.pointer, {})
        language = next((peek(tag) for tag in held.get("@language", ())), self._languages.get(value.pointer))
        return self.reading.literal(self._plain(value), language, one_line=one_line)

    def link(self, value: Part) -> Iri | None:
        """Take a value as a link: an address or identifier, or a node that has one; anything else stays."""
        if not self.is_node(value):
            found = iri(peek(self._properties.get(value.pointer, {}).get("@value", [value])[0]))
            if found:
                self.text(value)
            return found
        named = [one for each in self.values(value, "identifier") for one in self._ways(each, "url", "value", "@id")]
        for one in (*named, *self._ways(value, "@id", "url", "contentUrl", "sameAs")):
            found = iri(peek(one))
            if found:
                self.reading.take(one)
                self.take(value)
                return found
        return None

    def links(self, node: Part, *names: str) -> tuple[Iri, ...]:
        """Take the values of properties that are links."""
        return tuple(dict.fromkeys(filter(None, map(self.link, self.values(node, *names)))))

    def _visit(self, part: Part, context: Context) -> None:
        if isinstance(part.value, str) and context.language:
            self._languages[part.pointer] = context.language
        elif isinstance(part.value, list):
            for index, value in enumerate(part.value):
                self._visit(Part(f"{part.pointer}/{index}", value), context)
        if not isinstance(part.value, dict):
            return
        if "@context" in part.value:
            context = context.with_(part.value["@context"], self._note)
            self.reading.take(member(part, "@context"))
        held: dict[str, list[Part]] = {}
        self._properties[part.pointer] = held
        for term in part.value:
            name = context.name(term) if term != "@context" else None
            inner = member(part, term)
            if name is not None:
                held.setdefault(name, []).append(_types(inner, context) if name == "@type" else inner)
            if term != "@context":
                self._visit(inner, context)
        if held.keys() - {"@id", "@graph"} and "@value" not in held:
            self.nodes.append(part)
            name = self.id(part)
            described = self._described.setdefault(name, []) if name else []
            if len(described) < MAX_DESCRIPTIONS:
                described.append(part)

    def _same(self, node: Part) -> list[Part]:
        """All descriptions of a node: an `@id` says that several objects are one."""
        described = self._described.get(self.id(node), [])
        return described if described else [node]

    def _ways(self, value: Part, *names: str) -> list[Part]:
        """The properties of a node that may hold its address; a text is its own."""
        return self.values(value, *names) if self.is_node(value) else [value]

    def _unwrapped(self, value: Part) -> Iterator[Part]:
        held = self._properties.get(value.pointer, {})
        lists = [one for name in ("@list", "@set") for one in held.get(name, ())]
        if not lists:
            yield value
        for one in lists:
            for inner in items(one):
                yield from self._unwrapped(inner)

    def _plain(self, value: Part) -> Part:
        """The string of a value object, taken with its type and language; any other value as it is."""
        held = self._properties.get(value.pointer, {})
        if "@value" not in held:
            return value
        self.reading.take(*(one for name in ("@type", "@language", "@direction") for one in held.get(name, ())))
        return held["@value"][0]

    def _note(self, message: str) -> None:
        if message not in self._noted and len(self._noted) < MAX_DESCRIPTIONS:
            self._noted.add(message)
            self.reading.note("mapping.context", message)


def iri(text: str) -> Iri | None:
    """Return an address, or an identifier of a scheme that has addresses, as an IRI."""
    return identifiers.resolve(None, text) if text and len(text) <= LONGEST else None


def names_within(name: str) -> bool:
    """Tell whether an `@id` means something in its document only: a blank node, a fragment, the root of a crate."""
    return name.startswith(("#", "_:")) or name in (".", "./")


def _types(part: Part, context: Context) -> Part:
    """The classes of a node, by schema.org's names or by IRI."""
    if isinstance(part.value, list):
        return Part(part.pointer, [_types(one, context).value for one in items(part)])
    text = peek(part)
    return Part(part.pointer, context.name(text) or text) if text else part
