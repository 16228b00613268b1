"""A node with a source whose records can be changed, for tests of audits."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from node.audit.running import AuditRun, audit_sources
from node.bootstrap import initialise, open_node
from node.model.audit import Audit, Judgement, Yardstick
from node.model.oai import Window
from node.model.source import Source
from node.node import Node
from node.pipeline import harvest_source
from node.settings import ComputeSettings, FetchSettings, Settings, ValidationSettings
from node.storage.audits import Audits
from node.storage.judgements import Judgements
from tests.servers.oai_pages import OaiPages, oai_dc_record

LICENCE = "<dc:rights>https://creativecommons.org/licenses/by/4.0/</dc:rights>"
SHAPES = """
@prefix sh: <http://www.w3.org/ns/shacl#> .
@prefix dcat: <http://www.w3.org/ns/dcat#> .
@prefix dct: <http://purl.org/dc/terms/> .
@prefix fns: <https://w3id.org/fairnode/shapes#> .
fns:LIC sh:path dct:license ; sh:minCount 1 ; sh:targetClass dcat:Dataset ; sh:severity sh:Warning ;
    a sh:PropertyShape ; sh:name "licence" ; sh:message "The record names no licence." ; fns:advice "Name one." ;
    fns:principle "R1.1" ; fns:points 3 .
fns:TIT sh:path dct:title ; sh:maxLength 12 ; sh:targetClass dcat:Dataset ; sh:severity sh:Violation ;
    a sh:PropertyShape ; sh:name "title" ; sh:message "The title is long." ; fns:advice "Shorten it." ;
    fns:principle "F2" ; fns:points 1 .
"""


def now() -> dt.datetime:
    """Return the time."""
    return dt.datetime.now(dt.UTC)


def name(number: int) -> str:
    """Return the identifier of a record."""
    return f"oai:example.org:{number:03}"


@dataclass
class Audited:
    """A node, its source `mine`, and a profile of two rules: LIC (a licence) and TIT (a short title)."""

    node: Node
    repository: OaiPages
    profile: str

    def harvest(self, source: str = "mine") -> None:
        """Harvest everything anew."""
        assert harvest_source(self.node, source, now=now, window=Window()).balanced

    def audit(self, *names: str, at: dt.datetime | None = None) -> AuditRun:
        """Audit some sources, or all."""
        return audit_sources(self.node, names, self.profile, now=(lambda: at) if at else now)

    def results(self, audit: Audit) -> dict[str, Judgement]:
        """Return an audit's judgements by the records' identifiers."""
        return {each.identifier: each for each in Audits(self.node.database).results(audit)}

    def measure(self, audit: Audit) -> Yardstick:
        """Return what an audit was made with."""
        return Judgements(self.node.database).measure(audit.yardstick)


@contextmanager
def audited(folder: Path, records: int = 5, *, database: str = "sqlite:///node.db") -> Iterator[Audited]:
    """Open a node that has harvested some records without a licence, with short titles."""
    folder.mkdir(exist_ok=True)
    profile = folder / "rules.ttl"
    profile.write_text(SHAPES)
    settings = Settings(
        fetch=FetchSettings(allow_networks=("127.0.0.0/8",), backoff=0.01, retries=0),
        compute=ComputeSettings(executor="inline"),
        validation=ValidationSettings(profile=""),
    ).model_copy(update={"home": folder / "home"})
    settings = settings.model_copy(update={"store": settings.store.model_copy(update={"database": database})})
    initialise(settings, now())
    node = open_node(settings)
    try:
        with OaiPages([oai_dc_record(name(number), "Short") for number in range(records)]) as repository:
            node.sources.add(Source(name="mine", url=repository.url), now())
            one = Audited(node, repository, str(profile))
            one.harvest()
            yield one
    finally:
        node.close()
