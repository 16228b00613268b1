"""Labels worked out anew without a harvest: when a day has come, somebody decided, or an agreement changed.

From the raw record that is kept and what came with it, by the same `derive` that a harvest uses. Where the record
cannot be read, and while the source's agreement is past its review date, labels only tighten: nothing new goes out.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Executor, Future
from dataclasses import dataclass

from node.errors import FairnodeError
from node.executors import each_result
from node.mapping.crosswalks import read
from node.mapping.protocols import MappingContext
from node.model import pickled as pickled  # what is worked out travels between processes
from node.model.dcat import Resource
from node.model.label import Labels
from node.model.override import Override
from node.model.rdf import Iri
from node.model.report import Finding
from node.model.source import Agreement
from node.model.statement import Received
from node.node import Node
from node.sovereignty.derive import derive, valid_until
from node.sovereignty.labels import join, most_restrictive
from node.storage.changes import Clock
from node.storage.label_queue import Due, LabelQueue
from node.storage.new_labels import NewLabels, write_labels
from node.storage.raws import Raw, Raws
from node.syntax import refuse_crowded
from node.telemetry import logger
from node.terms.additions import Spelling, read_additions, use

_log = logger("labelling")
_BATCH = 200
# Few records are worked out here: other processes would first have to be told.
_CHUNK = 25


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """A record whose labels are worked out: what was harvested, and all else that they depend on."""

    raw: Raw
    agreement: Agreement
    overrides: tuple[Override, ...]
    labels: Labels | None
    received: Received | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Outlook:
    """What was worked out.

    Attributes:
        labels: the labels from now on.
        until: the day on which they change by themselves.
        findings: where the record contradicts itself; `None` where it could not be read.
        why: why they only tightened; empty where they might have loosened.
    """

    labels: Labels
    until: dt.date | None
    findings: tuple[Finding, ...] | None
    why: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Labelled:
    """What a pass came to: records looked at, changed, and left as due as they were."""

    seen: int = 0
    changed: int = 0
    left: int = 0


def label_anew(
    node: Node,
    now: Clock,
    *,
    actor: str,
    only: str | None = None,
    why: str = "",
    stop: Callable[[], bool] = lambda: False,
    progress: Callable[[int], None] | None = None,
) -> Labelled:
    """Work the labels of every record that is due out anew, and write what changes, a batch at a time.

    Args:
        now: the clock, UTC.
        actor: who, as the trail names them.
        only: only the record with this local id.
        why: what the trail says of the reason.
        stop: asked after each batch.
        progress: called after each batch with the number of records looked at.
    """
    queue, raws = LabelQueue(node.database), Raws(node.database, node.vault)
    seen = changed = left = after = 0
    today = now().astimezone(dt.UTC).date()
    spellings = read_additions(node.settings.home)
    ends = {peer.name: peer.until for peer in node.settings.peers}
    while found := queue.due(today, after=after, limit=_BATCH, only=only):
        after = found[-1].id
        harvested = raws.some([due.local_id for due in found])
        # What is no live record any more by now is nobody's to label.
        pairs = [(due, harvested[due.local_id]) for due in found if due.local_id in harvested]
        tasks = [
            Task(
                raw=raw,
                agreement=due.agreement,
                overrides=due.overrides,
                labels=due.labels,
                received=_until_now(due.received, ends),
            )
            for due, raw in pairs
        ]
        outlooks = _spread(node.executor, tasks, node.settings.base_url, today, spellings)
        results = [_new(due, outlook, why) for (due, _), outlook in zip(pairs, outlooks, strict=True)]
        written = write_labels(node.database, results, today, actor, now)
        seen, changed, left = seen + len(found), changed + written.changed, left + written.left
        if progress is not None:
            progress(seen)
        if stop():
            break
    if changed:
        _log.info("labels changed", records=changed, seen=seen, left=left)
    return Labelled(seen=seen, changed=changed, left=left)


def outlooks_of(tasks: Sequence[Task], base_url: str, today: dt.date, spellings: tuple[Spelling, ...]) -> list[Outlook]:
    """Work out labels as of a day; pure, and everything pickles."""
    use(spellings)
    return [_outlook(task, base_url, today) for task in tasks]


def resource_of(raw: Raw, base_url: str) -> tuple[Resource, str]:
    """Return what a record that is kept says, and why it could not be read: then it says nothing."""
    nothing = Resource(iri=Iri(f"{base_url}/dataset/{raw.local_id}"))
    if raw.payload is None:
        return nothing, f"the raw record cannot be read: {raw.lost}"
    try:
        if raw.media_type == "application/xml":
            refuse_crowded(raw.payload)
        context = MappingContext(iri=nothing.iri, identifier=raw.identifier, media_type=raw.media_type)
        return read(raw.metadata_prefix, raw.payload, context).resource, ""
    except FairnodeError as error:
        return nothing, f"the raw record cannot be mapped: {error.message}"
    except Exception as error:
        # One record must not keep the others from their labels.
        _log.exception("a record could not be read for its labels", record=raw.local_id)
        return nothing, f"the raw record cannot be mapped: {type(error).__name__}"


def _until_now(received: Received | None, ends: Mapping[str, dt.date | None]) -> Received | None:
    """Return what came with a record, up to the day that the peer's entry names by now."""
    if received is None or received.peer not in ends or received.held is not None:
        return received
    return dataclasses.replace(received, until=ends[received.peer])


def _outlook(task: Task, base_url: str, today: dt.date) -> Outlook:
    resource, unread = resource_of(task.raw, base_url)
    labels, findings = derive(resource, task.agreement, today, task.raw.set_specs, task.overrides, task.received)
    return _tightened(task, Outlook(labels=labels, until=None, findings=findings), resource, unread, today)


def _tightened(task: Task, outlook: Outlook, resource: Resource, unread: str, today: dt.date) -> Outlook:
    review = task.agreement.review
    why, labels = unread, outlook.labels
    if not why and review is not None and review < today:
        why = f"release is frozen: the agreement was to be reviewed by {review}"
    if why:
        before = task.labels or Labels(record=most_restrictive(), data=most_restrictive())
        labels = Labels(record=join(before.record, labels.record), data=join(before.data, labels.data))
    until = valid_until(resource, today, task.overrides, labels, task.received)
    if unread:
        # It is tried again, but not at every turn.
        until = min(today + dt.timedelta(days=1), until or dt.date.max)
    return Outlook(labels=labels, until=until, findings=None if unread else outlook.findings, why=why)


def _spread(
    executor: Executor, tasks: Sequence[Task], base_url: str, today: dt.date, spellings: tuple[Spelling, ...]
) -> list[Outlook]:
    if len(tasks) <= _CHUNK:
        return outlooks_of(tasks, base_url, today, spellings)
    parts = [tasks[start : start + _CHUNK] for start in range(0, len(tasks), _CHUNK)]
    futures = [executor.submit(outlooks_of, part, base_url, today, spellings) for part in parts]

    def again(own: Executor, task: Task) -> Future[list[Outlook]]:
        return own.submit(outlooks_of, [task], base_url, today, spellings)

    return [
        outlook
        for part, future in zip(parts, futures, strict=True)
        for outlook in each_result(executor, future, part, again=again, lost=lambda task: _unread(task, today))
    ]


def _unread(task: Task, today: dt.date) -> Outlook:
    """What is left where a process died of a record: no word of it is known, so labels only tighten."""
    nothing = Resource(iri=Iri(f"urn:fairnode:{task.raw.local_id}"))
    labels, _ = derive(nothing, task.agreement, today, task.raw.set_specs, task.overrides, task.received)
    outlook = Outlook(labels=labels, until=None, findings=None)
    return _tightened(task, outlook, nothing, "the process that read the raw record died of it", today)


def _new(due: Due, outlook: Outlook, why: str) -> NewLabels:
    holding = ", ".join(str(each.number) for each in due.overrides if each.ended is None)
    reasons = (why, outlook.why, f"decisions: {holding}" if holding else "")
    return NewLabels(
        due=due,
        labels=outlook.labels,
        until=outlook.until,
        findings=outlook.findings,
        why=tuple(reason for reason in reasons if reason),
    )
