"""Which elements of a format a property is read from: `vocab/elements.toml`, and how its paths are followed."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Any

from node.mapping.pointers.parts import Part
from node.resources import data_folder


@dataclass(frozen=True, slots=True)
class Step:
    """One name of a path; `condition` is a text it must hold, `far` says that others may lie before it."""

    name: str
    condition: str = ""
    far: bool = False


@dataclass(frozen=True, slots=True)
class ElementPath:
    """A path of names.

    Attributes:
        text: as it is written.
        anchored: its first name is directly below the root.
        strange: it is no part of the format, but read where a record has it.
    """

    text: str
    steps: tuple[Step, ...]
    anchored: bool
    strange: bool = False


class PartIndex:
    """The parts of a record by name."""

    def __init__(self, root: Part) -> None:
        """Index all of `root`."""
        self.root = root
        self._by_name: dict[str, list[Part]] = {}
        for part in root.walk():
            self._by_name.setdefault(fold(part.name), []).append(part)

    def named(self, name: str) -> list[Part]:
        """Return the parts of a name, in document order, whatever their case."""
        return self._by_name.get(fold(name), [])

    def at(self, path: ElementPath) -> Iterator[Part]:
        """Yield the parts at a path, in document order."""
        last = path.steps[-1]
        for part in self.named(last.name):
            if _meets(part, last) and self._lies(part, path):
                yield part

    def _lies(self, part: Part, path: ElementPath) -> bool:
        holders = list(part.holders())
        if holders and holders[-1] is self.root:
            holders.pop()
        while holders and holders[-1].name == "@graph":
            holders.pop()
        far = path.steps[-1].far
        at = 0
        for step in reversed(path.steps[:-1]):
            while far and at < len(holders) and not _fits(holders[at], step):
                at += 1
            if at >= len(holders) or not _fits(holders[at], step):
                # The root itself may be the first name, such as `resource/titles`.
                return step is path.steps[0] and at == len(holders) and not path.anchored and _fits(self.root, step)
            at += 1
            far = step.far
        return not path.anchored or at == len(holders) or far


@lru_cache(maxsize=4096)
def fold(name: str) -> str:
    """Return the key that the spellings of one name share."""
    return _NOISE.sub("", name.lower())


@cache
def paths_of(prefix: str) -> dict[str, tuple[ElementPath, ...]]:
    """Return the element paths of a format by property (a CURIE); empty for a format without a table."""
    name = _tables()["formats"].get(prefix, prefix)
    return {key: tuple(map(parse_path, texts)) for key, texts in _tables().get(name, {}).items()}


@cache
def aliases() -> dict[str, str]:
    """Return the properties that are read from the same elements as another one, and that one."""
    found: dict[str, str] = _tables()["aliases"]
    return found


@cache
def parse_path(text: str) -> ElementPath:
    """Return a path of `vocab/elements.toml`.

    Raises:
        ValueError: it is none.
    """
    strange, text = text.startswith("?"), text.removeprefix("?")
    anchored = text.startswith("/") and not text.startswith("//")
    steps: list[Step] = []
    far = False
    for word in text.removeprefix("/").split("/"):
        if not word:
            far = True
            continue
        found = _STEP.fullmatch(word)
        if found is None:
            raise ValueError(f"no path of elements: {text}")
        steps.append(Step(found["name"], found["condition"] or "", far))
        far = False
    return ElementPath(text, tuple(steps), anchored, strange)


def parts_at(index: PartIndex, paths: Iterable[ElementPath]) -> list[Part]:
    """Return the parts at some paths, in the order of the paths, each once."""
    return list(dict.fromkeys(part for path in paths for part in index.at(path)))


@cache
def _tables() -> dict[str, dict[str, Any]]:
    return tomllib.loads((data_folder("vocab") / "elements.toml").read_text("utf-8"))


def _fits(part: Part, step: Step) -> bool:
    return (step.name == "*" or fold(part.name) == fold(step.name)) and _meets(part, step)


def _meets(part: Part, step: Step) -> bool:
    if not step.condition:
        return True
    wanted = step.condition.lower()
    return any(text.lower() == wanted for text in part.texts())


_NOISE = re.compile(r"[-_ ]+")
_STEP = re.compile(r"(?P<name>[@\w.*:-]+)(?:\[(?P<condition>[^\]]+)\])?")
