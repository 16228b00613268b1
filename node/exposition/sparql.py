"""The query operation of the SPARQL 1.1 Protocol (https://www.w3.org/TR/sparql11-protocol/#query-operation), as values.

Reads a request into a value, chooses the format of the answer, and words what is wrong with a query.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from urllib.parse import parse_qsl, urlsplit

from node.errors import QueryRefused
from node.exposition.sparql_guard import AdmittedQuery, Form

FORM_TYPE = "application/x-www-form-urlencoded"
QUERY_TYPE = "application/sparql-query"
UPDATE_TYPE = "application/sparql-update"
_MAX_FIELDS = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class ProtocolRequest:
    """A query operation (section 2.1).

    Attributes:
        query: the query's text; `None` where a GET asks about the service itself.
        default_graphs, named_graphs: the dataset in the request, which wins over the query's own (section 2.1.4).
        format: the value of our own `format` parameter, for forms and links; empty where there is none.
    """

    query: str | None
    default_graphs: tuple[str, ...] = ()
    named_graphs: tuple[str, ...] = ()
    format: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Format:
    """A format of answers.

    Attributes:
        names: values of the `format` parameter that ask for it, its own first.
        media_type: its own media type.
        aliases: other media types that ask for it, and then label the answer.
        charset: the media type has a charset parameter.
    """

    names: tuple[str, ...]
    media_type: str
    aliases: tuple[str, ...] = ()
    charset: bool = False


_JSON = Format(names=("json",), media_type="application/sparql-results+json", aliases=("application/json",))
_XML = Format(names=("xml",), media_type="application/sparql-results+xml", aliases=("application/xml", "text/xml"))
_CSV = Format(names=("csv",), media_type="text/csv", charset=True)
_TSV = Format(names=("tsv",), media_type="text/tab-separated-values", charset=True)
_TURTLE = Format(names=("turtle",), media_type="text/turtle", aliases=("application/x-turtle",), charset=True)
_NTRIPLES = Format(names=("ntriples",), media_type="application/n-triples", aliases=("text/plain",))
_RDFXML = Format(names=("rdfxml", "xml"), media_type="application/rdf+xml", aliases=("application/xml", "text/xml"))
_JSONLD = Format(names=("jsonld", "json"), media_type="application/ld+json", aliases=("application/json",))
_TRIG = Format(names=("trig",), media_type="application/trig")

FORMATS: dict[Form, tuple[Format, ...]] = {
    "SELECT": (_JSON, _XML, _CSV, _TSV),
    "ASK": (_JSON, _XML),
    "CONSTRUCT": (_TURTLE, _NTRIPLES, _RDFXML, _JSONLD, _TRIG),
    "DESCRIBE": (_TURTLE, _NTRIPLES, _RDFXML, _JSONLD, _TRIG),
}


def read_request(
    method: str, query_string: bytes, content_type: str, body: bytes, *, max_query_bytes: int
) -> ProtocolRequest:
    """Read a request.

    Args:
        method: GET, HEAD or POST.
        query_string: of the URL, still percent-encoded.
        content_type: the header's value; empty where there is none.
        body: of a POST.
        max_query_bytes: longest query.

    Raises:
        QueryRefused: 400 malformed, 403 an update, 413 or 414 too long, 415 not a type the protocol knows.
    """
    parameters = _pairs(query_string)
    if method == "POST":
        media_type, charset = _content_type(content_type)
        if media_type == UPDATE_TYPE:
            raise _read_only()
        if media_type not in (FORM_TYPE, QUERY_TYPE):
            raise QueryRefused(
                f"a POST has to be {FORM_TYPE} or {QUERY_TYPE}, not {media_type or 'without Content-Type'}", status=415
            )
        if charset not in ("utf-8", "utf8", "us-ascii", ""):
            raise QueryRefused(f"the query has to be UTF-8, not {charset}", status=415)
        parameters += [("query", _utf8(body))] if media_type == QUERY_TYPE else _pairs(body)
    if any(name == "update" for name, _ in parameters):
        raise _read_only()
    queries = [value for name, value in parameters if name == "query"]
    if len(queries) > 1:
        raise QueryRefused(f"{len(queries)} queries in one request; send exactly one")
    if not queries and method == "POST":
        raise QueryRefused("the request has no query")
    if queries and len(queries[0].encode()) > max_query_bytes:
        raise QueryRefused(f"the query is longer than {max_query_bytes} bytes", status=413 if method == "POST" else 414)
    formats = [value for name, value in parameters if name == "format"]
    return ProtocolRequest(
        query=queries[0] if queries else None,
        default_graphs=_graphs(parameters, "default-graph-uri"),
        named_graphs=_graphs(parameters, "named-graph-uri"),
        format=formats[-1] if formats else "",
    )


@lru_cache(maxsize=256)
def choose_format(form: Form, accept: str, wanted: str = "") -> tuple[Format, str]:
    """Return the format of the answer and the Content-Type to label it with (RFC 9110, section 12.5.1).

    Args:
        accept: the header's value; empty accepts anything.
        wanted: the `format` parameter, a short name or a media type; it wins over `accept`.

    Raises:
        QueryRefused: 406 nothing suits, 400 the parameter names nothing that this form of query has.
    """
    formats = FORMATS[form]
    if wanted:
        for candidate in formats:
            if wanted in (*candidate.names, candidate.media_type, *candidate.aliases):
                return candidate, _label(candidate, candidate.media_type)
        raise QueryRefused(f"format {wanted!r} does not suit {form}; one of: {', '.join(f.names[0] for f in formats)}")
    best: tuple[float, Format, str] | None = None
    ranges = _media_ranges(accept)
    for candidate in formats:
        for media_type in (candidate.media_type, *candidate.aliases):
            quality = _quality(media_type, ranges)
            # An alias is a type of its own: it counts only where it is asked for by name.
            if media_type != candidate.media_type and not any(media_type == name for name, _ in ranges):
                continue
            if quality > 0 and (best is None or quality > best[0]):
                best = (quality, candidate, media_type)
    if best is None:
        offered = ", ".join(candidate.media_type for candidate in formats)
        raise QueryRefused(
            f"{form} answers come as {offered}", status=406, advice="Send an Accept header that names one of these."
        )
    return best[1], _label(best[1], best[2])


def absolute_graph(parameter: str, graph: str) -> str:
    """Return the IRI of a graph that a parameter names.

    Raises:
        QueryRefused: it is not an absolute IRI.
    """
    try:
        absolute = bool(re.fullmatch(r"[A-Za-z][A-Za-z0-9+.-]*", urlsplit(graph).scheme))
    except ValueError:
        absolute = False
    if not absolute or re.search(r"[<>\"{}|^`\\\x00-\x20]", graph):
        raise QueryRefused(f"{parameter} has to be an absolute IRI: {graph[:200]!r}")
    return graph


def prefers(accept: str, first: tuple[str, ...], second: tuple[str, ...]) -> bool:
    """Return whether a type of `first` is accepted with a higher quality than every type of `second`."""
    ranges = _media_ranges(accept)
    return max(_quality(name, ranges) for name in first) > max(_quality(name, ranges) for name in second)


# What pyoxigraph says of a query that is wrong as a whole; the position is then that of its end.
_REASONS = (
    ("unbound", "SELECT names a variable that is neither grouped by, nor an aggregate, nor new"),
    ("SELECT * is not authorized", "SELECT * has to name its variables where there is a GROUP BY"),
)


def syntax_error(message: str, query: AdmittedQuery) -> QueryRefused:
    """Word an engine's syntax error: where it is, what stands there, and the likeliest cause.

    Args:
        message: the engine's own, such as `error at 1:11: expected ...`.
    """
    position = re.search(r"error at (\d+):(\d+)", message)
    where = ""
    if position is not None:
        line, column = int(position.group(1)), int(position.group(2))
        lines = query.text.split("\n")
        rest = lines[line - 1][column - 1 :].strip() if line <= len(lines) else ""
        where = f" at line {line}, column {column}" + (f", near {rest[:40]!r}" if rest else ", where the query ends")
    advice = "Correct the query at the position named."
    reason = next((said for sign, said in _REASONS if sign in message), "")
    if reason:
        return QueryRefused(f"the query is not valid: {reason}", advice="Correct the query.")
    if query.undeclared:
        names = ", ".join(f"{prefix}:" for prefix in query.undeclared[:5])
        advice = f"Declare every prefix in the query (PREFIX name: <IRI>); not declared: {names}"
    return QueryRefused(f"syntax error{where}", advice=advice)


def _read_only() -> QueryRefused:
    return QueryRefused("updates are refused: this endpoint is read-only", status=403)


def _utf8(data: bytes) -> str:
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise QueryRefused("the request is not UTF-8") from error


def _pairs(encoded: bytes) -> list[tuple[str, str]]:
    try:
        return parse_qsl(
            _utf8(encoded), keep_blank_values=True, encoding="utf-8", errors="strict", max_num_fields=_MAX_FIELDS
        )
    except UnicodeDecodeError as error:
        raise QueryRefused("a parameter is not UTF-8, percent-encoded") from error
    except ValueError as error:
        raise QueryRefused(f"more than {_MAX_FIELDS} parameters") from error


def _content_type(value: str) -> tuple[str, str]:
    media_type, _, parameters = value.partition(";")
    charset = re.search(r"charset\s*=\s*\"?([^\s;\"]+)", parameters, re.IGNORECASE)
    return media_type.strip().lower(), charset.group(1).lower() if charset else ""


def _graphs(parameters: list[tuple[str, str]], name: str) -> tuple[str, ...]:
    return tuple(absolute_graph(name, graph) for graph in dict.fromkeys(v for key, v in parameters if key == name))


def _media_ranges(accept: str) -> list[tuple[str, float]]:
    ranges = []
    for item in accept.split(",") if accept.strip() else ["*/*"]:
        name, *parameters = (part.strip().lower() for part in item.split(";"))
        quality = 1.0
        for parameter in parameters:
            key, _, value = parameter.partition("=")
            if key.strip() == "q":
                quality = float(value) if re.fullmatch(r"\s*(0(\.\d{0,3})?|1(\.0{0,3})?)\s*", value) else 0.0
        if name:
            ranges.append((name, quality))
    return ranges


def _quality(media_type: str, ranges: list[tuple[str, float]]) -> float:
    """Return the quality of the most specific range that matches."""
    whole = media_type.partition("/")[0] + "/*"
    for wanted in (media_type, whole, "*/*"):
        found = [quality for name, quality in ranges if name == wanted]
        if found:
            return max(found)
    return 0.0


def _label(chosen: Format, media_type: str) -> str:
    return f"{media_type}; charset=utf-8" if chosen.charset or media_type.startswith("text/") else media_type
