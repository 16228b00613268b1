"""Sessions, sign-ins, API tokens and who is shut out, on each kind of database."""

from __future__ import annotations

import datetime as dt

import pytest
from alembic import command

from node.errors import Conflict, NotFound, SettingsError
from node.model.account import SignIn
from node.model.source import Source
from node.sovereignty.trail import prove
from node.storage.account_tables import api_tokens, sessions, sign_ins
from node.storage.accounts import PREFIX, ApiTokens, Sessions, ShutOut, SignIns
from node.storage.database import Database, migrations
from node.storage.peer_tables import standings
from node.storage.sources import Sources
from node.storage.trail import Trail

NOW = dt.datetime(2026, 11, 25, 12, tzinfo=dt.UTC)
HOUR = dt.timedelta(hours=1)
ISSUER = "https://aai.example"
CLAIMS = {"sub": "nora", "name": "Nora", "entitlements": ["urn:geant:x:group:a"]}


def store(database: Database) -> Sessions:
    return Sessions(database, idle=HOUR, longest=12 * HOUR)


def everything(database: Database) -> str:
    """Return what the database holds of accounts, as text."""
    with database.read() as connection:
        return repr([connection.execute(table.select()).all() for table in (sessions, sign_ins, api_tokens)])


def test_a_session_is_found_by_its_secret_which_the_database_does_not_hold(database: Database) -> None:
    secret = store(database).start(ISSUER, CLAIMS, NOW)

    found = store(database).find(secret, NOW)

    assert found and found.issuer == ISSUER and dict(found.claims) == CLAIMS
    assert len(secret) == 43 and secret not in everything(database)
    assert store(database).find(found.handle, NOW) is None and store(database).find("", NOW) is None


def test_a_session_that_is_used_goes_on_and_one_that_is_not_ends(database: Database) -> None:
    secret = store(database).start(ISSUER, CLAIMS, NOW)
    idle = store(database).start(ISSUER, CLAIMS, NOW)

    for half_hours in range(1, 5):
        assert store(database).find(secret, NOW + half_hours * HOUR / 2)

    assert store(database).find(secret, NOW + 2.9 * HOUR)
    assert store(database).find(idle, NOW + HOUR) is None


def test_a_session_that_ended_is_not_found_and_not_kept(database: Database) -> None:
    first = store(database).start(ISSUER, CLAIMS, NOW)
    second = store(database).start(ISSUER, CLAIMS, NOW, instead_of=first)
    store(database).end(second)

    assert store(database).find(first, NOW) is None and store(database).find(second, NOW) is None
    store(database).start(ISSUER, CLAIMS, NOW)
    store(database).start(ISSUER, CLAIMS, NOW + 2 * HOUR)
    with database.read() as connection:
        assert len(connection.execute(sessions.select()).all()) == 1


def test_a_sign_in_is_taken_once_by_the_browser_that_began_it(database: Database) -> None:
    asked = SignIn(issuer="aai", nonce="n", verifier="v", target="/sources")
    kept = SignIns(database)
    kept.begin(asked, state="state", browser="browser", now=NOW)

    def take(state: str = "state", browser: str = "browser", issuer: str = "aai", minutes: int = 1) -> SignIn | None:
        moment = NOW + dt.timedelta(minutes=minutes)
        return kept.take(state=state, browser=browser, issuer=issuer, now=moment)

    assert take(state="x") is take(browser="x") is take(issuer="x") is take(minutes=10) is None
    assert take() == asked
    assert take() is None
    assert "'state'" not in everything(database)


def test_sign_ins_nobody_answers_are_forgotten(database: Database) -> None:
    asked = SignIn(issuer="aai", nonce="n", verifier="v", target="/")
    for index in range(3):
        SignIns(database).begin(asked, state=str(index), browser="b", now=NOW + index * dt.timedelta(minutes=20))

    with database.read() as connection:
        assert len(connection.execute(sign_ins.select()).all()) == 1


def made(database: Database, **changes: object) -> tuple[str, str]:
    usual = {"name": "nightly", "owner": "ops", "role": "reader", "source": "", "maker": "cli:ann", "now": NOW}
    token, secret = ApiTokens(database).create(**{"expires": NOW + 24 * HOUR, **usual, **changes})  # type: ignore[arg-type]
    return token.id, secret


def test_an_api_token_is_found_by_its_secret_which_the_database_does_not_hold(database: Database) -> None:
    key, secret = made(database)

    found = ApiTokens(database).find(secret, NOW)

    assert found and found.id == key and found.role == "reader"
    assert secret.startswith(PREFIX) and len(secret) == len(PREFIX) + 43
    assert secret not in everything(database) and secret.removeprefix(PREFIX) not in everything(database)
    assert ApiTokens(database).find(secret[:-1], NOW) is None


def test_an_api_token_counts_until_it_expires_or_is_revoked(database: Database) -> None:
    _, short = made(database)
    key, other = made(database, expires=NOW + 48 * HOUR)
    tokens = ApiTokens(database)

    assert tokens.find(short, NOW + 23 * HOUR) and tokens.find(short, NOW + 24 * HOUR) is None
    assert tokens.find(other, NOW + 24 * HOUR)
    assert tokens.revoke(key, "cli:ben", NOW + 25 * HOUR).revoked is not None
    assert tokens.find(other, NOW + 25 * HOUR) is None
    with pytest.raises(Conflict):
        tokens.revoke(key, "cli:ben", NOW)
    with pytest.raises(NotFound):
        tokens.revoke("nothing", "cli:ben", NOW)
    assert [each.id for each in tokens.all() if each.revoked] == [key] and len(tokens.all()) == 2


def test_the_last_use_of_an_api_token_is_noted_once_an_hour(database: Database) -> None:
    _, secret = made(database)
    tokens = ApiTokens(database)
    used = []

    for minutes in (0, 30, 61, 90):
        tokens.find(secret, NOW + dt.timedelta(minutes=minutes))
        used.append(tokens.all()[0].used)

    naive = NOW.replace(tzinfo=None)
    assert used == [naive, naive, *[naive + dt.timedelta(minutes=61)] * 2]


@pytest.mark.parametrize(
    "changes", [{"name": " "}, {"owner": ""}, {"expires": NOW}, {"expires": NOW + dt.timedelta(days=367)}]
)
def test_a_token_without_purpose_owner_or_end_is_not_made(database: Database, changes: dict[str, object]) -> None:
    with pytest.raises(SettingsError):
        made(database, **changes)
    assert ApiTokens(database).all() == ()


def test_who_is_shut_out_has_no_session_and_no_token_from_before(database: Database) -> None:
    mine = store(database).start(ISSUER, CLAIMS, NOW)
    other = store(database).start(ISSUER, {**CLAIMS, "sub": "rita"}, NOW)
    elsewhere = store(database).start("https://other.example", CLAIMS, NOW)
    out = ShutOut(database)

    assert out.add(ISSUER, "nora", "her laptop was stolen", "cli:ann", NOW + HOUR / 2) == 1
    assert out.add(ISSUER, "nora", "and her phone", "cli:ann", NOW + HOUR / 2) == 0

    moment = NOW + HOUR / 2
    assert store(database).find(mine, moment) is None
    assert store(database).find(other, moment) and store(database).find(elsewhere, moment)
    assert out.holds(ISSUER, "nora", moment) and not out.holds(ISSUER, "nora", moment + dt.timedelta(seconds=1))
    assert not out.holds(ISSUER, "rita", NOW) and not out.holds("https://other.example", "nora", NOW)
    with pytest.raises(SettingsError):
        out.add(ISSUER, "nora", " ", "cli:ann", NOW)


def test_tokens_made_and_revoked_and_who_is_shut_out_are_in_the_trail(database: Database) -> None:
    key, secret = made(database)
    ApiTokens(database).revoke(key, "cli:ben", NOW)
    ShutOut(database).add(ISSUER, "nora", "her laptop was stolen", "cli:ann", NOW)

    entries = list(Trail(database).entries())

    assert [(entry.act.actor, entry.act.action, entry.act.object) for entry in entries] == [
        ("cli:ann", "token", f"token:{key}"),
        ("cli:ben", "token-revoke", f"token:{key}"),
        ("cli:ann", "shut-out", f"{ISSUER}|nora"),
    ]
    assert entries[0].act.reasons[0] == "as reader, for nightly, owned by ops"
    assert not [entry for entry in entries if secret in str(entry)] and list(prove(entries)) == []


def test_a_token_does_not_outlive_its_source_and_is_not_made_for_one_that_is_not_there(database: Database) -> None:
    sources, tokens = Sources(database), ApiTokens(database)
    with pytest.raises(NotFound):
        made(database, source="seas")
    for name in ("seas", "oceans"):
        sources.add(Source(name=name, url="https://seas.example/oai"), NOW)
    key, secret = made(database, source="seas")
    _, other = made(database, source="oceans")

    sources.remove("seas", actor="cli:ben", now=lambda: NOW)
    sources.add(Source(name="seas", url="https://others.example/oai"), NOW)

    assert tokens.find(secret, NOW) is None and tokens.find(other, NOW)
    (entry,) = (each for each in Trail(database).entries() if each.act.action == "token-revoke")
    assert (entry.act.object, entry.act.actor) == (f"token:{key}", "cli:ben")


def test_tokens_older_than_the_source_of_their_name_are_revoked_by_the_migration(database: Database) -> None:
    Sources(database).add(Source(name="seas", url="https://seas.example/oai"), NOW)
    rows = {"good": ("seas", NOW), "old": ("seas", NOW - HOUR), "gone": ("ice", NOW), "node": ("", NOW - HOUR)}
    usual = {"name": "n", "owner": "o", "role": "reader", "expires": NOW.replace(tzinfo=None) + HOUR}
    with database.write() as connection:
        for key, (source, created) in rows.items():
            values = {"id": key, "digest": key, "source": source, "created": created.replace(tzinfo=None), **usual}
            connection.execute(api_tokens.insert().values(values))
        connection.execute(standings.insert().values(peer="north", basis="x", seq=3, asked=NOW.replace(tzinfo=None)))

    with database.engine.connect() as connection:
        command.downgrade(migrations(connection), "0016")
        command.upgrade(migrations(connection), "head")
        connection.commit()

    assert {each.id for each in ApiTokens(database).all() if each.revoked} == {"old", "gone"}
    with database.read() as connection:
        (row,) = connection.execute(standings.select())
        assert (row.peer, row.seq, row.due) == ("north", 0, None), "looked at anew"
