"""The interface of a SHACL engine: it answers for one record what every shape says about every focus node."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import NamedTuple, Protocol

from node.model.rdf import Iri, Triple
from node.model.report import Finding
from node.validation.record_graph import SharedRecord

ENGINE_FAILED = "validation.engine-failed"


class Verdict(NamedTuple):
    """What a shape with a target says about one focus node: passed, failed or, as `None`, undecided.

    A named tuple, which takes a quarter of a dataclass's time to make: a record has dozens.
    """

    shape: str
    focus_node: str
    passed: bool | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What an engine found in a record: its findings without repetition, in a fixed order, and every verdict."""

    findings: tuple[Finding, ...]
    verdicts: tuple[Verdict, ...]


class Engine(Protocol):
    """A SHACL engine that holds the shapes of one profile, ready to be asked."""

    name: str

    def ask(self, triples: Iterable[Triple] | SharedRecord, focus: Iri | None) -> Answer:
        """Judge one record, as a graph of its own.

        Args:
            triples: what is said in the record; a shared record, if other engines are to judge it too.
            focus: the only node to judge; `None` judges every target.

        Never raises for what is in the record: a shape that could not be evaluated is a finding
        (`validation.engine-failed`), and its verdict undecided.
        """
        ...

    def results(self, triples: Iterable[Triple] | SharedRecord, focus: Iri | None) -> Answer:
        """Return what `ask` returns, with every validation result as often as SHACL has it: what engines compare by."""
        ...
