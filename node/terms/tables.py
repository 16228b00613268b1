"""The tables below `vocab/`: authority tables (`authority/*.tsv`) and reviewed spellings (`mappings/*.sssom.tsv`).

A node may have spellings of its own, which `node.terms.additions` reads and lays over these.

The spellings are SSSOM mapping sets whose subjects are literals, as repositories write them
(https://mapping-commons.github.io/sssom/spec-formats-tsv/).
"""

from __future__ import annotations

import csv
import hashlib
import re
import unicodedata
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from pathlib import Path

from node.model.rdf import Iri
from node.resources import data_folder

LONGEST = 300
"""Characters: no name of a term is longer; texts that are get no look-up."""


def fold(text: str) -> str:
    """Return the key that spellings of one name share: letters, digits and `+` alone, without case.

    `CC-BY 4.0`, `cc by 4.0` and `CC_BY_4.0` have one key, as have `JournalArticle` and `journal article`.
    """
    plain = text if text.isascii() else unicodedata.normalize("NFKC", text)
    return _NOISE.sub("", plain.casefold())


def fold_words(text: str) -> str:
    """Return a key that keeps words apart: for codes so short that `en/de` must not become the language Ende."""
    plain = text if text.isascii() else unicodedata.normalize("NFKC", text)
    return ",".join(" ".join(_WORD.findall(part)) for part in _LIST.split(plain.casefold()))


@cache
def rows(name: str) -> tuple[dict[str, str], ...]:
    """Return the rows of `authority/<name>.tsv`, each by column name."""
    return tuple(_rows(_folder() / "authority" / f"{name}.tsv"))


def spellings(name: str) -> dict[str, Iri]:
    """Return the spellings of a vocabulary as they are written, and the terms they mean; the node's own come last."""
    return {**shipped_spellings(name), **own_spellings(name)}


def own_spellings(name: str) -> Mapping[str, Iri]:
    """Return those of the node itself, that were laid over the shipped ones."""
    return _own.get(name, {})


def names() -> tuple[str, ...]:
    """Return the names of the vocabularies that have spellings."""
    return tuple(sorted(path.name.removesuffix(_SSSOM) for path in (_folder() / "mappings").glob(f"*{_SSSOM}")))


def read_spellings(path: Path) -> dict[str, Iri]:
    """Return the rows of a mapping set: the spelling as the table has it, and the term it means.

    Raises:
        KeyError: a row lacks a column, or the CURIE of a term has a prefix that is not declared.
        ValueError, csv.Error: it is no table in UTF-8.
        OSError: it cannot be read.
    """
    prefixes = dict(_curie_map(path))
    found: dict[str, Iri] = {}
    for row in _rows(path):
        prefix, _, local = row["object_id"].partition(":")
        found[row["subject_label"]] = Iri(prefixes[prefix] + local)
    return found


def keys(name: str) -> dict[str, Iri]:
    """Return `spellings(name)` by their folded keys."""
    return {fold(text): iri for text, iri in spellings(name).items()}


def lay_over(own: Mapping[str, Mapping[str, Iri]]) -> None:
    """Lay a node's own spellings, by vocabulary, over the shipped ones; what was derived from them is forgotten."""
    _own.clear()
    _own.update({name: dict(spelt) for name, spelt in own.items()})
    for forget in _derived:
        forget()


def forgotten_by(forget: Callable[[], None]) -> None:
    """Have `forget` called when spellings change: for whoever keeps what was derived from them."""
    _derived.append(forget)


def mapping_rows(path: Path) -> tuple[dict[str, str], ...]:
    """Return the rows of a mapping set, each by column name; raises like `read_spellings`."""
    return tuple(_rows(path))


@cache
def shipped_spellings(name: str) -> dict[str, Iri]:
    """Return those that come with the software: they stay what they are as long as the process runs."""
    return read_spellings(_folder() / "mappings" / f"{name}{_SSSOM}")


@cache
def digest() -> str:
    """Return the SHA-256, in hex digits, over the names and bytes of all shipped tables."""
    total = hashlib.sha256()
    for path in files():
        total.update(f"{path.relative_to(_folder()).as_posix()}\n{path.stat().st_size}\n".encode())
        total.update(path.read_bytes())
    return total.hexdigest()


def files() -> tuple[Path, ...]:
    """Return every table that is shipped, sorted by its name."""
    folder = _folder()
    return (*sorted((folder / "authority").glob("*.tsv")), *sorted((folder / "mappings").glob("*.sssom.tsv")))


def _folder() -> Path:
    return data_folder("vocab")


def _rows(path: Path) -> Iterator[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as lines:
        yield from csv.DictReader((line for line in lines if not line.startswith("#")), delimiter="\t", strict=True)


def _curie_map(path: Path) -> Iterator[tuple[str, str]]:
    """The prefixes of the metadata block, which SSSOM writes as YAML; of YAML, the block mapping alone is read."""
    with path.open(encoding="utf-8") as lines:
        inside = False
        for line in lines:
            if not line.startswith("#"):
                return
            found = _PREFIX.match(line)
            if inside and found:
                yield found["prefix"], found["namespace"]
            else:
                inside = line.rstrip() == "#curie_map:"


_own: dict[str, dict[str, Iri]] = {}
_derived: list[Callable[[], None]] = []
_SSSOM = ".sssom.tsv"
_LIST = re.compile(r"[;,/|]")
_WORD = re.compile(r"[^\W_]+")
_NOISE = re.compile(r"[^\w+]+|_+")
_PREFIX = re.compile(r"#\s+(?P<prefix>[A-Za-z][\w.-]*):\s*[\"']?(?P<namespace>[^\s\"']+)[\"']?\s*$")
