"""The hash chain proves a whole trail, and signed heads prove its end."""

import dataclasses
import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from node.model.trail import BEGINNING, Act, Entry, Head
from node.sovereignty.labels import least, most_restrictive
from node.sovereignty.trail import entry_hash, head_bytes, label_digest, link, prove, read_head

START = dt.datetime(2026, 11, 1, 12, 0, 0, 123456)
TEXT = st.text(alphabet=st.characters(exclude_categories=["Cs"]), max_size=20)
ACTS = st.builds(
    Act,
    actor=TEXT,
    action=TEXT,
    object=TEXT,
    label=st.just(""),
    permitted=st.booleans(),
    reasons=st.lists(TEXT, max_size=3).map(tuple),
)


def test_an_entry_has_the_hash_of_the_documented_example():
    act = Act(actor="anonymous", action="read", object="aaaa", permitted=False, reasons=("access is restricted",))

    digest = entry_hash(act, seq=1, prev=BEGINNING, at=START)

    # docs/reference/trail.md has it as a line for `sha256sum`.
    assert digest == "3c2657b1501d3313c14b6d38d83d7dde21a003ca6d72b409a57cba8ccea38dc5"


def test_an_empty_trail_and_an_untouched_one_hold():
    assert list(prove([])) == []
    assert list(prove(chain(5), [head(chain(5), 3), head(chain(5), 5)])) == []
    nothing = Head(node="https://node.example", seq=0, hash=BEGINNING, at=START)
    assert list(prove([], [nothing])) == list(prove(chain(2), [nothing])) == []


@given(st.lists(ACTS, min_size=1, max_size=8), st.data())
def test_whatever_is_changed_in_one_entry_is_found_there(acts, data):
    entries = chain_of(acts)
    at = data.draw(st.integers(0, len(entries) - 1))
    other = data.draw(ACTS.filter(lambda act: act != entries[at].act))
    entries[at] = dataclasses.replace(entries[at], act=other)

    faults = list(prove(entries))

    assert [(fault.kind, fault.seq) for fault in faults] == [("changed", at + 1)]


def test_a_changed_entry_that_was_hashed_anew_breaks_the_next():
    entries = chain(5)
    entries[1] = link(Act(actor="x", action="read", object="y"), seq=2, prev=entries[1].prev, at=entries[1].at)

    assert [(fault.kind, fault.seq) for fault in prove(entries)] == [("broken", 3)]


@pytest.mark.parametrize(("gone", "named"), [([0], 1), ([2], 3), ([1, 2, 3], 2)])
def test_entries_taken_out_are_named(gone, named):
    entries = [entry for index, entry in enumerate(chain(6)) if index not in gone]

    faults = list(prove(entries))

    assert [(fault.kind, fault.seq) for fault in faults] == [("gap", named)]


def test_entries_in_another_order_do_not_hold():
    first, second, third = chain(3)

    assert list(prove([first, third, second]))


def test_a_cut_tail_shows_by_a_head_that_lies_beyond_it():
    entries = chain(6)

    faults = list(prove(entries[:4], [head(entries, 3), head(entries, 6)]))

    assert [(fault.kind, fault.seq) for fault in faults] == [("cut", 6)]
    assert "ends with 4" in faults[0].detail


def test_a_trail_written_anew_shows_by_a_head_of_the_old_one():
    old, new = chain(6), chain(8, actor="somebody else")

    assert list(prove(new)) == []
    assert {fault.kind for fault in prove(new, [head(old, 6)])} == {"rewritten"}


def test_a_trail_that_was_emptied_shows():
    assert [fault.kind for fault in prove([], [head(chain(2), 2)])] == ["cut"]


def test_a_head_is_read_as_it_was_written_and_in_no_other_spelling():
    made = head(chain(3), 3)

    assert read_head(head_bytes(made)) == made
    for body in (
        b"",
        b"[]",
        b"{}",
        head_bytes(made).replace(b":", b": "),
        head_bytes(made).replace(b"head/1", b"head/2"),
    ):
        with pytest.raises(ValueError):
            read_head(body)


def test_labels_have_digests_of_their_own():
    assert label_digest(least()) != ""
    assert len({label_digest(least()), label_digest(most_restrictive())}) == 2


def chain(length: int, actor: str = "anonymous") -> list[Entry]:
    return chain_of([Act(actor=actor, action="read", object=f"record-{number}") for number in range(length)])


def chain_of(acts: list[Act]) -> list[Entry]:
    entries: list[Entry] = []
    prev = BEGINNING
    for number, act in enumerate(acts, 1):
        entry = link(act, seq=number, prev=prev, at=START + dt.timedelta(seconds=number))
        entries.append(entry)
        prev = entry.hash
    return entries


def head(entries: list[Entry], seq: int) -> Head:
    return Head(node="https://node.example", seq=seq, hash=entries[seq - 1].hash, at=dt.datetime(2026, 11, 2, 3, 4, 5))
