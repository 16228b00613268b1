"""The demo's plain records behind a loopback OAI-PMH server of its own process, its pages made before it says so.

So that what is measured is the harvest: rendering a page takes longer than harvesting it.
"""

from __future__ import annotations

import datetime as dt
import multiprocessing
import re
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from multiprocessing.connection import Connection
from urllib.parse import parse_qs, parse_qsl, urlsplit

import requests
from lxml import etree

from node.demo.bulk import BULK_SET, generate
from node.demo.holdings import Holdings
from node.demo.provider import Provider, new_secret

_PAGE = 100
_OAI = "{http://www.openarchives.org/OAI/2.0/}"
_LIST = {"verb": "ListRecords", "metadataPrefix": "oai_datacite"}
_TOKEN = re.compile(r"<resumptionToken[^>]*>([^<]+)<")


@contextmanager
def bulk_repository(size: int) -> Iterator[str]:
    """Serve `size` records; yield the OAI-PMH base URL."""
    ours, theirs = multiprocessing.Pipe()
    process = multiprocessing.get_context("spawn").Process(target=_serve, args=(size, theirs), daemon=True)
    process.start()
    try:
        yield f"http://127.0.0.1:{ours.recv()}/oai"
    finally:
        process.terminate()
        process.join()


def read_bare(url: str) -> float:
    """Fetch every page and parse it, and do nothing with it; return the seconds that takes."""
    session, asked = requests.Session(), dict(_LIST)
    start = time.perf_counter()
    while True:
        root = etree.fromstring(session.get(url, params=asked, timeout=60).content)
        token = root.findtext(f"{_OAI}ListRecords/{_OAI}resumptionToken")
        if not token:
            return time.perf_counter() - start
        asked = {"verb": "ListRecords", "resumptionToken": token}


def _serve(size: int, ready: Connection) -> None:
    provider = Provider(
        holdings=Holdings(generate(size)),
        sets={BULK_SET: "Plain records"},
        name="Bench",
        page_size=_PAGE,
        clock=lambda: dt.datetime.now(dt.UTC),
        secret=new_secret(),
    )
    pages: dict[str, bytes] = {}
    token, asked = "", dict(_LIST)
    while token is not None:
        text = provider.answer(asked.items(), "http://127.0.0.1/oai")
        pages[token] = text.encode()
        found = _TOKEN.search(text)
        token = found[1] if found else None  # type: ignore[assignment]
        asked = {"verb": "ListRecords", "resumptionToken": token}

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            query = urlsplit(self.path).query
            arguments = parse_qs(query)
            if arguments.get("verb") == ["ListRecords"]:
                body = pages[arguments.get("resumptionToken", [""])[0]]
            else:
                body = provider.answer(parse_qsl(query), "http://127.0.0.1/oai").encode()
            self.send_response(200)
            self.send_header("Content-Type", "text/xml")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *arguments: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    ready.send(server.server_port)
    server.serve_forever()
