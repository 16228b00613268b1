"""The arguments of an OAI-PMH request, checked as OAI-PMH 2.0 lays down for each verb (sections 3.3, 3.6 and 4)."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable
from dataclasses import dataclass


class OaiError(Exception):
    """An error of the protocol (section 3.6); it is answered under HTTP status 200.

    Attributes:
        code: `badVerb`, `badArgument`, `badResumptionToken` ...
    """

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code, self.message = code, message


@dataclass(frozen=True, slots=True, kw_only=True)
class _Rule:
    required: frozenset[str] = frozenset()
    optional: frozenset[str] = frozenset()
    resumable: bool = False


_LIST = _Rule(required=frozenset({"metadataPrefix"}), optional=frozenset({"from", "until", "set"}), resumable=True)
_RULES = {
    "Identify": _Rule(),
    "ListMetadataFormats": _Rule(optional=frozenset({"identifier"})),
    "ListSets": _Rule(resumable=True),
    "GetRecord": _Rule(required=frozenset({"identifier", "metadataPrefix"})),
    "ListIdentifiers": _LIST,
    "ListRecords": _LIST,
}
_LEGAL = {
    # Characters that the types of OAI-PMH.xsd allow: what is echoed in the answer must be valid there.
    "identifier": re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:[A-Za-z0-9;/?:@&=+$,_.!~*'()%#\[\]-]+"),
    "metadataPrefix": re.compile(r"[A-Za-z0-9\-_.!~*'()]+"),
    "set": re.compile(r"[A-Za-z0-9\-_.!~*'()]+(:[A-Za-z0-9\-_.!~*'()]+)*"),
}
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_SECOND = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}Z", re.ASCII)


def check(pairs: Iterable[tuple[str, str]]) -> dict[str, str]:
    """Return the arguments by name, `verb` included.

    Raises:
        OaiError: `badVerb` or `badArgument`.
    """
    pairs = list(pairs)
    verbs = [value for name, value in pairs if name == "verb"]
    if len(verbs) != 1:
        raise OaiError("badVerb", "a request has exactly one verb")
    rule = _RULES.get(verbs[0])
    if rule is None:
        raise OaiError("badVerb", "the verb is none of the six of OAI-PMH 2.0")
    arguments: dict[str, str] = {}
    for name, value in pairs:
        if name in arguments:
            raise OaiError("badArgument", "an argument is given twice")
        arguments[name] = value
    names = arguments.keys() - {"verb"}
    if "resumptionToken" in names and rule.resumable:
        if names != {"resumptionToken"}:
            raise OaiError("badArgument", "resumptionToken is an exclusive argument")
        return arguments
    if names - rule.required - rule.optional:
        raise OaiError("badArgument", f"an argument is not one of {verbs[0]}")
    if rule.required - names:
        raise OaiError("badArgument", f"missing: {', '.join(sorted(rule.required - names))}")
    for name, legal in _LEGAL.items():
        if name in names and not legal.fullmatch(arguments[name]):
            raise OaiError("badArgument", f"{name} is not of the form it must have")
    return arguments


def bounds(arguments: dict[str, str]) -> tuple[dt.datetime | None, dt.datetime | None]:
    """Return `from` and `until` as inclusive instants; `until=DAY` takes in the whole day (section 2.7.1).

    Raises:
        OaiError: `badArgument`, for dates that are none, of two granularities or in the wrong order.
    """
    lower, upper = arguments.get("from"), arguments.get("until")
    if lower is not None and upper is not None and len(lower) != len(upper):
        raise OaiError("badArgument", "from and until are of different granularity")
    from_ = None if lower is None else _instant(lower)
    until = None if upper is None else _instant(upper)
    if until is not None and upper is not None and len(upper) == 10:
        until += dt.timedelta(hours=23, minutes=59, seconds=59)
    if from_ is not None and until is not None and from_ > until:
        raise OaiError("badArgument", "from is later than until")
    return from_, until


def _instant(text: str) -> dt.datetime:
    if _DAY.fullmatch(text) or _SECOND.fullmatch(text):
        try:
            return dt.datetime.fromisoformat(text).replace(tzinfo=dt.UTC)
        except ValueError:
            pass
    raise OaiError("badArgument", "a date is YYYY-MM-DD or YYYY-MM-DDThh:mm:ssZ")
