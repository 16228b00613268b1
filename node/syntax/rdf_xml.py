"""The gate in front of the parser of RDF/XML (https://www.w3.org/TR/rdf-syntax-grammar/).

That parser knows entities, takes time that grows with the square of depth, attributes and namespaces, and writes every
namespace in scope on each element of an XML literal: 200 KB of document can become 100 MB of text.
"""

from __future__ import annotations

from collections.abc import Mapping

from node.errors import SyntaxRefused, TooLarge
from node.syntax.encoding import utf8
from node.syntax.xml import MAX_BYTES, MOST_ATTRIBUTES, expat_parser, position, run

MAX_DEPTH = 256
MAX_NAMESPACES = 256


def refuse_doctype(data: bytes) -> None:
    """Refuse a document that the parser must not see.

    That is one that is not well-formed, holds a DOCTYPE, nests deeper than 256 elements, has an element of more than
    1000 attributes, or more than 256 namespaces in scope at once.

    Raises:
        Truncated: it ends too early.
        TooLarge: its XML literals would have more than 64 MiB.
        SyntaxRefused: with line and column.
    """
    scanned(data)


def scanned(data: bytes) -> bytes:
    """Return a document that passes `refuse_doctype`, as UTF-8: what another parser may read."""
    data = utf8(data)
    _Gate().read(data)
    return data


class _Gate:
    """Follows the elements of one document."""

    def __init__(self) -> None:
        self._depth = 0
        self._scope: list[tuple[str, int]] = []
        self._literal_at = 0
        self._literal_size = 0
        self._parser = parser = expat_parser()
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.StartNamespaceDeclHandler = self._declared
        parser.EndNamespaceDeclHandler = self._undeclared

    def read(self, data: bytes) -> None:
        run(self._parser, data)

    def _start(self, _name: str, attributes: Mapping[str, str]) -> None:
        self._depth += 1
        if self._depth > MAX_DEPTH:
            self._refuse(f"elements nest deeper than {MAX_DEPTH}")
        if len(attributes) > MOST_ATTRIBUTES:
            self._refuse(f"an element has {len(attributes)} attributes")
        if self._literal_at:
            if self._depth == self._literal_at + 1:
                self._literal_size += sum(size for _, size in self._scope)
                if self._literal_size > MAX_BYTES:
                    raise TooLarge(
                        f"{position(self._parser)}: XML literals of more than {MAX_BYTES} bytes, namespaces included",
                        advice="Ask the source to declare fewer namespaces around its XML literals.",
                    )
        elif attributes.get(_PARSE_TYPE, "Resource") not in _NO_LITERAL:
            # Any other parse type is read as Literal (RDF/XML, section 7.2.20).
            self._literal_at = self._depth

    def _end(self, _name: str) -> None:
        if self._depth == self._literal_at:
            self._literal_at = 0
        self._depth -= 1

    def _declared(self, prefix: str | None, uri: str | None) -> None:
        self._scope.append((prefix or "", len(prefix or "") + len(uri or "") + len(' xmlns:=""')))
        if len(self._scope) > MAX_NAMESPACES:
            self._refuse(f"more than {MAX_NAMESPACES} namespaces are in scope")

    def _undeclared(self, _prefix: str | None) -> None:
        self._scope.pop()

    def _refuse(self, why: str) -> None:
        raise SyntaxRefused(f"{position(self._parser)}: {why}")


_PARSE_TYPE = "http://www.w3.org/1999/02/22-rdf-syntax-ns# parseType"
_NO_LITERAL = ("Resource", "Collection", "Triple")
