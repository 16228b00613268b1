"""Records in the format they were harvested in, over OAI-PMH."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from fnmatch import fnmatchcase
from pathlib import Path

import pytest

from node.mapping.originals import LARGEST, ORIGINALS, original_of
from node.model.oai import Header, Record
from node.model.source import Agreement
from node.prepare import Job, prepare_all
from node.sovereignty.statement_xml import payload_digest
from node.storage.database import Database, open_database
from node.storage.tables import sources
from node.syntax import element_bytes, parse_xml
from tests.conftest import START
from tests.servers.oai_client import BASE, OAI, Client
from tests.servers.oai_store import NOW, Store, oai

MARC = (
    b'<?xml version="1.0" encoding="ISO-8859-1"?><!-- kept --><m:record xmlns:m="http://www.loc.gov/MARC21/slim">'
    b'<m:leader>00000nmm a2200000 a 4500</m:leader><m:controlfield tag="001">17</m:controlfield>'
    b'<m:datafield tag="245" ind1="0" ind2="0"><m:subfield code="a">Sj\xf6kort</m:subfield></m:datafield></m:record>'
)


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    with closing(open_database("sqlite:///node.db", tmp_path)) as database:
        database.migrate(START)
        yield database


def test_a_record_harvested_in_marcxml_is_had_in_marcxml_too(database: Database) -> None:
    store, before = Store(database), Client(database)
    record = Record(header=Header(identifier="marc"), metadata=MARC)
    job = Job(
        base_url=BASE, source="test", metadata_prefix="marc21", agreement=Agreement(), profile="", today=NOW.date()
    )
    (ready,) = prepare_all([("local", record)], job)
    store.put(ready)
    store.publish("other")
    unoffered = before.code(verb="ListRecords", metadataPrefix="marcxml")
    with database.write() as connection:
        connection.execute(sources.update().values(metadata_prefix="marc21"))
    client = Client(database)

    formats = client.ask(verb="ListMetadataFormats", identifier=oai("marc"))
    (marc,) = (each for each in formats.iter(f"{OAI}metadataFormat") if each[0].text == "marcxml")
    (listed,) = client.ask(verb="ListRecords", metadataPrefix="marcxml").iter(f"{OAI}record")
    (payload,) = listed.find(f"{OAI}metadata")

    assert unoffered == "cannotDisseminateFormat", "a format that no source offers is not listed"
    assert payload.tag == f"{{{marc[2].text}}}record"
    assert payload.findtext(".//{*}subfield") == "Sjökort"
    assert [each.get("altered") for each in listed.iter("{*}originDescription")] == ["false"]
    assert listed.findtext(f"{OAI}header/{OAI}identifier") == oai("marc")
    assert client.code(verb="GetRecord", identifier=oai("other"), metadataPrefix="marcxml") == "cannotDisseminateFormat"
    assert client.identifiers() == [oai("marc"), oai("other")]


@pytest.mark.parametrize(
    ("payload", "media_type"),
    [
        (b'<x xmlns="urn:other">http://www.loc.gov/MARC21/slim</x>', "application/xml"),
        (b'<dc xmlns="http://www.openarchives.org/OAI/2.0/oai_dc/"/>', "application/xml"),
        (b'{"a": "http://www.loc.gov/MARC21/slim"}', "application/json"),
        (MARC.replace(b"</m:leader>", b" " * LARGEST + b"</m:leader>"), "application/xml"),
    ],
    ids=["named inside", "written by the node", "no XML", "too large"],
)
def test_what_is_in_no_such_format_is_not_given_on(payload: bytes, media_type: str) -> None:
    assert original_of(payload, media_type) == ()


def test_each_format_has_a_prefix_and_a_namespace_of_its_own_that_its_crosswalk_knows() -> None:
    assert len({each.prefix for each in ORIGINALS}) == len({each.namespace for each in ORIGINALS}) == len(ORIGINALS)
    for each in ORIGINALS:
        assert each.prefix in each.crosswalk.prefixes
        assert any(fnmatchcase(each.namespace, name) for name in each.crosswalk.namespaces)
        root = f'<x xmlns="{each.namespace}"/>'.encode()
        assert [prefix for prefix, _ in original_of(root, "application/xml")] == [each.prefix]


@pytest.mark.parametrize("inner", [b"<own><m:leader/></own>", b'<own xmlns="urn:own"/>', b"<m:leader/>"])
def test_an_original_is_the_same_inside_an_answer_as_on_its_own(inner: bytes) -> None:
    payload = b'<?xml version="1.0"?><!-- first --><m:record xmlns:m="http://www.loc.gov/MARC21/slim">%s</m:record>'
    ((_, body),) = original_of(payload % inner, "application/xml")

    answer = parse_xml(f'<metadata xmlns="http://www.openarchives.org/OAI/2.0/">{body}</metadata>'.encode())

    assert payload_digest(element_bytes(answer[0])) == payload_digest(payload % inner)
