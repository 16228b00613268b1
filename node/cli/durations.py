"""Durations as people type them: `30m`, `12h`, `7d`."""

from __future__ import annotations

import re

import click

_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86_400, "w": 604_800}
_DURATION = re.compile(rf"(\d{{1,6}})([{''.join(_UNITS)}])")


class Duration(click.ParamType[int]):
    """A duration in seconds; `never` is 0."""

    name = "duration"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> int:
        """Return the seconds, or fail with what to write."""
        if isinstance(value, int):
            return value
        if value == "never":
            return 0
        found = _DURATION.fullmatch(str(value))
        if found is None:
            self.fail(f"{value!r} is not a duration such as 30m, 12h or 7d, or never", param, ctx)
        seconds = int(found[1]) * _UNITS[found[2]]
        if seconds >= 2**31:
            self.fail(f"{value!r} is longer than anybody will wait", param, ctx)
        return seconds


def spelt(seconds: int) -> str:
    """Return a duration as people type it, in the largest unit that it is a whole number of; 0 is `never`."""
    if not seconds:
        return "never"
    unit = next(unit for unit in reversed(_UNITS) if seconds % _UNITS[unit] == 0)
    return f"{seconds // _UNITS[unit]}{unit}"
