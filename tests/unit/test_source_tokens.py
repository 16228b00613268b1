"""Tokens that sources are shown: to their own origin alone, renewed where they are refused, never in a message."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path

import pytest
from pydantic import ValidationError

from node.credential_settings import CredentialSettings, credentials_for
from node.errors import FetchError, HttpStatus, SettingsError
from node.examination import examine
from node.harvest.credentials import Credential
from node.harvest.fetch import HttpFetch
from node.issuers.source_tokens import token_reader
from node.model.web_origin import is_same_host, is_under
from node.peer_settings import PeerSettings
from node.settings import FetchSettings, Settings, ValidationSettings, make_settings
from node.sovereignty.senders import sender_of
from node.sovereignty.signatures import new_keys
from tests.servers.scripted import Answer, Scripted, Seen

TOKEN = "a-token.of-a_test"
FETCH = FetchSettings(allow_networks=("127.0.0.0/8",), backoff=0.01, timeout=5, retries=0)


def shown(server: Scripted) -> list[str]:
    return [seen.headers.get("authorization", "") for seen in server.seen]


def fetch(url: str, read: Callable[[bool], str] = lambda _: TOKEN) -> HttpFetch:
    return HttpFetch(FETCH, credential=Credential(url, read))


def test_a_token_goes_to_its_own_origin_with_every_request_and_to_no_other() -> None:
    with Scripted([Answer(b"elsewhere")]) as other:
        at_home = Answer(status=302, headers={"Location": "/moved"})
        away = Answer(status=302, headers={"Location": other.url})
        with Scripted([at_home, away, Answer()]) as server:
            door = fetch(server.url)
            assert door.get(f"{server.url}/list").body == b"elsewhere"
            door.head(server.url)
            door.get(other.url)

    assert shown(server) == [f"Bearer {TOKEN}"] * 3
    assert shown(other) == ["", ""]


def test_a_token_that_was_replaced_is_shown_once_the_old_one_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "north.token"
    path.write_text("old\n")
    path.chmod(0o600)

    def script(seen: Seen) -> Answer:
        path.write_text("new\n")
        return Answer(b"ok") if seen.headers["authorization"] == "Bearer new" else Answer(status=401)

    settings = Settings().model_copy(update={"home": tmp_path})
    with Scripted(script) as server:
        credentials = CredentialSettings(url=server.url, token_file=path.name)
        assert fetch(server.url, token_reader(settings, credentials)).get(server.url).body == b"ok"
        assert shown(server) == ["Bearer old", "Bearer new"]
    with Scripted([Answer(status=401)]) as strict, pytest.raises(HttpStatus) as refused:
        fetch(strict.url).get(strict.url)
    assert len(strict.seen) == 1 and "[[credentials]]" in refused.value.advice


def test_a_token_is_not_shown_to_a_host_that_another_parser_of_urls_takes_for_its_own() -> None:
    with Scripted([Answer()]) as evil:
        place = evil.url.removeprefix("http://").rstrip("/")
        with Scripted(lambda _: Answer(status=302, headers={"Location": trick})) as north:
            trick = f"http://{place}\\@{north.url.removeprefix('http://').rstrip('/')}/oai"
            for url in (trick, north.url):
                with pytest.raises(FetchError, match="everybody reads alike"):
                    fetch(north.url).get(url)
            assert credentials_for((CredentialSettings(url=north.url, token_env="X"),), trick) is None

    assert shown(north) == [f"Bearer {TOKEN}"] and not evil.seen


@pytest.mark.parametrize("content", ["", "two words", "a\r\nHost: evil.example", "Bearer x", "sécret", "x" * 20_000])
def test_what_is_no_token_is_sent_to_nobody_and_stands_in_no_message(tmp_path: Path, content: str) -> None:
    path = tmp_path / "token"
    path.write_text(content, encoding="utf-8")
    path.chmod(0o600)
    credentials = CredentialSettings(url="http://127.0.0.1:1", token_file="token")
    with Scripted([Answer(b"ok")]) as server, pytest.raises(SettingsError) as refused:
        read = token_reader(Settings().model_copy(update={"home": tmp_path}), credentials)
        fetch(server.url, read).get(server.url)

    assert not server.seen
    told = f"{refused.value.message} {refused.value.advice} {refused.value.__cause__!r}"
    assert not content or content not in told


def test_a_file_that_others_can_read_and_a_variable_that_is_not_set_are_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = Settings().model_copy(update={"home": tmp_path})
    (tmp_path / "token").write_text(TOKEN)
    (tmp_path / "token").chmod(0o644)
    of_file = token_reader(settings, CredentialSettings(url="https://x.example", token_file="token"))
    of_variable = token_reader(settings, CredentialSettings(url="https://x.example", token_env="FAIRNODE_SOURCE_X"))

    with pytest.raises(SettingsError, match="may be read by others"):
        of_file(False)
    with pytest.raises(SettingsError, match="FAIRNODE_SOURCE_X holds no token"):
        of_variable(False)
    monkeypatch.setenv("FAIRNODE_SOURCE_X", TOKEN)
    assert of_variable(False) == TOKEN
    make_settings({}, tmp_path)  # a variable of that name is no misspelt setting


def test_a_source_is_shown_the_token_that_is_nearest_above_its_address() -> None:
    near = CredentialSettings(url="https://x.example/a/b", token_env="NEAR")
    far = CredentialSettings(url="https://x.example/a", token_env="FAR")

    found = [credentials_for((far, near), f"https://x.example{path}") for path in ("/a/b/oai", "/a", "/ab", "/")]

    assert found == [near, far, None, None]


def test_no_pipe_folder_or_endless_file_keeps_whoever_reads_a_token_or_keys_waiting(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe", 0o600)
    (tmp_path / "folder").mkdir(0o700)
    (tmp_path / "large").touch(0o600)
    os.truncate(tmp_path / "large", 2**40)  # a hole: it takes no space, and would take all memory
    for name in ("pipe", "folder", "large", "/dev/zero"):
        shown_ = CredentialSettings(url="https://x.example", token_file=name)
        peer = PeerSettings(name="x", base_url="https://x.example", keys_file=name)
        settings = Settings(peers=(peer,)).model_copy(update={"home": tmp_path})
        with pytest.raises(SettingsError, match=r"no regular file|more than 65536 bytes"):
            token_reader(settings, shown_)(False)
        with pytest.raises(SettingsError, match=r"no regular file|more than 65536 bytes"):
            sender_of(settings, "https://x.example/oai")


@pytest.mark.parametrize(
    ("values", "why"),
    [
        ({"url": "http://repository.example", "token_env": "X"}, "https"),
        ({"url": "https://user@repository.example", "token_env": "X"}, "https"),
        ({"url": "https://repository.example"}, "one of token_env"),
        ({"url": "https://repository.example", "token_env": "X", "issuer": "aai"}, "one of token_env"),
        ({"url": "https://repository.example", "token_env": "X", "scope": "read"}, "of an issuer"),
    ],
)
def test_credentials_that_could_leak_or_contradict_themselves_are_refused(values: dict[str, str], why: str) -> None:
    with pytest.raises(ValidationError, match=why):
        CredentialSettings(**values)  # type: ignore[arg-type]


def test_credentials_of_an_issuer_that_is_none_are_refused_by_name(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"https://x\.example, aai, is in no"):
        make_settings({"credentials": [{"url": "https://x.example", "issuer": "aai"}]}, tmp_path)


def test_a_check_of_the_node_reads_keys_of_peers_and_tokens_and_prints_no_token(tmp_path: Path) -> None:
    (tmp_path / "token").write_text(TOKEN)
    (tmp_path / "token").chmod(0o600)
    (tmp_path / "north.jwks").write_text(json.dumps(new_keys().public()))
    settings = Settings(
        validation=ValidationSettings(profile=""),
        peers=tuple(
            PeerSettings(name=name, base_url=f"https://{name}.example", keys_file=f"{name}.jwks")
            for name in ("north", "east")
        ),
        credentials=tuple(
            CredentialSettings(url=f"https://{each}.example", token_file=each) for each in ("token", "no")
        ),
    ).model_copy(update={"home": tmp_path})

    found = {what: (works, told) for what, works, told in examine(settings)}

    works = {what: found[what][0] for what in found if what.startswith(("keys of", "token for"))}
    assert works == {
        "keys of north": True, "keys of east": False,
        "token for https://token.example": True, "token for https://no.example": False,
    }  # fmt: skip
    assert TOKEN not in repr(found)


@pytest.mark.parametrize(
    ("url", "prefix", "under", "same"),
    [
        ("https://n.example/oai", "https://n.example", True, True),
        ("https://N.example:443/oai", "https://n.example/", True, True),
        ("http://n.example/oai", "https://n.example", False, True),
        ("http://n.example:8080/oai", "https://n.example", False, False),
        ("http://n.example:8080/oai", "https://n.example:8080", False, True),
        ("https://n.example.evil.example/oai", "https://n.example", False, False),
        ("https://n.example@evil.example/oai", "https://n.example", False, False),
        ("https://n.example:x/oai", "https://n.example", False, False),
        ("https://n.example/ab", "https://n.example/a", False, True),
        ("https://n.example./oai", "https://n.example", True, True),
        ("ftp://n.example/oai", "ftp://n.example", False, False),
    ],
)
def test_whose_an_address_is(url: str, prefix: str, under: bool, same: bool) -> None:
    assert (is_under(url, prefix), is_same_host(url, prefix)) == (under, same)
