"""Where a walk through the documents of a catalogue stands, as text, so that another process can go on."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, field

from harvesters.dcat_listing import Container
from node.errors import SyntaxRefused
from node.syntax import parse_json

_MOST_MET = 4_000_000


@dataclass(frozen=True, slots=True)
class Rest:
    """What is left of a document once its resources are done.

    Attributes:
        listed: how many resources it lists, those that the source does not want left out.
        count: those of them that earlier pages of the list did not hold, and its containers.
    """

    listed: int = 0
    count: int = 0
    containers: tuple[Container, ...] = ()
    following: tuple[str, ...] = ()


@dataclass(slots=True, kw_only=True)
class Frame:
    """A list, and the page of it that is being read.

    Attributes:
        url: of the page.
        first: of the list's first page.
        digest: of the page, once it was read: a place in it means nothing in another one.
        index: how many of its resources, and then of its containers, are done.
        seen: see `seen_before`; of the pages of this list.
        empty: pages without a resource, in a row.
        sure: it must list something.
        listed: resources on the pages before this one.
        total: how many the whole list holds, as it says.
        rest: once the page's resources are done; another process reads the page again.
    """

    url: str
    first: str
    digest: str = ""
    index: int = 0
    seen: tuple[str, ...] = ()
    empty: int = 0
    sure: bool = True
    listed: int = 0
    total: int | None = None
    rest: Rest | None = field(default=None, compare=False)


@dataclass(slots=True, kw_only=True)
class Position:
    """Where a walk stands.

    Attributes:
        frames: the lists that are being read, the outermost first.
        homes: addresses of the source; nothing is fetched from other hosts.
        failed: how often a part of the list could not be had; `why` is the first reason.
    """

    frames: list[Frame] = field(default_factory=list)
    homes: tuple[str, ...] = ()
    failed: int = 0
    why: str = ""

    def __str__(self) -> str:
        frames = [
            [each.url, each.first, each.digest, each.index, each.seen, each.empty, each.sure, each.listed, each.total]
            for each in self.frames
        ]
        return json.dumps({"frames": frames, "homes": self.homes, "failed": self.failed, "why": self.why})


class Met:
    """What was met in a walk, by name; so much and no more."""

    def __init__(self) -> None:
        self._digests: set[bytes] = set()

    def add(self, name: str) -> bool:
        """Remember a name; `False` where it was met before."""
        digest = hashlib.blake2b(name.encode("utf-8", "surrogatepass"), digest_size=12).digest()
        is_new = digest not in self._digests
        if len(self._digests) < _MOST_MET:
            self._digests.add(digest)
        return is_new


def read_position(text: str | None) -> Position | None:
    """Return the position that a checkpoint holds; `None` where it holds none that this version wrote."""
    if text is None:
        return None
    try:
        value = parse_json(text.encode("utf-8", "surrogatepass"))
    except SyntaxRefused:
        return None
    match value:
        case {"frames": list(frames), "homes": list(homes), "failed": int(failed), "why": str(why)}:
            read = [_frame(each) for each in frames]
            whole = [each for each in read if each is not None]
            if len(whole) == len(frames):
                return Position(frames=whole, homes=tuple(map(str, homes)), failed=failed, why=why)
    return None


def _frame(value: object) -> Frame | None:
    match value:
        case [
            str(url), str(first), str(digest), int(index), list(seen), int(empty), bool(sure), int(listed),
            None | int() as total,
        ]:  # fmt: skip
            return Frame(
                url=url,
                first=first,
                digest=digest,
                index=index,
                seen=tuple(map(str, seen)),
                empty=empty,
                sure=sure,
                listed=listed,
                total=total,
            )
    return None
