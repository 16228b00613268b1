"""Coded values of MARC 21: what kind of thing a record describes, its language and dates, coded periods.

Sources: leader (https://www.loc.gov/marc/bibliographic/bdleader.html), 006 and 008
(https://www.loc.gov/marc/bibliographic/bd008.html), 045 (https://www.loc.gov/marc/bibliographic/bd045.html), RDA
content types (https://id.loc.gov/vocabulary/contentTypes.html).
"""

from __future__ import annotations

import re

from node.model.dcat import Period
from node.model.rdf import Literal
from node.terms import dates


def other_record(leader: str) -> str | None:
    """Return what a record describes that is no resource, such as `an authority`; `None` for a bibliographic record."""
    return _NO_RESOURCES.get(leader[6:7])


def type_names(leader: str, codes_008: str, codes_006: str) -> tuple[str, ...]:
    """Return names of the type that leader, 008 and 006 give, the narrowest first."""
    kind, level = leader[6:7], leader[7:8]
    found = []
    if kind == "m":
        found.append(_COMPUTER_FILES.get(codes_008[26:27], ""))
    elif codes_006[:1] == "m":
        found.append(_COMPUTER_FILES.get(codes_006[9:10], ""))
    if kind in "at" and level in _LEVELS:
        found.append(_LEVELS[level])
    found.append(_KINDS.get(kind, ""))
    return tuple(name for name in found if name)


def content_type(code: str) -> str:
    """Return the name of the type that a code of RDA content types (336 $b) stands for; empty where none does."""
    return _CONTENT_TYPES.get(code.strip().lower(), "")


def date_of_issue(codes_008: str) -> str:
    """Return the year that 008/07-10 gives; empty where it is not known to the year."""
    return year if re.fullmatch(r"[0-9]{4}", year := codes_008[7:11]) and codes_008[6:7] in _DATED else ""


def language(codes_008: str) -> str:
    """Return the language code of 008/35-37; empty where it is not coded."""
    code = codes_008[35:38]
    return code if re.fullmatch(r"[a-z]{3}", code) else ""


def coded_period(text: str) -> Period | None:
    """Return the period of a code of 045 $a in our era, such as `w3w7` or `x-x-`; `None` for any other."""
    found = _PERIOD.fullmatch(text.strip().lower())
    if found is None:
        return None
    start = _year(found["first"], found["first_decade"], at_end=False)
    end = _year(found["last"], found["last_decade"], at_end=True)
    return Period(start=_literal(start), end=_literal(end)) if start <= end else None


def formatted_date(text: str) -> str:
    """Return the date of 045 $b, such as `d197206`, in the form of ISO 8601; empty where it is none of our era."""
    found = re.fullmatch(r"d([0-9]{4})(?:([0-9]{2})([0-9]{2})?)?[0-9]{0,2}", text.strip().lower())
    return "-".join(part for part in found.groups() if part) if found else ""


def _year(century: str, decade: str, *, at_end: bool) -> int:
    # The letter e is the first century, y the twenty-first.
    start = (ord(century) - ord("e")) * 100
    if decade == "-":
        return start + 99 if at_end else max(start, 1)
    return max(start + int(decade) * 10 + (9 if at_end else 0), 1)


def _literal(year: int) -> Literal:
    return Literal(f"{year:04}", datatype=dates.YEAR)


_NO_RESOURCES = {
    "z": "an authority",
    "w": "a classification",
    "q": "community information",
    **dict.fromkeys("uvxy", "holdings"),
}
_LEVELS = {"m": "book", "s": "periodical", "i": "website", "c": "collection"}
_KINDS = {
    "a": "text", "t": "manuscript", "c": "musical notation", "d": "musical notation", "e": "map", "f": "map",
    "g": "moving image", "i": "sound", "j": "sound", "k": "still image", "r": "physical object", "o": "collection",
    "p": "collection", "m": "",
}  # fmt: skip
# 008/26 of computer files: numeric data, program, representational, document, bibliographic, game, sound, interactive
# multimedia, online system or service.
_COMPUTER_FILES = {
    "a": "dataset", "b": "software", "c": "image", "d": "text", "e": "dataset", "g": "software", "h": "sound",
    "i": "interactive resource", "j": "service",
}  # fmt: skip
_CONTENT_TYPES = {
    "cod": "dataset", "cop": "software", "crd": "geospatial data", "cri": "map", "crf": "physical object",
    "txt": "text", "sti": "still image", "tdi": "moving image", "tdm": "moving image", "snd": "sound", "spw": "sound",
    "prm": "sound", "ntm": "musical notation", "tdf": "physical object",
}  # fmt: skip
_DATED = frozenset("cdeikmprstu")
_PERIOD = re.compile(r"(?P<first>[e-y])(?P<first_decade>[0-9-])(?P<last>[e-y])(?P<last_decade>[0-9-])")
