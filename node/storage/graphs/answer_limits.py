"""What an answer on its way is held to: counting its rows in the bytes, and keeping XML well-formed.

Counts are read off the serialised answer, so that they cost no time per row and serve any engine.
"""

from __future__ import annotations

import re
from functools import lru_cache

_REACH = 64  # longest text a row boundary spans, so that one cut in two by a chunk is still seen

# A quote inside a JSON string is always escaped, so `{"` followed by a name is a row's first binding and nothing else.
_JSON_ROW = re.compile(rb'[\[,]\s*\{\s*"[^",}\]:]+"\s*:\s*\{')
_ROWS = {
    "application/sparql-results+json": _JSON_ROW,
    "application/sparql-results+xml": re.compile(rb"<(?:\w+:)?result(?=[\s/>])"),
    "text/tab-separated-values": re.compile(rb"\n"),
    "application/n-triples": re.compile(rb"\n"),
}
_XML = {"application/sparql-results+xml", "application/rdf+xml"}
# Not characters of XML 1.0 (section 2.2), not even as references.
_NOT_XML = re.compile(rb"[\x00-\x08\x0b\x0c\x0e-\x1f]|\xef\xbf[\xbe\xbf]")
_STARTS_NAME = (
    r"A-Z_a-z\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u02ff\u0370-\u037d\u037f-\u1fff\u200c\u200d\u2070-\u218f"
    r"\u2c00-\u2fef\u3001-\ud7ff\uf900-\ufdcf\ufdf0-\ufffd\U00010000-\U000effff"
)
_NAME = re.compile(f"[{_STARTS_NAME}][{_STARTS_NAME}\\-.0-9\u00b7\u0300-\u036f\u203f-\u2040]*$")
_RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
# RDF 1.1 XML Syntax, section 7.2.5: names that are no properties there.
_NO_PROPERTIES = {
    _RDF + name
    for name in (
        *("Description", "RDF", "ID", "about", "parseType", "resource", "nodeID", "datatype", "li"),
        *("aboutEach", "aboutEachPrefix", "bagID"),
    )
}
_REPLACEMENT = "\N{REPLACEMENT CHARACTER}".encode()
# Left as it is, every parser reads a carriage return as a line feed (XML 1.0, section 2.11).
_CARRIAGE_RETURN = b"&#13;"


@lru_cache(maxsize=4096)
def has_xml_name(predicate: str) -> bool:
    """Return whether an element can be named after a property (RDF 1.1 XML Syntax, section 7.2.14).

    Beyond ASCII it has to be of letters, and of those below U+FFFF: many parsers keep to earlier editions of XML 1.0.
    """
    if predicate in _NO_PROPERTIES or predicate.startswith("http://www.w3.org/2000/xmlns/"):
        return False
    found = _NAME.search(predicate)
    if found is None or found.group().isascii():
        return found is not None
    return max(found.group()) <= "\uffff" and re.sub("[-.\u00b7]", "_", found.group()).isidentifier()


class RowCount:
    """Lines, rows or triples seen so far in the bytes of an answer; the header of CSV and TSV is a line.

    JSON rows that bind nothing are not counted, nor is what a format does not tell from its bytes (Turtle, RDF/XML,
    JSON-LD): the bound on bytes is the only one there.
    """

    def __init__(self, media_type: str) -> None:
        self.rows = 0
        self._media_type = media_type
        self._pattern = _ROWS.get(media_type)
        self._tail = b""
        self._quoted = False

    def add(self, data: bytes) -> int:
        """Count the rows that begin in the next bytes; return all so far."""
        if self._media_type == "text/csv":
            self.rows += self._csv_lines(data)
        elif self._pattern is not None:
            window = self._tail + data
            # What began within the tail was counted with the bytes before, unless it had not ended there.
            last = 0
            for match in self._pattern.finditer(window):
                self.rows += 1
                last = match.end()
            self._tail = window[max(last, len(window) - _REACH) :]
        return self.rows

    def _csv_lines(self, data: bytes) -> int:
        """Count line ends outside quotes (RFC 4180, section 2): every second part between quotes is inside."""
        lines = 0
        for index, part in enumerate(data.split(b'"')):
            if index:
                self._quoted = not self._quoted
            if not self._quoted:
                lines += part.count(b"\n")
        return lines


class XmlScrub:
    """Replaces what XML 1.0 cannot hold by U+FFFD, and carriage returns by references; a no-op for other formats.

    Args:
        media_type: of the answer.
        indented: white space between elements may be carriage returns, which then stay as they are everywhere.
    """

    def __init__(self, media_type: str, *, indented: bool = False) -> None:
        self._applies = media_type in _XML
        self._indented = indented
        self._tail = b""

    def add(self, data: bytes) -> bytes:
        """Return the bytes that can be passed on now."""
        if not self._applies:
            return data
        data = self._tail + data
        keep = next((size for size in (2, 1) if b"\xef\xbf"[:size] == data[-size:]), 0)
        self._tail = data[len(data) - keep :]
        clean = _NOT_XML.sub(_REPLACEMENT, data[: len(data) - keep])
        return clean if self._indented else clean.replace(b"\r", _CARRIAGE_RETURN)

    def finish(self) -> bytes:
        """Return what was held back."""
        tail, self._tail = self._tail, b""
        return tail
