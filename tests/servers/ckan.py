"""A loopback portal shaped like CKAN's action API: search with Solr's filters, sorting and paging.

https://docs.ckan.org/en/2.11/api/#ckan.logic.action.get.package_search
"""

from __future__ import annotations

import datetime as dt
import json
import re
from collections.abc import Callable, Sequence
from typing import Any, Self

from tests.servers.scripted import Answer, Scripted, Seen

Package = dict[str, Any]
Fault = Callable[[Seen], Answer | None]


def package(number: int, *, modified: str = "2026-01-01T00:00:00.000000", **more: Any) -> Package:
    """Return a package as `package_search` lists it; its id sorts like its number."""
    return {
        "id": f"00000000-0000-4000-8000-{number:012d}",
        "name": f"series-{number}",
        "title": f"Series {number}",
        "notes": "Water levels, hour by hour.",
        "license_id": "cc-by",
        "license_url": "https://creativecommons.org/licenses/by/4.0/",
        "metadata_created": "2025-01-01T00:00:00.000000",
        "metadata_modified": modified,
        "state": "active",
        "private": False,
        "type": "dataset",
        "organization": {"id": "o1", "name": "hydro", "title": "Hydrology Office", "is_organization": True},
        "groups": [],
        "tags": [{"name": "water", "display_name": "water", "state": "active", "vocabulary_id": None}],
        "extras": [],
        "num_resources": 0,
        "num_tags": 1,
        "resources": [],
        **more,
    }


class CkanPortal:
    """The portal.

    Attributes:
        packages: all of them, in the order in which they are found when nothing else is asked for.
        rows_max: what a search returns at most (`ckan.search.rows_max`).
        fault: looks at each request first; what it returns is the answer.
        sorts: the portal can sort by id.
    """

    def __init__(self, packages: Sequence[Package], *, rows_max: int = 1000, fault: Fault | None = None) -> None:
        self.packages = list(packages)
        self.rows_max = rows_max
        self.fault = fault
        self.sorts = True
        self._server = Scripted(self._answer)
        self.url = f"http://127.0.0.1:{self._server.port}/data"

    def __enter__(self) -> Self:
        self._server.__enter__()
        return self

    def __exit__(self, *exception: object) -> None:
        self._server.__exit__(*exception)

    @property
    def searches(self) -> list[Seen]:
        """The searches that were asked for."""
        return [seen for seen in self._server.seen if seen.path.endswith("/package_search")]

    def search(self, seen: Seen) -> dict[str, Any]:
        """Return the result of a search."""
        wanted = seen.get("fq") or ""
        found = [one for one in self.packages if one["state"] == "active" and not one["private"] and _fits(one, wanted)]
        if seen.get("sort") == "id asc":
            found.sort(key=lambda one: str(one["id"]))
        start, rows = int(seen.get("start") or 0), min(int(seen.get("rows") or 10), self.rows_max)
        return {"count": len(found), "sort": seen.get("sort"), "results": found[start : start + rows], "facets": {}}

    def _answer(self, seen: Seen) -> Answer:
        given = self.fault(seen) if self.fault else None
        if given is not None:
            return given
        action = seen.path.removeprefix("/data/api/3/action/")
        if action == "package_search":
            if "sort" in dict(seen.params) and not self.sorts:
                return refusal("Search Query Error", "sort is not possible", status=409)
            return success(self.search(seen))
        if action == "status_show":
            return success({"ckan_version": "2.11.0", "site_title": "Open Data", "error_emails_to": "data@example.org"})
        if action == "organization_list":
            return success(sorted({one["organization"]["name"] for one in self.packages}))
        if action == "group_list":
            return success(sorted({group["name"] for one in self.packages for group in one["groups"]}))
        return Answer(status=404, body=b"<!DOCTYPE html><title>404 Not Found</title>")


def success(result: object, status: int = 200) -> Answer:
    """Return CKAN's answer around a result."""
    return _json({"help": "...", "success": True, "result": result}, status)


def refusal(kind: str, message: str, status: int = 200) -> Answer:
    """Return CKAN's answer around an error; not every portal sends it under an HTTP error."""
    return _json({"help": "...", "success": False, "error": {"__type": kind, "message": message}}, status)


def _json(value: object, status: int) -> Answer:
    body = json.dumps(value).encode()
    return Answer(body=body, status=status, headers={"Content-Type": "application/json;charset=utf-8"})


def _fits(one: Package, wanted: str) -> bool:
    """Tell whether a package fits a query of the few forms that harvesting needs."""
    sets, window = re.search(r"\(([^)]*)\)", wanted), re.search(r"metadata_modified:\[(\S+) TO (\S+)\]", wanted)
    if sets:
        clauses = re.findall(r'(organization|groups):"([^"]*)"', sets[1])
        assert len(clauses) == sets[1].count(" OR ") + 1
        names = {("organization", one["organization"]["name"])} | {("groups", each["name"]) for each in one["groups"]}
        if names.isdisjoint(clauses):
            return False
    if window:
        modified = dt.datetime.fromisoformat(one["metadata_modified"] + "Z")
        begin, end = (None if text == "*" else dt.datetime.fromisoformat(text) for text in window.groups())
        return (begin is None or begin <= modified) and (end is None or modified <= end)
    assert sets or not wanted, wanted
    return True
