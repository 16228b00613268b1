"""Labels for tests: any valid label, and a readable way to write one down."""

from __future__ import annotations

import dataclasses
import datetime as dt
from typing import Any

from hypothesis import strategies as st

from node.model.label import CRITICAL, Access, Label, PersonalData, Retention
from node.model.source import Agreement
from node.sovereignty.labels import least

TODAY = dt.date(2026, 11, 23)
OPEN = Agreement(
    country="FIN",
    data_access=Access.PUBLIC,
    data_zones=("WLD",),
    data_critical=(),
    data_personal=PersonalData.NONE,
    data_assurance=0,
)
"""An agreement under which nothing is hidden, data included."""

_days = st.none() | st.dates(dt.date(2026, 1, 1), dt.date(2027, 12, 31))
_codes = st.sampled_from(["ADQ", "EUA", "EEA", "EU", "NAT:DEU", "NAT:FRA", "NAT:LIE", "NAT:ZZZ", "QQ"])

labels = st.builds(
    Label,
    origin=st.frozensets(st.sampled_from(["DEU", "FIN", "UKR", "ZZZ"])),
    zones=st.just(frozenset({"WLD"})) | st.frozensets(_codes, min_size=1),
    access=st.sampled_from(Access),
    critical=st.frozensets(st.sampled_from(sorted(CRITICAL))),
    personal=st.sampled_from(PersonalData),
    policies=st.frozensets(st.sampled_from(["deny-all", "agreement-7", "no-export"])),
    retention=st.builds(Retention, keep_until=_days, erase_by=_days),
    assurance=st.integers(0, 4),
)


def label(**values: Any) -> Label:
    """Return the label that restricts nothing but what is named; zones as a space-separated text."""
    if isinstance(values.get("zones"), str):
        values["zones"] = frozenset(values["zones"].split())
    return dataclasses.replace(least(), **values)
