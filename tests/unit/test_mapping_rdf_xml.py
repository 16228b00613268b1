"""RDF/XML as text: what is written parses back to the same triples, whatever the texts hold."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from node.errors import SyntaxRefused
from node.mapping import crosswalks as mapping
from node.mapping.dcat.rdf_xml import SCHEMA, rdf_xml
from node.mapping.xml_writing import element
from node.model.dcat import Relation, Resource
from node.model.rdf import Iri, Literal, Node, Triple
from node.namespaces import PREFIXES, RDF_TYPE, XSI, expand
from node.syntax import parse_rdf, write_rdf, xml_text

SUBJECT = Iri("https://node.example/dataset/1")
HOSTILE = (
    "bell \x07 null \x00 escape \x1b[31m",
    "]]> <![CDATA[ <!-- -->",
    "<b>&amp;</b> &#0; &lol;",
    "\"double\" 'single'",
    "line\nfeed, carriage\rreturn, both\r\n, tab\t, next line \x85, separator \u2028",
    "  spaces at the ends  ",
    "not a character \ufffe \uffff, a lone surrogate \ud800, astral 🜁",
    "",
    " ",
    "\n",
)
LANGUAGES = (None, "en", "de-at", "zh-hant-tw", "x-private")
DATATYPES = (
    *map(expand, ("xsd:date", "xsd:decimal", "geo:wktLiteral", "rdf:HTML", "rdf:XMLLiteral")),
    Iri("https://types.example/?a=1&b=2#é"),
)
IRIS = (
    SUBJECT,
    Iri("https://node.example/a?b=1&c=2&amp;d='e'"),
    Iri("https://node.example/größe/日本#☃"),
    Iri("urn:nbn:de:101:1-2&3"),
    Iri("mailto:desk@repository.example"),
)
PREDICATES = (
    *map(expand, ("dct:title", "dcat:keyword", "foaf:name", "prov:wasGeneratedBy", "rdf:value", "rdf:type", "rdf:_1")),
    Iri("https://other.example/terms?a=1&b=2#seen.by-1"),
    Iri("https://other.example/123abc"),
    Iri("http://purl.org/dc/terms/deeper/title"),
    Iri("urn:example:word"),
)
CLASSES = (
    *map(expand, ("dcat:Dataset", "foaf:Agent", "rdf:Description", "rdf:li", "rdf:Bag")),
    Iri("https://other.example/Class&Kind"),
    Iri("https://other.example/classes/123"),
    Iri("https://other.example/Größe"),
)

texts = st.sampled_from(HOSTILE) | st.text(st.characters(codec=None), max_size=30)
literals = st.builds(Literal, texts, st.sampled_from(LANGUAGES), st.none()) | st.builds(
    Literal, texts, st.none(), st.sampled_from(DATATYPES)
)
iris = st.sampled_from(IRIS)
triples = st.tuples(iris, st.sampled_from(PREDICATES), literals | iris) | st.tuples(
    iris, st.just(RDF_TYPE), st.sampled_from(CLASSES)
)

# The library refuses some classes, and writes a carriage return bare, which XML reads as a line feed.
plain = st.tuples(iris, st.sampled_from(PREDICATES[:4]), literals | iris).filter(lambda one: "\r" not in _text(one[2]))


def parsed(text: str) -> set[Triple]:
    return set(parse_rdf(text.encode("utf-8"), "application/rdf+xml", base_iri="https://base.example/"))


def clean(triple: Triple) -> Triple:
    """What XML can hold of a triple: the characters it forbids are left out."""
    subject, predicate, value = triple
    if isinstance(value, Literal):
        value = Literal(xml_text(value.value), language=value.language, datatype=value.datatype)
    return subject, predicate, value


@given(st.lists(triples, max_size=12))
def test_what_is_written_parses_back_to_the_same_triples(given_triples: list[Triple]) -> None:
    text = rdf_xml(given_triples)

    assert parsed(text) == set(map(clean, given_triples))


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_text_comes_back_as_it_was_in_every_kind_of_literal(text: str) -> None:
    values = [Literal(text, language=tag) for tag in LANGUAGES] + [Literal(text, datatype=one) for one in DATATYPES]
    wanted: list[Triple] = [(SUBJECT, expand("dct:title"), value) for value in values]

    found = parsed(rdf_xml(wanted))

    assert found == set(map(clean, wanted))


@given(st.lists(plain, max_size=8))
def test_the_rdf_library_would_have_said_the_same(given_triples: list[Triple]) -> None:
    library = write_rdf(given_triples, "application/rdf+xml", prefixes=PREFIXES).decode("utf-8")

    ours = rdf_xml(given_triples)

    assert parsed(ours) == parsed(library)


@pytest.mark.parametrize(
    ("given_value", "read"),
    [
        (Literal("Titel", language="de_AT"), Literal("Titel", language="de-at")),
        (Literal("Titel", language="no language"), Literal("Titel")),
        (Literal("Titel", language=""), Literal("Titel")),
        (Literal("Titel", datatype=expand("xsd:string")), Literal("Titel")),
        (Literal("Titel", datatype=expand("rdf:langString")), Literal("Titel")),
        (Iri("https://node.example/a b"), Iri("https://node.example/a%20b")),
        (Iri('https://node.example/"<>'), Iri("https://node.example/%22%3C%3E")),
    ],
)
def test_terms_that_are_not_quite_right_are_mended(given_value: Iri | Literal, read: Iri | Literal) -> None:
    predicate = expand("dct:relation")

    text = rdf_xml([(SUBJECT, predicate, given_value)])

    assert parsed(text) == {(SUBJECT, predicate, read)}


def test_a_name_beyond_ascii_is_left_to_the_library() -> None:
    triple = (SUBJECT, Iri("https://other.example/terms#größe"), Literal("12 & mehr", language="de"))

    text = rdf_xml([triple])

    assert parsed(text) == {triple}
    assert etree.fromstring(text).get(f"{{{XSI}}}schemaLocation") == f"{PREFIXES['rdf']} {SCHEMA}"


@pytest.mark.parametrize("predicate", ["https://other.example/terms/", "https://other.example/terms#12"])
def test_a_property_that_can_be_no_element_is_refused(predicate: str) -> None:
    with pytest.raises(SyntaxRefused):
        rdf_xml([(SUBJECT, Iri(predicate), Literal("x"))])


def test_a_statement_made_twice_is_written_once() -> None:
    triple = (SUBJECT, expand("dct:title"), Literal("Twice\x00"))
    same = (SUBJECT, expand("dct:title"), Literal("Twice"))

    text = rdf_xml([triple, same, triple])

    assert text.count("Twice") == 1


def test_the_first_class_is_the_element_and_others_are_properties() -> None:
    described: list[Triple] = [(SUBJECT, RDF_TYPE, expand(name)) for name in ("foaf:Agent", "foaf:Person")]

    (node,) = etree.fromstring(rdf_xml(described))

    assert node.tag == f"{{{PREFIXES['foaf']}}}Agent"
    assert [child.get(f"{{{PREFIXES['rdf']}}}resource") for child in node] == [expand("foaf:Person")]


@given(texts)
def test_the_dcat_writer_keeps_a_title_and_a_relation_of_any_vocabulary(title: str) -> None:
    relation = Relation(predicate=Iri("https://other.example/terms#seenBy"), target=IRIS[2])
    resource = Resource(iri=IRIS[1], title=(Literal(title, language="en"),), relations=(relation,))

    found = parsed(mapping.dcat.WRITER.write(resource))

    assert (IRIS[1], expand("dct:title"), Literal(xml_text(title), language="en")) in found
    assert (IRIS[1], relation.predicate, relation.target) in found


@given(texts, texts)
def test_an_element_holds_any_text_and_attribute_as_they_were(content: str, attribute: str) -> None:
    markup = element("x", content, name=attribute)

    read = etree.fromstring(markup)

    assert (read.text or "") == xml_text(content)
    assert read.get("name") == xml_text(attribute)


def _text(node: Node) -> str:
    return node.value if isinstance(node, Literal) else node
