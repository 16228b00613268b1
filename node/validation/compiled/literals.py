"""Literals as pySHACL reads them: by rdflib's rules, which are not those of XML Schema to the letter.

Why, and where the two differ: `docs/explanation/decisions/compiled-shacl.md`. A verdict on a literal depends on the
literal alone, so it is remembered.
"""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from functools import lru_cache

import rdflib
from pyshacl.rdfutil.compare import compare_literal

from node.model.rdf import Literal
from node.namespaces import PREFIXES
from node.validation.lexical_spaces import is_in_lexical_space

_XSD = PREFIXES["xsd"]
_RDF_LANG_STRING = PREFIXES["rdf"] + "langString"
_PYTHON: dict[str, type | tuple[type, ...]] = {
    _XSD + "string": (str, bytes),
    _RDF_LANG_STRING: (str, bytes),
    _XSD + "integer": int,
    _XSD + "float": float,
    _XSD + "decimal": Decimal,
    _XSD + "boolean": bool,
    _XSD + "date": dt.date,
    _XSD + "time": dt.time,
    _XSD + "dateTime": dt.datetime,
}
"""The types of the values that pySHACL expects of a datatype; it takes those of others on trust."""


@lru_cache(maxsize=16384)
def native(literal: Literal) -> rdflib.Literal:
    """Return a literal as one of rdflib, its lexical form untouched."""
    if literal.language:
        return rdflib.Literal(literal.value, lang=literal.language)
    return rdflib.Literal(literal.value, datatype=literal.datatype, normalize=False)


@lru_cache(maxsize=16384)
def is_well_typed(literal: Literal) -> bool:
    """Tell whether the lexical form of a literal is one of its datatype."""
    found = native(literal)
    expected = _PYTHON.get(str(found.datatype or _XSD + "string"))
    return found.ill_typed is not True and (expected is None or isinstance(found.value, expected))


@lru_cache(maxsize=16384)
def is_strictly_typed(literal: Literal) -> bool:
    """Tell the same to the letter of XML Schema, where it is a datatype of XML Schema."""
    known = is_in_lexical_space(literal.value, literal.datatype) if literal.datatype else None
    return is_well_typed(literal) if known is None else known


def order(one: Literal, other: Literal) -> int | None:
    """Return -1, 0 or 1 as a literal is less than, equal to or greater than another; `None` where no order is known.

    Raises:
        ArithmeticError: a value that is no number of its type, such as a `NaN` of `xsd:decimal`.
    """
    left, right = native(one), native(other)
    if isinstance(left.value, str) is not isinstance(right.value, str):
        return None
    try:
        return int(compare_literal(left, right))  # type: ignore[no-untyped-call]
    except (TypeError, NotImplementedError):
        return None
