"""A check that takes too long costs the record that check and no other, and says which it was and of what."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator

import pytest
from structlog.testing import capture_logs

from node.model.rdf import Iri, Literal
from node.model.report import Finding
from node.namespaces import RDF_TYPE
from node.validation.deadline import StepOutOfTime, _say_unlimited, deadline
from node.validation.engine_compiled import CompiledEngine
from node.validation.engine_pyshacl import PyshaclEngine
from node.validation.engines import ENGINE_FAILED, Answer
from node.validation.record_graph import RecordGraph
from tests.validation.engines import profile_of, triples_of

EX = "https://example.org/"
BOMB = f'"{"a" * 40}!"'
EXPLODES = 'sh:pattern "^(a+)+$" ; sh:message "m"'
PROFILE = profile_of(
    'ex:A sh:targetClass ex:C ; sh:path ex:p ; sh:minCount 1 ; sh:message "m" .'
    f"ex:B sh:targetClass ex:C ; sh:path ex:p ; {EXPLODES} ."
    'ex:D sh:targetClass ex:C ; sh:path ex:q ; sh:minCount 1 ; sh:message "m" .'
)
ENGINES = pytest.mark.parametrize("engine", [CompiledEngine, PyshaclEngine])


def _verdicts(answer: Answer) -> dict[str, bool | None]:
    return {f"{each.shape} {each.focus_node}".replace(EX, ""): each.passed for each in answer.verdicts}


def _failed(answer: Answer) -> list[Finding]:
    return [finding for finding in answer.findings if finding.code == ENGINE_FAILED]


@ENGINES
def test_the_finding_names_shape_node_and_path_and_the_shapes_after_it_are_asked(
    engine: type[CompiledEngine | PyshaclEngine],
) -> None:
    started = time.monotonic()

    answer = engine(PROFILE, seconds=1).ask(triples_of(f"ex:a a ex:C ; ex:p {BOMB} ."), None)

    assert time.monotonic() - started < 5
    assert _verdicts(answer) == {"A a": True, "B a": None, "D a": False}
    (finding,) = _failed(answer)
    assert (finding.value, finding.focus_node, finding.path) == (f"{EX}B", f"{EX}a", f"{EX}p")
    assert "second" not in finding.message and not any(letter.isdigit() for letter in finding.message)


@ENGINES
def test_a_shape_that_took_too_long_once_is_not_asked_again_and_says_so_of_each_node(
    engine: type[CompiledEngine | PyshaclEngine],
) -> None:
    record = "".join(f"ex:n{number:02} a ex:C ; ex:p {BOMB} ; ex:q 1 ." for number in range(30))

    answer = engine(PROFILE, seconds=1).ask(triples_of(record), None)

    found = _verdicts(answer)
    assert [found[f"B n{number:02}"] for number in range(30)] == [None] * 30
    assert [found[f"{shape} n{number:02}"] for shape in "AD" for number in range(30)] == [True] * 60
    assert [finding.focus_node for finding in _failed(answer)] == [f"{EX}n{number:02}" for number in range(30)]
    assert ["not asked here" in finding.message for finding in _failed(answer)] == [False] + [True] * 29


def test_a_nested_shape_that_takes_too_long_leaves_its_siblings_and_other_nodes_theirs() -> None:
    profile = profile_of(
        'ex:T sh:targetClass ex:C ; sh:message "m" ; sh:property ex:B, ex:D, ex:E .'
        f"ex:B sh:path ex:p ; {EXPLODES} ."
        'ex:D sh:path ex:q ; sh:minCount 1 ; sh:message "m" .'
        'ex:E sh:path ex:r ; sh:maxCount 0 ; sh:message "m" .'
    )
    record = f"ex:a a ex:C ; ex:p {BOMB} ; ex:q 1 . ex:b a ex:C ; ex:p {BOMB} ; ex:r 1 . ex:c a ex:C ; ex:q 1 ."

    answer = CompiledEngine(profile, seconds=1).ask(triples_of(record), None)

    assert _verdicts(answer) == {"T a": None, "T b": False, "T c": True}
    told = [f"{each.code} {each.focus_node} {each.value}".replace(EX, "") for each in answer.findings]
    assert told == ["D b None", "E b None", f"{ENGINE_FAILED} a B", f"{ENGINE_FAILED} b B"]


@pytest.mark.parametrize(
    "logic",
    [
        "sh:not [ sh:path ex:p ; sh:pattern '^(a+)+$' ]",
        "sh:or ( [ sh:path ex:p ; sh:pattern '^(a+)+$' ] [ sh:path ex:q ; sh:minCount 1 ] )",
        "sh:not [ sh:path ex:p ; sh:pattern '^(a+)+$' ; sh:minInclusive 1 ]",
    ],
)
def test_what_rests_on_a_check_without_an_outcome_has_none_itself(logic: str) -> None:
    profile = profile_of(f'ex:T sh:targetClass ex:C ; {logic} ; sh:message "m" .')

    answer = CompiledEngine(profile, seconds=0.5).ask(triples_of(f"ex:a a ex:C ; ex:p {BOMB} ; ex:q 1 ."), None)

    assert _verdicts(answer) == {"T a": None}
    assert [finding.value for finding in answer.findings] == [f"{EX}T"]


def test_a_shape_of_the_referee_that_takes_too_long_costs_no_other() -> None:
    profile = profile_of(
        f"ex:R sh:targetClass ex:C ; sh:path [ sh:inversePath ( ex:p ex:q ) ] ; {EXPLODES} ; sh:maxLength 2000 ."
        f"ex:S sh:targetClass ex:C ; sh:path [ sh:zeroOrOnePath ex:p ] ; sh:minCount 1 ; sh:message 'm' ."
    )
    record = triples_of("ex:a a ex:C . ex:b a ex:C .")
    endless = Iri("urn:" + "a" * 40 + "!")
    profile = profile_of(profile.files[0][1].decode().replace("^(a+)+$", "^urn:(a+)+$"))
    links = [(endless, Iri(f"{EX}{way}"), Iri(f"{EX}{node}")) for way in "pq" for node in "ab"]
    links += [(Iri(f"{EX}{one}"), Iri(f"{EX}{way}"), Iri(f"{EX}{one}")) for one in "ab" for way in "pq"]

    answer = CompiledEngine(profile, seconds=1).ask([*record, *links], None)

    assert _verdicts(answer) == {"R a": None, "R b": None, "S a": True, "S b": True}


@ENGINES
def test_where_the_records_time_is_over_every_pair_of_shape_and_node_that_is_left_is_undecided(
    engine: type[CompiledEngine | PyshaclEngine],
) -> None:
    bombs = "".join(f"ex:B{number} sh:targetClass ex:C ; sh:path ex:p ; {EXPLODES} ." for number in range(9))
    profile = profile_of(f"{bombs} ex:A sh:targetClass ex:C ; sh:path ex:p ; sh:minCount 1 ; sh:message 'm' .")

    answer = engine(profile, seconds=0.5).ask(triples_of(f"ex:a a ex:C ; ex:p {BOMB} . ex:b a ex:C ."), None)

    found = _verdicts(answer)
    assert len(found) == 20 and [found["A a"], found["B8 a"], found["A b"]] == [True, None, None]
    over = next(finding for finding in _failed(answer) if "its time was over" in finding.message)
    assert over.focus_node == f"{EX}a" and (over.value or "").startswith(f"{EX}B")


def test_what_raises_in_a_check_costs_no_other(monkeypatch: pytest.MonkeyPatch) -> None:
    engine = CompiledEngine(PROFILE)

    def raises(value: object) -> str:
        raise RecursionError("too deep")

    monkeypatch.setattr("node.validation.compiled.values._text", raises)

    answer = engine.ask(triples_of("ex:a a ex:C ; ex:p 'a' ."), None)

    assert _verdicts(answer) == {"A a": True, "B a": None, "D a": False}
    assert ["could not be evaluated" in finding.message for finding in _failed(answer)] == [True]


def test_an_index_that_was_interrupted_is_made_anew() -> None:
    class Interrupts(dict[object, object]):
        """What is said of nodes; interrupted once, in the middle."""

        once = True

        def items(self) -> Iterator[tuple[object, object]]:  # type: ignore[override]
            for number, item in enumerate(super().items()):
                if number == 1 and Interrupts.once:
                    Interrupts.once = False
                    raise StepOutOfTime
                yield item

    kind, one, other = Iri(f"{EX}C"), Iri(f"{EX}a"), Iri(f"{EX}b")
    graph = RecordGraph([(one, RDF_TYPE, kind), (other, RDF_TYPE, kind), (one, kind, Literal("x"))])
    for ask in (lambda: graph.classes()[kind], lambda: graph.subjects(RDF_TYPE, kind)):
        Interrupts.once, graph.about = True, Interrupts(graph.about)  # type: ignore[assignment]
        with pytest.raises(StepOutOfTime):
            ask()
        assert list(ask()) == [one, other]


def test_where_no_alarm_comes_the_log_says_so_once() -> None:
    _say_unlimited.cache_clear()
    said: list[object] = []

    def judge() -> None:
        with capture_logs() as logs:
            for _ in range(2):
                CompiledEngine(PROFILE).ask(triples_of("ex:a a ex:C ."), None)
        said.extend(each["event"] for each in logs)

    thread = threading.Thread(target=judge)
    thread.start()
    thread.join(30)

    assert said == ["records are judged outside a main thread, where a check that takes too long is not ended"]


def test_many_quick_steps_may_take_all_of_the_time() -> None:
    done: list[int] = []

    with deadline(2) as limit:
        limit.steps(done)
        for number in range(30):
            time.sleep(0.02)
            done.append(number)
        with pytest.raises(StepOutOfTime):
            time.sleep(5)

    assert len(done) == 30
