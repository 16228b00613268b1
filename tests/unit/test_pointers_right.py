"""Pointers over real XML records, held against the bytes by other means than the code that makes them."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from lxml import etree

from node.errors import FairnodeError
from node.files import FilePart, FileRecord, parts_of_file, record_of
from node.mapping.crosswalks import CROSSWALKS, crosswalk_for
from node.mapping.pointers import Pointer
from node.mapping.protocols import XML
from node.model.report import Finding
from node.validation import load_profile, validate
from node.validation.pointing import pointers_of, subjects_of
from node.validation.profiles import profile_names

PROFILES = [load_profile(name) for name in profile_names()]
# The payload below an OAI-PMH record, and what cannot be read or is of no known format, is not counted.
LEAST = {"fair": 17_000, "dcat-ap": 11_000, "mqa": 16_000, "openaire": 10_000, "service": 250}
OWN = Path(__file__).resolve().parent.parent / "fixtures"
FORMATS = {one.prefixes[0] for one in CROSSWALKS if XML[0] in one.media_types} - {"dcat"} | {"rdf"}


@dataclass(frozen=True, slots=True)
class Case:
    """A finding with its place, in its record."""

    file: Path
    format: str
    profile: str
    root: etree._Element
    part: FilePart
    record: FileRecord
    finding: Finding
    place: Pointer
    chains: tuple[tuple[str, ...], ...]

    @property
    def about_the_resource(self) -> bool:
        return self.record.focus is not None and self.finding.focus_node == self.record.focus


@pytest.fixture(scope="module")
def cases(real_fixtures: Path) -> list[Case]:
    files = [*sorted((real_fixtures / "oai").rglob("*.xml")), *sorted((real_fixtures / "dcat").rglob("*.rdf"))]
    # Formats that no real collection at hand uses.
    files += [file for name in ("mods", "iso19115-3") for file in sorted((OWN / name).glob("*.xml"))]
    return [case for file in files for case in _cases(file)]


def test_every_finding_of_every_profile_and_xml_format_has_a_place(cases: list[Case]) -> None:
    counts = Counter(case.profile for case in cases)
    assert counts.keys() == LEAST.keys()
    assert all(counts[name] >= least for name, least in LEAST.items()), counts
    assert {case.format for case in cases} == FORMATS
    assert all(case.place.path for case in cases)
    assert all((case.place.line is None) == case.place.missing for case in cases)


def test_on_the_line_that_is_named_there_is_the_element_that_is_named(cases: list[Case]) -> None:
    texts: dict[Path, list[str]] = {}
    spread = 0
    asked: set[tuple[Path, str, int | None]] = set()
    for case in cases:
        key = (case.file, case.place.path, case.place.line)
        if case.place.missing or case.place.path == "the document" or key in asked:
            continue
        asked.add(key)
        lines = texts.setdefault(case.file, case.file.read_text("utf-8", "replace").split("\n"))
        steps = [step for step in _steps(case.place.path) if not step.startswith("@")]
        line = lines[(case.place.line or 0) - 1]
        begun = re.search(rf"<(?:[\w.-]+:)?{re.escape(steps[-1].partition('[')[0])}(?![\w.:-])([^>]*)", line)
        assert begun is not None, (case.file, case.finding, case.place)
        spread += begun.end() == len(line)
    assert spread > 3, "start tags that go on in the next line"


def test_the_xpath_of_a_place_leads_to_one_element_of_that_line(cases: list[Case]) -> None:
    asked: dict[tuple[int, str], int] = {}
    for case in cases:
        if case.place.path.startswith("/") and not case.place.missing and case.place.text:
            payload = case.part.element if case.part.element is not None else case.root
            key = (id(payload), case.place.path)
            if key not in asked:
                asked[key] = len(payload.xpath(_xpath(case.place.path)))
            assert asked[key] == 1, (case.file, case.finding, case.place)
    assert len(asked) > 2_000


def test_a_value_that_stands_in_the_record_stands_where_the_finding_points(cases: list[Case]) -> None:
    held = Counter[str]()
    for case in cases:
        value = case.finding.value
        if value is None or value == case.finding.focus_node or case.place.missing:
            continue
        said = {_plain(text) for one in case.root.iter("*") for text in (one.text or "", *one.attrib.values())}
        if _plain(value) in said and value not in {subject for subject, _, _ in case.record.triples}:
            assert _plain(value) in _plain(case.place.text), (case.file, case.finding, case.place)
            held[case.format] += 1
    assert sum(held.values()) > 400


def test_what_is_called_missing_is_not_in_the_record(cases: list[Case]) -> None:
    looked: Counter[str] = Counter()
    for case in cases:
        finding, place = case.finding, case.place
        if not place.missing:
            continue
        said = (case.file, finding, place)
        if case.format == "rdf":
            # The record states nothing by the properties that the finding is about.
            if finding.value in (None, finding.focus_node):
                assert not any(_stated(case.record, finding.focus_node, chain) for chain in case.chains[:1]), said
                looked["rdf"] += 1
        elif case.about_the_resource and finding.value is None and place.path.startswith("/"):
            element = case.part.element if case.part.element is not None else case.root
            found = element.xpath(_xpath(re.sub(r"\[\d+\]", "", place.path)))
            assert not [one for one in found if "@" in place.path or "".join(one.itertext()).strip()], said
            looked[case.format] += 1
    assert looked["rdf"] > 500 and sum(looked.values()) > 20_000, looked
    assert looked.keys() == FORMATS


def test_what_a_nested_thing_lacks_is_never_looked_for_in_the_resource(cases: list[Case]) -> None:
    title = [case for case in cases if case.finding.code == "AP-Distribution-description-recommended"]
    agents = [case for case in cases if case.finding.code == "AP-Agent-type-recommended"]

    assert len(title) > 500 and len(agents) > 500
    for case in (*title, *agents):
        assert case.place.missing, (case.file, case.finding, case.place)


def _cases(file: Path) -> Iterator[Case]:
    data = file.read_bytes()
    try:
        parts = parts_of_file(data, file.suffix)
    except FairnodeError:
        return
    for part in parts:
        try:
            record = record_of(part)
        except FairnodeError:
            continue
        assert record.raw is not None
        # Lines are those of the file: an element of an OAI-PMH answer keeps them, a payload by itself does not.
        root = part.element if part.element is not None else etree.fromstring(data)
        for profile in PROFILES:
            report = validate(record.triples, profile, focus=record.focus)
            places = pointers_of(report.results, record.raw, profile.files, record.triples)
            about = subjects_of(profile.files)
            for finding, place in zip(report.results, places, strict=True):
                yield Case(
                    file=file,
                    format=_format(part, root),
                    profile=profile.name,
                    root=root,
                    part=part,
                    record=record,
                    finding=finding,
                    place=place,
                    chains=about[finding.code].chains if finding.code in about else (),
                )


def _format(part: FilePart, root: etree._Element) -> str:
    if part.prefix is None:
        return "rdf"
    try:
        return crosswalk_for(part.prefix or "none", part.payload, part.media_type).prefixes[0]
    except FairnodeError:
        return part.prefix


def _stated(record: FileRecord, node: str | None, chain: tuple[str, ...]) -> bool:
    nodes = {str(node)}
    for predicate in chain:
        nodes = {str(value) for subject, name, value in record.triples if subject in nodes and name == predicate}
    return bool(nodes)


def _steps(path: str) -> list[str]:
    """The steps of a path; what is in brackets may hold slashes of its own."""
    return re.findall(r"(?:\[[^\]]*\]|[^/\[])+", path)


def _xpath(path: str) -> str:
    """A path of local names as an XPath from the root of the payload on."""
    found = "."
    for number, (far, step) in enumerate(re.findall(r"(/+)((?:\[[^\]]*\]|[^/\[])+)", path)):
        name, bracket, rest = step.partition("[")
        if name.startswith("@"):
            found += f"{far}@*[local-name()='{name[1:]}'][normalize-space()]"
        elif number:
            found += f"{far}*" + ("" if name == "*" else f"[local-name()='{name}']") + bracket + rest
    return found


def _plain(text: str) -> str:
    return " ".join(text.lower().split()).removeprefix("https://").removeprefix("http://")
