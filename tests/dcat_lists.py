"""Lists as the DCAT harvester gives them, from loopback sites: what tests ask of them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest

from harvesters.asking import Patience
from harvesters.dcat import DcatHarvester
from node.errors import FairnodeError
from node.harvest.fetch import HttpFetch
from node.model.oai import Checkpoint, Page, Record, Window
from node.model.source import Source
from node.settings import FetchSettings
from tests.servers.dcat_catalogue import Document

PREFIXES = (
    "@prefix dcat: <http://www.w3.org/ns/dcat#> . @prefix dct: <http://purl.org/dc/terms/> . "
    "@prefix ldp: <http://www.w3.org/ns/ldp#> . @prefix hydra: <http://www.w3.org/ns/hydra/core#> . "
    "@prefix foaf: <http://xmlns.com/foaf/0.1/> .\n"
)
EVERYTHING, BEGINNING = Window(), Checkpoint()


def door() -> HttpFetch:
    """Return a way to loopback servers."""
    return HttpFetch(FetchSettings(allow_networks=("127.0.0.0/8",), backoff=0.0, retries=1, pace=0))


def harvester(**more: Any) -> DcatHarvester:
    """Return the harvester, impatient."""
    return DcatHarvester(patience=Patience(tries=2, pause=0.0), **more)


def pages_of(
    url: str,
    *,
    checkpoint: Checkpoint = BEGINNING,
    window: Window = EVERYTHING,
    sets: Sequence[str] = (),
    next_from: str | None = None,
    **more: Any,
) -> list[Page]:
    """Return all pages of a list."""
    source = Source(name="x", url=url, kind="dcat", set_specs=tuple(sets), next_from=next_from)
    return list(harvester(**more).pages(source, door(), window, checkpoint))


def until_it_fails(url: str, **more: Any) -> tuple[list[Page], FairnodeError]:
    """Return the pages that came, and what ended them."""
    pages: list[Page] = []
    source = Source(name="x", url=url, kind="dcat")
    with pytest.raises(FairnodeError) as caught:
        for page in harvester(**more).pages(source, door(), EVERYTHING, BEGINNING):
            pages.append(page)
            assert not page.checkpoint.done, "a list that is not whole is never done"
    return pages, caught.value


def records_of(pages: Sequence[Page]) -> list[Record]:
    """Return the records of pages."""
    return [record for page in pages for record in page.records]


def names(pages: Sequence[Page]) -> list[str]:
    """Return the last path segments of the records' identifiers."""
    return [record.header.identifier.rpartition("/")[2] for record in records_of(pages)]


def codes(pages: Sequence[Page]) -> list[str]:
    """Return the codes of the findings, those of pages first."""
    of_records = [finding.code for record in records_of(pages) for finding in record.findings]
    return [finding.code for page in pages for finding in page.findings] + of_records


def turtle(text: str, **more: Any) -> Document:
    """Return a document written with the usual prefixes."""
    return Document(body=(PREFIXES + text).encode(), **more)
