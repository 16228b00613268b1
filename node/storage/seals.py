"""The seal of an object's row: a MAC over what it says, so that a row which somebody else wrote repairs nothing."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from node.sovereignty.tags import LABEL_TAGS

_COLUMNS = ("kind", "digest", "zone", "key", "size")


def row_fields(row: Mapping[str, Any]) -> tuple[str, ...]:
    """Return what the seal of a row of `objects` covers; a label that is no label is covered as it stands."""
    label = row["label"] if isinstance(row["label"], Mapping) else {}
    told = (text for name in LABEL_TAGS for text in (name, str(label.get(name, ""))))
    return ("fairnode-object-v1", *(str(row[name]) for name in _COLUMNS), *told)
