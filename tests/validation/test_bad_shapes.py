"""A shapes file with an error: refused when it is loaded, by file, line and node, with a way out."""

from __future__ import annotations

from pathlib import Path

import pytest

from node.errors import ProfileError
from node.validation import load_profile

PREFIXES = "@prefix sh: <http://www.w3.org/ns/shacl#> . @prefix ex: <https://example.org/> .\n"
TARGET = 'sh:targetClass ex:C ; sh:message "m"'
WRONG = (
    (f"ex:T {TARGET} ;\n  sh:property ex:P .", "line 3: <https://example.org/T>: sh:property refers to", "Describe"),
    (f"ex:T {TARGET} ; sh:property ex:P .\nex:P sh:minCount 1 .", "line 3: <https://example.org/P>: a prop", "sh:path"),
    (f"ex:T {TARGET} ; sh:node ex:N .\nex:N\n  sh:path ex:p .", "line 4: <https://example.org/N>: a shape", "sh:prop"),
    (
        f"ex:T {TARGET} ;\n sh:path ex:p ;\n sh:minCounts 1 .",
        "line 4: <https://example.org/T>: sh:minCounts",
        "sh:minC",
    ),
    (f'ex:T {TARGET} ;\n sh:sparql [ sh:select "x" ] .', "line 3: ", "SHACL Core"),
    (f"ex:T {TARGET} ;\n sh:minCount .", "line 3, column 14", "Turtle"),
    (f"ex:T {TARGET} ;\n shh:minCount 1 .", "line 3, column 2", "Turtle"),
    (f'ex:T {TARGET} ; sh:path ex:p ;\n sh:minCount "many" .', "line 3: ", "place named"),
    (f"ex:T {TARGET} ; sh:path ex:p ;\n sh:minCount -1 .", "whole number from 0 on", "place named"),
    (f"ex:T {TARGET} ;\n sh:nodeKind sh:IRIs .", "line 3: <https://example.org/T>: sh:nodeKind must be", "place named"),
    (f"ex:T {TARGET} ;\n sh:in ex:list .", "line 3: <https://example.org/T>: sh:in must be a list", "place named"),
    (f'ex:T {TARGET} ;\n sh:class "C" .', "sh:class must be an IRI", "place named"),
    (f"ex:T {TARGET} ;\n sh:datatype ex:a, ex:b .", "sh:datatype has 2 values", "place named"),
    (f'ex:T {TARGET} ;\n sh:closed "yes" .', "sh:closed must be true or false", "place named"),
    (f'ex:T {TARGET} ;\n sh:path "p" .', 'line 3: <https://example.org/T>: "p" is not a well-formed', "IRI"),
    (f'ex:T {TARGET} ; sh:path ex:p ;\n sh:pattern "(" .', "line 3: <https://example.org/T>: sh:pattern", "Python"),
    (f"ex:T {TARGET} ;\n sh:minInclusive ex:x .", "sh:minInclusive must be a literal", "place named"),
    (f'ex:T {TARGET} ; sh:path ex:p ; sh:flags "i" ;\n sh:qualifiedMinCount 1 .', "line 2: ", "place named"),
    (f"ex:T {TARGET} ;\n ex:about << ex:a ex:b ex:c >> .", "a triple within a triple", "place named"),
    (f"ex:T {TARGET} ; sh:node {'[ sh:node ' * 500}[ sh:class ex:D ]{' ]' * 500} .", "too deep", "place named"),
)


def refused(folder: Path, text: str) -> ProfileError:
    """Return why a shapes file is refused."""
    path = folder / "community.ttl"
    path.write_text(PREFIXES + text, encoding="utf-8")
    with pytest.raises(ProfileError) as caught:
        load_profile(path)
    return caught.value


@pytest.mark.parametrize(("text", "complaint", "advice"), WRONG, ids=range(len(WRONG)))
def test_an_error_is_named_by_file_line_and_node_with_advice(
    tmp_path: Path, text: str, complaint: str, advice: str
) -> None:
    error = refused(tmp_path, text)

    assert complaint in error.message
    assert error.message.startswith("community.ttl, line ")
    assert advice in error.advice


RECURSIVE = (
    (f"ex:A {TARGET} ;\n  sh:node ex:A .", 3, "<A> -sh:node-> <A>"),
    (f"ex:A {TARGET} ;\n  sh:node ex:B .\nex:B sh:node ex:A .", 3, "<A> -sh:node-> <B> -sh:node-> <A>"),
    (
        f"ex:A {TARGET} ; sh:property\n  ex:P .\nex:P sh:path ex:p ; sh:message 'm' ; sh:node ex:A .",
        3,
        "<A> -sh:property-> <P> -sh:node-> <A>",
    ),
    (f"ex:A {TARGET} ;\n  sh:or ( [ sh:class ex:C ] ex:A ) .", 3, "<A> -sh:or-> <A>"),
    (
        f"ex:A {TARGET} ; sh:xone ( ex:B ) .\nex:B\n  sh:and ( [ sh:not ex:B ] ) .",
        4,
        "<B> -sh:and-> a blank node -sh:not-> <B>",
    ),
    (
        f"ex:A {TARGET} ; sh:path ex:p ; sh:qualifiedMinCount 1 ;\n  sh:qualifiedValueShape ex:A .",
        3,
        "<A> -sh:qualifiedValueShape-> <A>",
    ),
)


@pytest.mark.parametrize(("text", "line", "cycle"), RECURSIVE, ids=range(len(RECURSIVE)))
def test_a_shape_that_refers_to_itself_is_refused_with_the_circle(
    tmp_path: Path, text: str, line: int, cycle: str
) -> None:
    error = refused(tmp_path, text)

    assert error.message.replace("https://example.org/", "").endswith(f"the shape refers to itself: {cycle}")
    assert error.message.startswith(f"community.ttl, line {line}: ")
    assert "3.4.3" in error.advice


def test_a_shape_that_several_refer_to_is_no_circle_and_neither_is_one_by_way_of_a_deactivated_shape(
    tmp_path: Path,
) -> None:
    path = tmp_path / "community.ttl"
    path.write_text(
        f"{PREFIXES}ex:A {TARGET} ; sh:node ex:B, ex:C ; sh:not ex:D . ex:B sh:node ex:C . ex:C sh:class ex:C ."
        "ex:D sh:deactivated true ; sh:node ex:A .",
        encoding="utf-8",
    )

    assert [shape.id for shape in load_profile(path).shapes] == ["https://example.org/A"]


def test_a_long_chain_of_shapes_is_followed_without_a_stack(tmp_path: Path) -> None:
    steps = "".join(f"ex:S{number} sh:node ex:S{number + 1} .\n" for number in range(20_000))

    error = refused(tmp_path, f"ex:A {TARGET} ; sh:node ex:S0 .\n{steps}ex:S20000 sh:node ex:A .")

    assert "the shape refers to itself" in error.message
    assert "... 19990 more ..." in error.message and len(error.message) < 2000
