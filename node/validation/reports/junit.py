"""Reports as JUnit XML, which the servers that run a repository's tests read and show.

There is no standard; the elements are those that Jenkins' and GitLab's readers share
(https://github.com/testmoapp/junitxml). No times are told: the same input gives the same bytes.
"""

from __future__ import annotations

from collections.abc import Sequence

from lxml import etree

from node.model.report import Finding, Severity
from node.syntax import xml_text
from node.validation.engines import ENGINE_FAILED
from node.validation.reports.outcomes import Outcome, place


def as_junit(outcomes: Sequence[Outcome], fail_on: Severity | None = Severity.VIOLATION) -> str:
    """Return a test suite a record, with a test case for each check that was asked of it.

    Args:
        fail_on: findings at least this severe are failures, others pass with a note, and a check that could not be
            decided is an error; `None`: all pass.
    """
    root = etree.Element("testsuites", name="fairnode validate")
    for outcome in outcomes:
        _suite(root, outcome, fail_on)
    for name in ("tests", "failures", "errors", "skipped"):
        root.set(name, str(sum(int(suite.get(name, "0")) for suite in root)))
    written: bytes = etree.tostring(root, encoding="utf-8", xml_declaration=True, pretty_print=True)
    return written.decode().removesuffix("\n")


def _suite(root: etree._Element, outcome: Outcome, fail_on: Severity | None) -> None:
    suite = etree.SubElement(root, "testsuite", name=xml_text(outcome.name or "record"))
    if outcome.problem is not None:
        case = _case(suite, outcome, "validation", "the record can be read", None)
        problem = etree.SubElement(case, "error", type=outcome.problem.code, message=xml_text(outcome.problem.message))
        problem.text = xml_text(outcome.problem.advice)
    found: dict[str, list[Finding]] = {}
    for finding in outcome.results:
        found.setdefault(finding.code, []).append(finding)
    names = {check.id: check.name for check in outcome.checks}
    undecided = {check.id for check in outcome.undecided}
    failed = outcome.failed
    asked = () if outcome.problem is not None else outcome.asked
    for code in sorted({*found, *(check.id for check in asked)}):
        findings = found.get(code, [])
        title = f"{code} {names[code]}" if code in names else code
        case = _case(
            suite, outcome, outcome.report.profile if outcome.report else "", title, next(iter(findings), None)
        )
        if code in undecided:
            etree.SubElement(case, "skipped", message="the record could not be judged to the end: undecided")
        if not findings and code in failed:
            # The shapes within it fail, and have cases of their own: it is as bad as they are.
            inner = {check.id for check in outcome.checks if code in check.within}
            findings = [finding for name in sorted(inner & found.keys()) for finding in found[name]]
        if not findings:
            continue
        worst = max(findings, key=lambda finding: finding.severity)
        is_error = fail_on is not None and code == ENGINE_FAILED
        is_failure = fail_on is not None and worst.severity >= fail_on
        note = etree.SubElement(case, "error" if is_error else "failure" if is_failure else "system-out")
        if is_error or is_failure:
            note.set("type", worst.severity.label)
            note.set("message", xml_text(worst.message))
        note.text = xml_text("\n".join(dict.fromkeys(map(_sentence, findings))))
    suite.set("tests", str(len(suite)))
    suite.set("failures", str(sum(case.find("failure") is not None for case in suite)))
    suite.set("skipped", str(sum(case.find("skipped") is not None for case in suite)))
    suite.set("errors", str(sum(case.find("error") is not None for case in suite)))


def _case(suite: etree._Element, outcome: Outcome, profile: str, name: str, finding: Finding | None) -> etree._Element:
    case = etree.SubElement(suite, "testcase", classname=xml_text(profile), name=xml_text(name))
    if outcome.file:
        case.set("file", xml_text(outcome.file))
    if finding is not None and finding.source_line is not None:
        case.set("line", str(finding.source_line))
    return case


def _sentence(finding: Finding) -> str:
    parts = [finding.message, place(finding), finding.focus_node or "", finding.advice]
    return " | ".join(part for part in parts if part)
