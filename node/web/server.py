"""The web process: gunicorn with threads, one worker process, bound to loopback unless told otherwise."""

from __future__ import annotations

import gc
import socket
from typing import Any

from flask import Flask
from gunicorn.app import base

from node.bootstrap import open_node
from node.errors import SettingsError
from node.issuers import open_issuers
from node.settings import Settings
from node.telemetry import configure_logging
from node.web import create_app
from node.web.refusals import refusals_of

THREADS = 16
"""Requests answered at the same time: more than all queries that may be under way or wait (`[sparql]`)."""


def run_server(settings: Settings, host: str, port: int, threads: int) -> None:
    """Serve until a signal ends it (Ctrl-C, SIGTERM).

    Raises:
        SettingsError: the address cannot be listened on, or the environment lacks the secret of a client.
    """
    open_issuers(settings)  # said here: in the worker it would be a crash
    check_address(host, port)
    _Server(settings, host, port, threads).run()


def check_address(host: str, port: int) -> None:
    """Look whether an address can be listened on.

    Raises:
        SettingsError: it cannot.
    """
    try:
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        with socket.socket(family) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind((host, port))
    except OSError as error:
        raise SettingsError(
            f"{host}:{port} cannot be listened on: {error.strerror}", advice="Choose another --port or --host."
        ) from error


_Base: Any = base.BaseApplication  # gunicorn has no types


class _Server(_Base):  # type: ignore[misc]
    def __init__(self, settings: Settings, host: str, port: int, threads: int) -> None:
        self._settings = settings
        self._options: dict[str, Any] = {
            "bind": f"[{host}]:{port}" if ":" in host else f"{host}:{port}",
            "workers": 1,
            "worker_class": "node.web.worker.Worker",
            "threads": threads,
            "timeout": 0,
            "graceful_timeout": 10,
            "loglevel": "warning",
            "control_socket_disable": True,
            # The query guard has a limit of its own, with an answer that says so.
            "limit_request_line": 0,
            "proc_name": "fairnode",
            "worker_exit": lambda _server, worker: worker.app.close(),
        }
        self._node: Any = None
        self._flask: Flask | None = None
        super().__init__()

    def load_config(self) -> None:
        for key, value in self._options.items():
            if key in self.cfg.settings:
                self.cfg.set(key, value)

    def load(self) -> Flask:
        # Called in the worker: connections, threads and query processes must not be carried over a fork.
        configure_logging(log_format=self._settings.log_format, level=self._settings.log_level)
        self._node = open_node(self._settings)
        self._flask = create_app(self._node)
        # What is here by now stays: each full collection would look through all of it, and every answer would wait.
        gc.collect()
        gc.freeze()
        return self._flask

    def close(self) -> None:
        """Enter what was refused, and let go of the stores, when the worker ends."""
        if self._flask is not None:
            refusals_of(self._flask).flush()
        if self._node is not None:
            self._node.close()
