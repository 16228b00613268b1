"""Provenance of records whose sources gave odd things: answers keep to the schemas all the same (H11, P06)."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from lxml import etree

from node.conformance.grammar import faults
from node.mapping.passage import nested, origin_of
from node.namespaces import OAI_PROVENANCE
from node.storage.database import Database, open_database
from node.storage.tables import records
from node.syntax import uri_text
from tests.conftest import ROOT, START
from tests.servers.oai_client import Client
from tests.servers.oai_store import Store

P = f"{{{OAI_PROVENANCE}}}"
TOLD = (
    "<baseURL>{}</baseURL><identifier>oai:a:1</identifier><datestamp>2020-01-01</datestamp>"
    "<metadataNamespace>urn:x</metadataNamespace>"
)
ODD = ("1:2:3", "oai:x:[a]", "oai:x:100%", "a#b#c", "http://host:port/x")
FINE = ("oai:x:1", "DE:x/1", "10.1000/(SICI)1<1::A>3", "ä ö", "https://a.example:80/b?c#d", "info:x/%41", "{A-B}")


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    with closing(open_database("sqlite:///node.db", tmp_path)) as database:
        database.migrate(START)
        yield database


def test_a_source_without_namespaces_and_uris_breaks_no_answer_and_is_told_of_whole(database: Database) -> None:
    Store(database).publish("r", payloads=(("dcat", '<x xmlns="urn:x"/>'),))
    odd = {"identifier": "2020:x 100%", "metadata_namespace": "", "media_type": "application/json"}
    with database.write() as connection:
        connection.execute(records.update().values(**odd))

    root = Client(database).ask(verb="ListRecords", metadataPrefix="dcat")

    origin = root.find(f".//{P}originDescription")
    assert origin.findtext(f"{P}identifier") == "2020%3Ax%20100%25"
    assert origin.findtext(f"{P}metadataNamespace").endswith("/media-types/application/json")
    assert not faults(root)


@pytest.mark.parametrize(("text", "is_kept"), [*((each, False) for each in ODD), *((each, True) for each in FINE)])
def test_what_a_schema_takes_for_a_uri_stays_and_all_else_is_encoded(text: str, is_kept: bool) -> None:
    schema = etree.XMLSchema(
        etree.fromstring('<schema xmlns="http://www.w3.org/2001/XMLSchema"><element name="a" type="anyURI"/></schema>')
    )

    def accepted(value: str) -> bool:
        element = etree.Element("a")
        element.text = value
        return bool(schema.validate(element))

    assert (uri_text(text) == text) is is_kept is accepted(text)
    assert accepted(uri_text(text))


def station(inside: str = "", told: str = TOLD.format("https://a.example/oai"), **attributes: str) -> str:
    stated = {"harvestDate": "2020-01-01T00:00:00Z", "altered": "true", **attributes}
    spelt = "".join(f' {name}="{value}"' for name, value in stated.items() if value)
    return f"<originDescription{spelt}>{told}{inside}</originDescription>"


def stations(text: str) -> int | None:
    """Return how many stations of a source's provenance stand in ours."""
    about = f'<about><provenance xmlns="{OAI_PROVENANCE}">{text}</provenance></about>'
    origin = origin_of((about.encode(),))
    assert origin is not None
    kept = nested(origin)
    if kept is None:
        return 0
    folder = Path(os.environ.get("XSD_FOLDER", ROOT.parent / "shared" / "xsd"))
    if folder.is_dir():
        whole = etree.fromstring(f'<provenance xmlns="{OAI_PROVENANCE}">{kept}</provenance>')
        etree.XMLSchema(etree.parse(folder / "provenance.xsd")).assertValid(whole)
    return kept.count("<originDescription")


def test_of_a_sources_provenance_stands_in_ours_what_keeps_to_the_schema() -> None:
    token = '<resumptionToken xmlns="http://www.openarchives.org/OAI/2.0/">elsewhere</resumptionToken>'

    assert stations(station(station(station()))) == 3
    assert stations(station(station(station(token)))) == 2
    assert stations(station(station(station(), altered=""))) == 1
    for broken in (
        station(harvestDate="yesterday"),
        station(altered="yes"),
        station(told=TOLD.format("https://a.example/[oai]")),
        station(told=TOLD.format("https://a.example/oai").replace("2020-01-01", "2020")),
        station(told=TOLD.format(token)),
        station(token),
        station("text"),
        station(other="x"),
    ):
        assert stations(broken) == 0, broken
