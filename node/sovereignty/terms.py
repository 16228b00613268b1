"""What is asked of a label, as the least label that has it."""

from __future__ import annotations

import dataclasses
from functools import lru_cache

from node.model.label import Access, Label, PersonalData, Retention
from node.model.source import LabelTerms
from node.sovereignty.labels import least


@lru_cache(maxsize=256)
def asked(terms: LabelTerms) -> Label:
    """Return the least label that has what is asked."""
    return dataclasses.replace(
        least(),
        zones=frozenset(terms.zones or ()) or least().zones,
        access=terms.access if terms.access is not None else Access.PUBLIC,
        critical=frozenset(terms.critical or ()),
        personal=terms.personal if terms.personal is not None else PersonalData.NONE,
        policies=frozenset(terms.policies or ()),
        retention=Retention(keep_until=terms.keep_until, erase_by=terms.erase_by),
        assurance=terms.assurance or 0,
    )
