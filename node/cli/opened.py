"""The node that a command is about, opened and closed again."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager

import click

from node.bootstrap import open_node
from node.node import Node
from node.settings import home_folder, load_settings
from node.telemetry import configure_logging


@contextmanager
def opened(ctx: click.Context) -> Iterator[Node]:
    """Open the node that the command is about, and close it again."""
    settings = load_settings(home_folder(ctx.find_root().obj))
    configure_logging(log_format=settings.log_format, level="warning" if sys.stderr.isatty() else settings.log_level)
    node = open_node(settings)
    try:
        yield node
    finally:
        node.close()
