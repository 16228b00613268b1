"""XML elements as text: every value passes `node.syntax.xml_text` and is escaped, so that what is written is XML 1.0.

XML 1.0, production 2, `Char` (https://www.w3.org/TR/xml/#NT-Char): harvested RDF may hold characters that XML may not;
section 2.4 for what is escaped, section 2.11 for the carriage return, which only a character reference keeps.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import NewType
from xml.sax.saxutils import escape

from node.model.rdf import Literal
from node.namespaces import XSI
from node.syntax import xml_text

Markup = NewType("Markup", str)
"""Text that is well-formed content of an element already; everything else is a value, to be escaped."""


def element(name: str, value: str | Literal | None = None, /, **attributes: str | None) -> Markup:
    """Return an element that holds a value, with its language where it has one.

    Args:
        name: with its prefix, where it has one.
        attributes: those that are `None` are left out.
    """
    opening = name
    for key, text in attributes.items():
        if text is not None:
            opening += f' {key}="{attribute(text)}"'
    if isinstance(value, Literal):
        if value.language:
            opening += f' xml:lang="{attribute(value.language)}"'
        value = value.value
    return Markup(f"<{opening}/>" if value is None else f"<{opening}>{content(value)}</{name}>")


def enclose(name: str, parts: Iterable[Markup], /, **attributes: str | None) -> Markup:
    """Return an element that holds other elements; it is there even where they are none."""
    opening = name
    for key, text in attributes.items():
        if text is not None:
            opening += f' {key}="{attribute(text)}"'
    inner = "".join(parts)
    return Markup(f"<{opening}>{inner}</{name}>" if inner else f"<{opening}/>")


def opening_tag(name: str, namespaces: Mapping[str, str], schema_locations: Mapping[str, str]) -> str:
    """Return the start tag of a root element with its xsi:schemaLocation.

    Args:
        namespaces: by prefix; the empty prefix is the default namespace. xsi is added.
        schema_locations: the schema of each namespace.
    """
    declared = {**namespaces, "xsi": XSI}
    bindings = "".join(f' xmlns{":" if prefix else ""}{prefix}="{attribute(uri)}"' for prefix, uri in declared.items())
    return f'<{name}{bindings} xsi:schemaLocation="{_locations(schema_locations)}">'


def content(text: str) -> str:
    """Return a text as the content of an element."""
    # What is printable is none of the characters that XML forbids or changes; most values are.
    return escape(text) if text.isprintable() else escape(xml_text(text), _IN_CONTENT)


def attribute(text: str) -> str:
    """Return a text as the value of an attribute, to stand between double quotes."""
    if text.isprintable():
        return escape(text).replace('"', "&quot;")
    return escape(xml_text(text), _IN_ATTRIBUTE)


def _locations(schemas: Mapping[str, str]) -> str:
    return attribute(" ".join(f"{namespace} {schema}" for namespace, schema in schemas.items()))


# A parser would make a line end of the first, and spaces of the others (XML 1.0, sections 2.11 and 3.3.3).
_IN_CONTENT = {"\r": "&#13;"}
_IN_ATTRIBUTE = {"\r": "&#13;", "\n": "&#10;", "\t": "&#9;", '"': "&quot;"}
