"""A preflight's report as JUnit XML, which the servers that run a repository's tests read and show.

There is no standard; the elements are those that Jenkins' and GitLab's readers share
(https://github.com/testmoapp/junitxml).
"""

from __future__ import annotations

from lxml import etree

from node.model.preflight import Fix, PreflightReport
from node.model.report import Severity
from node.syntax import xml_text


def as_junit(report: PreflightReport, fail_on: Severity | None) -> bytes:
    """Return the report as a test suite: one test case for each thing to mend.

    Args:
        fail_on: things at least this severe are failures, others pass with a note; `None`: all pass.
    """
    fixes = (*report.conformance, *report.fixes)
    failed = [fix for fix in fixes if fail_on is not None and fix.severity >= fail_on]
    suite = etree.Element(
        "testsuite",
        name=xml_text(f"preflight {report.question.url}"),
        tests=str(len(fixes) + 1),
        failures=str(len(failed)),
        errors=str(int(report.error is not None)),
        time=f"{report.seconds:.3f}",
        timestamp=report.started.strftime("%Y-%m-%dT%H:%M:%S"),
    )
    carried_out = etree.SubElement(suite, "testcase", classname="preflight", name="the repository can be harvested")
    if report.error is not None:
        problem = etree.SubElement(carried_out, "error", type=report.error.code, message=xml_text(report.error.message))
        problem.text = xml_text(report.error.advice)
    for fix in fixes:
        case = etree.SubElement(suite, "testcase", classname=f"preflight.{fix.severity.label}", name=fix.code)
        note = etree.SubElement(case, "failure" if fix in failed else "system-out")
        if fix in failed:
            note.set("type", fix.severity.label)
            note.set("message", xml_text(fix.message))
        note.text = xml_text(_details(fix))
    return etree.tostring(suite, encoding="utf-8", xml_declaration=True, pretty_print=True)


def _details(fix: Fix) -> str:
    lines = [fix.message, fix.advice]
    if fix.records:
        lines.append(f"{fix.records} records, {fix.points:g} points lost")
    for each in fix.examples:
        place = ", ".join(text for text in (each.path, each.value, f"line {each.line}" if each.line else None) if text)
        lines.append(f"{each.identifier or '(the repository)'}: {place or each.message}")
    return "\n".join(line for line in lines if line)
