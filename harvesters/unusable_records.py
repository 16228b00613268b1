"""Records that stand in the ledger for what is listed and cannot be used: without metadata, with the reason."""

from __future__ import annotations

from harvesters.gathered_lists import Unavailable
from node.errors import FairnodeError
from node.model.oai import Header, Record
from node.model.report import Finding, Severity


def undescribed(header: Header, reason: str) -> Record:
    """Return the record of something that is listed and not described: its last good version stays."""
    advice = "Ask the site to take it off the list, or to describe it where it is listed."
    return Record(header=header, findings=(_finding("harvest.not-described", f"it is listed, and {reason}", advice),))


def damaged(header: Header, reason: str, raw: bytes | None = None, *, code: str = "harvest.record-damaged") -> Record:
    """Return the record of something whose metadata came, and cannot be used."""
    finding = _finding(code, reason, "Ask the site to correct it.")
    return Record(header=header, findings=(finding,), raw=raw)


def unavailable(header: Header, error: FairnodeError) -> Unavailable:
    """Return what to raise for something that cannot be had for now: its last good version stays, and the run fails."""
    message = f"it is listed, and cannot be had for now: {error.message}"
    finding = _finding("harvest.item-unavailable", message, "Nothing, if it is rare: the next run asks again.")
    return Unavailable(error, Record(header=header, findings=(finding,)))


def _finding(code: str, message: str, advice: str) -> Finding:
    return Finding(code=code, severity=Severity.WARNING, message=message, advice=advice)
