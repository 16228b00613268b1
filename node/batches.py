"""Pages on their way: fetched ahead, prepared on the executor, their objects put, handed over in order.

Four pages are under way at most: one being fetched, one being prepared, one whose objects are being put, and the one
that is being kept. Memory holds no more than these.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import hashlib
from collections import deque
from collections.abc import Generator, Iterator, Mapping, Sequence
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from dataclasses import dataclass

from node.errors import NoAdmissibleZone, StorageError
from node.executors import each_result
from node.model.oai import Page, Record
from node.model.prepared import Prepared
from node.node import Node
from node.prepare import Job, prepare_all, problem, raw_digest
from node.sovereignty.received import statements_digest
from node.storage.inventory import Holding
from node.storage.kept import Known, local_id
from node.storage.objects.vault import Item
from node.storage.sources import StoredSource

OVERLONG = "urn:fairnode:overlong:"
UNIDENTIFIED = "urn:fairnode:unidentified:"
# Identifiers are keys in the database, and a key has its limits there.
LONGEST_IDENTIFIER = 1000
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
    job: Job
    pairs: tuple[tuple[str, Record], ...]
    futures: tuple[Future[list[Prepared]], ...]


def ahead(
    node: Node, stored: StoredSource, pages: Iterator[Page], job: Job, recipe: str
) -> Generator[Batch, None, None]:
    """Yield batches in order; a failure to fetch is told after the pages before it have been yielded."""
    waiting: deque[Future[Batch]] = deque()
    fetcher, putter = ThreadPoolExecutor(1, thread_name_prefix="fetch"), ThreadPoolExecutor(1)
    try:
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
    finally:
        # Whoever stops half-way must not wait for a source that hangs.
        for pool in (fetcher, putter):
            pool.shutdown(wait=False, cancel_futures=True)


def is_same(record: Record, known: Known | None, recipe: str, today: dt.date) -> bool:
    """The source says of a live record what it said last time, and the node would make the same of it today.

    What no zone would hold is not the same by that: zones are settings, and nothing of the record was kept.
    """
    if known is None or known.state == "deleted":
        return False
    # Of a record that the source only says is unchanged there is nothing to make anew.
    return record.unchanged or (known.held_code != NoAdmissibleZone.code and is_as_before(record, known, recipe, today))


def is_as_before(record: Record, known: Known, recipe: str, today: dt.date) -> bool:
    """All that a record is made from is what it was when it was last met: payload, sets, labels, recipe and day."""
    return (
        known.recipe == recipe
        and known.seen_digest == raw_digest(record)
        # Rules of the agreement are about sets, and a record changes them without a word in its payload.
        and set(known.set_specs) == set(record.header.set_specs)
        # A peer changes its labels without a word in the payload.
        and (known.received.digest if known.received is not None else "") == statements_digest(record.about)
        and not (known.received is not None and known.received.released)
        and (known.labels_until is None or today < known.labels_until)
    )


def with_known(job: Job, known: Mapping[str, Known]) -> Job:
    """Return the job with what curators decided about the records at hand, and what they came with the last time."""
    decided = {each.local_id: each.overrides for each in known.values() if each.overrides}
    received = {each.local_id: each.received for each in known.values() if each.received is not None}
    return dataclasses.replace(job, overrides=decided, received=received) if decided or received else job


def is_nameless(record: Record) -> bool:
    """The record's identifier is one that the node made up, because the source's is missing or unusable."""
    return record.header.identifier.startswith((UNIDENTIFIED, OVERLONG))


def put_objects(node: Node, prepared: Mapping[int, Prepared]) -> tuple[tuple[Holding, ...], dict[int, StorageError]]:
    """Put the objects that records need: raw always, RDF where it was mapped.

    Returns:
        What was put, and by index why no zone may hold a record's objects.
    """
    items: list[Item] = []
    owners: list[int] = []
    for index, ready in prepared.items():
        if ready.labels is None:
            continue
        kinds = [("raw", ready.raw)] if ready.problem else [("raw", ready.raw), ("rdf", ready.ntriples.encode())]
        items += [Item(kind=kind, data=data, label=ready.labels.record) for kind, data in kinds]
        owners += [index] * len(kinds)
    put = node.inventory.put(items)
    return put.holdings, {owners[position]: error for position, error in put.refused.items()}


def _submit(node: Node, stored: StoredSource, page: Page, job: Job, recipe: str) -> _Underway:
    records = tuple(_named(page, index, record) for index, record in enumerate(page.records))
    known = node.records.known(stored, [record.header.identifier for record in records])
    job = with_known(job, known)
    wanted = tuple(
        index
        for index, record in enumerate(records)
        if not record.header.deleted
        and not is_nameless(record)
        and not is_same(record, known.get(record.header.identifier), recipe, job.today)
    )
    pairs = tuple((local_id(job.source, records[index].header.identifier), records[index]) for index in wanted)
    futures = tuple(node.executor.submit(prepare_all, some, job) for some in _chunks(pairs))
    return _Underway(page=page, records=records, wanted=wanted, job=job, pairs=pairs, futures=futures)


def _chunks(pairs: Sequence[tuple[str, Record]]) -> Iterator[Sequence[tuple[str, Record]]]:
    for start in range(0, len(pairs), _CHUNK):
        yield pairs[start : start + _CHUNK]


def _results(node: Node, underway: _Underway) -> Iterator[Prepared]:
    job = underway.job

    def again(executor: Executor, pair: tuple[str, Record]) -> Future[list[Prepared]]:
        return executor.submit(prepare_all, [pair], job)

    def lost(pair: tuple[str, Record]) -> Prepared:
        return problem(*pair, job, "mapping.crashed", "the process that prepared the record died of it")

    for future, some in zip(underway.futures, _chunks(underway.pairs), strict=True):
        yield from each_result(node.executor, future, some, again=again, lost=lost)


def _put(node: Node, underway: _Underway) -> Batch:
    prepared = dict(zip(underway.wanted, _results(node, underway), strict=True))
    holdings, refused = put_objects(node, prepared)
    return Batch(page=underway.page, records=underway.records, prepared=prepared, holdings=holdings, refused=refused)


def _named(page: Page, index: int, record: Record) -> Record:
    identifier = record.header.identifier
    if len(identifier.encode()) > LONGEST_IDENTIFIER:
        digest = hashlib.sha256(identifier.encode()).hexdigest()
        return dataclasses.replace(record, header=dataclasses.replace(record.header, identifier=f"{OVERLONG}{digest}"))
    if identifier:
        return record
    name = f"{UNIDENTIFIED}{page.checkpoint.pages}:{index + 1}"
    return dataclasses.replace(record, header=dataclasses.replace(record.header, identifier=name))
