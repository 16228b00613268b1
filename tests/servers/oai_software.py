"""Loopback OAI-PMH repositories that behave like widely used repository software does, quirks included.

Invenio (oaiserver): signed tokens that expire, errors under 422, a last token with attributes, records wrapped in
`oai_datacite`, no deletions. DSpace (XOAI): speaking tokens, a cursor that counts pages, sets for communities and
collections, a stylesheet, deleted records.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Protocol
from urllib.parse import parse_qs, urlsplit
from xml.sax.saxutils import escape, quoteattr

from itsdangerous import BadData, URLSafeTimedSerializer


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """A record of a repository; its datestamp is `YYYY-MM-DDThh:mm:ssZ`."""

    number: int
    title: str
    datestamp: str
    sets: tuple[str, ...] = ()
    deleted: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Ask:
    """What a list is asked for; `offset` records are behind it."""

    prefix: str
    from_: str = ""
    until: str = ""
    set_spec: str = ""
    offset: int = 0


class Software(Protocol):
    """What tells one kind of repository from another."""

    page_size: int
    error_status: int
    head: str
    identify: str

    def identifier(self, item: Item) -> str: ...
    def payload(self, item: Item, prefix: str) -> str: ...
    def write_token(self, ask: Ask, total: int) -> str: ...
    def read_token(self, text: str) -> Ask | None: ...


class Invenio:
    """Invenio RDM, such as Zenodo."""

    page_size = 25
    error_status = 422
    head = "<?xml version='1.0' encoding='utf-8'?>\n<?xml-stylesheet type=\"text/xsl\" href=\"/static/oai2.xsl\"?>\n"
    identify = (
        "<protocolVersion>2.0</protocolVersion><adminEmail>info@invenio.example</adminEmail>"
        "<earliestDatestamp>2014-02-03T14:41:33Z</earliestDatestamp><deletedRecord>no</deletedRecord>"
        "<granularity>YYYY-MM-DDThh:mm:ssZ</granularity>"
    )

    def __init__(self, *, token_seconds: float = 60) -> None:
        self.token_seconds = token_seconds
        self._signer = URLSafeTimedSerializer("key", salt="resumption")
        self._issued: dict[str, float] = {}

    def identifier(self, item: Item) -> str:
        return f"oai:invenio.example:{item.number}"

    def payload(self, item: Item, prefix: str) -> str:
        return (
            '<oai_datacite xmlns="http://schema.datacite.org/oai/oai-1.1/"><schemaVersion>4.3</schemaVersion><payload>'
            '<resource xmlns="http://datacite.org/schema/kernel-4">'
            f'<identifier identifierType="DOI">10.5072/invenio.{item.number}</identifier>'
            f"<creators><creator><creatorName>Roe, Jane</creatorName></creator></creators>"
            f"<titles><title>{escape(item.title)}</title></titles><publisher>Invenio Example</publisher>"
            '<publicationYear>2024</publicationYear><resourceType resourceTypeGeneral="Dataset"/>'
            "</resource></payload></oai_datacite>"
        )

    def write_token(self, ask: Ask, total: int) -> str:
        is_last = ask.offset >= total
        token = "" if is_last else self._signer.dumps([ask.prefix, ask.from_, ask.until, ask.set_spec, ask.offset])
        self._issued[token] = time.monotonic()
        cursor = max(0, ask.offset - self.page_size)
        return f'<resumptionToken cursor="{cursor}" completeListSize="{total}">{token}</resumptionToken>'

    def read_token(self, text: str) -> Ask | None:
        try:
            prefix, from_, until, set_spec, offset = self._signer.loads(text)
        except BadData:
            return None
        if time.monotonic() - self._issued.get(text, 0) > self.token_seconds:
            return None
        return Ask(prefix=prefix, from_=from_, until=until, set_spec=set_spec, offset=offset)


class DSpace:
    """DSpace 7, whose OAI-PMH is XOAI."""

    page_size = 20
    error_status = 200
    head = '<?xml version="1.0" encoding="UTF-8"?><?xml-stylesheet type="text/xsl" href="static/style.xsl"?>'
    identify = (
        "<protocolVersion>2.0</protocolVersion><adminEmail>dspace@dspace.example</adminEmail>"
        "<earliestDatestamp>2008-01-01T00:00:00Z</earliestDatestamp><deletedRecord>transient</deletedRecord>"
        "<granularity>YYYY-MM-DDThh:mm:ssZ</granularity><compression>gzip</compression><description>"
        '<toolkit xmlns="http://oai.dlib.vt.edu/OAI/metadata/toolkit"><title>OCLC\'s OAICat</title></toolkit>'
        "</description>"
    )

    def identifier(self, item: Item) -> str:
        return f"oai:dspace.example:123456789/{item.number}"

    def payload(self, item: Item, prefix: str) -> str:
        return (
            '<oai_dc:dc xmlns:oai_dc="http://www.openarchives.org/OAI/2.0/oai_dc/" '
            'xmlns:doc="http://www.lyncode.com/xoai" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" '
            'xmlns:dc="http://purl.org/dc/elements/1.1/" xsi:schemaLocation="http://www.openarchives.org/OAI/2.0/oai_dc/'
            ' http://www.openarchives.org/OAI/2.0/oai_dc.xsd">\n'
            f"<dc:title>{escape(item.title)}</dc:title><dc:type>Dataset</dc:type><dc:creator>Roe, Jane</dc:creator>"
            f"<dc:date>2023-05-04</dc:date><dc:identifier>http://hdl.handle.net/123456789/{item.number}</dc:identifier>"
            "</oai_dc:dc>"
        )

    def write_token(self, ask: Ask, total: int) -> str:
        is_last = ask.offset >= total
        token = "" if is_last else f"{ask.prefix}/{ask.from_}/{ask.until}/{ask.set_spec}/{ask.offset}"
        # It counts pages, where the protocol counts records.
        cursor = (ask.offset - 1) // self.page_size
        return f'<resumptionToken completeListSize="{total}" cursor="{cursor}">{token}</resumptionToken>'

    def read_token(self, text: str) -> Ask | None:
        prefix, _, rest = text.partition("/")
        parts = rest.split("/")
        if len(parts) != 4 or not parts[3].isdigit():
            return None
        return Ask(prefix=prefix, from_=parts[0], until=parts[1], set_spec=parts[2], offset=int(parts[3]))


class OaiSoftware:
    """A repository of `items` that runs some software.

    Attributes:
        requests: the queries that came.
        pause: seconds before each page but the first.
    """

    def __init__(self, software: Software, items: Sequence[Item]) -> None:
        self.software, self.items = software, list(items)
        self.requests: list[dict[str, str]] = []
        self.pause = 0.0
        self.clock = "2026-06-01T12:00:00Z"
        self.url = ""

    def answer(self, query: str) -> tuple[int, bytes]:
        given = {name: values[0] for name, values in parse_qs(query, keep_blank_values=True).items()}
        self.requests.append(given)
        inside = self._inside(given)
        status = self.software.error_status if inside.startswith("<error") else 200
        attributes = "".join(f" {name}={quoteattr(value)}" for name, value in given.items())
        return status, (
            f'{self.software.head}<OAI-PMH xmlns="http://www.openarchives.org/OAI/2.0/">'
            f"<responseDate>{self.clock}</responseDate><request{attributes}>{self.url}</request>{inside}</OAI-PMH>"
        ).encode()

    def _inside(self, given: dict[str, str]) -> str:
        if given.get("verb") == "Identify":
            name = type(self.software).__name__
            return (
                f"<Identify><repositoryName>{name}</repositoryName><baseURL>{self.url}</baseURL>"
                f"{self.software.identify}</Identify>"
            )
        if given.get("verb") != "ListRecords":
            return '<error code="badVerb">Illegal verb</error>'
        token = given.get("resumptionToken")
        if token is not None:
            time.sleep(self.pause)
            ask = self.software.read_token(token)
            if ask is None:
                return '<error code="badResumptionToken">The token is invalid or has expired.</error>'
        else:
            ask = Ask(
                prefix=given["metadataPrefix"],
                from_=given.get("from", ""),
                until=given.get("until", ""),
                set_spec=given.get("set", ""),
            )
        return self._list(ask)

    def _list(self, ask: Ask) -> str:
        matching = [item for item in self.items if self._matches(item, ask)]
        if not matching:
            return '<error code="noRecordsMatch">No records match.</error>'
        end = ask.offset + self.software.page_size
        listed = "".join(self._record(item, ask.prefix) for item in matching[ask.offset : end])
        is_paged = len(matching) > self.software.page_size
        token = self.software.write_token(replace(ask, offset=end), len(matching)) if is_paged else ""
        return f"<ListRecords>{listed}{token}</ListRecords>"

    @staticmethod
    def _matches(item: Item, ask: Ask) -> bool:
        is_in_time = ask.from_ <= item.datestamp and (not ask.until or item.datestamp <= ask.until)
        return is_in_time and (not ask.set_spec or ask.set_spec in item.sets)

    def _record(self, item: Item, prefix: str) -> str:
        status = ' status="deleted"' if item.deleted else ""
        sets = "".join(f"<setSpec>{name}</setSpec>" for name in item.sets)
        payload = "" if item.deleted else f"<metadata>{self.software.payload(item, prefix)}</metadata>"
        return (
            f"<record><header{status}><identifier>{self.software.identifier(item)}</identifier>"
            f"<datestamp>{item.datestamp}</datestamp>{sets}</header>{payload}</record>"
        )


@contextmanager
def serving(repository: OaiSoftware) -> Iterator[OaiSoftware]:
    """Serve a repository on a free loopback port."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            status, body = repository.answer(urlsplit(self.path).query)
            self.send_response(status)
            self.send_header("Content-Type", "text/xml;charset=UTF-8")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *arguments: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    repository.url = f"http://127.0.0.1:{server.server_port}/oai/request"
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield repository
    finally:
        server.shutdown()
        server.server_close()
