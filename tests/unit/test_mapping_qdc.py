"""Qualified Dublin Core: the roots that carry it, and what its golden files do not say."""

from __future__ import annotations

import pytest

from node.errors import MappingError, SyntaxRefused
from node.mapping import crosswalks as mapping
from node.mapping import qdc
from node.mapping.protocols import MappingContext
from node.model.rdf import Iri, Literal

CONTEXT = MappingContext(iri=Iri("https://node.example/dataset/1"), identifier="oai:repository.example:1")
DCTERMS = "http://purl.org/dc/terms/"


def container(inner: str, *, namespace: str = "http://dspace.org/qualifieddc/") -> bytes:
    return f'<q:qualifieddc xmlns:q="{namespace}" xmlns:t="{DCTERMS}">{inner}</q:qualifieddc>'.encode()


@pytest.mark.parametrize(
    "namespace", [known for known in qdc.CROSSWALK.namespaces if not known.endswith(("*", "xoai"))]
)
def test_every_container_is_known_by_its_namespace(namespace: str) -> None:
    payload = container("<t:title>Rain</t:title>", namespace=namespace)

    resource = mapping.read("something-else", payload, CONTEXT).resource

    assert resource.title == (Literal("Rain"),)


def test_a_document_without_terms_is_refused() -> None:
    with pytest.raises(MappingError, match="no Dublin Core terms"):
        mapping.read("oai_qdc", container("<note>rain</note>"), CONTEXT)


def test_an_item_without_a_schema_of_dublin_core_is_refused() -> None:
    payload = b'<metadata xmlns="http://www.lyncode.com/xoai"><element name="thesis"/></metadata>'

    with pytest.raises(MappingError, match="no metadata in a schema of Dublin Core"):
        mapping.read("xoai", payload, CONTEXT)


def test_entities_are_refused_before_anything_is_read() -> None:
    bomb = b'<!DOCTYPE q [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;">]><q><title>&b;</title></q>'

    with pytest.raises(SyntaxRefused):
        mapping.read("oai_qdc", bomb, CONTEXT)


def test_terms_in_a_namespace_of_their_own_are_read_and_noted() -> None:
    payload = b'<metadata xmlns="http://dublincore.org/documents/dcmi-terms/"><title>Rain</title></metadata>'

    mapped = mapping.read("dcterms", payload, CONTEXT)

    assert [finding.code for finding in mapped.findings] == ["mapping.namespace"]
    assert mapped.resource.title == (Literal("Rain"),)


def test_what_is_no_link_stays_with_its_line() -> None:
    payload = container("<t:title>Rain</t:title>\n<t:references>a book on rain</t:references>")

    unmapped = mapping.read("oai_qdc", payload, CONTEXT).unmapped

    assert [(one.path, one.value, one.source_line) for one in unmapped] == [
        ("qualifieddc/references", "a book on rain", 2)
    ]


def test_a_role_that_is_not_known_stays_while_its_bearer_is_a_contributor() -> None:
    payload = (
        b'<metadata xmlns="http://www.lyncode.com/xoai"><element name="dc"><element name="contributor">'
        b'<element name="department"><element name="none"><field name="value">Physics</field></element></element>'
        b"</element></element></metadata>"
    )

    mapped = mapping.read("xoai", payload, CONTEXT)

    assert [(agent.name, agent.role) for agent in mapped.resource.contributors] == [("Physics", None)]
    assert [one.value for one in mapped.unmapped] == ["department"]


def test_a_size_of_a_file_that_is_no_number_stays() -> None:
    payload = (
        b'<metadata xmlns="http://www.lyncode.com/xoai"><element name="dc"><element name="title"><element name="none">'
        b'<field name="value">Rain</field></element></element></element><element name="bundles"><element name="bundle">'
        b'<field name="name">ORIGINAL</field><element name="bitstreams"><element name="bitstream">'
        b'<field name="url">https://repository.example/1</field><field name="size">large</field>'
        b'</element><element name="bitstream"><field name="url">somewhere</field></element></element></element>'
        b"</element></metadata>"
    )

    mapped = mapping.read("xoai", payload, CONTEXT)

    assert [way.byte_size for way in mapped.resource.distributions] == [None]
    assert [one.value for one in mapped.unmapped] == ["large", "somewhere"]


def test_a_date_in_words_is_noted_and_an_embargo_is_when_it_can_be_had() -> None:
    payload = container("<t:date>some day</t:date><t:date>info:eu-repo/date/embargoEnd/2031-01-01</t:date>")

    mapped = mapping.read("oai_qdc", payload, CONTEXT)

    assert [one.code for one in mapped.findings] == ["mapping.date-unreadable"]
    assert mapped.resource.available is not None and mapped.resource.available.value == "2031-01-01"
