"""Going over the stored records of sources: each made again on the node's executor, a few batches under way."""

from __future__ import annotations

import datetime as dt
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Executor, Future
from dataclasses import dataclass, replace
from itertools import islice
from typing import TypeVar

from node.executors import each_result
from node.fixes.changes import Change
from node.fixes.remaking import Remade, Trial, died, remake_all
from node.fixes.trying import Tried, Tries, try_all
from node.model.source import Agreement
from node.node import Node
from node.prepare import Job
from node.storage.link_checks import LinkChecks
from node.storage.raws import Raw, Raws
from node.storage.sources import StoredSource
from node.terms.additions import Spelling, read_additions

_BATCH = 50
_UNDERWAY = 8

_Made = TypeVar("_Made")
_Argument = TypeVar("_Argument")


@dataclass(frozen=True, slots=True, kw_only=True)
class Survey:
    """What records are gone over, and how they are judged.

    Attributes:
        names: of the sources; none means all there are.
        profile: a profile's name, or the path of a shapes file that every worker can read.
        now: labels are derived as of its day, and links count that were checked shortly before it, as in an audit.
        with_facts: whether what other scores than the profile's points need is worked out, too.
    """

    names: Sequence[str]
    profile: str
    now: dt.datetime
    with_facts: bool


def remade_records(node: Node, survey: Survey, changes: Sequence[Change | None]) -> Iterator[tuple[Remade, ...]]:
    """Yield every live record of some sources, made again once for each change.

    Args:
        changes: `None` is the node as it is. The spellings of a change are added to the node's own.

    Raises:
        NotFound: there is no such source.
        ProfileError: there is no such profile, or it is ill-formed.
        SettingsError: the node's own spellings cannot be read.
    """
    own = read_additions(node.settings.home)
    for source in node.sources.named(survey.names):
        trials = [_trial(node, survey, source, own, change) for change in changes]
        for rows in _over(node, source.source.name, remake_all, trials, died):
            answers = _Answers(node, survey, (remade for row in rows for remade in row))
            yield from (tuple(map(answers.put, row)) for row in rows)


def tried_spellings(node: Node, survey: Survey, spellings: Sequence[Spelling]) -> Iterator[Tried]:
    """Yield every live record of some sources with what each spelling alone would make of it, where that is another.

    Raises:
        As `remade_records`.
    """
    own = read_additions(node.settings.home)
    for source in node.sources.named(survey.names):
        tries = Tries(trial=_trial(node, survey, source, own, None), spellings=tuple(spellings))
        for rows in _over(node, source.source.name, try_all, [tries], lambda raw: Tried(before=died(raw))):
            found = [tried for (tried,) in rows]
            answers = _Answers(node, survey, (one for tried in found for one in (tried.before, *tried.remade)))
            for tried in found:
                after = tuple((number, answers.put(remade)) for number, remade in tried.after)
                yield Tried(before=answers.put(tried.before), after=after)


def _trial(node: Node, survey: Survey, stored: StoredSource, own: tuple[Spelling, ...], change: Change | None) -> Trial:
    source = stored.source
    job = Job(
        base_url=node.settings.base_url,
        source=source.name,
        metadata_prefix=source.metadata_prefix,
        agreement=_agreed(source.agreement, change),
        # Validated after the change, not before it.
        profile="",
        today=survey.now.date(),
        spellings=(*own, *(change.spellings if change else ())),
    )
    return Trial(job=job, change=change or Change(), profile=survey.profile, with_facts=survey.with_facts)


def _agreed(agreement: Agreement, change: Change | None) -> Agreement:
    more = dict(change.agreed) if change else {}
    return replace(agreement, defaults=tuple(sorted((dict(agreement.defaults) | more).items()))) if more else agreement


class _Answers:
    """What the links in some records answered lately: asked of the database once for all of them."""

    def __init__(self, node: Node, survey: Survey, some: Iterable[Remade]) -> None:
        since = survey.now - dt.timedelta(days=node.settings.links.max_age_days)
        urls = {url for remade in some if remade.facts is not None for url in remade.facts.addresses}
        self._known = LinkChecks(node.database).of(urls, since=since) if urls else {}

    def put(self, remade: Remade) -> Remade:
        """Return a record with the answers of its links."""
        if remade.facts is None or not self._known:
            return remade
        mine = {url: self._known[url].status for url in remade.facts.addresses if url in self._known}
        return replace(remade, answers=mine or None)


def _over(
    node: Node,
    name: str,
    task: Callable[[Sequence[Raw], _Argument], list[_Made]],
    arguments: Sequence[_Argument],
    lost: Callable[[Raw], _Made],
) -> Iterator[list[tuple[_Made, ...]]]:
    """Yield, some at a time, what a task makes of each record of a source with each of its arguments."""
    raws = Raws(node.database, node.vault).of([name])
    underway: deque[tuple[list[Raw], list[Future[list[_Made]]]]] = deque()
    ended = False

    def one(argument: _Argument) -> Callable[[Executor, Raw], Future[list[_Made]]]:
        return lambda executor, raw: executor.submit(task, [raw], argument)

    while underway or not ended:
        while not ended and len(underway) < _UNDERWAY:
            batch = list(islice(raws, _BATCH))
            ended = not batch
            if batch:
                underway.append((batch, [node.executor.submit(task, batch, argument) for argument in arguments]))
        if underway:
            batch, futures = underway.popleft()
            made = [
                each_result(node.executor, future, batch, again=one(argument), lost=lost)
                for future, argument in zip(futures, arguments, strict=True)
            ]
            yield list(zip(*made, strict=True))
