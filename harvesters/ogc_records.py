"""Harvests OGC API - Records, Part 1 (https://docs.ogc.org/is/20-004r1/20-004r1.html), collection by collection.

A feature's id is unique within its collection only (Features, section 7.16): records are known by both, unless the
source is the address of one collection.

Pages that are named by an offset are followed as counted lists. Others can only be followed by their next links: there
the catalogue's own count must hold from beginning to end.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from urllib.parse import urlsplit, urlunsplit

from harvesters.asking import Patience, ask
from harvesters.counted_lists import Slice, counted_pages
from harvesters.json_answers import JsonObject, object_of, objects, text
from harvesters.linked_lists import linked_pages
from harvesters.ogc_api import (
    PREFIX,
    PROTOCOL,
    Collection,
    Items,
    finding,
    link,
    offset_parameter,
    read_collection,
    read_items,
    read_json,
    same_host,
)
from node.errors import HarvestError, HttpStatus, SyntaxRefused
from node.harvest.protocols import Fetch, Response
from node.model.oai import Checkpoint, Page, Record, Window
from node.model.repository import MetadataFormat, RepositoryDescription, RepositorySet
from node.model.source import Source


class OgcRecordsHarvester:
    """`Harvester` for OGC API - Records.

    Args:
        rows: records asked for at once; catalogues may give fewer.
        patience: with answers that cannot be read.
    """

    kind: str = "ogc-records"
    metadata_prefix: str = PREFIX

    def __init__(self, *, rows: int = 100, patience: Patience | None = None) -> None:
        self.rows = rows
        self.patience = patience or Patience()

    def describe(self, source: Source, fetch: Fetch) -> RepositoryDescription:
        """Return what the catalogue says of itself; see `Harvester.describe`. The first 100 collections are counted."""
        api = _Api(source, fetch, self.patience)
        collections = api.collections()
        firsts = [api.items(each.items_url, {"limit": "1"}, each) for each in collections[:100]]
        counts = [first.matched for first in firsts]
        known = [count for count in counts if count is not None]
        is_known = len(known) == len(counts) and len(collections) == len(firsts)
        findings = dict.fromkeys(one for first in firsts for one in first.findings)
        conforming = api.conforming()
        if not any("ogcapi-records" in each for each in conforming):
            message = "the landing page's conformance names no class of OGC API - Records"
            findings[finding("harvest.conformance-missing", message, "Ask the operator to declare conformance.")] = None
        return RepositoryDescription(
            name=text(api.landing.get("title")) or (collections[0].title if len(collections) == 1 else ""),
            url=api.root,
            protocol=f"{PROTOCOL} 1.0",
            granularity="YYYY-MM-DDThh:mm:ssZ",
            formats=(MetadataFormat(prefix=PREFIX),),
            sets=tuple(RepositorySet(spec=each.id, name=each.title) for each in collections[:10_000]),
            records=sum(known) if is_known else None,
            findings=tuple(findings),
        )

    def pages(self, source: Source, fetch: Fetch, window: Window, checkpoint: Checkpoint) -> Iterator[Page]:
        """Yield the records of each collection in turn; see `Harvester.pages`."""
        if checkpoint.done:
            return
        api = _Api(source, fetch, self.patience)
        # In an order of their own: a run that another process goes on with must not find them in another one.
        collections = sorted(api.collections(), key=lambda each: each.id)
        ids = [each.id for each in collections]
        at = ids.index(checkpoint.set_spec) if checkpoint.set_spec in ids else 0
        if checkpoint.set_spec not in ids:
            checkpoint = replace(checkpoint, position=None, seen_positions=())
        for index in range(at, len(ids)):
            checkpoint = replace(checkpoint, set_spec=ids[index])
            following = ids[index + 1] if index + 1 < len(ids) else None
            for page in self._list(api, collections[index], window, checkpoint):
                if page.checkpoint.done:
                    after = replace(page.checkpoint, set_spec=following, done=following is None, seen_positions=())
                    page = replace(page, checkpoint=after)
                yield page
                checkpoint = page.checkpoint

    def _list(self, api: _Api, collection: Collection, window: Window, checkpoint: Checkpoint) -> Iterator[Page]:
        first = api.first(collection, window, self.rows)
        paging = offset_parameter(first)
        if paging is None:
            yield from linked_pages(first, lambda url: api.items(url, {}, collection), checkpoint)
            return
        name, url = paging
        unused = [first]

        def read(start: int, rows: int) -> Slice:
            # A list that is begun again is asked for anew.
            is_first = start == 0 and rows == self.rows and unused
            items = unused.pop() if is_first else api.items(url, {"limit": str(rows), name: str(start)}, collection)
            return Slice(
                records=items.records,
                total=items.matched,
                url=items.url,
                bookmark=items.bookmark,
                response_date=items.timestamp,
                findings=items.findings,
            )

        yield from counted_pages(read, checkpoint, rows=self.rows)


HARVESTER = OgcRecordsHarvester()


class _Api:
    """One API, from whatever address of it the source names."""

    def __init__(self, source: Source, fetch: Fetch, patience: Patience) -> None:
        self._source, self._fetch, self._patience = source, fetch, patience
        parts = urlsplit(source.url)
        self.url = urlunsplit((parts.scheme, parts.netloc, parts.path.rstrip("/"), "", ""))
        self.root = self.url.partition("/collections")[0]
        self.landing: JsonObject = {}
        self._conforming: tuple[str, ...] | None = None
        self._noted: set[str] = set()

    def collections(self) -> tuple[Collection, ...]:
        """Return the collections to harvest: the one the source's address is of, those it names, else all of records.

        Raises:
            HarvestError: there are none.
        """
        below = self.url[len(self.root) :].strip("/").split("/")
        if len(below) >= 2:
            wanted = f"{self.root}/collections/{below[1]}"
            return (read_collection(self._json(wanted), wanted),)
        found = self._all()
        found = tuple(replace(each, is_one_of_many=True) for each in found)
        if self._source.set_specs:
            chosen = tuple(each for each in found if each.id in self._source.set_specs)
            missing = set(self._source.set_specs) - {each.id for each in chosen}
            if missing:
                raise HarvestError(f"{self.root}: there is no collection {', '.join(sorted(missing))}")
            return chosen
        chosen = tuple(each for each in found if each.item_type in ("record", "records"))
        if not chosen and not any(each.item_type for each in found):
            chosen = found
        if not chosen:
            raise HarvestError(
                f"{self.root}: none of the {len(found)} collections holds records",
                advice="Give the address of the collection itself, if it does.",
            )
        return chosen

    def conforming(self) -> tuple[str, ...]:
        """Return the conformance classes that the API declares; none where it declares nothing readable."""
        if self._conforming is None:
            try:
                declared = self._json(f"{self.root}/conformance").get("conformsTo")
            except (HttpStatus, HarvestError, SyntaxRefused):
                declared = None
            self._conforming = tuple(text(each) for each in declared) if isinstance(declared, list) else ()
        return self._conforming

    def first(self, collection: Collection, window: Window, rows: int) -> Items:
        """Return the first page of a collection, sorted, and of what changed in the window, where the API can do it."""
        wanted, sorted_by = self._filter(collection, window), self._order(collection)
        ways = [{**filtered, **ordered} for filtered in (wanted, {}) for ordered in (sorted_by, {})]
        first, way = self._first_of(collection, {"limit": str(rows)}, list(filter(None, ways)))
        if window != Window() and "filter" not in way:
            message = f"the collection {collection.id} cannot be listed by date; everything is listed"
            ignored = finding("harvest.window-ignored", message, "Nothing; it takes longer.")
            first = replace(first, findings=(*first.findings, ignored))
        return first

    def _first_of(
        self, collection: Collection, params: dict[str, str], ways: list[dict[str, str]]
    ) -> tuple[Items, dict[str, str]]:
        for way in ways:
            try:
                return self.items(collection.items_url, {**params, **way}, collection), way
            except HttpStatus as error:
                if not 400 <= error.status < 500:
                    raise
        return self.items(collection.items_url, params, collection), {}

    def items(self, url: str, params: dict[str, str], collection: Collection) -> Items:
        """Return a page of a collection's items; what it says of itself again and again is said once.

        Raises:
            HarvestError: it is none, or its next link leads to another host.
        """
        found = ask(self._fetch, url, params, read_items, patience=self._patience, headers=_ACCEPT)
        if found.next_url and not same_host(found.next_url, self.root):
            raise HarvestError(f"{found.url}: the next page is at another host, {found.next_url[:300]}")
        findings = tuple(one for one in found.findings if one.code not in self._noted)
        self._noted.update(one.code for one in findings)
        records = tuple(_within(collection, record) for record in found.records)
        return replace(found, records=records, findings=findings)

    def _all(self) -> tuple[Collection, ...]:
        self.landing = self._json(self.root)
        url = link(self.landing, "data", self.root)
        url = url if url and same_host(url, self.root) else f"{self.root}/collections"
        found: dict[str, Collection] = {}
        for _ in range(_MOST_PAGES):
            answer = self._json(url)
            listed = objects(answer.get("collections"))
            for each in listed:
                name = text(each.get("id"))
                if not name:
                    raise HarvestError(
                        f"{url}: the list of collections holds one without an id",
                        advice="Ask the operator to correct it; or register the address of each collection.",
                    )
                own = link(each, "self", url)
                base = own.partition("?")[0] if own and same_host(own, self.root) else f"{self.root}/collections/{name}"
                found.setdefault(name, read_collection(each, base))
            url = link(answer, "next", url)
            if not url:
                return tuple(found.values())
            if not same_host(url, self.root):
                break
        raise HarvestError(f"{self.root}: the list of collections has no end at this host")

    def _order(self, collection: Collection) -> dict[str, str]:
        """Return how to have the list in the order of its ids: then it can be followed while it changes."""
        if not any(each.endswith("/sorting") for each in self.conforming()):
            return {}
        name = next((name for name in ("id", "recordId") if name in self._properties(collection, "sortables")), None)
        return {"sortby": name} if name else {}

    def _properties(self, collection: Collection, resource: str) -> JsonObject:
        try:
            return object_of(self._json(f"{collection.url}/{resource}").get("properties"))
        except (HttpStatus, HarvestError, SyntaxRefused):
            return {}

    def _filter(self, collection: Collection, window: Window) -> dict[str, str]:
        """Return a filter in CQL2 on the date of update (OGC 21-065r2), where the API knows such a thing."""
        if window == Window() or not any(each.endswith("/cql2-text") for each in self.conforming()):
            return {}
        known = self._properties(collection, "queryables")
        name = next((name for name in ("updated", "recordUpdated", "record-updated") if name in known), None)
        if name is None:
            return {}
        begin = [f'"{name}" >= {_timestamp(window.from_, "00:00:00")}'] if window.from_ else []
        end = [f'"{name}" <= {_timestamp(window.until, "23:59:59")}'] if window.until else []
        return {"filter": " AND ".join(begin + end), "filter-lang": "cql2-text"}

    def _json(self, url: str) -> JsonObject:
        return ask(self._fetch, url, {}, _only_json, patience=self._patience, headers=_ACCEPT)


_ACCEPT = {"Accept": "application/geo+json, application/json"}
_MOST_PAGES = 100


def _only_json(response: Response) -> JsonObject:
    return read_json(response)[0]


def _within(collection: Collection, record: Record) -> Record:
    name = record.header.identifier
    if name and collection.is_one_of_many:
        name = f"{collection.id}/{name}"
    return replace(record, header=replace(record.header, identifier=name, set_specs=(collection.id,)))


def _timestamp(text: str, time_of_day: str) -> str:
    return f"TIMESTAMP('{text}T{time_of_day}Z')" if len(text) == len("YYYY-MM-DD") else f"TIMESTAMP('{text}')"
