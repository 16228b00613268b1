"""The files of `infrastructures/` as values: who offers what, and the sentences their records are made of."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from node.demo.description import Award

Words = Mapping[str, str]
"""A text in several languages: language tag to text."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """What a product is about: a station, a species, a field of the sky; `note` is a sentence about it."""

    name: str
    note: str
    names: Words = field(default_factory=dict)
    language: str | None = None
    place: tuple[float, float] | None = None
    box: tuple[float, float, float, float] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Product:
    """A kind of dataset, offered for every subject; a record takes one of the sentences of each list."""

    code: str
    label: str
    title: Words
    opening: tuple[str, ...]
    method: tuple[str, ...]
    closing: tuple[str, ...]
    keywords: tuple[str, ...]
    formats: tuple[str, ...]
    size: tuple[int, int]
    years: tuple[int, int]
    n: tuple[int, int] = (12, 96)
    kind: str = "Dataset"
    language: str = "en"
    abstract: Words = field(default_factory=dict)
    access: str = "open"


@dataclass(frozen=True, slots=True, kw_only=True)
class Work:
    """A single thing with a text of its own: a program, an instrument, a service."""

    code: str
    kind: str
    title: Words
    abstract: Words
    keywords: tuple[str, ...]
    label: str = ""
    formats: tuple[str, ...] = ()
    licence: str | None = None
    version: str | None = None
    serves: str | None = None
    access: str = "open"


@dataclass(frozen=True, slots=True, kw_only=True)
class Infrastructure:
    """A research infrastructure, invented; `licences` are the spellings its repository uses."""

    spec: str
    acronym: str
    name: str
    publisher: str
    keywords: tuple[str, ...]
    licences: tuple[str, ...]
    people: tuple[str, ...]
    affiliations: tuple[str, ...]
    awards: tuple[Award, ...]
    subjects: tuple[Subject, ...]
    products: tuple[Product, ...]
    works: tuple[Work, ...]
    ror: str | None = None

    @property
    def host(self) -> str:
        """A host name that no resolver knows (RFC 2606, section 2)."""
        return f"data.{self.spec}.example"


def infrastructures() -> tuple[Infrastructure, ...]:
    """Read all infrastructures, in the order of their file names."""
    folder = Path(__file__).with_name("infrastructures")
    return tuple(_infrastructure(tomllib.loads(path.read_text("utf-8"))) for path in sorted(folder.glob("*.toml")))


def _infrastructure(table: dict[str, Any]) -> Infrastructure:
    awards = [one.split("|") for one in table.pop("funding")]
    offer: dict[str, Any] = {
        "subjects": tuple(Subject(**_frozen(one)) for one in table.pop("subjects")),
        "products": tuple(Product(**_frozen(one)) for one in table.pop("products")),
        "works": tuple(Work(**_frozen(one)) for one in table.pop("works")),
        "awards": tuple(Award(funder=funder, number=number, title=title) for funder, number, title in awards),
    }
    return Infrastructure(**_frozen(table), **offer)


def _frozen(table: dict[str, Any]) -> dict[str, Any]:
    return {key: tuple(value) if isinstance(value, list) else value for key, value in table.items()}
