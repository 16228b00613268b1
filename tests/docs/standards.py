"""The page of standards: each point the node's endpoints are held to, and by which tests; OAI-PMH's here."""

from __future__ import annotations

import ast
from pathlib import Path

from node.conformance.points import POINTS
from tests.docs.standards_sparql import sparql_section
from tests.docs.standards_web import web_section

_TESTS = Path(__file__).resolve().parents[1] / "contract"
_BLACK, _WHITE = "test_oai_verify.py", "test_oai_white_box.py"
_WITHIN = {
    "W01": "guidelines 5", "W02": "3.5.1", "W03": "2.7.1", "W04": "2.5.1", "W05": "2.6", "W06": "3.2", "W07": "4.2",
    "W08": "3.5", "W09": "3.5.1", "W10": "3.1.2.2", "W11": "3.3.1", "W12": "4.4, 4.6", "W13": "2.7.2",
    "W14": "guidelines-provenance", "W15": "4.1", "W16": "3.1.3", "W17": "2.7.1",
}  # fmt: skip


def standards() -> str:
    """Return docs/reference/standards.md."""
    lines = [
        "# Standards",
        "",
        "What the node's endpoints are held to, point by point, and the tests that hold them to it.",
        "",
        "## OAI-PMH 2.0, from outside",
        "",
        "`fairnode oai verify URL` checks any provider for these points",
        "([how](../how-to/verify-an-oai-pmh-provider.md)). Of each, two tests in",
        f"`tests/contract/{_BLACK}` bear its id:",
        "`test_the_nodes_own_provider_keeps_the_point[ID]` asks a started node over HTTP, and",
        "`test_a_point_sees_the_fault_it_is_there_for[ID]` a provider that breaks it. Sections are those of",
        "[OAI-PMH 2.0](https://www.openarchives.org/OAI/openarchivesprotocol.html).",
        "",
        "| id | section | level | what is asked |",
        "| --- | --- | --- | --- |",
        *(f"| {each.id} | {each.section} | {each.level.value} | {each.requirement} |" for each in POINTS),
        "",
        "## OAI-PMH 2.0, with the store in hand",
        "",
        f"The tests are in `tests/contract/{_WHITE}`.",
        "",
        "| id | section | test |",
        "| --- | --- | --- |",
    ]
    tree = ast.parse((_TESTS / _WHITE).read_text(encoding="utf-8"))
    names = [node.name for node in tree.body if isinstance(node, ast.FunctionDef) and node.name.startswith("test_w")]
    for point, section in _WITHIN.items():
        mine = [f"`{name}`" for name in names if name.startswith(f"test_{point.lower()}_")]
        assert mine, f"no test is named after {point}"
        lines.append(f"| {point} | {section} | {', '.join(mine)} |")
    return "\n".join([*lines, "", *sparql_section(), *web_section()])
