"""A loopback event stream: a DCAT-AP Feed over TREE pages, from activities in the order in which they happened."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from tests.servers.scripted import Answer, Scripted, Seen

TRIG = {"Content-Type": "application/trig"}
PREFIXES = """
@prefix as: <https://www.w3.org/ns/activitystreams#> . @prefix dcat: <http://www.w3.org/ns/dcat#> .
@prefix dct: <http://purl.org/dc/terms/> . @prefix foaf: <http://xmlns.com/foaf/0.1/> .
@prefix ldes: <https://w3id.org/ldes#> . @prefix tree: <https://w3id.org/tree#> .
@prefix xsd: <http://www.w3.org/2001/XMLSchema#> .
"""
THINGS = "https://data.example.org/"


class Feed(Scripted):
    """Serves `events` in pages, the oldest first, each leading to the next one; full pages are immutable.

    Attributes:
        events: (kind of activity, name, title) of each; a title may be Turtle that begins with `{`.
        page_size: events on a page.
        faults: what to answer instead, by path; several in order, of which the last repeats.
        newest_first: pages lead from the newest to the oldest instead.
        marks_immutable: full pages are called so.
    """

    def __init__(
        self,
        events: Sequence[tuple[str, str, str]] = (),
        *,
        page_size: int = 2,
        newest_first: bool = False,
        marks_immutable: bool = True,
    ) -> None:
        self.events = list(events)
        self.page_size = page_size
        self.newest_first = newest_first
        self.marks_immutable = marks_immutable
        self.faults: dict[str, Answer | list[Answer] | Callable[[Seen], Answer]] = {}
        super().__init__(self._answer)
        self.root = self.url.removesuffix("/oai")
        self.url = f"{self.root}/feed"

    def asked(self) -> list[str]:
        """Return the paths asked for, in order."""
        return [seen.path for seen in self.seen]

    def page(self, number: int) -> Answer:
        """Return a page, counted from 0."""
        events = self.events[number * self.page_size : (number + 1) * self.page_size]
        last = max(0, len(self.events) - 1) // self.page_size
        target = number - 1 if self.newest_first else number + 1
        links = [f"/page/{target}"] if 0 <= target <= last else []
        members = [activity(number * self.page_size + index, *event) for index, event in enumerate(events)]
        body = document(self.root, f"/page/{number}", members, links)
        full = len(events) == self.page_size and (number < last or self.newest_first)
        immutable = {"Cache-Control": "public, max-age=604800, immutable"} if full and self.marks_immutable else {}
        return Answer(body.encode(), headers={**TRIG, **immutable})

    def _answer(self, seen: Seen) -> Answer:
        fault = self.faults.get(seen.path)
        if isinstance(fault, list):
            return fault.pop(0) if len(fault) > 1 else fault[0]
        if fault is not None:
            return fault if isinstance(fault, Answer) else fault(seen)
        if seen.path == "/feed":
            last = max(0, len(self.events) - 1) // self.page_size
            first = last if self.newest_first else 0
            return Answer(document(self.root, "/feed", [], [f"/page/{first}"]).encode(), headers=TRIG)
        if seen.path.startswith("/page/"):
            return self.page(int(seen.path.removeprefix("/page/")))
        return Answer(b"", status=404)


def document(root: str, path: str, members: Sequence[tuple[str, str]], links: Sequence[str]) -> str:
    """Return a page: (IRI, TriG) of its members, and the pages it leads to."""
    listed = "".join(f"<{root}/stream> tree:member <{iri}> .\n" for iri, _ in members)
    relations = "".join(f"<> tree:relation [ a tree:Relation ; tree:node <{link}> ] .\n" for link in links)
    return (
        f'{PREFIXES}<{root}/stream> a ldes:EventStream ; dct:title "A feed" ; ldes:timestampPath as:published ; '
        f"ldes:versionOfPath as:object ; tree:view <{root}/feed> .\n{listed}{relations}"
        + "".join(text for _, text in members)
    )


def activity(number: int, kind: str, name: str, title: str = "") -> tuple[str, str]:
    """Return an activity: its IRI and what a page says of it."""
    thing, iri = f"{THINGS}{name}", f"{THINGS}{name}#event{number}"
    stamp = f"2026-01-01T00:00:{number:02}.000Z" if number < 60 else f"2026-01-01T01:{number - 60:02}:00.000Z"
    head = f'<{iri}> a as:{kind} ; as:object <{thing}> ; as:published "{stamp}"^^xsd:dateTime .\n'
    if kind == "Delete":
        return iri, head
    inside = title[1:-1] if title.startswith("{") else f'<{thing}> a dcat:Dataset ; dct:title "{title}" .'
    return iri, f"{head}<{iri}> {{ {inside} }}\n"
