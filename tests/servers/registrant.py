"""A repository that registers itself: the sample over OAI-PMH, and a web server beside it that can hold a proof."""

from __future__ import annotations

from collections.abc import Callable
from typing import Self

from node.demo.repository import SampleRepository
from node.registration import WELL_KNOWN
from tests.servers.scripted import Answer, Scripted, Seen


class Registrant:
    """The repository at `/oai`; every other path is answered from `files`.

    Args:
        spoil: changes a document of OAI-PMH before it is sent, knowing the request.
        ignored: arguments of OAI-PMH that the repository does not heed.

    Attributes:
        files: answers by path.
        seen: requests.
    """

    def __init__(
        self,
        spoil: Callable[[Seen, str], str] = lambda seen, document: document,
        ignored: tuple[str, ...] = (),
        page_size: int = 50,
    ) -> None:
        self.files: dict[str, Answer] = {}
        self._spoil = spoil
        self._ignored = ignored
        self._server = Scripted(self._answer)
        self.seen = self._server.seen
        self.url = self._server.url
        self.sample = SampleRepository(port=self._server.port, page_size=page_size)

    def prove(self, token: str) -> None:
        """Put the token where the node looks for it, beside another node's."""
        self.files[WELL_KNOWN] = Answer(f"another-node-s-token\n{token}\n".encode())

    def __enter__(self) -> Self:
        self._server.__enter__()
        return self

    def __exit__(self, *exception: object) -> None:
        self._server.__exit__(*exception)

    def _answer(self, seen: Seen) -> Answer:
        if seen.path != "/oai":
            return self.files.get(seen.path, Answer(b"nothing here", status=404))
        arguments = [(name, value) for name, value in seen.params if name not in self._ignored]
        return Answer(self._spoil(seen, self.sample.answer(arguments)).encode(), headers={"Content-Type": "text/xml"})
