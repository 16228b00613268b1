"""The OAI-PMH client alone: pages fetched, read and cut into records with their raw XML, nothing stored."""

from __future__ import annotations

import statistics
import subprocess
import sys
import time
from collections.abc import Callable

import requests
from lxml import etree

from harvesters.oai_pmh import HARVESTER
from node.harvest.fetch import HttpFetch
from node.model.oai import Checkpoint, Window
from node.model.source import Source
from node.settings import FetchSettings
from tests.benchmarks.repository import repository
from tests.peak import peak_mib

_OAI = "{http://www.openarchives.org/OAI/2.0/}"


def bare_loop(url: str) -> int:
    """Read a whole list with requests and lxml, keep each payload as XML, return the records: no loop can do less."""
    params = {"verb": "ListRecords", "metadataPrefix": "oai_datacite"}
    session, count = requests.Session(), 0
    while True:
        root = etree.fromstring(session.get(url, params=params, timeout=60).content)
        payloads = [etree.tostring(element[0]) for element in root.iter(f"{_OAI}metadata")]
        count += len(payloads)
        token = root.findtext(f"{_OAI}ListRecords/{_OAI}resumptionToken")
        if not token:
            return count
        params = {"verb": "ListRecords", "resumptionToken": token}


def client(url: str) -> int:
    """Read the same list with the node's harvester; return the records."""
    fetch = HttpFetch(FetchSettings(allow_networks=("127.0.0.0/8",)))
    source = Source(name="bench", url=url, metadata_prefix="oai_datacite")
    return sum(len(page.records) for page in HARVESTER.pages(source, fetch, Window(), Checkpoint()))


def compare(url: str, records: int, rounds: int = 5) -> tuple[float, float]:
    """Return the client's records a second and its median ratio to the bare loop, the two in turn."""
    rates, ratios = [], []
    for _ in range(rounds):
        bare, ours = (_seconds(url, records, read) for read in (bare_loop, client))
        rates.append(records / ours)
        ratios.append(bare / ours)
    return statistics.median(rates), statistics.median(ratios)


def peak_memory(records: int) -> float:
    """Return the peak memory, in MiB, of a process that does nothing but read so many records."""
    with repository(records) as url:
        words = [sys.executable, "-m", "tests.benchmarks.client", url]
        return float(subprocess.run(words, check=True, capture_output=True, text=True).stdout)


def _seconds(url: str, records: int, read: Callable[[str], int]) -> float:
    start = time.perf_counter()
    assert read(url) == records
    return time.perf_counter() - start


if __name__ == "__main__":
    client(sys.argv[1])
    print(peak_mib())
