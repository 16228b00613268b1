"""A node's own spellings of terms: what its stewards accepted, in `<home>/vocab/*.sssom.tsv`.

They are laid over the shipped ones, and win.

They are SSSOM mapping sets like those in `vocab/mappings` (https://mapping-commons.github.io/sssom/spec-formats-tsv/),
so that a good one can be given to the project as it is. They are part of what a record is made by: when they change,
the records of the next harvest are made anew.
"""

from __future__ import annotations

import csv
import hashlib
import json
import os
import re
import tempfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from node.errors import SettingsError
from node.model.rdf import Iri
from node.terms import tables

FOLDER = "vocab"
COLUMNS = (
    "subject_label", "predicate_id", "object_id", "object_label", "mapping_justification", "author_label",
    "mapping_date", "comment",
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Spelling:
    """A text that means a term.

    Attributes:
        vocabulary: the name of a table, such as `licence`.
        text: as repositories write it.
        iri: of the term.
        label: the term's name.
        author: who accepted it.
        date: when, YYYY-MM-DD.
        comment: why.
    """

    vocabulary: str
    text: str
    iri: Iri
    label: str = ""
    author: str = ""
    date: str = ""
    comment: str = ""


def read_additions(home: Path) -> tuple[Spelling, ...]:
    """Return the spellings of a node, sorted.

    Raises:
        SettingsError: a file is no mapping set, is of no vocabulary, or names a term that its table does not have.
    """
    found: list[Spelling] = []
    for path in sorted((home / FOLDER).glob("*.sssom.tsv")):
        vocabulary = path.name.removesuffix(".sssom.tsv")
        try:
            if vocabulary not in tables.names():
                raise ValueError(f"no vocabulary has this name; there are {', '.join(tables.names())}")
            told = {row["subject_label"]: row for row in tables.mapping_rows(path)}
            for text, iri in tables.read_spellings(path).items():
                if iri not in terms(vocabulary):
                    raise ValueError(f"{iri} is no term of {vocabulary}")
                row = told[text]
                found.append(
                    Spelling(
                        vocabulary=vocabulary,
                        text=text,
                        iri=iri,
                        label=row.get("object_label") or "",
                        author=row.get("author_label") or "",
                        date=row.get("mapping_date") or "",
                        comment=row.get("comment") or "",
                    )
                )
        except (KeyError, ValueError, csv.Error, OSError) as error:
            raise SettingsError(
                f"{path}: {error}", advice="Correct the row; vocab/mappings shows the format."
            ) from error
    return tuple(sorted(found))


def write_additions(home: Path, spellings: Iterable[Spelling]) -> tuple[Path, ...]:
    """Write a node's spellings, a file a vocabulary, each whole or not at all; return the files.

    Raises:
        SettingsError: the folder cannot be written.
    """
    by_vocabulary: dict[str, list[Spelling]] = {}
    for spelling in sorted(set(spellings)):
        by_vocabulary.setdefault(spelling.vocabulary, []).append(spelling)
    written = []
    folder = home / FOLDER
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for vocabulary, rows in by_vocabulary.items():
            path = folder / f"{vocabulary}.sssom.tsv"
            handle, name = tempfile.mkstemp(dir=folder, prefix=".", suffix=".tmp")
            with os.fdopen(handle, "w", encoding="utf-8", newline="") as target:
                target.write(_document(vocabulary, rows))
            Path(name).replace(path)
            written.append(path)
    except OSError as error:
        raise SettingsError(f"{folder}: {error.strerror}", advice="Let the node write to its home folder.") from error
    return tuple(written)


def use(spellings: Sequence[Spelling]) -> None:
    """Let these be the node's own spellings in this process, and no others."""
    global _in_use
    if tuple(spellings) == _in_use:
        return
    own: dict[str, dict[str, Iri]] = {}
    for spelling in spellings:
        own.setdefault(spelling.vocabulary, {})[spelling.text] = spelling.iri
    tables.lay_over(own)
    _in_use = tuple(spellings)


def digest(spellings: Iterable[Spelling]) -> str:
    """Return the SHA-256 over what the spellings mean; who accepted them and why is not part of it."""
    meanings = sorted((spelling.vocabulary, spelling.text, str(spelling.iri)) for spelling in spellings)
    return hashlib.sha256(json.dumps(meanings).encode()).hexdigest()


@cache
def terms(vocabulary: str) -> dict[Iri, str]:
    """Return the terms of a vocabulary with their labels: of its table, and those that shipped spellings mean."""
    found = dict.fromkeys(tables.spellings(vocabulary).values(), "")
    return found | {Iri(row["iri"]): row.get("label") or "" for row in tables.rows(vocabulary)}


def _document(vocabulary: str, rows: Sequence[Spelling]) -> str:
    spaces = sorted({_space(row.iri) for row in rows})
    prefixes = {space: f"ns{number}" for number, space in enumerate(spaces, 1)}
    lines = ['#sssom_version: "1.1"', "#curie_map:"]
    lines += [f"#  {prefix}: {space}" for space, prefix in prefixes.items()]
    lines += [
        f"#mapping_set_title: {vocabulary} as the sources of this node write it",
        "#subject_type: rdfs literal",
        "\t".join(COLUMNS),
    ]
    for row in rows:
        local = row.iri.removeprefix(_space(row.iri))
        cells = (
            row.text, "skos:exactMatch", f"{prefixes[_space(row.iri)]}:{local}", row.label,
            "semapv:ManualMappingCuration", row.author, row.date, row.comment,
        )  # fmt: skip
        lines.append("\t".join(" ".join(cell.replace('"', "'").split()) for cell in cells))
    return "\n".join(lines) + "\n"


def _space(iri: str) -> str:
    return _LAST.sub("", iri)


_LAST = re.compile(r"[^/#]*/?$")
_in_use: tuple[Spelling, ...] = ()
