"""What addresses answered last, in SQL; times are kept in whole seconds UTC."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import sqlalchemy as sa

from node.model.links import LinkAnswer
from node.storage.changes import utc_seconds
from node.storage.database import Database
from node.storage.score_tables import link_checks
from node.storage.upsert import chunks, upsert

_PAGE = 1000
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
                "serial": last + 1,
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

    def stamp(self, since: dt.datetime) -> str:
        """Return what changes whenever an answer does; empty where none was given after `since`."""
        query = sa.select(sa.func.max(link_checks.c.serial), sa.func.max(link_checks.c.checked))
        with self._database.read() as connection:
            serial, checked = connection.execute(query).one()
        return str(serial) if checked is not None and checked > utc_seconds(since) else ""


def _key(url: str) -> str:
    # An address may be longer than what PostgreSQL takes into an index.
    return hashlib.sha256(url.encode("utf-8", "surrogatepass")).hexdigest()


def _answer(row: Any) -> LinkAnswer:
    return LinkAnswer(
        url=row.url,
        status=row.status,
        checked=row.checked.replace(tzinfo=dt.UTC),
        problem=row.problem,
        failures=row.failures,
        due=row.due.replace(tzinfo=dt.UTC),
    )
