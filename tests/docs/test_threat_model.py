"""The threat model names controls and tests that are there, and requirements in the standard's own spelling."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

from tests.conftest import ROOT

PAGES = ("docs/explanation/threat-model.md", "SECURITY.md")
TEXT = "\n".join((ROOT / page).read_text(encoding="utf-8") for page in PAGES)
ROWS = [
    [cell.strip() for cell in line.strip().strip("|").split(" | ")]
    for line in (ROOT / PAGES[0]).read_text(encoding="utf-8").splitlines()
    if line.startswith("| ") and "`tests/" in line
]


@pytest.mark.parametrize(
    "name", sorted(set(re.findall(r"`((?:node|harvesters|tests|docs)/[\w./-]+?\.\w+)(?:::|`)", TEXT)))
)
def test_every_file_that_is_named_is_there(name: str) -> None:
    assert (ROOT / name).is_file()


@pytest.mark.parametrize(("file", "test"), sorted(set(re.findall(r"`(tests/[\w/]+\.py)::(\w+)`", TEXT))))
def test_every_test_that_is_named_is_there(file: str, test: str) -> None:
    tree = ast.parse(Path(ROOT, file).read_text(encoding="utf-8"))

    assert test in {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}


def test_every_threat_has_a_control_a_test_and_a_requirement() -> None:
    assert len(ROWS) > 40
    for row in ROWS:
        threat, control, tests, requirements = row
        assert threat and control, row
        assert re.fullmatch(r"`tests/[\w/]+\.py::test_\w+`(, `tests/[\w/]+\.py::test_\w+`)*", tests), row
        assert re.fullmatch(r"v5\.0\.0-\d+\.\d+\.\d+(, v5\.0\.0-\d+\.\d+\.\d+)*", requirements), row


def test_requirements_are_of_the_chapters_and_sections_that_the_standard_has() -> None:
    # Sections of each chapter of 5.0.0 (https://github.com/OWASP/ASVS/tree/v5.0.0/5.0/en).
    sections = {
        1: 5,
        2: 4,
        3: 7,
        4: 4,
        5: 4,
        6: 8,
        7: 6,
        8: 4,
        9: 2,
        10: 7,
        11: 7,
        12: 3,
        13: 4,
        14: 3,
        15: 4,
        16: 5,
        17: 3,
    }

    for chapter, section, number in re.findall(r"v5\.0\.0-(\d+)\.(\d+)\.(\d+)", TEXT):
        assert 1 <= int(section) <= sections[int(chapter)]
        assert int(number) >= 1
