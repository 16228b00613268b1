"""Canonical N-Triples, the node's own RDF text (https://www.w3.org/TR/rdf-canon/#canonical-quads, one graph).

What is written can always be read again, by any strict parser: one bad IRI must not cost the whole page its graph.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache, partial

import pyoxigraph as ox

from node.errors import SyntaxRefused
from node.model.rdf import Iri, Literal, Node, Triple


def to_ntriples(triples: Iterable[Triple]) -> str:
    """Return triples as canonical N-Triples: sorted lines, each once.

    Characters that no IRI may hold are percent-encoded; a language tag that is none (BCP 47) is left out; lone
    surrogates become U+FFFD.

    Raises:
        SyntaxRefused: an IRI is not absolute or cannot be mended.
    """
    return "".join(sorted(to_lines(triples)))


def to_lines(triples: Iterable[Triple]) -> dict[str, Triple]:
    """Return the lines of `to_ntriples`, in no order, each with what `from_ntriples` reads in it.

    So that whoever writes a text and needs what it says does not read it back.

    Raises:
        SyntaxRefused: as `to_ntriples`.
    """
    spelt: dict[Iri, tuple[str, Iri]] = {}
    lines: dict[str, Triple] = {}
    for subject, predicate, value in triples:
        one = spelt.get(subject)
        if one is None:
            one = spelt[subject] = _spelt(subject)
        two = _predicate(predicate)
        three: tuple[str, Node]
        if isinstance(value, Iri):
            known = spelt.get(value)
            if known is None:
                known = spelt[value] = _spelt(value)
            three = known
        else:
            lexical, language, datatype = value
            suffix, language, datatype = _suffix(language, datatype)
            text = _ESCAPED.sub(_escape, lexical)
            if text is not lexical:
                lexical = _SURROGATE.sub("\ufffd", lexical)
            three = f'"{text}"{suffix}', _literal((lexical, language, datatype))
        lines[f"{one[0]} {two[0]} {three[0]} .\n"] = (one[1], two[1], three[1])
    return lines


def from_ntriples(text: str) -> tuple[Triple, ...]:
    """Return the triples of an N-Triples text the node wrote, in its order.

    Raises:
        SyntaxRefused: it is no N-Triples, or holds a blank node.
    """
    try:
        return _canonical(text)
    except ValueError:
        # Not spelt as `to_ntriples` spells, or wrong: the parser decides, and says in which line.
        return _parsed(text)


def _canonical(text: str) -> tuple[Triple, ...]:
    """Read canonical N-Triples by its single spaces, which takes a third of the parser's time.

    The parser still judges every name, language and datatype, the first time it is seen, and every text with an escape.

    Raises:
        ValueError: it is not canonical.
    """
    if not text.isascii():
        text.encode()  # refuses lone surrogates
    if "\r" in text:
        raise ValueError("a carriage return that is not escaped")
    found: list[Triple] = []
    written, subject = "", Iri("")
    for line in text.split("\n"):
        if not line:
            continue
        first, second, rest = line.split(" ", 2)
        if first != written:
            written, subject = first, _name(first)
        if rest[-2:] != " .":
            raise ValueError("a statement that does not end")
        value: Node
        if rest[0] == "<":
            value = _name(rest[:-2])
        elif "\\" in rest:
            value = _value(rest)
        else:
            before, lexical, kind = rest[:-2].split('"')
            if before:
                raise ValueError("neither an IRI nor a literal")
            language, datatype = _kind(kind) if kind else (None, None)
            value = _literal((lexical, language, datatype))
        found.append((subject, _name(second), value))
    return tuple(found)


@lru_cache(maxsize=16384)
def _name(written: str) -> Iri:
    """Records name the same properties and terms over and over; one string for each saves a third of the time."""
    if written[:1] != "<" or written[-1:] != ">":
        raise ValueError("no IRI")
    return Iri(ox.NamedNode(written[1:-1]).value)


@lru_cache(maxsize=1024)
def _kind(written: str) -> tuple[str | None, Iri | None]:
    """Return the language and the datatype of a literal, as they are written behind its text."""
    if " " in written:
        raise ValueError("no language and no datatype")
    literal = _value(f'""{written} .')
    assert isinstance(literal, Literal), "it is written like one"
    return literal.language, literal.datatype


def _value(rest: str) -> Node:
    """Return a value from the rest of its statement."""
    try:
        (triple,) = ox.parse(f"<urn:s> <urn:p> {rest}", ox.RdfFormat.N_TRIPLES)
        return node_of(triple.object)
    except (SyntaxError, SyntaxRefused) as error:
        raise ValueError(str(error)) from error


_literal = partial(tuple.__new__, Literal)
"""Makes a literal of its three parts, without a call of Python code."""


def _parsed(text: str) -> tuple[Triple, ...]:
    found: list[Triple] = []
    try:
        for subject, predicate, value, _ in ox.parse(text.encode(), ox.RdfFormat.N_TRIPLES):
            if not isinstance(subject, ox.NamedNode):
                raise SyntaxRefused(f"{str(subject)[:200]}: no IRI")
            found.append((Iri(subject.value), Iri(predicate.value), node_of(value)))
    except (SyntaxError, ValueError) as error:
        raise SyntaxRefused(str(error)) from error
    return tuple(found)


def node_of(node: ox.NamedNode | ox.BlankNode | ox.Literal | ox.Triple) -> Node:
    """Return a parser's term in the model's words.

    Raises:
        SyntaxRefused: it is a blank node, or one of RDF 1.2 (a triple term, a text with a direction).
    """
    if isinstance(node, ox.NamedNode):
        return Iri(node.value)
    if not isinstance(node, ox.Literal):
        raise SyntaxRefused(f"{str(node)[:200]}: neither an IRI nor a literal")
    if node.direction is not None:
        raise SyntaxRefused(f"{str(node)[:200]}: texts with a direction are not RDF 1.1")
    if node.language is not None:
        return Literal(node.value, language=node.language)
    datatype = node.datatype.value
    return Literal(node.value, datatype=None if datatype == _STRING else Iri(datatype))


def term_of(node: Node) -> ox.NamedNode | ox.Literal:
    """Return a node of the model as a term of the RDF library, mended as `to_ntriples` does.

    Raises:
        SyntaxRefused: an IRI is not absolute or cannot be mended.
    """
    if isinstance(node, Iri):
        return _named(node)
    value = _SURROGATE.sub("\ufffd", node.value)
    if node.language is not None:
        tag = node.language.replace("_", "-")
        try:
            return ox.Literal(value, language=tag)
        except ValueError:
            return ox.Literal(value)
    if node.datatype is None or node.datatype == _LANG_STRING:
        return ox.Literal(value)
    return ox.Literal(value, datatype=_named(node.datatype))


_STRING = "http://www.w3.org/2001/XMLSchema#string"
_LANG_STRING = "http://www.w3.org/1999/02/22-rdf-syntax-ns#langString"
_SURROGATE = re.compile("[\ud800-\udfff]")
# IRIs with nothing in them that would need a closer look (RFC 3987): most of them.
_PLAIN_IRI = re.compile(r"https?://[a-z0-9][a-z0-9.-]*(?:/[A-Za-z0-9._~!$&'()*+,;=:@/-]*)?(?:#[A-Za-z0-9._~-]*)?")
_NOT_IN_IRI = re.compile('[\x00-\x20<>"{}|\\\\^`\x7f-\x9f\ud800-\udfff]|%(?![0-9A-Fa-f]{2})')
_NOT_IN_URI = re.compile(f"{_NOT_IN_IRI.pattern}|[^\x00-\x7f]")
_AUTHORITY = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://[^/?#]*")
_ESCAPED = re.compile('["\\\\\x00-\x1f\x7f\ud800-\udfff]')
_ECHAR = {"\b": "\\b", "\t": "\\t", "\n": "\\n", "\f": "\\f", "\r": "\\r", '"': '\\"', "\\": "\\\\"}


def _spelt(iri: Iri) -> tuple[str, Iri]:
    """Return an IRI as it is written, and as it is read."""
    if _PLAIN_IRI.fullmatch(iri):
        return f"<{iri}>", iri
    named = _named(iri)
    return str(named), Iri(named.value)


@lru_cache(maxsize=4096)
def _predicate(iri: Iri) -> tuple[str, Iri]:
    """Every record has the same few properties."""
    return _spelt(iri)


@lru_cache(maxsize=1024)
def _suffix(language: str | None, datatype: Iri | None) -> tuple[str, str | None, Iri | None]:
    """Return what follows the quotes of a literal, nothing where it is a plain text; and what is read in that."""
    if language is not None:
        tag = term_of(Literal("", language=language)).language  # type: ignore[union-attr]
        return (f"@{tag}", tag, None) if tag else ("", None, None)
    if datatype is None or datatype in (_STRING, _LANG_STRING):
        return "", None, None
    text, named = _spelt(datatype)
    return f"^^{text}", None, named


def _escape(match: re.Match[str]) -> str:
    sign = match[0]
    if sign >= "\ud800":
        return "\ufffd"
    return _ECHAR.get(sign) or f"\\u{ord(sign):04X}"


def _named(iri: str) -> ox.NamedNode:
    try:
        return ox.NamedNode(iri)
    except (ValueError, UnicodeEncodeError):
        pass
    problem: Exception | None = None
    # Characters beyond ASCII are encoded only where that helps: most of them may stand in an IRI.
    for forbidden in (_NOT_IN_IRI, _NOT_IN_URI):
        try:
            return ox.NamedNode(_percent(iri, forbidden))
        except (ValueError, UnicodeEncodeError) as error:
            problem = error
    plain = iri[:200].encode("utf-8", "replace").decode()
    raise SyntaxRefused(f"“{plain}” is no IRI: {problem}") from problem


def _percent(iri: str, forbidden: re.Pattern[str]) -> str:
    def encode(match: re.Match[str]) -> str:
        return "".join(f"%{byte:02X}" for byte in match[0].encode("utf-8", "replace"))

    # Brackets belong to an IPv6 address and nowhere else (RFC 3986, section 3.2.2), a second "#" nowhere (3.5).
    authority = _AUTHORITY.match(iri)
    start = authority.end() if authority else 0
    path, mark, fragment = iri[start:].partition("#")
    rest = forbidden.sub(encode, path) + mark + forbidden.sub(encode, fragment).replace("#", "%23")
    return forbidden.sub(encode, iri[:start]) + rest.replace("[", "%5B").replace("]", "%5D")
