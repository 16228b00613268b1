"""What a fault scenario is, and how one is played: from the hostile server through the whole pipeline into a node."""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from operator import attrgetter
from typing import Any

import sqlalchemy as sa
from lxml.etree import _Element as Element

from harvesters.asking import Patience
from harvesters.oai_pmh import OaiPmhHarvester
from node.harvest.fetch import HttpFetch
from node.model.run import HarvestRun, RunStatus
from node.model.source import Source
from node.node import Node
from node.pipeline import harvest_source
from node.settings import FetchSettings
from node.storage import ledger as ledger_store
from node.storage.tables import records
from node.syntax import parse_xml
from tests.faults.documents import ALL, FIRST, IDENTIFY, LAST, SECOND, error
from tests.servers.hostile import Asked, Hostile, Reply, Script

CLOCK = dt.datetime(2026, 6, 1, 0, 10, tzinfo=dt.UTC)
"""The harvester's own time: windows of datestamps end here."""

Answers = bytes | Reply | Sequence[bytes | Reply]
"""What a request gets: always the same, or one after the other (the last repeats)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Scenario:
    """One fault, and what must come of it.

    Attributes:
        name: the fault, as a source's name.
        script: the repository.
        kept: identifiers that are live in the node afterwards.
        other: what the ledger says of the other identifiers listed.
        error: the code a failed run ends with; empty where it is ok.
        requests: what the server was asked, redirects and repetitions included.
        unsent: what the run counts besides, because an address was refused only when it was to be connected to.
        findings: codes noted on the run, in order.
        titles: titles of records that must have come through unharmed.
        waited: least and most seconds of patience the run had between its requests.
        source: of the source, besides its name; its URL is the script's where none is given.
        fetch: of the fetch settings.
    """

    name: str
    script: Script
    kept: Sequence[str] = ALL
    other: Mapping[str, str] = field(default_factory=dict)
    error: str = ""
    requests: int = 4
    unsent: int = 0
    findings: tuple[str, ...] = ()
    titles: Mapping[str, str] = field(default_factory=dict)
    waited: tuple[float, float] = (0, 60)
    source: Mapping[str, Any] = field(default_factory=dict)
    fetch: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Played:
    """What came of a scenario.

    Attributes:
        live: titles of live records by identifier.
        ledger: (state, code) by identifier.
        waited: seconds of patience.
    """

    run: HarvestRun
    asked: tuple[Asked, ...]
    live: Mapping[str, str]
    ledger: Mapping[str, tuple[str, str]]
    findings: tuple[str, ...]
    waited: float


def serve(
    *,
    identify: Answers = IDENTIFY,
    first: Answers = FIRST,
    two: Answers = SECOND,
    three: Answers = LAST,
    more: Mapping[str, Answers] | None = None,
) -> Script:
    """Return a repository of three pages that goes by the tokens alone; `more` are pages by other tokens."""
    pages = {"two": two, "three": three, **(more or {})}

    def script(asked: Asked) -> Reply:
        verb, token = asked.params.get("verb"), asked.params.get("resumptionToken")
        if verb == "Identify":
            return reply(identify, asked.nth)
        if verb != "ListRecords" or (token is None) == ("metadataPrefix" not in asked.params):
            return reply(error("badArgument"))
        return reply(first if token is None else pages.get(token, error("badResumptionToken")), asked.nth)

    return script


def reply(answers: Answers, nth: int = 0) -> Reply:
    """Return the answer to a request that comes for the nth time."""
    if not isinstance(answers, (bytes, Reply)):
        answers = answers[min(nth, len(answers) - 1)]
    return answers if isinstance(answers, Reply) else Reply(body=answers)


by_name = attrgetter("name")
"""How tests name the scenarios they are run with."""


class Stage:
    """A node and a hostile server; every scenario is a source of its own.

    Between requests nobody waits: the seconds are counted, and the clock is set forward instead.
    """

    def __init__(self, node: Node, server: Hostile) -> None:
        self.node, self.server = node, server
        self.waited = 0.0

    def play(self, scenario: Scenario, **more: Any) -> Played:
        """Register the scenario's repository, harvest it, and say what came of it."""
        url = self.server.mount(scenario.name, scenario.script)
        self.node.sources.add(Source(**{"name": scenario.name, "url": url, **scenario.source}), now())
        return self.again(scenario, **more)

    def again(self, scenario: Scenario, **more: Any) -> Played:
        """Harvest a scenario's repository once more, as it has become."""
        self.server.mount(scenario.name, scenario.script)
        self.waited = 0.0
        run = harvest_source(self._patient(scenario), scenario.name, **{"now": now, **more})
        return self.account(run)

    def account(self, run: HarvestRun) -> Played:
        """Return what came of a run."""
        stored = self.node.sources.get(run.source)
        live = sa.select(records.c.identifier, records.c.title).where(
            records.c.source_id == stored.id, records.c.state == "live"
        )
        with self.node.database.read() as connection:
            titles = {row.identifier: row.title for row in connection.execute(live)}
            entries = list(ledger_store.entries(connection, run.run))
        return Played(
            run=run,
            asked=self.server.asked(run.source),
            live=titles,
            ledger={entry.identifier: (entry.outcome.value, entry.code) for entry in entries},
            findings=tuple(finding.code for finding in self.node.runs.findings(run.run)),
            waited=self.waited,
        )

    def raw(self, scenario: Scenario, identifier: str) -> Element:
        """Return what is kept of a live record as it was harvested."""
        stored = self.node.sources.get(scenario.name)
        digest = sa.select(records.c.raw_digest).where(
            records.c.source_id == stored.id, records.c.identifier == identifier
        )
        with self.node.database.read() as connection:
            return parse_xml(self.node.inventory.get("raw", connection.execute(digest).scalar_one()))

    def _patient(self, scenario: Scenario) -> Node:
        settings = FetchSettings(**{**_QUICK, **scenario.fetch})
        return replace(
            self.node,
            harvesters={"oai-pmh": OaiPmhHarvester(patience=Patience(sleep=self._sleep), clock=lambda: CLOCK)},
            open_fetch=lambda source: HttpFetch(settings, sleep=self._sleep, clock=self._clock),
        )

    def _sleep(self, seconds: float) -> None:
        self.waited += seconds

    def _clock(self) -> float:
        return time.monotonic() + self.waited


def check(played: Played, scenario: Scenario) -> None:
    """Assert that a scenario went as it must."""
    run = played.run
    assert run.balanced and run.listed == len(played.ledger) == sum(run.counts.values())
    assert run.error is None or (run.error.message and run.error.advice)
    assert (run.status, run.error and run.error.code) == (
        (RunStatus.FAILED, scenario.error) if scenario.error else (RunStatus.OK, None)
    ), run.error
    assert sorted(played.live) == sorted(scenario.kept)
    # A record that is held has its reason as a code; the table names the state alone where there is none.
    states = {name: "/".join(filter(None, entry)) for name, entry in played.ledger.items()}
    assert states == {**dict.fromkeys(scenario.kept, "created"), **scenario.other}
    assert played.findings == scenario.findings
    assert {name: played.live[name] for name in scenario.titles} == scenario.titles
    assert len(played.asked) == scenario.requests, [asked.query for asked in played.asked]
    assert run.requests == scenario.requests + scenario.unsent
    least, most = scenario.waited
    assert least <= played.waited <= most


def now() -> dt.datetime:
    """Return the time."""
    return dt.datetime.now(dt.UTC)


_QUICK: Mapping[str, Any] = {"allow_networks": ("127.0.0.1/32",), "backoff": 0.5, "retries": 2, "timeout": 5}
