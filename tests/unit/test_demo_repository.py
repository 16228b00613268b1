"""The sample repository is harvested whole, by strict judges of its answers and by a stranger's harvester."""

from __future__ import annotations

import datetime as dt
import os
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlencode

import pytest
from lxml import etree
from oaipmh_scythe import Scythe
from oaipmh_scythe.models import Record

from node.demo import SampleRecord, SampleRepository, generate

XSD = Path(os.environ.get("XSD_FOLDER", Path(__file__).resolve().parents[3] / "shared" / "xsd"))
NS = {"o": "http://www.openarchives.org/OAI/2.0/"}
NOW = dt.datetime(2026, 3, 1, 12, 0, 0, 700_000, tzinfo=dt.UTC)


@pytest.fixture(scope="module")
def repository() -> Iterator[SampleRepository]:
    with SampleRepository() as running:
        yield running


@pytest.fixture(scope="module")
def schema(tmp_path_factory: pytest.TempPathFactory) -> etree.XMLSchema:
    """OAI-PMH.xsd with Dublin Core and oai-identifier strict; DataCite and the stranger's format as any element."""
    if not (XSD / "OAI-PMH.xsd").exists():
        pytest.skip(f"no schemas in {XSD}; set XSD_FOLDER")
    folder = tmp_path_factory.mktemp("xsd")
    anything = {
        "datacite.xsd": ("http://schema.datacite.org/oai/oai-1.1/", "oai_datacite"),
        "inventory.xsd": ("http://inventory.mnemea.example/ns/1#", "object"),
    }
    for name, (namespace, element) in anything.items():
        (folder / name).write_text(
            f'<schema xmlns="http://www.w3.org/2001/XMLSchema" targetNamespace="{namespace}">'
            f'<element name="{element}"/></schema>'
        )
    imports = [(namespace, name) for name, (namespace, _) in anything.items()]
    imports += [
        (NS["o"], f"{XSD}/OAI-PMH.xsd"),
        (f"{NS['o']}oai_dc/", f"{XSD}/oai_dc.xsd"),
        (f"{NS['o']}oai-identifier", f"{XSD}/oai-identifier.xsd"),
    ]
    lines = "".join(f'<import namespace="{space}" schemaLocation="{path}"/>' for space, path in imports)
    (folder / "all.xsd").write_text(f'<schema xmlns="http://www.w3.org/2001/XMLSchema">{lines}</schema>')
    return etree.XMLSchema(etree.parse(folder / "all.xsd"))


def get(repository: SampleRepository, **arguments: str) -> etree._Element:
    named = [(name.rstrip("_"), value) for name, value in arguments.items()]
    return ask(repository, urlencode(named))


def ask(repository: SampleRepository, query: str) -> etree._Element:
    with urllib.request.urlopen(f"{repository.url}?{query}", timeout=10) as answer:
        assert answer.status == 200
        assert answer.headers["Content-Type"].startswith("text/xml")
        return etree.fromstring(answer.read())


def pages(repository: SampleRepository, verb: str, **arguments: str) -> Iterator[etree._Element]:
    page = get(repository, verb=verb, **arguments)
    for _ in range(1000):
        yield page
        token = page.findtext(f"o:{verb}/o:resumptionToken", namespaces=NS)
        if not token:
            return
        page = get(repository, verb=verb, resumptionToken=token)
    raise AssertionError("the list does not end")


def listed(repository: SampleRepository, **arguments: str) -> list[str]:
    found = pages(repository, "ListIdentifiers", **arguments)
    return [one.text or "" for page in found for one in page.iterfind(".//o:header/o:identifier", NS)]


def error_of(answer: etree._Element) -> str | None:
    error = answer.find("o:error", NS)
    return None if error is None else error.get("code")


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        ({"metadata_prefix": "oai_datacite"}, (264, 12)),
        ({"metadata_prefix": "oai_dc"}, (300, 12)),
        ({"metadata_prefix": "oai_datacite", "set_": "data"}, (264, 12)),
        ({"metadata_prefix": "oai_dc", "set_": "services"}, (36, 0)),
        ({"metadata_prefix": "oai_dc", "set_": "infrastructure:aegirnet"}, (25, 1)),
    ],
)
def test_a_harvester_gets_every_record_and_deletion(
    repository: SampleRepository, arguments: dict[str, str], expected: tuple[int, int]
) -> None:
    with Scythe(repository.url) as scythe:
        found = scythe.list_records(**arguments, ignore_deleted=False)
        headers = [record.header for record in found if isinstance(record, Record)]

    deleted = sum(header.deleted for header in headers)
    assert (len(headers) - deleted, deleted) == expected
    assert len({header.identifier for header in headers}) == len(headers)


@pytest.mark.parametrize(
    "query",
    [
        "verb=Identify",
        "verb=ListMetadataFormats",
        "verb=ListMetadataFormats&identifier=oai:sample.example:aegirnet-portal",
        "verb=ListSets",
        "verb=GetRecord&metadataPrefix=oai_dc&identifier=oai%3Asample.example%3Aaegirnet-ctd-1",
        "verb=GetRecord&metadataPrefix=oai_dc&identifier=oai:sample.example:aegirnet-withdrawn",
        "verb=ListIdentifiers&metadataPrefix=oai_dc&from=2023-01-01&until=2025-12-31&set=data",
        "verb=ListIdentifiers&metadataPrefix=%00%FF",
        "verb=GetRecord&metadataPrefix=oai_dc&identifier=%22%3C%26",
        "verb=ListRecords&resumptionToken=%00%0B%3C",
        "",
    ],
)
def test_an_answer_is_valid(repository: SampleRepository, schema: etree.XMLSchema, query: str) -> None:
    answer = ask(repository, query)

    schema.assertValid(answer)


@pytest.mark.parametrize("prefix", ["oai_datacite", "oai_dc"])
@pytest.mark.parametrize("verb", ["ListRecords", "ListIdentifiers"])
def test_every_page_is_valid_and_counts_itself(
    repository: SampleRepository, schema: etree.XMLSchema, verb: str, prefix: str
) -> None:
    cursor = 0

    for page in pages(repository, verb, metadataPrefix=prefix):
        schema.assertValid(page)
        token = page.find(f"o:{verb}/o:resumptionToken", NS)
        assert token is not None
        assert token.get("cursor") == str(cursor)
        cursor += len(page.findall(".//o:header", NS))
        total = token.get("completeListSize")

    assert total == str(cursor)


def test_bounds_are_inclusive_and_windows_partition_the_repository(repository: SampleRepository) -> None:
    stamps = [record.datestamp for record in repository.records()]
    middle = stamps[len(stamps) // 2]
    after = middle + dt.timedelta(seconds=1)

    everything = listed(repository, metadataPrefix="oai_dc")
    before = listed(repository, metadataPrefix="oai_dc", until=f"{middle:%Y-%m-%dT%H:%M:%SZ}")
    rest = listed(repository, metadataPrefix="oai_dc", from_=f"{after:%Y-%m-%dT%H:%M:%SZ}")
    day = listed(repository, metadataPrefix="oai_dc", from_=f"{middle:%Y-%m-%d}", until=f"{middle:%Y-%m-%d}")

    assert before + rest == everything
    assert repository.records()[len(stamps) // 2].identifier in day


def test_a_second_harvest_sees_what_was_touched_withdrawn_and_added() -> None:
    moment = [NOW]
    with SampleRepository(clock=lambda: moment[0]) as repository:
        first = len(listed(repository, metadataPrefix="oai_dc"))
        moment[0] += dt.timedelta(minutes=1)
        names = [f"oai:sample.example:aegirnet-{local}" for local in ("ctd-1", "portal", "withdrawn")]
        repository.touch(names[0], lambda payload: payload.replace("Skarvholm", "Skarvholm II"))
        repository.withdraw(names[1])
        new = next(generate(1))
        repository.put(SampleRecord(identifier=new.identifier, datestamp=moment[0], sets=("data:datasets",),
                                    prefixes=new.prefixes, render=new.render))  # fmt: skip

        since = {"metadataPrefix": "oai_dc", "from_": "2026-03-01T12:00:01Z"}
        [page] = pages(repository, "ListRecords", **since)
        total = len(listed(repository, metadataPrefix="oai_dc"))

    headers = {one.findtext("o:identifier", "", NS): one for one in page.iterfind(".//o:header", NS)}
    assert headers.keys() == {names[0], names[1], new.identifier}
    assert headers[names[1]].get("status") == "deleted"
    assert [one.text for one in headers[names[1]].iterfind("o:setSpec", NS)] == ["services", "infrastructure:aegirnet"]
    assert "Skarvholm II" in "".join(page.itertext())
    assert total == first + 1
    with pytest.raises(KeyError):
        repository.withdraw("oai:sample.example:none")


def test_a_change_during_a_list_neither_repeats_nor_loses_an_unchanged_record() -> None:
    moment = [NOW]
    with SampleRepository(clock=lambda: moment[0]) as repository:
        before = [record.identifier for record in repository.records()]
        found = pages(repository, "ListIdentifiers", metadataPrefix="oai_dc")
        seen = [one.text for one in next(found).iterfind(".//o:header/o:identifier", NS)]
        moment[0] += dt.timedelta(seconds=5)
        repository.touch(before[3])
        repository.touch(before[200])

        for page in found:
            seen += [one.text for one in page.iterfind(".//o:header/o:identifier", NS)]

    assert seen == [identifier for identifier in before if identifier != before[200]]


def test_records_of_the_caller_are_served_in_full_pages_only() -> None:
    with SampleRepository(records=generate(1000), page_size=250) as repository:
        sizes = [
            len(page.findall(".//o:record", NS))
            for page in pages(repository, "ListRecords", metadataPrefix="oai_datacite", set="data")
        ]

    assert sizes == [250, 250, 250, 250]


def test_payloads_are_rendered_only_for_the_page_that_is_served() -> None:
    rendered: list[str] = []

    def render(identifier: str, prefix: str) -> str:
        rendered.append(identifier)
        return "<oai_dc:dc xmlns:oai_dc='http://www.openarchives.org/OAI/2.0/oai_dc/'/>"

    records = [
        SampleRecord(identifier=f"urn:x:{number}", datestamp=NOW, sets=(), prefixes=("oai_dc",), render=render)
        for number in range(500)
    ]
    with SampleRepository(records=records) as repository:
        get(repository, verb="ListRecords", metadataPrefix="oai_dc")
        sets = [error_of(get(repository, verb="ListSets"))]
        sets.append(error_of(get(repository, verb="ListRecords", metadataPrefix="oai_dc", set_="data")))
        identify = get(repository, verb="Identify")

    assert len(rendered) == 50
    assert sets == ["noSetHierarchy", "noSetHierarchy"]
    assert identify.find("o:Identify/o:description", NS) is None


def test_one_page_alone_is_broken_by_control_characters() -> None:
    with SampleRepository(control_characters=True) as repository:
        broken, token = 0, None
        for _ in range(10):
            pairs = {"resumptionToken": token} if token else {"metadataPrefix": "oai_datacite"}
            query = urlencode({"verb": "ListRecords", **pairs})
            with urllib.request.urlopen(f"{repository.url}?{query}", timeout=10) as answer:
                body = answer.read()
            try:
                etree.fromstring(body)
            except etree.XMLSyntaxError:
                broken += 1
            root = etree.fromstring(body, etree.XMLParser(recover=True))
            token = root.findtext("o:ListRecords/o:resumptionToken", namespaces=NS)
            if not token:
                break

    assert not token
    assert broken == 1
