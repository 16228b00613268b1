"""What an audit says of one record on the web: with places, and for those who may see the record only."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from flask.testing import FlaskClient
from lxml import html

from node.storage.kept import local_id
from node.storage.tables import records
from node.web import create_app
from tests.audited import Audited, audited, name
from tests.servers.oai_pages import oai_dc_record

RIGHTS = "\n<dc:rights>Terms of the house</dc:rights>"


@pytest.fixture
def one(tmp_path: Any) -> Iterator[Audited]:
    with audited(tmp_path / "one") as opened:
        opened.repository.records[1] = oai_dc_record(name(1), "A title that is long", extra=RIGHTS)
        opened.harvest()
        yield opened


@pytest.fixture
def client(one: Audited) -> FlaskClient:
    return create_app(one.node).test_client()


def address(audit: str, number: int) -> str:
    return f"/audit/{audit}/record/{local_id('mine', name(number))}"


def test_each_finding_has_its_place_and_the_raw_text_stays_inside(one: Audited, client: FlaskClient) -> None:
    digest = one.audit().audit.digest

    answer = client.get(address(digest[:8], 1) + ".json")

    told = json.loads(answer.data)
    places = {
        each["rule"]: (each["source_path"], each["source_line"], each["source_missing"]) for each in told["findings"]
    }
    assert (told["audit"], told["identifier"]) == (digest, name(1))
    assert places == {"LIC": ("/dc/rights", 2, False), "TIT": ("/dc/title", 1, False)}
    assert b"Terms of the house" not in answer.data
    (missing,) = json.loads(client.get(address(digest, 0) + ".json").data)["findings"]
    assert (missing["source_path"], missing["source_line"], missing["source_missing"]) == ("/dc/rights", None, True)


def test_the_audits_page_leads_to_the_records_and_back(one: Audited, client: FlaskClient) -> None:
    digest = one.audit().audit.digest
    tree = html.fromstring(client.get(f"/audit/{digest}").data)
    (link,) = [link for link in tree.xpath("//main//a/@href") if link == address(digest, 1)]

    page = html.fromstring(client.get(link).data)

    cells = [" ".join(cell.text_content().split()) for cell in page.xpath("//main//td")]
    assert "/dc/rights, line 2" in cells and not page.xpath("//script")
    for other in page.xpath("//main//a/@href | //link[@rel='alternate']/@href"):
        assert client.get(other).status_code == 200, other


@pytest.mark.parametrize(
    "values", [{"audience": 1}, {"state": "quarantined"}, {"record_label": None}, {"content_digest": "0" * 64}], ids=str
)
def test_of_a_record_that_is_not_public_or_changed_nothing_is_told(
    one: Audited, client: FlaskClient, values: dict[str, object]
) -> None:
    digest = one.audit().audit.digest
    with one.node.database.write() as connection:
        mine = records.c.local_id == local_id("mine", name(1))
        connection.execute(records.update().where(mine).values(**values))

    for form in ("", ".json"):
        answer = client.get(address(digest, 1) + form)
        assert answer.status_code == 404 and name(1).encode() not in answer.data


def test_what_is_not_there_is_not_found(one: Audited, client: FlaskClient) -> None:
    digest = one.audit().audit.digest

    for where in (f"/audit/{digest}/record/nosuch", "/audit/abcdef/record/nosuch", address(digest, 0) + ".ttl"):
        assert client.get(where).status_code == 404


def test_a_page_that_two_records_name_is_described_once(one: Audited) -> None:
    one.repository.records += [oai_dc_record("oai:other.example:001", "The same page")]
    one.harvest()

    account = one.node.projection.verify()

    assert account.sound and account.repeated == 0
