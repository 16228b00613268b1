"""Every DCAT file of the real world that is at hand, served over HTTP: each resource is a record, or an error says why.

What is in a file is counted by the RDF library alone.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pyoxigraph as ox
import pytest

from node.errors import FairnodeError
from node.model.oai import Checkpoint, Page, Window
from node.model.run import Outcome, RunStatus
from node.model.source import Source
from node.namespaces import RDF_TYPE, expand
from tests.dcat_lists import door, harvester, records_of
from tests.harvesting import counts, harvest, ledger, open_test_node
from tests.servers.dcat_catalogue import Document, Site

TYPES = {
    ".ttl": ("text/turtle", ox.RdfFormat.TURTLE),
    ".rdf": ("application/rdf+xml", ox.RdfFormat.RDF_XML),
    ".jsonld": ("application/ld+json", ox.RdfFormat.JSON_LD),
    ".nt": ("application/n-triples", ox.RdfFormat.N_TRIPLES),
}
CLASSES = {expand(name) for name in ("dcat:Dataset", "dcat:DatasetSeries", "dcat:DataService")}
LINKS = {expand("dcat:dataset"), expand("dcat:service")}
# What is on other hosts is not fetched, and a list that goes on there is not whole.
ELSEWHERE = {"harvest.incomplete-list", "harvest.protocol"}


@pytest.fixture(scope="module")
def files(real_fixtures: Path) -> list[Path]:
    found = [path for path in sorted((real_fixtures / "dcat").glob("*")) if path.suffix in TYPES]
    if not found:
        pytest.skip("no DCAT files among the real-world fixtures")
    return found


def resources_in(path: Path, base: str) -> set[str] | None:
    """The named resources of a file: by class, or because a catalogue lists them; `None` where it is no RDF."""
    try:
        quads = list(ox.parse(path.read_bytes(), TYPES[path.suffix][1], base_iri=base))
    except (SyntaxError, ValueError):
        return None
    typed = {quad.subject for quad in quads if quad.predicate.value == RDF_TYPE and quad.object.value in CLASSES}
    not_theirs = {
        quad.subject
        for quad in quads
        if quad.predicate.value == RDF_TYPE
        and quad.object.value.endswith(("#Catalog", "#CatalogRecord", "#Distribution", "#FAIRDataPoint"))
    }
    linked = {quad.object for quad in quads if quad.predicate.value in LINKS}
    return {node.value for node in (typed - not_theirs) | linked if isinstance(node, ox.NamedNode)}


def served(path: Path) -> Document:
    return Document(body=path.read_bytes(), media_type=TYPES[path.suffix][0])


def pages_of(url: str) -> Iterator[Page | FairnodeError]:
    """The pages of a list, and the error that ended it."""
    try:
        yield from harvester().pages(Source(name="x", url=url, kind="dcat"), door(), Window(), Checkpoint())
    except FairnodeError as error:
        yield error


def test_every_resource_of_every_file_is_listed(files: list[Path]) -> None:
    listed, refused = 0, []
    for path in files:
        with Site({"/file": served(path)}) as site:
            url = f"{site.url}/file"
            found = list(pages_of(url))
        pages = [page for page in found if isinstance(page, Page)]
        errors = [error for error in found if isinstance(error, FairnodeError)]
        expected = resources_in(path, url)
        records = records_of(pages)
        if expected is None:
            assert [error.code.partition(".")[0] for error in errors] == ["syntax"], path.name
            assert not pages, path.name
            refused.append(path.name)
            continue
        assert expected <= {record.header.identifier for record in records}, path.name
        assert {error.code for error in errors} <= ELSEWHERE, path.name
        assert any(page.checkpoint.done for page in pages) == (not errors), path.name
        for record in records:
            if record.metadata is None:
                assert [finding.code for finding in record.findings] == ["harvest.not-described"], path.name
            else:
                assert list(ox.parse(record.metadata, ox.RdfFormat.N_TRIPLES)), path.name
        listed += len(records)

    assert listed > len(files), "most of them hold a dataset, and some hold many"
    assert len(refused) < len(files) / 10


def test_all_files_are_harvested_as_one_container(files: list[Path], tmp_path: Path) -> None:
    with open_test_node(tmp_path, harvester()) as node, Site() as site:
        members = " , ".join(f"<{number}>" for number in range(len(files)))
        container = f"<> a <http://www.w3.org/ns/ldp#BasicContainer> ; <http://www.w3.org/ns/ldp#contains> {members} ."
        site.documents["/all/"] = Document(body=container.encode())
        for number, path in enumerate(files):
            site.documents[f"/all/{number}"] = served(path)

        run = harvest(node, f"{site.url}/all/", "dcat")
        broken = {f"{site.url}/all/{n}" for n, path in enumerate(files) if resources_in(path, site.url) is None}
        entries = ledger(node, run)

    # Lists that go on elsewhere are among them, and are not taken for whole.
    assert (run.status, run.error and run.error.code) == (RunStatus.FAILED, "harvest.incomplete-list")
    assert {entries[name] for name in broken} == {Outcome.REJECTED}
    assert counts(run)[Outcome.CREATED] > len(files)
    assert {f"/all/{number}" for number in range(len(files))} <= set(site.asked)
