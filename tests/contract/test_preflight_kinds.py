"""A preflight of each kind of repository: described, sampled, mapped, audited, and without OAI-PMH's own words."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

from node.bootstrap import find_harvesters
from node.model.preflight import Incremental, Verdict
from node.model.source import Source
from node.preflight import Limits, PreflightReport, opening, preflight
from node.settings import FetchSettings
from tests.servers import sitemap
from tests.servers.ckan import CkanPortal, package
from tests.servers.fair_data_point import FairDataPoint
from tests.servers.ldes import Feed

FETCH = FetchSettings(allow_networks=("127.0.0.0/8",), backoff=0.01, retries=1)


@contextmanager
def ckan() -> Iterator[str]:
    with CkanPortal([package(n, modified=f"2026-01-0{1 + n % 3}T00:00:00.123456") for n in range(12)]) as portal:
        yield portal.url


@contextmanager
def dcat() -> Iterator[str]:
    with FairDataPoint({"ocean": [f"d{n}" for n in range(12)]}) as point:
        yield point.url


@contextmanager
def ldes() -> Iterator[str]:
    with Feed([("Create", f"d{n}", f"Series {n}") for n in range(12)]) as feed:
        yield feed.url


@contextmanager
def site() -> Iterator[str]:
    with sitemap.Site() as pages:
        for number in range(12):
            pages.dataset(f"/dataset/{number}", f"Series {number}")
        pages.list({f"/dataset/{number}": f"2026-01-0{1 + number % 3}T00:00:00Z" for number in range(12)})
        yield pages.url


def look_over(kind: str, url: str) -> PreflightReport:
    harvester = find_harvesters()[kind]
    return preflight(
        Source(name="x", url=url, kind=kind, metadata_prefix=harvester.metadata_prefix),
        harvester,
        opening(FETCH),
        now=dt.datetime.now(dt.UTC),
        limits=Limits(sample=50, seconds=30),
    )


@pytest.mark.parametrize(
    ("kind", "serve", "incremental"),
    [
        ("ckan", ckan, Incremental.WORKS),
        ("dcat", dcat, Incremental.UNCHECKED),
        ("ldes", ldes, None),
        ("sitemap", site, Incremental.WORKS),
    ],
)
def test_every_kind_of_repository_is_looked_over(
    kind: str, serve: Callable[[], Iterator[str]], incremental: Incremental | None
) -> None:
    with serve() as url:  # type: ignore[attr-defined]
        report = look_over(kind, url)

    assert report.error is None and report.verdict is not Verdict.FAILED
    assert report.description is not None and report.description.protocol
    assert (report.sample.records, report.sample.checked, report.sample.whole) == (12, 12, True)
    assert report.sample.max_score > 0 and report.estimate.records == 12
    assert report.fixes and all(fix.examples and fix.examples[0].identifier for fix in report.fixes)
    assert incremental in (None, report.incremental), report.incremental_note
    said = " ".join(f"{fix.message} {fix.advice}" for fix in report.conformance)
    assert "Identify" not in said and "deletedRecord" not in said and "metadata prefix" not in said
