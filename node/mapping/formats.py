"""Format and size texts as distributions: DataCite `formats` and `sizes`, Dublin Core `format`.

A resource whose files are not addressed one by one is had through its page: DCAT 3, section 6.8.4 (dcat:accessURL) and
example 5 (https://www.w3.org/TR/vocab-dcat-3/#a-dataset-available-only-behind-some-web-page).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import TypeVar

from node.mapping.reservations import Notes
from node.model.dcat import Distribution
from node.model.rdf import Iri, Literal
from node.terms import vocabularies
from node.terms.tables import LONGEST, forgotten_by

_Where = TypeVar("_Where")


@dataclass(frozen=True, slots=True, kw_only=True)
class Format:
    """A format text and what it means; `name` keeps a text that means nothing to us."""

    media_type: Iri | None = None
    file_type: Iri | None = None
    name: str | None = None


def read_format(reading: Notes[_Where], element: _Where, text: str) -> Format:
    """Return what a format text means; an unknown one is noted and kept by name."""
    plain = text.partition(";")[0].strip()
    known = _known(plain) if len(plain) <= LONGEST else None
    if known is None:
        reading.note("mapping.format-unknown", f"“{text}” is no known format", element, text)
        return Format(name=text)
    return known


def byte_size(text: str) -> int | None:
    """Return the bytes a size text says, such as `794638 Bytes` or `1.5 MB` (SI units; KiB and such are binary)."""
    found = _SIZE.fullmatch(text.strip())
    if found is None:
        return None
    unit = (found["unit"] or "b").lower()
    value = float(found["value"].replace(",", "")) * _UNITS[unit]
    return int(value) if value < 2**63 else None


def distributions(
    formats: Sequence[Format], sizes: Sequence[int | None], *, access_url: Iri | None, license_iri: Iri | None
) -> tuple[Distribution, ...]:
    """Return one distribution a format, or one in all where no format is told but an address is.

    Files of one format make one distribution. Sizes are added up where they pair with the formats (as many of the one
    as of the other, or a single format); otherwise they are not guessed at.
    """
    if not formats:
        if access_url is None:
            return ()
        size = _sum(sizes)
        return (Distribution(access_url=access_url, license=license_iri, byte_size=size),)
    groups: dict[Format, list[int | None]] = {one: [] for one in formats}
    if len(sizes) == len(formats):
        for one, size in zip(formats, sizes, strict=True):
            groups[one].append(size)
    elif len(groups) == 1:
        groups[formats[0]] = list(sizes)
    return tuple(
        Distribution(
            access_url=access_url,
            media_type=one.media_type,
            file_format=one.file_type,
            title=(Literal(one.name),) if one.name else (),
            byte_size=_sum(group),
            license=license_iri,
        )
        for one, group in groups.items()
    )


@lru_cache(maxsize=4096)
def _known(text: str) -> Format | None:
    media_type = vocabularies.media_type(text)
    file_type = vocabularies.file_type(text)
    if file_type is None and media_type is not None:
        file_type = vocabularies.file_type_of_media_type(media_type)
    return Format(media_type=media_type, file_type=file_type) if media_type or file_type else None


def _sum(sizes: Sequence[int | None]) -> int | None:
    known = [size for size in sizes if size is not None]
    return sum(known) if known and len(known) == len(sizes) else None


_UNITS = {
    "b": 1, "byte": 1, "bytes": 1,
    "kb": 10**3, "mb": 10**6, "gb": 10**9, "tb": 10**12, "pb": 10**15,
    "kib": 2**10, "mib": 2**20, "gib": 2**30, "tib": 2**40,
}  # fmt: skip
_SIZE = re.compile(
    rf"(?P<value>\d{{1,3}}(?:,\d{{3}})+(?:\.\d+)?|\d{{1,18}}(?:\.\d+)?)\s*(?P<unit>{'|'.join(_UNITS)})?",
    re.IGNORECASE,
)

forgotten_by(_known.cache_clear)
