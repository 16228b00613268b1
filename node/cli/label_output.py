"""Labels and the decisions about them as JSON and tables."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any

import click

from node.cli.output import print_table
from node.labelling import resource_of
from node.model.override import Override
from node.node import Node
from node.sovereignty.explain import Cause, explain
from node.sovereignty.tags import to_json
from node.storage.agreements import terms_to_json
from node.storage.label_queue import Labelled, LabelQueue
from node.storage.raws import Raws


def shown(node: Node, local_id: str, today: dt.date) -> dict[str, Any]:
    """Return what is known of a record's labels, and where each dimension comes from.

    Raises:
        NotFound: there is no such record.
    """
    found = LabelQueue(node.database).get(local_id)
    raw = Raws(node.database, node.vault).some([local_id]).get(local_id)
    values: dict[str, Any] = {
        "record": local_id,
        "source": found.source,
        "identifier": found.identifier,
        "state": found.state,
        "audience": found.audience.name.lower() if found.audience is not None else None,
        "held": found.held,
        "labels_until": found.until,
        "due": found.until is not None and found.until <= today,
    }
    unread = "it is not live" if raw is None else ""
    for of in ("record", "data"):
        label = None if found.due.labels is None else getattr(found.due.labels, of)
        values[f"{of}_label"] = None if label is None else to_json(label)
        if raw is not None:
            resource, unread = resource_of(raw, node.settings.base_url)
            sets, due = raw.set_specs, found.due
            causes = explain(of, resource, due.agreement, today, sets, due.overrides, due.received)
            values[f"{of}_from"] = [_cause(cause) for cause in causes]
    values["unread"] = unread or None
    values["decisions"] = [decision(each, today) for each in found.due.overrides]
    return values


def decision(override: Override, today: dt.date) -> dict[str, Any]:
    """Return a decision as JSON values."""
    return {
        "number": override.number,
        "record": override.record,
        "of": override.of,
        "kind": "loosen" if override.loosens else "tighten",
        "asks": terms_to_json(override.terms),
        "reason": override.reason,
        "by": override.by,
        "second": override.second,
        "account": override.account,
        "second_account": override.second_account,
        "created": override.created,
        "expires": override.expires,
        "ended": override.ended,
        "state": state(override, today),
    }


def state(override: Override, today: dt.date) -> str:
    """Return `holds`, `waits` (for a second person), `ended` or `expired`."""
    if override.ended is not None:
        return "ended"
    if override.expires is not None and override.expires <= today:
        return "expired"
    return "holds" if override.holds(today) else "waits"


def print_shown(values: dict[str, Any]) -> None:
    """Print what `shown` returned."""
    click.echo(f"record {values['record']} of {values['source']}: {values['identifier']}")
    click.echo(f"state {values['state']}, seen by {_audience(values['audience'])}")
    if values["held"]:
        click.echo(f"held: {values['held']}")
    if values["labels_until"]:
        when = "due now" if values["due"] else f"due on {values['labels_until']}"
        click.echo(f"its labels are {when} to be worked out anew")
    if values["unread"]:
        click.echo(f"what the record itself says is not known: {values['unread']}", err=True)
    for of in ("record", "data"):
        rows = [
            (cause["dimension"], _value(cause["value"]), ", ".join(cause["from"]) or "-")
            for cause in values.get(f"{of}_from", ())
        ]
        if not rows and values[f"{of}_label"]:
            rows = [(tag, _value(text), "-") for tag, text in values[f"{of}_label"].items()]
        print_table(("dimension", "value", "from"), rows, title=f"\nlabel of the {of}")
    if values["decisions"]:
        print_decisions(values["decisions"])


def print_decisions(found: Sequence[dict[str, Any]]) -> None:
    """Print decisions as a table."""
    print_table(
        ("decision", "record", "of", "kind", "asks", "state", "by", "second", "expires", "reason"),
        [
            (
                each["number"],
                each["record"],
                each["of"],
                each["kind"],
                "; ".join(f"{name} {_text(value)}" for name, value in each["asks"].items()),
                each["state"],
                each["by"],
                each["second"] or "-",
                each["expires"] or "-",
                each["reason"],
            )
            for each in found
        ],
    )


def standing(found: Labelled) -> str:
    """Return in a sentence who sees a record now."""
    return f"{found.due.local_id} is {found.state}, seen by " + _audience(
        found.audience.name.lower() if found.audience is not None else None
    )


def _audience(word: str | None) -> str:
    return "nobody" if word is None else word


def _text(value: object) -> str:
    return (", ".join(map(str, value)) or "none") if isinstance(value, list) else str(value)


def _value(text: str) -> str:
    # Retention without either day is spelt as the colon between them.
    return "none" if text == ":" else text


def _cause(cause: Cause) -> dict[str, Any]:
    return {"dimension": cause.dimension, "value": cause.value, "from": list(cause.sources)}
