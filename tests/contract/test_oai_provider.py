"""The OAI-PMH provider, black box: over the database that really serves it, checked against the protocol's own schemas.

Names in brackets are the points of the protocol the test is about (OAI-PMH 2.0, sections 3.1 to 4.6).
"""

from __future__ import annotations

import datetime as dt
import gzip
import hashlib
import os
import re
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from urllib.parse import urlencode

import pytest
from flask import Flask
from lxml import etree

from node.model.label import Audience, Labels
from node.model.oai import Window
from node.model.run import LedgerEntry, Outcome
from node.model.source import Source
from node.settings import OaiSettings, Settings
from node.sovereignty.labels import join, most_restrictive
from node.sovereignty.signatures import new_keys
from node.sovereignty.statement_xml import from_xml
from node.sovereignty.statements import receive
from node.storage.database import Database, open_database
from node.storage.deletions import Deletions
from node.storage.kept import Action, Kept, local_id
from node.storage.listing import Listing
from node.storage.runs import Runs
from node.storage.sources import Sources
from node.web import oai
from tests.conftest import ROOT, START
from tests.records import OPEN, at, keeper, page, prepared

NOW = dt.datetime(2026, 5, 1, 12, tzinfo=dt.UTC)
OAI = "{http://www.openarchives.org/OAI/2.0/}"
KEYS = new_keys()
BASE = "https://node.example.org"
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
    ("verb=GetRecord&identifier=x&metadataPrefix=marc", "cannotDisseminateFormat"),
    ("verb=GetRecord&identifier=x&metadataPrefix=oai_dc&set=a", "badArgument"),
    ("verb=ListRecords", "badArgument"),
    ("verb=ListRecords&metadataPrefix=marc", "cannotDisseminateFormat"),
    ("verb=ListRecords&metadataPrefix=oai_dc&metadataPrefix=oai_dc", "badArgument"),
    ("verb=ListRecords&metadataPrefix=oai_dc&from=junk", "badArgument"),
    ("verb=ListRecords&metadataPrefix=oai_dc&from=2020-13-01", "badArgument"),
    ("verb=ListRecords&metadataPrefix=oai_dc&from=2020-02-30", "badArgument"),
    ("verb=ListRecords&metadataPrefix=oai_dc&from=2020-1-1", "badArgument"),
    ("verb=ListRecords&metadataPrefix=oai_dc&from=", "badArgument"),
    ("verb=ListRecords&metadataPrefix=oai_dc&from=2020-01-01T00:00:00.5Z", "badArgument"),
    ("verb=ListRecords&metadataPrefix=oai_dc&from=2020-01-01&until=2020-01-01T00:00:00Z", "badArgument"),
    ("verb=ListRecords&metadataPrefix=oai_dc&from=2021-01-01&until=2020-01-01", "badArgument"),
    ("verb=ListRecords&metadataPrefix=oai_dc&until=1999-01-01", "noRecordsMatch"),
    ("verb=ListRecords&metadataPrefix=oai_dc&from=2999-01-01", "noRecordsMatch"),
    ("verb=ListRecords&metadataPrefix=oai_dc&set=unknown", "noRecordsMatch"),
    ("verb=ListRecords&metadataPrefix=oai_dc&set=%20%3C", "badArgument"),
    ("verb=ListRecords&resumptionToken=junk", "badResumptionToken"),
    ("verb=ListIdentifiers&resumptionToken=junk", "badResumptionToken"),
    ("verb=ListSets&resumptionToken=junk", "badResumptionToken"),
    ("verb=ListRecords&resumptionToken=", "badResumptionToken"),
    ("verb=ListRecords&resumptionToken=x&metadataPrefix=oai_dc", "badArgument"),
    ("verb=ListMetadataFormats&identifier=unknown", "idDoesNotExist"),
    (f"verb={'x' * 5000}", "badVerb"),
]


class Client:
    """Asks the provider over the web application, as a harvester does."""

    def __init__(self, database: Database, page_size: int) -> None:
        app = Flask("test")
        app.register_blueprint(oai.bp)
        app.extensions["fairnode"] = SimpleNamespace(
            settings=Settings(base_url=BASE, oai=OaiSettings(page_size=page_size)),
            listing=Listing(database),
            token_key=b"k" * 32,
            signing_keys=KEYS,
        )
        self.http = app.test_client()

    def text(self, query: str) -> bytes:
        answer = self.http.get(f"/oai?{query}")
        assert answer.status_code == 200
        assert answer.mimetype == "text/xml"
        return answer.data

    def ask(self, query: str) -> Any:
        return etree.fromstring(self.text(query))

    def pages(self, verb: str, **arguments: str) -> Iterator[Any]:
        """Follow a list to its end."""
        query = urlencode({"verb": verb, **arguments})
        for _ in range(1000):
            root = self.ask(query)
            yield root
            token = root.findtext(f".//{OAI}resumptionToken")
            if not token:
                return
            query = urlencode({"verb": verb, "resumptionToken": token})
        raise AssertionError("the list does not end")

    def identifiers(self, **arguments: str) -> list[str]:
        arguments = {"metadataPrefix": "oai_dc", **arguments}
        return [
            header.findtext(f"{OAI}identifier")
            for root in self.pages("ListIdentifiers", **arguments)
            for header in root.iter(f"{OAI}header")
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


def test_get_and_post_answer_alike(client: Client) -> None:
    """[H01 H02]"""
    arguments = {"verb": "ListIdentifiers", "metadataPrefix": "oai_dc"}

    by_get = client.text(urlencode(arguments))
    by_post = client.http.post(
        "/oai", data=urlencode(arguments), content_type="application/x-www-form-urlencoded; charset=utf-8"
    ).data

    strip = re.compile(rb"<responseDate>.*?</responseDate>")
    assert strip.sub(b"", by_get) == strip.sub(b"", by_post)


def test_the_request_is_echoed(client: Client) -> None:
    """[H09]"""
    request = client.ask("verb=ListIdentifiers&metadataPrefix=oai_dc&set=source:test").find(f"{OAI}request")

    assert request.text == f"{BASE}/oai"
    assert dict(request.attrib) == {"verb": "ListIdentifiers", "metadataPrefix": "oai_dc", "set": "source:test"}


@pytest.mark.parametrize("encoding", ["gzip", "gzip;q=0", "identity", ""])
def test_compression_is_given_to_those_who_ask(client: Client, encoding: str) -> None:
    """[H12 W16]"""
    answer = client.http.get(
        "/oai?verb=ListRecords&metadataPrefix=oai_dc", headers={"Accept-Encoding": encoding} if encoding else {}
    )

    compressed = answer.headers.get("Content-Encoding") == "gzip"
    assert compressed == (encoding == "gzip")
    assert answer.headers["Vary"] == "Accept-Encoding"
    etree.fromstring(gzip.decompress(answer.data) if compressed else answer.data)


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


def test_a_token_works_again_and_for_its_own_verb_only(database: Database) -> None:
    """[T03 T04 T08 T12]"""
    client = Client(database, 4)
    first = client.ask("verb=ListRecords&metadataPrefix=oai_dc&set=source:test")
    token = first.findtext(f".//{OAI}resumptionToken")

    once = client.ask(urlencode({"verb": "ListRecords", "resumptionToken": token}))
    twice = client.ask(urlencode({"verb": "ListRecords", "resumptionToken": token}))
    other = client.ask(urlencode({"verb": "ListIdentifiers", "resumptionToken": token}))
    bent = client.ask(urlencode({"verb": "ListRecords", "resumptionToken": token[:-2]}))

    names = [[item.text for item in root.iter(f"{OAI}identifier")] for root in (once, twice)]
    assert names[0] == names[1] != []
    assert other.find(f"{OAI}error").get("code") == "badResumptionToken"
    assert bent.find(f"{OAI}error").get("code") == "badResumptionToken"


def test_a_change_during_a_list_is_in_no_page_twice_and_in_the_next_increment(tmp_path: Path) -> None:
    """[W02]"""
    with closing(open_database("sqlite:///node.db", tmp_path)) as database:
        database.migrate(START)
        sources, records = Sources(database), keeper(database)
        sources.add(Source(name="test", url="https://source.example.org/oai"), NOW)
        source = sources.get("test")
        run = Runs(database).start(source, Window(), NOW)

        def publish(name: str, text: str, when: dt.datetime) -> None:
            known = records.known(source, [name]).get(name)
            entry = LedgerEntry(identifier=name, outcome=Outcome.UPDATED if known else Outcome.CREATED)
            item = Kept(
                action=Action.PUBLISH,
                entry=entry,
                prepared=prepared(name, text),
                known=known,
                rdf_digest=hashlib.sha256(text.encode()).hexdigest(),
                audience=Audience.PUBLIC,
            )
            records.keep(run.id, source, page(name), [item], at(when))

        for number in range(4):
            publish(f"r{number}", "old", NOW)
        client = Client(database, 2)
        first = client.ask("verb=ListRecords&metadataPrefix=oai_dc")
        later = NOW + dt.timedelta(hours=1)
        publish("r3", "new", later)
        publish("r0", "new", later)
        publish("r4", "new", later)
        token = first.findtext(f".//{OAI}resumptionToken")
        second = client.ask(urlencode({"verb": "ListRecords", "resumptionToken": token}))
        increment = client.identifiers(**{"from": later.strftime("%Y-%m-%dT%H:%M:%SZ")})

    def name(number: int) -> str:
        return f"oai:node.example.org:{local_id('test', f'r{number}')}"

    assert [item.text for item in first.iter(f"{OAI}identifier")][:2] == [name(0), name(1)]
    assert name(2) in [item.text for item in second.iter(f"{OAI}identifier")]
    assert name(0) not in [item.text for item in second.iter(f"{OAI}identifier")]
    assert sorted(increment) == sorted([name(3), name(0), name(4)])


def test_windows_are_inclusive_and_partition_the_repository(client: Client) -> None:
    """[L04 L05 L06]"""
    everything = client.identifiers()

    first = client.identifiers(**{"from": "2026-05-01T12:00:00Z", "until": "2026-05-01T12:00:30Z"})
    rest = client.identifiers(**{"from": "2026-05-01T12:00:31Z"})
    one = client.identifiers(**{"from": "2026-05-01T12:01:00Z", "until": "2026-05-01T12:01:00Z"})
    day = client.identifiers(**{"from": "2026-05-01", "until": "2026-05-01"})

    assert len(first) == 2 and len(one) == 4
    assert first + rest == everything == day


def test_a_tombstone_is_in_lists_and_by_itself_without_metadata(client: Client) -> None:
    """[L08 W04]"""
    name = f"oai:node.example.org:{local_id('test', 'r00')}"

    record = client.ask(urlencode({"verb": "GetRecord", "identifier": name, "metadataPrefix": "oai_dc"}))
    listed = client.identifiers()

    assert record.find(f".//{OAI}header").get("status") == "deleted"
    assert record.find(f".//{OAI}metadata") is None
    assert [item.text for item in record.iter(f"{OAI}setSpec")] == ["kind:dataset", "source:test"]
    assert listed[-1] == name


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

    assert sorted(prefixes) == ["dcat", "oai_dc"]
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
            named = {"node": BASE, "identifier": identifier, "keys": KEYS.public(), "floor": floor}
            labels, doubt = receive(statement, signature, **named)
            assert (labels, doubt) == (floor, "") and statement.labels == floor and len(statement.content) == 64
            other, doubt = receive(statement, signature, **{**named, "identifier": f"{identifier}x"})
            assert other.record == join(most_restrictive(), OPEN) and doubt
            seen += 1
    assert seen > 5


def _every_schema(folder: Path) -> Any:
    """Return the protocol's schemas and that of the label that travels in it: what is in `about` has to be known."""
    tree = etree.parse(folder / "wrapper.xsd")
    schema = ROOT / "node" / "web" / "static" / "label-1.0.xsd"
    named = {"namespace": "https://w3id.org/fairnode/label/1.0", "schemaLocation": str(schema)}
    etree.SubElement(tree.getroot(), "{http://www.w3.org/2001/XMLSchema}import", named)
    return tree


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
