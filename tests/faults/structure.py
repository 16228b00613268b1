"""Faults of where protocol elements stand and how they are spelt, and of ends that nothing says to be one: where a
client that sees nothing but what it expects would call a part of a list the whole (OAI-PMH 2.0, sections 3.2 and 3.5:
https://www.openarchives.org/OAI/openarchivesprotocol.html#XMLResponse).
"""

from __future__ import annotations

from tests.faults.documents import ALL, FIRST, SECOND, envelope, error, identifier, ids, listing, page, record, token
from tests.faults.scenario import Scenario, serve

# As in tests/faults/xml.py: a last page that can never be read, and the two good ones before it.
NEVER_THREE = 3 + 4 + 4 + 1
NEVER_TWO = 2 + 4 + 3 + 1


def _list(*parts: str) -> bytes:
    return listing(*parts).encode()


def _ended(*parts: str) -> bytes:
    return _list(*parts, token(""))


def _recased(name: str, other: str) -> bytes:
    """The second page with an element's name in other case."""
    return SECOND.replace(f"<{name}".encode(), f"<{other}".encode()).replace(
        f"</{name}".encode(), f"</{other}".encode()
    )


def _refused(name: str, last: bytes) -> Scenario:
    return Scenario(
        name=name,
        script=serve(three=last),
        kept=ids(1, 2, 3, 4),
        error="harvest.not-oai-pmh",
        requests=NEVER_THREE,
    )


CASES = tuple(
    Scenario(name=f"name-in-other-case-{other.lower()}", script=serve(two=_recased(name, other)))
    for name, other in (
        ("resumptionToken", "ResumptionToken"),
        ("record", "Record"),
        ("header", "HEADER"),
        ("identifier", "Identifier"),
        ("metadata", "Metadata"),
        ("ListRecords", "listrecords"),
        ("OAI-PMH", "oai-pmh"),
    )
)

PLACES = (
    Scenario(
        name="token-inside-a-record",
        script=serve(two=_list(record(3), record(4).replace("</record>", token("three") + "</record>"))),
        findings=("harvest.token-misplaced",),
    ),
    Scenario(
        name="token-after-the-end",
        script=serve(two=page(3, 4) + token("three").encode()),
        kept=ids(1, 2),
        error="syntax.refused",
        requests=NEVER_TWO,
    ),
    Scenario(
        name="record-after-the-end",
        script=serve(two=SECOND + b"<record><header>"),
        kept=ids(1, 2),
        error="syntax.refused",
        requests=NEVER_TWO,
    ),
    Scenario(name="records-after-the-token", script=serve(three=_list(record(5), token(""), record(6)))),
    _refused(
        "record-beside-the-list", envelope(f"<ListRecords>{record(5)}{token('')}</ListRecords>{record(6)}").encode()
    ),
    _refused("record-inside-a-record", _ended(record(5).replace("</record>", record(6) + "</record>"))),
    _refused("header-without-a-record", _ended(record(5), "<header><identifier>x</identifier></header>")),
    _refused("records-in-a-wrapper", _ended(f"<records>{record(5)}{record(6)}</records>")),
    _refused("records-that-are-escaped", _ended(record(5), record(6).replace("<", "&lt;"))),
    _refused("records-in-a-cdata-section", _ended(record(5), f"<![CDATA[{record(6)}]]>")),
    Scenario(
        name="warning-inside-the-list",
        script=serve(two=_list("<br/><b>Warning</b>: x &lt; y", record(3), "and so on", record(4), token("three"))),
    ),
)


def _once(name: str, second: bytes) -> Scenario:
    return Scenario(name=name, script=serve(two=(second, SECOND)), requests=5)


ENDS = (
    _once("token-forgotten-once", page(3, 4)),
    _once("page-without-anything-once", _list()),
    _once("no-match-once", error("noRecordsMatch")),
    Scenario(name="no-match-once-for-everything", script=serve(first=(error("noRecordsMatch"), FIRST)), requests=5),
    Scenario(
        name="page-without-anything-for-ever",
        script=serve(two=_list()),
        kept=ids(1, 2),
        error="harvest.incomplete-list",
        requests=4,
    ),
    Scenario(
        name="page-without-anything-at-the-announced-end",
        script=serve(
            first=page(1, 2, to="two", completeListSize=4),
            two=page(3, 4, to="three", completeListSize=4),
            three=_list(),
        ),
        kept=ids(1, 2, 3, 4),
        findings=("harvest.last-token-missing",),
    ),
    Scenario(
        name="announced-size-that-shrinks-to-what-came",
        script=serve(first=page(1, 2, to="two", completeListSize=6), two=page(3, 4, to="", completeListSize=4)),
        kept=ids(1, 2, 3, 4),
        error="harvest.incomplete-list",
        requests=4,
    ),
    Scenario(
        name="announced-size-that-tells-what-is-left",
        script=serve(
            first=page(1, 2, to="two", completeListSize=6),
            two=page(3, 4, to="three", completeListSize=4),
            three=page(5, 6, to="", completeListSize=2),
        ),
    ),
    *(
        Scenario(
            name=f"{code.lower()}-once",
            script=serve(two=(error(code), SECOND)),
            findings=("harvest.list-restarted",),
            requests=6,
        )
        for code in ("badArgument", "badVerb", "internalError")
    ),
    Scenario(
        name="no-match-in-other-case", script=serve(three=error("NoRecordsMatch")), kept=ids(1, 2, 3, 4), requests=5
    ),
)

IDENTIFIERS = (
    Scenario(
        name="identifiers-that-differ-by-case-form-or-blank",
        script=serve(three=_ended(*map(record, ("a", "A", "\u00e9", "e\u0301", "x", "x\u00a0")))),
        kept=(*ids(1, 2, 3, 4), *ids("a", "A", "\u00e9", "e\u0301", "x", "x\u00a0")),
    ),
    Scenario(
        name="identifier-around-a-comment",
        script=serve(three=_ended(record(5), record(6).replace("example.org:6", "example<!-- x -->.org<?x y?>:6"))),
    ),
    Scenario(
        name="attributes-by-the-thousand",
        script=serve(
            two=_list(
                record(3, payload="<x {}/>".format(" ".join(f"a{number}='1'" for number in range(50_000)))),
                record(4),
                token("three"),
            )
        ),
        kept=tuple(name for name in ALL if name != identifier(3)),
        other={identifier(3): "rejected/syntax.refused"},
    ),
)
