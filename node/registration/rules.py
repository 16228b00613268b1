"""What a registration must say, checked member by member; every fault is told at once, not the first one alone."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping
from typing import Any

from node.errors import SettingsError
from node.model.entitlement import asked_entitlement
from node.model.registration import Application
from node.model.source import Agreement, Bounds
from node.storage.agreements import new_agreement
from node.syntax import JsonValue
from node.terms import codes, urls, vocabularies
from node.visitor_errors import RequestRefused

MEMBERS = (
    "name", "url", "kind", "metadata_prefix", "sets", "operator", "country", "contact", "metadata_license", "interval",
    "min_records", "max_records", "agreement",
)  # fmt: skip
"""The members of a registration; no other is taken."""
HOUR, YEAR = 3600, 366 * 86_400
LONGEST_URL = 2000
MOST_SETS = 50


def application(values: Mapping[str, JsonValue], kinds: Mapping[str, str], today: dt.date) -> Application:
    """Return what is asked for.

    Args:
        values: the members, as sent.
        kinds: the harvest protocols at hand, and the metadata prefix that each asks for by default.
        today: labels are tried as of this day.

    Raises:
        RequestRefused: something is missing, unknown or unusable; `errors` names each.
    """
    reader = Reader(values)
    for member in values:
        if member not in MEMBERS:
            reader.refuse(member, "no such member")
    url = address(reader)
    kind, prefix = protocol(reader, kinds)
    sets = set_specs(reader)
    name = reader.text("name", 63, required=True)
    if name and not re.fullmatch(r"[a-z0-9][a-z0-9-]*", name):
        reader.refuse("name", "lower-case letters, digits and hyphens, a letter or digit first")
    interval = reader.number("interval", HOUR, YEAR, 86_400) or 86_400
    least = reader.number("min_records", 0, 10**9, 0) or 0
    most = reader.number("max_records", 0, 10**9, None)
    if most is not None and most < least:
        reader.refuse("max_records", "less than min_records")
    agreement = _agreement(reader, today)
    reader.done()
    return Application(
        name=name,
        url=url,
        kind=kind,
        metadata_prefix=prefix,
        set_specs=sets,
        agreement=agreement,
        bounds=Bounds(min_records=least, max_records=most),
        interval=interval,
    )


class Reader:
    """Reads members one by one and remembers what is wrong with them."""

    def __init__(self, values: Mapping[str, JsonValue]) -> None:
        self.values = values
        self._errors: dict[str, str] = {}

    def refuse(self, member: str, why: str) -> None:
        """Remember a fault; the first one of a member counts."""
        self._errors.setdefault(member[:100], why)

    def text(self, member: str, longest: int, *, required: bool = False, default: str = "") -> str:
        """Return a member that is a line of text."""
        value = self.values.get(member)
        if value is None or value == "":
            if required:
                self.refuse(member, "missing")
            return default
        if not isinstance(value, str):
            self.refuse(member, "must be a string")
        elif len(value) > longest:
            self.refuse(member, f"longer than {longest} characters")
        elif not value.isprintable():
            self.refuse(member, "holds characters that cannot be printed")
        else:
            return value.strip()
        return default

    def number(self, member: str, least: int, most: int, default: int | None) -> int | None:
        """Return a member that is a whole number; a form sends it as digits."""
        value = self.values.get(member)
        if value is None or value == "":
            return default
        if isinstance(value, str) and re.fullmatch(r"[0-9]{1,10}", value):
            value = int(value)
        if not isinstance(value, int) or isinstance(value, bool) or not least <= value <= most:
            self.refuse(member, f"must be a whole number from {least} to {most}")
            return default
        return value

    def done(self) -> None:
        """Raise what was remembered.

        Raises:
            RequestRefused: something was.
        """
        if self._errors:
            said = "; ".join(f"{member}: {why}" for member, why in self._errors.items())
            raise RequestRefused(said[:1000], errors=tuple(self._errors.items()))


def address(reader: Reader) -> str:
    """Return the member `url`, in its safe spelling."""
    text = reader.text("url", LONGEST_URL, required=True)
    if not text:
        return ""
    found = urls.iri(text)
    if found is None or not found.startswith(("http://", "https://")) or "#" in found:
        reader.refuse("url", "not an http or https address without user name and fragment")
        return ""
    return str(found)


def protocol(reader: Reader, kinds: Mapping[str, str]) -> tuple[str, str]:
    """Return the members `kind` and `metadata_prefix`."""
    kind = reader.text("kind", 32, default="oai-pmh")
    if kind not in kinds:
        reader.refuse("kind", f"one of {', '.join(sorted(kinds))}")
    return kind, reader.text("metadata_prefix", 200, default=kinds.get(kind, ""))


def set_specs(reader: Reader) -> tuple[str, ...]:
    """Return the member `sets`; a form sends one line of names."""
    value = reader.values.get("sets")
    if value is None:
        return ()
    found: list[Any] = value.split() if isinstance(value, str) else value if isinstance(value, list) else [None]
    if len(found) > MOST_SETS:
        reader.refuse("sets", f"more than {MOST_SETS}")
    elif not all(isinstance(each, str) and 0 < len(each) <= 300 and each.isprintable() for each in found):
        reader.refuse("sets", "must be a list of names of at most 300 characters")
    else:
        return tuple(dict.fromkeys(found))
    return ()


_WORDS = ("record_access", "record_personal", "data_access", "data_personal", "review", "identity_assurance")
_LISTS = ("record_zones", "record_critical", "data_zones", "data_critical", "entitlements")
_LEVELS = ("record_assurance", "data_assurance")
# Which of this node's peers may be given what is not public, and what nobody can loosen, is not a stranger's to say;
# which people may read its own records is the repository's.
_STEWARDS = ("record_floor", "data_floor", "sets", "peers", "defaults")
_MAIL = re.compile(r"[A-Za-z0-9._%+'-]{1,64}@(?:[A-Za-z0-9-]{1,63}\.)+[A-Za-z]{2,63}")


def is_mail_address(text: str) -> bool:
    """Tell whether a text is an address that mail can be sent to, without a name, comments or quotes."""
    return len(text) <= 254 and _MAIL.fullmatch(text) is not None


def _is_entitlement(value: JsonValue) -> bool:
    try:
        return isinstance(value, str) and asked_entitlement(value) is not None
    except ValueError:
        return False


def _agreement(reader: Reader, today: dt.date) -> Agreement:
    operator = reader.text("operator", 300, required=True)
    contact = reader.text("contact", 254, required=True)
    if contact and not is_mail_address(contact):
        reader.refuse("contact", "not an e-mail address")
    country = reader.text("country", 100, required=True)
    code = codes.country(country) if country else None
    if country and code is None:
        reader.refuse("country", "not a country; write ISO 3166-1 alpha-3, such as FIN")
    text = reader.text("metadata_license", 300, required=True)
    license_ = vocabularies.license(text) if text else None
    if text and license_ is None:
        reader.refuse("metadata_license", "not a licence this node knows; write its address or its SPDX identifier")
    given = reader.values.get("agreement") or {}
    if not isinstance(given, dict):
        reader.refuse("agreement", "must be an object")
        given = {}
    values: dict[str, Any] = {}
    for key, value in given.items():
        member = f"agreement.{key}"
        is_list = isinstance(value, list) and len(value) <= 50 and all(isinstance(each, str) for each in value)
        if key in _STEWARDS:
            reader.refuse(member, "stewards of this node set it, once the repository is registered")
        elif key not in (*_WORDS, *_LISTS, *_LEVELS):
            reader.refuse(member, "no such member")
        elif value is None:
            continue
        elif key in _WORDS and not isinstance(value, str):
            reader.refuse(member, "must be a string")
        elif key in _LISTS and not is_list:
            reader.refuse(member, "must be a list of strings")
        elif key == "entitlements" and isinstance(value, list) and not all(map(_is_entitlement, value)):
            reader.refuse(member, "each must be urn:NID:NAMESPACE:group:GROUP[:role=ROLE][#AUTHORITY], without *")
        elif key in _LEVELS and (not isinstance(value, int) or isinstance(value, bool)):
            reader.refuse(member, "must be a whole number from 0 to 4")
        else:
            values[key] = value
    values |= {"operator": operator, "contact": contact, "country": code, "metadata_license": license_}
    try:
        return new_agreement(values, today)
    except SettingsError as error:
        reader.refuse("agreement", error.message[:300])
        return Agreement()
