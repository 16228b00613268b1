"""Every shape has a page that says what its Turtle says, and every page has its shape."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from node.validation import load_profile
from node.validation.profiles import profile_names
from node.validation.shapes import Shape
from tests.docs import shape_pages

_FOLDER = Path(__file__).resolve().parents[2] / "docs" / "reference" / "shapes"
_SHAPES = {shape.id: shape for shape in load_profile("fair").shapes}


def test_pages_and_shapes_are_the_same() -> None:
    assert {page.stem for page in _FOLDER.glob("*.md")} - {"index"} == set(_SHAPES) | set(shape_pages.PROFILES)


def test_every_profile_is_documented_with_its_title_and_version() -> None:
    text = (_FOLDER.parent / "profiles.md").read_text(encoding="utf-8")

    assert set(profile_names()) == {"fair", *shape_pages.PROFILES}
    for name in profile_names():
        profile = load_profile(name)
        assert f"| `{name}` | {profile.title} | {profile.version} |" in text


@pytest.mark.parametrize("name", shape_pages.PROFILES)
def test_every_check_says_what_is_wrong_and_how_to_mend_it(name: str) -> None:
    checks = [shape for shape in load_profile(name).shapes if shape.path is not None]
    page = (_FOLDER / f"{name}.md").read_text(encoding="utf-8")

    assert len({shape.name for shape in checks}) == len(checks)
    assert len({shape.message for shape in checks}) == len(checks)
    for shape in checks:
        assert shape.advice.endswith(".") and shape.message.endswith(".") and f"| `{shape.id}` |" in page


def test_every_shapes_file_belongs_to_a_profile() -> None:
    shipped = {path.name for path in (_FOLDER.parents[2] / "shapes").glob("*.ttl")}

    assert shipped == {name for profile in profile_names() for name, _ in load_profile(profile).files}


@pytest.mark.parametrize("shape", _SHAPES.values(), ids=_SHAPES)
def test_a_page_says_what_the_shape_says(shape: Shape) -> None:
    text = (_FOLDER / f"{shape.id}.md").read_text(encoding="utf-8")
    blocks = "yes" if shape.id in load_profile("fair").blocking else None
    asked = sorted(re.findall(r"#(\w+)>", " ".join(shape.targets)))

    assert text.startswith(f"# {shape.id}: {shape.name}\n")
    assert _fact(text, "Principle") == shape.principle
    assert _fact(text, "Severity") == shape.severity.label
    assert _fact(text, "Points") == f"{shape.points:g}"
    assert sorted(re.findall(r"(?:dcat|cerif):(\w+)", _fact(text, "Asked of") or "")) == asked
    assert _fact(text, "Blocks") == blocks
    assert _fact(text, "Counts only with") == (f"[{shape.requires}]({shape.requires}.md)" if shape.requires else None)


@pytest.mark.parametrize("shape", _SHAPES.values(), ids=_SHAPES)
def test_a_page_tells_what_is_checked_why_and_how_to_mend_it(shape: Shape) -> None:
    text = (_FOLDER / f"{shape.id}.md").read_text(encoding="utf-8")

    sections = re.findall(r"^## (.+)\n\n(.+)", text, re.MULTILINE)

    assert [title for title, _ in sections] == ["What it checks", "Why", "How to mend it"]
    assert all(len(words) > 20 for _, words in sections)


def test_the_index_lists_every_shape_with_its_facts() -> None:
    text = (_FOLDER / "index.md").read_text(encoding="utf-8")

    rows = {
        f"| [{shape.id}]({shape.id}.md) | {shape.name} | {shape.severity.label} | {shape.points:g} |"
        for shape in _SHAPES.values()
    }

    assert rows == {line for line in text.splitlines() if line.startswith("| [")}


def _fact(text: str, name: str) -> str | None:
    found = re.search(rf"^\| {name} \| (.+) \|$", text, re.MULTILINE)
    return found[1] if found else None
