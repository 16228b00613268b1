"""The SPARQL face alone under gunicorn, as the node serves it: real sockets, real chunks, real disconnects."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from flask import Flask

from node.model.label import Audience
from node.model.peer import Viewer
from node.settings import Settings, SparqlSettings, VisitorSettings
from node.storage.graphs import GraphStore, open_graph_store

_LIMITS: dict[str, Any] = {
    "timeout": 3,
    "workers": 1,
    "queue": 1,
    "memory_mb": 256,
    "max_rows": 45_000,
    "max_bytes": 20_000_000,
    "client_burst": 9999,
}

ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class Serving:
    """What the SPARQL face needs of a node."""

    graphs: GraphStore
    settings: Settings

    def asks_as(self, viewer: Viewer) -> Viewer:
        return viewer

    def graphs_of(self, viewer: Viewer) -> GraphStore:
        assert viewer is Audience.PUBLIC
        return self.graphs


def create_endpoint(settings: Settings) -> Flask:
    """Return an application with nothing but `/sparql`."""
    import node.web
    from node.web import problems, sparql, sparql_citation, sparql_description, sparql_graphs, sparql_straight

    app = Flask("endpoint", root_path=str(Path(node.web.__file__ or "").parent))
    for bp in (sparql.bp, sparql_graphs.bp, sparql_citation.bp, sparql_description.bp):
        app.register_blueprint(bp)
    problems.register(app)
    graphs = open_graph_store(settings.store.graphs, settings.home, settings.sparql, settings.store)
    app.extensions["fairnode"] = serving = Serving(graphs, settings)
    app.wsgi_app = sparql_straight.Straight(app, serving, {})  # type: ignore[method-assign]
    return app


def application() -> Flask:
    """The factory that gunicorn calls; settings come from the environment."""
    home = Path(os.environ["SPARQL_HOME"])
    return create_endpoint(
        Settings(
            home=home,
            visitors=VisitorSettings(proxies=1),
            sparql=SparqlSettings(**_LIMITS | json.loads(os.environ.get("SPARQL_SETTINGS", "{}"))),
        )
    )


@contextmanager
def sparql_endpoint(home: Path, **settings: object) -> Iterator[tuple[str, int, int]]:
    """Yield host, port and process id of a gunicorn serving the graphs below `home`, with settings of `[sparql]`."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.set_inheritable(True)
        host, port = listener.getsockname()
        process = subprocess.Popen(
            [
                *(sys.executable, "-m", "gunicorn", "--worker-class", "node.web.worker.Worker"),
                *("--threads", "16"),
                *("--bind", f"fd://{listener.fileno()}", "--limit-request-line", "0", "--no-control-socket"),
                "tests.servers.sparql_endpoint:application()",
            ],
            cwd=ROOT,
            env={
                **os.environ,
                "SPARQL_HOME": str(home),
                "SPARQL_SETTINGS": json.dumps(settings),
                "PYTHONPATH": str(ROOT),
            },
            pass_fds=(listener.fileno(),),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
    try:
        _wait_until_it_answers(host, port, process)
        yield host, port, process.pid
    finally:
        process.terminate()
        try:
            process.wait(timeout=10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _wait_until_it_answers(host: str, port: int, process: subprocess.Popen[bytes]) -> None:
    for _ in range(200):
        assert process.poll() is None, "gunicorn ended while starting"
        try:
            with socket.create_connection((host, port), timeout=1) as probe:
                probe.sendall(b"OPTIONS /sparql HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
                if probe.recv(1024):
                    return
        except OSError:
            pass
        time.sleep(0.05)
    raise AssertionError("gunicorn did not answer within 10 s")
