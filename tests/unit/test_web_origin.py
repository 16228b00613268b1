"""Whose an address is: the host that is asked about is the host that is connected to, or nobody asks."""

from __future__ import annotations

from contextlib import suppress
from urllib.parse import urlsplit

import pytest
import requests
from hypothesis import example, given
from hypothesis import strategies as st
from requests.adapters import HTTPAdapter

from node.errors import FetchError
from node.harvest.targets import host_of, with_params
from node.model.web_origin import is_same_host, is_under, origin_of

_WORDS = ("http:", "https:", "HTTP:", "//", "[::1]", "evil.example", "north.example", "user", "bücher.example")
_NUMBERS = ("80", "8080", "%40", "%5c", "%2f", "127.1")
_MARKS = st.sampled_from('/\\@:?#[].;,|^<{"xß \t\n\r\x00\xa0／℀。')
_PIECES = st.one_of(st.sampled_from(_WORDS), st.sampled_from(_NUMBERS), _MARKS)
_TAILS = st.lists(_PIECES, max_size=9).map("".join)
_URLS = st.one_of(_TAILS, st.builds("http://{}".format, _TAILS), st.text(max_size=20).map("https://{}".format))


def connected(url: str) -> tuple[str, str, int]:
    """Return scheme, host and port of the connection that a request for a URL is sent over."""
    prepared = requests.Session().prepare_request(requests.Request("GET", url))
    place, _ = HTTPAdapter().build_connection_pool_key_attributes(prepared, verify=True)
    usual = {"http": 80, "https": 443}[place["scheme"]]
    return place["scheme"], str(place["host"]).strip("[]").rstrip("."), place["port"] or usual


@given(_URLS)
@example("http://evil.example\\@north.example/oai")
@example("http://evil.example:80\\@north.example:80/oai")
@example("http://evil.example\t@north.example/")
@example("http://[::1]@north.example/")
@example("http://north.example%5c@evil.example/")
@example("http://north.example#@evil.example/")
@example("https://north.example:443:80/")
def test_the_host_that_is_asked_about_is_connected_to_or_the_address_is_refused(url: str) -> None:
    found = origin_of(url)
    if found is None:
        with pytest.raises(FetchError, match="not an http or https URL"):
            host_of(url)
        return

    with suppress(requests.RequestException, ValueError):  # then nobody is asked
        assert connected(url) == found
    assert host_of(url) == found[1]
    assert origin_of(with_params(url, {"verb": "Identify"})) == found
    if urlsplit(url).netloc.isascii():
        assert (urlsplit(url).hostname or "").rstrip(".") == found[1]


@pytest.mark.parametrize(
    "url",
    ["http://evil.example\\@north.example/", "http://north.example\\.evil.example/", "http://evil\t.example/",
     "http://a b@north.example/", "http://north.example%2eevil.example/", "http://north.example:port/",
     "http://north.example /", "http:/north.example/", "http://", "ftp://north.example/", "//north.example/"],
)  # fmt: skip
def test_what_two_could_read_differently_is_nobodys(url: str) -> None:
    assert origin_of(url) is None
    assert not is_same_host(url, url) and not is_under(url, "http://north.example") and not is_under(url, url)


def test_the_same_host_has_one_name_however_it_is_spelt() -> None:
    for url in ("https://bücher.example/x", "https://BÜCHER.example:443", "https://xn--bcher-kva.example./"):
        assert origin_of(url) == ("https", "xn--bcher-kva.example", 443)
    assert is_same_host("http://user:secret@north.example/oai", "https://NORTH.example")
