"""Every crosswalk under mutation: good payloads with parts removed, repeated, emptied or replaced stop no harvest."""

from __future__ import annotations

import json
from copy import deepcopy
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from node.errors import MappingError
from node.mapping import crosswalks as mapping
from node.mapping.dcat_ap import shared_nodes, to_triples
from node.model.mapped import Mapped
from node.syntax import to_ntriples
from tests.unit.test_mapping_golden import Golden, goldens

IN_XML = [case for case in goldens() if case.media_type == "application/xml"]
# JSON-LD that is read as RDF is refused by the gate of RDF, which has tests of its own.
IN_JSON = [case for case in goldens() if case.media_type == "application/json"]
# Values that look like something else than they are, and some that look like nothing.
STRANGE = (
    "", " ", "0", "-1", "true", "NaN", "1e400", "9" * 40, "2020-13-45", "2020/..", "é", "\U0001f30d", "](", "%", "#",
    "https://", "https://[::1", "http://x y", "urn:", "doi:", "10.5555/", "_:b", "mailto:", "POLYGON((", "<b>&amp;",
    "a" * 5000,
)  # fmt: skip
VALUES = st.one_of(st.sampled_from(STRANGE), st.text(max_size=20))


@settings(max_examples=150, deadline=None)
@given(data=st.data())
def test_no_mutation_of_a_payload_in_xml_raises_anything_but_that_it_is_no_record(data: st.DataObject) -> None:
    case = data.draw(st.sampled_from(IN_XML))
    root = etree.fromstring(case.payload.read_bytes())
    for _ in range(data.draw(st.integers(1, 4))):
        elements = list(root.iter("*"))
        element = elements[data.draw(st.integers(0, len(elements) - 1))]
        _mutate(data, element)

    _read(case, etree.tostring(root))


@settings(max_examples=150, deadline=None)
@given(data=st.data())
def test_no_mutation_of_a_payload_in_json_raises_anything_but_that_it_is_no_record(data: st.DataObject) -> None:
    case = data.draw(st.sampled_from(IN_JSON))
    document = json.loads(case.payload.read_bytes())
    for _ in range(data.draw(st.integers(1, 4))):
        places = list(_places(document))
        holder, key = places[data.draw(st.integers(0, len(places) - 1))]
        if data.draw(st.booleans()) and isinstance(holder, dict):
            del holder[key]
        else:
            other, other_key = places[data.draw(st.integers(0, len(places) - 1))]
            plain = st.one_of(
                VALUES, st.none(), st.booleans(), st.integers(), st.floats(allow_nan=False, allow_infinity=False)
            )
            holder[key] = data.draw(
                st.one_of(plain, st.lists(plain, max_size=2), st.just(deepcopy(other[other_key])), st.just({}))
            )
        if not list(_places(document)):
            break

    _read(case, json.dumps(document).encode())


@pytest.mark.parametrize("case", [*IN_XML, *IN_JSON], ids=lambda case: f"{case.prefix}/{case.expected.stem}")
def test_reading_twice_gives_the_same(case: Golden) -> None:
    payload = case.payload.read_bytes()

    assert mapping.read(case.prefix, payload, case.context) == mapping.read(case.prefix, payload, case.context)


def _mutate(data: st.DataObject, element: etree._Element) -> None:
    parent = element.getparent()
    what = data.draw(st.sampled_from(["remove", "repeat", "empty", "text", "attribute", "rename", "nest"]))
    if what == "remove" and parent is not None:
        parent.remove(element)
    elif what == "repeat" and parent is not None:
        parent.append(deepcopy(element))
    elif what == "empty":
        element.clear()
    elif what == "text":
        element.text = _writable(data.draw(VALUES))
    elif what == "attribute" and element.attrib:
        name = data.draw(st.sampled_from(sorted(map(str, element.attrib))))
        element.set(name, _writable(data.draw(VALUES)))
    elif what == "rename":
        element.tag = f"{{https://strange.example/}}{etree.QName(element).localname}"
    elif what == "nest":
        element.append(deepcopy(element))


def _read(case: Golden, payload: bytes) -> None:
    try:
        mapped = mapping.read(case.prefix, payload, case.context)
    except MappingError:
        return
    _assert_usable(mapped, case)


def _assert_usable(mapped: Mapped, case: Golden) -> None:
    triples = [*to_triples(mapped.resource, base=case.context.iri), *mapped.extra]
    for _, about in shared_nodes(mapped.resource):
        triples += about
    assert to_ntriples(triples)
    assert mapped.resource.identifiers
    for writer in mapping.WRITERS:
        etree.fromstring(writer.write(mapped.resource))
    json.loads(mapping.schema_org.write(mapped.resource))


def _writable(text: str) -> str:
    return "".join(char for char in text if char.isprintable() and not "\ud800" <= char <= "\udfff")


def _places(value: Any) -> Any:
    if isinstance(value, dict):
        for key, inner in value.items():
            yield value, key
            yield from _places(inner)
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            yield value, index
            yield from _places(inner)
