"""A node of its own for a test, driven the way a person drives it: by the command line, in processes of their own."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.servers import warm

POOLED = {"FAIRNODE_COMPUTE__EXECUTOR": "processes"}
"""The environment of a node that computes as it does by default: in processes of its own."""


@dataclass
class Home:
    """A node's home and the environment its commands run in."""

    path: Path
    environment: dict[str, str] = field(default_factory=dict)

    def run(self, *arguments: str, status: int | None = 0) -> subprocess.CompletedProcess[str]:
        """Run a command to its end; `status` is the exit status it must have (`None`: any)."""
        done = warm.run(self._arguments(arguments), self._env(), 600)
        if status is not None:
            assert done.returncode == status, f"{arguments} exited {done.returncode}:\n{done.stdout}\n{done.stderr}"
        return done

    def json(self, *arguments: str, status: int | None = 0) -> Any:
        """Run a command with --json and return what it printed."""
        return json.loads(self.run(*arguments, "--json", status=status).stdout)

    def start(self, *arguments: str) -> subprocess.Popen[str]:
        """Start a command and leave it running."""
        return subprocess.Popen(
            self._command(arguments),
            env=self._env(),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )

    @contextmanager
    def serving(self) -> Iterator[str]:
        """Serve the node on a free port; yield its base URL as the server is reached (not as settings name it)."""
        port = free_port()
        process = self.start("serve", "--port", str(port))
        try:
            wait_for(f"http://127.0.0.1:{port}/healthz", process)
            yield f"http://127.0.0.1:{port}"
        finally:
            process.terminate()
            process.communicate(timeout=30)

    def _command(self, arguments: tuple[str, ...]) -> list[str]:
        return [sys.executable, "-m", "node", *self._arguments(arguments)]

    def _arguments(self, arguments: tuple[str, ...]) -> list[str]:
        return ["--home", str(self.path), *arguments]

    def _env(self) -> Mapping[str, str]:
        # Processes of its own cost each command a second or two; tests that are about them ask for them.
        usual = {"FAIRNODE_FETCH__BACKOFF": "0.05", "FAIRNODE_COMPUTE__EXECUTOR": "inline"}
        return {**os.environ, **usual, **self.environment}


def free_port() -> int:
    """Return a port nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port


def wait_for(url: str, process: subprocess.Popen[str], seconds: float = 30) -> None:
    """Wait until the URL answers, at most so long."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if process.poll() is not None:
            raise AssertionError(f"the server ended: {process.communicate()}")
        try:
            with urllib.request.urlopen(url, timeout=2):
                return
        except OSError:
            time.sleep(0.05)
    raise AssertionError(f"{url} does not answer")
