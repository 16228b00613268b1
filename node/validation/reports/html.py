"""Reports as one HTML page that needs nothing else: to be mailed, kept as evidence, or shown by a CI server.

No script and no resource from elsewhere: its own content security policy (https://www.w3.org/TR/CSP3/) allows the one
style sheet within it, by digest, and nothing more. Harvested text is escaped, and no harvested address is a link.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterable, Iterator, Sequence
from html import escape

from node.model.report import Finding, Severity
from node.syntax import xml_text
from node.validation.reports.charts import bars
from node.validation.reports.outcomes import Outcome, counts, in_order, place, ranked, score_statements, totals

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


def as_html(outcomes: Sequence[Outcome], fail_on: Severity | None = None) -> str:
    """Return the page; the same report gives the same page."""
    profile = next((outcome.report.profile for outcome in outcomes if outcome.report), "")
    return page(f"Validation report, profile {profile}" if profile else "Validation report", _body(outcomes))


def page(title: str, body: Iterable[str]) -> str:
    """Return a page that holds everything it needs, with a title and the content below it.

    Args:
        body: HTML; whoever makes it escapes what is foreign.
    """
    digest = base64.b64encode(hashlib.sha256(STYLE.encode()).digest()).decode()
    parts = (
        "<!doctype html>",
        '<html lang="en"><head><meta charset="utf-8">',
        f"<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'sha256-{digest}'; "
        "base-uri 'none'; form-action 'none'\">",
        '<meta name="viewport" content="width=device-width, initial-scale=1">',
        f"<title>{escape(title)}</title><style>{STYLE}</style></head><body><main>",
        f"<h1>{escape(title)}</h1>",
        *body,
        "</main></body></html>",
    )
    return "\n".join(xml_text(part) for part in parts)


def head(*columns: str, numbers: Sequence[str] = ()) -> str:
    """Return the head of a table; `numbers` are its last columns."""
    cells = [f'<th scope="col">{escape(name)}</th>' for name in columns]
    cells += [f'<th scope="col" class="n">{escape(name)}</th>' for name in numbers]
    return f"<thead><tr>{''.join(cells)}</tr></thead>"


def _body(outcomes: Sequence[Outcome]) -> Iterator[str]:
    yield from _summary(outcomes)
    yield from _rules(outcomes)
    yield "<h2>Records</h2>"
    for outcome in outcomes:
        yield from _record(outcome, is_open=len(outcomes) == 1)


def _summary(outcomes: Sequence[Outcome]) -> Iterator[str]:
    reports = [outcome.report for outcome in outcomes if outcome.report]
    unread = sum(outcome.problem is not None for outcome in outcomes)
    gained, possible, letters = totals(outcomes)
    engines = sorted({f"profile digest {report.digest}, engine {report.engine}" for report in reports})
    unreadable = f", {unread} of them could not be read" if unread else ""
    yield f"<p>{_number(len(outcomes), 'record')}{unreadable}. <strong>{gained:g} of {possible:g} points</strong>."
    yield f'<br><small class="soft">{escape("; ".join(engines))}</small></p>'
    scores = score_statements(outcomes)
    if scores:
        yield f"<h2>Scores</h2><table>{head('score', 'points')}<tbody>"
        yield from (f'<tr><th scope="row">{escape(name)}</th><td>{escape(said)}</td></tr>' for name, said in scores)
        yield "</tbody></table>"
    rows = [
        (_LETTERS.get(letter, letter), points, most, f"{points:g} of {most:g}", "score")
        for letter, points, most in letters
    ]
    if rows:
        yield "<h2>Points</h2>"
        yield bars("Points gained by FAIR letter", rows)
    found = counts(finding for outcome in outcomes for finding in outcome.results)
    most = float(max(found.values()))
    if most:
        yield "<h2>Findings</h2>"
        yield bars(
            "Findings by severity",
            [(one.label, float(count), most, str(count), one.label) for one, count in found.items()],
        )


def _rules(outcomes: Sequence[Outcome]) -> Iterator[str]:
    rules = ranked(outcomes)
    if not rules:
        return
    yield "<h2>What to mend first</h2>"
    costly = [rule for rule in rules if rule.points][:_MOST_RULES_IN_CHART]
    if costly:
        yield bars(
            "Points lost by check",
            [
                (f"{rule.example.code}", rule.points, costly[0].points, f"{rule.points:g} points",
                 rule.example.severity.label)
                for rule in costly
            ],
        )  # fmt: skip
    yield f"<table>{head('check', 'what to do', numbers=('records', 'points lost'))}<tbody>"
    for rule in rules:
        finding = rule.example
        yield (
            f'<tr><td class="{finding.severity.label}">{escape(finding.code)}'
            f"{' (blocks)' if rule.blocks else ''}</td><td>{escape(finding.message)}<br>"
            f'<small>{escape(finding.advice)}</small></td><td class="n">{rule.records}</td>'
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
    state = f"{report.score:g} of {report.max_score:g} points, {_number(len(report.results), 'finding')}"
    yield f"<details{' open' if is_open else ''}><summary>{name}: {state}</summary>"
    for scores in outcome.scores if not is_open else ():
        yield f"<p>{escape('; '.join(f'{score} {said}' for score, said in scores.statements))}</p>"
    if report.results:
        yield f"<table>{head('check', 'finding', 'in the raw record')}<tbody>"
        yield from map(_finding, in_order(outcome))
        yield "</tbody></table>"
    yield "</details>"


def _finding(finding: Finding) -> str:
    value = f"<br><small>value: <code>{escape(finding.value)}</code></small>" if finding.value else ""
    severity = finding.severity.label
    return (
        f'<tr><td class="{severity}">{escape(finding.code)}<br><small>{severity}</small></td>'
        f"<td>{escape(finding.message)}{value}<br><small>{escape(finding.advice)}</small></td>"
        f"<td><code>{escape(place(finding))}</code></td></tr>"
    )


def _number(count: int, word: str) -> str:
    return f"{count} {word}{'' if count == 1 else 's'}"
