"""The encoding of an XML document, found the way XML 1.0 says (https://www.w3.org/TR/xml/#sec-guessing), made UTF-8.

Every parser behind the gate gets UTF-8, so that no two of them can read different documents out of the same bytes.
"""

from __future__ import annotations

import codecs
import re

from node.errors import SyntaxRefused


def utf8(data: bytes) -> bytes:
    """Return an XML document as UTF-8 without a byte order mark; bytes that are UTF-8 already are not looked at.

    Raises:
        SyntaxRefused: the declared encoding is unknown, or the bytes are not in it.
    """
    for mark, encoding in _MARKS:
        if data.startswith(mark):
            return data[len(mark) :] if encoding == "utf-8" else _transcoded(data[len(mark) :], encoding)
    for start, encoding in _STARTS:
        if data.startswith(start):
            return _transcoded(data, encoding)
    declared = _DECLARED.match(data)
    if declared is None:
        return data
    encoding = declared[2].decode("ascii").lower()
    # libxml2 and expat take a document in ASCII for one in UTF-8 too: its bytes are the same.
    if encoding in ("utf-8", "utf8", "us-ascii", "ascii"):
        return data
    return _transcoded(data, encoding)


# The longer marks first: that of UTF-32LE begins with that of UTF-16LE.
_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_STARTS = (
    (b"<\0\0\0", "utf-32-le"),
    (b"\0\0\0<", "utf-32-be"),
    (b"<\0", "utf-16-le"),
    (b"\0<", "utf-16-be"),
)
_DECLARED = re.compile(rb"""(<\?xml\s[^>]{0,200}?)\sencoding\s*=\s*["']([A-Za-z][A-Za-z0-9._-]{0,39})["']""")
_DECLARED_TEXT = re.compile(r"""(<\?xml\s[^>]{0,200}?)\sencoding\s*=\s*["'][^"'>]{0,40}["']""")
# Python calls these text encodings, but they are escapes that mean markup where a reader sees none.
_NO_ENCODINGS = frozenset({"utf-7", "unicode-escape", "raw-unicode-escape", "idna", "punycode", "undefined"})


def _transcoded(data: bytes, encoding: str) -> bytes:
    try:
        name = codecs.lookup(encoding).name
        if name.replace("_", "-") in _NO_ENCODINGS:
            raise LookupError(encoding)
        text = _DECLARED_TEXT.sub(r"\1", data.decode(encoding), count=1)
        return text.encode("utf-8")
    except LookupError as error:
        raise SyntaxRefused(f"line 1, column 1: the encoding “{encoding}” is not known") from error
    except UnicodeError as error:
        raise SyntaxRefused(f"the document is not in the encoding it declares: {error}") from error
