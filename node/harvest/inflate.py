"""Content codings (RFC 9110, section 8.4.1), inflated within bounds.

HTTP clients inflate whatever one chunk holds at once: 300 KB on the wire are then 300 MB in memory.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterator

from node.errors import AnswerBroken, FetchError, TooLarge

# Below this size a high ratio is a list of similar records, not a bomb.
_HARMLESS = 4 * 2**20
_STEP = 256 * 1024
# What follows the end of a member is copied each time one ends, and a member can be twenty bytes.
_PIECE = 16 * 1024


class Inflater:
    """Turns the bytes of a body, as they arrive, into its content.

    A body that begins with markup is in no coding, whatever its header says.

    Args:
        coding: the Content-Encoding header; empty is identity.
        max_bytes: the largest content.
        max_ratio: the largest ratio of content to received bytes, once the content is over 4 MiB.
    """

    def __init__(self, coding: str, max_bytes: int, max_ratio: int) -> None:
        self._coding = coding.strip().lower()
        self._max_bytes = max_bytes
        self._max_ratio = max_ratio
        self._received = 0
        self._given = 0
        self._stream: zlib._Decompress | None = None
        self._first = True

    def feed(self, data: bytes) -> Iterator[bytes]:
        """Yield content in steps of 256 KiB at most.

        Raises:
            TooLarge: a bound is passed.
            AnswerBroken: the bytes are not in the coding named.
            FetchError: nobody asked for the coding.
        """
        if not self._received and not _PLAIN.match(data):
            self._stream = _stream(self._coding)
        self._received += len(data)
        if self._stream is None:
            yield self._counted(data)
            return
        for start in range(0, len(data), _PIECE):
            yield from self._inflated(data[start : start + _PIECE])

    def _inflated(self, data: bytes) -> Iterator[bytes]:
        assert self._stream is not None
        while data:
            if self._stream.eof:
                # A gzip body may have several members (RFC 1952, section 2.2); padding after the last is ignored.
                if self._coding not in _GZIPS or not data.lstrip(b"\0"):
                    return
                self._stream = zlib.decompressobj(_GZIP)
            try:
                content = self._stream.decompress(data, _STEP)
            except zlib.error as error:
                data = self._raw_deflate(data, error)
                continue
            self._first = False
            data = self._stream.unused_data if self._stream.eof else self._stream.unconsumed_tail
            yield self._counted(content)

    @property
    def complete(self) -> bool:
        """The coding's own end was reached; always so for identity, and for a body of no bytes."""
        return self._stream is None or self._stream.eof or not self._received

    def _raw_deflate(self, data: bytes, error: zlib.error) -> bytes:
        """Some servers send deflate without its zlib wrapper; the first bytes tell."""
        if self._coding != "deflate" or not self._first:
            raise AnswerBroken(f"the body is not {self._coding}: {error}") from error
        self._first = False
        self._stream = zlib.decompressobj(-zlib.MAX_WBITS)
        return data

    def _counted(self, content: bytes) -> bytes:
        self._given += len(content)
        if self._given > self._max_bytes:
            raise TooLarge(f"the answer has more than {self._max_bytes} bytes")
        if self._given > _HARMLESS and self._given > self._max_ratio * self._received:
            raise TooLarge(
                f"the answer inflates {self._received} bytes to more than {self._given}: over {self._max_ratio} times",
                advice="Ask for smaller pages at the source, or raise [fetch] max_ratio.",
            )
        return content


def inflated(body: bytes, *, max_bytes: int = 64 * 2**20, max_ratio: int = 200) -> bytes:
    """Return a document that came as a gzip file without a word about it, or within another one; any other as it is.

    Raises:
        TooLarge: a bound is passed.
        AnswerBroken: the file is damaged, or ends early.
    """
    for _ in range(2):
        if not body.startswith(b"\x1f\x8b"):
            break
        inflater = Inflater("gzip", max_bytes, max_ratio)
        body = b"".join(inflater.feed(body))
        if not inflater.complete:
            raise AnswerBroken("the gzip file ends early")
    return body


_GZIP = 16 + zlib.MAX_WBITS
_GZIPS = ("gzip", "x-gzip")
_PLAIN = re.compile(
    rb"""(?:\xef\xbb\xbf)?\s*(?:<\?xml\s|<!DOCTYPE\s|<[A-Za-z][\w:.-]*[\s>]|[{\[]\s*["{])""", re.IGNORECASE
)


def _stream(coding: str) -> zlib._Decompress | None:
    if coding in ("", "identity"):
        return None
    if coding not in (*_GZIPS, "deflate"):
        raise FetchError(f"the answer is in the coding “{coding[:50]}”, which was not asked for")
    return zlib.decompressobj(_GZIP if coding in _GZIPS else zlib.MAX_WBITS)
