"""The core tests of the W3C SHACL suite (https://w3c.github.io/data-shapes/data-shapes-test-suite/): pySHACL's results.

`SUITES_FOLDER` names the folder that holds `shacl-w3c`; without it these tests are skipped, and say so.
"""

from __future__ import annotations

import os
from pathlib import Path

import pyoxigraph as ox
import pytest

from tests.conftest import ROOT
from tests.validation.engines import AnyShapes, pyshacl_results

SUITES = Path(os.environ.get("SUITES_FOLDER", ROOT.parent / "shared" / "suites"))
CORE = SUITES / "shacl-w3c" / "tests" / "core"
MF = "http://www.w3.org/2001/sw/DataAccess/tests/test-manifest#"
SHT = "http://www.w3.org/ns/shacl-test#"
SH = "http://www.w3.org/ns/shacl#"

LEFT_TO_THE_REFEREE = {
    "complex/shacl-shacl.ttl": "it nests more shapes in each other than pySHACL follows",
    "node/qualified-001.ttl": "a qualified value shape of a node shape, which pySHACL ignores",
    "path/path-strange-001.ttl": "a path of two kinds",
    "path/path-strange-002.ttl": "a path of two kinds",
}
"""Tests with a shape that is not compiled; the referee's verdict is the verdict."""


def _tests() -> list[Path]:
    return [path for path in sorted(CORE.rglob("*.ttl")) if b"sht:Validate" in path.read_bytes()]


@pytest.mark.skipif(not CORE.is_dir(), reason=f"no W3C SHACL suite in {SUITES}; SUITES_FOLDER names its folder")
@pytest.mark.filterwarnings("ignore::DeprecationWarning:rdflib", "ignore:Parsing weird boolean")
@pytest.mark.parametrize("path", _tests(), ids=lambda path: f"{path.parent.name}/{path.name}")
def test_a_core_test_of_the_suite_has_the_results_of_pyshacl(path: Path) -> None:
    shapes, data, expected = _read(path)

    conforms, theirs = pyshacl_results(shapes, data)

    name = f"{path.parent.name}/{path.name}"
    engines = AnyShapes(shapes)
    assert bool(engines.left) == (name in LEFT_TO_THE_REFEREE), engines.left
    assert conforms == expected
    ours = engines.compiled(data)
    if engines.left:
        # The shapes beside the one that is left.
        assert ours == engines.pyshacl(data)
        return
    assert ours == theirs
    assert (not ours) == conforms


@pytest.mark.skipif(not CORE.is_dir(), reason=f"no W3C SHACL suite in {SUITES}; SUITES_FOLDER names its folder")
def test_the_whole_core_suite_was_read() -> None:
    assert len(_tests()) >= 98


def _read(path: Path) -> tuple[list[ox.Quad], list[ox.Quad], bool]:
    """Return the shapes, the data, and whether the test expects that they conform."""
    base = path.as_uri()
    quads = list(ox.parse(path.read_bytes(), ox.RdfFormat.TURTLE, base_iri=base))
    about: dict[tuple[object, str], object] = {(quad.subject, quad.predicate.value): quad.object for quad in quads}
    action = next(value for (_, name), value in about.items() if name == MF + "action")
    report = next(value for (_, name), value in about.items() if name == MF + "result")
    shapes, data = (_graph_of(about[action, SHT + name], base, quads) for name in ("shapesGraph", "dataGraph"))
    return shapes, data, getattr(about[report, SH + "conforms"], "value", None) == "true"


def _graph_of(named: object, base: str, own: list[ox.Quad]) -> list[ox.Quad]:
    assert isinstance(named, ox.NamedNode)
    if named.value == base:
        return own
    path = Path(named.value.removeprefix("file://"))
    return list(ox.parse(path.read_bytes(), ox.RdfFormat.TURTLE, base_iri=named.value))
