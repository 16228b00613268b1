"""How commands talk: JSON or a table on standard output, progress on standard error where that is a terminal."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Sequence
from typing import Any

import click
from rich.console import Console
from rich.table import Table

json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON.")
home_option = click.option(
    "--home", "home", type=click.Path(file_okay=False), help="Home folder of the node; also before the command."
)


def print_json(value: Any) -> None:
    """Print a value as one JSON document."""
    click.echo(json.dumps(value, ensure_ascii=False, indent=2, default=str))


def print_table(columns: Sequence[str], rows: Sequence[Sequence[object]], *, title: str | None = None) -> None:
    """Print a table; numbers are set to the right. Harvested text is printed as text, never as mark-up."""
    table = Table(title=title, box=None, header_style="bold", title_justify="left", pad_edge=False)
    for index, column in enumerate(columns):
        numeric = bool(rows) and all(isinstance(row[index], int | float) for row in rows)
        table.add_column(column, justify="right" if numeric else "left", overflow="fold")
    for row in rows:
        table.add_row(*(_plain(cell) for cell in row))
    width = None if sys.stdout.isatty() else 160
    Console(file=sys.stdout, markup=False, highlight=False, width=width, emoji=False).print(table)


def progress_line() -> tuple[Callable[[str], None], Callable[[], None]]:
    """Return a function that shows a line of progress and one that clears it; both are silent off a terminal."""
    if not sys.stderr.isatty():
        return lambda text: None, lambda: None

    def show(text: str) -> None:
        sys.stderr.write(f"\r\033[K{_plain(text)}")
        sys.stderr.flush()

    def clear() -> None:
        sys.stderr.write("\r\033[K")
        sys.stderr.flush()

    return show, clear


def _plain(cell: object) -> str:
    # A harvested control character must not steer the terminal.
    return "".join(char if char.isprintable() else " " for char in str(cell))
