"""The tables of `vocab/`: each is accounted for, and every reviewed spelling means a term that exists."""

from __future__ import annotations

import hashlib
import re
import tomllib
from pathlib import Path

import pytest
import rdflib
from rdflib.namespace import SKOS

from node.terms import codes, tables, vocabularies
from node.terms.tables import fold

VOCAB = Path(__file__).resolve().parents[2] / "vocab"
SOURCES = tomllib.loads((VOCAB / "sources.toml").read_text(encoding="utf-8"))
FILES = [path.relative_to(VOCAB).as_posix() for path in tables.files()]
MAPPINGS = sorted((VOCAB / "mappings").glob("*.sssom.tsv"))
AUTHORITIES = sorted((VOCAB / "authority").glob("*.tsv"))
READERS = {
    "access-mode": vocabularies.access_mode,
    "access-type": vocabularies.access_type,
    "critical-technology": vocabularies.critical_technology,
    "infrastructure-status": vocabularies.infrastructure_status,
    "access-right": vocabularies.access_right,
    "country": codes.country_iri,
    "data-theme": vocabularies.theme,
    "file-type": vocabularies.file_type,
    "frequency": vocabularies.frequency,
    "language": vocabularies.language,
    "licence": vocabularies.license,
    "media-type": vocabularies.media_type,
    "resource-type": vocabularies.resource_type,
}
PREDICATES = {"skos:exactMatch", "skos:closeMatch", "skos:broadMatch"}


def names(paths: list[Path]) -> list[str]:
    return [path.name.partition(".")[0] for path in paths]


def test_every_table_is_listed_with_its_source_and_every_listed_table_exists() -> None:
    assert sorted(SOURCES) == sorted(FILES)
    for name, source in SOURCES.items():
        assert set(source) == {"source", "url", "version", "license", "sha256"}, name
        assert all(source.values()), name


@pytest.mark.parametrize("name", FILES)
def test_a_table_has_the_digest_that_is_listed(name: str) -> None:
    assert hashlib.sha256((VOCAB / name).read_bytes()).hexdigest() == SOURCES[name]["sha256"], (
        f"{name} was edited: put its new SHA-256 into vocab/sources.toml"
    )


@pytest.mark.parametrize("name", names(AUTHORITIES))
def test_an_authority_table_has_each_term_once_with_a_label(name: str) -> None:
    rows = tables.rows(name)
    iris = [row["iri"] for row in rows]

    assert iris and len(set(iris)) == len(iris)
    assert all(re.fullmatch(r"https?://[^\s<>\"{}|\\^`]+", iri) for iri in iris)
    assert all(row["label"] for row in rows)
    assert not any(None in row or None in row.values() for row in rows)


@pytest.mark.parametrize("name", names(MAPPINGS))
def test_every_spelling_means_a_term_of_its_table(name: str) -> None:
    terms = {row["iri"] for row in tables.rows(name)}

    strangers = {text: iri for text, iri in tables.spellings(name).items() if iri not in terms}

    assert strangers == {}


@pytest.mark.parametrize("path", MAPPINGS, ids=names(MAPPINGS))
def test_no_spelling_is_listed_twice(path: Path) -> None:
    lines = [line for line in path.read_text(encoding="utf-8").splitlines() if not line.startswith("#")]
    subjects = [line.partition("\t")[0].strip('"') for line in lines[1:]]
    keys = [text if "://" in text else fold(text) for text in subjects]

    assert sorted({key for key in keys if keys.count(key) > 1}) == []
    assert all(keys)


@pytest.mark.parametrize("path", MAPPINGS, ids=names(MAPPINGS))
def test_a_mapping_set_follows_sssom(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    block = [line for line in text.splitlines() if line.startswith("#")]
    header, *lines = [line.split("\t") for line in text.splitlines() if not line.startswith("#")]

    assert {"mapping_set_id", "license", "curie_map", "subject_type"} <= {line[1:].split(":")[0] for line in block}
    assert header == [
        "subject_label", "predicate_id", "object_id", "object_label", "mapping_justification", "confidence",
    ]  # fmt: skip
    prefixes = {found[1] for line in block if (found := re.match(r"#\s+([\w.-]+):", line))}
    for line in lines:
        assert len(line) == len(header), line
        assert line[1] in PREDICATES, line
        assert line[2].partition(":")[0] in prefixes, line
        assert line[4] == "semapv:ManualMappingCuration", line
        assert 0 < float(line[5]) <= 1, line


@pytest.mark.parametrize("name", names(MAPPINGS))
def test_every_spelling_is_read_as_its_row_says(name: str) -> None:
    read = READERS[name]

    wrong = {text: (iri, read(text)) for text, iri in tables.spellings(name).items() if read(text) != iri}

    assert wrong == {}


@pytest.mark.parametrize("name", sorted(READERS))
def test_every_term_is_read_by_its_own_iri(name: str) -> None:
    read = READERS[name]

    wrong = {row["iri"]: read(row["iri"]) for row in tables.rows(name) if read(row["iri"]) != row["iri"]}

    assert wrong == {}


@pytest.mark.parametrize(
    ("name", "scheme"),
    [
        ("access-mode", "infrastructure#access-modes"),
        ("access-type", "infrastructure#access-types"),
        ("critical-technology", "sovereignty#critical-technologies"),
        ("infrastructure-status", "infrastructure#statuses"),
    ],
)
def test_a_table_of_own_concepts_says_what_their_description_in_skos_says(name: str, scheme: str) -> None:
    described = rdflib.Graph().parse(VOCAB / f"{scheme.partition('#')[0]}.ttl")
    concepts = {
        (str(one), str(described.value(one, SKOS.notation)), str(described.value(one, SKOS.prefLabel)))
        for one in described.subjects(SKOS.inScheme, rdflib.URIRef(f"https://w3id.org/fairnode/{scheme}"))
    }
    # What is no area is a value of labels only.
    concepts = {one for one in concepts if one[1] not in ("dual-use", "unassessed")}

    assert concepts == {(row["iri"], row["code"], row["label"]) for row in tables.rows(name)} != set()


def test_every_mapping_set_has_a_reader() -> None:
    assert set(names(MAPPINGS)) == set(READERS)
    assert set(names(AUTHORITIES)) == set(READERS)


def test_every_table_is_documented() -> None:
    page = (VOCAB.parent / "docs" / "reference" / "vocabularies.md").read_text(encoding="utf-8")

    assert [name for name in FILES if f"`{name}`" not in page] == []
