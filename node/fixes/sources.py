"""Going over the stored records of sources: each made again on the node's executor, a few batches under way."""

from __future__ import annotations

import datetime as dt
from collections import deque
from collections.abc import Iterator, Sequence
from concurrent.futures import Future
from dataclasses import replace
from itertools import islice

from node.errors import NotFound
from node.fixes.changes import Change
from node.fixes.remaking import Remade, remake_all
from node.model.source import Agreement
from node.node import Node
from node.prepare import Job
from node.storage.raws import Raws
from node.terms.additions import read_additions

_BATCH = 50
_UNDERWAY = 8


def remade_records(
    node: Node, names: Sequence[str], profile: str, changes: Sequence[Change | None], today: dt.date
) -> Iterator[tuple[Remade, ...]]:
    """Yield every live record of some sources, made again once for each change.

    Args:
        names: of the sources; none means all there are.
        profile: a profile's name, or the path of a shapes file that every worker can read.
        changes: `None` is the node as it is. The spellings of a change are added to the node's own.
        today: the day labels are derived as of.

    Raises:
        NotFound: there is no such source.
        ProfileError: there is no such profile, or it is ill-formed.
        SettingsError: the node's own spellings cannot be read.
    """
    stored = {each.source.name: each.source for each in node.sources.all()}
    unknown = sorted(set(names) - set(stored))
    if unknown:
        raise NotFound(f"there is no source {unknown[0]!r}", advice="`fairnode source list` names them.")
    own = read_additions(node.settings.home)
    for name in sorted(set(names) or stored):
        source = stored[name]
        jobs = [
            (
                Job(
                    base_url=node.settings.base_url,
                    source=name,
                    metadata_prefix=source.metadata_prefix,
                    agreement=_agreed(source.agreement, change),
                    # Validated after the change, not before it.
                    profile="",
                    today=today,
                    spellings=(*own, *(change.spellings if change else ())),
                ),
                change or Change(),
            )
            for change in changes
        ]
        yield from _made(node, name, jobs, profile)


def _agreed(agreement: Agreement, change: Change | None) -> Agreement:
    more = dict(change.agreed) if change else {}
    return replace(agreement, defaults=tuple(sorted((dict(agreement.defaults) | more).items()))) if more else agreement


def _made(node: Node, name: str, jobs: Sequence[tuple[Job, Change]], profile: str) -> Iterator[tuple[Remade, ...]]:
    raws = Raws(node.database, node.vault).of([name])
    underway: deque[list[Future[list[Remade]]]] = deque()
    ended = False
    while underway or not ended:
        while not ended and len(underway) < _UNDERWAY:
            batch = list(islice(raws, _BATCH))
            ended = not batch
            if batch:
                underway.append([node.executor.submit(remake_all, batch, job, change, profile) for job, change in jobs])
        if underway:
            yield from zip(*(future.result() for future in underway.popleft()), strict=True)
