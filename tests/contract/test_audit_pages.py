"""Audits on the web: counts for everybody, findings of public records only, and only of the version that is public."""

from __future__ import annotations

import dataclasses
import datetime as dt
import json
import re
from collections.abc import Iterator
from typing import Any

import pytest
from flask.testing import FlaskClient
from lxml import html

from node.model.audit import Audit
from node.model.label import Access, PersonalData
from node.sovereignty.tags import to_json
from node.storage.kept import local_id
from node.storage.tables import records
from node.storage.waivers import Signatures, Waivers
from node.web import create_app
from tests.audited import LICENCE, Audited, audited, name
from tests.records import OPEN
from tests.servers.oai_pages import oai_dc_record

CONFIDENTIAL = dataclasses.replace(OPEN, access=Access.CONFIDENTIAL)
SPECIAL = dataclasses.replace(OPEN, personal=PersonalData.SPECIAL)


@pytest.fixture
def one(tmp_path: Any) -> Iterator[Audited]:
    with audited(tmp_path / "one") as opened:
        yield opened


@pytest.fixture
def client(one: Audited) -> FlaskClient:
    return create_app(one.node).test_client()


def document(client: FlaskClient, address: str) -> Any:
    answer = client.get(address)
    assert answer.status_code == 200 and answer.mimetype == "application/json", answer.data
    return json.loads(answer.data)


def named(part: dict[str, Any]) -> list[str]:
    return sorted(each["identifier"] for each in part["public"])


def everything(client: FlaskClient, *audits: Audit) -> bytes:
    addresses = ["/audit", *(f"/audit/{each.digest}" for each in audits)]
    addresses += [f"/audit/{a.digest}/diff/{b.digest}" for a in audits for b in audits]
    found = b""
    for address in addresses:
        for form in ("", ".json"):
            answer = client.get(address + form)
            assert answer.status_code == 200
            found += answer.data
    return found


def test_an_audit_is_told_in_counts_and_by_public_record(one: Audited, client: FlaskClient) -> None:
    audit = one.audit().audit

    told = document(client, f"/audit/{audit.digest}.json")

    assert told["audit"] == audit.digest and told["rules"][0]["records"] == 5
    assert named(told) == [name(number) for number in range(5)]
    assert told["public"][0]["findings"][0]["message"] == "The record names no licence."
    assert document(client, "/audit.json")["audits"][0]["audit"] == audit.digest
    assert client.get(told["public"][0]["record"].partition("8000")[2]).status_code == 200


@pytest.mark.parametrize(
    "where", ["/audit", "/audit?source=mine", "/audit/{a}", "/audit/{a}?rule=LIC", "/audit/{a}/diff/{b}"]
)
def test_a_page_is_whole_without_scripts(one: Audited, client: FlaskClient, where: str) -> None:
    first = one.audit().audit
    one.repository.records[0] = oai_dc_record(name(0), "A title that is longer")
    one.harvest()
    second = one.audit().audit

    answer = client.get(where.format(a=first.digest, b=second.digest), headers={"Accept": "text/html,*/*;q=0.8"})

    assert answer.status_code == 200 and answer.mimetype == "text/html"
    tree = html.fromstring(answer.data)
    assert not tree.xpath("//script") and tree.xpath("//main//h1")
    (other,) = tree.xpath("//link[@rel='alternate'][@type='application/json']/@href")
    assert client.get(other).mimetype == "application/json"
    for link in tree.xpath("//main//a/@href"):
        link = link if link.startswith("/") else f"/audit/{first.digest}{link}"
        answer = client.get(link)
        assert answer.status_code == 200 and answer.data, link


@pytest.mark.parametrize(
    "values",
    [
        {"audience": None},
        {"audience": 1},
        {"state": "quarantined"},
        {"state": "deleted"},
        {"record_label": to_json(CONFIDENTIAL)},
        {"record_label": to_json(SPECIAL)},
        {"record_label": {}},
        {"record_label": None},
        {"content_digest": "0" * 64},  # it is public now, but this is not what was judged
    ],
    ids=str,
)
def test_a_record_that_the_public_may_not_see_is_neither_counted_nor_named(
    one: Audited, client: FlaskClient, values: dict[str, object]
) -> None:
    first = one.audit().audit
    one.repository.records[2] = oai_dc_record(name(2), "A title that is longer")
    one.harvest()
    second = one.audit().audit
    with one.node.database.write() as connection:
        mine = records.c.local_id == local_id("mine", name(2))
        connection.execute(records.update().where(mine).values(**values))

    told = document(client, f"/audit/{second.digest}.json")

    # Where it may be seen, only its older version is not told of; who was owed its tombstone knows that it was counted.
    if "content_digest" in values:
        assert told["sources"][0]["records"] == 5 and told["scores"] is not None
    else:
        assert (told["sources"], told["rules"], told["scores"]) == ([], None, None)
        for figures in document(client, "/audit.json")["audits"]:
            assert [figures[each] for each in ("records", "findings", "score", "max_score")] == [None] * 4
        change = document(client, f"/audit/{first.digest}/diff/{second.digest}.json")
        assert change["rules"] == change["before"]["sources"] == change["after"]["sources"] == []
        for address in (f"/audit/{second.digest}", "/audit", f"/audit/{first.digest}/diff/{second.digest}"):
            assert not re.search(r'class="number">[0-9]', client.get(address, headers={"Accept": "text/html"}).text)
    assert named(told) == [name(0), name(1), name(3), name(4)]
    found = everything(client, first, second)
    assert name(2).encode() not in found and b"A title that is longer" not in found


def test_of_an_older_version_nothing_is_told(one: Audited, client: FlaskClient) -> None:
    one.repository.records[0] = oai_dc_record(name(0), "A title that was longer", extra=LICENCE)
    one.harvest()
    first = one.audit().audit
    one.repository.records[0] = oai_dc_record(name(0), "Short")
    one.harvest()
    second = one.audit().audit

    (change,) = document(client, f"/audit/{first.digest}/diff/{second.digest}.json")["public"]

    assert change["identifier"] == name(0)
    assert [(each["rule"], each["change"]) for each in change["findings"]] == [("LIC", "new")]
    assert name(0) not in named(document(client, f"/audit/{first.digest}.json"))
    assert b"A title that was longer" not in everything(client, first, second)


def test_who_waived_and_who_signed_is_not_told(one: Audited, client: FlaskClient) -> None:
    audit = one.audit().audit
    today = dt.datetime.now(dt.UTC)
    Waivers(one.node.database).add(
        "LIC",
        record=local_id("mine", name(1)),
        reason="Grace said so",
        owner="Ada",
        expires=today.date() + dt.timedelta(days=9),
        actor="cli:ada",
        now=today,
    )
    Signatures(one.node.database).sign(audit.digest, "Ada", today, "Grace said so")

    told = document(client, f"/audit/{audit.digest}.json")

    assert {each["identifier"]: each["findings"][0]["waived"] for each in told["public"]} == {
        name(number): number == 1 for number in range(5)
    }
    assert len(told["signed"]) == 1
    found = everything(client, audit)
    assert b"Ada" not in found and b"Grace" not in found and b"waived" in found


def test_findings_go_on_page_by_page(one: Audited, client: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("node.web.audits._RECORDS", 2)
    audit = one.audit().audit
    found: list[str] = []
    more: str | None = ""
    while more is not None:
        part = document(client, f"/audit/{audit.digest}.json{more}")
        found += named(part)
        more = None if part["after"] is None else f"?after={part['after']}"
        # The name of the last one, and no place that would count what is hidden before it.
        assert part["after"] in (None, part["public"][-1]["record"].rpartition("/")[2])

    assert sorted(found) == [name(number) for number in range(5)]


def test_one_rule_can_be_asked_for(one: Audited, client: FlaskClient) -> None:
    one.repository.records[1] = oai_dc_record(name(1), "A title that is longer")
    one.harvest()
    audit = one.audit().audit

    part = document(client, f"/audit/{audit.digest}.json?rule=TIT")

    assert [(each["identifier"], len(each["findings"])) for each in part["public"]] == [(name(1), 1)]


@pytest.mark.parametrize(
    ("address", "status"),
    [
        ("/audit/{a}?rule=NOSUCH", 400),
        ("/audit/{a}?after=%00", 400),
        ("/audit/{a}?after=" + "9" * 50, 400),
        ("/audit?before=x", 400),
        ("/audit?source=nosuch", 404),
        ("/audit/abc", 404),
        ("/audit/" + "0" * 64, 404),
        ("/audit/{a}.ttl", 404),
        ("/audit/{a}/diff/" + "0" * 64, 404),
    ],
)
def test_what_there_is_not_is_said(one: Audited, client: FlaskClient, address: str, status: int) -> None:
    audit = one.audit().audit

    assert client.get(address.format(a=audit.digest)).status_code == status
