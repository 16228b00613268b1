"""What yardsticks say about versions of records; written once a record is judged, and shared by audits.

So an interrupted audit goes on where it stopped, the next one judges only what changed, and one by the next version of
a profile asks only the rules that are not the same any more.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from node.errors import Conflict
from node.model.audit import Judgement, Rule, Yardstick, shared_codes
from node.model.report import Severity
from node.storage.audit_tables import audits, judgements, yardsticks
from node.storage.database import Database
from node.storage.tables import records
from node.storage.upsert import insert

COLUMNS = (
    judgements.c.local_id,
    judgements.c.source,
    judgements.c.identifier,
    judgements.c.iri,
    judgements.c.content,
    judgements.c.rdf,
    judgements.c.checks,
    judgements.c.score,
    judgements.c.max_score,
    judgements.c.letters,
    judgements.c.failures,
)
# What changes whenever the record does; records kept before content digests were have only the one of their RDF.
CONTENT = sa.func.coalesce(records.c.content_digest, records.c.rdf_digest)


@dataclass(frozen=True, slots=True, kw_only=True)
class Ancestor:
    """A yardstick that shares rules with another, so that what it said of them holds for that, too.

    Attributes:
        number: of its row.
        codes: of its rules, in their order.
        shared: the codes of the rules that rest on the same in both.
    """

    number: int
    codes: tuple[str, ...]
    shared: frozenset[str]


class Judgements:
    """The judgements and yardsticks of a node."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def yardstick(self, wanted: Yardstick) -> int:
        """Return the number of a yardstick, which is entered where it is new."""
        same = (yardsticks.c.profile_digest == wanted.profile_digest) & (
            yardsticks.c.engine_digest == wanted.engine_digest
        )
        with self._database.read() as connection:
            number = connection.execute(sa.select(yardsticks.c.id).where(same)).scalar()
        if number is not None:
            return int(number)
        with self._database.write() as connection:
            number = connection.execute(sa.select(yardsticks.c.id).where(same)).scalar()
            if number is None:
                number = connection.execute(
                    yardsticks.insert().values(_yardstick_row(wanted)).returning(yardsticks.c.id)
                ).scalar_one()
            return int(number)

    def measure(self, number: int) -> Yardstick:
        """Return the yardstick of an audit."""
        with self._database.read() as connection:
            row = connection.execute(sa.select(yardsticks).where(yardsticks.c.id == number)).one()
        return Yardstick(
            profile=row.profile,
            version=row.version,
            profile_digest=row.profile_digest,
            engine=row.engine,
            engine_digest=row.engine_digest,
            files=tuple((name, text.encode()) for name, text in row.files),
            rules=tuple(Rule(**{**rule, "severity": Severity(rule["severity"])}) for rule in row.rules),
        )

    def ancestor(self, number: int, rules: Sequence[Rule]) -> Ancestor | None:
        """Return the yardstick of a kept audit that shares most rules with a new one, the latest of several.

        Args:
            number: of the new one, which is not its own ancestor.
            rules: of the new one.
        """
        query = (
            sa.select(yardsticks.c.id, yardsticks.c.rules)
            .where(yardsticks.c.id != number, yardsticks.c.id.in_(sa.select(audits.c.yardstick_id)))
            .order_by(yardsticks.c.id)
        )
        best: Ancestor | None = None
        with self._database.read() as connection:
            for row in connection.execute(query):
                # Rules that were written down by an earlier release have no digest.
                shared = shared_codes({each["code"]: each.get("digest", "") for each in row.rules}, rules)
                if shared and (best is None or len(shared) >= len(best.shared)):
                    codes = tuple(each["code"] for each in row.rules)
                    best = Ancestor(number=row.id, codes=codes, shared=shared)
        return best

    def codes(self) -> frozenset[str]:
        """Return the rules that some yardstick asks."""
        with self._database.read() as connection:
            every = connection.execute(sa.select(yardsticks.c.rules)).scalars()
            return frozenset(rule["code"] for rules in every for rule in rules)

    def is_judged(self, local_id: str) -> bool:
        """Say whether some audit judged a record."""
        with self._database.read() as connection:
            query = sa.select(judgements.c.id).where(judgements.c.local_id == local_id).limit(1)
            return connection.execute(query).first() is not None

    def judged(self, local_ids: Sequence[str], yardstick: int) -> dict[tuple[str, str], tuple[int, Judgement]]:
        """Return what is known of records by (local id, content): the number and the judgement, a decided one first."""
        query = sa.select(judgements.c.id, *COLUMNS).where(
            judgements.c.local_id.in_(local_ids),
            judgements.c.yardstick_id == yardstick,
        )
        with self._database.read() as connection:
            # Later rows win: the oldest decided one, for two processes that judge the same at once both write it down.
            rows = connection.execute(query.order_by(judgements.c.undecided.desc(), judgements.c.id.desc())).all()
        return {(row.local_id, row.content): (row.id, judgement_of(row)) for row in rows}

    def told(self, local_ids: Sequence[str], ancestor: Ancestor) -> dict[tuple[str, str], Judgement]:
        """Return what an ancestor says of records by (local id, content), with its verdicts; only where it has some."""
        query = sa.select(judgements.c.verdicts, *COLUMNS).where(
            judgements.c.local_id.in_(local_ids),
            judgements.c.yardstick_id == ancestor.number,
            judgements.c.verdicts != "",
        )
        with self._database.read() as connection:
            rows = connection.execute(query).all()
        return {(row.local_id, row.content): judgement_of(row) for row in rows}

    def keep(self, found: Sequence[Judgement], yardstick: int, today: dt.date) -> list[int]:
        """Write judgements down; return their numbers.

        Raises:
            Conflict: the yardstick was pruned meanwhile.
        """
        if not found:
            return []
        rows = [_judgement_row(each, yardstick, today) for each in found]
        with unless_pruned(), self._database.write() as connection:
            result = connection.execute(
                judgements.insert().returning(judgements.c.id, sort_by_parameter_order=True), rows
            )
            return [int(number) for number in result.scalars()]

    def enter(self, found: Mapping[int, Sequence[Judgement]], today: dt.date) -> None:
        """Write judgements down, by the number of their yardstick, in one transaction.

        Raises:
            Conflict: a yardstick was pruned meanwhile.
        """
        rows = [_judgement_row(each, number, today) for number, some in found.items() for each in some]
        if rows:
            with unless_pruned(), self._database.write() as connection:
                insert(connection, judgements, rows)


@contextmanager
def unless_pruned() -> Iterator[None]:
    """Say so, where what is written rests on rows that were pruned while an audit was under way; `Conflict`."""
    try:
        yield
    except IntegrityError as error:
        raise Conflict(
            "old judgements were pruned while the audit went back to them",
            advice="Run the audit again: what was judged is kept.",
        ) from error


def auditable() -> sa.ColumnElement[bool]:
    """The records that an audit judges: those the node shows somebody."""
    return (records.c.state == "live") & records.c.rdf_digest.is_not(None)


def judgement_of(row: Any) -> Judgement:
    """Return the judgement of a row; its verdicts are empty where they were not read."""
    return Judgement(
        local_id=row.local_id,
        source=row.source,
        identifier=row.identifier,
        iri=row.iri,
        content=row.content,
        rdf=row.rdf,
        checks=row.checks,
        score=row.score,
        max_score=row.max_score,
        letters=tuple((letter, gained, possible) for letter, gained, possible in json.loads(row.letters)),
        failures=row.failures,
        verdicts=getattr(row, "verdicts", ""),
    )


def rule_values(rule: Rule) -> dict[str, Any]:
    """Return a rule as JSON values."""
    return {
        "code": rule.code,
        "severity": int(rule.severity),
        "name": rule.name,
        "message": rule.message,
        "advice": rule.advice,
        "principle": rule.principle,
        "points": rule.points,
        "path": rule.path,
        "digest": rule.digest,
    }


def _yardstick_row(yardstick: Yardstick) -> dict[str, Any]:
    return {
        "profile": yardstick.profile,
        "version": yardstick.version,
        "profile_digest": yardstick.profile_digest,
        "engine": yardstick.engine,
        "engine_digest": yardstick.engine_digest,
        "files": [[name, data.decode("utf-8")] for name, data in yardstick.files],
        "rules": [rule_values(rule) for rule in yardstick.rules],
    }


def _judgement_row(judgement: Judgement, yardstick: int, today: dt.date) -> dict[str, Any]:
    return {
        "yardstick_id": yardstick,
        "local_id": judgement.local_id,
        "source": judgement.source,
        "identifier": judgement.identifier,
        "iri": judgement.iri,
        "content": judgement.content,
        "rdf": judgement.rdf,
        "checks": judgement.checks,
        "undecided": judgement.undecided,
        "score": judgement.score,
        "max_score": judgement.max_score,
        "letters": json.dumps(judgement.letters, separators=(",", ":")),
        "failures": judgement.failures,
        "verdicts": judgement.verdicts,
        "judged": today,
    }
