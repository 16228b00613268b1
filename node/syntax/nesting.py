"""How deep a document of Turtle, TriG, N-Triples or N-Quads nests, found before its parser sees it.

The parser keeps a stack that grows with each bracket that opens, and lets go of triple terms (`<<(`, RDF 1.2) by
recursion: a document of 600 KB would end the process. Tokens: https://www.w3.org/TR/turtle/#sec-grammar-grammar. Where
a document breaks that grammar, the parser stops, so that what this scan makes of the rest does not matter.
"""

from __future__ import annotations

import re

from node.errors import SyntaxRefused

MAX_BRACKETS = 100_000
MAX_TRIPLE_TERMS = 16


def refuse_deep(data: bytes) -> None:
    """Refuse a document whose brackets nest deeper than 100,000, or whose triple terms nest deeper than 16.

    Raises:
        SyntaxRefused: with the line.
    """
    if data.count(b"<<") <= MAX_TRIPLE_TERMS and data.count(b"[") + data.count(b"(") <= MAX_BRACKETS:
        return
    brackets = terms = 0
    for match in _BRACKET.finditer(data):
        sign = match[1]
        if sign in (b"[", b"("):
            brackets += 1
        elif sign in (b"]", b")"):
            brackets -= 1
        elif sign:
            terms += 1 if sign == b"<<" else -1
        if brackets > MAX_BRACKETS or terms > MAX_TRIPLE_TERMS:
            line = data.count(b"\n", 0, match.start(1)) + 1
            raise SyntaxRefused(f"line {line}: the document nests too deep")


# One match a bracket, and one at the end, where it is empty: everything between is passed over at once, and what cannot
# be passed over as a token is as a sign, so that no byte is looked at twice.
_BRACKET = re.compile(
    rb"""(?:
        [^\[\]()<>"'#\\]++
      | \\.
      | <(?!<)[^>\n]*+>?
      | >(?!>)
      | \#[^\n\r]*+
      | \"""(?:[^"\\]++|\\.|"(?!""))*+(?:\""")?
      | '''(?:[^'\\]++|\\.|'(?!''))*+(?:''')?
      | "(?!"")(?:[^"\\\n\r]++|\\.)*+"?
      | '(?!'')(?:[^'\\\n\r]++|\\.)*+'?
      | [^\[\]()<>]
    )*+
    ([\[\]()]|<<|>>|\Z)""",
    re.DOTALL | re.VERBOSE,
)
