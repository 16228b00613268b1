"""Labels that travel between nodes: signed, bound to their record, and never looser than what the receiver asks."""

import dataclasses

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from node.errors import LabelError
from node.model.label import Access, Labels
from node.model.statement import LabelStatement
from node.sovereignty.labels import join, least, most_restrictive, tightens
from node.sovereignty.signatures import new_keys
from node.sovereignty.statement_xml import from_xml, payload_digest, to_xml
from node.sovereignty.statements import from_member, receive, sign, signed_bytes, to_member
from node.syntax import parse_xml
from tests.labels import labels as any_label

KEYS = new_keys()
NODE = "https://node.example"
NAME = "oai:node.example:abc"
OPEN = Labels(record=least(), data=dataclasses.replace(least(), access=Access.RESTRICTED))
STATEMENT = LabelStatement(node=NODE, identifier=NAME, content="0" * 64, datestamp="2026-11-25T14:00:00Z", labels=OPEN)
FLOOR = Labels(record=least(), data=least())


def received(statement, signature, **changes):
    asked = {"node": NODE, "identifier": NAME, "content": STATEMENT.content}
    return receive(statement, signature, **{**asked, "keys": KEYS.public(), "floor": FLOOR, **changes})


@given(any_label, any_label, st.sampled_from(["oai:node.example:abc", "oai:ü&<>\"'", "x y"]))
def test_a_statement_is_read_as_it_was_written_in_both_forms(record, data, name):
    statement = dataclasses.replace(STATEMENT, identifier=name, labels=Labels(record=record, data=data))
    signature = sign(statement, KEYS)

    assert from_xml(parse_xml(to_xml(statement, signature).encode())) == (statement, signature)
    assert from_member(to_member(statement, signature)) == (statement, signature)


def test_a_signed_label_is_taken_over():
    assert received(STATEMENT, sign(STATEMENT, KEYS)) == (OPEN, "")


@given(any_label, any_label)
def test_the_receiver_never_ends_looser_than_its_own_floor_or_what_was_said(said, floor):
    statement = dataclasses.replace(STATEMENT, labels=Labels(record=said, data=said))

    labels, doubt = received(statement, sign(statement, KEYS), floor=Labels(record=floor, data=floor))

    assert doubt == ""
    assert labels.record == join(said, floor)
    assert tightens(labels.data, said) and tightens(labels.data, floor)


@pytest.mark.parametrize(
    ("change", "signature", "keys"),
    [
        ({"identifier": "oai:node.example:other"}, None, None),
        ({"node": "https://other.example"}, None, None),
        ({"content": "1" * 64}, None, None),
        ({"datestamp": "2026-11-26T14:00:00Z"}, None, None),
        ({"labels": Labels(record=least(), data=least())}, None, None),
        ({}, "", None),
        ({}, "a..b", None),
        ({}, None, new_keys().public()),
        ({}, None, {}),
    ],
)
def test_a_label_that_does_not_hold_counts_as_unknown(change, signature, keys):
    statement = dataclasses.replace(STATEMENT, **change)
    signature = sign(STATEMENT, KEYS) if signature is None else signature

    labels, doubt = received(statement, signature, keys=KEYS.public() if keys is None else keys)

    assert doubt
    assert labels == Labels(record=most_restrictive(), data=most_restrictive())


@pytest.mark.parametrize("content", ["1" * 64, "", "0" * 63])
def test_a_genuine_label_beside_another_content_counts_as_unknown(content):
    labels, doubt = received(STATEMENT, sign(STATEMENT, KEYS), content=content)

    assert "another content" in doubt and labels == Labels(record=most_restrictive(), data=most_restrictive())


def test_the_digest_of_a_payload_does_not_depend_on_the_document_around_it():
    alone = b'<?xml version="1.0"?><a:r xmlns:a="urn:a" y="1" x="2"><!-- seen --><b/>\xc3\xbc</a:r>'
    inside = b"<o xmlns='urn:o' xmlns:p='urn:p'><a:r x='2' y='1' xmlns:a='urn:a'><b xmlns=''></b>&#252;</a:r></o>"

    assert payload_digest(alone) == payload_digest(etree.tostring(parse_xml(inside)[0]))
    assert payload_digest(alone) != payload_digest(alone.replace(b'y="1"', b'y="3"'))


def test_a_record_without_a_label_counts_as_unknown():
    labels, doubt = received(None, "")

    assert labels.record == most_restrictive() and "without a label" in doubt


def test_a_signature_of_another_kind_of_thing_is_no_label():
    _, doubt = received(STATEMENT, KEYS.sign(signed_bytes(STATEMENT), "fairnode-trail-head"))

    assert "signature" in doubt


GOOD = to_xml(STATEMENT, sign(STATEMENT, KEYS))


@pytest.mark.parametrize(
    "text",
    [
        "<label/>",
        GOOD.replace("label/1.0", "label/2.0"),
        GOOD.replace("<data ", "<record "),
        GOOD.replace('sov-acc="restricted"', 'sov-acc="open"'),
        GOOD.replace('sov-acc="restricted"', 'sov-acc="RESTRICTED"'),
        GOOD.replace('sov-asl="0"', ""),
        GOOD.replace('sov-asl="0"', 'sov-asl="0" sov-new="1"'),
        GOOD.replace('node="https://node.example"', ""),
        GOOD.replace('datestamp="2026-11-25T14:00:00Z"', ""),
        GOOD.replace("2026-11-25T14:00:00Z", "2026-11-25T16:00:00+02:00"),
        GOOD.replace("<signature>", "<extra/><signature>"),
    ],
)
def test_a_container_that_is_not_a_label_is_refused(text):
    with pytest.raises(LabelError):
        from_xml(parse_xml(text.encode()))


@pytest.mark.parametrize("values", [[], {}, {"record": 3}, {**to_member(STATEMENT, ""), "data": {"sov-acc": 3}}])
def test_a_member_that_is_not_a_label_is_refused(values):
    with pytest.raises(LabelError):
        from_member(values)
