"""API tokens from the command line to the answer, and people who are signed out everywhere."""

from __future__ import annotations

import datetime as dt
import json
import os
import pwd
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from node.cli import main
from node.cli.acting import actor
from node.storage.kept import local_id
from tests.contract.identity_world import BASE, GROUP, NAMESPACE, World, bearer, seen, sign_in, world

LIST = "/oai?verb=ListRecords&metadataPrefix=oai_dc"
JSON = {"Accept": "application/json"}
MADE = ("token", "create", "--name", "nightly", "--owner", "ops@example.org")


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    with world(tmp_path_factory.mktemp("api-tokens")) as place:
        toml = (
            f'[[identity.issuers]]\nname = "test"\nissuer = "{place.issuer.issuer}"\nclient_id = "node"\n'
            f'namespaces = ["{NAMESPACE}"]\nroles = [{{ entitlement = "{GROUP}:role=steward", role = "steward" }}]\n'
        )
        settings = place.node.settings.home / "fairnode.toml"
        settings.write_text(settings.read_text(encoding="utf-8") + toml, encoding="utf-8")
        yield place


def run(place: World, *arguments: str, status: int = 0) -> Result:
    done = CliRunner().invoke(main, ["--home", str(place.node.settings.home), *arguments])
    assert done.exit_code == status, (done.output, done.exception)
    return done


def made(place: World, *more: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(run(place, *MADE, *more, "--json").stdout)
    return found


@pytest.mark.parametrize(
    ("role", "titles"),
    [
        (("reader", "--source", "restricted"), {"Open sea", "Registered sea", "Restricted sea"}),
        (("reader", "--source", "public"), {"Open sea", "Registered sea"}),
        (("steward",), {"Open sea", "Registered sea", "Restricted sea"}),
        (("operator",), {"Open sea", "Registered sea"}),
        (("manager", "--source", "public"), {"Open sea", "Registered sea"}),
    ],
)
def test_a_token_opens_what_its_role_opens(place: World, role: tuple[str, ...], titles: set[str]) -> None:
    secret = run(place, *MADE, "--role", *role).stdout.strip()

    answer = place.browser().get(LIST, headers=bearer(secret))

    assert seen(answer) == titles and answer.headers["Cache-Control"] == "private, no-store"


def test_a_revoked_token_opens_nothing_at_once(place: World) -> None:
    token = made(place, "--role", "operator")
    client = place.browser()
    assert client.get(LIST, headers=bearer(token["token"])).status_code == 200

    run(place, "token", "revoke", token["id"])

    assert client.get(LIST, headers=bearer(token["token"])).status_code == 401


def test_a_list_of_tokens_holds_no_secret(place: World) -> None:
    token = made(place, "--role", "operator", "--expires", "30d")

    listed = run(place, "token", "list", "--json").stdout

    (found,) = [each for each in json.loads(listed) if each["id"] == token["id"]]
    assert found["owner"] == "ops@example.org" and found["revoked"] is None and "token" not in found
    assert token["token"] not in listed and token["id"] in run(place, "token", "list").stdout


@pytest.mark.parametrize(
    ("more", "status"),
    [
        (("--role", "manager"), 2),
        (("--role", "reader"), 2),
        (("--role", "operator", "--source", "public"), 2),
        (("--role", "manager", "--source", "nowhere"), 2),
        (("--role", "king"), 2),
        (("--role", "operator", "--expires", "never"), 2),
        (("--role", "operator", "--expires", "400d"), 2),
    ],
)
def test_a_token_that_makes_no_sense_is_not_made(place: World, more: tuple[str, ...], status: int) -> None:
    before = run(place, "token", "list", "--json").stdout

    run(place, *MADE, *more, status=status)

    assert run(place, "token", "list", "--json").stdout == before


def test_who_is_shut_out_is_signed_out_everywhere_and_may_sign_in_again(place: World) -> None:
    browser = place.browser()
    sign_in(place, browser, "nora")
    machine = place.issuer.token("machine", BASE)

    run(place, "token", "shut-out", "test", "nora", "--reason", "a stolen laptop")
    run(place, "token", "shut-out", "test", "machine", "--reason", "a leaked token")

    assert browser.get("/me", headers=JSON).json["audience"] == "public"
    refused = browser.get("/me", headers={**JSON, **bearer(machine)})
    assert refused.status_code == 401 and "signed out everywhere" in refused.json["detail"]
    sign_in(place, browser, "nora")
    assert browser.get("/me", headers=JSON).json["audience"] == "registered"


def test_nobody_of_an_unknown_issuer_is_shut_out(place: World) -> None:
    run(place, "token", "shut-out", "elsewhere", "nora", "--reason", "x", status=2)


def test_check_says_whether_an_issuer_answers(place: World, monkeypatch: pytest.MonkeyPatch) -> None:
    def checked(status: int) -> dict[str, Any]:
        found = json.loads(run(place, "check", "--json", status=status).stdout)["checks"]
        (issuer,) = [each for each in found if each["what"] == "issuer test"]
        return dict(issuer)

    refused = checked(1)
    monkeypatch.setenv("FAIRNODE_IDENTITY__ALLOW_NETWORKS", '["127.0.0.0/8"]')

    assert not refused["ok"] and "loopback" in refused["detail"]
    assert checked(0) == {"what": "issuer test", "ok": True, "detail": f"{place.issuer.issuer}, as client node"}
    assert json.loads(run(place, "check", "--json").stdout)["warnings"] == []
    monkeypatch.setenv("FAIRNODE_IDENTITY__ISSUERS", "[]")
    (warning,) = json.loads(run(place, "check", "--json").stdout)["warnings"]
    assert "agreement with restricted" in warning and f"{GROUP}:readers" in warning


def test_who_agrees_to_a_loosening_may_prove_who_they_are_by_a_token_of_their_issuer(
    place: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FAIRNODE_IDENTITY__ALLOW_NETWORKS", '["127.0.0.0/8"]')
    monkeypatch.setenv("FAIRNODE_STORE__ZONES", '[{"name": "default", "url": "file:objects", "tier": "registered"}]')
    file, record = tmp_path / "token", local_id("restricted", "oai:restricted:1")
    file.touch(mode=0o600)
    soon = str(dt.datetime.now(dt.UTC).date() + dt.timedelta(days=9))
    opening = ("label", "loosen", record, "--access", "registered", "--expires", soon, "--reason", "x", "--by", "Ann")
    number = str(json.loads(run(place, *opening, "--json").stdout)["decision"]["number"])

    def agree(status: int, **claims: Any) -> str:
        file.write_text(place.issuer.mint(place.issuer.claims(**{"aud": BASE, **claims})))
        done = run(place, "label", "agree", number, "--token-file", str(file), "--json", status=status)
        return str(done.stderr if status else json.loads(done.stdout)["decision"]["second_account"])

    steward = {"entitlements": [f"{GROUP}:role=steward"]}
    assert "no steward" in agree(2, sub="nora")
    assert "another audience" in agree(2, sub="stella", aud="https://other.example", **steward)
    assert "stands for nobody" in agree(2, sub="machine", client_id="machine", **steward)
    assert "may be the person who entered" in agree(2, sub="sid", name=" ANN ", **steward)
    assert agree(0, sub="stella", name="Stella", **steward) == f"{place.issuer.issuer}|stella"


def test_who_runs_a_command_is_told_by_the_machine_and_not_by_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    before = actor()
    for name in ("LOGNAME", "USER", "LNAME", "USERNAME"):
        monkeypatch.setenv(name, "somebody-else")

    assert actor() == before == f"cli:{pwd.getpwuid(os.getuid()).pw_name}"
