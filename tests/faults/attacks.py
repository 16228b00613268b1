"""Documents that are meant to stop or fill a node: each is small for what it costs a reader that is not prepared.

`tests/faults/attacked.py` reads one of them in a process of its own, with a gigabyte of memory.
"""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass

RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
TURTLE, TRIG = "text/turtle", "application/trig"
NTRIPLES, NQUADS = "application/n-triples", "application/n-quads"
RDF_XML, JSON_LD = "application/rdf+xml", "application/ld+json"


@dataclass(frozen=True, slots=True)
class Attack:
    """One document, made when it is needed.

    Attributes:
        name: what is wrong with it.
        reader: `xml`, `json`, `html`, `links`, `gzip`, a Content-Encoding, or an RDF media type.
        make: makes the document.
        says: part of the refusal; empty where the document is read, and nothing bad comes of it.
    """

    name: str
    reader: str
    make: Callable[[], bytes]
    says: str = ""


def _rdf_xml(inside: str, scope: str = "") -> bytes:
    return f'<r:RDF xmlns:r="{RDF}" xmlns:e="http://e/"{scope}>{inside}</r:RDF>'.encode()


def _described(inside: str, scope: str = "") -> bytes:
    return _rdf_xml(f'<r:Description r:about="http://d/">{inside}</r:Description>', scope)


def _many(count: int, line: str, joint: str = "") -> str:
    return joint.join(line.replace("§", str(number)) for number in range(count))


def _terms(count: int) -> str:
    return _many(count, '"x§": "http://x/§"', ",")


def _entities(kind: str) -> bytes:
    return f'<!DOCTYPE a [{kind}]><a b="&x;">&x;</a>'.encode()


_LAUGHS = '<!ENTITY e0 "ha">' + _many(25, '<!ENTITY f§ "">') + "".join(
    f'<!ENTITY e{n} "{f"&e{n - 1};" * 10}">' for n in range(1, 12)
) + '<!ENTITY x "&e11;">'  # fmt: skip
_INCLUDE = '<a xmlns:xi="http://www.w3.org/2001/XInclude"><xi:include href="{}" parse="text"/></a>'
_STYLE = '<?xml-stylesheet type="text/xsl" href="http://127.0.0.1:9/x.xsl"?><a/>'


def _in_every_encoding(name: str, text: str, says: str) -> Iterable[Attack]:
    for encoding in ("utf-8", "utf-16", "utf-32-be", "cp037", "cp500", "utf-7"):
        head = f'<?xml version="1.0" encoding="{encoding}"?>'
        # EBCDIC and UTF-7 are refused as such: nobody knows what they would turn into.
        refusal = says if encoding.startswith(("utf-8", "utf-16", "utf-32")) else ""
        data = (head + text).encode(encoding)
        for reader in ("xml", RDF_XML):
            yield Attack(f"{name}-{encoding}-{reader[-3:]}", reader, lambda data=data: data, refusal or "line 1")  # type: ignore[misc]


XML = (
    *_in_every_encoding("billion-laughs", _entities(_LAUGHS).decode(), "DOCTYPE is refused"),
    Attack("quadratic-entity", "xml", lambda: _entities(f'<!ENTITY x "{"y" * 100_000}">') + b"&x;" * 9, "DOCTYPE"),
    Attack("entity-of-a-file", "xml", lambda: _entities('<!ENTITY x SYSTEM "file:///etc/passwd">'), "DOCTYPE"),
    Attack("entity-of-a-url", "xml", lambda: _entities('<!ENTITY x SYSTEM "http://127.0.0.1:9/">'), "DOCTYPE"),
    Attack("parameter-entity", "xml", lambda: _entities('<!ENTITY % p SYSTEM "http://127.0.0.1:9/">%p;'), "DOCTYPE"),
    Attack("entity-of-itself", "xml", lambda: _entities('<!ENTITY x "&x;">'), "DOCTYPE"),
    Attack("default-attributes", "xml", lambda: _entities('<!ATTLIST a b CDATA "y">'), "DOCTYPE"),
    Attack("xinclude", "xml", lambda: _INCLUDE.format("file:///etc/passwd").encode()),
    Attack("xslt-instruction", "xml", _STYLE.encode),
    Attack("a-million-deep", "xml", lambda: b"<a>" * 1_000_000 + b"</a>" * 1_000_000, "depth"),
    Attack("five-million-elements", "xml", lambda: b"<a>" + b"<b/>" * 5_000_000 + b"</a>", "tags and attributes"),
    Attack("five-million-instructions", "xml", lambda: b"<?x y?>" * 5_000_000 + b"<a/>", "tags and attributes"),
    Attack("many-attributes-each", "xml", lambda: b"<a>" + b"<b a='' c='' d=''/>" * 900_000 + b"</a>", "tags and"),
    Attack("a-million-attributes", "xml", lambda: b"<a " + _many(1_000_000, "a§=''", " ").encode() + b"/>"),
    Attack("half-a-million-namespaces", "xml", lambda: b"<a" + _many(500_000, " xmlns:p§='u:§'").encode() + b"/>"),
    Attack("namespaces-at-each-depth", "xml", lambda: _many(2000, "<b xmlns:p§='u:§'>").encode() + b"</b>" * 2000),
    Attack("a-name-of-30-megabytes", "xml", lambda: b"<" + b"x" * 30_000_000 + b"/>", "too long"),
    Attack("a-text-of-60-megabytes", "xml", lambda: b"<a>" + b"x" * 60_000_000 + b"</a>"),
    Attack("references-for-60-megabytes", "xml", lambda: b"<a>" + b"&#65;" * 12_000_000 + b"</a>"),
    Attack("a-comment-of-60-megabytes", "xml", lambda: b"<!--" + b"-x" * 30_000_000 + b"--><a/>"),
)
_LONG_NAMESPACES = _many(200, f' xmlns:p§="u:{"x" * 1000}"')
RDF_IN_XML = (
    Attack("rdf-two-hundred-thousand-attributes", RDF_XML, lambda: _rdf_xml(
        "<r:Description" + _many(200_000, " e:a§=''") + "/>"), "200000 attributes"),
    Attack("rdf-namespaces", RDF_XML, lambda: _described("", _many(200_000, ' xmlns:p§="u:§"')), "namespaces are"),
    Attack("rdf-namespaces-in-literals", RDF_XML, lambda: _described(
        f'<e:p r:parseType="Literal">{"<b/>" * 1000}</e:p>', _LONG_NAMESPACES), "XML literals"),
    Attack("rdf-literal-by-another-name", RDF_XML, lambda: _described(
        f'<e:p r:parseType="lItErAl">{"<b/>" * 1000}</e:p>', _LONG_NAMESPACES), "XML literals"),
    Attack("rdf-collections-100-deep", RDF_XML, lambda: _described(
        '<e:p r:parseType="Collection"><r:Description>' * 100 + "</r:Description></e:p>" * 100)),
    Attack("rdf-collections-1000-deep", RDF_XML, lambda: _described(
        '<e:p r:parseType="Collection"><r:Description>' * 1000 + "</r:Description></e:p>" * 1000), "deeper than 256"),
    Attack("rdf-a-collection-of-many", RDF_XML, lambda: _described(
        f'<e:p r:parseType="Collection">{"<r:Description/>" * 400_000}</e:p>')),
    Attack("rdf-base-of-7000-characters", RDF_XML, lambda: _described(
        _many(100_000, '<e:p r:resource="#x§"/>'), f' xml:base="http://b/{"a" * 7000}"'), "terms are more than"),
    Attack("rdf-base-that-climbs", RDF_XML, lambda: _rdf_xml(
        f'<r:Description xml:base="http://b/{"a/" * 3000}" r:about="{"../" * 3000}"><e:p>x</e:p></r:Description>'
        * 500)),
    Attack("rdf-base-that-is-a-script", RDF_XML, lambda: _described(
        '<e:p r:resource="x"/>', ' xml:base="javascript:alert(1)//"')),
)  # fmt: skip
TERSE = (
    Attack("turtle-nodes-deep", TURTLE, lambda: b"<a> <b> " + b"[ <b> " * 1_000_000, "nests too deep"),
    Attack("turtle-lists-deep", TURTLE, lambda: b"<a> <b> " + b"( " * 5_000_000, "nests too deep"),
    Attack("turtle-nodes-50000-deep", TURTLE, lambda: b"<a> <b> " + b"[ <b> " * 50_000 + b"1" + b"]" * 50_000 + b"."),
    Attack("trig-nodes-deep", TRIG, lambda: b"<g> {<a> <b> " + b"[ <b> " * 1_000_000, "nests too deep"),
    *(
        Attack(f"{name}-triple-terms-deep", media_type, lambda: b"<u:a> <u:b> " + b"<<( <u:a> <u:b> " * 50_000
               + b"<u:c>" + b" )>>" * 50_000 + b" .", "nests too deep")
        for name, media_type in (("turtle", TURTLE), ("trig", TRIG), ("n-triples", NTRIPLES), ("n-quads", NQUADS))
    ),
    Attack("turtle-brackets-that-hide", TURTLE, lambda: b"<a#(> <b> 'x[' , \"\\\"[\" , '''a'[''' . # ((\n<a> <b> "
           + b"[ <b> " * 200_000, "nests too deep"),
    Attack("turtle-list-of-many", TURTLE, lambda: b"<a> <b> (" + b"1 " * 3_000_000 + b") .", "triples"),
    Attack("turtle-prefix-spelt-out", TURTLE, lambda: f"@prefix p: <http://{'x' * 8000}> . "
           f"{_many(100_000, 'p:a§ p:b p:c§. ')}".encode(), "terms are more than"),
    Attack("turtle-base-spelt-out", TURTLE, lambda: f"@base <http://{'x' * 8000}/> . "
           f"{_many(100_000, '<a§> <b> <c§>. ')}".encode(), "terms are more than"),
    Attack("trig-prefix-spelt-out", TRIG, lambda: f"@prefix p: <http://{'x' * 8000}> . "
           f"{_many(100_000, 'p:g§ {p:a§ p:b p:c§} ')}".encode(), "terms are more than"),
    Attack("turtle-a-comment-of-60-megabytes", TURTLE, lambda: b"#" + b"x" * 60_000_000, "16777216 bytes"),
    Attack("n-triples-a-line-of-60-megabytes", NTRIPLES, lambda: b'<u:a> <u:b> "' + b"x" * 60_000_000 + b'".', "bytes"),
    Attack("n-triples-an-iri-of-15-megabytes", NTRIPLES, lambda: b"<u:" + b"x" * 15_000_000 + b"> <u:b> <u:c> .",
           "an IRI of"),
    Attack("n-triples-all-different", NTRIPLES, lambda: _many(
        900_000, '<http://a/§> <http://b/§> "§" .\n').encode(), "terms are more than"),
    Attack("n-triples-lone-surrogate", NTRIPLES, lambda: rb'<u:a> <u:b> "\uD800" .', "line 1"),
    Attack("n-triples-iri-with-a-space", NTRIPLES, lambda: b"<http://a b/> <u:b> <u:c> .", "line 1"),
    Attack("n-triples-iri-with-a-nul", NTRIPLES, lambda: b"<http://a\\u0000/> <u:b> <u:c> .", "line 1"),
)  # fmt: skip
JSON = (
    Attack("json-deep", "json", lambda: b"[" * 60_000_000, "deeper than 128"),
    Attack("json-lists", "json", lambda: b"[" + b"[]," * 20_000_000 + b"1]", "texts, names, lists and objects"),
    Attack("json-objects", "json", lambda: b"[" + b'{"a":1},' * 7_000_000 + b"1]", "texts, names, lists"),
    Attack("json-names", "json", lambda: b"{" + _many(3_100_000, '"§":1', ",").encode() + b"}", "texts, names, lists"),
    Attack("json-just-as-many-names", "json", lambda: b"{" + _many(2_900_000, '"§":1', ",").encode() + b"}"),
    Attack("json-numbers", "json", lambda: b"[" + b"1.5," * 8_000_000 + b"1]"),
    Attack("json-number-of-60-megabytes", "json", lambda: b"9" * 60_000_000, "digits"),
    Attack("json-number-beyond-measure", "json", lambda: b"[1e999]"),
    Attack("json-number-beyond-measure-in-digits", "json", lambda: b"[1" + b"0" * 400 + b".5]"),
    Attack("json-no-number", "json", lambda: b"[NaN, -Infinity]", "not JSON"),
    Attack("json-name-twice", "json", lambda: b'{"id": "a", "id": "b"}', "twice"),
    Attack("json-lone-surrogate", "json", lambda: rb'{"\ud800": ["\udfff", "\ud83d\ude00"]}'),
    Attack("json-four-bytes-a-letter", "json", lambda: b'"' + b"x" * 60_000_000 + "😀".encode() + b'"'),
    Attack("json-text-without-end", "json", lambda: b'"' + b'\\"' * 10_000_000, "line 1"),
)


def _context(terms: str, graph: str) -> bytes:
    return f'{{"@context": {{{terms}}}, "@graph": [{graph}]}}'.encode()


_REMOTE = "http://127.0.0.1:9/context.jsonld"
LINKED = (
    Attack("context-remote", JSON_LD, lambda: f'{{"@context": "{_REMOTE}"}}'.encode(), "not at hand"),
    Attack("context-imported", JSON_LD, lambda: f'{{"@context": {{"@import": "{_REMOTE}"}}}}'.encode(), "not at hand"),
    Attack("context-of-a-file", JSON_LD, lambda: b'{"@context": "file:///etc/passwd"}', "not at hand"),
    Attack("context-with-a-cycle", JSON_LD, lambda: _context('"a": "b:x", "b": "a:x"', '{"a": 1}'), "Cyclic"),
    Attack("context-chain", JSON_LD, lambda: _context(
        ",".join(f'"t{n + 1}": "t{n}:x"' for n in range(20_000)) + ',"t0": "http://x/"', '{"t20000": 1}'),
        "one another"),
    Attack("context-chain-the-other-way", JSON_LD, lambda: _context(
        ",".join(f'"t{n}": {{"@id": "t{n + 1}:x"}}' for n in range(20_000)) + ',"t20000": "http://x/"', '{"t0": 1}'),
        "one another"),
    Attack("context-in-a-term", JSON_LD, lambda: _context(
        f'"a": {{"@id": "http://a/", "@context": {{{_terms(20_000)}}}}}', ",".join(['{"a": {"x1": 1}}'] * 20_000)),
        "too long to process"),
    Attack("context-in-a-class", JSON_LD, lambda: _context(
        f'"T": {{"@id": "http://T", "@context": {{{_terms(5000)}}}}}', ",".join(['{"@type": "T", "x1": 1}'] * 20_000)),
        "too long to process"),
    Attack("context-of-many-copied", JSON_LD, lambda: _context(
        _terms(20_000), ",".join(['{"@context": {}, "x1": 1}'] * 20_000)), "too long to process"),
    Attack("vocabulary-of-8000-characters", JSON_LD, lambda: (
        f'{{"@context": {{"@vocab": "http://{"v" * 8000}/"}}, ' + _many(100_000, '"k§": 1', ",") + "}").encode(),
        "too many names"),
    Attack("list-of-many", JSON_LD, lambda: b'{"http://p/": {"@list": [' + b"1," * 3_000_000 + b"1]}}", "1000000"),
    Attack("linked-deep", JSON_LD, lambda: b'{"http://p/":' * 200 + b"1" + b"}" * 200, "deeper than 128"),
)  # fmt: skip
PAGES = (
    Attack("page-deep", "html", lambda: b"<div>" * 3_000_000),
    Attack("page-attributes", "html", lambda: f"<div {_many(1_000_000, 'a§=1', ' ')}>".encode()),
    Attack("page-scripts", "html", lambda: b"<script type='application/ld+json'></script>" * 101, "more than 100"),
    Attack("page-links", "html", lambda: b"<link rel=a href=b>" * 5001, "more than 5000"),
    Attack("page-of-less-than-signs", "html", lambda: b"<" * 16_000_000),
    Attack("page-misnested", "html", lambda: b"<b><i><u>" * 1_000_000 + b"</b>" * 300_000),
    Attack("page-with-a-doctype-of-entities", "html", lambda: b"<!DOCTYPE html [<!ENTITY a 'b'>]><title>&a;</title>"),
    Attack("header-of-less-than-signs", "links", lambda: b"<" * 500_000),
)
PACKED = (
    Attack("gzip-of-nothing-but-zeros", "gzip", lambda: gzip.compress(bytes(300 * 2**20), 1), "more than"),
    Attack("gzip-in-gzip-in-gzip", "gzip", lambda: gzip.compress(gzip.compress(gzip.compress(bytes(2**27))))),
    Attack("gzip-of-a-million-members", "gzip", lambda: gzip.compress(b"") * 1_000_000),
    Attack("gzip-of-large-members", "gzip", lambda: gzip.compress(bytes(2**20)) * 500, "more than"),
    Attack("gzip-cut-short", "gzip", lambda: gzip.compress(b"x" * 1000)[:-9], "ends early"),
    Attack("gzip-with-garbage", "gzip", lambda: gzip.compress(b"x") + b"garbage", "not gzip"),
    Attack("deflate-of-zeros", "deflate", lambda: zlib.compress(bytes(300 * 2**20), 1), "more than"),
    Attack("deflate-with-garbage", "deflate", lambda: zlib.compress(b"abc") + b"garbage" * 1_000_000),
    Attack("coding-in-a-coding", "gzip, gzip", lambda: gzip.compress(gzip.compress(b"x")), "not asked for"),
)
ATTACKS = {attack.name: attack for attack in (*XML, *RDF_IN_XML, *TERSE, *JSON, *LINKED, *PAGES, *PACKED)}
