"""How places are written: an XPath in XML, a JSON Pointer in JSON, a property path in Turtle.

Specifications: XPath 1.0 (https://www.w3.org/TR/1999/REC-xpath-19991116/), abbreviated and with local names, for a
person reads them and prefixes differ from document to document; JSON Pointer (RFC 6901); SPARQL 1.1 property paths
(https://www.w3.org/TR/sparql11-query/#propertypaths), which also name a property that a format has no element for.
"""

from __future__ import annotations

from collections.abc import Iterable

from node.namespaces import PREFIXES

WHOLE = "the document"
"""In place of a path: no part of it in particular."""


def member(pointer: str, name: str) -> str:
    """Return the JSON Pointer of a member or an item of what is at another one."""
    return f"{pointer}/{name.replace('~', '~0').replace('/', '~1')}"


def told_apart(local: str, attribute: str, value: str) -> str:
    """Return the step to elements of a name that have an attribute of this value."""
    return f"{local}[@{attribute}={_quoted(value)}]"


def holding(step: str, text: str) -> str:
    """Return the step to elements that hold a text, or have an attribute of this value, somewhere."""
    return f"{step}[(.//text()|.//@*)={_quoted(text)}]"


def local_name(iri: str) -> str:
    """Return the last part of an IRI, which an element of RDF/XML is called by."""
    return iri.rstrip("/#").replace("#", "/").rpartition("/")[2]


def property_path(chain: Iterable[str]) -> str:
    """Return properties that are followed one after the other, with the prefixes that the node uses."""
    return "/".join(map(curie, chain))


def curie(iri: str) -> str:
    """Return an IRI with its usual prefix, or as it is where it has none."""
    for prefix, namespace in PREFIXES.items():
        if iri.startswith(namespace):
            return f"{prefix}:{iri.removeprefix(namespace)}"
    return iri


def _quoted(text: str) -> str:
    # XPath 1.0 has no escape: who holds both kinds of quotes cannot be said.
    return f'"{text}"' if "'" in text else f"'{text}'"
