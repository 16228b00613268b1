"""The provider that is looked at: what it says of itself and what it lists, each asked for when a point wants it."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cached_property

from lxml.etree import _Element as Element

from node.amounts import counted
from node.conformance.answers import LISTS, TAG, Answer, Item
from node.conformance.asking import Asker, Fails, NotApplicable, Undecided, spelt
from node.model.repository import MetadataFormat

DAY, SECONDS = "YYYY-MM-DD", "YYYY-MM-DDThh:mm:ssZ"
SPELT = {DAY: re.compile(r"\d{4}-\d\d-\d\d"), SECONDS: re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ")}
NOBODY = "conformance-no-such-thing"
"""A name that no record, format or set has."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Walk:
    """A list followed to its end, or as far as it goes.

    Attributes:
        pages: the answers.
        why_partial: why it is not the whole list; empty where it is.
        broken: the page that is no page of a list, where one is not.
        told_by: the point that tells of a list that breaks off; empty is whichever looks at it.
    """

    pages: tuple[Answer, ...]
    why_partial: str = ""
    broken: Answer | None = None
    told_by: str = ""

    @property
    def items(self) -> tuple[Item, ...]:
        """All items, in order."""
        return tuple(item for page in self.pages for item in page.items)

    @property
    def whole(self) -> tuple[Item, ...]:
        """All items of a list that was followed to its end; none where no record matches.

        Raises:
            Fails: a page could not be read.
            Undecided: it was not followed to its end.
        """
        if self.broken is not None and not self.pages and self.broken.codes == ("noRecordsMatch",):
            return ()
        if self.broken is not None:
            seen = f"page {len(self.pages) + 1} of the list is no page: {self.broken.said}"
            if self.pages and self.told_by:
                raise Undecided(f"{seen} ({self.told_by})")
            raise Fails(seen, self.broken)
        if self.why_partial:
            raise Undecided(self.why_partial)
        return self.items

    @property
    def tokens(self) -> tuple[str, ...]:
        """The resumption tokens, in order."""
        return tuple(page.following for page in self.pages if page.following)


class Subject:
    """A provider under examination.

    Args:
        asker: asks it.
        prefix: the format whose list is followed.
        set_spec: the set whose list is followed; `None` is everything.
        most: records of a list that are followed, at most.
        clock: the time, UTC.
    """

    def __init__(
        self, asker: Asker, *, prefix: str, set_spec: str | None, most: int, clock: Callable[[], dt.datetime]
    ) -> None:
        self.asker = asker
        self.ask = asker.ask
        self.prefix = prefix
        self.scope = {} if set_spec is None else {"set": set_spec}
        self.most = most
        self.clock = clock

    @cached_property
    def identify(self) -> Answer:
        """The answer to Identify."""
        answer = self.ask("Identify")
        if answer.verb is None:
            raise Undecided(f"Identify cannot be read: {answer.said}")
        return answer

    def stated(self, name: str) -> str:
        """Return the text of the first element of this name in Identify; empty where there is none."""
        verb = self.identify.verb
        return "" if verb is None else (verb.findtext(f"{TAG}{name}") or "").strip()

    @property
    def granularity(self) -> str:
        """The granularity that Identify declares."""
        found = self.stated("granularity")
        if found not in SPELT:
            raise Undecided(f"the granularity {found[:50]!r} is none of the two (I06)")
        return found

    @cached_property
    def formats(self) -> tuple[MetadataFormat, ...]:
        """The formats on offer."""
        answer = self.ask("ListMetadataFormats")
        found = answer.verb.findall(f"{TAG}metadataFormat") if answer.verb is not None else []
        if not found:
            raise Undecided(f"ListMetadataFormats names no format: {answer.said}")
        return tuple(
            MetadataFormat(
                prefix=(each.findtext(f"{TAG}metadataPrefix") or "").strip(),
                namespace=(each.findtext(f"{TAG}metadataNamespace") or "").strip(),
                schema=(each.findtext(f"{TAG}schema") or "").strip(),
            )
            for each in found
        )

    @cached_property
    def sets(self) -> tuple[str, ...] | None:
        """The setSpecs; `None` where there is no set hierarchy."""
        walk = self.walk("ListSets")
        if walk.broken is not None:
            if "noSetHierarchy" in walk.broken.codes:
                return None
            raise Undecided(f"ListSets cannot be read: {walk.broken.said}")
        found = [each for page in walk.pages if page.verb is not None for each in page.verb.iter(f"{TAG}setSpec")]
        return tuple((each.text or "").strip() for each in found)

    @cached_property
    def records(self) -> Walk:
        """The list of records, followed to its end."""
        return replace(self.listed("ListRecords"), told_by="T11")

    @cached_property
    def headers(self) -> Walk:
        """The list of headers, followed to its end."""
        return replace(self.listed("ListIdentifiers"), told_by="T11")

    @property
    def live(self) -> tuple[Item, ...]:
        """Records listed that are not deleted.

        Raises:
            NotApplicable: there are none.
        """
        found = tuple(item for item in self.records.items if not item.is_deleted)
        if not found:
            raise NotApplicable("no live record is listed")
        return found

    def in_oai_dc(self) -> tuple[Answer, list[tuple[Item, Element]]]:
        """Ask for records in `oai_dc`, and return the answer and those that have a payload, with it.

        Raises:
            NotApplicable: there are none.
        """
        answer = self.ask("ListRecords", metadataPrefix="oai_dc", **self.scope)
        payloads = [(item, item.payload) for item in answer.items if item.payload is not None]
        if not payloads:
            raise NotApplicable("no live record is listed in oai_dc")
        return answer, payloads

    @property
    def deleted(self) -> tuple[Item, ...]:
        """Records listed that are deleted."""
        return tuple(item for item in self.records.items if item.is_deleted)

    @property
    def sample(self) -> tuple[Item, ...]:
        """The first, the middle and the last item of the list of records.

        Raises:
            NotApplicable: the list is empty.
        """
        items = self.records.items
        if not items:
            raise NotApplicable("no record is listed")
        return tuple(items[place] for place in sorted({0, len(items) // 2, len(items) - 1}))

    @property
    def paged(self) -> Walk:
        """The list of records where it has several pages.

        Raises:
            NotApplicable: it has one.
        """
        walk = self.records
        if not walk.tokens:
            raise NotApplicable("the list has one page, so no token is issued")
        return walk

    def listed(self, verb: str, **arguments: str) -> Walk:
        """Follow a list in the scope looked at; `arguments` beside it, or in place of it."""
        return self.walk(verb, **{"metadataPrefix": self.prefix, **self.scope, **arguments})

    def identifiers(self, **arguments: str) -> tuple[str, ...]:
        """Return the identifiers of a list of headers; none where no record matches.

        Raises:
            Fails, Undecided: as `Walk.whole`.
        """
        return tuple(item.identifier for item in self.listed("ListIdentifiers", **arguments).whole)

    def changed(self) -> str:
        """Return how the lists followed differ from what they were; empty where they do not, or cannot be had again."""
        for name, verb in (("headers", "ListIdentifiers"), ("records", "ListRecords")):
            if name not in self.__dict__:
                continue
            before = {item.told for item in self.__dict__[name].items}
            try:
                query = spelt(verb, **{"metadataPrefix": self.prefix, **self.scope})
                walk = self._followed(verb, query, again=True)
            except (Fails, Undecided):
                return ""
            if walk.broken is not None:
                return ""
            if moved := {identifier for identifier, *_ in before ^ {item.told for item in walk.items}}:
                return f"{counted(len(moved), 'item')} changed meanwhile, so look again when it is quiet"
        return ""

    def walk(self, verb: str, **arguments: str) -> Walk:
        """Follow a list to its end, within bounds."""
        return self._followed(verb, spelt(verb, **arguments))

    def _followed(self, verb: str, query: str, *, again: bool = False) -> Walk:
        answer = self.asker.raw(query, again=again)
        pages: list[Answer] = []
        seen: set[str] = set()
        count = 0
        while True:
            if answer.verb is None or answer.verb.tag != f"{TAG}{verb}":
                return Walk(pages=tuple(pages), broken=answer, why_partial="the list breaks off")
            pages.append(answer)
            count += len(answer.items)
            token = answer.following
            if not token:
                return Walk(pages=tuple(pages))
            if token in seen:
                return Walk(pages=tuple(pages), why_partial="a resumption token comes back: the list goes round")
            seen.add(token)
            if verb in LISTS and count >= self.most:
                size = answer.token.get("completeListSize") if answer.token is not None else None
                told = f"of {size} " if size else ""
                return Walk(
                    pages=tuple(pages),
                    why_partial=f"{count} {told}records were looked at and the list goes on: raise --records, "
                    "or look at a --set that is smaller",
                )
            answer = self.asker.raw(spelt(verb, resumptionToken=token), again=again)


def moment(stamp: str) -> dt.datetime:
    """Return the time of a datestamp in either granularity.

    Raises:
        Undecided: it is in none.
    """
    for form in ("%Y-%m-%dT%H:%M:%SZ", "%Y-%m-%d"):
        try:
            return dt.datetime.strptime(stamp, form).replace(tzinfo=dt.UTC)
        except ValueError:
            continue
    raise Undecided(f"the datestamp {stamp[:50]!r} cannot be read (L03)")


def spelt_in(granularity: str, when: dt.datetime) -> str:
    """Return a time as the granularity spells it."""
    return when.strftime("%Y-%m-%d" if granularity == DAY else "%Y-%m-%dT%H:%M:%SZ")


def step(granularity: str) -> dt.timedelta:
    """Return the least difference of two datestamps."""
    return dt.timedelta(days=1) if granularity == DAY else dt.timedelta(seconds=1)
