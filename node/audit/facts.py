"""What scores need of records besides verdicts: worked out once a version of a record, on every core, and kept."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from functools import cache

from node.audit.judging import yardstick_of
from node.errors import SyntaxRefused
from node.executors import each_result
from node.model.audit import Subject
from node.model.rdf import Iri
from node.node import Node
from node.storage.audit_subjects import AuditSubjects, Candidate
from node.storage.record_facts import FactStore
from node.syntax import from_ntriples
from node.validation.scores.compliance import COMPLIANCE, facts_from
from node.validation.scores.facts import RecordFacts, facts_text, read_facts

_BATCH = 200
_CHUNK = 50
_READERS = 8


@cache
def recipe() -> str:
    """Return what changes whenever facts may come out differently: the profile of compliance, and the code."""
    measure = yardstick_of(COMPLIANCE)
    return hashlib.sha256(f"{measure.profile_digest} {measure.engine_digest}".encode()).hexdigest()


def facts_of_all(subjects: Sequence[Subject]) -> list[str]:
    """Return the facts of records as text; empty for one that cannot be read. What is in a record never raises."""
    return [_facts(subject) for subject in subjects]


def record_facts(
    node: Node, names: Sequence[str], *, progress: Callable[[int], None] | None = None
) -> Iterator[list[tuple[Candidate, RecordFacts | None]]]:
    """Yield the live records of some sources with their facts, some at a time; those that changed are read anew.

    A record that cannot be read has no facts.

    Args:
        progress: called with the records done.

    Raises:
        StorageError: the database does not answer.
    """
    subjects, store = AuditSubjects(node.database, node.vault), FactStore(node.database, recipe())
    after, done = "", 0
    with ThreadPoolExecutor(_READERS, thread_name_prefix="facts") as readers:
        while page := subjects.page(names, after, _BATCH):
            after = page[-1].local_id
            known = dict(store.of([each.local_id for each in page]))
            todo = [each for each in page if (each.local_id, each.content) not in known]
            read = subjects.read(todo, readers) if todo else []
            texts = _all(node.executor, read)
            fresh = [(each.local_id, each.content, text) for each, text in zip(todo, texts, strict=True) if text]
            store.keep(fresh)
            known |= {(local, content): text for local, content, text in fresh}
            found = [(each, known.get((each.local_id, each.content))) for each in page]
            yield [(each, read_facts(text) if text is not None else None) for each, text in found]
            done += len(page)
            if progress:
                progress(done)
    store.forget()


def _all(executor: Executor, some: Sequence[Subject]) -> list[str]:
    chunks = [some[start : start + _CHUNK] for start in range(0, len(some), _CHUNK)]
    underway = [(chunk, executor.submit(facts_of_all, chunk)) for chunk in chunks]
    return [
        text
        for chunk, future in underway
        for text in each_result(executor, future, chunk, again=_one, lost=lambda subject: "")
    ]


def _one(executor: Executor, subject: Subject) -> Future[list[str]]:
    return executor.submit(facts_of_all, [subject])


def _facts(subject: Subject) -> str:
    if subject.ntriples is None:
        return ""
    try:
        triples = tuple(from_ntriples(subject.ntriples))
    except SyntaxRefused:
        return ""
    return facts_text(facts_from(triples, Iri(subject.iri)))
