"""A fast loopback repository of generated records of about 2 KB, rendered page by page, in a process of its own."""

from __future__ import annotations

import multiprocessing
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from multiprocessing.connection import Connection
from urllib.parse import parse_qs, urlsplit

_PAGE = 100
_SENTENCES = (
    "Hourly means of the net ecosystem exchange were derived from eddy covariance raw data.",
    "The instrument was calibrated against two reference standards before each campaign.",
    "Gaps shorter than three hours were filled by the method of the network's protocol.",
    "Sampling followed the infrastructure's handbook, and every deviation from it is flagged.",
    "Values below the limit of detection are kept and marked in a column of their own.",
    "The station lies on a drained peatland, planted with Scots pine in the nineteen-seventies.",
    "A detailed description of the processing chain is part of the deposit.",
)
_TEMPLATE = """<record><header><identifier>oai:bench.example.org:{n}</identifier>
<datestamp>2026-01-01T00:00:00Z</datestamp></header>
<metadata><oai_datacite xmlns="http://schema.datacite.org/oai/oai-1.1/"><schemaVersion>4.5</schemaVersion><datacentreSymbol>BENCH</datacentreSymbol>
<payload>
<resource xmlns="http://datacite.org/schema/kernel-4"><identifier identifierType="DOI">10.5072/bench.{n}</identifier>
<creators>
<creator><creatorName nameType="Personal">Virtanen, Maija {n}</creatorName>
<givenName>Maija</givenName><familyName>Virtanen</familyName>
<affiliation>Institute {m} of Peatland Research</affiliation></creator>

<creator><creatorName nameType="Personal">Nowak, Jan {m}</creatorName></creator></creators>
<titles><title xml:lang="en">Eddy covariance fluxes at station {m}, release {n}</title></titles>
<publisher>Example Flux Network</publisher><publicationYear>{y}</publicationYear>
<resourceType resourceTypeGeneral="Dataset">Time series</resourceType>
<subjects><subject>carbon dioxide</subject><subject>peatland</subject><subject>station {m}</subject></subjects>

<dates><date dateType="Issued">{y}-03-04</date><date dateType="Collected">{y}-01-01/{y}-12-31</date></dates>
<language>en</language>
<relatedIdentifiers>
<relatedIdentifier relatedIdentifierType="DOI"
relationType="IsSupplementTo">10.5072/paper.{m}</relatedIdentifier></relatedIdentifiers>
<formats><format>text/csv</format></formats><version>{m}.0</version>
<rightsList><rights rightsURI="https://creativecommons.org/licenses/by/4.0/">CC BY 4.0</rights>
<rights rightsURI="info:eu-repo/semantics/openAccess"/></rightsList>
<descriptions><description xml:lang="en" descriptionType="Abstract">{text}</description></descriptions>
<geoLocations><geoLocation><geoLocationPlace>Station {m}</geoLocationPlace>
<geoLocationPoint><pointLongitude>24.{m}</pointLongitude>
<pointLatitude>61.{m}</pointLatitude></geoLocationPoint></geoLocation></geoLocations>
</resource>
</payload></oai_datacite></metadata></record>
"""


def record(number: int) -> str:
    """Return one record element."""
    start = number % len(_SENTENCES)
    text = " ".join(_SENTENCES[(start + step) % len(_SENTENCES)] for step in range(5))
    return _TEMPLATE.format(n=number, m=number % 97, y=1990 + number % 35, text=text)


@contextmanager
def repository(size: int) -> Iterator[str]:
    """Serve `size` records; yield the OAI-PMH base URL."""
    ours, theirs = multiprocessing.Pipe()
    process = multiprocessing.get_context("spawn").Process(target=_serve, args=(size, theirs), daemon=True)
    process.start()
    try:
        yield f"http://127.0.0.1:{ours.recv()}/oai"
    finally:
        process.terminate()
        process.join()


def _serve(size: int, ready: Connection) -> None:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            body = _answer(size, parse_qs(urlsplit(self.path).query)).encode()
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


def _answer(size: int, arguments: dict[str, list[str]]) -> str:
    head = (
        '<?xml version="1.0" encoding="UTF-8"?><OAI-PMH xmlns="http://www.openarchives.org/OAI/2.0/">'
        "<responseDate>2026-06-01T00:00:00Z</responseDate><request>http://127.0.0.1/oai</request>"
    )
    if arguments["verb"] == ["Identify"]:
        return (
            f"{head}<Identify><repositoryName>Bench</repositoryName><baseURL>http://127.0.0.1/oai</baseURL>"
            "<protocolVersion>2.0</protocolVersion><adminEmail>a@example.org</adminEmail>"
            "<earliestDatestamp>2000-01-01T00:00:00Z</earliestDatestamp><deletedRecord>no</deletedRecord>"
            "<granularity>YYYY-MM-DDThh:mm:ssZ</granularity></Identify></OAI-PMH>"
        )
    start = int(arguments.get("resumptionToken", ["0"])[0])
    end = min(start + _PAGE, size)
    token = f"<resumptionToken>{end if end < size else ''}</resumptionToken>"
    return f"{head}<ListRecords>{''.join(map(record, range(start, end)))}{token}</ListRecords></OAI-PMH>"


if __name__ == "__main__":
    sys.stdout.write(record(int(sys.argv[1])))
