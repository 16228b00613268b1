"""What the OAI-PMH provider says of itself, and what it reads from."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from node.exposition.oai_tokens import Tokens
from node.model.listing import Item, Selection
from node.model.peer import Guest, Viewer

DAY, SECONDS = "YYYY-MM-DD", "YYYY-MM-DDThh:mm:ssZ"
"""The granularities of datestamps (OAI-PMH 2.0, section 3.3.1)."""


class Repository(Protocol):
    """What the provider reads; every method answers for one viewer."""

    def clock(self, viewer: Viewer = ...) -> tuple[int, dt.datetime]: ...
    def basis(self, viewer: Viewer) -> str: ...
    def page(self, selection: Selection, viewer: Viewer, limit: int, *, with_body: bool) -> tuple[Item, ...]: ...
    def size(self, selection: Selection, viewer: Viewer) -> int: ...
    def get(self, local_id: str, prefix: str | None, viewer: Viewer) -> Item | None: ...
    def prefixes(self, local_id: str, viewer: Viewer) -> tuple[str, ...]: ...
    def knows(self, local_id: str, viewer: Viewer) -> bool: ...
    def sets(self, viewer: Viewer) -> tuple[str, ...]: ...
    def note_delivery(self, items: Sequence[Item], guest: Guest) -> None: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Format:
    """A metadata format on offer (section 4.4).

    Attributes:
        prefix, namespace, schema: as ListMetadataFormats says them.
        stored: the name that its payloads are stored under; empty where that is the prefix.
    """

    prefix: str
    namespace: str
    schema: str
    stored: str = ""

    @property
    def payloads(self) -> str:
        """The name that its payloads are stored under."""
        return self.stored or self.prefix


@dataclass(frozen=True, slots=True, kw_only=True)
class Provider:
    """What the provider says of itself, and what it reads from.

    Attributes:
        formats: that every record has, as far as it can be rendered.
        missed: is told of records asked for and not found.
        label: returns the label of a live record, as the content of an `about` container.
        granularity: of datestamps, `DAY` or `SECONDS`.
        icon: the URL of a picture that stands for the repository; empty is none.
        friends: base URLs of other providers that harvesters may go on to.
        originals: returns the formats that records are given on in as they were harvested; asked for when they matter.
    """

    repository: Repository
    tokens: Tokens
    base_url: str
    name: str
    admin_email: str
    repository_identifier: str
    formats: tuple[Format, ...]
    page_size: int
    missed: Callable[[str], None] = lambda local: None
    label: Callable[[Item], str] = lambda item: ""
    granularity: str = SECONDS
    icon: str = ""
    friends: tuple[str, ...] = ()
    originals: Callable[[], tuple[Format, ...]] = tuple

    @property
    def offered(self) -> tuple[Format, ...]:
        """All formats on offer."""
        return (*self.formats, *self.originals())
