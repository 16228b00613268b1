"""Reports as one HTML page that needs nothing else: to be mailed, kept as evidence, or shown by a CI server.

No script and no resource from elsewhere: its own content security policy (https://www.w3.org/TR/CSP3/) allows the one
style sheet within it, by digest, and nothing more. Harvested text is escaped, and no harvested address is a link.
"""

from __future__ import annotations

import base64
import hashlib
import heapq
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from html import escape

from node.amounts import counted
from node.model.report import Finding
from node.syntax import xml_text
from node.validation.reports.charts import bars
from node.validation.reports.outcomes import Outcome, in_order, place
from node.validation.reports.summary import Rule, Summary

_MOST_RULES_IN_CHART = 12
_LETTERS = {"F": "Findable", "A": "Accessible", "I": "Interoperable", "R": "Reusable"}

STYLE = """
:root{color-scheme:light dark;--ink:#1b1f24;--soft:#5b6470;--paper:#fff;--line:#d8dde3;--track:#eceff2}
@media(prefers-color-scheme:dark){:root{--ink:#e6e9ec;--soft:#9aa4af;--paper:#14181c;--line:#323a42;--track:#252c33}}
body{font:16px/1.5 system-ui,sans-serif;color:var(--ink);background:var(--paper);max-width:62rem;margin:2rem auto;
padding:0 1rem}
h1{font-size:1.5rem}h2{font-size:1.15rem;margin-top:2rem}
table{border-collapse:collapse;width:100%}th,td{text-align:left;vertical-align:top;padding:.35rem .6rem .35rem 0;
border-bottom:1px solid var(--line)}td.n,th.n{text-align:right;white-space:nowrap}
.soft,td small{color:var(--soft)}code{overflow-wrap:anywhere}
svg{max-width:100%;height:auto}svg text{fill:currentColor;font-size:14px}
.track{fill:var(--track)}.score{fill:#2f6fb3}.violation{fill:#b3372f;color:#b3372f}.warning{fill:#c98a1b;color:#8f5f0c}
.info{fill:#4b87a8;color:#3a6e8a}
@media(prefers-color-scheme:dark){.violation{color:#ff8a80}.warning{color:#f0bb5e}.info{color:#86c3e6}}
details{border-bottom:1px solid var(--line);padding:.4rem 0}summary{cursor:pointer}
""".strip()
POLICY = (
    "default-src 'none'; "
    f"style-src 'sha256-{base64.b64encode(hashlib.sha256(STYLE.encode()).digest()).decode()}'; "
    "base-uri 'none'; form-action 'none'"
)
"""The content security policy of a page; a server that sends one must not send a stricter one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class About:
    """What a page says besides its records.

    Attributes:
        title: of the page; empty for one by the profile.
        note: a sentence below it.
        scores: of a whole audit, each by name and in words; `None`: those that the records come with.
        most: so many records with findings are shown one by one, those that lack most points; `None` for every record.
        placed: gives the findings of a record that is shown their places; `None` where they have them.
    """

    title: str = ""
    note: str = ""
    scores: tuple[tuple[str, str], ...] | None = None
    most: int | None = None
    placed: Callable[[Outcome], Outcome] | None = None


def html_parts(outcomes: Iterable[Outcome], about: About | None = None) -> Iterator[str]:
    """Yield the page piece by piece; the same records give the same page.

    The records are read once, and no more of them kept than are shown.
    """
    about = about or About()
    whole, shown = Summary(), _Shown(about.most)
    for outcome in outcomes:
        whole.add(outcome)
        shown.add(outcome)
    profile = f", profile {whole.profile}" if whole.profile else ""
    yield from page_parts(about.title or f"Validation report{profile}", _body(whole, shown, about))


def page(title: str, body: Iterable[str]) -> str:
    """Return `page_parts` in one piece."""
    return "".join(page_parts(title, body)).removesuffix("\n")


def page_parts(title: str, body: Iterable[str]) -> Iterator[str]:
    """Yield a page that holds everything it needs, with a title and the content below it.

    Args:
        body: HTML; whoever makes it escapes what is foreign.
    """
    head = (
        "<!doctype html>",
        '<html lang="en"><head><meta charset="utf-8">',
        f'<meta http-equiv="Content-Security-Policy" content="{POLICY}">',
        '<meta name="viewport" content="width=device-width, initial-scale=1">',
        f"<title>{escape(title)}</title><style>{STYLE}</style></head><body><main>",
        f"<h1>{escape(title)}</h1>",
    )
    for parts in (head, body, ("</main></body></html>",)):
        yield from (f"{xml_text(part)}\n" for part in parts)


def head(*columns: str, numbers: Sequence[str] = ()) -> str:
    """Return the head of a table; `numbers` are its last columns."""
    cells = [f'<th scope="col">{escape(name)}</th>' for name in columns]
    cells += [f'<th scope="col" class="n">{escape(name)}</th>' for name in numbers]
    return f"<thead><tr>{''.join(cells)}</tr></thead>"


class _Shown:
    """The records that are shown one by one."""

    def __init__(self, most: int | None) -> None:
        self._most = most
        # What lacks least is first to go, of equals what came last; the number keeps records out of the comparison.
        self._heap: list[tuple[float, int, Outcome]] = []
        self._records = 0
        self.left_out = 0
        self.in_order = 0

    def add(self, outcome: Outcome) -> None:
        self._records += 1
        if self._most is not None and outcome.report is not None and not outcome.results:
            self.in_order += 1
            return
        report = outcome.report
        lacks = report.max_score - report.score if report is not None else float("inf")
        heapq.heappush(self._heap, (lacks if self._most is not None else 0.0, -self._records, outcome))
        if self._most is not None and len(self._heap) > self._most:
            heapq.heappop(self._heap)
            self.left_out += 1

    @property
    def outcomes(self) -> list[Outcome]:
        return [outcome for _, _, outcome in sorted(self._heap, key=lambda one: one[:2], reverse=True)]


def _body(whole: Summary, shown: _Shown, about: About) -> Iterator[str]:
    if about.note:
        yield f"<p>{escape(about.note)}</p>"
    yield from _summary(whole, about.scores)
    yield from _rules(whole.rules)
    yield "<h2>Records</h2>"
    if shown.in_order:
        yield f"<p>{counted(shown.in_order, 'record')} without a finding.</p>"
    if shown.left_out:
        yield f"<p>Below are the {about.most} records that lack most points; {shown.left_out} others have findings.</p>"
    for outcome in shown.outcomes:
        yield from _record(about.placed(outcome) if about.placed else outcome, is_open=whole.records == 1)


def _summary(whole: Summary, given: Sequence[tuple[str, str]] | None) -> Iterator[str]:
    engines = sorted(f"profile digest {digest}, engine {engine}" for digest, engine in whole.engines)
    unreadable = f", {whole.unread} of them could not be read" if whole.unread else ""
    points = f"{whole.gained:g} of {whole.possible:g} points"
    yield f"<p>{counted(whole.records, 'record')}{unreadable}. <strong>{points}</strong>."
    yield f'<br><small class="soft">{escape("; ".join(engines))}</small></p>'
    scores = whole.statements if given is None else given
    if scores:
        title = "Scores" if given is None else "Scores of the whole audit"
        yield f"<h2>{title}</h2><table>{head('score', 'points')}<tbody>"
        yield from (f'<tr><th scope="row">{escape(name)}</th><td>{escape(said)}</td></tr>' for name, said in scores)
        yield "</tbody></table>"
    rows = [
        (_LETTERS.get(letter, letter), points, most, f"{points:g} of {most:g}", "score")
        for letter, (points, most) in whole.letters.items()
    ]
    if rows:
        yield "<h2>Points</h2>"
        yield bars("Points gained by FAIR letter", rows)
    most = float(max(whole.found.values()))
    if most:
        yield "<h2>Findings</h2>"
        yield bars(
            "Findings by severity",
            [(one.label, float(count), most, str(count), one.label) for one, count in whole.found.items()],
        )


def _rules(rules: Sequence[Rule]) -> Iterator[str]:
    if not rules:
        return
    yield "<h2>What to mend first</h2>"
    costly = [rule for rule in rules if rule.points][:_MOST_RULES_IN_CHART]
    if costly:
        yield bars(
            "Points lost by check",
            [
                (
                    f"{rule.example.code} ({rule.example.severity.label})",
                    rule.points,
                    costly[0].points,
                    f"{rule.points:g} point{'' if rule.points == 1 else 's'}",
                    rule.example.severity.label,
                )
                for rule in costly
            ],
        )
    yield f"<table>{head('check', 'what to do', numbers=('records', 'points lost'))}<tbody>"
    for rule in rules:
        finding = rule.example
        waived = f"<br><small>waived in {rule.waived}</small>" if rule.waived else ""
        yield (
            f'<tr><th scope="row" class="{finding.severity.label}">{escape(finding.code)}'
            f"{' (blocks)' if rule.blocks else ''}<br><small>{finding.severity.label}</small></th>"
            f"<td>{escape(finding.message)}<br>"
            f'<small>{escape(finding.advice)}</small></td><td class="n">{rule.records}{waived}</td>'
            f'<td class="n">{rule.points:g}</td></tr>'
        )
    yield "</tbody></table>"


def _record(outcome: Outcome, *, is_open: bool) -> Iterator[str]:
    name = escape(outcome.name or "record")
    if outcome.report is None:
        problem = outcome.problem
        text = f"{problem.message} [{problem.code}] {problem.advice}" if problem else ""
        yield f'<details open><summary>{name}: <span class="violation">{escape(text)}</span></summary></details>'
        return
    report = outcome.report
    state = f"{report.score:g} of {report.max_score:g} points, {counted(len(report.results), 'finding')}"
    yield f"<details{' open' if is_open else ''}><summary>{name}: {state}</summary>"
    for scores in outcome.scores if not is_open else ():
        yield f"<p>{escape('; '.join(f'{score} {said}' for score, said in scores.statements))}</p>"
    if report.results:
        yield f"<table>{head('check', 'finding', 'in the raw record')}<tbody>"
        yield from (_finding(finding, outcome.waived) for finding in in_order(outcome))
        yield "</tbody></table>"
    yield "</details>"


def _finding(finding: Finding, waived: frozenset[str]) -> str:
    value = f"<br><small>value: <code>{escape(finding.value)}</code></small>" if finding.value else ""
    severity = finding.severity.label
    state = f"{severity}, waived" if finding.code in waived else severity
    asked = (finding.component or "").rpartition("#")[2].removesuffix("ConstraintComponent")
    component = f"<br><small>{escape(asked)}</small>" if asked else ""
    return (
        f'<tr><th scope="row" class="{severity}">{escape(finding.code)}<br><small>{state}</small>{component}</th>'
        f"<td>{escape(finding.message)}{value}<br><small>{escape(finding.advice)}</small></td>"
        f"<td><code>{escape(place(finding))}</code></td></tr>"
    )
