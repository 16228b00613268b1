"""What addresses answered last, in SQL; times are kept in whole seconds UTC."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import sqlalchemy as sa

from node.model.links import LinkAnswer
from node.storage.changes import utc_seconds
from node.storage.database import Database
from node.storage.score_tables import link_checks, record_facts
from node.storage.upsert import chunks, upsert

_PAGE = 1000
_MANY = 100_000
_COLUMNS = ("url", "status", "checked", "problem", "failures", "due", "serial")


class LinkChecks:
    """The link checks of a node; a `node.harvest.links.LinkCache`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def get(self, url: str) -> LinkAnswer | None:
        """Return what was last answered."""
        return self.of([url]).get(url)

    def put(self, answer: LinkAnswer) -> None:
        """Keep an answer in place of an older one."""
        with self._database.write() as connection:
            last = connection.execute(sa.select(sa.func.max(link_checks.c.serial))).scalar() or 0
            row = {
                "key": _key(answer.url),
                "url": answer.url,
                "status": answer.status,
                "checked": utc_seconds(answer.checked),
                "problem": answer.problem,
                "failures": answer.failures,
                "due": utc_seconds(answer.due),
                # Never one that was given before, although the answer that had it may be forgotten.
                "serial": max(last + 1, int(answer.checked.timestamp() * 1_000_000)),
            }
            upsert(connection, link_checks, [row], _COLUMNS)

    def of(self, urls: Iterable[str], *, since: dt.datetime | None = None) -> Mapping[str, LinkAnswer]:
        """Return what some addresses answered last, by address; with `since`, only what was checked after it."""
        keys = sorted({_key(url) for url in urls})
        found: dict[str, LinkAnswer] = {}
        with self._database.read() as connection:
            for some in chunks(keys):
                query = sa.select(link_checks).where(link_checks.c.key.in_(some))
                if since is not None:
                    query = query.where(link_checks.c.checked > utc_seconds(since))
                found |= {row.url: _answer(row) for row in connection.execute(query)}
        return found

    def all(self) -> Iterator[LinkAnswer]:
        """Yield every answer, in the order of the addresses' digests."""
        after = ""
        while True:
            query = sa.select(link_checks).where(link_checks.c.key > after).order_by(link_checks.c.key).limit(_PAGE)
            with self._database.read() as connection:
                rows = connection.execute(query).all()
            yield from map(_answer, rows)
            if len(rows) < _PAGE:
                return
            after = rows[-1].key

    def forget_unnamed(self) -> int:
        """Forget what addresses answered that no record's facts name; return how many.

        An address says something of the record that named it. One that is named again is asked again.
        """
        count, after = 0, ""
        while True:
            query = sa.select(link_checks.c.key).where(link_checks.c.key > after).order_by(link_checks.c.key)
            with self._database.read() as connection:
                keys = connection.execute(query.limit(_MANY)).scalars().all()
            if not keys:
                return count
            after, unnamed = keys[-1], set(keys)
            for text in self._facts():
                unnamed.difference_update(map(_key, _addresses(text)))
            for some in chunks(sorted(unnamed)):
                with self._database.write() as connection:
                    connection.execute(link_checks.delete().where(link_checks.c.key.in_(some)))
            count += len(unnamed)

    def _facts(self) -> Iterator[str]:
        query, after = sa.select(record_facts).order_by(record_facts.c.local_id).limit(_PAGE), ""
        while True:
            with self._database.read() as connection:
                rows = connection.execute(query.where(record_facts.c.local_id > after)).all()
            if not rows:
                return
            after = rows[-1].local_id
            yield from (row.facts for row in rows)

    def stamp(self, since: dt.datetime) -> str:
        """Return what changes whenever an answer does; empty where none was given after `since`."""
        query = sa.select(sa.func.max(link_checks.c.serial), sa.func.max(link_checks.c.checked))
        with self._database.read() as connection:
            serial, checked = connection.execute(query).one()
        return str(serial) if checked is not None and checked > utc_seconds(since) else ""


def _key(url: str) -> str:
    # An address may be longer than what PostgreSQL takes into an index.
    return hashlib.sha256(url.encode("utf-8", "surrogatepass")).hexdigest()


def _addresses(facts: str) -> set[str]:
    """Return the addresses in a record's facts, by whichever recipe they were made."""
    found, todo = set[str](), [json.loads(facts)]
    while todo:
        match todo.pop():
            case str(text) if text.startswith(("http://", "https://")):
                found.add(text)
            case list(values):
                todo += values
            case dict(values):
                todo += values.values()
    return found


def _answer(row: Any) -> LinkAnswer:
    return LinkAnswer(
        url=row.url,
        status=row.status,
        checked=row.checked.replace(tzinfo=dt.UTC),
        problem=row.problem,
        failures=row.failures,
        due=row.due.replace(tzinfo=dt.UTC),
    )
