"""A loopback OAI-PMH repository over ready-made record elements: what a test wants to be harvested, page by page."""

from __future__ import annotations

import threading
import time
from collections.abc import Sequence
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Self
from urllib.parse import parse_qs, urlsplit

_HEAD = (
    b'<?xml version="1.0" encoding="UTF-8"?><OAI-PMH xmlns="http://www.openarchives.org/OAI/2.0/">'
    b"<responseDate>2026-06-01T00:00:00Z</responseDate><request>http://127.0.0.1/oai</request>"
)
_IDENTIFY = (
    b"<Identify><repositoryName>Test</repositoryName><baseURL>http://127.0.0.1/oai</baseURL>"
    b"<protocolVersion>2.0</protocolVersion><adminEmail>a@example.org</adminEmail>"
    b"<earliestDatestamp>2000-01-01T00:00:00Z</earliestDatestamp><deletedRecord>persistent</deletedRecord>"
    b"<granularity>YYYY-MM-DDThh:mm:ssZ</granularity></Identify>"
)


class OaiPages:
    """Serves `records` (each a `record` element as bytes), `page_size` at a time.

    Attributes:
        requests: how many requests were answered.
        at_once: how many were being answered at the same time, at most.
        pause: seconds to wait before each page, so that a test can catch a harvest in the middle.
    """

    def __init__(self, records: Sequence[bytes], *, page_size: int = 50, pause: float = 0.0) -> None:
        self.records = list(records)
        self.page_size = page_size
        self.pause = pause
        self.requests = 0
        self.at_once = 0
        self._busy = 0
        self._lock = threading.Lock()
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                with outer._lock:
                    outer._busy += 1
                    outer.at_once = max(outer.at_once, outer._busy)
                try:
                    body = outer._answer(parse_qs(urlsplit(self.path).query))
                finally:
                    with outer._lock:
                        outer._busy -= 1
                self.send_response(200)
                self.send_header("Content-Type", "text/xml; charset=UTF-8")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *arguments: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}/oai"

    def __enter__(self) -> Self:
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
        return self

    def __exit__(self, *exception: object) -> None:
        self._server.shutdown()
        self._server.server_close()

    def _answer(self, arguments: dict[str, list[str]]) -> bytes:
        self.requests += 1
        if arguments["verb"] == ["Identify"]:
            return _HEAD + _IDENTIFY + b"</OAI-PMH>"
        time.sleep(self.pause)
        start = int(arguments.get("resumptionToken", ["0"])[0])
        page = self.records[start : start + self.page_size]
        if not page:
            return _HEAD + b'<error code="noRecordsMatch">nothing</error></OAI-PMH>'
        following = start + len(page)
        # An empty token ends a list of several pages (section 3.5); a list of one has none.
        place = b"%d" % following if following < len(self.records) else b""
        token = b"<resumptionToken>%s</resumptionToken>" % place if place or start else b""
        return _HEAD + b"<ListRecords>" + b"".join(page) + token + b"</ListRecords></OAI-PMH>"


def oai_dc_record(identifier: str, title: str = "A measured thing", *, deleted: bool = False, extra: str = "") -> bytes:
    """Return a record element in oai_dc; `extra` is more dc elements."""
    if deleted:
        header = f'<header status="deleted"><identifier>{identifier}</identifier>'
        return f"<record>{header}<datestamp>2026-02-01T00:00:00Z</datestamp></header></record>".encode()
    named = f"<dc:title>{title}</dc:title>" if title else ""
    return (
        f"<record><header><identifier>{identifier}</identifier><datestamp>2026-02-01T00:00:00Z</datestamp></header>"
        '<metadata><oai_dc:dc xmlns:oai_dc="http://www.openarchives.org/OAI/2.0/oai_dc/" '
        'xmlns:dc="http://purl.org/dc/elements/1.1/">'
        f"{named}<dc:creator>Virtanen, Maija</dc:creator><dc:date>2025-03-04</dc:date>{extra}"
        f"<dc:identifier>https://example.org/item/{identifier.rpartition(':')[2]}</dc:identifier>"
        "</oai_dc:dc></metadata></record>"
    ).encode()
