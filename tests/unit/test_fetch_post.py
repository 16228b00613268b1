"""A body that is sent: once, to one host, and never into a private network."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from node.errors import AddressRefused, FetchError, HttpStatus, TooLarge
from node.harvest.fetch import HttpFetch
from node.settings import FetchSettings
from tests.servers.fairnode import free_port
from tests.servers.scripted_issuer import ScriptedIssuer

FORM = b"a=1&b=%C3%A4"
HEADERS = {"Content-Type": "application/x-www-form-urlencoded", "Authorization": "Basic eA=="}


@pytest.fixture
def server() -> Iterator[ScriptedIssuer]:
    with ScriptedIssuer() as server:
        yield server


def door(**changes: object) -> HttpFetch:
    usual = {"allow_networks": ("127.0.0.0/8",), "retries": 3, "backoff": 0.01, "timeout": 2, "max_bytes": 1000}
    return HttpFetch(FetchSettings.model_validate({**usual, **changes}))


def test_a_body_arrives_as_it_was_sent_and_its_answer_comes_back(server: ScriptedIssuer) -> None:
    server.answers["/token"] = lambda form: (200, {"got": form["b"]})

    answer = door().post(f"{server.issuer}/token", FORM, headers=HEADERS)

    assert (answer.status, answer.body) == (200, b'{"got": "\\u00e4"}')
    assert server.forms == [{"a": "1", "b": "ä", "authorization": "Basic eA=="}]


@pytest.mark.parametrize("status", [301, 302, 307, 308, 400, 401, 408, 429, 500, 503])
def test_a_body_is_sent_once_whatever_the_answer(server: ScriptedIssuer, status: int) -> None:
    server.answers["/token"] = (status, b"why")

    with pytest.raises(HttpStatus) as refused:
        door().post(f"{server.issuer}/token", FORM, headers=HEADERS)

    assert refused.value.status == status and refused.value.body == b"why"
    assert server.asked == [("POST", "/token")]


def test_an_answer_is_read_no_further_than_allowed(server: ScriptedIssuer) -> None:
    server.answers["/token"] = (200, b"x" * 2000)

    with pytest.raises(TooLarge):
        door().post(f"{server.issuer}/token", FORM, headers=HEADERS)


def test_a_private_network_is_sent_nothing(server: ScriptedIssuer) -> None:
    with pytest.raises(AddressRefused):
        door(allow_networks=()).post(f"{server.issuer}/token", FORM, headers=HEADERS)

    assert not server.asked


def test_a_host_that_is_not_there_is_tried_once() -> None:
    fetch = door()

    with pytest.raises(FetchError):
        fetch.post(f"http://127.0.0.1:{free_port()}/token", FORM, headers=HEADERS)

    assert fetch.requests == 1
