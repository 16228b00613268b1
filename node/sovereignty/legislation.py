"""What acts of law that a record names as applicable say of its data: dated rows of `vocab/legislation.toml`.

An act is named by its ELI (European Legislation Identifier, https://eur-lex.europa.eu/eli-register/about.html) or by
the address of its CELEX number in EUR-Lex.
"""

from __future__ import annotations

import datetime as dt
import re
import tomllib
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Any

from node.errors import SettingsError
from node.model.label import CRITICAL, Access, PersonalData
from node.model.source import LabelTerms
from node.resources import data_folder


@dataclass(frozen=True, slots=True, kw_only=True)
class LegalAct:
    """An act, and what follows from it for the label of data that it applies to.

    Attributes:
        eli: its identifier below `http://data.europa.eu/eli/`, such as `reg/2016/679`.
        celex: its number in EUR-Lex, such as `32016R0679`.
        name: what it is called.
        terms: what is asked of the label.
        valid_from, valid_until: inclusive days; `valid_until` is open where it is `None`.
        source: the text.
        note: what in the text bears it out.
    """

    eli: str
    celex: str
    name: str
    terms: LabelTerms
    valid_from: dt.date
    valid_until: dt.date | None = None
    source: str
    note: str

    def holds(self, today: dt.date) -> bool:
        """Whether it counts on a day."""
        return self.valid_from <= today and (self.valid_until is None or today <= self.valid_until)


@lru_cache(maxsize=1_024)
def act_of(iri: str) -> LegalAct | None:
    """Return the act that an IRI names; of one that the table does not have, nothing."""
    eli = _ELI.match(iri)
    number = _CELEX.search(iri) if "eur-lex.europa.eu" in iri else None
    for act in act_table():
        if eli is not None and eli["act"] == act.eli:
            return act
        if number is not None and number["number"] == act.celex[1:]:
            return act
    return None


@cache
def act_table() -> tuple[LegalAct, ...]:
    """Return the acts of `vocab/legislation.toml`.

    Raises:
        SettingsError: the file cannot be read or is not what it should be.
    """
    path = data_folder("vocab") / "legislation.toml"
    try:
        return read_acts(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(f"{path}: {error}", advice=_ADVICE) from error


def read_acts(text: str) -> tuple[LegalAct, ...]:
    """Read a table of acts from TOML.

    Raises:
        SettingsError: it is not TOML, or an entry lacks a key, has one that is unknown or a value that is none.
    """
    try:
        return tuple(_act(dict(entry)) for entry in tomllib.loads(text)["act"])
    except (tomllib.TOMLDecodeError, KeyError, TypeError, ValueError) as error:
        raise SettingsError(f"legislation.toml: {error}", advice=_ADVICE) from error


_ADVICE = "Correct vocab/legislation.toml; docs/reference/sovereignty-labels.md describes its entries."
# The version of a text, such as /oj or a day, is all one: the act is the same.
_ELI = re.compile(r"https?://(data|eur-lex)\.europa\.eu/eli/(?P<act>[a-z_]+/\d{4}/\d+)(/|$)")
_CELEX = re.compile(r"CELEX(:|%3A)[03](?P<number>\d{4}[A-Z]\d{4})", re.IGNORECASE)


def _act(entry: dict[str, Any]) -> LegalAct:
    access, personal, critical = entry.pop("access", None), entry.pop("personal", None), entry.pop("critical", None)
    if critical is not None and not (critical and set(critical) <= CRITICAL):
        raise ValueError(f"{entry.get('eli')}: {critical!r} names what is no critical technology")
    terms = LabelTerms(
        access=Access[access.upper()] if access is not None else None,
        personal=PersonalData[personal.upper()] if personal is not None else None,
        critical=tuple(critical) if critical is not None else None,
    )
    act = LegalAct(**entry, terms=terms)
    if not re.fullmatch(r"[a-z_]+/\d{4}/\d+", act.eli) or not re.fullmatch(r"3\d{4}[A-Z]\d{4}", act.celex):
        raise ValueError(f"{act.eli!r} or {act.celex!r} identifies no act")
    for day in (act.valid_from, act.valid_until):
        if day is not None and type(day) is not dt.date:
            raise ValueError(f"{act.eli}: {day!r} is no date")
    if not (act.source and act.note and act.name) or terms == LabelTerms():
        raise ValueError(f"{act.eli}: an entry has a name, a source, a note, and asks for something")
    return act
