"""The demonstration: a fresh node harvests the sample repository over loopback, and tells what came of it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlsplit

from node.bootstrap import initialise, open_node
from node.demo.repository import SampleRepository
from node.errors import NotFound
from node.model.run import HarvestRun
from node.model.source import Agreement, Source
from node.node import Node
from node.pipeline import harvest_source
from node.settings import SETTINGS_FILE, FetchSettings, Settings, load_settings
from node.storage.graphs import GraphQuery

QUERY = """PREFIX dcat: <http://www.w3.org/ns/dcat#>
PREFIX dct: <http://purl.org/dc/terms/>
PREFIX fni: <https://w3id.org/fairnode/infrastructure#>
SELECT ?title ?offer WHERE {
  ?service dcat:keyword "synchrotron radiation"@en ; fni:accessType fni:access-remote ;
    dct:title ?offer ; dct:isPartOf ?infrastructure .
  ?dataset dct:publisher ?infrastructure ; dct:title ?title .
  ?catalogue dcat:dataset ?dataset .
} ORDER BY ?title LIMIT 5"""

Say = Callable[[str], None]
_FIRST = "datasets"


def run_demo(home: Path, base_url: str, say: Say, note: Say) -> Settings:
    """Make a node in `home`, harvest the sample repository, and tell the result.

    Args:
        base_url: the address the node will be served at.
        say: takes each line of the result.
        note: takes each line of progress.

    Returns:
        The settings to serve the node with.
    """
    settings = Settings(
        base_url=base_url,
        oai={"repository_name": "fairnode demonstration", "admin_email": "demo@example.org"},
        fetch=FetchSettings(allow_networks=("127.0.0.0/8",), backoff=0.1),
    ).model_copy(update={"home": home})
    initialise(settings, dt.datetime.now(dt.UTC))
    with (home / SETTINGS_FILE).open("a", encoding="utf-8") as file:
        # The sample lies on this machine, where nothing is fetched from unless the settings say so.
        file.write('\n[fetch]\nallow_networks = ["127.0.0.0/8"]\n')
    node = open_node(settings)
    try:
        with SampleRepository(port=0) as repository:
            note(f"Meanwhile a sample infrastructure repository answers at {repository.url}")
            runs = [_harvest(node, source, note) for source in _sources(repository.url, repository.catalogue_url)]
        _tell(node, runs, say)
    finally:
        node.close()
    return settings


def sample_again(home: Path) -> SampleRepository:
    """Return the sample repository at the address at which a kept home of `run_demo` knows it, not yet listening.

    Raises:
        NotFound: the home is none of a demonstration.
    """
    advice = "Make one: fairnode demo --once --keep DIRECTORY."
    if not home.exists():
        raise NotFound(f"there is no {home}", advice=advice)
    node = open_node(load_settings(home))
    try:
        url = urlsplit(node.sources.get(_FIRST).source.url)
    finally:
        node.close()
    if url.hostname != "127.0.0.1" or url.port is None:
        raise NotFound(f"{home} is no demonstration's home", advice=advice)
    return SampleRepository(port=url.port)


def _sources(url: str, catalogue: str) -> tuple[Source, ...]:
    agreement = Agreement(operator="Sample infrastructures", country="FIN", contact="data@example.org")
    return (
        Source(name=_FIRST, url=url, metadata_prefix="oai_datacite", set_specs=("data",), agreement=agreement),
        Source(name="services", url=url, metadata_prefix="oai_dc", set_specs=("services",), agreement=agreement),
        Source(name="infrastructures", url=catalogue, kind="dcat", metadata_prefix="dcat", agreement=agreement),
    )


def _harvest(node: Node, source: Source, note: Say) -> HarvestRun:
    node.sources.add(source, dt.datetime.now(dt.UTC))
    note(f"Harvesting {source.name} ({source.metadata_prefix}) ...")
    return harvest_source(node, source.name, now=lambda: dt.datetime.now(dt.UTC))


def _tell(node: Node, runs: list[HarvestRun], say: Say) -> None:
    say("THE LEDGER")
    for run in runs:
        outcomes = ", ".join(f"{count} {outcome.value}" for outcome, count in run.counts.items() if count)
        balance = "balanced" if run.balanced else "NOT BALANCED"
        say(f"  {run.source}: {run.listed} listed = {outcomes}; {run.status.value}, {balance}")
    say("")
    say("FAIR SUMMARY")
    today = dt.datetime.now(dt.UTC).date()
    for summary in node.summaries.sources(today=today):
        score = f"{summary.score:.0%} of the points" if summary.score is not None else "not audited"
        say(f"  {summary.source}: {summary.live} live, {summary.held} held back, {score}")
    say("  Most frequent findings:")
    for finding in node.summaries.top_findings(limit=8, today=today):
        say(f"    {finding.records:>4} records  {finding.severity.label:<9}  {finding.code}: {finding.message[:90]}")
        if finding.advice:
            say(f"                  mend: {finding.advice[:100]}")
    say("")
    say("AN EXAMPLE QUERY")
    for line in QUERY.splitlines():
        say(f"  {line}")
    answer = node.graphs.query(GraphQuery(text=QUERY, media_type="text/csv"))
    try:
        for line in b"".join(answer.chunks()).decode().splitlines():
            say(f"    {line}")
    finally:
        answer.close()
    base = node.settings.base_url
    say("")
    say("WHERE THINGS ARE")
    for what, path in (
        ("start page", "/"),
        ("sources and findings", "/sources"),
        ("OAI-PMH", "/oai?verb=ListRecords&metadataPrefix=oai_dc"),
        ("SPARQL", "/sparql"),
        ("metrics", "/metrics"),
    ):
        say(f"  {what:<21} {base}{path}")
