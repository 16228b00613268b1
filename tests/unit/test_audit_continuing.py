"""Judging by the next version of a profile: only what changed is asked, and what comes out is what asking all gives."""

from __future__ import annotations

import hashlib
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, assume, event, given, settings
from hypothesis import strategies as st

from node.audit import reach
from node.audit.continuing import go_on
from node.audit.judging import codes_of, judge, rules_of
from node.errors import ProfileError
from node.model.audit import Judgement, Rule, Subject, shared_codes
from node.syntax import to_ntriples
from node.validation import Profile
from tests.validation.engines import profile_of, triples_of
from tests.validation.generated import records, shapes

pytestmark = pytest.mark.filterwarnings("ignore:Parsing weird boolean")
_MANY = settings(max_examples=200, deadline=None, suppress_health_check=list(HealthCheck))
_EDITS = ("drop", "take", "message", "severity", "points", "name", "0", "2")
# Besides what is generated, so that there is always something that stays as it was.
_PLAIN = """ex:X1 sh:targetNode ex:n0 ; sh:path ex:p ; sh:minCount 1 ; sh:message "m" .
ex:X2 sh:targetNode ex:n0 ; sh:path ex:q ; sh:maxCount 1 ; sh:message "m" ; fns:requires ex:X1 ."""


def rules_with_digests(profile: Profile) -> tuple[Rule, ...]:
    found = reach.digests(profile, "engine")
    return tuple(replace(rule, digest=found[rule.code]) for rule in rules_of(profile))


def shared_by(before: Profile, after: Profile) -> frozenset[str]:
    return shared_codes({rule.code: rule.digest for rule in rules_with_digests(before)}, rules_with_digests(after))


def subject_of(record: str, iri: str = "https://example.org/n0") -> Subject:
    text = to_ntriples(triples_of(record))
    return Subject(local_id="a", source="s", identifier="i", iri=iri, content="c", ntriples=text)


def continued(record: str, before: Profile, after: Profile) -> tuple[Judgement, Judgement]:
    """Judge a record by one version and go on with the next; return that, and what asking every rule gives."""
    subject = subject_of(record)
    first = judge(subject, before)
    whole = judge(subject, after)
    assume(first.verdicts)
    return go_on(subject, first, after, codes_of(rules_of(before)), shared_by(before, after)), whole


@st.composite
def versions(draw: st.DrawFn) -> tuple[Profile, Profile]:
    """Return a profile and an edited one: shapes left out, taken from elsewhere, reworded, weighed anew, moved."""
    lines = [_weighed(draw, line) for line in f"{draw(shapes())}\n{_PLAIN}".split("\n")]
    others = draw(shapes()).split("\n")
    before = after = _profile(lines)
    assume(before)
    for _ in range(draw(st.integers(2, 8))):
        place = draw(st.integers(0, len(lines) - 1))
        edited = [*lines[:place], _edited(draw, lines[place], others), *lines[place + 1 :]]
        # What an edit leaves dangling is no profile; without that edit it is.
        if found := _profile(edited):
            lines, after = edited, found
    if draw(st.booleans()):
        after = _profile(draw(st.permutations(lines)))
    assert before is not None and after is not None
    return (before, after) if draw(st.booleans()) else (_record_wide(before), _record_wide(after))


def _record_wide(profile: Profile) -> Profile:
    digest = hashlib.sha256(f"record {profile.digest}".encode()).hexdigest()
    return replace(profile, judges_record=True, digest=digest)


def _profile(lines: list[str]) -> Profile | None:
    try:
        return profile_of("\n".join(lines))
    except ProfileError:
        return None


def _weighed(draw: st.DrawFn, line: str) -> str:
    with_target = " sh:target" in line or " rdfs:Class" in line
    return _with(line, f"fns:points {draw(st.integers(1, 3))}") if with_target and draw(st.booleans()) else line


def _edited(draw: st.DrawFn, line: str, others: list[str]) -> str:
    match draw(st.sampled_from(_EDITS)):
        case "drop":
            return ""
        case "take":
            name = line.split(" ", 1)[0]
            return next((other for other in others if other.startswith(f"{name} ")), line)
        case "message":
            return line.replace('sh:message "m"', 'sh:message "n"')
        case "severity":
            return line.replace("sh:severity sh:Info", "sh:severity sh:Warning")
        case "points":
            return line.replace("fns:points 1", "fns:points 2")
        case "name":
            return _with(line, 'sh:name "other"') if line else ""
        case count:
            return line.replace("Count 1", f"Count {count}")


def _with(line: str, statement: str) -> str:
    return f"{line.removesuffix(' .')} ; {statement} ."


@_MANY
@given(versions(), st.lists(records(), min_size=1, max_size=3))
def test_going_on_gives_what_asking_every_rule_gives(pair: tuple[Profile, Profile], texts: list[str]) -> None:
    before, after = pair
    event(f"changed: {len(shared_by(before, after)) < len(after.shapes)}")

    for text in texts:
        went_on, whole = continued(text, before, after)
        assert went_on == whole


_TWO = """
ex:A sh:targetClass ex:C ; sh:property ex:P ; sh:message "a" .
ex:P sh:path ex:p ; sh:minCount 1 ; sh:message "p" .
ex:B sh:targetClass ex:C ; sh:node ex:N ; sh:message "b" .
ex:N sh:property [ sh:path ex:q ; sh:or ( [ sh:nodeKind sh:IRI ] [ sh:in ( "x" "y" ) ] ) ] .
ex:Z sh:targetClass ex:C ; sh:path ex:z ; sh:maxCount 1 ; sh:message "z" ; fns:points 2 .
"""


def changed_by(old: str, new: str) -> list[str]:
    assert old in _TWO
    before, after = profile_of(_TWO), profile_of(_TWO.replace(old, new))
    shared = shared_by(before, after)
    return sorted(shape.id.rpartition("/")[2] for shape in after.shapes if shape.id not in shared)


@pytest.mark.parametrize(
    ("old", "new", "touched"),
    [
        ("sh:minCount 1", "sh:minCount 2", ["A", "P"]),
        ('"x" "y"', '"x" "z"', ["B"]),
        ("sh:maxCount 1", "sh:maxCount 2", ["Z"]),
        ('sh:message "z"', 'sh:message "zz"', ["Z"]),
        ("fns:points 2", "fns:points 3", []),
        ("ex:B sh:targetClass ex:C", "ex:B sh:targetClass ex:D", ["B"]),
        ("sh:node ex:N", "sh:node ex:N ; sh:nodeKind sh:IRI", ["B"]),
        ('ex:A sh:targetClass ex:C ; sh:property ex:P ; sh:message "a" .', "", ["P"][:0]),
        ("ex:Z sh:target", 'ex:Y sh:targetNode ex:n ; sh:path ex:y ; sh:message "y" .\nex:Z sh:target', ["Y"]),
    ],
)
def test_a_change_touches_what_leads_to_it_and_nothing_else(old: str, new: str, touched: list[str]) -> None:
    assert changed_by(old, new) == touched


def test_order_and_labels_of_blank_nodes_change_nothing() -> None:
    shuffled = "\n".join(reversed(_TWO.strip().split("\n")))

    assert shared_by(profile_of(_TWO), profile_of(shuffled)) == {shape.id for shape in profile_of(_TWO).shapes}


def test_another_engine_vocabulary_or_kind_of_profile_touches_all() -> None:
    profile = profile_of(_TWO)
    first = reach.digests(profile, "engine")

    for other in (
        reach.digests(profile, "another"),
        reach.digests(replace(profile, vocabularies="0" * 64), "engine"),
        reach.digests(replace(profile, judges_record=True), "engine"),
    ):
        assert not set(first.values()) & set(other.values())


def test_shapes_that_look_at_their_siblings_rest_on_these() -> None:
    shapes_text = """
    ex:A sh:targetClass ex:C ; sh:message "a" ; sh:property ex:P, ex:Q .
    ex:P sh:path ex:p ; sh:qualifiedValueShape ex:V ; sh:qualifiedMinCount 1 ; sh:message "p" ;
        sh:qualifiedValueShapesDisjoint true .
    ex:Q sh:path ex:p ; sh:qualifiedValueShape ex:W ; sh:qualifiedMinCount 1 ; sh:message "q" .
    ex:B sh:targetClass ex:C ; sh:path ex:p ; sh:node ex:M ; sh:message "b" .
    ex:M sh:property ex:P .
    ex:V sh:class ex:D . ex:W sh:class ex:E .
    """
    other = shapes_text.replace("sh:class ex:E", "sh:class ex:F")

    assert shared_by(profile_of(shapes_text), profile_of(other)) == frozenset()


def test_a_list_of_thousands_and_a_list_that_bites_its_tail_have_digests() -> None:
    many = " ".join(f'"{number}"' for number in range(5000))
    text = f'ex:A sh:targetClass ex:C ; sh:path ex:p ; sh:in ( {many} ) ; sh:message "a" .'
    loop = 'ex:B sh:targetClass ex:C ; sh:message "b" ; rdfs:seeAlso _:x . _:x rdf:first 1 ; rdf:rest _:x .'

    assert shared_by(profile_of(text), profile_of(text.replace('"4999"', '"5000"'))) == frozenset()
    assert shared_by(profile_of(loop), profile_of(loop)) == {"https://example.org/B"}
    assert shared_by(profile_of(loop), profile_of(loop + " ")) == frozenset()


def test_a_record_that_reads_otherwise_than_before_is_asked_every_rule() -> None:
    before, after = profile_of(_TWO), profile_of(_TWO.replace("sh:maxCount 1", "sh:maxCount 2"))
    first = judge(subject_of("ex:n0 a ex:C ; ex:p 1 ."), before)
    now = subject_of("ex:n0 a ex:C ; ex:z 1, 2, 3 .")

    went_on = go_on(now, first, after, codes_of(rules_of(before)), shared_by(before, after))

    assert went_on == judge(now, after)
