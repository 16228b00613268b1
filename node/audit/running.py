"""Running an audit: records are read and judged in batches, on the node's executor, and only where they changed.

Where an earlier version of the profile judged a record as it is now, only the rules that changed since are asked.

Four batches are under way at most; memory holds no more than these, and one number per record.
"""

from __future__ import annotations

import datetime as dt
import secrets
from array import array
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from dataclasses import dataclass
from typing import TypeVar

from node.audit.continuing import Known, go_on_all
from node.audit.documents import Tally
from node.audit.judging import judge_all, unreadable, yardstick_of
from node.audit.scoring import score
from node.executors import each_result
from node.model.audit import Audit, Judgement, Subject, Yardstick
from node.node import Node
from node.storage.audit_subjects import AuditSubjects, Candidate
from node.storage.audits import Audits
from node.storage.judgements import Ancestor, Judgements

_BATCH = 200
# Small enough that every worker gets a share of a batch, large enough that pickling does not show.
_CHUNK = 50
_READERS = 8
_UNDERWAY = 4

_T = TypeVar("_T")

Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditRun:
    """An audit that was just run.

    Attributes:
        audit: what came of it; the one before, confirmed, where nothing changed.
        judged: records that were judged now.
        carried: records whose judgement was there already.
        continued: of those judged now, the ones of which an earlier version of the profile had judged the same.
        changed: the rules that these were asked; the others stand as they were.
    """

    audit: Audit
    judged: int
    carried: int
    continued: int = 0
    changed: tuple[str, ...] = ()


def audit_sources(
    node: Node, names: Sequence[str], profile: str, *, now: Callable[[], dt.datetime], progress: Progress | None = None
) -> AuditRun:
    """Audit every live record of some sources, and keep the audit.

    A record is judged anew where it changed since it was judged by the same profile and engine, or could not be judged
    then; by the rules that changed where only the profile did. Each record is judged as it is when its turn comes.

    Args:
        names: of the sources; none means all there are.
        profile: a profile's name, or the path of a shapes file that every worker can read.
        progress: called with the records done, and how many there are.

    Raises:
        NotFound: there is no such source.
        ProfileError: there is no such profile, or it is ill-formed.
        StorageError: the database does not answer.
    """
    wanted = [stored.source.name for stored in node.sources.named(names)]
    measure = yardstick_of(profile)
    audits, judgements = Audits(node.database), Judgements(node.database)
    yardstick = judgements.yardstick(measure)
    seq = audits.clock()
    before = audits.standing(wanted, yardstick)
    if before is not None:
        audit = audits.confirm(before, seq, now())
        score(node, audit, measure, profile, now())
        return AuditRun(audit=audit, judged=0, carried=before.records)
    work = _Work(
        node=node,
        names=wanted,
        profile=profile,
        measure=measure,
        yardstick=yardstick,
        subjects=AuditSubjects(node.database, node.vault),
        judgements=judgements,
        ancestor=judgements.ancestor(yardstick, measure.rules),
        today=now().date(),
        run=secrets.token_hex(8),
    )
    total = work.subjects.size(wanted) if progress else 0
    tally, members, judged, continued, undecided = Tally(measure, wanted), array("q"), 0, 0, False
    for batch in work.batches():
        for number, judgement in batch.in_order():
            tally.add(judgement)
            members.append(number)
            undecided |= judgement.undecided
        judged += len(batch.fresh)
        continued += batch.continued
        if progress:
            progress(len(members), max(total, len(members)))
    audit = audits.add(tally.document(), wanted, yardstick, members, now(), seq=None if undecided else seq)
    score(node, audit, measure, profile, now())
    return AuditRun(
        audit=audit,
        judged=judged,
        carried=len(members) - judged,
        continued=continued,
        changed=work.changed if continued else (),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Batch:
    """Judged records: those carried over and the fresh ones, by local id."""

    order: tuple[str, ...]
    carried: dict[str, tuple[int, Judgement]]
    fresh: dict[str, tuple[int, Judgement]]
    continued: int

    def in_order(self) -> Iterator[tuple[int, Judgement]]:
        """Yield number and judgement by local id."""
        for local in self.order:
            yield self.carried.get(local) or self.fresh[local]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Task:
    """Some records, being judged."""

    subjects: Sequence[Subject]
    future: Future[list[Judgement]]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Underway:
    order: tuple[str, ...]
    carried: dict[str, tuple[int, Judgement]]
    doubtful: dict[str, tuple[int, Judgement]]
    tasks: list[_Task]
    continued: int


@dataclass(frozen=True, slots=True, kw_only=True)
class _Work:
    node: Node
    names: Sequence[str]
    profile: str
    measure: Yardstick
    yardstick: int
    subjects: AuditSubjects
    judgements: Judgements
    ancestor: Ancestor | None
    today: dt.date
    run: str

    @property
    def changed(self) -> tuple[str, ...]:
        """The rules that the ancestor does not answer."""
        shared = self.ancestor.shared if self.ancestor else frozenset()
        return tuple(rule.code for rule in self.measure.rules if rule.code not in shared)

    def batches(self) -> Iterator[_Batch]:
        """Yield the sources' live records, judged, by local id."""
        waiting: deque[_Underway] = deque()
        after = ""
        with ThreadPoolExecutor(_READERS, thread_name_prefix="audit") as readers:
            while page := self.subjects.page(self.names, after, _BATCH):
                after = page[-1].local_id
                waiting.append(self._submit(page, readers))
                if len(waiting) >= _UNDERWAY:
                    yield self._finish(waiting.popleft())
            while waiting:
                yield self._finish(waiting.popleft())

    def _submit(self, page: Sequence[Candidate], readers: ThreadPoolExecutor) -> _Underway:
        known = self.judgements.judged([each.local_id for each in page], self.yardstick)
        mine = {each.local_id: known.get((each.local_id, each.content)) for each in page}
        carried = {local: own for local, own in mine.items() if own is not None and not own[1].undecided}
        todo = [each for each in page if each.local_id not in carried]
        subjects = self.subjects.read(todo, readers) if todo else []
        before = self._before(subjects)
        going_on = [Known(subject=each, before=before[each.local_id]) for each in subjects if each.local_id in before]
        anew = [each for each in subjects if each.local_id not in before]
        return _Underway(
            order=tuple(each.local_id for each in page),
            carried=carried,
            doubtful={local: own for local, own in mine.items() if own is not None and own[1].undecided},
            tasks=[*(self._judge(some) for some in _chunks(anew)), *(self._go_on(some) for some in _chunks(going_on))],
            continued=len(going_on),
        )

    def _before(self, subjects: Sequence[Subject]) -> dict[str, Judgement]:
        if self.ancestor is None or not subjects:
            return {}
        told = self.judgements.told([each.local_id for each in subjects], self.ancestor)
        return {
            each.local_id: told[each.local_id, each.content]
            for each in subjects
            if (each.local_id, each.content) in told and each.ntriples is not None
        }

    def _judge(self, some: Sequence[Subject]) -> _Task:
        future = self.node.executor.submit(judge_all, some, self.profile, self.measure.profile_digest, self.run)
        return _Task(subjects=some, future=future)

    def _go_on(self, some: Sequence[Known]) -> _Task:
        assert self.ancestor is not None, "without one nothing is known"
        digest, codes, shared = self.measure.profile_digest, self.ancestor.codes, self.ancestor.shared
        future = self.node.executor.submit(go_on_all, some, self.profile, digest, codes, shared, self.run)
        return _Task(subjects=[each.subject for each in some], future=future)

    def _finish(self, underway: _Underway) -> _Batch:
        found: list[Judgement] = []
        for task in underway.tasks:
            # Whatever task it broke, a record that is tried by itself is judged by every rule.
            found += each_result(
                self.node.executor, task.future, task.subjects, again=self._judge_one, lost=self._unreadable
            )
        # Still undecided for the same reason is nothing new to write down.
        fresh = {local: own for local, own in underway.doubtful.items() if own[1] in found}
        new = [each for each in found if each.local_id not in fresh]
        numbers = self.judgements.keep(new, self.yardstick, self.today)
        fresh |= {each.local_id: (number, each) for number, each in zip(numbers, new, strict=True)}
        return _Batch(order=underway.order, carried=underway.carried, fresh=fresh, continued=underway.continued)

    def _judge_one(self, executor: Executor, subject: Subject) -> Future[list[Judgement]]:
        return executor.submit(judge_all, [subject], self.profile, self.measure.profile_digest, self.run)

    def _unreadable(self, subject: Subject) -> Judgement:
        return unreadable(subject, self.measure.rules, "the process that judged it broke down")


def _chunks(some: Sequence[_T]) -> Iterator[Sequence[_T]]:
    for start in range(0, len(some), _CHUNK):
        yield some[start : start + _CHUNK]
