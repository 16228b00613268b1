"""The reference pages that are made from the code: settings, commands, errors, metrics, checks of profiles.

`python -m tests.docs.reference` writes them; a test fails while a page and the code differ.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import click
from prometheus_client import CollectorRegistry
from pydantic import BaseModel
from pydantic_core import PydanticUndefined

import node.identity_errors
import node.visitor_errors  # noqa: F401 -- so that its errors are known
from node.cli import main
from node.credential_settings import CredentialSettings
from node.errors import FairnodeError
from node.identity_settings import IssuerSettings, RoleSettings
from node.peer_settings import FloorSettings, PeerSettings
from node.settings import Settings, ZoneSettings
from node.telemetry import OPERATORS_ONLY, REGISTRY
from tests.docs import shape_pages
from tests.docs.example_queries import example_queries
from tests.docs.standards import standards

FOLDER = Path(__file__).resolve().parents[2] / "docs" / "reference"


def settings() -> str:
    """Return docs/reference/settings.md."""
    lines = [
        "# Settings",
        "",
        "Settings live in `fairnode.toml` in the node's home folder. Each key can be given as an environment variable",
        "too, and the environment wins: `FAIRNODE_` and the key in capitals, two underscores between section and key,",
        "such as `FAIRNODE_OAI__PAGE_SIZE=200`; lists and tables are written as JSON. An unknown key is an error.",
        "Secrets never go into the file: S3 keys come from the environment variables that the zone names.",
        "",
        "`FAIRNODE_HOME` names the home folder; without it, it is `./fairnode-home`. `fairnode check` shows what is in",
        "force and tries every store.",
        "",
    ]
    sections: list[tuple[str, Any]] = [("", Settings)]
    for name, field in Settings.model_fields.items():
        if isinstance(field.annotation, type) and issubclass(field.annotation, BaseModel):
            sections.append((name, field.annotation))
    for name, model in sections:
        lines += [f"## `[{name}]`" if name else "## Top level", ""]
        if name:
            lines += [str(model.__doc__).strip(), ""]
        lines += list(_keys(name, model))
        if not name:
            lines += ["### `[[peers]]`", "", _paragraph(PeerSettings), "", *_keys("peers", PeerSettings)]
            lines += ["### `[peers.record_floor]`, `[peers.data_floor]`", "", _paragraph(FloorSettings), ""]
            lines += list(_keys("peers.record_floor", FloorSettings))
            lines += ["### `[[credentials]]`", "", _paragraph(CredentialSettings), ""]
            lines += list(_keys("credentials", CredentialSettings))
        if name == "store":
            lines += ["### `[[store.zones]]`", "", str(ZoneSettings.__doc__).strip(), ""]
            lines += list(_keys("store.zones", ZoneSettings))
        if name == "identity":
            for below, kind in (("issuers", IssuerSettings), ("issuers.roles", RoleSettings)):
                lines += [f"### `[[identity.{below}]]`", "", str(kind.__doc__).strip(), ""]
                lines += list(_keys(f"identity.{below}", kind))
    return "\n".join(lines)


def commands() -> str:
    """Return docs/reference/commands.md."""
    lines = [
        "# Commands",
        "",
        "Data goes to standard output, everything else to standard error. Exit status: 0 done, 1 findings or an",
        "unbalanced ledger, 2 usage or settings, 3 a peer failed, 130 interrupted. Every listing takes `--json`",
        "([what it prints](command-json.md)).",
        "",
    ]
    for path, command in _commands("fairnode", main):
        names = main.context_settings["help_option_names"]
        context = click.Context(
            command, info_name=path, max_content_width=110, terminal_width=110, help_option_names=names
        )
        lines += [f"## `{path}`", "", "```text", command.get_help(context).strip(), "```", ""]
    return "\n".join(lines)


def errors() -> str:
    """Return docs/reference/errors.md."""
    lines = [
        "# Errors",
        "",
        "What can go wrong with the world around the node. Each error has a stable code, which stands in messages, in",
        "`error.code` of JSON output and in problem documents (`urn:fairnode:error:CODE`). What is wrong with a single",
        "record is never one of these: it is a finding, and the record ends in the ledger with a reason.",
        "",
        "| code | what it means | what to do | exit status |",
        "| --- | --- | --- | --- |",
    ]
    for error in sorted(_tree(FairnodeError), key=lambda item: item.code):
        meaning = str(error.__doc__).strip().splitlines()[0]
        lines.append(f"| `{error.code}` | {meaning} | {error.advice} | {error.exit_status} |")
    return "\n".join([*lines, ""])


def metrics() -> str:
    """Return docs/reference/metrics.md."""
    lines = [
        "# Metrics",
        "",
        "`/metrics` answers in the Prometheus text format. What counts records whoever may see them is told to",
        "operators only: have the scraper send a token of `fairnode token create --role operator` (`authorization` of",
        "the job).",
        "",
        "| metric | kind | labels | told to | what it counts |",
        "| --- | --- | --- | --- | --- |",
    ]
    for name, kind, labels, text in _metrics(REGISTRY):
        lines.append(f"| `{name}` | {kind} | {', '.join(labels) or '-'} | {_told_to(name)} | {text} |")
    return "\n".join([*lines, ""])


def _told_to(metric: str) -> str:
    return "operators" if metric.removesuffix("_total") in OPERATORS_ONLY else "everybody"


PAGES: dict[str, Callable[[], str]] = {
    "settings.md": settings,
    "commands.md": commands,
    "errors.md": errors,
    "metrics.md": metrics,
    "standards.md": standards,
    "sparql-examples.md": example_queries,
    **{f"shapes/{name}.md": partial(shape_pages.page, name) for name in shape_pages.PROFILES},
}


def _keys(section: str, model: type[BaseModel]) -> Iterator[str]:
    yield "| key | default | meaning |"
    yield "| --- | --- | --- |"
    for name, field in model.model_fields.items():
        nested = isinstance(field.annotation, type) and issubclass(field.annotation, BaseModel)
        if nested or field.exclude:
            continue
        default = "" if field.default is PydanticUndefined else _default(field.default)
        yield f"| `{name}` | {default} | {field.description} |"
    yield ""


def _paragraph(model: type[BaseModel]) -> str:
    return " ".join(str(model.__doc__).split())


def _default(value: object) -> str:
    if isinstance(value, tuple) and all(isinstance(each, str) for each in value):
        return f"`{json.dumps(list(value))}`"
    if isinstance(value, tuple):
        return "one zone, `default`"
    return f'`"{value}"`' if isinstance(value, str) else f"`{value}`"


def _commands(path: str, command: click.Command) -> Iterator[tuple[str, click.Command]]:
    yield path, command
    if isinstance(command, click.Group):
        context = click.Context(command)
        for name in sorted(command.list_commands(context)):
            below = command.get_command(context, name)
            assert below is not None
            yield from _commands(f"{path} {name}", below)


def _tree(error: type[FairnodeError]) -> Iterator[type[FairnodeError]]:
    yield error
    for below in error.__subclasses__():
        if below.__module__.startswith("node"):
            yield from _tree(below)


def _metrics(registry: CollectorRegistry) -> Iterator[tuple[str, str, tuple[str, ...], str]]:
    for collector in registry._collector_to_names:
        (family,) = collector.describe()
        suffix = "_total" if family.type == "counter" else ""
        yield family.name + suffix, family.type, tuple(collector._labelnames), family.documentation  # type: ignore[attr-defined]


if __name__ == "__main__":
    for page, make in PAGES.items():
        (FOLDER / page).write_text(make(), encoding="utf-8")
