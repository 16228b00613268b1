"""Do the results of a profile rest on the tables of Unicode that this Python has?

`\\w`, `\\d` and `\\b` ask them, and so does ignoring case outside ASCII. What they say of a character changes between
versions of Python: 3.12 knows 20 digits and 4388 letters more than 3.11. Other patterns have the same results in all.
"""

from __future__ import annotations

import re
import unicodedata

import pyoxigraph as ox

from node.validation.profiles import Profile
from node.validation.shapes_files import read_statements


def tables_of(profile: Profile) -> str:
    """Return the version of Unicode that results of a profile rest on; empty where they rest on none."""
    statements = read_statements(profile.files)
    for shape in statements:
        flags = "".join(flag.value for flag in statements.literals(shape, "flags"))
        if any(_asks(pattern, "i" in flags.lower()) for pattern in statements.literals(shape, "pattern")):
            return unicodedata.unidata_version
    return ""


def _asks(pattern: ox.Literal, ignores_case: bool) -> bool:
    return _CLASS.search(pattern.value) is not None or (ignores_case and not pattern.value.isascii())


# After an even number of backslashes. Inline flags and escapes of characters are taken for asking, to be safe.
_CLASS = re.compile(r"(?<!\\)(?:\\\\)*\\[wWdDbBuUxN]|\(\?[a-zA-Z]")
