"""Profiles: read from a folder, told apart by digest, refused where they are ill-formed."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from node.errors import ProfileError
from node.model.rdf import Iri
from node.model.report import Severity
from node.resources import data_folder
from node.validation import background, load_profile
from node.validation.engine_pyshacl import PyshaclEngine
from node.validation.profiles import profile_names, read_profile

_PREFIXES = """
@prefix dct: <http://purl.org/dc/terms/> .
@prefix dcat: <http://www.w3.org/ns/dcat#> .
@prefix ex: <https://example.org/shapes#> .
@prefix fns: <https://w3id.org/fairnode/shapes#> .
@prefix sh: <http://www.w3.org/ns/shacl#> .
"""
_GOOD = 'ex:T sh:targetClass dcat:Dataset ; sh:path dct:title ; sh:minCount 1 ; sh:message "No title."'

ILL_FORMED = (
    ("ex:T sh:path", "line 8"),
    ('ex:T sh:path dct:title ; sh:message "m" .', "no shape has a target"),
    ('ex:T sh:targetClass dcat:Dataset ; sh:message "m" ; sh:property ex:U .', "nowhere described"),
    ('ex:T sh:targetClass dcat:Dataset ; sh:message "m" ; sh:node ex:U .', "nowhere described"),
    ('ex:T sh:targetClass dcat:Dataset ; sh:message "m" ; sh:or ( ex:U ) .', "nowhere described"),
    ('ex:T sh:targetClass dcat:Dataset ; sh:message "m" ; sh:or () .', "a list without members"),
    ('ex:T sh:targetClass dcat:Dataset ; sh:message "m" ; sh:or ex:U .', "a list that is not well-formed"),
    (
        'ex:T sh:targetClass dcat:Dataset ; sh:message "m" ; sh:property ex:U . ex:U sh:minCount 1 ; sh:message "m" .',
        "<https://example.org/shapes#U>: a property shape needs exactly one sh:path",
    ),
    (f"{_GOOD} ; sh:path dct:date .", "exactly one sh:path"),
    (f"{_GOOD} ; sh:minCont 1 .", "sh:minCont is no term of SHACL Core"),
    (f'{_GOOD} ; sh:sparql [ sh:select "SELECT" ] .', "sh:sparql is no term of SHACL Core"),
    (f'{_GOOD} ; sh:pattern "(" .', "no regular expression"),
    (f"{_GOOD} ; sh:severity ex:Grave, sh:Info .", "sh:severity has 2 values"),
    (f'{_GOOD} ; fns:points "many" .', "fns:points must be a number"),
    (f"{_GOOD} ; fns:points 1, 2 .", "fns:points may be given once only"),
    (f"{_GOOD} ; fns:requires fns:F9-99 .", "F9-99, which is no shape of the profile"),
    (f'{_GOOD} ; sh:minLength "long" .', "minLength"),
    (f"{_GOOD} ; sh:datatype xsd:date .", "line 8"),
    (
        'ex:T sh:targetClass dcat:Dataset ; sh:message "m" ; sh:path [ sh:oneAndAHalfPath dct:title ] .',
        "not a well-formed sh:path",
    ),
    ('ex:T sh:targetClass dcat:Dataset ; sh:message "m" ; sh:path [] .', "not a well-formed sh:path"),
    (
        'ex:T sh:targetClass dcat:Dataset ; sh:message "m" ; sh:path _:p . _:p sh:inversePath _:p .',
        "not a well-formed sh:path",
    ),
)


@pytest.mark.parametrize(("text", "complaint"), ILL_FORMED)
def test_an_ill_formed_shapes_file_is_refused_by_file_and_node(tmp_path: Path, text: str, complaint: str) -> None:
    path = _write(tmp_path, text)

    with pytest.raises(ProfileError) as refused:
        load_profile(path)

    assert complaint in refused.value.message
    assert path.name in refused.value.message


def test_a_shapes_file_makes_a_profile_that_blocks_nothing(tmp_path: Path) -> None:
    profile = load_profile(_write(tmp_path, f"{_GOOD} ."))

    (shape,) = profile.shapes
    assert (profile.name, profile.blocking, profile.blocking_severity) == ("community", frozenset(), None)
    assert (shape.id, shape.severity, shape.points) == ("https://example.org/shapes#T", Severity.VIOLATION, 0)
    assert load_profile(str(tmp_path / "community.ttl")).digest == profile.digest


def test_a_deactivated_shape_is_not_asked(tmp_path: Path) -> None:
    profile = load_profile(_write(tmp_path, f"{_GOOD} . ex:U sh:targetClass dcat:Dataset ; sh:deactivated true ."))

    assert [shape.name for shape in profile.shapes] == ["https://example.org/shapes#T"]


def test_the_digest_changes_with_shapes_and_definition_and_with_nothing_else(tmp_path: Path) -> None:
    same, other_shape, other_rule = (tmp_path / name for name in ("same", "shape", "rule"))
    for folder in (same, other_shape, other_rule):
        shutil.copytree(data_folder("shapes"), folder)
    _replace(other_shape / "findable.ttl", "sh:minLength 50", "sh:minLength 51")
    _replace(other_rule / "profiles.toml", '["F1-00", "F2-00"]', '["F2-00"]')

    digests = [read_profile("fair", folder).digest for folder in (same, other_shape, other_rule)]

    assert digests[0] == load_profile("fair").digest
    assert len(set(digests)) == 3


@pytest.mark.parametrize(
    ("old", "new", "complaint"),
    [
        ('["F1-00", "F2-00"]', '["F7-77"]', "F7-77: no shape of the profile"),
        ('["F1-00", "F2-00"]', '"catastrophe"', "catastrophe is no severity"),
        ("blocking =", "blokcing =", "blokcing"),
        ('version = "1.1.0"', "version = 1", "version"),
        ('version = "1.1.0"', 'version = "1.1.0"\njudges = "everything"', "judges: everything is neither"),
        ('version = "1.1.0"', 'version = "1.1.0"\nvocabularies = "all"', "vocabularies"),
        ('version = "1.1.0"', 'version = "1.1.0"\nstrict_xsd = "yes"', "strict_xsd"),
        ('version = "1.1.0"', 'version = "1.1.0"\ncomplies = "mqa"', "mqa has such a profile itself"),
        ('version = "1.1.0"', 'version = "1.1.0"\npoints = { grave = 3 }', "points: grave is no severity"),
        ('version = "1.1.0"', 'version = "1.1.0"\npoints = { warning = "2" }', "points: warning is no severity, or"),
        ('version = "1.1.0"', 'version = "1.1.0"\npoints = { info = -1 }', "points: info: must be from 0 to 999"),
        ('"findable.ttl"', '"missing.ttl"', "missing.ttl"),
        ("[fair]", "[fair", "profiles.toml"),
    ],
)
def test_an_ill_formed_definition_is_refused(tmp_path: Path, old: str, new: str, complaint: str) -> None:
    folder = tmp_path / "shapes"
    shutil.copytree(data_folder("shapes"), folder)
    _replace(folder / "profiles.toml", old, new)

    with pytest.raises(ProfileError, match=complaint):
        read_profile("fair", folder)


def test_the_digest_changes_with_the_vocabularies_where_they_are_in_use(monkeypatch: pytest.MonkeyPatch) -> None:
    before = {name: read_profile(name) for name in ("fair", "dcat-ap")}
    # Not only the tables count: also what their terms are taken for.
    monkeypatch.setattr("node.validation.background._subclasses", lambda: ((Iri("urn:a"), Iri("urn:b")),))
    monkeypatch.setattr("node.validation.profiles.background.vocabularies", background.vocabularies.__wrapped__)
    after = {name: read_profile(name) for name in ("fair", "dcat-ap")}

    assert before["fair"].digest == after["fair"].digest and before["fair"].vocabularies == ""
    assert before["dcat-ap"].digest != after["dcat-ap"].digest
    assert before["dcat-ap"].vocabularies != after["dcat-ap"].vocabularies != ""


def test_strict_xsd_is_part_of_the_digest_whoever_asks_for_it(tmp_path: Path) -> None:
    folder = tmp_path / "shapes"
    shutil.copytree(data_folder("shapes"), folder)
    _replace(folder / "profiles.toml", 'title = "FAIR', 'strict_xsd = true\ntitle = "FAIR')
    own, defined = read_profile("fair"), read_profile("fair", folder)

    assert (own.strict_xsd, own.strict().strict_xsd, defined.strict_xsd) == (False, True, True)
    assert len({own.digest, own.strict().digest, defined.digest}) == 3
    assert defined.strict() is defined and own.strict() == own.strict()


def test_a_profile_says_what_it_is_about_and_what_it_judges() -> None:
    profiles = {name: load_profile(name) for name in profile_names()}

    assert list(profiles) == ["fair", "dcat-ap", "mqa", "service", "openaire"]
    assert {name for name, profile in profiles.items() if profile.judges_record} == {"dcat-ap"}
    assert {name for name, profile in profiles.items() if profile.blocking or profile.blocking_severity} == {"fair"}
    assert profiles["mqa"].title.startswith("Metadata Quality Assessment")


def test_checks_without_points_of_their_own_take_those_of_their_severity(tmp_path: Path) -> None:
    folder = tmp_path / "shapes"
    shutil.copytree(data_folder("shapes"), folder)
    _replace(folder / "profiles.toml", 'title = "FAIR', 'points = { violation = 7.5 }\ntitle = "FAIR')

    points = {shape.id: shape.points for shape in read_profile("fair", folder).shapes}

    assert (points["F1-00"], points["F1-01"]) == (7.5, 3)


def test_a_severity_can_block(tmp_path: Path) -> None:
    folder = tmp_path / "shapes"
    shutil.copytree(data_folder("shapes"), folder)
    _replace(folder / "profiles.toml", '["F1-00", "F2-00"]', '"warning"')

    assert read_profile("fair", folder).blocking_severity is Severity.WARNING


def test_an_unknown_profile_is_refused_with_the_known_ones() -> None:
    with pytest.raises(ProfileError) as refused:
        load_profile("fairest")

    assert "fair," in refused.value.advice


def test_every_shape_of_the_fair_profile_has_what_a_report_needs() -> None:
    for shape in load_profile("fair").shapes:
        assert shape.advice and shape.message.endswith(".") and shape.principle == shape.id.partition("-")[0]
        assert shape.points == (0 if shape.id.endswith("-00") else int(shape.severity))


def test_a_profile_is_read_once_and_its_engine_says_its_version() -> None:
    assert load_profile("fair") is load_profile("fair")
    assert PyshaclEngine.name.startswith("pyshacl 0.")


def _write(folder: Path, text: str) -> Path:
    path = folder / "community.ttl"
    path.write_text(_PREFIXES + "\n" + text, encoding="utf-8")
    return path


def _replace(path: Path, old: str, new: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
