"""Increments of streams that grow at random: they end where a full read would, and read no immutable page twice."""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import dataclass, field

import pytest

from harvesters.asking import Patience
from harvesters.ldes import LdesHarvester
from node.harvest.protocols import Response
from node.model.oai import Checkpoint, Window
from node.model.source import Source
from tests.servers.ldes import PREFIXES, THINGS

ROOT = "http://feed.example/0"
SOURCE = Source(name="x", url=ROOT, kind="ldes")
HARVESTER = LdesHarvester(patience=Patience(pause=0))


@dataclass
class Leaf:
    """A page: (number, kind, name) of its events, the pages it leads to, and whether it is immutable."""

    events: list[tuple[int, str, str]] = field(default_factory=list)
    children: list[str] = field(default_factory=list)
    is_immutable: bool = False


class Tree:
    """A `Fetch` of a stream that grows; what happens, happens to a mutable page.

    Attributes:
        truth: the number of the newest event about each thing; `None` where that is its deletion.
        asked: the pages asked for.
    """

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        self.pages = {ROOT: Leaf()}
        self.truth: dict[str, int | None] = {}
        self.asked: list[str] = []
        self.requests = self.retries = 0
        self._events = 0

    def grow(self) -> None:
        """Let some things happen."""
        for _ in range(self.random.randint(0, 12)):
            mutable = [page for page in self.pages.values() if not page.is_immutable]
            page, chance = self.random.choice(mutable), self.random.random()
            if chance < 0.5:
                self._events += 1
                name, kind = f"d{self.random.randint(0, 6)}", self.random.choice(("Create", "Update", "Delete"))
                page.events.append((self._events, kind, name))
                self.truth[name] = None if kind == "Delete" else self._events
            elif chance < 0.8:
                address = f"http://feed.example/{len(self.pages)}"
                self.pages[address] = Leaf()
                page.children.append(address)
            elif len(mutable) > 1:
                page.is_immutable = True

    def get(
        self, url: str, params: Mapping[str, str] | None = None, *, headers: Mapping[str, str] | None = None
    ) -> Response:
        """See `Fetch.get`."""
        self.requests += 1
        self.asked.append(url)
        page = self.pages[url]
        cache = {"cache-control": "max-age=604800, immutable"} if page.is_immutable else {}
        return Response(
            status=200, body=_turtle(page).encode(), headers={"content-type": "application/trig", **cache}, url=url
        )


def _turtle(page: Leaf) -> str:
    text = (
        f"{PREFIXES}<http://feed.example/stream> a ldes:EventStream ; ldes:timestampPath as:published ; "
        f"ldes:versionOfPath as:object ; tree:view <{ROOT}> .\n"
    )
    for child in page.children:
        text += f"<> tree:relation [ a tree:Relation ; tree:node <{child}> ] .\n"
    for number, kind, name in page.events:
        member, thing = f"<{THINGS}{name}#e{number}>", f"<{THINGS}{name}>"
        text += f"<http://feed.example/stream> tree:member {member} . {member} a as:{kind} ; as:object {thing} ; "
        text += f'as:published "{2000 + number}-01-01T00:00:00Z"^^xsd:dateTime .\n'
        if kind != "Delete":
            text += f'{member} {{ {thing} a dcat:Dataset ; dct:identifier "{number}" }}\n'
    return text


@pytest.mark.parametrize("seed", range(40))
def test_increments_end_where_a_full_read_would(seed: int) -> None:
    tree = Tree(seed)
    known: dict[str, int | None] = {}
    bookmark: str | None = None
    finished: set[str] = set()

    for _ in range(6):
        tree.grow()
        tree.asked.clear()
        pages = list(HARVESTER.pages(SOURCE, tree, Window(from_=bookmark), Checkpoint()))
        for record in (record for page in pages for record in page.records):
            said = (record.metadata or b"").decode().partition('identifier> "')[2].partition('"')[0]
            name = record.header.identifier.removeprefix(THINGS)
            known[name] = None if record.header.deleted else int(said)

        assert known == tree.truth
        assert len(tree.asked) == len(set(tree.asked))
        if bookmark is not None:
            assert finished.isdisjoint(tree.asked)
        bookmark = pages[-1].checkpoint.bookmark
        finished |= {address for address in tree.asked if tree.pages[address].is_immutable} - {ROOT}
