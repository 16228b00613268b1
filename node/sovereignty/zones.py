"""Residency zones: which countries a zone code stands for on a day. The membership is dated data, `vocab/zones.toml`.

Codes that must all hold intersect, for zones are no scale: Liechtenstein is in the EEA and not associated to Horizon
Europe. Country codes are ISO 3166-1 alpha-3 (https://www.iso.org/iso-3166-country-codes.html).
"""

from __future__ import annotations

import datetime as dt
import re
import tomllib
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from typing import Any

from node.errors import SettingsError
from node.resources import data_folder
from node.sovereignty.labels import UNKNOWN_ORIGIN, WORLD
from node.terms import codes as countries


@dataclass(frozen=True, slots=True, kw_only=True)
class Membership:
    """Countries that belong to a zone during a time.

    Attributes:
        code: the zone.
        countries: ISO 3166-1 alpha-3.
        includes: zones whose members belong to it too.
        valid_from, valid_until: inclusive days; `valid_until` is open where it is `None`.
        source: the instrument or page that says so.
        note: what to mind.
    """

    code: str
    countries: frozenset[str]
    includes: tuple[str, ...] = ()
    valid_from: dt.date
    valid_until: dt.date | None = None
    source: str
    note: str = ""


def admits(codes: Iterable[str], country: str, on: dt.date, table: tuple[Membership, ...] | None = None) -> bool:
    """Tell whether a country lies in every one of the zones on a day; no zone at all admits no country.

    `WLD` holds every country, the unknown `ZZZ` too; `NAT:DEU` holds Germany; an unknown code holds none.

    Args:
        table: instead of `vocab/zones.toml`.
    """
    wanted = tuple(codes)
    return bool(wanted) and all(code == WORLD or country in members(code, on, table) for code in wanted)


def members(code: str, on: dt.date, table: tuple[Membership, ...] | None = None) -> frozenset[str]:
    """Return the countries of a zone on a day; of an unknown code, and of `WLD`, which has no list, none."""
    national = _NATIONAL.fullmatch(code)
    if national is not None:
        return frozenset({national["country"]}) - {UNKNOWN_ORIGIN}
    return _members(code, on, zone_table() if table is None else table)


def check_zones(codes: Iterable[str], on: dt.date, *, what: str) -> None:
    """Refuse a list of zones that somebody writes down: an empty one asks for nothing, an unknown code admits nobody.

    Args:
        what: what the list is called in the error.

    Raises:
        SettingsError: it is empty, or names what is no zone on that day.
    """
    wanted = tuple(codes)
    if not wanted:
        raise SettingsError(f"{what} is an empty list", advice="Leave it out, or name a zone; WLD is the whole world.")
    for code in wanted:
        national = _NATIONAL.fullmatch(code)
        known = countries.country(national["country"]) == national["country"] if national else bool(members(code, on))
        if code != WORLD and not known:
            raise SettingsError(
                f"{what}: {code!r} is no residency zone", advice="docs/reference/sovereignty-labels.md lists the codes."
            )


@cache
def zone_table() -> tuple[Membership, ...]:
    """Return the memberships of `vocab/zones.toml`.

    Raises:
        SettingsError: the file cannot be read or is not what it should be.
    """
    path = data_folder("vocab") / "zones.toml"
    try:
        return read_table(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(f"{path}: {error}", advice=_ADVICE) from error


def read_table(text: str) -> tuple[Membership, ...]:
    """Read a zone table from TOML.

    Raises:
        SettingsError: it is not TOML, an entry lacks a key or has a wrong one, or names what does not exist.
    """
    try:
        table = tuple(_membership(entry) for entry in tomllib.loads(text)["zone"])
    except (tomllib.TOMLDecodeError, KeyError, TypeError, ValueError) as error:
        raise SettingsError(f"zones.toml: {error}", advice=_ADVICE) from error
    known: set[str] = set()
    for entry in table:
        # Only zones further up, so that no zone includes itself.
        if not set(entry.includes) <= known - {entry.code}:
            raise SettingsError(f"zones.toml: {entry.code} includes a zone that is not above it", advice=_ADVICE)
        known.add(entry.code)
    return table


_ADVICE = "Correct vocab/zones.toml; docs/reference/sovereignty-labels.md describes its entries."
_NATIONAL = re.compile(r"NAT:(?P<country>[A-Z]{3})")
_CODE = re.compile(r"(?!WLD$)[A-Z]{2,8}")
_COUNTRY = re.compile(r"(?!ZZZ$)[A-Z]{3}")


@cache
def _members(code: str, on: dt.date, table: tuple[Membership, ...]) -> frozenset[str]:
    found: set[str] = set()
    for entry in table:
        if entry.code == code and entry.valid_from <= on and (entry.valid_until is None or on <= entry.valid_until):
            found |= entry.countries
            for included in entry.includes:
                found |= _members(included, on, table)
    return frozenset(found)


def _membership(entry: dict[str, Any]) -> Membership:
    values = dict(entry)
    values["countries"] = frozenset(values.get("countries", ()))
    values["includes"] = tuple(values.get("includes", ()))
    made = Membership(**values)
    if not isinstance(made.code, str) or not _CODE.fullmatch(made.code):
        raise ValueError(f"{made.code!r} is no code of a zone")
    for country in made.countries:
        if not _COUNTRY.fullmatch(country):
            raise ValueError(f"{made.code}: {country!r} is no ISO 3166-1 alpha-3 code")
    for day in (made.valid_from, made.valid_until):
        # A TOML date-time is a `date` to isinstance, yet the two do not compare.
        if day is not None and type(day) is not dt.date:
            raise ValueError(f"{made.code}: {day!r} is no date")
    if not made.source:
        raise ValueError(f"{made.code}: an entry names its source")
    return made
