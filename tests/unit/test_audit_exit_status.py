"""The exit status of `fairnode audit`: what is not decided never looks like what is in order."""

from __future__ import annotations

import pytest

from node.audit.waiving import WaivedCount
from node.cli.auditing import exit_status
from node.model.audit import RuleCount
from node.model.report import Severity


def count(code: str, severity: Severity, *, waived: int = 0) -> WaivedCount:
    """Return two findings of a rule."""
    return WaivedCount(rule=RuleCount(code=code, severity=severity, records=2, findings=2), waived=waived)


MINOR = count("F2-06", Severity.WARNING)
GRAVE = count("F2-01", Severity.VIOLATION)


@pytest.mark.parametrize("code", ["validation.engine-failed", "validation.record-unreadable"])
@pytest.mark.parametrize("fail_on", ["violation", "warning", "info"])
def test_what_is_undecided_is_a_status_of_its_own(code: str, fail_on: str) -> None:
    assert exit_status([MINOR, GRAVE, count(code, Severity.WARNING)], fail_on) == 2
    assert exit_status([count(code, Severity.WARNING, waived=1)], fail_on) == 2
    assert exit_status([count(code, Severity.WARNING)], "never") == 0


def test_what_is_undecided_and_waived_leaves_the_others_to_decide() -> None:
    undecided = count("validation.engine-failed", Severity.WARNING, waived=2)

    assert exit_status([undecided, MINOR], "violation") == 0
    assert exit_status([undecided, GRAVE], "violation") == 1


def test_findings_count_from_the_severity_named_on() -> None:
    assert [exit_status([MINOR], each) for each in ("info", "warning", "violation", "never")] == [1, 1, 0, 0]
