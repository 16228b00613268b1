"""Nothing exists undocumented."""

from __future__ import annotations

import re
from pathlib import Path

import click
import pytest

from tests.docs.reference import FOLDER, PAGES

DOCS = FOLDER.parent
ROOT = DOCS.parent


@pytest.mark.parametrize("page", sorted(PAGES))
def test_a_reference_page_says_what_the_code_says(page: str) -> None:
    written = (FOLDER / page).read_text(encoding="utf-8")

    assert written == PAGES[page](), "run `make docs-reference`"


def test_every_url_is_documented() -> None:
    from flask import Flask

    from node.web import BLUEPRINTS

    app = Flask("node.web")
    for bp in BLUEPRINTS:
        app.register_blueprint(bp)
    rules = {re.sub(r"<[^>]+>", "<id>", rule.rule) for rule in app.url_map.iter_rules() if rule.endpoint != "static"}

    page = (FOLDER / "urls.md").read_text(encoding="utf-8")

    assert rules <= set(re.findall(r"`(/[^`]*)`", page))


def test_every_kind_of_source_is_documented() -> None:
    from harvesters import HARVESTERS

    page = (FOLDER / "harvesters.md").read_text(encoding="utf-8")

    assert {harvester.kind for harvester in HARVESTERS} == set(re.findall(r"^\| `([\w-]+)` \|", page, re.MULTILINE))


def test_every_table_is_documented() -> None:
    from node.storage.tables import metadata

    page = (FOLDER / "database.md").read_text(encoding="utf-8")

    assert set(metadata.tables) == set(re.findall(r"^\| `(\w+)` \|", page, re.MULTILINE))


def test_every_code_is_documented() -> None:
    areas = "harvest|mapping|sovereignty|validation|ledger|storage|fetch|syntax|sparql|settings|preflight|registration"
    pages = [FOLDER / name for name in ("findings.md", "errors.md", "crosswalks.md")]
    documented = "".join(page.read_text(encoding="utf-8") for page in pages)

    for folder in ("node", "harvesters"):
        for path in (ROOT / folder).rglob("*.py"):
            for code in re.findall(rf'"((?:{areas})\.[a-z][a-z-]+)"', path.read_text(encoding="utf-8")):
                assert code.endswith(".html") or f"`{code}`" in documented, f"{path.name}: {code}"


def _pages() -> list[Path]:
    return [*DOCS.rglob("*.md"), *ROOT.glob("*.md")]


@pytest.mark.parametrize("page", _pages(), ids=lambda page: str(page.relative_to(ROOT)))
def test_every_link_leads_somewhere(page: Path) -> None:
    text = re.sub(r"```.*?```", "", page.read_text(encoding="utf-8"), flags=re.DOTALL)

    for target in re.findall(r"\]\(([^)\s]+)\)", text):
        if not re.match(r"[a-z]+:|#", target):
            assert (page.parent / target.partition("#")[0]).exists(), target


def test_no_page_names_a_command_that_does_not_exist() -> None:
    from node.cli import main

    known = set(main.list_commands(click.Context(main)))
    for page in _pages():
        for name in re.findall(r"(?:^|`)fairnode ([a-z]+)", page.read_text(encoding="utf-8"), re.MULTILINE):
            assert name in known, f"{page}: fairnode {name}"
