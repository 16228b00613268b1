"""How values of the model travel between processes: by position, a tenth of what a frozen dataclass with slots takes.

Python pickles such a class field by field, in Python, in both directions. Importing this module changes how its
classes are written; whoever reads imports it by itself, since what is written names it.
"""

from __future__ import annotations

import copyreg
import dataclasses
from collections.abc import Callable
from operator import attrgetter
from typing import Any

from node.model.audit import Judgement
from node.model.label import Label, Labels, Retention
from node.model.mapped import Unmapped
from node.model.oai import Header, Record
from node.model.prepared import Prepared, SharedNode
from node.model.report import Finding, ValidationReport
from node.model.statement import Received

_CLASSES: tuple[type, ...] = (
    Finding,
    Header,
    Judgement,
    Label,
    Labels,
    Prepared,
    Received,
    Record,
    Retention,
    SharedNode,
    Unmapped,
    ValidationReport,
)
_SETTERS: dict[type, tuple[Callable[[Any, Any], None], ...]] = {}


def made(kind: type, values: tuple[Any, ...]) -> Any:
    """Return a value of a class as it was written; its own `__init__` ran where it was made."""
    value: Any = object.__new__(kind)
    for setter, part in zip(_SETTERS[kind], values, strict=True):
        setter(value, part)
    return value


def _register(kind: type) -> None:
    names = [field.name for field in dataclasses.fields(kind)]
    values = attrgetter(*names)  # a tuple: no class here has but one field
    # A slot's descriptor writes where a frozen class's own attribute access does not.
    _SETTERS[kind] = tuple(kind.__dict__[name].__set__ for name in names)
    copyreg.pickle(kind, lambda value: (made, (kind, values(value))))


for _kind in _CLASSES:
    _register(_kind)
