"""A loopback ResourceSync source: its description, its capability list, and lists of what it holds and of changes."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from tests.servers.scripted import Answer, Scripted, Seen
from tests.servers.sitemap import datacite

XML = {"Content-Type": "application/xml"}
DATACITE = "application/vnd.datacite.datacite+xml"


@dataclass(frozen=True)
class Change:
    """A change, as a change list tells it."""

    path: str
    change: str
    at: str


@dataclass
class Held:
    """A resource.

    Attributes:
        type: as the lists give it; empty leaves it out.
        digest: as the lists give it; `None` is the true one.
        links: `rs:ln` elements.
    """

    body: bytes
    type: str = DATACITE
    digest: str | None = None
    links: str = ""
    headers: dict[str, str] = field(default_factory=dict)


class Sync(Scripted):
    """Serves `held`, by path, and lists of it.

    Attributes:
        at: when the resource list was made.
        changes: all there are, the oldest first; a change list tells of those since `changes_from`.
        faults: what to answer instead, by path; several in order, of which the last repeats.
        per_list: resources of one resource list; more make an index.
    """

    def __init__(self) -> None:
        self.held: dict[str, Held] = {}
        self.at = "2026-01-01T00:00:00Z"
        self.changes: list[Change] = []
        self.changes_from: str | None = "2026-01-01T00:00:00Z"
        self.faults: dict[str, Answer | list[Answer] | Callable[[Seen], Answer]] = {}
        self.per_list = 1000
        super().__init__(self._answer)
        self.root = self.url.removesuffix("/oai")
        self.url = self.root

    def put(self, name: str, title: str, change: str = "", at: str = "") -> None:
        """Hold metadata, and tell of the change."""
        path = f"/meta/{name}.xml"
        self.held[path] = Held(datacite(title, f"10.5072/{name}").body)
        if change:
            self.changes.append(Change(path, change, at))

    def drop(self, name: str, at: str) -> None:
        """Hold metadata no more, and tell of it."""
        del self.held[f"/meta/{name}.xml"]
        self.changes.append(Change(f"/meta/{name}.xml", "deleted", at))

    def asked(self, prefix: str = "/") -> list[str]:
        """Return the paths asked for, in order."""
        return [seen.path for seen in self.seen if seen.path.startswith(prefix)]

    def at_path(self, name: str) -> str:
        """Return the address of metadata."""
        return f"{self.root}/meta/{name}.xml"

    def _answer(self, seen: Seen) -> Answer:
        fault = self.faults.get(seen.path)
        if isinstance(fault, list):
            return fault.pop(0) if len(fault) > 1 else fault[0]
        if fault is not None:
            return fault if isinstance(fault, Answer) else fault(seen)
        if seen.path in self.held:
            held = self.held[seen.path]
            return Answer(held.body, headers={"Content-Type": held.type or "application/octet-stream", **held.headers})
        return Answer(self._document(seen.path).encode(), headers=XML) if self._document(seen.path) else _NOT_FOUND

    def _document(self, path: str) -> str:
        if path == "/.well-known/resourcesync":
            return self.document("description", self._entry("/capabilities.xml", 'capability="capabilitylist"'))
        if path == "/capabilities.xml":
            lists = self._entry("/resources.xml", 'capability="resourcelist"')
            if self.changes_from is not None:
                lists += self._entry("/changes.xml", 'capability="changelist"')
            return self.document("capabilitylist", lists)
        parts = [list(self.held)[start : start + self.per_list] for start in range(0, len(self.held), self.per_list)]
        if path == "/resources.xml" and len(parts) > 1:
            names = "".join(self._entry(f"/resources/{number}", "", "sitemap") for number in range(len(parts)))
            return self.document("resourcelist", names, f'at="{self.at}"', "sitemapindex")
        if path == "/resources.xml":
            return self._resources(list(self.held))
        if path.startswith("/resources/"):
            return self._resources(parts[int(path.rpartition("/")[2])])
        if path == "/changes.xml" and self.changes_from is not None:
            told = [change for change in self.changes if change.at >= self.changes_from]
            entries = "".join(map(self._changed, told))
            return self.document("changelist", entries, f'from="{self.changes_from}"')
        return ""

    def _resources(self, paths: Sequence[str]) -> str:
        return self.document("resourcelist", "".join(map(self._listed, paths)), f'at="{self.at}"')

    def _listed(self, path: str) -> str:
        held = self.held[path]
        digest = f"sha-256:{hashlib.sha256(held.body).hexdigest()}" if held.digest is None else held.digest
        typed = f' type="{held.type}"' if held.type else ""
        return self._entry(path, f'hash="{digest}" length="{len(held.body)}"{typed}', links=held.links)

    def _changed(self, change: Change) -> str:
        about = f'change="{change.change}" datetime="{change.at}"'
        if change.path in self.held and change.change != "deleted":
            about += f' type="{self.held[change.path].type}"'
        return self._entry(change.path, about)

    def _entry(self, path: str, md: str, name: str = "url", links: str = "") -> str:
        about = f"<rs:md {md}/>" if md else ""
        return f"<{name}><loc>{self.root}{path}</loc>{about}{links}</{name}>\n"

    def document(self, capability: str, entries: str, more: str = "", root: str = "urlset") -> str:
        """Return a document of the framework."""
        return (
            f'<?xml version="1.0" encoding="UTF-8"?>\n<{root} xmlns="http://www.sitemaps.org/schemas/sitemap/0.9" '
            f'xmlns:rs="http://www.openarchives.org/rs/terms/">\n<rs:md capability="{capability}" {more}/>\n'
            f"{entries}</{root}>"
        )


_NOT_FOUND = Answer(b"", status=404)
