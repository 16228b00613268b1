"""A query in the words that Virtuoso 7 understands, of SPARQL 1.1 alone.

Virtuoso knows more than SPARQL: `bif:http_get(...)` in a query makes it send requests, other functions read files and
settings, for whoever asks. So a query is not passed on as it came: it is read token by token (SPARQL 1.1 Query, section
19.8, https://www.w3.org/TR/sparql11-query/#sparqlGrammar), what is no token of SPARQL is refused, and the text is
written anew: full IRIs in the place of prefixed names, no comments, strings in one spelling. On the way it gets what
Virtuoso needs and SPARQL does not: a separator for GROUP_CONCAT, no FROM beside the dataset of the request.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass
from typing import NamedTuple, NoReturn

from node.errors import QueryRefused
from node.storage.graphs.services import NO_GRAPH
from node.storage.graphs.virtuoso_terms import held_datatype, held_iri
from node.syntax.sparql import TERMINALS, resolved

_XSD = "http://www.w3.org/2001/XMLSchema#"
_CASTS = {_XSD + name for name in ("boolean", "double", "float", "decimal", "integer", "dateTime", "date", "string")}
_DURATIONS = {_XSD + name for name in ("duration", "dayTimeDuration", "yearMonthDuration")}
_KEYWORDS = """
    SELECT DISTINCT REDUCED AS CONSTRUCT DESCRIBE ASK FROM NAMED WHERE GROUP BY HAVING ORDER ASC DESC LIMIT OFFSET
    VALUES OPTIONAL GRAPH UNION FILTER BIND MINUS UNDEF IN NOT EXISTS A TRUE FALSE COUNT SUM MIN MAX AVG SAMPLE
    GROUP_CONCAT SEPARATOR STR LANG LANGMATCHES DATATYPE BOUND IRI URI BNODE RAND ABS CEIL FLOOR ROUND CONCAT STRLEN
    UCASE LCASE ENCODE_FOR_URI CONTAINS STRSTARTS STRENDS STRBEFORE STRAFTER YEAR MONTH DAY HOURS MINUTES SECONDS
    TIMEZONE TZ NOW UUID STRUUID MD5 SHA1 SHA256 SHA384 SHA512 COALESCE IF STRLANG STRDT SAMETERM ISIRI ISURI ISBLANK
    ISLITERAL ISNUMERIC REGEX SUBSTR REPLACE
"""
_WORDS = frozenset(_KEYWORDS.split())
_TOKEN = re.compile(
    TERMINALS
    + r"""
    | (?P<bnode>_:\w(?:[\w.-]*[\w-])?)
    | (?P<pname>(?P<prefix>(?:[^\W\d_](?:[\w.-]{0,200}[\w-])?)?):
                (?P<local>(?:(?:[\w:-]|%[0-9A-Fa-f]{2}|\\[_~.\-!$&'()*+,;=/?\#@%])
                             (?:\.*(?:[\w:-]|%[0-9A-Fa-f]{2}|\\[_~.\-!$&'()*+,;=/?\#@%]))*)?))
    | (?P<number>\d++\.\d*+[eE][+-]?\d++ | \d*+\.\d++(?:[eE][+-]?\d++)? | \d++(?:[eE][+-]?\d++)?)
    | (?P<word>[A-Za-z][A-Za-z0-9_]*+)
    | (?P<mark>\^\^|&&|\|\||!=|<=|>=|[{}()\[\].,;=!<>+\-*/|^?])
    """,
    re.VERBOSE | re.DOTALL,
)
_ESCAPE = re.compile(r"""\\(?:u([0-9A-Fa-f]{4})|U([0-9A-Fa-f]{8})|(.))""", re.DOTALL)
_SINGLE = {"t": "\t", "n": "\n", "r": "\r", "b": "\b", "f": "\f", '"': '"', "'": "'", "\\": "\\"}
_ABSOLUTE = re.compile(r"""[A-Za-z][A-Za-z0-9+.-]*:[^\x00-\x20<>"{}|^`\\]*""")
_SELECTING = ("SELECT", "DISTINCT", "REDUCED")
_PAIRS = {")": "(", "]": "[", "}": "{"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Worded:
    """A query for Virtuoso.

    Attributes:
        text: without prologue, FROM, comments.
        form: SELECT, ASK, CONSTRUCT or DESCRIBE.
        graphs: that GRAPH names; empty where GRAPH has a variable too, or there is none.
    """

    text: str
    form: str
    graphs: tuple[str, ...]


def worded(text: str, system: Collection[str]) -> Worded:
    """Return a query that says to Virtuoso what it says by SPARQL 1.1.

    Args:
        text: a query that the protocol layer admitted, or one of our own.
        system: Virtuoso's own graphs: a query that names one is answered as if it were not there.

    Raises:
        QueryRefused: not made of SPARQL's tokens, or it asks for what Virtuoso does not have.
    """
    return _Wording(text, system).words()


class _Token(NamedTuple):
    kind: str
    text: str
    match: re.Match[str]
    gap: str

    def says(self, *keywords: str) -> bool:
        return self.kind == "word" and self.text.upper() in keywords


_NOTHING = _Token("", "", _TOKEN.match(" "), "")  # type: ignore[arg-type]


class _Wording:
    def __init__(self, text: str, system: Collection[str]) -> None:
        self._source = text
        self._system = system
        self._prefixes: dict[str, str] = {}
        self._base = ""
        self._open: list[str] = []
        self._separated: dict[int, bool] = {}
        self._graphs: dict[str, None] = {}
        self._tokens = self._read()
        kinds = {self._at(at + 1).kind for at, token in enumerate(self._tokens) if token.says("GRAPH")}
        self._mixed = "var" in kinds and len(kinds) > 1

    def _read(self) -> list[_Token]:
        tokens, position, gap = list[_Token](), 0, ""
        while position < len(self._source):
            match = _TOKEN.match(self._source, position)
            if match is None:
                self._refuse(position)
            if match.lastgroup in ("space", "comment"):
                gap += match.group()
            else:
                tokens.append(_Token(match.lastgroup or "", match.group(), match, gap))
                gap = ""
            position = match.end()
        return tokens

    def words(self) -> Worded:
        place = self._prologue()
        form, out, skipped = self._at(place).text.upper(), list[str](), -1
        for at in range(place, len(self._tokens)):
            token = self._tokens[at]
            # Lines are kept: an error is in the line that it names.
            lines = "\n" * token.gap.count("\n")
            out.append(lines if token.kind == "lang" or token.text == "?" else f"{lines} ")
            if token.says("FROM") and not self._open:
                skipped = at + 1 + self._at(at + 1).says("NAMED")
            elif at > skipped:
                out.append(self._word(at))
        return Worded(text="".join(out).strip(" "), form=form, graphs=tuple(self._graphs))

    def _at(self, index: int) -> _Token:
        return self._tokens[index] if 0 <= index < len(self._tokens) else _NOTHING

    def _prologue(self) -> int:
        place = 0
        while True:
            keyword, one, two = (self._at(place + step) for step in range(3))
            if keyword.says("BASE") and one.kind == "iri":
                self._base = self._name(one)
                place += 2
            elif keyword.says("PREFIX") and one.kind == "pname" and one.text.endswith(":") and two.kind == "iri":
                self._prefixes[one.text[:-1]] = self._name(two)
                place += 3
            else:
                return place

    def _word(self, at: int) -> str:
        token, before = self._tokens[at], self._at(at - 1)
        if token.kind == "word" and token.text.upper() not in _WORDS:
            self._refuse(token.match.start())
        if token.kind == "string":
            return self._string(at)
        if token.says("GRAPH"):
            return self._graph(at)
        if token.kind in ("iri", "pname"):
            # What GRAPH and a literal's datatype name is written with them.
            return "" if before.text == "^^" or before.says("GRAPH") else self._iri(at)
        if token.kind == "mark":
            return self._mark(token, before)
        return token.text

    def _iri(self, at: int) -> str:
        before, name = self._at(at - 1), self._name(self._tokens[at])
        # Elsewhere an IRI with a bracket behind it is a property whose value is a list.
        called = self._at(at + 1).text == "(" and (
            self._open[-1:] not in (["{"], ["["]) or before.says("FILTER", "HAVING", "BY")
        )
        if re.match(r"(?:bif|sql):", name, re.IGNORECASE) or (called and name not in _CASTS):
            raise QueryRefused(f"the graph store of this node has no function {name[:100]}")
        return f"<{held_iri(name)}>"

    def _graph(self, at: int) -> str:
        """Write GRAPH and what it names: where graphs are left out, Virtuoso finds no other by name but those declared.

        Where a query asks for any graph too, none can be declared, and the name is a variable's only value.
        """
        if self._at(at + 1).kind not in ("iri", "pname"):
            return "GRAPH"
        name = self._name(self._tokens[at + 1])
        written = held_iri(NO_GRAPH if name in self._system else name)
        if not self._mixed:
            self._graphs[written] = None
            return f"GRAPH <{written}>"
        if any(each.text == "*" and self._at(place).says(*_SELECTING) for place, each in enumerate(self._tokens[1:])):
            raise QueryRefused("the graph store of this node needs the variables by name, in the place of SELECT *")
        return f"VALUES ?graph_named_{at} {{ <{written}> }} GRAPH ?graph_named_{at}"

    def _string(self, at: int) -> str:
        token = self._tokens[at]
        quotes = 3 if token.text[:3] in ('"' * 3, "'" * 3) else 1
        value = self._unescaped(token.text[quotes:-quotes], token.match.start())
        written = "".join(_escaped(character) for character in value)
        lines = "\n" * token.text.count("\n")
        if self._at(at + 1).text != "^^":
            return f'"{written}"{lines}'
        datatype = self._at(at + 2)
        if datatype.kind not in ("iri", "pname"):
            self._refuse(self._tokens[at + 1].match.start())
        name = self._name(datatype)
        if self._at(at - 1).text in ("+", "-") and name in _DURATIONS:
            # Virtuoso would take it for a number and be wrong without a word. It is no part of SPARQL 1.1.
            raise QueryRefused("the graph store of this node does not reckon with durations")
        return f'"{written}"^^<{held_datatype(value, name)}>{lines}'

    def _mark(self, token: _Token, before: _Token) -> str:
        mark, depth = token.text, len(self._open)
        if mark in ("(", "[", "{"):
            self._open.append(mark)
            if before.says("GROUP_CONCAT"):
                self._separated[depth + 1] = False
        elif mark in _PAIRS:
            if self._open[-1:] != [_PAIRS[mark]]:
                self._refuse(token.match.start())
            self._open.pop()
            return mark if self._separated.pop(depth, True) else ' ; SEPARATOR=" ")'
        elif mark == ";" and depth in self._separated:
            self._separated[depth] = True
        elif mark == "^^":
            if before.kind != "string":
                self._refuse(token.match.start())
            return ""  # written with its literal
        elif mark == "?" and before.kind not in ("iri", "pname") and before.text not in ("a", ")"):
            self._refuse(token.match.end())  # a variable without a name
        return mark

    def _name(self, token: _Token) -> str:
        """Return the absolute IRI that a token names."""
        start = token.match.start()
        if token.kind == "iri":
            name = resolved(self._base, self._unescaped(token.text[1:-1], start))
        else:
            prefix, local = token.match.group("prefix", "local")
            if prefix not in self._prefixes:
                self._refuse(start)
            name = self._prefixes[prefix] + re.sub(r"\\(.)", r"\1", local)
        if not _ABSOLUTE.fullmatch(name):
            self._refuse(start)
        return name

    def _unescaped(self, text: str, start: int) -> str:
        def character(match: re.Match[str]) -> str:
            code, single = match.group(1) or match.group(2), match.group(3)
            number = int(code, 16) if code else 0
            if (code is None and single not in _SINGLE) or number > 0x10FFFF or 0xD800 <= number <= 0xDFFF:
                self._refuse(start)
            return chr(number) if code else _SINGLE[single]

        return _ESCAPE.sub(character, text)

    def _refuse(self, position: int) -> NoReturn:
        line, column = self._source.count("\n", 0, position) + 1, position - self._source.rfind("\n", 0, position)
        raise QueryRefused(f"error at {line}:{column}: not SPARQL 1.1")


def _escaped(character: str) -> str:
    if character in '"\\':
        return "\\" + character
    return f"\\u{ord(character):04X}" if character < " " or character == "\x7f" else character
