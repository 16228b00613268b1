"""Verdicts of a harvest, handed to audits: what was judged while it was harvested is not judged again.

A judgement that is missing, because the process was killed between a page and its judgements, costs nothing but time:
an audit judges the record then.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from functools import cache

from node.audit.judging import yardstick_of
from node.model.audit import Judgement, Yardstick
from node.node import Node
from node.storage.judgements import Judgements
from node.storage.kept import Action, Kept


class Handover:
    """Keeps the judgements of one harvest."""

    def __init__(self, node: Node, profiles: Sequence[str], now: Callable[[], dt.datetime]) -> None:
        """Enter the yardsticks.

        Args:
            profiles: those whose verdicts are kept.

        Raises:
            ProfileError: there is no such profile, or it is ill-formed.
        """
        self._judgements = Judgements(node.database)
        self._now = now
        measures = [_yardstick(profile) for profile in profiles]
        self._yardsticks = {measure.profile_digest: self._judgements.yardstick(measure) for measure in measures}

    def keep(self, kept: Sequence[Kept]) -> None:
        """Keep the judgements of records that are shown, as they are now; those there are already stay."""
        found: dict[str, list[Judgement]] = {digest: [] for digest in self._yardsticks}
        before: list[str] = []
        for item in kept:
            if item.prepared is None or item.action not in (Action.PUBLISH, Action.REFRESH):
                continue
            for digest, own in item.prepared.judgements:
                # A worker of another version may have read another version of the profile.
                if digest in found:
                    found[digest].append(own)
            if item.known is not None:
                before.append(item.known.local_id)
        new: dict[int, list[Judgement]] = {}
        for digest, yardstick in self._yardsticks.items():
            there = self._judgements.judged(before, yardstick) if before else {}
            decided = {key for key, (_, own) in there.items() if not own.undecided}
            new[yardstick] = [own for own in found[digest] if (own.local_id, own.content) not in decided]
        self._judgements.enter(new, self._now().date())


@cache
def _yardstick(profile: str) -> Yardstick:
    return yardstick_of(profile)
