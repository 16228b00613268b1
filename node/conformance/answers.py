"""An answer of a provider as it came, and the parts of it that points look at (OAI-PMH 2.0, section 3.2)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from urllib.parse import parse_qsl

from lxml.etree import _Element as Element

from node.errors import FairnodeError
from node.namespaces import OAI
from node.syntax import parse_xml

TAG = f"{{{OAI}}}"
LISTS = ("ListRecords", "ListIdentifiers")


@dataclass(frozen=True, kw_only=True)
class Answer:
    """An answer; it is parsed when something of it is asked for.

    Attributes:
        query: as sent, percent-encoded; of a POST its body.
        method: `GET` or `POST`.
        url: that was asked for, and that a person can ask for again.
        status: HTTP status.
        headers: names in lower case.
        body: inflated.
        at: when it had come, UTC.
    """

    query: str
    method: str
    url: str
    status: int
    headers: Mapping[str, str]
    body: bytes
    at: dt.datetime

    @cached_property
    def _parsed(self) -> tuple[Element | None, str]:
        try:
            return parse_xml(self.body), ""
        except FairnodeError as error:
            return None, error.message

    @property
    def root(self) -> Element | None:
        """The root; nothing where the body is no XML."""
        return self._parsed[0]

    @property
    def problem(self) -> str:
        """Why the body is no XML; else empty."""
        return self._parsed[1]

    @cached_property
    def arguments(self) -> tuple[tuple[str, str], ...]:
        """The arguments sent, decoded."""
        return tuple(parse_qsl(self.query, keep_blank_values=True, errors="replace"))

    @cached_property
    def codes(self) -> tuple[str, ...]:
        """Codes of the errors."""
        found = self.root.findall(f"{TAG}error") if self.root is not None else []
        return tuple(error.get("code") or "(no code)" for error in found)

    @property
    def verb(self) -> Element | None:
        """The verb element; nothing where there is none."""
        verbs = [each for each in self.root if str(each.tag) in _VERBS] if self.root is not None else []
        return verbs[0] if verbs else None

    def text(self, name: str) -> str | None:
        """Return the text of the first child of this name below the root."""
        found = self.root.find(f"{TAG}{name}") if self.root is not None else None
        return None if found is None else (found.text or "").strip()

    @property
    def items(self) -> tuple[Item, ...]:
        """The records or headers of a list, or the record of GetRecord."""
        verb = self.verb
        if verb is None:
            return ()
        found = [Item(header=each, record=None) for each in verb.findall(f"{TAG}header")]
        for record in verb.findall(f"{TAG}record"):
            header = record.find(f"{TAG}header")
            if header is not None:
                found.append(Item(header=header, record=record))
        return tuple(found)

    @property
    def token(self) -> Element | None:
        """The resumptionToken element of a list."""
        verb = self.verb
        return None if verb is None else verb.find(f"{TAG}resumptionToken")

    @property
    def following(self) -> str:
        """The token of the next page; empty where there is none."""
        token = self.token
        return "" if token is None else (token.text or "").strip()

    @property
    def said(self) -> str:
        """What was answered, in a few words."""
        if self.codes:
            return f"error {', '.join(self.codes)}"
        if self.status != 200:
            return f"HTTP status {self.status}"
        if self.root is None:
            return f"no XML ({self.problem})"
        verb = self.verb
        if verb is None:
            return "no verb and no error"
        name = str(verb.tag).removeprefix(TAG)
        return f"{name} with {len(self.items)} items" if self.items else name


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """A header in a list, with its record where the list is one of records."""

    header: Element
    record: Element | None

    @property
    def identifier(self) -> str:
        """The item's identifier."""
        return (self.header.findtext(f"{TAG}identifier") or "").strip()

    @property
    def datestamp(self) -> str:
        """The datestamp as it is spelt."""
        return (self.header.findtext(f"{TAG}datestamp") or "").strip()

    @property
    def is_deleted(self) -> bool:
        """Whether the header says so."""
        return self.header.get("status") == "deleted"

    @property
    def sets(self) -> tuple[str, ...]:
        """The setSpecs, sorted."""
        return tuple(sorted((each.text or "").strip() for each in self.header.findall(f"{TAG}setSpec")))

    @property
    def told(self) -> tuple[str, str, bool, tuple[str, ...]]:
        """All that the header says."""
        return self.identifier, self.datestamp, self.is_deleted, self.sets

    @property
    def words(self) -> str:
        """All that the header says, for people."""
        gone = ", deleted" if self.is_deleted else ""
        return f"{self.identifier} of {self.datestamp or 'no date'}{gone}, in {', '.join(self.sets) or 'no set'}"

    @property
    def payload(self) -> Element | None:
        """The root of the metadata."""
        found = self.record.find(f"{TAG}metadata") if self.record is not None else None
        return next((each for each in found if isinstance(each.tag, str)), None) if found is not None else None


_VERBS = {
    f"{TAG}{verb}"
    for verb in ("Identify", "ListMetadataFormats", "ListSets", "ListIdentifiers", "ListRecords", "GetRecord")
}
