"""Faults of what answers hold: namespaces, records, headers and payloads (OAI-PMH 2.0, sections 2.4 and 2.5), and of
answers to another question: https://www.openarchives.org/OAI/openarchivesprotocol.html#Record.
"""

from __future__ import annotations

from tests.faults.documents import (
    DC,
    FIRST,
    IDENTIFY,
    NAMESPACE,
    SECOND,
    dublin_core,
    envelope,
    error,
    identifier,
    identify,
    ids,
    listing,
    record,
    token,
)
from tests.faults.scenario import Answers, Scenario, serve
from tests.faults.xml import ALWAYS
from tests.servers.hostile import Reply

THREE, SEVEN = identifier(3), identifier(7)
NAMELESS = "urn:fairnode:unidentified:2:3"


def _spelt(xmlns: str) -> bytes:
    return listing(record(3), record(4), token("three"), xmlns=xmlns).encode()


def _beside(*odd: str) -> Answers:
    """A second page with an odd record beside its two good ones."""
    return listing(record(3), record(4), *odd, token("three")).encode()


def _wrapped(inside: str) -> Answers:
    """A second page whose first payload holds protocol elements, which are payload there."""
    payload = dublin_core(f"<dc:title>Record 3</dc:title><dc:description>{inside}</dc:description>")
    return listing(record(3, payload=payload), record(4), token("three")).encode()


def _odd(name: str, *odd: str, other: str = "", of: str = SEVEN) -> Scenario:
    """An odd record is kept where it says enough, and else rejected with its reason; the others are kept anyway."""
    kept = ids(1, 2, 3, 4, 5, 6)
    return Scenario(
        name=name,
        script=serve(two=_beside(*odd)),
        kept=kept if other else (*kept, of),
        other={of: other} if other else {},
    )


def _answered(name: str, answer: Answers) -> Scenario:
    return Scenario(name=name, script=serve(two=answer), kept=ids(1, 2), error="harvest.not-oai-pmh", requests=ALWAYS)


NAMESPACES = (
    *(
        Scenario(name=f"namespace-{name}", script=serve(two=_spelt(xmlns)), findings=("harvest.namespace",))
        for name, xmlns in (
            ("with-https", f'xmlns="{NAMESPACE.replace("http:", "https:")}"'),
            ("with-www-and-no-slash", 'xmlns="http://openarchives.org/OAI/2.0"'),
            ("of-version-1-1", 'xmlns="http://www.openarchives.org/OAI/1.1/OAI_ListRecords"'),
            ("missing", ""),
        )
    ),
    Scenario(
        name="namespace-with-a-prefix",
        script=serve(
            two=SECOND.replace(b"xmlns=", b"xmlns:o=")
            .replace(b"<", b"<o:")
            .replace(b"<o:/", b"</o:")
            .replace(b"<o:?xml", b"<?xml")
            .replace(b"o:oai_dc:", b"oai_dc:")
            .replace(b"o:dc:", b"dc:")
        ),
    ),
    Scenario(
        name="prefixes-bound-on-the-root",
        script=serve(
            two=listing(
                record(3, payload="<oai_dc:dc><dc:title>Record 3</dc:title></oai_dc:dc>"),
                record(4),
                token("three"),
                xmlns=f'xmlns="{NAMESPACE}" {DC}',
            ).encode()
        ),
        titles={THREE: "Record 3"},
    ),
)

INNER = (
    Scenario(
        name="record-inside-a-payload", script=serve(two=_wrapped(f'<record xmlns="{NAMESPACE}"><header/></record>'))
    ),
    Scenario(
        name="token-inside-a-payload",
        script=serve(two=_wrapped(f'<resumptionToken xmlns="{NAMESPACE}">elsewhere</resumptionToken>')),
    ),
    Scenario(
        name="error-inside-a-payload",
        script=serve(two=_wrapped(f'<error xmlns="{NAMESPACE}" code="badResumptionToken">no</error>')),
    ),
    Scenario(
        name="answer-inside-a-payload",
        script=serve(two=_wrapped(listing(record(8), token("elsewhere")).partition("?>")[2])),
    ),
    Scenario(
        name="token-inside-a-payload-of-the-last-page",
        script=serve(
            three=listing(
                record(5),
                record(6, payload=dublin_core(f'<dc:title>x</dc:title><token xmlns="{NAMESPACE}"/>')).replace(
                    "<token", "<resumptionToken"
                ),
                token(""),
            ).encode()
        ),
    ),
    _odd(
        "header-inside-an-about",
        record(7).replace(
            "</record>",
            f"<about><header xmlns='{NAMESPACE}' status='deleted'><identifier>x</identifier></header></about></record>",
        ),
    ),
)

RECORDS = (
    _odd(
        "record-without-a-header", "<record><metadata/></record>", other="rejected/harvest.no-identifier", of=NAMELESS
    ),
    _odd(
        "header-without-an-identifier",
        record(7).replace(f"<identifier>{SEVEN}</identifier>", ""),
        other="rejected/harvest.no-identifier",
        of=NAMELESS,
    ),
    _odd(
        "header-with-an-empty-identifier",
        record(7).replace(SEVEN, " "),
        other="rejected/harvest.no-identifier",
        of=NAMELESS,
    ),
    _odd("identifier-in-white-space", record(7).replace(SEVEN, f"\n  {SEVEN}\n ")),
    _odd("identifier-with-spaces-and-unicode", record("a b/ü?#漢"), of=identifier("a b/ü?#漢")),
    _odd("identifier-in-other-case", record(3).replace("oai:", "OAI:"), of=THREE.replace("oai:", "OAI:")),
    _odd("record-without-metadata", record(7, metadata=""), other="rejected/mapping.no-metadata"),
    _odd("record-with-empty-metadata", record(7, metadata="<metadata/>"), other="rejected/mapping.no-metadata"),
    _odd(
        "metadata-that-holds-a-comment",
        record(7, payload=" <!-- withheld --> "),
        other="rejected/mapping.no-metadata",
    ),
    _odd("metadata-that-holds-text", record(7, payload="not available"), other="rejected/mapping.no-metadata"),
    _odd("metadata-of-another-format", record(7, payload="<x xmlns='urn:x'/>"), other="rejected/mapping.failed"),
    _odd("two-payloads-in-one-record", record(7, payload=dublin_core("<dc:title>a</dc:title>") + "<x xmlns='urn:x'/>")),
    _odd("deleted-record", record(7, status="deleted", metadata=""), other="deleted"),
    _odd("deleted-record-with-metadata", record(7, status="deleted"), other="deleted"),
    _odd("deleted-record-in-capitals", record(7, status=" Deleted "), other="deleted"),
    _odd("record-with-an-unknown-status", record(7, status="updated")),
    *(
        _odd(f"datestamp-{name}", record(7, stamp=stamp))
        for name, stamp in (
            ("that-is-a-word", "yesterday"),
            ("that-is-empty", ""),
            ("of-no-day", "2026-13-45"),
            ("of-zeros", "0000-00-00T00:00:00Z"),
            ("with-an-offset", "2026-01-02T03:04:05+02:00"),
            ("with-fractions", "2026-01-02T03:04:05.678Z"),
            ("in-the-future", "2999-01-01"),
        )
    ),
    _odd("header-without-a-datestamp", record(7, stamp="x").replace("<datestamp>x</datestamp>", "")),
    Scenario(
        name="two-records-in-one-element",
        script=serve(two=_beside(record(7).replace("</record>", "") + record(8).replace("<record>", ""))),
        kept=ids(*range(1, 9)),
    ),
    Scenario(
        name="two-lists-in-one-answer",
        script=serve(
            two=envelope(
                f"<ListRecords>{record(3)}</ListRecords><ListRecords>{record(4)}{token('three')}</ListRecords>"
            ).encode()
        ),
    ),
)

REPEATED = (
    Scenario(
        name="identifier-twice-on-a-page",
        script=serve(two=_beside(record(3, "Newer"))),
        titles={THREE: "Newer"},
    ),
    Scenario(
        name="identifier-again-on-a-later-page",
        script=serve(three=listing(record(5), record(6), record(3, "Newer", stamp="2026-02-01"), token("")).encode()),
        titles={THREE: "Newer"},
    ),
    Scenario(
        name="identifier-deleted-on-the-same-page",
        script=serve(two=_beside(record(7), record(7, status="deleted", metadata=""))),
        other={SEVEN: "deleted"},
    ),
    Scenario(
        name="identifier-deleted-on-a-later-page",
        script=serve(
            two=_beside(record(7)),
            three=listing(record(5), record(6), record(7, status="deleted", metadata=""), token("")).encode(),
        ),
        other={SEVEN: "deleted"},
    ),
    Scenario(
        name="identifier-that-comes-back-on-a-later-page",
        script=serve(
            two=_beside(record(7, status="deleted", metadata="")),
            three=listing(record(5), record(6), record(7), token("")).encode(),
        ),
        kept=ids(*range(1, 8)),
    ),
)

ANSWERS = (
    _answered("answer-to-list-identifiers", SECOND.replace(b"ListRecords", b"ListIdentifiers")),
    _answered("answer-to-get-record", SECOND.replace(b"ListRecords", b"GetRecord")),
    _answered("answer-to-identify", identify()),
    _answered("answer-without-content", envelope("").encode()),
    _answered("records-without-a-list", envelope(record(3) + record(4) + token("three")).encode()),
    Scenario(
        name="answer-to-another-verb-once",
        script=serve(two=(SECOND.replace(b"ListRecords", b"ListIdentifiers"), SECOND)),
        requests=5,
    ),
    Scenario(
        name="answer-without-a-response-date",
        script=serve(first=FIRST.replace(b"<responseDate>2026-06-01T00:00:00Z</responseDate>", b"")),
    ),
)

IDENTIFIES = (
    Scenario(
        name="identify-that-cannot-be-read",
        script=serve(identify=b"<OAI-PMH a=b><Identify></OAI-PMH>"),
        findings=("harvest.identify-unreadable",),
    ),
    Scenario(name="identify-that-says-nothing", script=serve(identify=envelope("<Identify/>").encode())),
    Scenario(name="identify-without-a-date", script=serve(identify=identify(date="")), findings=("harvest.clock",)),
    Scenario(
        name="identify-with-a-clock-years-ahead",
        script=serve(identify=identify(date="2036-06-01T00:00:00Z")),
        findings=("harvest.clock",),
    ),
    Scenario(name="identify-cut-short-once", script=serve(identify=(identify()[:-70], identify())), requests=5),
    Scenario(
        name="identify-cut-short-for-ever",
        script=serve(identify=identify()[:-70]),
        kept=(),
        error="syntax.truncated",
        requests=4,
    ),
    Scenario(
        name="identify-that-is-a-page-once",
        script=serve(identify=(b"<!DOCTYPE html><title>Maintenance</title>", IDENTIFY)),
        requests=5,
    ),
    Scenario(
        name="identify-that-is-a-page",
        script=serve(identify=b"<!DOCTYPE html><title>Hello</title>"),
        kept=(),
        error="harvest.not-oai-pmh",
        requests=4,
    ),
    Scenario(
        name="identify-refused",
        script=serve(identify=error("badVerb")),
        kept=(),
        error="harvest.protocol",
        requests=1,
    ),
    Scenario(
        name="identify-that-breaks-the-server",
        script=serve(identify=Reply(status=500)),
        kept=(),
        error="fetch.http-status",
        requests=3,
    ),
)
