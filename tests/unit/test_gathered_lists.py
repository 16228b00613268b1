"""Lists that are gathered before they are read: the newest mention counts, and a place in them is a key."""

from __future__ import annotations

import pytest

from harvesters.gathered_lists import Gathered, Mention, Unavailable, gathered_pages, is_passing
from node.errors import AddressRefused, FairnodeError, FetchError, HttpStatus, ListIncomplete, TooLarge
from node.model.oai import Checkpoint, Header, Page, Record
from node.model.report import Finding


class Reads:
    """A reader that fails where it is told to, and takes keys with a capital for no records."""

    def __init__(self, *failing: str) -> None:
        self.failing = failing

    def read(self, mention: Mention) -> Record | None:
        record = Record(header=Header(identifier=mention.key, datestamp=mention.stamp), metadata=mention.value)
        if mention.key in self.failing:
            raise Unavailable(FetchError(f"{mention.key} is down"), record)
        return record if mention.key.islower() else None

    def notes(self) -> tuple[Finding, ...]:
        return ()


def gathered(*mentions: tuple[str, str, bytes]) -> Gathered:
    made = Gathered()
    for mention in mentions:
        made.put(Mention(*mention))
    return made


def pages(
    things: Gathered, reader: Reads, checkpoint: Checkpoint | None = None, *, missing: str = ""
) -> tuple[list[Page], FairnodeError | None]:
    found: list[Page] = []
    try:
        walk = gathered_pages(
            things, reader, checkpoint or Checkpoint(), size=2, url="u", bookmark="now", missing=missing
        )
        found.extend(walk)
    except FairnodeError as error:
        return found, error
    return found, None


def names(found: list[Page]) -> str:
    return "".join(record.header.identifier for page in found for record in page.records)


def test_the_newest_mention_counts_and_of_equal_ones_the_last() -> None:
    things = gathered(("a", "2", b"new"), ("a", "1", b"old"), ("b", "1", b"first"), ("b", "1", b"last"), ("a", "", b""))

    assert [mention.value for mention in things.after("", 9)] == [b"new", b"last"]
    assert things.get("a") == Mention("a", "2", b"new") and things.get("z") is None
    assert len(things) == 2
    things.clear()
    assert len(things) == 0


def test_keys_are_gone_through_in_order_each_once() -> None:
    found, error = pages(gathered(*[(key, "", b"") for key in "ecaBdé"]), Reads())

    assert (names(found), error) == ("acdeé", None)
    assert [page.checkpoint.done for page in found] == [False, False, True]
    assert found[-1].checkpoint.bookmark == "now"


def test_an_empty_list_is_a_page_without_records() -> None:
    found, error = pages(gathered(), Reads())

    assert error is None
    assert [(page.listed, page.checkpoint.done) for page in found] == [(0, True)]


def test_a_run_goes_on_behind_the_key_it_stood_at_whatever_was_added() -> None:
    first, _ = pages(gathered(("a", "", b""), ("c", "", b""), ("d", "", b"")), Reads())

    rest, _ = pages(
        gathered(("b", "", b""), ("c", "", b""), ("d", "", b""), ("e", "", b"")), Reads(), first[0].checkpoint
    )

    assert names(rest) == "de"


def test_what_cannot_be_had_is_in_its_page_and_fails_the_run_at_the_end() -> None:
    things = gathered(*[(key, "", b"") for key in "abcd"])

    found, error = pages(things, Reads("b"))

    assert names(found) == "abcd"
    assert isinstance(error, ListIncomplete) and "b is down" in error.message
    assert not found[-1].checkpoint.done
    _, still = pages(things, Reads(), found[0].checkpoint)
    assert isinstance(still, ListIncomplete), "another process that goes on knows of it"


def test_a_list_that_was_gathered_in_part_is_never_done() -> None:
    found, error = pages(gathered(("a", "", b"")), Reads(), missing="half of it was down")

    assert names(found) == "a" and not found[-1].checkpoint.done
    assert isinstance(error, ListIncomplete) and "half of it" in error.message


def test_a_source_that_is_down_is_not_asked_for_everything() -> None:
    keys = [chr(number) for number in range(ord("a"), ord("z"))]

    found, error = pages(gathered(*[(key, "", b"") for key in keys]), Reads(*keys))

    assert isinstance(error, FetchError) and len(names(found)) < 10


@pytest.mark.parametrize(
    ("error", "passing"),
    [
        (FetchError("reset"), True),
        (AddressRefused("private"), False),
        (TooLarge("bomb"), False),
        *((HttpStatus("", status=status), False) for status in (400, 401, 403, 404, 410)),
        *((HttpStatus("", status=status), True) for status in (408, 425, 429, 500, 503)),
    ],
)
def test_only_what_another_day_may_mend_is_passing(error: FairnodeError, passing: bool) -> None:
    assert is_passing(error) is passing


def test_a_position_that_is_none_begins_at_the_beginning() -> None:
    found, _ = pages(gathered(("a", "", b"")), Reads(), Checkpoint(position="what?"))

    assert names(found) == "a"
