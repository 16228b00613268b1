"""Amounts in words: numbers, numbers of things, spans of time."""

from __future__ import annotations

import datetime as dt

_UNITS = (("day", 86_400), ("hour", 3_600), ("minute", 60), ("second", 1))


def number(value: float) -> str:
    """Return a number with at most two places after the point."""
    return f"{round(value, 2):.2f}".rstrip("0").rstrip(".")


def counted(count: float, noun: str) -> str:
    """Return a number of things, such as `1 record` or `0.5 points`: rounded to hundredths."""
    return f"{number(count)} {noun}{'' if number(count) == '1' else 's'}"


def lasting(span: dt.timedelta) -> str:
    """Return a span of time that is not negative, such as `2 days` or `1 hour 30 minutes`; parts of a second go."""
    left, parts = int(span.total_seconds()), list[str]()
    for noun, seconds in _UNITS:
        whole, left = divmod(left, seconds)
        if whole:
            parts.append(counted(whole, noun))
    return " ".join(parts) or "less than a second"
