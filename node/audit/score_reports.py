"""A score sheet as rows, CSV, HTML and DQV (https://www.w3.org/TR/vocab-dqv/); the same sheet gives the same bytes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from html import escape
from typing import Any

from node.amounts import counted
from node.model.rdf import Iri, Literal, Triple
from node.namespaces import RDF_TYPE, expand
from node.storage.audit_scores import ScoreSheet
from node.validation.reports.charts import bars
from node.validation.reports.html import head, page
from node.validation.reports.rdf import turtle
from node.validation.reports.scores import NAMES, ScoreRow, measured, metric_triples
from node.validation.scores.statements import of_decidable

COLUMNS = ("source", "score", "part", "gained", "decidable", "total")
WHOLE = ""
"""In place of a source's name: everything that was audited."""


def parts(values: Mapping[str, Any]) -> list[tuple[str, dict[str, Any]]]:
    """Return what a sheet says of each source, by its name; of several, also of all together."""
    found = [(each["source"], each) for each in values["sources"]]
    return found if len(found) == 1 else [*found, (WHOLE, values["whole"])]


def rows(part: Mapping[str, Any]) -> Iterator[ScoreRow]:
    """Yield the points of one source, or of all: the whole of each score first, then its parts."""
    checks = part["checks"]
    decided, asked = checks["met"] + checks["not_met"], sum(checks.values())
    yield ScoreRow(score="checks", gained=checks["met"], decidable=decided, total=asked)
    if "fair" in part:
        yield _row("fair", "", part["fair"])
        yield from (_row("fair", each["letter"], each) for each in part["fair"]["letters"])
        yield from (_row("fair", each["principle"], each) for each in part["fair"]["principles"])
    if "fuji" in part:
        yield _row("fuji", "", part["fuji"])
        for test in part["fuji"]["tests"]:
            each = test["points"] / test["records"]
            yield ScoreRow(
                score="fuji",
                part=test["test"],
                gained=round(each * test["passed"], 2),
                decidable=round(each * test["decided"], 2),
                total=test["points"],
            )
    if "rda" in part:
        count = sum(each["records"] for each in part["rda"]["levels"])
        for each in part["rda"]["levels"]:
            yield ScoreRow(
                score="rda", part=f"level-{each['level']}", gained=each["records"], decidable=count, total=count
            )
    if "mqa" in part:
        yield _row("mqa", "", part["mqa"])
        yield from (_row("mqa", each["dimension"], each) for each in part["mqa"]["dimensions"])
        yield from (_row("mqa", each["metric"], each) for each in part["mqa"]["metrics"])


def left_out_of(part: Mapping[str, Any]) -> tuple[str, ...]:
    """Return how many records of a source, or of all, have no score, and why, in words; nothing where all have one."""
    found = ((part["unscored"], "could not be read"), (part.get("not_asked", 0), "not asked anything by the profile"))
    return tuple(f"{counted(number, 'record')} {why}" for number, why in found if number)


def row_values(sheet: ScoreSheet) -> Iterator[dict[str, Any]]:
    """Yield the rows of a sheet by `COLUMNS`."""
    for name, part in parts(sheet.values):
        for row in rows(part):
            yield {
                "source": name,
                "score": row.score,
                "part": row.part,
                "gained": row.gained,
                "decidable": row.decidable,
                "total": row.total,
            }


def links_sentence(values: Mapping[str, Any]) -> str:
    """Return which link checks a sheet counts, in words."""
    links = values["links"]
    if links is None:
        return "No link checks are counted: what only they decide is undecided (fairnode links check)."
    first, last = links["checked_from"][:10], links["checked_until"][:10]
    return (
        f"{links['answers']} answers of links are counted, from {first} to {last}, digest {links['digest'][:12]}; "
        "what was not asked is undecided."
    )


def as_html(sheet: ScoreSheet) -> str:
    """Return a sheet as one page that needs nothing else (`node.validation.reports.html`)."""
    values = sheet.values
    return page(f"Scores of audit {values['audit'][:12]}", _body(sheet, values))


def as_dqv(sheet: ScoreSheet, base_url: str) -> str:
    """Return `sheet_triples` in Turtle."""
    return "".join(turtle([sheet_triples(sheet, base_url)]))


def statements(part: Mapping[str, Any]) -> tuple[tuple[str, str], ...]:
    """Return each score of one source, or of all, by name and in words."""
    return tuple((NAMES[name], part[name]["statement"]) for name in ("fair", "fuji", "rda", "mqa") if name in part)


def sheet_triples(sheet: ScoreSheet, base_url: str) -> list[Triple]:
    """Return a sheet as dqv:QualityMeasurement.

    Args:
        base_url: the node's public address; a source is named by its page there, and all together by the audit's.
    """
    values = sheet.values
    audit = Iri(f"{base_url}/audit/{values['audit']}")
    node = Iri(f"urn:fairnode:scores:{sheet.digest[:32]}")
    triples: list[Triple] = [
        (node, RDF_TYPE, expand("dqv:QualityMetadata")),
        (node, expand("prov:wasDerivedFrom"), audit),
        (node, expand("dct:description"), Literal(links_sentence(values), language="en")),
    ]
    number = 0
    for name, part in parts(values):
        about = Iri(f"{base_url}/sources/{name}") if name else audit
        for row in rows(part):
            triples += metric_triples(row)
            for metric, literal in measured(row):
                number += 1
                measurement = Iri(f"{node}#measurement-{number}")
                triples += (
                    (measurement, RDF_TYPE, expand("dqv:QualityMeasurement")),
                    (measurement, expand("dqv:computedOn"), about),
                    (measurement, expand("dqv:isMeasurementOf"), metric),
                    (measurement, expand("dqv:value"), literal),
                    (measurement, expand("prov:wasDerivedFrom"), node),
                )
    return triples


def _row(score: str, part: str, values: Mapping[str, Any]) -> ScoreRow:
    return ScoreRow(
        score=score, part=part, gained=values["gained"], decidable=values["decidable"], total=values["total"]
    )


def _body(sheet: ScoreSheet, values: Mapping[str, Any]) -> Iterator[str]:
    yield f"<p>Profile {escape(values['profile'])}. {escape(links_sentence(values))}"
    yield f'<br><small class="soft">audit {values["audit"]}<br>scores {sheet.digest}</small></p>'
    for name, part in parts(values):
        yield f"<h2>{escape(name or 'All sources together')}</h2>"
        left_out = "".join(f", {words}" for words in left_out_of(part))
        yield f"<p>{part['records']} records{left_out}.{_more(part)}</p>"
        held = list(rows(part))
        for score in dict.fromkeys(row.score for row in held):
            mine = [row for row in held if row.score == score]
            yield f"<h3>{NAMES[score]}</h3>"
            charted = [row for row in mine if row.part and row.total]
            if score in ("fair", "mqa") and charted:
                yield bars(
                    f"{NAMES[score]}: points by part",
                    [
                        (row.part, row.gained, row.total, of_decidable(row.gained, row.decidable, row.total), "score")
                        for row in charted[: 5 if score == "mqa" else 4]
                    ],
                )
            yield f"<table>{head('part', numbers=('gained', 'decidable', 'total'))}<tbody>"
            for row in mine:
                yield (
                    f'<tr><th scope="row">{escape(row.part or "in all")}</th><td class="n">{row.gained:g}</td>'
                    f'<td class="n">{row.decidable:g}</td><td class="n">{row.total:g}</td></tr>'
                )
            yield "</tbody></table>"


def _more(part: Mapping[str, Any]) -> str:
    if "mqa" not in part:
        return ""
    datasets = ", ".join(f"{count} {name}" for name, count in part["mqa"]["datasets"].items() if count)
    return f" MQA {escape(part['mqa']['statement'])}; datasets by rating: {escape(datasets)}."
