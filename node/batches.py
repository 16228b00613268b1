"""Pages on their way: fetched ahead, prepared on the executor, their objects put, handed over in order.

Four pages are under way at most: one being fetched, one being prepared, one whose objects are being put, and the one
that is being kept. Memory holds no more than these.
"""

from __future__ import annotations

import dataclasses
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass

from node.errors import StorageError
from node.model.oai import Page, Record
from node.model.prepared import Prepared
from node.node import Node
from node.prepare import Job, prepare_all, raw_digest
from node.storage.inventory import Holding
from node.storage.kept import Known, local_id
from node.storage.objects.vault import Item
from node.storage.sources import StoredSource

# Small enough that every worker gets a share of a page, large enough that pickling does not show.
_CHUNK = 25


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """A page ready to be kept.

    Attributes:
        page: as harvested.
        records: the page's records, each with a name that the ledger can hold it to account by.
        prepared: by index, those that had to be prepared.
        holdings: the objects put for them.
        refused: by index, why no zone may hold a record's objects.
    """

    page: Page
    records: tuple[Record, ...]
    prepared: Mapping[int, Prepared]
    holdings: tuple[Holding, ...]
    refused: Mapping[int, StorageError]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Underway:
    page: Page
    records: tuple[Record, ...]
    wanted: tuple[int, ...]
    futures: tuple[Future[list[Prepared]], ...]


def ahead(node: Node, stored: StoredSource, pages: Iterator[Page], job: Job, recipe: str) -> Iterator[Batch]:
    """Yield batches in order; a failure to fetch is told after the pages before it have been yielded."""
    waiting: deque[Future[Batch]] = deque()
    with ThreadPoolExecutor(1, thread_name_prefix="fetch") as fetcher, ThreadPoolExecutor(1) as putter:
        coming = fetcher.submit(next, pages, None)
        failure: Exception | None = None
        while True:
            try:
                page = coming.result()
            except Exception as error:
                failure, page = error, None
            if page is None:
                break
            coming = fetcher.submit(next, pages, None)
            waiting.append(putter.submit(_put, node, _submit(node, stored, page, job, recipe)))
            if len(waiting) > 2:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()
        if failure is not None:
            raise failure


def is_same(record: Record, known: Known | None, recipe: str) -> bool:
    """The source says of a live record what it said last time, and the node would make the same of it."""
    return (
        known is not None
        and known.state != "deleted"
        and known.recipe == recipe
        and known.seen_digest == raw_digest(record)
    )


def objects_of(prepared: Mapping[int, Prepared]) -> tuple[list[Item], list[int]]:
    """Return the objects that records need, and to which record each belongs: raw always, RDF where it was mapped."""
    items: list[Item] = []
    owners: list[int] = []
    for index, ready in prepared.items():
        if ready.labels is None:
            continue
        kinds = [("raw", ready.raw)] if ready.problem else [("raw", ready.raw), ("rdf", ready.ntriples.encode())]
        items += [Item(kind=kind, data=data, label=ready.labels.record) for kind, data in kinds]
        owners += [index] * len(kinds)
    return items, owners


def _submit(node: Node, stored: StoredSource, page: Page, job: Job, recipe: str) -> _Underway:
    records = tuple(_named(page, index, record) for index, record in enumerate(page.records))
    known = node.records.known(stored, [record.header.identifier for record in records])
    wanted = tuple(
        index
        for index, record in enumerate(records)
        if not record.header.deleted
        and page.records[index].header.identifier
        and not is_same(record, known.get(record.header.identifier), recipe)
    )
    pairs = [(local_id(job.source, records[index].header.identifier), records[index]) for index in wanted]
    futures = tuple(_chunks(node, pairs, job))
    return _Underway(page=page, records=records, wanted=wanted, futures=futures)


def _chunks(node: Node, pairs: Sequence[tuple[str, Record]], job: Job) -> Iterator[Future[list[Prepared]]]:
    for start in range(0, len(pairs), _CHUNK):
        yield node.executor.submit(prepare_all, pairs[start : start + _CHUNK], job)


def _put(node: Node, underway: _Underway) -> Batch:
    results = [prepared for future in underway.futures for prepared in future.result()]
    prepared = dict(zip(underway.wanted, results, strict=True))
    items, owners = objects_of(prepared)
    put = node.inventory.put(items)
    return Batch(
        page=underway.page,
        records=underway.records,
        prepared=prepared,
        holdings=put.holdings,
        refused={owners[position]: error for position, error in put.refused.items()},
    )


def _named(page: Page, index: int, record: Record) -> Record:
    if record.header.identifier:
        return record
    name = f"urn:fairnode:unidentified:{page.checkpoint.pages}:{index + 1}"
    return dataclasses.replace(record, header=dataclasses.replace(record.header, identifier=name))
