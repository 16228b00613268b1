"""No spelling of a host, no answer of a resolver and no redirect leads the node into a private network."""

from __future__ import annotations

import contextlib
import socket
from collections.abc import Iterator
from typing import Any

import pytest

from node.errors import AddressRefused, FetchError
from node.harvest import links
from node.harvest.fetch import HttpFetch
from node.link_settings import LinkSettings
from node.settings import FetchSettings
from tests.servers.scripted import Answer, Scripted, Seen
from tests.unit.test_addresses import REFUSED

SPELLINGS = (
    "127.0.0.1",
    "127.1",
    "127.0.1",
    "2130706433",
    "0x7f000001",
    "0x7f.1",
    "0X7F.0x0.0x0.0x1",
    "017700000001",
    "0177.0.0.01",
    "127.0.0.1.",
    "0",
    "0.0.0.0",
    "localhost",
    "LOCALHOST",
    "localhost.",
    "127.0.0.1%00.example.org",
    "127%2e0%2e0%2e1",
    "%31%32%37.0.0.1",
    "１２７.０.０.１",
    "127。0。0。1",
    "①②⑦.⓪.⓪.①",
    "ｌｏｃａｌｈｏｓｔ",
    "[::1]",
    "[0:0:0:0:0:0:0:1]",
    "[::]",
    "[::127.0.0.1]",
    "[::ffff:127.0.0.1]",
    "[::ffff:7f00:1]",
    "[::1%25lo]",
    "[::1%lo]",
    "[fe80::1%25eth0]",
    "[64:ff9b::7f00:1]",
    "[2002:7f00:1::]",
    "example.org@127.0.0.1",
    "example.org:80@127.0.0.1",
    "127.0.0.1\\@example.org",
    "127.0.0.1\t",
    "127.0.0.1\r\nHost: example.org",
)


@pytest.fixture
def server() -> Iterator[Scripted]:
    with Scripted([Answer(b"secret")]) as running:
        yield running


def door(**changes: object) -> HttpFetch:
    values = {"retries": 0, "timeout": 2.0, "deadline": 5.0, **changes}
    return HttpFetch(FetchSettings.model_validate(values), sleep=lambda _: None)


def resolving(monkeypatch: pytest.MonkeyPatch, *answers: tuple[str, ...]) -> list[str]:
    """Give the resolver answers for names below `.test`, one after the other; return the names it was asked for."""
    asked: list[str] = []
    real = socket.getaddrinfo

    def resolver(host: str, port: Any, *arguments: Any, **options: Any) -> Any:
        if not str(host).endswith(".test"):
            return real(host, port, *arguments, **options)
        asked.append(host)
        return [
            (socket.AF_INET6 if ":" in each else socket.AF_INET, socket.SOCK_STREAM, 6, "", (each, port))
            for each in answers[min(len(asked), len(answers)) - 1]
        ]

    monkeypatch.setattr("socket.getaddrinfo", resolver)
    return asked


def connecting(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Return the addresses that somebody tries to connect to; none is reached."""
    tried: list[str] = []

    def connect(address: tuple[str, int], *arguments: Any, **options: Any) -> socket.socket:
        tried.append(address[0])
        raise ConnectionRefusedError

    monkeypatch.setattr("node.harvest.connections.create_connection", connect)
    return tried


@pytest.mark.parametrize("host", SPELLINGS)
def test_this_machine_is_refused_however_it_is_spelt(server: Scripted, host: str) -> None:
    for path in ("/", "#@example.org/", "?@example.org/"):
        with pytest.raises(FetchError):
            door().get(f"http://{host}:{server.port}{path}")

    assert server.seen == []


@pytest.mark.parametrize("host", SPELLINGS)
def test_a_redirect_to_this_machine_is_refused_however_it_is_spelt(
    monkeypatch: pytest.MonkeyPatch, server: Scripted, host: str
) -> None:
    # a public host, played by 127.0.0.2, which alone is admitted
    def script(seen: Seen) -> Answer:
        return Answer(status=302, headers={"Location": f"http://{host}:{server.port}/".split("\r")[0]})

    resolving(monkeypatch, ("127.0.0.2",))
    monkeypatch.setattr("http.server.HTTPServer.server_bind", _bind_beside)
    with Scripted(script) as public, pytest.raises(FetchError):
        door(allow_networks=("127.0.0.2",)).get(f"http://public.test:{public.port}/")

    assert len(public.seen) == 1, "the redirect was given"
    assert server.seen == []


@pytest.mark.parametrize(
    "address", [address for address, kind in REFUSED if "no IP address" not in kind], ids=lambda each: each or "empty"
)
@pytest.mark.parametrize("scheme", ["http", "https"])
def test_a_name_that_means_a_private_address_is_not_connected_to(
    monkeypatch: pytest.MonkeyPatch, address: str, scheme: str
) -> None:
    resolving(monkeypatch, (address,))
    tried = connecting(monkeypatch)

    with pytest.raises(AddressRefused):
        door().get(f"{scheme}://inside.test/")

    assert tried == []


@pytest.mark.parametrize("scheme", ["http", "https"])
def test_of_several_addresses_the_public_ones_alone_are_tried(monkeypatch: pytest.MonkeyPatch, scheme: str) -> None:
    asked = resolving(monkeypatch, ("127.0.0.1", "8.8.8.8", "10.0.0.1", "2606:2800:220:1::1", "::1"))
    tried = connecting(monkeypatch)

    with pytest.raises(FetchError):
        door().get(f"{scheme}://mixed.test/")

    assert tried == ["8.8.8.8", "2606:2800:220:1::1"]
    assert asked == ["mixed.test"], "the name is resolved once: there is no second answer to differ"


@pytest.mark.parametrize("scheme", ["http", "https"])
def test_each_try_checks_the_addresses_anew(monkeypatch: pytest.MonkeyPatch, scheme: str) -> None:
    asked = resolving(monkeypatch, ("8.8.8.8",), ("169.254.169.254",))
    tried = connecting(monkeypatch)

    with pytest.raises(AddressRefused):
        door(retries=2).get(f"{scheme}://rebinding.test/latest/meta-data/")

    assert tried == ["8.8.8.8"]
    assert len(asked) == 2


def test_an_allowed_network_lets_nothing_else_in(monkeypatch: pytest.MonkeyPatch) -> None:
    resolving(monkeypatch, ("10.0.0.1", "10.1.0.1", "192.168.0.1"))
    tried = connecting(monkeypatch)

    with pytest.raises(FetchError):
        door(allow_networks=("10.1.0.0/16",)).get("http://inside.test/")

    assert tried == ["10.1.0.1"]


@pytest.mark.parametrize("scheme", ["file", "ftp", "gopher", "data", "javascript", "unix", "http+unix", "jar", ""])
def test_nothing_but_http_is_spoken(scheme: str) -> None:
    for rest in ("///etc/passwd", "//127.0.0.1/x", "text/html,x"):
        with pytest.raises(FetchError):
            door().get(f"{scheme}:{rest}")


def test_a_line_break_in_an_address_makes_no_header(server: Scripted) -> None:
    asked = door(allow_networks=("127.0.0.1",))

    with contextlib.suppress(FetchError):
        asked.get(f"http://127.0.0.1:{server.port}/a\r\nX-Injected: yes\r\n\r\nGET /b")

    assert all("x-injected" not in seen.headers and seen.path != "/b" for seen in server.seen)
    with pytest.raises(FetchError):
        asked.get(f"http://127.0.0.1:{server.port}/", headers={"If-None-Match": "a\r\nX-Injected: yes"})


def _bind_beside(self: Any) -> None:
    self.socket.bind(("127.0.0.2", 0))
    self.server_address = self.socket.getsockname()
    self.server_name, self.server_port = "public.test", self.server_address[1]


def test_a_link_in_a_record_does_not_reach_the_networks_of_sources(server: Scripted) -> None:
    sources = FetchSettings(allow_networks=("127.0.0.0/8",), retries=0)
    link = f"http://127.0.0.1:{server.port}/admin"

    assert HttpFetch(sources).get(link).status == 200
    with pytest.raises(AddressRefused):
        HttpFetch(links.door(sources, LinkSettings())).head(link)

    assert len(server.seen) == 1
