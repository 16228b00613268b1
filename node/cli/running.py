"""What keeps running: `fairnode serve`, `fairnode demo`."""

from __future__ import annotations

import datetime as dt
import json
import multiprocessing
import shlex
import signal
import threading
from pathlib import Path
from tempfile import TemporaryDirectory

import click

from node.bootstrap import open_node
from node.cli.harvesting import as_dict, summary_line
from node.cli.opened import opened
from node.cli.output import json_option
from node.demo.show import run_demo, sample_again
from node.errors import Conflict, SettingsError
from node.examination import refuse_unsafe_zones
from node.model.run import HarvestRun
from node.settings import Settings, home_folder, load_settings
from node.telemetry import configure_logging
from node.web.server import THREADS, check_address, run_server
from node.worker import Worker


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option("--port", default=8000, show_default=True, type=click.IntRange(1, 65535), help="Port to listen on.")
@click.option("--threads", default=THREADS, show_default=True, help="Requests answered at the same time.")
@click.pass_context
def serve(ctx: click.Context, host: str, port: int, threads: int) -> None:
    """Serve the node: /oai, /sparql, pages, /metrics. It stops at Ctrl-C or SIGTERM."""
    settings = load_settings(home_folder(ctx.find_root().obj))
    # What cannot be opened is told here, once, and not by a worker that dies again and again.
    open_node(settings).close()
    refuse_unsafe_zones(settings)
    click.echo(f"Serving on http://{host}:{port}/ - OAI-PMH at /oai, SPARQL at /sparql", err=True)
    run_server(settings, host, port, threads)


@click.command()
@click.option("--once", is_flag=True, help="Exit when nothing is due any more.")
@json_option
@click.pass_context
def worker(ctx: click.Context, once: bool, as_json: bool) -> None:
    """Harvest sources when they are due, until Ctrl-C or SIGTERM; several workers may share a node.

    A worker that is stopped ends after the page under way; the next one goes on from there.
    """

    def report(run: HarvestRun) -> None:
        click.echo(json.dumps(as_dict(run)) if as_json else summary_line(run))
        if run.error and not as_json:
            click.echo(f"  {run.error.message} [{run.error.code}]\n  {run.error.advice}", err=True)

    with opened(ctx) as node:
        clock = Worker(node, now=lambda: dt.datetime.now(dt.UTC), ended=report)
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: clock.stop())
        if not once:
            click.echo("Waiting for sources to become due; Ctrl-C ends it.", err=True)
        clock.work(once=once)


@click.command()
@click.option("--port", default=8000, show_default=True, type=click.IntRange(1, 65535), help="Port of the node.")
@click.option("--once", is_flag=True, help="Exit after printing the summary.")
@click.option("--keep", type=click.Path(file_okay=False), help="Keep the demo's home here [default: temporary].")
@click.option("--sample", is_flag=True, help="Only let the sample answer again, for the home that --keep names.")
@click.pass_context
def demo(ctx: click.Context, port: int, once: bool, keep: str | None, sample: bool) -> None:
    """The main job on a sample repository, served and harvested over loopback. Touches no node of yours.

    The sample repository ends with the harvest. `fairnode demo --sample --keep DIRECTORY` lets it answer again at the
    address at which a kept home knows it, so that `fairnode --home DIRECTORY harvest datasets` works.
    """
    if sample:
        if keep is None:
            raise SettingsError("which home is the sample for?", advice="Name it with --keep, as when it was made.")
        _let_sample_answer(home_folder(keep))
        return
    if keep is None:
        with TemporaryDirectory(prefix="fairnode-demo-") as folder:
            _demo(Path(folder), port, once)
        return
    home = home_folder(keep)
    if home.exists() and any(home.iterdir()):
        raise SettingsError(f"{home} is not empty", advice="Name an empty or a new folder.")
    _demo(home, port, once)
    click.echo(
        f"\nThe home is kept in {home}. To harvest it again, let the sample answer in another terminal:\n"
        f"  fairnode demo --sample --keep {shlex.quote(str(home))}\n"
        f"  fairnode --home {shlex.quote(str(home))} harvest datasets",
        err=True,
    )


def _let_sample_answer(home: Path) -> None:
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    repository = sample_again(home)
    try:
        with repository:
            click.echo(f"The sample answers at {repository.url} until Ctrl-C.", err=True)
            stop.wait()
    except OSError as error:
        raise Conflict(
            f"{repository.url}: {error.strerror}", advice="End what listens there; is it a sample?"
        ) from error


def _demo(home: Path, port: int, once: bool) -> None:
    configure_logging(level="warning")
    if not once:
        check_address("127.0.0.1", port)
    settings = run_demo(home, f"http://127.0.0.1:{port}", click.echo, lambda text: click.echo(text, err=True))
    if not once:
        click.echo(f"\nServing on {settings.base_url}/ until Ctrl-C.", err=True)
        _serve_apart(settings, port)


def _serve_apart(settings: Settings, port: int) -> None:
    """Serve in a process that begins from nothing: a server forks, and stores that were open do not survive that."""
    server = multiprocessing.get_context("spawn").Process(
        target=run_server, args=(settings, "127.0.0.1", port, THREADS)
    )
    server.start()
    # Ctrl-C reaches the server by itself; to end for any other reason is to end it.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, lambda *_: server.terminate())
    server.join()
    if server.exitcode:
        raise click.exceptions.Exit(1)
