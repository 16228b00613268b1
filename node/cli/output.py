"""How commands talk: JSON or a table on standard output, progress on standard error where that is a terminal."""

from __future__ import annotations

import datetime as dt
import json
import shutil
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import click
from rich.console import Console
from rich.table import Table

from node.model.report import Severity

UNDECIDED_STATUS = 2
"""The exit status where a record could not be read, or a check could not be decided: neither good nor bad is known."""

json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON.")
fail_on_option = click.option(
    "--fail-on",
    type=click.Choice([*(severity.label for severity in Severity), "never"]),
    default="violation",
    show_default=True,
    help="Exit 1 where a finding is at least this severe.",
)
home_option = click.option(
    "--home", "home", type=click.Path(file_okay=False), help="Home folder of the node; also before the command."
)


def print_json(value: Any) -> None:
    """Print a value as one JSON document; moments are UTC (RFC 3339)."""
    click.echo(json.dumps(value, ensure_ascii=False, indent=2, default=_as_json))


def print_table(columns: Sequence[str], rows: Sequence[Sequence[object]], *, title: str | None = None) -> None:
    """Print a table; numbers are set to the right. Harvested text is printed as text, never as mark-up."""
    table = Table(title=title, box=None, header_style="bold", title_justify="left", pad_edge=False)
    for index, column in enumerate(columns):
        numeric = bool(rows) and all(isinstance(row[index], int | float) for row in rows)
        table.add_column(column, justify="right" if numeric else "left", overflow="fold")
    for row in rows:
        table.add_row(*(plain(cell) for cell in row))
    width = None if sys.stdout.isatty() else 160
    Console(file=sys.stdout, markup=False, highlight=False, width=width, emoji=False).print(table)


def print_facts(values: Mapping[str, object]) -> None:
    """Print what is known of one thing, a line each; what is within another is named `outer.inner`."""
    print_table(("key", "value"), list(_facts(values)))


def progress_line() -> tuple[Callable[[str], None], Callable[[], None]]:
    """Return a function that shows a line of progress and one that clears it; both are silent off a terminal."""
    if not sys.stderr.isatty():
        return lambda text: None, lambda: None

    def show(text: str) -> None:
        # A line that is longer than the terminal cannot be taken back.
        room = shutil.get_terminal_size().columns - 1
        sys.stderr.write(f"\r\033[K{plain(text)[:room]}")
        sys.stderr.flush()

    def clear() -> None:
        sys.stderr.write("\r\033[K")
        sys.stderr.flush()

    return show, clear


def plain(cell: object) -> str:
    """Return what may be printed of a value that somebody else wrote."""
    # A harvested control character must not steer the terminal.
    return "".join(char if char.isprintable() else " " for char in str(cell))


def _facts(values: Mapping[str, object], within: str = "") -> Iterator[tuple[str, str]]:
    for name, value in values.items():
        if isinstance(value, Mapping):
            yield from _facts(value, f"{within}{name}.")
        elif isinstance(value, dt.datetime):
            yield within + name, f"{value:%Y-%m-%d %H:%M:%S} UTC"
        elif isinstance(value, list | tuple):
            yield within + name, ", ".join(map(str, value)) or "-"
        else:
            yield within + name, "-" if value is None or value == "" else str(value)


def _as_json(value: object) -> str:
    return f"{value:%Y-%m-%dT%H:%M:%SZ}" if isinstance(value, dt.datetime) else str(value)
