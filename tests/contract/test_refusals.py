"""What is refused gets into the trail: of whatever road, once, not lost where it cannot be written, told by no time."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient

from node.errors import StorageError
from node.model.label import Access
from node.model.trail import Act
from node.storage.database import Database
from node.storage.trail import Trail
from node.web import create_app
from node.web import refusals as module
from node.web.refusals import Refusals, refusals_of
from tests.labelled_node import LabelledNode, labelled_node
from tests.servers.oai_pages import oai_dc_record

A, B = "oai:example.org:a", "oai:example.org:b"
BARRED = Act(actor="anonymous", action="read", object="stored", reasons=("it is for operators",))
OTHER = Act(actor="anonymous", action="authenticate", object="identity.token-refused", reasons=("it has expired",))


@pytest.fixture
def place(tmp_path: Path) -> Iterator[LabelledNode]:
    """A node whose record `a` is live for everybody, and whose `b` the public has lost."""
    with labelled_node(
        tmp_path / "home", "sqlite:///node.db", [oai_dc_record(A, "One"), oai_dc_record(B, "Two")]
    ) as made:
        made.decide(B, access=Access.REGISTERED)
        made.work()
        yield made


@pytest.fixture
def client(place: LabelledNode) -> FlaskClient:
    return create_app(place.node).test_client()


def entered(client: FlaskClient, place: LabelledNode) -> list[tuple[str, str, str, tuple[str, ...]]]:
    assert refusals_of(client.application).flush()
    found = [entry.act for entry in Trail(place.node.database).entries(denied=True)]
    return [(act.actor, act.action, act.object, act.reasons) for act in found]


@pytest.mark.parametrize(
    ("path", "status", "action"),
    [
        ("/record/{b}", 410, "read"),
        ("/dataset/{b}.ttl", 410, "read"),
        ("/policy/{b}", 410, "read"),
        ("/oai?verb=GetRecord&metadataPrefix=oai_dc&identifier=oai:{host}:{b}", 200, "read"),
        ("/record/{b}/raw", 404, "download"),
    ],
)
def test_who_is_told_that_a_record_is_gone_that_others_have_was_refused_it(
    place: LabelledNode, client: FlaskClient, path: str, status: int, action: str
) -> None:
    names = {"a": place.local(A), "b": place.local(B), "host": place.node.settings.repository_identifier}
    assert client.get(path.format(**names)).status_code == status
    client.get(path.format(**{**names, "b": names["a"]}))
    client.get(path.format(**{**names, "b": "unknown0000000000000000"}))

    assert entered(client, place) == [("anonymous", action, names["b"], ("access is registered",))]


def test_who_may_not_see_a_page_or_shows_a_bad_token_is_entered_once(place: LabelledNode, client: FlaskClient) -> None:
    for _ in range(3):
        assert client.get("/stored").status_code == client.get("/stored/7").status_code == 401
        assert client.get("/", headers={"Authorization": "Bearer fairnode_nobody_made_this"}).status_code == 401
        assert client.get("/", headers={"Authorization": "Basic x"}).status_code == 400

    assert sorted(each[:3] for each in entered(client, place)) == [
        ("anonymous", "authenticate", "identity.credentials-unusable"),
        ("anonymous", "authenticate", "identity.token-refused"),
        ("anonymous", "read", "stored"),
    ]


def test_a_hidden_record_and_an_unknown_one_take_the_same_work_until_the_next_question(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "_GATHER", 0.0)
    with labelled_node(tmp_path / "home", "sqlite:///node.db", [oai_dc_record(A)]) as place:
        place.decide(A, access=Access.REGISTERED)
        place.work()
        with place.node.database.write() as connection:
            connection.execute(sa.text("DELETE FROM tombstones"))
        client = create_app(place.node).test_client()
        said: list[str] = []
        mine = threading.get_ident()

        def note(_conn: Any, _cursor: Any, statement: str, *_: Any) -> None:
            if threading.get_ident() == mine:
                said.append(statement)

        sa.event.listen(place.node.database.engine, "before_cursor_execute", note)

        def work(path: str, local: str) -> list[str]:
            said.clear()
            with client.get(path.format(local)) as answer:
                assert answer.status_code == 404 or 'code="idDoesNotExist"' in answer.text
            return list(said)

        name = f"oai:{place.node.settings.repository_identifier}:{{}}"
        for path in (
            "/record/{}",
            "/record/{}/raw",
            "/policy/{}",
            f"/oai?verb=GetRecord&metadataPrefix=oai_dc&identifier={name}",
            f"/oai?verb=ListMetadataFormats&identifier={name}",
        ):
            assert work(path, place.local(A)) == work(path, "unknown0000000000000000") != [], path
        assert {each[1:3] for each in entered(client, place)} == {
            ("read", place.local(A)),
            ("download", place.local(A)),
        }


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def test_what_cannot_be_entered_is_tried_again_and_does_not_count_as_entered(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    real, tries = Trail.note, []

    def note(self: Trail, acts: Any, now: Any) -> None:
        tries.append(acts)
        if len(tries) == 1:
            raise StorageError("the database does not answer")
        real(self, acts, now)

    monkeypatch.setattr(Trail, "note", note)
    refusals = Refusals(database)

    refusals.hand_over(BARRED)

    assert refusals.flush()
    assert tries == [(BARRED,), (BARRED,)]
    assert [entry.act for entry in Trail(database).entries()] == [BARRED]


def test_one_that_no_database_takes_costs_no_other_its_entry(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = Trail.note

    def note(self: Trail, acts: Any, now: Any) -> None:
        if OTHER in acts:
            raise ValueError("a sign that no text may have")
        real(self, acts, now)

    monkeypatch.setattr(Trail, "note", note)
    refusals = Refusals(database)
    for each in (OTHER, BARRED):
        refusals.hand_over(each)

    assert refusals.flush()
    assert [entry.act for entry in Trail(database).entries()] == [BARRED]


def test_the_same_refusal_is_entered_once_a_minute(database: Database) -> None:
    clock = Clock()
    refusals = Refusals(database, clock=clock)
    for moment in (0.0, 1.0, 59.0, 61.0, 62.0):
        clock.now = moment
        refusals.hand_over(BARRED)
        refusals.hand_over(OTHER)
        assert refusals.flush()

    assert [entry.act for entry in Trail(database).entries()] == [BARRED, OTHER] * 2


def test_what_cannot_even_wait_is_an_error_and_no_answer(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_WAITING", 2)
    monkeypatch.setattr(module, "_PATIENCE", 0.0)
    monkeypatch.setattr(module, "_GATHER", 60.0)
    refusals = Refusals(database)
    with pytest.raises(StorageError, match="too many wait"):
        for _ in range(4):  # one may be in the thread's hand already
            refusals.hand_over(BARRED)

    assert refusals.flush()
    assert [entry.act for entry in Trail(database).entries()] == [BARRED]
