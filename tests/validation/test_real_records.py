"""Every real catalogue and every real record: both engines find the same, byte for byte."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pyoxigraph as ox
import pytest

from node.errors import FairnodeError
from node.mapping.dcat_ap import shared_nodes, to_triples
from node.model.rdf import Triple
from node.syntax import parse_rdf
from node.syntax.ntriples import term_of
from node.validation.engines import ENGINE_FAILED
from tests.unit.test_mapping_real_records import CONTEXT, MEDIA_TYPES, REAL, mapped_payloads, needs_dcat, needs_oai
from tests.validation.engines import AnyShapes, fair, same_results
from tests.validation.test_w3c_suite import SUITES

OFFICIAL = SUITES / "dcat-ap-3.0.1"


def _catalogues() -> Iterator[tuple[str, tuple[Triple, ...]]]:
    for path in sorted((REAL / "dcat").iterdir()):
        if path.suffix in MEDIA_TYPES:
            try:
                yield path.name, _read(path)
            except FairnodeError:
                continue


def _read(path: Path) -> tuple[Triple, ...]:
    return parse_rdf(path.read_bytes(), MEDIA_TYPES[path.suffix], base_iri="https://node.example/file")


@needs_dcat
def test_the_engines_agree_on_every_real_catalogue() -> None:
    compiled, pyshacl = fair()
    findings = read = 0

    for name, triples in _catalogues():
        answer = same_results((compiled, pyshacl), triples, None, name)

        assert not any(finding.code == ENGINE_FAILED for finding in answer.findings), name
        read += 1
        findings += len(answer.findings)

    assert read >= 230 and findings > 8000
    assert compiled.reasons == {}, "no shape of the profile is left to the referee"


@needs_dcat
@pytest.mark.skipif(not OFFICIAL.is_dir(), reason=f"no official DCAT-AP shapes in {OFFICIAL}")
def test_the_engines_agree_on_the_official_shapes_of_dcat_ap_for_every_real_catalogue() -> None:
    # Two property shapes that the base file names are only in the file of ranges.
    shapes = [
        quad
        for name in ("dcat-ap-SHACL.ttl", "range.ttl")
        for quad in ox.parse((OFFICIAL / name).read_bytes(), ox.RdfFormat.TURTLE, rename_blank_nodes=True)
    ]
    engines = AnyShapes(shapes)
    results = 0

    for name, triples in _catalogues():
        data = [ox.Quad(term_of(s), term_of(p), term_of(o)) for s, p, o in triples]  # type: ignore[arg-type]
        found = engines.compiled(data)

        assert found == engines.pyshacl(data), name
        results += found.total()

    # The file of ranges gives one property shape of data services no path, which pySHACL refuses.
    assert [shape.rpartition("#")[2] for shape in engines.left] == ["dcat:DataServiceShape"]
    assert results > 2000


@needs_oai
@pytest.mark.parametrize("alone", [True, False], ids=["the resource alone", "every target"])
def test_the_engines_agree_on_every_real_record_that_is_mapped(alone: bool) -> None:
    compiled, pyshacl = fair()
    judged = 0

    for number, (prefix, mapped) in enumerate(mapped_payloads()):
        shared = [triple for _, bundle in shared_nodes(mapped.resource) for triple in bundle]
        triples = [*to_triples(mapped.resource, base=CONTEXT.iri), *mapped.extra, *shared]
        focus = mapped.resource.iri if alone else None

        same_results((compiled, pyshacl), triples, focus, (prefix, number))
        judged += 1

    assert judged > 500
