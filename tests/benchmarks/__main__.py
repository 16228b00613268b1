"""`python -m tests.benchmarks`; `--help` names the sizes that can be chosen.

How fast we are: every figure stands beside the one it is to be compared with, from the same run on the same machine.
"""

from __future__ import annotations

import argparse
import datetime as dt
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import requests
from lxml import etree

from tests.benchmarks import audit, harvest, oai, objects, sparql, validation
from tests.benchmarks.client import compare, peak_memory
from tests.benchmarks.repository import record, repository

_OAI = "{http://www.openarchives.org/OAI/2.0/}"


def main() -> None:
    """Run the benchmarks and print their figures."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks", description=__doc__)
    parser.add_argument("--records", type=int, default=5000, help="records of the harvest without validation")
    parser.add_argument("--validated", type=int, default=600, help="records of the harvest with validation")
    parser.add_argument("--audited", type=int, default=4000, help="records of the audits")
    parser.add_argument("--harvested", type=int, default=5000, help="records of the whole harvest, two profiles")
    parser.add_argument("--queried", type=int, default=100_000, help="records of the queries")
    parser.add_argument("--listed", type=int, default=1_000_000, help="records of the OAI-PMH list")
    parser.add_argument("--memory", action="store_true", help="compare the memory of 10,000 and 100,000 records")
    options = parser.parse_args()
    print(f"{os.cpu_count()} cores, records of {len(record(1))} bytes\n")
    with repository(10_000) as url:
        rate, ratio = compare(url, 10_000)
        _say("the client alone, raw XML kept (of its own loop)", rate, ratio)
    with repository(options.records) as url:
        bare = _rate(options.records, lambda: _bare_loop(url))
        _say("bare loop (requests + lxml, reads the pages only)", bare, 1)
        off = _harvest(url, validated=False)
        _say("harvest, validation off", off["rate"], off["rate"] / bare)
    with repository(options.validated) as url:
        on = _harvest(url, validated=True)
        _say("harvest, profile fair", on["rate"], on["rate"] / bare)
    print()
    _stages(bare)
    validation.main()
    objects.main()
    audit.main(options.audited)
    harvest.main(options.harvested)
    oai.main(options.listed)
    sparql.main(options.queried)
    if options.memory:
        _memory()
        audit.memory()


def _bare_loop(url: str) -> None:
    params = {"verb": "ListRecords", "metadataPrefix": "oai_datacite"}
    session = requests.Session()
    while True:
        root = etree.fromstring(session.get(url, params=params, timeout=60).content)
        token = root.findtext(f"{_OAI}ListRecords/{_OAI}resumptionToken")
        if not token:
            return
        params = {"verb": "ListRecords", "resumptionToken": token}


def _harvest(url: str, *, validated: bool) -> dict[str, float]:
    """Harvest in a process of its own; return records a second and the peak memory of that process in MiB."""
    with tempfile.TemporaryDirectory() as home:
        environment = {**os.environ, "FAIRNODE_HOME": home, "FAIRNODE_LOG_LEVEL": "error"}
        if not validated:
            environment["FAIRNODE_VALIDATION__PROFILE"] = ""
        fairnode = [sys.executable, "-m", "node"]
        for words in (
            ["init"],
            ["source", "add", url, "--name", "bench", "--metadata-prefix", "oai_datacite"],
        ):
            subprocess.run([*fairnode, *words], env=environment, check=True, capture_output=True)
        measured = [sys.executable, "-m", "tests.benchmarks.measured", "harvest", "bench", "--json"]
        done = subprocess.run(measured, env=environment, capture_output=True, text=True)
        run = json.loads(done.stdout)["runs"][0]
        assert run["balanced"] and run["created"] == run["listed"], run
        peak = float(done.stderr.rsplit("peak-mib ", 1)[1])
        return {"rate": run["listed"] / run["seconds"], "peak": peak}


def _stages(bare: float) -> None:
    """Time each pure stage by itself, one process, on the same records."""
    from node.mapping.crosswalks import WRITERS, read
    from node.mapping.dcat_ap import to_triples
    from node.mapping.protocols import MappingContext
    from node.model.rdf import Iri
    from node.model.source import Agreement
    from node.sovereignty.derive import derive
    from node.syntax import element_bytes, parse_xml, to_ntriples
    from node.validation import load_profile, validate

    count, iri = 300, Iri("https://example.org/dataset/x")
    context = MappingContext(iri=iri, identifier="x")
    wrapped = [f'<x xmlns="http://www.openarchives.org/OAI/2.0/">{record(n)}</x>'.encode() for n in range(count)]
    payloads = [element_bytes(parse_xml(page).find(f".//{_OAI}metadata")[0]) for page in wrapped]
    mapped = [read("oai_datacite", payload, context) for payload in payloads]
    triples = [to_triples(item.resource, base=iri) for item in mapped]
    today = dt.date(2026, 1, 1)
    profile = load_profile("fair")
    stages: tuple[tuple[str, Callable[[], object]], ...] = (
        (
            "parse and cut out",
            lambda: [element_bytes(parse_xml(page).find(f".//{_OAI}metadata")[0]) for page in wrapped],
        ),
        ("map to DCAT-AP", lambda: [read("oai_datacite", payload, context) for payload in payloads]),
        ("to triples", lambda: [to_triples(item.resource, base=iri) for item in mapped]),
        ("to N-Triples", lambda: [to_ntriples(each) for each in triples]),
        ("derive labels", lambda: [derive(item.resource, Agreement(), today) for item in mapped]),
        ("render payloads", lambda: [writer.write(item.resource) for item in mapped for writer in WRITERS]),
        (
            "validate (fair)",
            lambda: [
                validate(each, profile, focus=item.resource.iri) for item, each in zip(mapped, triples, strict=True)
            ],
        ),
    )
    print("one process, stage by stage")
    for name, stage in stages:
        rate = _rate(count, stage)
        _say(f"  {name}", rate, rate / bare)


def _memory() -> None:
    for size in (1_000, 50_000):
        print(f"{size:>8} records: the client alone, peak {peak_memory(size):.0f} MiB")
    peaks = {}
    for size in (10_000, 100_000):
        with repository(size) as url:
            measured = _harvest(url, validated=False)
        peaks[size] = measured["peak"]
        print(f"{size:>8} records: {measured['rate']:.0f} records/s, peak {measured['peak']:.0f} MiB")
    print(f"memory ratio {peaks[100_000] / peaks[10_000]:.2f}")


def _rate(count: int, job: Callable[[], object]) -> float:
    start = time.perf_counter()
    job()
    return count / (time.perf_counter() - start)


def _say(what: str, rate: float, ratio: float) -> None:
    print(f"{what:<52} {rate:>10.0f} records/s   {ratio:>7.3f} of the bare loop")


if __name__ == "__main__":
    os.chdir(Path(__file__).resolve().parents[2])
    main()
