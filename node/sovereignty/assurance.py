"""Whether somebody was identified as well as is asked: values of `eduperson_assurance`.

The order is that of the REFEDS Assurance Framework 2.0 (https://refeds.org/assurance): identity proofing goes from
`IAP/low` to `IAP/high`, and a profile includes a level of it. A value of another framework is met by itself alone.
"""

from __future__ import annotations

from collections.abc import Iterable

_RAF = "https://refeds.org/assurance"
# What a value includes besides itself.
_INCLUDES = {
    f"{_RAF}/IAP/medium": (f"{_RAF}/IAP/low",),
    f"{_RAF}/IAP/high": (f"{_RAF}/IAP/medium",),
    f"{_RAF}/profile/cappuccino": (f"{_RAF}/IAP/medium",),
    f"{_RAF}/profile/espresso": (f"{_RAF}/profile/cappuccino", f"{_RAF}/IAP/high"),
}


def reaches(held: Iterable[str], asked: str) -> bool:
    """Return whether one of the values held is the one asked for, or includes it; nothing asked is reached by none."""
    return bool(asked) and any(asked in _with_included(value) for value in held)


def _with_included(value: str) -> set[str]:
    found, left = set[str](), [value]
    while left:
        one = left.pop()
        found.add(one)
        left += _INCLUDES.get(one, ())
    return found
