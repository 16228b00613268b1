"""Checksums of files as `Distribution.checksum` keeps them (SPDX 2.3, https://spdx.github.io/spdx-spec/v2.3/, 8.4)."""

from __future__ import annotations

import re

ALGORITHMS: dict[str, int] = {"md5": 32, "sha1": 40, "sha224": 56, "sha256": 64, "sha384": 96, "sha512": 128}
"""Names, as SPDX 2 spells them in lower case, and the number of hex digits of a checksum."""


def checksum(algorithm: str, text: str) -> tuple[str, str] | None:
    """Return (local name of the algorithm in SPDX, hex digits in lower case); `None` where it is no such checksum.

    Args:
        algorithm: its name or address in any spelling; empty where the source does not say, and the length tells.
        text: the digits, also with the algorithm's name and a colon in front.
    """
    prefix, colon, rest = text.strip().lower().rpartition(":")
    name = _name(prefix) if colon else _name(algorithm)
    digits = rest.strip()
    if not _HEX.fullmatch(digits) or (colon and not name):
        return None
    if not name and not algorithm:
        name = next((known for known, length in ALGORITHMS.items() if length == len(digits)), "")
    return (f"checksumAlgorithm_{name}", digits) if ALGORITHMS.get(name) == len(digits) else None


def _name(text: str) -> str:
    plain = re.sub(r"[^a-z0-9]", "", re.split(r"[/#:]", text.strip().lower())[-1].removeprefix("checksumalgorithm_"))
    return plain if plain in ALGORITHMS else ""


_HEX = re.compile(r"[0-9a-f]{32,128}")
