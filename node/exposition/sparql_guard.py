"""What is read off a query before any engine sees it: its form, its dataset, and what the endpoint does not evaluate.

Tokens follow the terminals of SPARQL 1.1 Query, section 19.8 (https://www.w3.org/TR/sparql11-query/#sparqlGrammar).
Whether the query is SPARQL at all is the engine's to say. The guard gives people a clear answer; that no query reaches
the network is held by the query process itself. A SERVICE that the operator allows is cut out here, and answered before
the engine sees the rest (`sparql_services`).
"""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass
from typing import Literal, NamedTuple, cast, get_args

from node.errors import QueryRefused
from node.syntax.sparql import TERMINALS, resolved

Form = Literal["SELECT", "ASK", "CONSTRUCT", "DESCRIBE"]

MAX_DEPTH = 200
MAX_TOKENS = 200_000
MAX_IRIS = 4 * 2**20  # characters of those of prologue and dataset, in full: a short query can name very long ones

_UPDATES = frozenset(("INSERT", "DELETE", "LOAD", "CLEAR", "DROP", "CREATE", "ADD", "MOVE", "COPY", "WITH"))
_VOLATILE = frozenset(("NOW", "RAND", "UUID", "STRUUID", "BNODE"))
_READ_ONLY = "this endpoint is read-only: it evaluates SELECT, ASK, CONSTRUCT and DESCRIBE"
_NO_SERVICE = "SERVICE is evaluated only for endpoints that this node allows, each named by its full IRI"

_TOKEN = re.compile(
    TERMINALS
    + r"""
    | (?P<bnode>_:\w[\w.-]*+)
    | (?P<pname>(?P<prefix>(?:[^\W\d_][\w.-]{0,200}+)?):
                (?P<local>(?:[\w:.-]|%[0-9A-Fa-f]{2}|\\[_~.\-!$&'()*+,;=/?\#@%])*+))
    | (?P<word>[^\W\d][\w-]*+)
    | (?P<number>\d++)
    | (?P<other>.)
    """,
    re.VERBOSE | re.DOTALL,
)
_ESCAPE = re.compile(r"\\u([0-9A-Fa-f]{4})|\\U([0-9A-Fa-f]{8})")
_SERVICE_ANYWHERE = re.compile(
    r"(?<![?$:/#\w.-])(?:true|false|[\d.e])*+service\s*+(?:silent\s*+)?(?:#[^\n]*+\s*+)*+[<?$\w:]", re.IGNORECASE
)
_OPERANDS = frozenset(("iri", "string", "var", "lang", "pname", "number", "bnode"))


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceClause:
    """A SERVICE clause (SPARQL 1.1 Federated Query, section 2) that is allowed.

    Attributes:
        start, end: where it stands in the query, from its keyword to behind its closing brace.
        endpoint, silent: its absolute IRI, and that a failure is one solution without bindings.
        pattern: its group graph pattern, braces included.
    """

    start: int
    end: int
    endpoint: str
    silent: bool
    pattern: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AdmittedQuery:
    """A query that may be evaluated.

    Attributes:
        text, form: as sent, and what kind of answer it has.
        dataset, default_graphs, named_graphs: it has FROM or FROM NAMED, and the graphs these name, absolute.
        volatile: two evaluations over the same data may differ (NOW, RAND, SERVICE ...).
        undeclared: prefixes it uses without declaring them.
        prologue: its BASE and PREFIX declarations, as written.
        services: its SERVICE clauses, in their order.
    """

    text: str
    form: Form
    dataset: bool
    default_graphs: tuple[str, ...]
    named_graphs: tuple[str, ...]
    volatile: bool
    undeclared: tuple[str, ...]
    prologue: str
    services: tuple[ServiceClause, ...] = ()


def admit(text: str, services: Collection[str] = ()) -> AdmittedQuery:
    """Return the query, read as far as the endpoint has to.

    Args:
        services: endpoints that SERVICE may name.

    Raises:
        QueryRefused: an update, no query form, nested too deep or unclosed (status 400), SERVICE (403), too long (413).
    """
    if "\x00" in text:
        raise QueryRefused("the query holds a NUL character; send it as UTF-8")
    tokens = _tokens(text)
    clauses = _services(tokens, text, services)
    # Some engines resolve escapes before they read anything (SPARQL 1.1 Query, section 19.2): what would be a SERVICE
    # then is refused too.
    resolved = _ESCAPE.sub(_unescape, text)
    if resolved != text:
        _services(_tokens(resolved), resolved, services)
    return _Reader(text, tokens, clauses).read()


class _Token(NamedTuple):
    kind: str
    text: str
    match: re.Match[str]


def _tokens(text: str) -> list[_Token]:
    tokens: list[_Token] = []
    for match in _TOKEN.finditer(text):
        kind = match.lastgroup or "other"
        if kind in ("space", "comment"):
            continue
        tokens.append(_Token(kind, match.group(), match))
        if len(tokens) > MAX_TOKENS:
            raise QueryRefused(f"the query has more than {MAX_TOKENS} tokens", status=413)
        if kind == "other" and tokens[-1].text in ('"', "'"):
            break  # a string that is not closed: what follows can be read in no way, and the query is refused
    return tokens


def _services(tokens: list[_Token], text: str, allowed: Collection[str]) -> tuple[ServiceClause, ...]:
    """Return the SERVICE clauses that are allowed; refuse the query where there is another."""
    found: list[ServiceClause] = []
    stack: list[str] = []
    before: _Token | None = None
    last: _Token | None = None
    ambiguous = False
    for index, token in enumerate(tokens):
        # Engines that read keywords without looking for their end take `trueSERVICE<...>` and `SERVICE:x` too.
        if token.kind == "word" and "SERVICE" in token.text.upper():
            clause = _clause(tokens, index, text) if token.text.upper() == "SERVICE" else None
            # One within another would make the other endpoint ask a third.
            if clause is None or clause.endpoint not in allowed or (found and clause.start < found[-1].end):
                raise QueryRefused(_NO_SERVICE, status=403)
            found.append(clause)
        if token.text == "{" and last is not None and last.kind == "pname" and not _is(before, "GRAPH"):
            prefix = last.match.group("prefix").upper()
            if "SERVICE" in prefix or "SILENT" in prefix:
                raise QueryRefused(_NO_SERVICE, status=403)
        if token.text in ("(", "[", "{"):
            stack.append(token.text)
        elif token.text in (")", "]", "}") and stack:
            stack.pop()
        # `?a <b#c>` in an expression may also be read as `?a < b` and a comment, which then could hide anything.
        if token.kind == "iri" and "#" in token.text and stack[-1:] == ["("] and last and last.kind in _OPERANDS:
            ambiguous = True
        before, last = last, token
    if ambiguous and _SERVICE_ANYWHERE.search(text):
        raise QueryRefused(_NO_SERVICE, status=403)
    return tuple(found)


def _clause(tokens: list[_Token], index: int, text: str) -> ServiceClause | None:
    """Read the clause whose keyword is at `index`; `None` where it is not one with a full IRI and closed braces."""
    silent = index + 1 < len(tokens) and _is(tokens[index + 1], "SILENT")
    first = index + 2 + silent
    if first >= len(tokens) or tokens[first - 1].kind != "iri" or tokens[first].text != "{":
        return None
    depth = 0
    for position in range(first, len(tokens)):  # not a slice: the query may have thousands of clauses
        depth += {"{": 1, "}": -1}.get(tokens[position].text, 0)
        if depth == 0:
            return ServiceClause(
                start=tokens[index].match.start(),
                end=tokens[position].match.end(),
                endpoint=tokens[first - 1].text[1:-1],
                silent=silent,
                pattern=text[tokens[first].match.start() : tokens[position].match.end()],
            )
    return None


def _is(token: _Token | None, keyword: str) -> bool:
    return token is not None and token.kind == "word" and token.text.upper() == keyword


class _Reader:
    """Reads prologue, form and dataset clauses, and the rest for its nesting."""

    def __init__(self, text: str, tokens: list[_Token], services: tuple[ServiceClause, ...]) -> None:
        self._services = services
        self._text = text
        self._tokens = tokens
        self._prefixes: dict[str, str] = {}
        self._base = ""
        self._iris = 0
        self._default: list[str] = []
        self._named: list[str] = []

    def read(self) -> AdmittedQuery:
        position = self._prologue()
        form = self._form(position)
        depth = 0
        volatile = False
        undeclared: dict[str, None] = {}
        for index in range(position + 1, len(self._tokens)):
            token = self._tokens[index]
            if token.text in ("{", "(", "["):
                depth += 1
                if depth > MAX_DEPTH:
                    raise QueryRefused(f"brackets are nested deeper than {MAX_DEPTH} levels{self._at(token)}")
            elif token.text in ("}", ")", "]"):
                depth -= 1
            elif token.kind == "word":
                volatile = volatile or token.text.upper() in _VOLATILE
                if depth == 0 and token.text.upper() == "FROM":
                    self._dataset_clause(index + 1)
            elif token.kind == "pname" and token.match.group("prefix") not in self._prefixes:
                undeclared[token.match.group("prefix")] = None
            elif token.text in ('"', "'"):
                raise QueryRefused(f"a string is not closed{self._at(token)}")
        return AdmittedQuery(
            text=self._text,
            form=form,
            dataset=bool(self._default or self._named),
            default_graphs=tuple(dict.fromkeys(self._default)),
            named_graphs=tuple(dict.fromkeys(self._named)),
            volatile=volatile or bool(self._services),
            undeclared=tuple(undeclared),
            prologue=self._text[: self._tokens[position].match.start()],
            services=self._services,
        )

    def _prologue(self) -> int:
        """Read BASE and PREFIX declarations; return where the query form is."""
        position = 0
        while position < len(self._tokens):
            keyword = self._tokens[position]
            following = self._tokens[position + 1 : position + 3]
            if _is(keyword, "BASE") and following and following[0].kind == "iri":
                self._base = self._resolve(following[0].text)
                position += 2
            elif _is(keyword, "PREFIX") and len(following) == 2 and following[1].kind == "iri":
                self._prefixes[following[0].text.removesuffix(":")] = self._resolve(following[1].text)
                position += 3
            else:
                break
        return position

    def _form(self, position: int) -> Form:
        if position >= len(self._tokens):
            raise QueryRefused("the query is empty")
        token = self._tokens[position]
        keyword = token.text.upper() if token.kind == "word" else ""
        if keyword in _UPDATES:
            raise QueryRefused(f"{keyword} is an update; {_READ_ONLY}")
        if keyword in get_args(Form):
            return cast(Form, keyword)
        raise QueryRefused(f"no query form{self._at(token)}; {_READ_ONLY}")

    def _dataset_clause(self, position: int) -> None:
        named = position < len(self._tokens) and _is(self._tokens[position], "NAMED")
        token = self._tokens[position + named] if position + named < len(self._tokens) else None
        if token is None or token.kind not in ("iri", "pname"):
            return  # not SPARQL: the engine says so, with the position
        if token.kind == "iri":
            name = self._resolve(token.text)
        else:
            prefix, local = token.match.group("prefix", "local")
            if prefix not in self._prefixes:
                raise QueryRefused(f"prefix {prefix}: is not declared{self._at(token)}")
            name = self._spelt(self._prefixes[prefix] + re.sub(r"\\(.)", r"\1", local))
        if not re.match(r"[A-Za-z][A-Za-z0-9+.-]*:", name):
            raise QueryRefused(f"FROM names a graph by a relative IRI{self._at(token)}; write it in full")
        (self._named if named else self._default).append(name)

    def _resolve(self, iri: str) -> str:
        return self._spelt(resolved(self._base, _ESCAPE.sub(_unescape, iri[1:-1])))

    def _spelt(self, iri: str) -> str:
        self._iris += len(self._base) + len(iri)  # what it costs to resolve one against the other
        if self._iris > MAX_IRIS:
            raise QueryRefused("the IRIs of BASE, PREFIX and FROM are too long together, written in full", status=413)
        return iri

    def _at(self, token: _Token) -> str:
        before = self._text[: token.match.start()]
        return f" at line {before.count(chr(10)) + 1}, column {len(before) - before.rfind(chr(10))}"


def _unescape(match: re.Match[str]) -> str:
    code = int(match.group(1) or match.group(2), 16)
    return chr(code) if code <= 0x10FFFF and not 0xD800 <= code <= 0xDFFF else match.group()
