"""Faults of XML 1.0 (https://www.w3.org/TR/xml/): encodings, characters, entities, surroundings, and answers that are
cut short, hostile, or no OAI-PMH at all.
"""

from __future__ import annotations

import json

from tests.faults.documents import DC, LAST, SECOND, dublin_core, identifier, ids, listing, page, record, token
from tests.faults.scenario import Answers, Scenario, serve
from tests.servers.hostile import Reply

# A page that can never be read is asked for four times, then its list is split: one half fails the same way twice, and
# the first page of the other shows that this repository goes by no dates.
ALWAYS = 2 + 4 + 3 + 1
# What is too large is not asked for twice.
AT_ONCE = 2 + 1 + 2 + 1
REPAIRED = ("harvest.repaired",)
THREE = identifier(3)


def _titled(title: str, *, encoding: str = "utf-8", declared: str = "UTF-8") -> bytes:
    """A second page whose first record has a title of its own."""
    return listing(record(3, title), record(4), token("three"), encoding=declared).encode(encoding)


def _payload(payload: str) -> bytes:
    return listing(record(3, payload=payload), record(4), token("three")).encode()


def _mended(name: str, second: bytes, title: str) -> Scenario:
    return Scenario(name=name, script=serve(two=second), findings=REPAIRED, titles={THREE: title})


def _refused(name: str, second: Answers, error: str, requests: int = ALWAYS) -> Scenario:
    return Scenario(name=name, script=serve(two=second), kept=ids(1, 2), error=error, requests=requests)


def _salvaged(name: str, spoilt: str) -> Scenario:
    """A page with one record that is beyond repair: it is rejected, and costs no other."""
    second = listing(record(3), spoilt, record(4), token("three")).encode()
    return Scenario(
        name=name,
        script=serve(two=second),
        other={identifier(7): "rejected/mapping.no-metadata"},
        findings=REPAIRED,
    )


def _doctype(internal: str, title: str = "x") -> bytes:
    return _titled(title).replace(b"<OAI-PMH", f"<!DOCTYPE OAI-PMH [{internal}]><OAI-PMH".encode(), 1)


_LAUGHS = '<!ENTITY a "ha">' + "".join(
    f'<!ENTITY {later} "{f"&{earlier};" * 10}">' for earlier, later in zip("abcdefgh", "bcdefghi", strict=True)
)

ENCODINGS = (
    Scenario(name="byte-order-mark", script=serve(two=b"\xef\xbb\xbf" + SECOND)),
    Scenario(
        name="utf-16",
        script=serve(two=_titled("Grüße, 漢字", encoding="utf-16", declared="UTF-16")),
        titles={THREE: "Grüße, 漢字"},
    ),
    Scenario(
        name="latin-1-that-says-so",
        script=serve(two=_titled("Grüße", encoding="latin-1", declared="ISO-8859-1")),
        titles={THREE: "Grüße"},
    ),
    _mended("latin-1-that-says-utf-8", _titled("Grüße", encoding="latin-1"), "Grüße"),
    _mended("windows-1252-that-says-utf-8", _titled("“Grüße” – 5 €", encoding="cp1252"), "“Grüße” – 5 €"),
    _mended("two-encodings-in-one-page", _titled("Grüße").replace("ß".encode(), b"\xdf"), "Grüße"),
    _mended("utf-8-that-says-utf-16", _titled("Grüße", declared="UTF-16"), "Grüße"),
    _mended("encoding-nobody-knows", _titled("Grüße", declared="x-klingon"), "Grüße"),
    _mended("nul-bytes", _titled("a\0b"), "ab"),
)

CHARACTERS = (
    _mended("control-characters", _titled("a\x01\x0b\x1fb"), "ab"),
    _mended("noncharacters", _titled("a\ufffe\uffffb"), "ab"),
    _mended("references-to-nothing", _titled("a&#0;&#x0;&#x1;&#11;b"), "ab"),
    _mended("references-to-surrogates", _titled("a&#xD800;&#55357;&#99999999999;b"), "ab"),
    _mended("reference-with-a-capital-x", _titled("&#X41;&#X42;"), "AB"),
    _mended("html-entities", _titled("caf&eacute; &mdash; &Uuml;&nbsp;&hellip;"), "café — Ü …"),
    _mended("entity-nobody-knows", _titled("a &bogus; b"), "a &bogus; b"),
    _mended("bare-ampersands", _titled("R&D & more, a=1&b=2"), "R&D & more, a=1&b=2"),
    _mended("ampersands-in-a-cdata-section-and-beside", _titled("<![CDATA[R&D]]> & more"), "R&D & more"),
    _mended("control-characters-in-a-cdata-section", _titled("<![CDATA[a\x00\x02b]]>"), "ab"),
)

SURROUNDINGS = (
    _mended("blank-lines-before", b"\r\n \n" + SECOND, "Record 3"),
    _mended(
        "warnings-before", b"<br />\n<b>Warning</b>: mysql_connect() in <b>oai.php</b><br />\n" + SECOND, "Record 3"
    ),
    _mended("plain-warning-before", b"Notice: Undefined index: set in /www/oai.php on line 3\n" + SECOND, "Record 3"),
    _mended("page-after-the-end", SECOND + b"<script>track()</script></body></html>", "Record 3"),
    _mended("nul-bytes-after-the-end", SECOND + bytes(64), "Record 3"),
    Scenario(
        name="list-that-is-called-a-page",
        script=serve(two=Reply(body=SECOND, headers={"Content-Type": "text/html; charset=ISO-8859-1"})),
    ),
    Scenario(name="comment-after-the-end", script=serve(two=SECOND + b"<!-- 0.3 s -->\n")),
    Scenario(
        name="stylesheet-and-no-declaration",
        script=serve(two=b'<?xml-stylesheet href="oai.xsl" type="text/xsl"?>\n' + SECOND.partition(b"?>")[2]),
    ),
    _mended("declaration-in-the-middle", _titled("a<?xml version='1.0'?>b"), "ab"),
    _mended(
        "prefixes-that-are-not-declared",
        _payload(dublin_core("<dc:title>Record 3</dc:title>").replace(f" {DC}", "")),
        "Record 3",
    ),
    Scenario(name="xml-1-1", script=serve(two=SECOND.replace(b'version="1.0"', b'version="1.1"'))),
)

SALVAGED = (
    _salvaged("tag-in-a-title", record(7, "p < 0.05 and <b> bold")),
    _salvaged("bare-less-than-sign", record(7, "p < 0.05")),
    _salvaged("tags-that-cross", record(7, payload=dublin_core("<dc:title>a</dc:creator><dc:creator>b</dc:title>"))),
    _salvaged("element-that-is-not-closed", record(7, payload=dublin_core("<dc:title>never closed"))),
    _salvaged("attribute-given-twice", record(7, payload=dublin_core('<dc:title a="1" a="2">x</dc:title>'))),
    _salvaged("attribute-without-quotes", record(7, payload=dublin_core("<dc:title lang=en>x</dc:title>"))),
    _salvaged("prefix-nobody-knows", record(7, payload="<mine:thing><mine:title>x</mine:title></mine:thing>")),
    _salvaged("end-of-cdata-in-a-title", record(7, "a ]]> b")),
    _salvaged("comment-with-two-hyphens", record(7, "a <!-- b -- c --> d")),
)

TRUNCATED = (
    *(
        Scenario(
            name=f"cut-{where}-once",
            script=serve(two=(SECOND[: SECOND.index(mark) + more], SECOND)),
            requests=5,
        )
        for where, mark, more in (
            ("in-the-declaration", b"version", 3),
            ("in-a-title", b"Record 3", 4),
            ("between-records", b"</record>", 10),
            ("after-the-last-record", b"<resumptionToken", 0),
            ("in-the-token", b"three", 3),
            ("before-the-last-tag", b"</OAI-PMH>", 0),
        )
    ),
    _refused("cut-in-a-record-for-ever", SECOND[: SECOND.index(b"Record 4")], "syntax.truncated"),
    _refused("cut-after-the-last-record-for-ever", SECOND[: SECOND.index(b"<resumptionToken")], "syntax.truncated"),
    Scenario(
        name="last-page-cut-after-its-last-record-for-ever",
        script=serve(three=LAST[: LAST.index(b"<resumptionToken")]),
        kept=ids(1, 2, 3, 4),
        error="syntax.truncated",
        # Two good pages before it, in the first list and in the half that has them.
        requests=3 + 4 + 4 + 1,
    ),
    Scenario(name="cut-and-unclean-once", script=serve(two=(_titled("R&D")[:-40], SECOND)), requests=5),
    _refused("nothing-for-ever", b"", "syntax.truncated"),
    Scenario(name="nothing-once", script=serve(two=(b"", SECOND)), requests=5),
    Scenario(name="blank-once", script=serve(two=(b" \r\n", SECOND)), requests=5),
)

FOREIGN = (
    _refused(
        "login-page",
        Reply(
            body=b"<!DOCTYPE html><html><head><title>Log in</title></head><body>Please<br></body></html>",
            headers={"Content-Type": "text/html"},
        ),
        "harvest.not-oai-pmh",
    ),
    _refused("page-in-xhtml", b'<html xmlns="http://www.w3.org/1999/xhtml"><body/></html>', "harvest.not-oai-pmh"),
    Scenario(
        name="maintenance-page-once",
        script=serve(two=(b"<!doctype html><title>Maintenance</title>", SECOND)),
        requests=5,
    ),
    _refused("plain-text", Reply(body=b"Service down", headers={"Content-Type": "text/plain"}), "syntax.refused"),
    _refused("json", json.dumps({"error": "internal", "records": []}).encode(), "syntax.refused"),
    _refused("feed", b'<feed xmlns="http://www.w3.org/2005/Atom"/>', "harvest.not-oai-pmh"),
    _refused("image", b"\x89PNG\r\n\x1a\n" + bytes(range(256)), "syntax.refused"),
)

HOSTILE = (
    _refused("doctype", _doctype(""), "syntax.refused"),
    _refused("entity-bomb", _doctype(_LAUGHS, "&i;"), "syntax.refused"),
    _refused("entity-from-a-file", _doctype('<!ENTITY f SYSTEM "file:///etc/hostname">', "&f;"), "syntax.refused"),
    _refused("doctype-from-elsewhere", _doctype("").replace(b"[]", b'SYSTEM "http://127.0.0.1:9/x"'), "syntax.refused"),
    Scenario(
        name="elements-nested-200-deep",
        script=serve(two=_payload("<x>" * 200 + "</x>" * 200)),
        kept=ids(1, 2, 4, 5, 6),
        other={identifier(3): "rejected/mapping.failed"},
    ),
    Scenario(
        name="elements-nested-100000-deep",
        script=serve(two=_payload("<x>" * 100_000 + "</x>" * 100_000)),
        kept=ids(1, 2, 4, 5, 6),
        other={identifier(3): "rejected/mapping.no-metadata"},
        findings=REPAIRED,
    ),
    Scenario(
        name="title-of-twelve-megabytes",
        script=serve(two=_titled("Long " + "x" * 12_000_000)),
    ),
    Scenario(
        name="record-of-ten-thousand-elements",
        script=serve(
            two=_payload(dublin_core("<dc:title>Record 3</dc:title>" + "<dc:subject>s</dc:subject>" * 10_000))
        ),
        titles={THREE: "Record 3"},
    ),
    Scenario(
        name="page-of-five-hundred-records",
        script=serve(two=page(*range(3, 503), to="")),
        kept=ids(*range(1, 503)),
        requests=3,
    ),
)
