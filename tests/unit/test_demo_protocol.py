"""Wrong and right requests get from the sample repository what OAI-PMH 2.0, section 3, lays down."""

from __future__ import annotations

import datetime as dt
import gzip
import urllib.request
from collections.abc import Iterator
from urllib.parse import urlencode

import pytest
from lxml import etree

from node.demo import SampleRepository

NS = {"o": "http://www.openarchives.org/OAI/2.0/"}
NOW = dt.datetime(2026, 3, 1, 12, 0, 0, 700_000, tzinfo=dt.UTC)


@pytest.fixture(scope="module")
def repository() -> Iterator[SampleRepository]:
    with SampleRepository() as running:
        yield running


def get(repository: SampleRepository, **arguments: str) -> etree._Element:
    named = [(name.rstrip("_"), value) for name, value in arguments.items()]
    return ask(repository, urlencode(named))


def ask(repository: SampleRepository, query: str) -> etree._Element:
    with urllib.request.urlopen(f"{repository.url}?{query}", timeout=10) as answer:
        assert answer.status == 200
        assert answer.headers["Content-Type"].startswith("text/xml")
        return etree.fromstring(answer.read())


def error_of(answer: etree._Element) -> str | None:
    error = answer.find("o:error", NS)
    return None if error is None else error.get("code")


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("", "badVerb"),
        ("verb=identify", "badVerb"),
        ("verb=Identify&verb=Identify", "badVerb"),
        ("verb=Identify&foo=1", "badArgument"),
        ("verb=ListRecords", "badArgument"),
        ("verb=GetRecord&metadataPrefix=oai_dc", "badArgument"),
        ("verb=GetRecord&metadataPrefix=oai_dc&identifier=oai:a.b:1&set=data", "badArgument"),
        ("verb=ListRecords&metadataPrefix=oai_dc&metadataPrefix=oai_dc", "badArgument"),
        ("verb=ListRecords&metadataPrefix=oai_dc&from=2020-02-30", "badArgument"),
        ("verb=ListRecords&metadataPrefix=oai_dc&from=2020-1-1", "badArgument"),
        ("verb=ListRecords&metadataPrefix=oai_dc&from=", "badArgument"),
        ("verb=ListRecords&metadataPrefix=oai_dc&from=2020-01-01T00:00:00.5Z", "badArgument"),
        ("verb=ListRecords&metadataPrefix=oai_dc&from=2020-01-01&until=2021-01-01T00:00:00Z", "badArgument"),
        ("verb=ListRecords&metadataPrefix=oai_dc&from=2021-01-01&until=2020-01-01", "badArgument"),
        ("verb=ListRecords&metadataPrefix=oai_dc&resumptionToken=x", "badArgument"),
        ("verb=ListRecords&metadataPrefix=marc21", "cannotDisseminateFormat"),
        (
            "verb=GetRecord&metadataPrefix=oai_datacite&identifier=oai:sample.example:aegirnet-wms",
            "cannotDisseminateFormat",
        ),
        ("verb=GetRecord&metadataPrefix=oai_dc&identifier=oai:sample.example:none", "idDoesNotExist"),
        ("verb=ListMetadataFormats&identifier=oai:sample.example:none", "idDoesNotExist"),
        ("verb=ListRecords&metadataPrefix=oai_dc&until=2001-01-01", "noRecordsMatch"),
        ("verb=ListRecords&metadataPrefix=oai_dc&set=nothing", "noRecordsMatch"),
        ("verb=ListRecords&resumptionToken=", "badResumptionToken"),
        ("verb=ListIdentifiers&resumptionToken=junk", "badResumptionToken"),
        ("verb=ListSets&resumptionToken=junk", "badResumptionToken"),
    ],
)
def test_a_wrong_request_gets_the_error_the_protocol_names(repository: SampleRepository, query: str, code: str) -> None:
    answer = ask(repository, query)

    assert error_of(answer) == code
    request = answer.find("o:request", NS)
    assert request is not None and request.text == repository.url
    assert bool(request.attrib) == (code not in ("badVerb", "badArgument"))


def test_a_token_is_bound_to_its_verb_its_bytes_and_its_day() -> None:
    moment = [NOW]
    with SampleRepository(clock=lambda: moment[0]) as repository:
        page = get(repository, verb="ListRecords", metadataPrefix="oai_dc")
        token = page.findtext("o:ListRecords/o:resumptionToken", "", NS)
        altered = token[:30] + ("A" if token[30] != "A" else "B") + token[31:]

        again = [get(repository, verb="ListRecords", resumptionToken=token) for _ in range(2)]
        other_verb = get(repository, verb="ListIdentifiers", resumptionToken=token)
        tampered = get(repository, verb="ListRecords", resumptionToken=altered)
        moment[0] += dt.timedelta(hours=49)
        late = get(repository, verb="ListRecords", resumptionToken=token)

    assert etree.tostring(again[0]) == etree.tostring(again[1])
    assert [error_of(one) for one in (other_verb, tampered, late)] == ["badResumptionToken"] * 3


@pytest.mark.parametrize(
    ("accept", "encoding"),
    [("gzip", "gzip"), ("deflate, gzip;q=0.5", "gzip"), ("gzip;q=0", None), ("identity", None), ("", None)],
)
def test_compression_is_the_askers_choice(repository: SampleRepository, accept: str, encoding: str | None) -> None:
    request = urllib.request.Request(f"{repository.url}?verb=ListSets", headers={"Accept-Encoding": accept})

    with urllib.request.urlopen(request, timeout=10) as answer:
        body = answer.read()

    assert answer.headers["Content-Encoding"] == encoding
    assert answer.headers["Vary"] == "Accept-Encoding"
    assert b"<ListSets>" in (gzip.decompress(body) if encoding else body)


def test_get_and_post_say_the_same() -> None:
    with SampleRepository(clock=lambda: NOW) as repository:
        query = "verb=ListIdentifiers&metadataPrefix=oai_dc&set=services"
        kind = "application/x-www-form-urlencoded; charset=utf-8"
        request = urllib.request.Request(repository.url, data=query.encode(), headers={"Content-Type": kind})
        with urllib.request.urlopen(request, timeout=10) as answer:
            posted = answer.read()

        got = ask(repository, query)

    assert etree.tostring(etree.fromstring(posted)) == etree.tostring(got)


def test_nothing_answers_once_the_block_is_left() -> None:
    with SampleRepository() as repository:
        assert error_of(get(repository, verb="Identify")) is None
        assert repository.requests == 1

    with pytest.raises(OSError):
        urllib.request.urlopen(f"{repository.url}?verb=Identify", timeout=2)
