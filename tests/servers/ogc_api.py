"""A loopback OGC API - Records: landing page, conformance, collections, queryables, items by offset or by cursor.

OGC 20-004r1 (https://docs.ogc.org/is/20-004r1/20-004r1.html), OGC 17-069r4
(https://docs.ogc.org/is/17-069r4/17-069r4.html); filters in CQL2 Text (https://docs.ogc.org/is/21-065r2/21-065r2.html).
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from typing import Any, Self
from urllib.parse import quote, urlencode

from tests.servers.scripted import Answer, Scripted, Seen

Feature = dict[str, Any]
Fault = Callable[[Seen], Answer | None]
CONFORMANCE = (
    "http://www.opengis.net/spec/ogcapi-records-1/1.0/conf/record-api",
    "http://www.opengis.net/spec/ogcapi-features-1/1.0/conf/core",
    "http://www.opengis.net/spec/cql2/1.0/conf/cql2-text",
    "http://www.opengis.net/spec/ogcapi-records-1/1.0/conf/sorting",
)


def feature(name: str, title: str = "", updated: str = "2026-01-01T00:00:00Z") -> Feature:
    """Return a record in GeoJSON."""
    return {
        "id": name,
        "type": "Feature",
        "time": None,
        "geometry": None,
        "properties": {"type": "dataset", "title": title or f"Series {name}", "updated": updated},
        "links": [{"rel": "self", "href": f"items/{name}"}],
    }


class OgcApi:
    """The API.

    Attributes:
        collections: features by collection.
        page_size: what a page holds at most.
        cursors: pages are named by a cursor that says after which feature to go on, not by an offset.
        filters: it knows CQL2.
        sortables: what it can sort by; `None` is none of it.
        counts: it says numberMatched.
        fault: looks at each request first; what it returns is the answer.
        edit: changes a page of items before it is sent.
    """

    def __init__(self, collections: Mapping[str, list[Feature]], *, page_size: int = 1000) -> None:
        self.collections = {name: list(features) for name, features in collections.items()}
        self.page_size = page_size
        self.cursors = False
        self.filters = True
        self.sortables: tuple[str, ...] | None = None
        self.counts = True
        self.item_type = "record"
        self.fault: Fault = lambda seen: None
        self.edit: Callable[[Seen, dict[str, Any]], None] = lambda seen, page: None
        self._server = Scripted(self._answer)
        self.url = f"http://127.0.0.1:{self._server.port}/api"

    def __enter__(self) -> Self:
        self._server.__enter__()
        return self

    def __exit__(self, *exception: object) -> None:
        self._server.__exit__(*exception)

    @property
    def lists(self) -> list[Seen]:
        """The requests for pages of items."""
        return [seen for seen in self._server.seen if seen.path.endswith("/items")]

    def _answer(self, seen: Seen) -> Answer:
        given = self.fault(seen)
        if given is not None:
            return given
        path = seen.path.removeprefix("/api").strip("/").split("/")
        match path:
            case [""]:
                data = {"rel": "data", "type": "application/json", "href": f"{self.url}/collections"}
                return reply({"title": "Records of a water institute", "links": [data]})
            case ["conformance"]:
                classes = [*CONFORMANCE[:2], *([CONFORMANCE[2]] if self.filters else [])]
                return reply({"conformsTo": [*classes, *([CONFORMANCE[3]] if self.sortables is not None else [])]})
            case ["collections"]:
                return reply({"collections": [self._collection(name) for name in self.collections], "links": []})
            case ["collections", name] if name in self.collections:
                return reply(self._collection(name))
            case ["collections", name, "queryables"] if name in self.collections and self.filters:
                return reply({"type": "object", "properties": {"updated": {"format": "date-time"}, "title": {}}})
            case ["collections", name, "sortables"] if name in self.collections and self.sortables is not None:
                return reply({"type": "object", "properties": {each: {"type": "string"} for each in self.sortables}})
            case ["collections", name, "items"] if name in self.collections:
                return self._items(seen, name)
        return reply({"code": "NotFound", "description": "there is no such thing"}, status=404)

    def _collection(self, name: str) -> dict[str, Any]:
        items = {"rel": "items", "type": "application/geo+json", "href": f"{self.url}/collections/{quote(name)}/items"}
        return {"id": name, "title": name.title(), "itemType": self.item_type, "links": [items]}

    def _items(self, seen: Seen, name: str) -> Answer:
        found = self.collections[name]
        if seen.get("filter"):
            assert seen.get("filter-lang") == "cql2-text"
            clauses = re.findall(r"\"updated\" (>=|<=) TIMESTAMP\('([^']+)'\)", seen.get("filter") or "")
            assert clauses
            found = [one for one in found if all(_compares(one, *clause) for clause in clauses)]
        if seen.get("sortby"):
            assert (seen.get("sortby") or "") in (self.sortables or ())
            found = sorted(found, key=lambda one: str(one["id"]))
        limit = min(int(seen.get("limit") or 10), self.page_size)
        if self.cursors:
            found = sorted(found, key=lambda one: str(one["id"]))
            rest = [one for one in found if str(one["id"]) > (seen.get("cursor") or "")]
        else:
            rest = found[int(seen.get("offset") or 0) :]
        held = rest[:limit]
        page: dict[str, Any] = {"type": "FeatureCollection", "features": held, "numberReturned": len(held), "links": []}
        page["timeStamp"] = "2026-05-01T10:00:00Z"
        if self.counts:
            page["numberMatched"] = len(found)
        if len(rest) > len(held):
            where = str(held[-1]["id"]) if self.cursors else str(int(seen.get("offset") or 0) + len(held))
            given = {**dict(seen.params), "limit": str(limit), "cursor" if self.cursors else "offset": where}
            page["links"].append({"rel": "next", "type": "text/html", "href": "/elsewhere"})
            page["links"].append(
                {"rel": "next", "type": "application/geo+json", "href": f"{seen.path}?{urlencode(given)}"}
            )
        self.edit(seen, page)
        return reply(page)


def reply(value: object, status: int = 200) -> Answer:
    """Return a document as an answer."""
    return Answer(body=json.dumps(value).encode(), status=status, headers={"Content-Type": "application/json"})


def _compares(one: Feature, sign: str, value: str) -> bool:
    updated = str(one["properties"]["updated"])
    return updated >= value if sign == ">=" else updated <= value
