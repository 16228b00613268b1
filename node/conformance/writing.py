"""A report on a provider as JSON values, as JUnit XML and as text for a person.

Of JUnit XML there is no standard; the elements are those that Jenkins' and GitLab's readers share
(https://github.com/testmoapp/junitxml).
"""

from __future__ import annotations

from collections.abc import Iterator
from textwrap import wrap

from lxml import etree

from node.amounts import counted
from node.model.conformance import ConformanceReport, Level, Outcome, State
from node.syntax import JsonValue, xml_text

_WORDS = {
    State.FAILED: "Broken",
    State.UNDECIDED: "Not decided",
    State.NOT_APPLICABLE: "Not applicable",
    State.PASSED: "Kept",
}


def as_document(report: ConformanceReport) -> dict[str, JsonValue]:
    """Return the report as JSON values; docs/reference/command-json.md describes them."""
    return {
        "url": report.url,
        "metadata_prefix": report.prefix,
        "set": report.set_spec,
        "started": report.started.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "seconds": report.seconds,
        "requests": report.requests,
        "counts": {state.value: len(report.having(state)) for state in State},
        "points": [
            {
                "id": each.id,
                "section": each.section,
                "level": each.level.value,
                "requirement": each.requirement,
                "state": each.state.value,
                "seen": each.seen,
                "request": each.request or None,
                "advice": each.advice or None,
            }
            for each in report.outcomes
        ],
        "error": (
            {"code": report.error.code, "message": report.error.message, "advice": report.error.advice}
            if report.error
            else None
        ),
    }


def as_junit(report: ConformanceReport, fail_on: Level | None) -> bytes:
    """Return the report as a test suite of one test case a point; what was not decided is an error, never passed.

    Args:
        fail_on: points that weigh at least this are failures and errors, others are skipped with a note.
    """
    cases = [(each, _kind(each, fail_on)) for each in report.outcomes]
    suite = etree.Element(
        "testsuite",
        name=xml_text(f"OAI-PMH {report.url}"),
        tests=str(len(cases)),
        failures=str(sum(kind == "failure" for _, kind in cases)),
        errors=str(sum(kind == "error" for _, kind in cases)),
        skipped=str(sum(kind == "skipped" for _, kind in cases)),
        time=f"{report.seconds:.3f}",
        timestamp=report.started.strftime("%Y-%m-%dT%H:%M:%S"),
    )
    for each, kind in cases:
        name = xml_text(f"{each.id} {each.requirement}")
        case = etree.SubElement(suite, "testcase", classname=f"oai-pmh.{each.level.value}", name=name)
        note = etree.SubElement(case, kind)
        note.text = xml_text("\n".join(_details(each)))
        if kind != "system-out":
            note.set("message", xml_text(f"{each.state.value}: {each.seen}"))
    return etree.tostring(suite, encoding="utf-8", xml_declaration=True, pretty_print=True)


def as_text(report: ConformanceReport, *, width: int = 110) -> Iterator[str]:
    """Yield the lines of the report: what to mend first, then what could not be decided, then the rest in short."""
    yield f"{report.url} as an OAI-PMH 2.0 provider, by {counted(len(report.outcomes), 'point')}"
    if report.error is not None:
        yield ""
        yield f"It could not be looked at: {report.error.message}"
        yield f"  {report.error.advice}"
        return
    for state in (State.FAILED, State.UNDECIDED):
        for level in Level:
            found = [each for each in report.having(state) if each.level is level]
            if found:
                yield ""
                yield f"{_WORDS[state]} ({level.value}): {len(found)}"
            for each in found:
                yield f"  {each.id} {each.requirement} [{each.section}]"
                for line in _details(each):
                    yield from wrap(line, width, initial_indent=" " * 6, subsequent_indent=" " * 8)
    for state in (State.NOT_APPLICABLE, State.PASSED):
        found = list(report.having(state))
        if found:
            yield ""
            yield f"{_WORDS[state]}: {len(found)}"
        for each in found:
            yield from wrap(
                f"{each.id} {each.requirement}: {each.seen}", width, initial_indent="  ", subsequent_indent=" " * 6
            )
    yield ""
    counts = ", ".join(f"{len(report.having(state))} {_WORDS[state].lower()}" for state in _WORDS)
    yield f"{counts} ({report.seconds:.1f} s, {report.requests} requests)"


def _details(outcome: Outcome) -> Iterator[str]:
    yield f"Seen: {outcome.seen}"
    if outcome.request:
        yield f"Ask: {outcome.request}"
    if outcome.advice:
        yield f"Mend: {outcome.advice}"


def _kind(outcome: Outcome, fail_on: Level | None) -> str:
    """Return the element of a test case that says what came of it."""
    counts = fail_on is not None and outcome.level.weighs(fail_on)
    if outcome.state is State.FAILED:
        return "failure" if counts else "skipped"
    if outcome.state is State.UNDECIDED:
        return "error" if counts else "skipped"
    return "skipped" if outcome.state is State.NOT_APPLICABLE else "system-out"
