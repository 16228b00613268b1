"""The OAI-PMH provider, black box: over the database that really serves it, checked against the protocol's own schemas.

Names in brackets are the points of the protocol the test is about (OAI-PMH 2.0, sections 3.1 to 4.6).
"""

from __future__ import annotations

import datetime as dt
import hashlib
import os
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
from lxml import etree

from node.conformance.grammar import faults
from node.model.label import Audience, Labels
from node.model.oai import Window
from node.model.run import LedgerEntry, Outcome
from node.model.source import Source
from node.sovereignty.labels import join, most_restrictive
from node.sovereignty.statement_xml import from_xml, payload_digest
from node.sovereignty.statements import receive
from node.storage.database import Database, open_database
from node.storage.deletions import Deletions
from node.storage.kept import Action, Kept, local_id
from node.storage.runs import Runs
from node.storage.sources import Sources
from tests.conftest import ROOT, START
from tests.records import OPEN, at, keeper, page, prepared
from tests.servers.oai_client import BASE, KEYS, OAI, Client

NOW = dt.datetime(2026, 5, 1, 12, tzinfo=dt.UTC)
ERRORS = [
    ("", "badVerb"),
    ("verb=identify", "badVerb"),
    ("verb=Identify&verb=Identify", "badVerb"),
    ("verb=Identify&until=2020-01-01", "badArgument"),
    ("verb=Identify&x=%00%ff", "badArgument"),
    ("verb=GetRecord&metadataPrefix=oai_dc", "badArgument"),
    ("verb=GetRecord&identifier=oai%3Anode.example.org%3Ax", "badArgument"),
    ("verb=GetRecord&identifier=oai:node.example.org:x&metadataPrefix=oai_dc", "idDoesNotExist"),
    ("verb=GetRecord&identifier=%22%3C%26&metadataPrefix=oai_dc", "idDoesNotExist"),
    ("verb=GetRecord&identifier=%25zz&metadataPrefix=oai_dc", "badArgument"),
    ("verb=GetRecord&identifier=http://[::1&metadataPrefix=oai_dc", "badArgument"),
    ("verb=GetRecord&identifier=http://a:b/c&metadataPrefix=oai_dc", "badArgument"),
    ("verb=GetRecord&identifier=https://a.example:80/b?c=d:%2541&metadataPrefix=oai_dc", "idDoesNotExist"),
    ("verb=GetRecord&identifier=10.5072/a:b&metadataPrefix=oai_dc", "idDoesNotExist"),
    ("verb=GetRecord&identifier=x&metadataPrefix=%3Cb%3E", "badArgument"),
    ("verb=GetRecord&identifier=x&metadataPrefix=marc", "cannotDisseminateFormat"),
    ("verb=GetRecord&identifier=x&metadataPrefix=oai_dc&set=a", "badArgument"),
    ("verb=ListRecords", "badArgument"),
    ("verb=ListRecords&metadataPrefix=marc", "cannotDisseminateFormat"),
    ("verb=ListRecords&metadataPrefix=a%20b", "badArgument"),
    ("verb=ListRecords&metadataPrefix=", "badArgument"),
    ("verb=ListRecords&metadataPrefix=oai_dc&metadataPrefix=oai_dc", "badArgument"),
    ("verb=ListRecords&metadataPrefix=oai_dc&from=junk", "badArgument"),
    ("verb=ListRecords&metadataPrefix=oai_dc&from=2020-13-01", "badArgument"),
    ("verb=ListRecords&metadataPrefix=oai_dc&from=2020-02-30", "badArgument"),
    ("verb=ListRecords&metadataPrefix=oai_dc&from=2020-1-1", "badArgument"),
    ("verb=ListRecords&metadataPrefix=oai_dc&from=", "badArgument"),
    ("verb=ListRecords&metadataPrefix=oai_dc&from=%D9%A2%D9%A0%D9%A2%D9%A0-01-01", "badArgument"),
    ("verb=ListRecords&metadataPrefix=oai_dc&from=2020-01-01T00:00:00.5Z", "badArgument"),
    ("verb=ListRecords&metadataPrefix=oai_dc&from=2020-01-01&until=2020-01-01T00:00:00Z", "badArgument"),
    ("verb=ListRecords&metadataPrefix=oai_dc&from=2021-01-01&until=2020-01-01", "badArgument"),
    ("verb=ListRecords&metadataPrefix=oai_dc&until=1999-01-01", "noRecordsMatch"),
    ("verb=ListRecords&metadataPrefix=oai_dc&from=2999-01-01", "noRecordsMatch"),
    ("verb=ListRecords&metadataPrefix=oai_dc&set=unknown", "noRecordsMatch"),
    ("verb=ListRecords&metadataPrefix=oai_dc&set=SOURCE", "noRecordsMatch"),
    ("verb=ListRecords&metadataPrefix=oai_dc&set=kind:Dataset", "noRecordsMatch"),
    ("verb=ListRecords&metadataPrefix=oai_dc&set=%20%3C", "badArgument"),
    ("verb=ListRecords&resumptionToken=junk", "badResumptionToken"),
    ("verb=ListIdentifiers&resumptionToken=junk", "badResumptionToken"),
    ("verb=ListSets&resumptionToken=junk", "badResumptionToken"),
    ("verb=ListRecords&resumptionToken=", "badResumptionToken"),
    ("verb=ListRecords&resumptionToken=x&metadataPrefix=oai_dc", "badArgument"),
    ("verb=ListMetadataFormats&identifier=unknown", "idDoesNotExist"),
    (f"verb={'x' * 5000}", "badVerb"),
]


@pytest.fixture(scope="module")
def database(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    """Ten live records, in three steps a minute apart, and one tombstone."""
    folder = tmp_path_factory.mktemp("provider")
    with closing(open_database("sqlite:///node.db", folder)) as database:
        database.migrate(START)
        sources = Sources(database)
        sources.add(Source(name="test", url="https://source.example.org/oai"), NOW)
        source = sources.get("test")
        run = Runs(database).start(source, Window(), NOW)
        records = keeper(database)
        for step in range(3):
            names = [f"r{step}{number}" for number in range(4 if step else 3)]
            kept = [
                Kept(
                    action=Action.PUBLISH,
                    entry=LedgerEntry(identifier=name, outcome=Outcome.CREATED),
                    prepared=prepared(name),
                    rdf_digest=hashlib.sha256(name.encode()).hexdigest(),
                    audience=Audience.PUBLIC,
                )
                for name in names
            ]
            records.keep(run.id, source, page(*names, number=step + 1), kept, at(NOW + dt.timedelta(minutes=step)))
        gone = Kept(action=Action.NOTE, entry=LedgerEntry(identifier="r00", outcome=Outcome.DELETED))
        records.keep(run.id, source, page("r00", number=9), [gone], at(NOW))
        Deletions(database).settle(run.id, source, at(NOW + dt.timedelta(minutes=9)))
        yield database


@pytest.fixture(scope="module")
def client(database: Database) -> Client:
    return Client(database, page_size=100)


@pytest.mark.parametrize(("query", "code"), ERRORS)
def test_a_wrong_request_gets_the_error_the_protocol_names(client: Client, query: str, code: str) -> None:
    """[H04 H10 E01-E20 T08-T10]"""
    root = client.ask(query)

    assert [error.get("code") for error in root.findall(f"{OAI}error")] == [code]
    if code in ("badVerb", "badArgument"):
        assert not root.find(f"{OAI}request").attrib


@pytest.mark.parametrize("page_size", [1, 2, 3, 9, 10, 11, 100])
def test_a_full_list_has_each_item_once_in_every_page_size(database: Database, page_size: int) -> None:
    """[L01 L02 T01 T02 T05 T06 T11]"""
    client = Client(database, page_size)

    pages = list(client.pages("ListRecords", metadataPrefix="oai_dc"))

    headers = [header for root in pages for header in root.iter(f"{OAI}header")]
    assert len({header.findtext(f"{OAI}identifier") for header in headers}) == len(headers) == 11
    assert [header.findtext(f"{OAI}identifier") for header in headers] == client.identifiers()
    tokens = [root.find(f".//{OAI}resumptionToken") for root in pages]
    if len(pages) == 1:
        assert tokens == [None]
        return
    given = 0
    for root, token in zip(pages, tokens, strict=True):
        assert int(token.get("cursor")) == given
        assert int(token.get("completeListSize")) == 11
        given += len(list(root.iter(f"{OAI}header")))
        assert list(root.iter(f"{OAI}header"))
    assert not tokens[-1].text


def test_sets_hold_their_members_and_descendants(client: Client) -> None:
    """[S01 S03 S04 S06]"""
    specs = [item.text for item in client.ask("verb=ListSets").iter(f"{OAI}setSpec")]

    assert specs == ["kind", "kind:dataset", "source", "source:test"]
    for spec in specs:
        assert len(client.identifiers(set=spec)) == 11


def test_formats_are_those_the_record_has(client: Client) -> None:
    """[M01 M02 M04]"""
    name = f"oai:node.example.org:{local_id('test', 'r01')}"

    prefixes = [
        item.text
        for item in client.ask(urlencode({"verb": "ListMetadataFormats", "identifier": name})).iter(
            f"{OAI}metadataPrefix"
        )
    ]
    missing = client.ask(urlencode({"verb": "GetRecord", "identifier": name, "metadataPrefix": "oai_datacite"}))

    assert sorted(prefixes) == ["dcat", "dcat_ap", "oai_dc"]
    assert missing.find(f"{OAI}error").get("code") == "cannotDisseminateFormat"


def test_a_live_record_says_where_it_comes_from(client: Client) -> None:
    """[P06]"""
    p = "{http://www.openarchives.org/OAI/2.0/provenance}"
    record = next(iter(client.pages("ListRecords", metadataPrefix="oai_dc"))).find(f".//{OAI}record")

    origin = record.find(f"{OAI}about/{p}provenance/{p}originDescription")

    assert origin.get("harvestDate") == "2026-01-01T12:00:00Z"
    assert origin.findtext(f"{p}baseURL") == "https://source.example.org/oai"
    assert origin.findtext(f"{p}identifier") == "r01"
    assert origin.findtext(f"{p}datestamp") == "2026-01-01T00:00:00Z"


@pytest.mark.parametrize("prefix", ["oai_dc", "dcat"])
def test_each_live_record_carries_its_labels_signed_for_this_record_and_this_content(
    client: Client, prefix: str
) -> None:
    floor = Labels(record=OPEN, data=OPEN)
    seen = 0
    for root in client.pages("ListRecords", metadataPrefix=prefix):
        for record in root.iter(f"{OAI}record"):
            identifier = record.findtext(f"{OAI}header/{OAI}identifier")
            found = record.findall(f"{OAI}about/{{https://w3id.org/fairnode/label/1.0}}label")
            if record.find(f"{OAI}header").get("status") == "deleted":
                assert not found and record.find(f"{OAI}about") is None
                continue
            statement, signature = from_xml(found[0])
            inner = record.find(f"{OAI}metadata")[0]
            # These payloads have no namespace of their own, unlike real ones: they got the protocol's.
            payload = f"<{etree.QName(inner).localname}>{inner.text}</{etree.QName(inner).localname}>".encode()
            named = {
                "node": BASE,
                "identifier": identifier,
                "content": payload_digest(payload),
                "keys": KEYS.public(),
                "floor": floor,
            }
            labels, doubt = receive(statement, signature, **named)
            assert (labels, doubt) == (floor, "") and statement.labels == floor and len(statement.content) == 64
            other, doubt = receive(statement, signature, **{**named, "identifier": f"{identifier}x"})
            assert other.record == join(most_restrictive(), OPEN) and doubt
            other, doubt = receive(statement, signature, **{**named, "content": payload_digest(b"<other/>")})
            assert other.record == join(most_restrictive(), OPEN) and "another content" in doubt
            seen += 1
    assert seen > 5


def _every_schema(folder: Path) -> Any:
    """Return the protocol's schemas and that of the label that travels in it: what is in `about` has to be known."""
    tree = etree.parse(folder / "wrapper.xsd")
    schema = ROOT / "node" / "web" / "static" / "label-1.0.xsd"
    named = {"namespace": "https://w3id.org/fairnode/label/1.0", "schemaLocation": str(schema)}
    etree.SubElement(tree.getroot(), "{http://www.w3.org/2001/XMLSchema}import", named)
    return tree


def test_identify_shows_the_icon_and_names_the_friends_where_there_are_any(database: Database) -> None:
    friends = ("https://peer.example.org/oai", "https://other.example.org/oai?x=1&y=2")
    client = Client(database, icon="https://node.example.org/icon.png", friends=friends)
    described = client.ask(verb="Identify").findall(f".//{OAI}description")

    bare = Client(database).ask(verb="Identify").findall(f".//{OAI}description")

    assert [etree.QName(each[0]).localname for each in described] == ["oai-identifier", "branding", "friends"]
    assert [each.text for each in described[1].iter("{*}url", "{*}link")] == ["https://node.example.org/icon.png", BASE]
    assert tuple(each.text for each in described[2].iter("{*}baseURL")) == friends
    assert not faults(client.ask(verb="Identify"))
    assert [etree.QName(each[0]).localname for each in bare] == ["oai-identifier"]


def test_every_response_is_valid_by_the_protocols_schema(client: Client) -> None:
    """[H06 H07 H08 H11]"""
    folder = Path(os.environ.get("XSD_FOLDER", ROOT.parent / "shared" / "xsd"))
    if not folder.is_dir():
        pytest.skip("the OAI-PMH schemas are not on this machine; XSD_FOLDER names their folder")
    schema = etree.XMLSchema(_every_schema(folder))
    queries = [query for query, _ in ERRORS] + [
        "verb=Identify",
        "verb=ListSets",
        "verb=ListMetadataFormats",
        "verb=ListIdentifiers&metadataPrefix=oai_dc",
        "verb=ListRecords&metadataPrefix=oai_dc",
    ]

    for query in queries:
        root = client.ask(query)
        for payload in root.iter(f"{OAI}metadata"):
            payload[:] = [etree.Element("{http://www.openarchives.org/OAI/2.0/oai_dc/}dc")]
        schema.assertValid(root)
