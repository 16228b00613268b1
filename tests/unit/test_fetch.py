"""The door to foreign hosts, against a real server that misbehaves."""

from __future__ import annotations

import datetime as dt
import gzip
import shutil
import socket
import ssl
import subprocess
import time
import tracemalloc
import zlib
from collections.abc import Callable
from email.utils import format_datetime
from pathlib import Path

import pytest

from node import __version__
from node.errors import AddressRefused, AnswerBroken, FetchError, HttpStatus, SettingsError, TooLarge
from node.harvest.fetch import HttpFetch
from node.settings import FetchSettings
from tests.servers.fairnode import free_port
from tests.servers.scripted import Answer, Scripted, Seen, gzip_bomb

TEXT = b"<answer>" + b"abc" * 1000 + b"</answer>"
Make = Callable[..., HttpFetch]


class Time:
    """Time that passes only in sleep."""

    def __init__(self) -> None:
        self.now = 1000.0
        self.slept: list[float] = []

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds

    def clock(self) -> float:
        return self.now


def fetch(clock: Time | None = None, **changes: object) -> HttpFetch:
    """A fetch that may reach this machine; with a `Time`, it never really sleeps."""
    values = {"allow_networks": ("127.0.0.0/8",), "backoff": 0.01, "timeout": 5.0, **changes}
    settings = FetchSettings.model_validate(values)
    return HttpFetch(settings) if clock is None else HttpFetch(settings, sleep=clock.sleep, clock=clock.clock)


def test_an_answer_comes_back_whole() -> None:
    with Scripted([Answer(TEXT, headers={"Content-Type": "text/xml"})]) as server:
        door = fetch(contact="mailto:ops@example.org")

        answer = door.get(server.url, {"verb": "Identify"})

    assert (answer.status, answer.body, answer.headers["content-type"]) == (200, TEXT, "text/xml")
    assert answer.url == f"{server.url}?verb=Identify"
    assert server.seen[0].headers["user-agent"] == f"fairnode/{__version__} (+mailto:ops@example.org)"
    assert server.seen[0].headers["host"] == f"127.0.0.1:{server.port}"
    assert (door.requests, door.retries) == (1, 0)


def test_parameters_are_percent_encoded_and_a_query_is_kept() -> None:
    token = "a b+c&d=e/f:g%h#i|ü"
    with Scripted([Answer(TEXT)]) as server:
        fetch().get(f"{server.url}?key=1", {"resumptionToken": token})

    assert server.seen[0].params == (("key", "1"), ("resumptionToken", token))
    assert "a%20b%2Bc%26d%3De%2Ff%3Ag%25h%23i%7C%C3%BC" in server.seen[0].query


@pytest.mark.parametrize(
    "fault",
    [
        Answer(status=500),
        Answer(status=502),
        Answer(status=503),
        Answer(status=429),
        Answer(reset=True),
        Answer(TEXT, length=len(TEXT) + 10),
        Answer(gzip.compress(TEXT)[:-20], headers={"Content-Encoding": "gzip"}),
        Answer(gzip.compress(TEXT)[:-20], headers={"Content-Encoding": "gzip"}, chunked=True),
    ],
    ids=["500", "502", "503", "429", "reset", "short body", "short gzip", "short gzip in chunks"],
)
def test_a_passing_fault_is_tried_again(fault: Answer) -> None:
    with Scripted([fault, fault, Answer(TEXT)]) as server:
        door = fetch()

        answer = door.get(server.url)

    assert answer.body == TEXT
    assert (door.requests, door.retries) == (3, 2)


@pytest.mark.parametrize("fault", [Answer(b"down", status=503), Answer(reset=True), Answer(TEXT, length=9999)])
def test_tries_are_bounded(fault: Answer) -> None:
    with Scripted([fault]) as server:
        door = fetch(retries=3)

        with pytest.raises(FetchError):
            door.get(server.url)

    assert len(server.seen) == 4


@pytest.mark.parametrize("status", [400, 401, 403, 404, 410, 422, 501])
def test_a_final_status_is_not_tried_again_and_keeps_its_body(status: int) -> None:
    with Scripted([Answer(TEXT, status=status)]) as server, pytest.raises(HttpStatus) as caught:
        fetch().get(server.url)

    assert (caught.value.status, caught.value.body, len(server.seen)) == (status, TEXT, 1)


def test_backoff_doubles_with_jitter() -> None:
    clock = Time()
    with Scripted([Answer(status=500)] * 4 + [Answer(TEXT)]) as server:
        fetch(clock, backoff=1.0).get(server.url)

    assert len(clock.slept) == 4
    assert all(0.5 * 2**n <= slept <= 1.5 * 2**n for n, slept in enumerate(clock.slept))


@pytest.mark.parametrize("status", [429, 503])
def test_retry_after_in_seconds_is_obeyed(status: int) -> None:
    clock = Time()
    with Scripted([Answer(status=status, headers={"Retry-After": "17"}), Answer(TEXT)]) as server:
        fetch(clock).get(server.url)

    assert clock.slept == [17.0]


def test_retry_after_as_a_date_counts_from_the_hosts_own_clock() -> None:
    clock = Time()
    # The host's clock is years off; the pause it asks for is 40 seconds all the same.
    now = dt.datetime(2001, 1, 1, 12, 0, tzinfo=dt.UTC)
    later = format_datetime(now + dt.timedelta(seconds=40), usegmt=True)
    script = [Answer(status=503, headers={"Retry-After": later}), Answer(TEXT)]
    with Scripted(script) as server, pytest.MonkeyPatch.context() as patch:
        patch.setattr(
            "http.server.BaseHTTPRequestHandler.date_time_string", lambda *_: format_datetime(now, usegmt=True)
        )
        fetch(clock).get(server.url)

    assert clock.slept == [40.0]


@pytest.mark.parametrize("text", ["soon", "-5", "", "Tue, 99 Foo 2001 99:99:99 GMT", "1e9", "٣"])
def test_a_retry_after_that_says_nothing_is_ignored(text: str) -> None:
    clock = Time()
    with Scripted(
        [Answer(status=503, headers={"Retry-After": text.encode().decode("latin-1")}), Answer(TEXT)]
    ) as server:
        fetch(clock).get(server.url)

    assert clock.slept[0] < 1


def test_retry_after_means_nothing_on_other_answers() -> None:
    clock = Time()
    with Scripted(
        [Answer(status=500, headers={"Retry-After": "300"}), Answer(TEXT, headers={"Retry-After": "9"})]
    ) as server:
        fetch(clock).get(server.url)

    assert len(clock.slept) == 1
    assert clock.slept[0] < 1


def test_a_retry_after_past_the_deadline_ends_the_request_at_once() -> None:
    clock = Time()
    with (
        Scripted([Answer(status=503, headers={"Retry-After": "86400"}), Answer(TEXT)]) as server,
        pytest.raises(HttpStatus) as caught,
    ):
        fetch(clock, deadline=600).get(server.url)

    assert clock.slept == []
    assert "86400 s" in caught.value.advice


@pytest.mark.parametrize("drip", ["headers", "body"])
def test_a_host_that_sends_a_byte_now_and_then_is_left_at_the_deadline(drip: str) -> None:
    answer = Answer(drip=0.05) if drip == "headers" else Answer(b"x", length=10)
    with Scripted([answer]) as server:
        begun = time.monotonic()
        with pytest.raises(FetchError):
            fetch(timeout=5, deadline=0.6, retries=2).get(server.url)

    assert time.monotonic() - begun < 3


def test_requests_to_one_host_keep_their_pace() -> None:
    clock = Time()
    with Scripted([Answer(TEXT)]) as server:
        door = fetch(clock, pace=2.0)
        for _ in range(3):
            door.get(server.url)

    assert clock.slept == [2.0, 2.0]


@pytest.mark.parametrize("coding", ["gzip", "x-gzip", "deflate", "raw deflate", "members", "identity"])
@pytest.mark.parametrize("chunked", [False, True])
def test_compressed_answers_are_inflated(coding: str, chunked: bool) -> None:
    half = len(TEXT) // 2
    raw = zlib.compressobj(wbits=-15)
    body = {
        "gzip": gzip.compress(TEXT),
        "x-gzip": gzip.compress(TEXT),
        "deflate": zlib.compress(TEXT),
        "raw deflate": raw.compress(TEXT) + raw.flush(),
        "members": gzip.compress(TEXT[:half]) + gzip.compress(TEXT[half:]) + b"\0\0",
        "identity": TEXT,
    }[coding]
    name = {"raw deflate": "deflate", "members": "gzip"}.get(coding, coding)
    with Scripted([Answer(body, headers={"Content-Encoding": name}, chunked=chunked)]) as server:
        answer = fetch().get(server.url)

    assert answer.body == TEXT


@pytest.mark.parametrize(
    ("body", "coding"), [(b"abc" * 99, "gzip"), (b"\x1f\x8b\x08" + TEXT, "gzip"), (b"\xff" * 99, "deflate")]
)
def test_bytes_that_are_not_in_their_coding_are_asked_for_again_and_then_an_error(body: bytes, coding: str) -> None:
    with Scripted([Answer(body, headers={"Content-Encoding": coding})]) as server, pytest.raises(AnswerBroken):
        fetch(retries=2).get(server.url)

    assert len(server.seen) == 3


def test_a_coding_that_was_not_asked_for_is_an_error_at_once() -> None:
    with Scripted([Answer(b"\x1b\x0a", headers={"Content-Encoding": "br"})]) as server, pytest.raises(FetchError):
        fetch().get(server.url)

    assert len(server.seen) == 1


@pytest.mark.parametrize("coding", ["gzip", "deflate", "br", "utf-8"])
def test_text_that_is_said_to_be_in_a_coding_is_read_as_text(coding: str) -> None:
    with Scripted([Answer(TEXT, headers={"Content-Encoding": coding})]) as server:
        assert fetch().get(server.url).body == TEXT

    assert len(server.seen) == 1


def test_an_error_in_a_coding_nobody_knows_is_still_that_error() -> None:
    page = Answer(b"\x1b", 404, headers={"Content-Encoding": "br"})
    with Scripted([page]) as server, pytest.raises(HttpStatus) as caught:
        fetch().get(server.url)

    assert caught.value.status == 404


def _silent(*seconds: float) -> Callable[[Seen], Answer]:
    """A host that keeps silent for so long before each answer; the last repeats."""
    waits = list(seconds)

    def script(_seen: Seen) -> Answer:
        time.sleep(waits.pop(0) if len(waits) > 1 else waits[0])
        return Answer(TEXT)

    return script


def test_a_host_that_kept_silent_has_twice_as_long_the_next_time() -> None:
    with Scripted(_silent(1, 1.2, 0.7)) as server:
        assert fetch(timeout=0.3).get(server.url).body == TEXT

    assert len(server.seen) == 3


@pytest.mark.parametrize(("tries", "asked"), [(None, 3), (2, 1)])
def test_a_host_that_keeps_silent_is_left_long_before_the_last_try(tries: int | None, asked: int) -> None:
    with Scripted(_silent(2)) as server, pytest.raises(AnswerBroken):
        fetch(timeout=0.1, retries=5).get(server.url, tries=tries)

    assert len(server.seen) == asked


def test_a_bomb_is_refused_in_little_memory() -> None:
    bomb = gzip_bomb(300 * 2**20)
    with Scripted([Answer(bomb, headers={"Content-Encoding": "gzip"})]) as server:
        tracemalloc.start()
        try:
            with pytest.raises(TooLarge, match="over 200 times"):
                fetch().get(server.url)
            peak = tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()

    assert len(bomb) < 400_000
    assert peak < 80 * 2**20
    assert len(server.seen) == 1


@pytest.mark.parametrize("chunked", [False, True])
def test_an_answer_over_the_limit_is_refused(chunked: bool) -> None:
    with (
        Scripted([Answer(bytes(range(256)) * 1000, chunked=chunked)]) as server,
        pytest.raises(TooLarge, match="more than 100000 bytes"),
    ):
        fetch(max_bytes=100_000).get(server.url)


def test_a_very_large_error_page_is_cut_not_refused() -> None:
    with Scripted([Answer(b"x" * 3 * 2**20, status=404)]) as server, pytest.raises(HttpStatus) as caught:
        fetch().get(server.url)

    assert 0 < len(caught.value.body) <= 2**20


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_redirects_are_followed(status: int) -> None:
    def script(seen: Seen) -> Answer:
        return Answer(TEXT) if seen.path == "/new" else Answer(status=status, headers={"Location": "/new?x=1#frag"})

    with Scripted(script) as server:
        answer = fetch().get(server.url, {"verb": "Identify"})

    assert answer.body == TEXT
    assert answer.url == f"http://127.0.0.1:{server.port}/new?x=1"


def test_redirects_end() -> None:
    with (
        Scripted([Answer(status=302, headers={"Location": "/oai"})]) as server,
        pytest.raises(FetchError, match="more than 5 redirects"),
    ):
        fetch().get(server.url)

    assert len(server.seen) == 6


@pytest.mark.parametrize(
    "target",
    [
        "http://127.0.0.2:{port}/",
        "http://[::1]:{port}/",
        "http://[::ffff:127.0.0.2]:{port}/",
        "http://169.254.169.254/latest/meta-data/",
        "http://0x7f000002:{port}/",
        "http://2130706434:{port}/",
        "http://0177.0.0.2:{port}/",
        "http://127.2:{port}/",
        "http://0:{port}/",
    ],
)
def test_a_redirect_to_a_private_address_is_refused_unsent(target: str) -> None:
    location = target.format(port=free_port())
    with Scripted([Answer(status=302, headers={"Location": location})]) as server, pytest.raises(AddressRefused):
        fetch(allow_networks=("127.0.0.1/32",)).get(server.url)

    assert len(server.seen) == 1


@pytest.mark.parametrize("target", ["file:///etc/passwd", "ftp://127.0.0.1/x", "gopher://127.0.0.1/", "//"])
def test_a_redirect_to_another_scheme_is_refused(target: str) -> None:
    with Scripted([Answer(status=302, headers={"Location": target})]) as server, pytest.raises(FetchError):
        fetch().get(server.url)


def test_headers_meant_for_one_host_do_not_reach_another() -> None:
    with Scripted([Answer(TEXT)]) as other, Scripted([Answer(status=302, headers={"Location": other.url})]) as server:
        fetch().get(server.url, headers={"Authorization": "Bearer secret"})

    assert server.seen[0].headers["authorization"] == "Bearer secret"
    assert "authorization" not in other.seen[0].headers


def test_this_machine_is_refused_unless_allowed() -> None:
    with Scripted([Answer(TEXT)]) as server, pytest.raises(AddressRefused, match=r"127\.0\.0\.1 is loopback"):
        HttpFetch(FetchSettings()).get(server.url)

    assert server.seen == []


def test_the_address_that_was_checked_is_the_one_connected_to(monkeypatch: pytest.MonkeyPatch) -> None:
    # given a name that resolves to a public address when asked first, and to this machine ever after
    answers = [[(2, 1, 6, "", ("203.0.113.9", 0))]]
    real = socket.getaddrinfo
    asked = []

    def resolver(host: str, *arguments: object, **options: object) -> object:
        if host == "rebinding.test":
            asked.append(host)
            return answers.pop(0) if answers else [(2, 1, 6, "", ("127.0.0.1", 0))]
        return real(host, *arguments, **options)  # type: ignore[arg-type]

    monkeypatch.setattr("socket.getaddrinfo", resolver)

    with Scripted([Answer(TEXT)]) as server:
        # when it is fetched from: the public address (of a documentation block, admitted here) is never answered
        door = HttpFetch(
            FetchSettings(allow_networks=("203.0.113.0/24",), timeout=0.3, retries=0, deadline=2), sleep=lambda _: None
        )
        with pytest.raises(FetchError):
            door.get(f"http://rebinding.test:{server.port}/oai")

        # then the connection went to what was checked, and the second answer was checked as well
        with pytest.raises(AddressRefused):
            door.get(f"http://rebinding.test:{server.port}/oai")

    assert asked == ["rebinding.test", "rebinding.test"]
    assert server.seen == []


def test_proxies_and_passwords_of_the_environment_are_not_used(
    monkeypatch: pytest.MonkeyPatch, tmp_path: object
) -> None:
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:1/")
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1/")
    with Scripted([Answer(TEXT)]) as server:
        answer = fetch(retries=0).get(server.url)

    assert answer.body == TEXT


def test_a_host_nobody_knows_is_not_tried_again() -> None:
    door = fetch()

    with pytest.raises(FetchError, match=r"no-such-host\.invalid"):
        door.get("http://no-such-host.invalid/oai")

    assert door.retries in (0, 5)  # a resolver that is itself out of order answers “try again”


@pytest.mark.parametrize(
    "url", ["", "nonsense", "http://", "ftp://example.org/", "http://exa mple.org/", "http://a..b/"]
)
def test_what_is_no_url_is_refused(url: str) -> None:
    with pytest.raises(FetchError):
        fetch(retries=0).get(url)


def test_nobody_listening_is_an_error_that_names_the_host() -> None:
    port = free_port()

    with pytest.raises(FetchError, match=f"127.0.0.1 port {port}"):
        fetch(retries=1).get(f"http://127.0.0.1:{port}/")


def test_networks_that_are_none_are_refused_at_the_start() -> None:
    with pytest.raises(SettingsError):
        HttpFetch(FetchSettings.model_construct(**{**dict(FetchSettings()), "allow_networks": ("loopback",)}))


@pytest.mark.skipif(shutil.which("openssl") is None, reason="there is no openssl command to make a certificate with")
def test_a_secure_host_is_asked_by_its_name_and_must_prove_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # given a server with a certificate for repository.test, and two names that lead to it
    key, certificate = tmp_path / "key.pem", tmp_path / "certificate.pem"
    subprocess.run(
        [
            *["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=repository.test"],
            *("-addext", "subjectAltName=DNS:repository.test", "-keyout", str(key), "-out", str(certificate)),
        ],
        check=True,
        capture_output=True,
    )
    real = socket.getaddrinfo

    def resolver(host: str, *arguments: object, **options: object) -> object:
        return real("127.0.0.1" if host.endswith(".test") else host, *arguments, **options)  # type: ignore[arg-type]

    monkeypatch.setattr("socket.getaddrinfo", resolver)
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(certificate, key)

    with Scripted([Answer(TEXT)], tls=tls) as server:
        # when
        trusting, careful = fetch(), fetch()
        trusting._session.verify = str(certificate)
        answer = trusting.get(f"https://repository.test:{server.port}/oai")

        # then
        assert answer.body == TEXT
        assert server.seen[0].headers["host"] == f"repository.test:{server.port}"
        for door, name in ((trusting, "other.test"), (careful, "repository.test")):
            with pytest.raises(FetchError, match="certificate verify failed"):
                door.get(f"https://{name}:{server.port}/oai")
        assert careful.retries == 0
        assert len(server.seen) == 1
