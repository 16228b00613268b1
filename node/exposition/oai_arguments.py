"""The arguments of OAI-PMH requests: which each verb takes, how dates are spelt (OAI-PMH 2.0, sections 3.3, 3.6)."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Sequence
from dataclasses import dataclass

from node.syntax import uri_text

_DAY = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
_SECONDS = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", re.ASCII)
_NAME = r"[A-Za-z0-9\-_.!~*'()]+"
# What is echoed has to be what the schema lets attributes of `request` be.
_SYNTAX = {"metadataPrefix": re.compile(_NAME), "set": re.compile(rf"{_NAME}(:{_NAME})*")}
"""Of values (OAI-PMH 2.0, sections 2.6 and 3.4)."""


class Refusal(Exception):
    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


@dataclass(frozen=True, slots=True)
class _Rule:
    required: frozenset[str] = frozenset()
    optional: frozenset[str] = frozenset()
    exclusive: str | None = None


_LIST = _Rule(frozenset({"metadataPrefix"}), frozenset({"from", "until", "set"}), "resumptionToken")
_RULES = {
    "GetRecord": _Rule(frozenset({"identifier", "metadataPrefix"})),
    "Identify": _Rule(),
    "ListIdentifiers": _LIST,
    "ListMetadataFormats": _Rule(optional=frozenset({"identifier"})),
    "ListRecords": _LIST,
    "ListSets": _Rule(exclusive="resumptionToken"),
}


def verb_of(arguments: Sequence[tuple[str, str]]) -> str:
    verbs = [value for name, value in arguments if name == "verb"]
    if not verbs:
        raise Refusal("badVerb", "The verb argument is missing.")
    if len(verbs) > 1:
        raise Refusal("badVerb", "The verb argument is repeated.")
    if verbs[0] not in _RULES:
        raise Refusal("badVerb", f"{verbs[0][:100]!r} is not a verb of OAI-PMH 2.0.")
    return verbs[0]


def check(verb: str, arguments: Sequence[tuple[str, str]]) -> None:
    rule = _RULES[verb]
    names = [name for name, _ in arguments if name != "verb"]
    for name in names:
        if names.count(name) > 1:
            raise Refusal("badArgument", f"The argument {name[:100]!r} is repeated.")
        if name not in rule.required | rule.optional | {rule.exclusive}:
            raise Refusal("badArgument", f"{verb} takes no argument {name[:100]!r}.")
    if rule.exclusive in names:
        if len(names) > 1:
            raise Refusal("badArgument", "resumptionToken is exclusive: no other argument may go with it.")
        return
    missing = sorted(rule.required - set(names))
    if missing:
        raise Refusal("badArgument", f"{verb} needs the argument {missing[0]}.")
    for name, value in arguments:
        is_uri = name != "identifier" or uri_text(value) == value
        if not is_uri or (name in _SYNTAX and not _SYNTAX[name].fullmatch(value)):
            raise Refusal("badArgument", f"The {name} argument has an illegal syntax.")


def moment(name: str, value: str, *, end: bool = False) -> dt.datetime:
    try:
        if _SECONDS.fullmatch(value):
            return dt.datetime.strptime(value, "%Y-%m-%dT%H:%M:%SZ")
        if _DAY.fullmatch(value):
            day = dt.datetime.strptime(value, "%Y-%m-%d")
            return day + dt.timedelta(days=1, seconds=-1) if end else day
    except (ValueError, OverflowError):
        pass
    raise Refusal("badArgument", f"The {name} argument is not YYYY-MM-DD or YYYY-MM-DDThh:mm:ssZ.")
