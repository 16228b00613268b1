"""Two audits of the same input on two machines have identical bytes.

A machine differs from another in the seed of its hashes, its time zone, its language and the day on its clock, in its
database, its processes, and in the order and the pieces in which the records came. Each of these differs here.
"""

from __future__ import annotations

import hashlib
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.audited import LICENCE, name
from tests.servers.fairnode import POOLED, Home
from tests.servers.oai_pages import OaiPages, oai_dc_record

_BASE = {"FAIRNODE_FETCH__ALLOW_NETWORKS": '["127.0.0.0/8"]', "FAIRNODE_VALIDATION__PROFILE": ""}
_HERE = {"PYTHONHASHSEED": "1", "TZ": "UTC", "LC_ALL": "C.UTF-8", "FAIRNODE_COMPUTE__EXECUTOR": "inline"}
_THERE = {
    "PYTHONHASHSEED": "77777",
    "TZ": "Pacific/Kiritimati",
    "LC_ALL": "C",
    "FAIRNODE_COMPUTE__PROCESSES": "2",
    **POOLED,
}
_ALONE = {
    "PYTHONHASHSEED": "0",
    "TZ": "America/St_Johns",
    "LC_ALL": "POSIX",
    "FAIRNODE_COMPUTE__PROCESSES": "1",
    **POOLED,
}
_COUNT = 130
"""More than a worker's share, so that two workers have something to do."""
_EXTRAS = (
    "",
    LICENCE,
    "<dc:creator>Åström, Øyvind</dc:creator><dc:creator>Zoë 李</dc:creator><dc:language>fi</dc:language>",
    "<dc:subject>turve</dc:subject><dc:subject>ITÄMERI</dc:subject><dc:subject>itämeri</dc:subject>",
    "<dc:date>2020-02-30</dc:date><dc:format>text/csv</dc:format><dc:type>Dataset</dc:type>",
    "<dc:publisher>Näyte ry</dc:publisher><dc:rights>info:eu-repo/semantics/openAccess</dc:rights>",
    "<dc:relation>https://doi.org/10.5072/x</dc:relation><dc:coverage>61.5, 24.5</dc:coverage>",
)


def record(number: int) -> bytes:
    extra = "".join(_EXTRAS[(number + step) % len(_EXTRAS)] for step in range(1 + number % 3))
    return oai_dc_record(name(number), f"Tietoaineisto {number} – “ß ẞ i İ ı”", extra=extra)


class Machine:
    """A node with its own home, environment and way of coming to the same records."""

    def __init__(self, folder: Path, environment: dict[str, str]) -> None:
        folder.mkdir()
        self.folder = folder
        self.home = Home(folder / "home", {**_BASE, **environment})
        self.home.run("init")

    def harvest(self, *pieces: list[bytes]) -> None:
        with OaiPages([], page_size=7) as repository:
            self.home.run("source", "add", repository.url, "--name", "mine")
            for piece in pieces:
                repository.records[:] = piece
                self.home.run("harvest", "mine", "--full", status=None)

    def evidence(self, profile: str) -> bytes:
        """Audit by a profile; return the archive of the audit's evidence."""
        self.home.run("audit", "--profile", profile, "--fail-on", "never")
        newest = self.home.json("audit", "list")["audits"][0]["audit"]
        path = self.folder / "evidence.zip"
        self.home.run("audit", "export", newest, "--output", str(path))
        with zipfile.ZipFile(path) as archive:
            assert hashlib.sha256(archive.read("audit.json")).hexdigest() == newest
            assert archive.read("results.jsonl").count(b"\n") == _COUNT
        return path.read_bytes()


@pytest.fixture(scope="module")
def here(tmp_path_factory: pytest.TempPathFactory) -> Machine:
    machine = Machine(tmp_path_factory.mktemp("machines") / "here", _HERE)
    machine.harvest([record(number) for number in range(_COUNT)])
    return machine


@pytest.fixture(scope="module")
def machines(
    here: Machine, tmp_path_factory: pytest.TempPathFactory, postgresql_server: str
) -> Iterator[list[Machine]]:
    from tests.servers.postgresql import empty_database

    folder = tmp_path_factory.mktemp("others")
    with empty_database(postgresql_server) as url:
        there = Machine(folder / "there", {**_THERE, "FAIRNODE_STORE__DATABASE": url})
        there.harvest([record(number) for number in reversed(range(_COUNT))])
        alone = Machine(folder / "alone", _ALONE)
        # In pieces, some of them in another version first.
        alone.harvest(
            [oai_dc_record(name(number), "Early") for number in range(0, _COUNT, 5)],
            [record(number) for number in range(_COUNT // 2, _COUNT)],
            [record(number) for number in sorted(range(_COUNT), key=lambda number: number * 37 % _COUNT)],
        )
        yield [here, there, alone]


@pytest.mark.parametrize("profile", ["fair", "dcat-ap"])
def test_the_same_input_has_the_same_evidence_byte_for_byte(machines: list[Machine], profile: str) -> None:
    here, *others = (machine.evidence(profile) for machine in machines)

    assert [hashlib.sha256(each).hexdigest() for each in others] == [hashlib.sha256(here).hexdigest()] * 2


def test_a_machine_that_went_through_versions_of_a_profile_has_the_same_evidence(
    machines: list[Machine], tmp_path: Path
) -> None:
    text = (Path(__file__).resolve().parents[2] / "shapes" / "findable.ttl").read_text(encoding="utf-8")
    last = text.replace("sh:minLength 50", "sh:minLength 20")
    assert last != text
    paths = []
    for index, version in enumerate((text, last)):
        paths.append(tmp_path / str(index) / "own.ttl")
        paths[-1].parent.mkdir()
        paths[-1].write_text(version, encoding="utf-8")
    here, _, alone = machines
    here.evidence(str(paths[0]))
    went_on = here.home.run("audit", "--profile", str(paths[1]), "--fail-on", "never")
    assert f"{_COUNT} were asked only the rules that changed (1)" in went_on.stderr

    assert here.evidence(str(paths[1])) == alone.evidence(str(paths[1]))
