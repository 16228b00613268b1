"""Verdicts of one record as they are kept: by focus node, one character per rule, as canonical JSON.

`null` stands for the record's own node, which most rules are asked of.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache

from node.validation.engines import Verdict

_PASSED, _FAILED, _NOT_ASKED = "pf-"


def written(verdicts: Iterable[Verdict], codes: tuple[str, ...], subject: str) -> str:
    """Return verdicts as text; empty where one is undecided, for nothing can go on from it.

    Args:
        codes: of the yardstick's rules, in their order.
        subject: the node that goes without saying.
    """
    places = _places(codes)
    rows: dict[str | None, list[str]] = {}
    for shape, focus, passed in verdicts:
        if passed is None:
            return ""
        key = None if focus == subject else focus
        row = rows.get(key)
        if row is None:
            row = rows[key] = [_NOT_ASKED] * len(codes)
        row[places[shape]] = _PASSED if passed else _FAILED
    found = [
        [focus, "".join(rows[focus])] for focus in sorted(rows, key=lambda focus: (focus is not None, focus or ""))
    ]
    return json.dumps(found, ensure_ascii=False, separators=(",", ":"))


@lru_cache(maxsize=16)
def _places(codes: tuple[str, ...]) -> Mapping[str, int]:
    return {code: index for index, code in enumerate(codes)}


def read(text: str, codes: Sequence[str], subject: str, wanted: frozenset[str]) -> list[Verdict]:
    """Return the verdicts of the wanted rules, as `written` was given them."""
    places = [(index, code) for index, code in enumerate(codes) if code in wanted]
    return [
        Verdict(shape=code, focus_node=subject if focus is None else focus, passed=row[index] == _PASSED)
        for focus, row in json.loads(text)
        for index, code in places
        if row[index] != _NOT_ASKED
    ]
