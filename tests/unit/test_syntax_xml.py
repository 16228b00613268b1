"""The gate for foreign XML and JSON."""

from __future__ import annotations

import codecs
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from node.errors import SyntaxRefused, TooLarge, Truncated
from node.syntax import element_bytes, parse_json, parse_xml, refuse_crowded, refuse_doctype, xml_text

WHOLE = (
    "<?xml version='1.0' encoding='UTF-8'?>\n<!-- a comment --><r xmlns='urn:r' xmlns:p='urn:p' a='1 &lt; 2'>\n"
    '<p:x><![CDATA[<&]]></p:x><?pi data?>é 漢 😀<y b="\'"/>&#233;</r>\n'
).encode()


@pytest.mark.parametrize("end", range(len(WHOLE) - 1))
def test_a_document_cut_anywhere_is_truncated_and_never_read(end: int) -> None:
    body = WHOLE[:end]

    with pytest.raises(Truncated):
        parse_xml(body)


def test_a_whole_document_is_read() -> None:
    assert parse_xml(WHOLE).tag == "{urn:r}r"


@pytest.mark.parametrize(
    ("document", "position"),
    [
        (b"<a>\n <b></a>", "line 2, column "),
        (b"<a>\n&nbsp;</a>", "line 2, column "),
        (b"<a>& b</a>", "line 1, column "),
        (b"<a/>\n\n<b/>", "line 3, column 1"),
        (b"<a>\x0b</a>", "line 1, column 4"),
        (b"<a>\n\xff</a>", "line 2, column 1"),
        (b"<x:a/>", "line 1, column "),
        (b"<a>&#11;</a>", "line 1, column "),
        (b"\n<?xml version='1.0'?><a/>", "line 2, column 1"),
        (b"hello", "line 1, column 1"),
        (b"<a b=c/>", "line 1, column "),
        (b"<a b='1' b='2'/>", "line 1, column "),
    ],
)
def test_what_is_not_well_formed_is_refused_with_its_position(document: bytes, position: str) -> None:
    with pytest.raises(SyntaxRefused) as caught:
        parse_xml(document)

    assert not isinstance(caught.value, Truncated)
    assert caught.value.message.startswith(position)


DOCTYPES = (
    "<!DOCTYPE a><a/>",
    "<!DOCTYPE a []><a/>",
    '<!DOCTYPE a SYSTEM "http://127.0.0.1:9/x.dtd"><a/>',
    '<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/hostname">]><a>&x;</a>',
    '<!DOCTYPE a [<!ENTITY x "y"><!ENTITY % p "q">]><a b="&x;"/>',
    "<!-- long " + " x" * 5000 + " --><!DOCTYPE a><a/>",
    "<?pi?>\n\n<!DOCTYPE a><a/>",
)
ENCODINGS = (
    "utf-8",
    "utf-8-sig",
    "utf-16",
    "utf-16-le",
    "utf-16-be",
    "utf-32",
    "utf-32-le",
    "utf-32-be",
    "latin-1",
    "cp500",
)


@pytest.mark.parametrize("document", DOCTYPES)
@pytest.mark.parametrize("encoding", ENCODINGS)
@pytest.mark.parametrize("declared", [True, False])
def test_a_doctype_is_refused_in_every_encoding(document: str, encoding: str, declared: bool) -> None:
    head = f'<?xml version="1.0" encoding="{encoding.removesuffix("-sig")}"?>' if declared else ""
    data = (head + document).encode(encoding)

    for gate in (parse_xml, refuse_doctype):
        with pytest.raises(SyntaxRefused):
            gate(data)


@pytest.mark.parametrize(
    "encoding", ["utf-7", "unicode_escape", "raw_unicode_escape", "punycode", "idna", "rot13", "base64", "x"]
)
def test_encodings_that_are_escapes_are_refused(encoding: str) -> None:
    hidden = b"\\u003c!DOCTYPE a\\u003e+ADwAIQ-DOCTYPE a+AD4-<a/>"

    with pytest.raises(SyntaxRefused, match="not known"):
        parse_xml(f'<?xml version="1.0" encoding="{encoding}"?>'.encode() + hidden)


@pytest.mark.parametrize(
    ("encoding", "mark"),
    [
        ("utf-8", b""),
        ("utf-8", codecs.BOM_UTF8),
        ("utf-16-le", codecs.BOM_UTF16_LE),
        ("utf-16-be", b""),
        ("utf-32-be", codecs.BOM_UTF32_BE),
        ("iso-8859-1", b""),
        ("windows-1252", b""),
        ("macintosh", b""),
    ],
)
def test_documents_in_any_declared_encoding_read_the_same(encoding: str, mark: bytes) -> None:
    declared = {"macintosh": "mac_roman"}.get(encoding, encoding.removesuffix("-le").removesuffix("-be"))
    text = f'<?xml version="1.0"\n encoding="{declared}" standalone="yes"?>\n<a>é</a>'

    root = parse_xml(mark + text.encode("mac_roman" if encoding == "macintosh" else encoding))

    assert root.text == "é"
    assert root.sourceline == 3


def test_depth_is_bounded() -> None:
    def nested(depth: int) -> bytes:
        return b"<a>" * depth + b"</a>" * depth

    assert parse_xml(nested(2000)).tag == "a"
    with pytest.raises(SyntaxRefused, match="depth"):
        parse_xml(nested(3000))
    with pytest.raises(SyntaxRefused):
        parse_xml(nested(1_000_000))
    with pytest.raises(SyntaxRefused, match="deeper than 256"):
        refuse_doctype(nested(257))


def test_size_is_bounded_and_a_long_text_is_no_trouble() -> None:
    long = b"<a>" + b"x" * 12_000_000 + b"</a>"

    assert len(parse_xml(long).text or "") == 12_000_000
    with pytest.raises(TooLarge):
        parse_xml(long, max_bytes=11_999_999)


def test_recovering_leaves_out_what_is_wrong_but_never_a_doctype() -> None:
    assert b"<b>c" in element_bytes(parse_xml(b"<a><b>c & d</b></a>", recover=True))
    with pytest.raises(SyntaxRefused):
        parse_xml(b"<!DOCTYPE a [<!ENTITY x 'y'>]><a>&x;</a>", recover=True)
    with pytest.raises(SyntaxRefused):
        parse_xml(b"", recover=True)


def test_an_element_by_itself_keeps_its_namespaces_and_loses_its_tail() -> None:
    outer = "<a xmlns='urn:d' xmlns:v='urn:v' xmlns:s='urn:s'><b s:t='v:kind'>é<c/></b>tail</a>"
    inner = parse_xml(outer.encode())[0]

    data = element_bytes(inner)

    again = parse_xml(data)
    assert again.tag == "{urn:d}b" and again[0].tag == "{urn:d}c"
    assert again.nsmap == {None: "urn:d", "v": "urn:v", "s": "urn:s"}
    assert not data.startswith(b"<?xml") and b"tail" not in data
    assert inner.tail == "tail", "the document it came from is not touched"


def test_lines_of_an_element_by_itself_count_from_its_own_first_line() -> None:
    inner = parse_xml(b"<a>\n\n\n<b>\n<c/>\n</b></a>")[0]

    assert [each.sourceline for each in parse_xml(element_bytes(inner)).iter()] == [1, 2]


@given(st.text(st.characters(exclude_categories=())))
def test_text_for_xml_is_text_that_xml_can_hold(text: str) -> None:
    clean = xml_text(text)

    element = etree.Element("a")
    element.text = clean
    assert (parse_xml(etree.tostring(element)).text or "") == clean
    assert xml_text(clean) == clean


def test_only_forbidden_characters_are_taken_from_a_text() -> None:
    assert xml_text("a\x00\x0b\t\n\r\ud800\udfff\ufffe\uffff\ufffd😀é") == "a\t\n\r\ufffd😀é"


# --- JSON


def test_json_is_read() -> None:
    assert parse_json(b'\xef\xbb\xbf{"a": [1, 2.5, null, true, "\\u00e9[{\\""]}') == {"a": [1, 2.5, None, True, 'é[{"']}


@pytest.mark.parametrize(
    "document",
    [b"", b"{", b"[1,]", b"NaN", b"[Infinity]", b'{"a":1,"a":2}', b"\xff", b"[1] 2", b"1" * 5000, b'"\\', b"'a'"],
)
def test_what_is_not_json_is_refused(document: bytes) -> None:
    with pytest.raises(SyntaxRefused):
        parse_json(document)


def test_json_is_bounded() -> None:
    assert parse_json(b"[" * 128 + b"]" * 128)
    with pytest.raises(SyntaxRefused, match="deeper than 128"):
        parse_json(b"[" * 129 + b"]" * 129)
    with pytest.raises(SyntaxRefused, match="line 2"):
        parse_json(b'\n{"a":' + b"[" * 1_000_000)
    with pytest.raises(TooLarge):
        parse_json(b"[1, 2]", max_bytes=5)


def test_json_that_never_closes_its_strings_is_refused_quickly() -> None:
    begun = time.perf_counter()

    with pytest.raises(SyntaxRefused):
        parse_json(b'"' + b'\\"' * 2_000_000)

    assert time.perf_counter() - begun < 2


def test_an_element_with_a_thousand_attributes_is_read_and_one_with_more_refused() -> None:
    def crowded(count: int) -> bytes:
        return b"<x><y " + b" ".join(b'a%d="1"' % number for number in range(count)) + b"/></x>"

    refuse_crowded(crowded(1000))
    with pytest.raises(SyntaxRefused, match="line 1, column 4: an element has 1001 attributes"):
        refuse_crowded(crowded(1001))


def test_a_document_of_many_elements_is_not_crowded() -> None:
    refuse_crowded(b"<x>" + b'<y a="1" b="2"/>' * 5000 + b"</x>")
