"""The gate for foreign RDF, and the node's own N-Triples."""

from __future__ import annotations

import socket
import subprocess
import sys
import tomllib

import pyoxigraph as ox
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from node.errors import SyntaxRefused, TooLarge, Truncated
from node.model.rdf import Iri, Literal, Triple
from node.namespaces import PREFIXES, expand
from node.resources import data_folder
from node.syntax import from_ntriples, parse_rdf, to_ntriples, write_rdf
from tests.conftest import ROOT

BASE = "https://example.org/dataset/x"
FORMATS = ("text/turtle", "application/n-triples", "application/rdf+xml", "application/ld+json")
A, B, C = (Iri(f"https://example.org/{name}") for name in "abc")
RDF_XML = '<r:RDF xmlns:r="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns:e="https://example.org/">{}</r:RDF>'
SAMPLES = {
    "text/turtle": '@prefix e: <https://example.org/> . e:a e:b [ e:c "é"@en ], [ e:c 1 ], <rel> . e:a e:b <rel> .',
    "application/n-triples": (
        f'<{A}> <{B}> _:one .\n_:one <{C}> "é"@en .\n<{A}> <{B}> _:two .\n'
        f'_:two <{C}> "1"^^<http://www.w3.org/2001/XMLSchema#integer> .\n'
        f"<{A}> <{B}> <https://example.org/dataset/rel> .\n"
    ),
    "application/rdf+xml": RDF_XML.format(
        '<r:Description r:about="https://example.org/a"><e:b r:parseType="Resource"><e:c xml:lang="en">é</e:c></e:b>'
        '<e:b r:parseType="Resource"><e:c r:datatype="http://www.w3.org/2001/XMLSchema#integer">1</e:c></e:b>'
        '<e:b r:resource="rel"/><e:b r:resource="rel"/></r:Description>'
    ),
    "application/ld+json": (
        '{"@context": {"e": "https://example.org/"}, "@id": "e:a", "e:b": [{"e:c": {"@value": "é", "@language": "en"}},'
        ' {"e:c": 1}, {"@id": "rel"}, {"@id": "rel"}]}'
    ),
}


@pytest.mark.parametrize("media_type", FORMATS)
def test_every_format_says_the_same_with_blank_nodes_named_in_order(media_type: str) -> None:
    found = parse_rdf(SAMPLES[media_type].encode(), media_type, base_iri=BASE)

    first, second = Iri(f"{BASE}#b1"), Iri(f"{BASE}#b2")
    assert set(found) == {
        (A, B, first),
        (first, C, Literal("é", language="en")),
        (A, B, second),
        (second, C, Literal("1", datatype=expand("xsd:integer"))),
        (A, B, Iri("https://example.org/dataset/rel")),
    }
    assert len(found) == 5, "each triple once"


@pytest.mark.parametrize("media_type", FORMATS)
def test_names_of_blank_nodes_are_the_same_in_every_process(media_type: str) -> None:
    script = (
        "import sys; from node.syntax import parse_rdf; "
        f"print(parse_rdf(sys.stdin.buffer.read(), {media_type!r}, base_iri={BASE!r}))"
    )

    command, sample = [sys.executable, "-c", script], SAMPLES[media_type].encode()
    runs = [subprocess.run(command, input=sample, capture_output=True, cwd=ROOT, check=True) for _ in range(3)]
    said = {run.stdout for run in runs}

    assert len(said) == 1


def test_names_for_blank_nodes_avoid_the_names_a_document_uses() -> None:
    found = parse_rdf(b"<#b1> <p> [] . [] <p> <#b3> .", "text/turtle", base_iri=BASE)

    names = [node for subject, _, value in found for node in (subject, value)]
    assert names == [f"{BASE}#b1", f"{BASE}#b2", f"{BASE}#b4", f"{BASE}#b3"]


def test_a_base_with_a_fragment_still_gives_iris() -> None:
    (triple,) = parse_rdf(b"[] <p> 1 .", "text/turtle", base_iri=f"{BASE}#it")

    assert triple[0] == f"{BASE}#it-b1"


@pytest.mark.parametrize(
    ("document", "media_type", "says"),
    [
        (b"<a> <b c> <d> .", "text/turtle", "line 1, column 5"),
        (b"<a> <b>\n<http://[x> .", "text/turtle", "line 2, column 1"),
        (b"<a> <b> \xff .", "text/turtle", "line 1"),
        (b"<a> <b> <<( <a> <b> <c> )>> .", "text/turtle", "neither an IRI nor a literal"),
        (b'<a> <b> "x"@en--ltr .', "text/turtle", "direction"),
        (b"<http://a> <b> <http://c> .", "application/n-triples", "line 1"),
        (b"<a", "application/rdf+xml", "line 1"),
        (RDF_XML.format('<r:Description r:about="x y"/>').encode(), "application/rdf+xml", "x y"),
        (b'{"@id": "x", "@graph": [{"@id": "y", "http://p/": 1}]}', "application/ld+json", "amed graph"),
        (b'{"@id": "x", ', "application/ld+json", "line 1"),
        (b"<a> <b> <c> .", "text/html", "no RDF format"),
    ],
)
def test_what_is_no_rdf_is_refused_with_a_reason(document: bytes, media_type: str, says: str) -> None:
    with pytest.raises(SyntaxRefused, match=says):
        parse_rdf(document, media_type, base_iri=BASE)


def test_rdf_xml_that_ends_early_is_truncated() -> None:
    with pytest.raises(Truncated):
        parse_rdf(SAMPLES["application/rdf+xml"].encode()[:-5], "application/rdf+xml", base_iri=BASE)


def test_rdf_xml_is_read_in_the_encoding_it_declares() -> None:
    text = '<?xml version="1.0" encoding="ISO-8859-1"?>' + SAMPLES["application/rdf+xml"]

    found = parse_rdf(text.encode("latin-1"), "application/rdf+xml", base_iri=BASE)

    assert Literal("é", language="en") in [value for _, _, value in found]


# 20 entities of ten of the one before: 10^20 characters in 700 bytes.
BOMB = (
    "<!DOCTYPE r:RDF ["
    + "".join(f'<!ENTITY e{n} "{f"&e{n - 1};" * 10 if n else "x" * 10}">' for n in range(9))
    + "]>"
    + RDF_XML.format('<r:Description r:about="x"><e:p>&e8;</e:p></r:Description>')
)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "utf-16-be", "utf-32"])
def test_an_entity_bomb_never_reaches_the_rdf_parser(encoding: str) -> None:
    # given a gigabyte of address space, of which an expanded bomb would need twenty
    script = (
        "import resource, sys; resource.setrlimit(resource.RLIMIT_AS, (2**30, 2**30))\n"
        "from node.errors import SyntaxRefused\n"
        "from node.syntax import parse_rdf\n"
        "try: parse_rdf(sys.stdin.buffer.read(), 'application/rdf+xml', base_iri='http://x/')\n"
        "except SyntaxRefused as error: print(error.message)\n"
    )

    done = subprocess.run(
        [sys.executable, "-c", script], input=BOMB.encode(encoding), capture_output=True, cwd=ROOT, timeout=60
    )

    assert done.returncode == 0, done.stderr
    assert b"DOCTYPE is refused" in done.stdout


@pytest.mark.parametrize(
    ("document", "media_type"),
    [
        (RDF_XML.format("<r:Description><e:p>" * 200 + "</e:p></r:Description>" * 200), "application/rdf+xml"),
        ('{"http://e/p":' * 200 + "1" + "}" * 200, "application/ld+json"),
    ],
)
def test_nesting_that_costs_its_square_is_refused(document: str, media_type: str) -> None:
    with pytest.raises(SyntaxRefused, match="deeper"):
        parse_rdf(document.encode(), media_type, base_iri=BASE)


def test_deep_turtle_is_no_trouble() -> None:
    document = b"<a> <b> " + b"[ <b> " * 50_000 + b"1" + b" ]" * 50_000 + b" ."

    assert len(parse_rdf(document, "text/turtle", base_iri=BASE)) == 50_001


def test_size_is_bounded() -> None:
    document = b"".join(b"<a> <b> %d ." % n for n in range(100))

    with pytest.raises(TooLarge, match="more than 99 triples"):
        parse_rdf(document, "text/turtle", base_iri=BASE, max_triples=99)
    with pytest.raises(TooLarge, match="at most 50"):
        parse_rdf(document, "text/turtle", base_iri=BASE, max_bytes=50)
    with pytest.raises(SyntaxRefused, match="an IRI of"):
        parse_rdf(b"@prefix p: <http://%s> . p:a p:b p:c ." % (b"x" * 10_000), "text/turtle", base_iri=BASE)


# --- JSON-LD contexts


CONTEXT = "https://semiceu.github.io/DCAT-AP/releases/3.0.1/context/dcat-ap.jsonld"
DATASET = '"@id": "http://d/1", "@type": "Dataset", "title": "T", "publisher": {"@id": "http://p/", "name": "P"}'


@pytest.mark.parametrize(
    "document",
    [
        f'{{"@context": "{CONTEXT}", {DATASET}}}',
        f'{{"@context": ["{CONTEXT}", {{"x": "http://x/"}}], {DATASET}}}',
        f'{{"@context": {{"@version": 1.1, "@import": "{CONTEXT}", "x": "http://x/"}}, {DATASET}}}',
        f'{{"@graph": [{{"@context": "{CONTEXT}", {DATASET}}}]}}',
    ],
)
def test_a_context_at_hand_takes_the_place_of_its_url(document: str) -> None:
    found = parse_rdf(document.encode(), "application/ld+json", base_iri=BASE)

    assert set(found) == {
        (Iri("http://d/1"), expand("rdf:type"), expand("dcat:Dataset")),
        (Iri("http://d/1"), expand("dct:title"), Literal("T")),
        (Iri("http://d/1"), expand("dct:publisher"), Iri("http://p/")),
        (Iri("http://p/"), expand("foaf:name"), Literal("P")),
    }


@pytest.mark.parametrize(
    "context",
    [
        '"{url}"',
        '["{url}"]',
        '{{"@import": "{url}"}}',
        '{{"x": {{"@id": "http://x/", "@context": "{url}"}}}}',
        '{{"x": {{"@id": "http://x/", "@context": [{{}}, "{url}"]}}}}',
        '{{"x": {{"@id": "http://x/", "@context": {{"@import": "{url}"}}}}}}',
    ],
)
@pytest.mark.parametrize("place", ['{{"@context": {0}, "x": 1}}', '{{"http://x/": [{{"@context": {0}, "x": 1}}]}}'])
def test_a_context_that_is_not_at_hand_is_named_and_never_fetched(context: str, place: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(0.05)
        url = f"http://127.0.0.1:{server.getsockname()[1]}/context.jsonld"

        with pytest.raises(SyntaxRefused, match=url):
            parse_rdf(place.format(context.format(url=url)).encode(), "application/ld+json", base_iri=BASE)

        with pytest.raises(TimeoutError):
            server.accept()


def test_a_list_of_many_contexts_is_bounded() -> None:
    names = ", ".join([f'"{CONTEXT}"'] * 2000)

    with pytest.raises(SyntaxRefused, match="more than"):
        parse_rdf(f'{{"@context": [{names}]}}'.encode(), "application/ld+json", base_iri=BASE, max_bytes=2**20)


def test_every_context_in_the_table_defines_terms_of_absolute_iris() -> None:
    index = tomllib.loads((data_folder("vocab") / "contexts" / "index.toml").read_text())

    for entry in index["context"]:
        for url in entry["urls"]:
            assert parse_rdf(f'{{"@context": "{url}", {DATASET}}}'.encode(), "application/ld+json", base_iri=BASE)


# --- writing


@pytest.mark.parametrize("media_type", FORMATS)
def test_what_is_written_reads_the_same(media_type: str) -> None:
    triples = (
        (A, expand("rdf:type"), expand("dcat:Dataset")),
        (A, expand("dct:title"), Literal('Tab\t "quoted" \\ & <b> ]]> é 漢 😀\n', language="en")),
        (A, expand("dcat:byteSize"), Literal("12", datatype=expand("xsd:nonNegativeInteger"))),
        (B, expand("dct:relation"), A),
        (A, expand("dct:relation"), B),
    )

    written = write_rdf((*triples, triples[0]), media_type, prefixes=PREFIXES)

    assert set(parse_rdf(written, media_type, base_iri=BASE)) == set(triples)
    assert written == write_rdf((*triples, triples[0]), media_type, prefixes=PREFIXES)


def test_turtle_keeps_what_belongs_to_a_subject_together() -> None:
    written = write_rdf([(A, B, C), (B, B, C), (A, B, B)], "text/turtle")

    assert written.count(A.encode()) == 1


def test_rdf_xml_holds_only_what_xml_can() -> None:
    kind = expand("rdf:type")
    triples = [(A, kind, Iri("http://www.w3.org/ns/dcat#")), (A, kind, Iri("http://e/T")), (A, B, Literal("a\x0bb"))]

    found = parse_rdf(write_rdf(triples, "application/rdf+xml"), "application/rdf+xml", base_iri=BASE)

    assert set(found) == {*triples[:2], (A, B, Literal("ab"))}
    with pytest.raises(SyntaxRefused, match="cannot be written"):
        write_rdf([(A, Iri("http://e/1"), B)], "application/rdf+xml")


# --- N-Triples


def test_n_triples_are_sorted_and_each_once() -> None:
    assert to_ntriples([(B, A, C), (A, B, Literal("x")), (B, A, C)]) == f'<{A}> <{B}> "x" .\n<{B}> <{A}> <{C}> .\n'
    assert to_ntriples([]) == ""


@pytest.mark.parametrize(
    ("value", "written"),
    [
        (Literal('a"\\\n\r\t\b\f'), '"a\\"\\\\\\n\\r\\t\\b\\f"'),
        (Literal("\x00\x0b\x7f"), '"\\u0000\\u000B\\u007F"'),
        (Literal("é漢😀\u2028\x85\ufffe"), '"é漢😀\u2028\x85\ufffe"'),
        (Literal("a\ud800b\udc80"), '"a\ufffdb\ufffd"'),
        (Literal("x", language="en-GB"), '"x"@en-gb'),
        (Literal("x", language="en_US"), '"x"@en-us'),
        (Literal("x", language="English language"), '"x"'),
        (Literal("x", datatype=expand("xsd:string")), '"x"'),
        (Literal("1", datatype=expand("xsd:integer")), '"1"^^<http://www.w3.org/2001/XMLSchema#integer>'),
        (Iri("http://e/a b"), "<http://e/a%20b>"),
        (Iri('http://e/<>"{}|\\^`'), "<http://e/%3C%3E%22%7B%7D%7C%5C%5E%60>"),
        (Iri("http://e/100%"), "<http://e/100%25>"),
        (Iri("http://e/%20"), "<http://e/%20>"),
        (Iri("http://e/#a#b"), "<http://e/#a%23b>"),
        (Iri("http://e/\n> <http://evil/> <x> ."), "<http://e/%0A%3E%20%3Chttp://evil/%3E%20%3Cx%3E%20.>"),
        (Iri("http://e/a[1]"), "<http://e/a%5B1%5D>"),
        (Iri("http://[2001:db8::1]/a"), "<http://[2001:db8::1]/a>"),
        (Iri("http://é.example/ü"), "<http://é.example/ü>"),
        (Iri("http://e/é\uffff"), "<http://e/%C3%A9%EF%BF%BF>"),
    ],
)
def test_terms_are_written_so_that_any_parser_reads_them(value: Iri | Literal, written: str) -> None:
    text = to_ntriples([(A, B, value)])

    assert text == f"<{A}> <{B}> {written} .\n"
    assert len(list(ox.parse(text, ox.RdfFormat.N_TRIPLES))) == 1


@pytest.mark.parametrize("iri", ["", "relative", "http://[x", "http://a:port/", "//x", "1:x"])
def test_what_is_no_iri_is_refused(iri: str) -> None:
    for triple in ((Iri(iri), B, C), (A, Iri(iri), C), (A, B, Iri(iri)), (A, B, Literal("x", datatype=Iri(iri)))):
        with pytest.raises(SyntaxRefused, match="no IRI"):
            to_ntriples([triple])


@pytest.mark.parametrize("media_type", FORMATS)
def test_ends_of_lines_within_a_text_are_what_they_were(media_type: str) -> None:
    triples = [(A, B, Literal("one\rtwo\r\nthree\nfour\tfive"))]

    assert list(parse_rdf(write_rdf(triples, media_type), media_type, base_iri=BASE)) == triples


ANY = st.text(st.characters(exclude_categories=()), max_size=20)
IRIS = st.builds(lambda text: Iri("http://e/" + text), ANY)
LITERALS = st.builds(Literal, ANY, st.none() | ANY, st.none()) | st.builds(Literal, ANY, st.none(), IRIS)


@settings(deadline=None)
@given(st.lists(st.tuples(IRIS, IRIS, st.one_of(IRIS, LITERALS)), max_size=5))
def test_whatever_is_written_is_read_again_and_written_the_same(triples: list[Triple]) -> None:
    text = to_ntriples(triples)

    again = from_ntriples(text)
    assert to_ntriples(again) == text
    assert len(again) == text.count("\n")


@pytest.mark.parametrize("text", ["nonsense", "_:a <http://p/> <http://o/> .", "<a> <http://p/> <http://o/> ."])
def test_n_triples_of_others_are_refused(text: str) -> None:
    with pytest.raises(SyntaxRefused):
        from_ntriples(text)
