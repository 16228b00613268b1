"""Faults of connections and content codings: resets, short bodies, silence, drips, and what is no gzip, or too much
of it (https://www.rfc-editor.org/rfc/rfc9112#section-8; https://www.rfc-editor.org/rfc/rfc9110#section-8.4).
"""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Callable

from tests.faults.documents import LAST, SECOND, ids, page
from tests.faults.http import ALWAYS, answered
from tests.faults.scenario import Scenario, serve
from tests.servers.hostile import XML, Reply

# What is too large, or too late, is not asked for twice.
AT_ONCE = 2 + 1 + 2 + 1


def _coded(coding: str, pack: Callable[[bytes], bytes]) -> Reply:
    return Reply(body=pack(SECOND), headers={**XML, "Content-Encoding": coding})


def _raw_deflate(data: bytes) -> bytes:
    packer = zlib.compressobj(wbits=-zlib.MAX_WBITS)
    return packer.compress(data) + packer.flush()


def _garbled(data: bytes) -> bytes:
    return bytes(byte ^ 0xFF for byte in data)


def _damaged_gzip(data: bytes) -> bytes:
    packed = bytearray(gzip.compress(data))
    packed[len(packed) // 2] ^= 0xFF
    return bytes(packed)


def _headed(*lines: str) -> Reply:
    """A second page under header lines of its own."""
    head = "\r\n".join(("HTTP/1.1 200 OK", *lines, "", ""))
    return Reply(raw=head.encode("latin-1") + SECOND)


def _after(status: int) -> Reply:
    """A second page that comes after an interim response."""
    return Reply(raw=f"HTTP/1.1 {status} Wait\r\nLink: </x>\r\n\r\n".encode() + (_headed().raw or b""))


CONNECTIONS = (
    Scenario(
        name="nobody-at-home",
        script=serve(),
        source={"url": "http://127.0.0.1:9/oai"},
        kept=(),
        error="fetch.failed",
        requests=0,
        unsent=3,
    ),
    Scenario(name="reset-once", script=serve(two=(Reply(reset=True), SECOND)), requests=5),
    Scenario(
        name="reset-for-ever",
        script=serve(two=Reply(reset=True)),
        kept=ids(1, 2),
        error="fetch.broken",
        requests=ALWAYS,
    ),
    Scenario(name="closed-without-an-answer-once", script=serve(two=(Reply(raw=b""), SECOND)), requests=5),
    Scenario(name="no-http-once", script=serve(two=(Reply(raw=b"220 mail.example.org ESMTP\r\n"), SECOND)), requests=5),
    Scenario(name="body-cut-short-once", script=serve(two=(Reply(body=SECOND, sent=300), SECOND)), requests=5),
    Scenario(
        name="body-cut-short-for-ever",
        script=serve(two=Reply(body=SECOND, sent=300)),
        kept=ids(1, 2),
        error="fetch.broken",
        requests=ALWAYS,
    ),
    Scenario(
        name="body-cut-after-the-last-record",
        script=serve(three=(Reply(body=LAST, sent=LAST.index(b"<resumptionToken")), LAST)),
        requests=5,
    ),
    Scenario(
        name="length-that-is-too-small-once",
        script=serve(two=(Reply(body=SECOND, length=len(SECOND) - 90), SECOND)),
        requests=5,
    ),
    *(Scenario(name=f"interim-response-{status}", script=serve(two=_after(status))) for status in (100, 102, 103)),
    Scenario(
        name="lengths-that-contradict-each-other-once",
        script=serve(two=(_headed("Content-Length: 10", f"Content-Length: {len(SECOND)}"), SECOND)),
        requests=5,
    ),
    Scenario(name="length-in-superscript", script=serve(two=_headed("Content-Length: \xb2"))),
    Scenario(
        name="chunks-with-extensions-and-trailers",
        script=serve(
            two=Reply(
                raw=b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
                + b"%x;a=b\r\n%s\r\n0;c\r\nX-Trailer: 1\r\n\r\n" % (len(SECOND), SECOND)
            )
        ),
    ),
    Scenario(name="chunks", script=serve(two=Reply(body=SECOND, framing="chunked"))),
    Scenario(
        name="chunks-cut-short-once",
        script=serve(two=(Reply(body=SECOND, framing="chunked", sent=600), SECOND)),
        requests=5,
    ),
    Scenario(
        name="chunks-without-the-last-one-once",
        script=serve(two=(Reply(body=SECOND, framing="chunked", sent=-5), SECOND)),
        requests=5,
    ),
    Scenario(
        name="chunks-cut-short-for-ever",
        script=serve(two=Reply(body=SECOND, framing="chunked", sent=600)),
        kept=ids(1, 2),
        error="fetch.broken",
        requests=ALWAYS,
    ),
    Scenario(name="http-1-0-without-a-length", script=serve(two=Reply(body=SECOND, framing="close"))),
    Scenario(
        name="http-1-0-cut-short-once",
        script=serve(two=(Reply(body=SECOND, framing="close", sent=700), SECOND)),
        requests=5,
    ),
    Scenario(
        name="head-of-a-thousand-lines-once",
        script=serve(two=(answered(200, SECOND, **{f"X_{number}": "x" for number in range(1000)}), SECOND)),
        requests=5,
    ),
    Scenario(
        name="silence-once",
        script=serve(two=(Reply(body=SECOND, wait=3), SECOND)),
        requests=5,
        fetch={"timeout": 1},
    ),
    Scenario(
        name="silence-for-ever",
        script=serve(two=Reply(body=SECOND, wait=3)),
        kept=ids(1, 2),
        error="fetch.broken",
        # In haste a host that keeps silent is asked once.
        requests=ALWAYS - 1,
        fetch={"timeout": 0.7},
    ),
    Scenario(
        name="body-dripped-past-the-deadline",
        script=serve(two=Reply(body=SECOND, drip=0.1)),
        kept=ids(1, 2),
        error="fetch.broken",
        requests=AT_ONCE,
        fetch={"deadline": 1},
    ),
)

CODINGS = (
    Scenario(name="gzip", script=serve(two=_coded("gzip", gzip.compress))),
    Scenario(
        name="gzip-in-two-members",
        script=serve(two=_coded("x-gzip", lambda it: gzip.compress(it[:99]) + gzip.compress(it[99:]))),
    ),
    Scenario(name="deflate", script=serve(two=_coded("deflate", zlib.compress))),
    Scenario(name="deflate-without-its-wrapper", script=serve(two=_coded("deflate", _raw_deflate))),
    Scenario(name="gzip-damaged-once", script=serve(two=(_coded("gzip", _damaged_gzip), SECOND)), requests=5),
    Scenario(
        name="gzip-damaged-for-ever",
        script=serve(two=_coded("gzip", _damaged_gzip)),
        kept=ids(1, 2),
        error="fetch.broken",
        requests=ALWAYS,
    ),
    Scenario(
        name="gzip-cut-short-once",
        script=serve(two=(_coded("gzip", lambda data: gzip.compress(data)[:-20]), SECOND)),
        requests=5,
    ),
    Scenario(
        name="gzip-cut-short-for-ever",
        script=serve(two=_coded("gzip", lambda data: gzip.compress(data)[:-20])),
        kept=ids(1, 2),
        error="fetch.broken",
        requests=ALWAYS,
    ),
    Scenario(name="gzip-that-is-none-once", script=serve(two=(_coded("gzip", _garbled), SECOND)), requests=5),
    Scenario(
        name="gzip-bomb",
        script=serve(two=_coded("gzip", lambda _: gzip.compress(bytes(100 * 2**20)))),
        kept=ids(1, 2),
        error="syntax.too-large",
        requests=AT_ONCE,
    ),
    Scenario(
        name="answer-over-the-limit",
        script=serve(two=page(*range(3, 300), to="three")),
        kept=ids(1, 2),
        error="syntax.too-large",
        requests=AT_ONCE,
        fetch={"max_bytes": 50_000},
    ),
    Scenario(
        name="coding-nobody-asked-for",
        script=serve(two=_coded("br", _garbled)),
        kept=ids(1, 2),
        error="fetch.failed",
        requests=3,
    ),
    *(
        Scenario(name=f"{coding}-that-is-plain-text", script=serve(two=_coded(coding, bytes)))
        for coding in ("gzip", "deflate", "br", "none", "utf-8")
    ),
    Scenario(name="gzip-without-a-word", script=serve(two=_coded("", gzip.compress))),
    Scenario(
        name="gzip-within-gzip",
        script=serve(two=_coded("gzip", lambda data: gzip.compress(gzip.compress(data)))),
    ),
    Scenario(
        name="gzip-twice",
        script=serve(two=_coded("gzip, gzip", lambda data: gzip.compress(gzip.compress(data)))),
        kept=ids(1, 2),
        error="fetch.failed",
        requests=3,
    ),
)
