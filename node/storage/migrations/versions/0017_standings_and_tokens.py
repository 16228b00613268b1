"""A standing for each basis; what a guest was given again; no token outlives the source it was for."""

import datetime as dt
from collections.abc import Callable
from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None

_WAS = "What a peer was admitted to when it asked last, as a digest, and the change log's number then"
_IS = "What a peer or reader was admitted to when it asked, as a digest, and the change log's number then"
_WAS_GIVEN = "Records that are not public and that a peer was given: it is owed a tombstone when it loses one"
_IS_GIVEN = (
    "Records that not everybody may have and that a peer or reader was given: it is owed a tombstone when it loses one"
)


def upgrade() -> None:
    now = dt.datetime.now(dt.UTC).replace(tzinfo=None, microsecond=0)
    _make_standings(
        (sa.Column("asked", sa.DateTime(), nullable=False), sa.Column("due", sa.DateTime(), nullable=True)),
        keys=("peer", "basis"),
        comment=_IS,
        values=lambda row: {**row, "asked": now, "due": None},
    )
    op.add_column("deliveries", sa.Column("present", sa.Boolean(), nullable=False, server_default=sa.true()))
    op.execute("UPDATE deliveries SET present = (seq IS NULL)")
    _say_of_deliveries(_IS_GIVEN)
    _revoke(now)


def downgrade() -> None:
    _say_of_deliveries(_WAS_GIVEN)
    # What was given again after its loss was given: the next request notes whether it is lost.
    op.execute("UPDATE deliveries SET seq = NULL, datestamp = NULL WHERE present")
    op.drop_column("deliveries", "present")
    # One of each: no basis is like this one, so that all is looked at.
    _make_standings((), keys=("peer",), comment=_WAS, values=lambda row: {"peer": row["peer"], "basis": "", "seq": 0})


def _say_of_deliveries(comment: str) -> None:
    if op.get_bind().dialect.supports_comments:
        op.create_table_comment("deliveries", comment)


def _make_standings(
    more: tuple[sa.Column[Any], ...],
    *,
    keys: tuple[str, ...],
    comment: str,
    values: Callable[[dict[str, Any]], dict[str, Any]],
) -> None:
    connection = op.get_bind()
    kept = {
        tuple(row[key] for key in keys): values(dict(row))
        for row in connection.execute(sa.text("SELECT peer, basis, seq FROM standings")).mappings()
    }
    op.drop_table("standings")
    table = op.create_table(
        "standings",
        sa.Column("peer", sa.String(length=64), nullable=False),
        sa.Column("basis", sa.String(length=64), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        *more,
        sa.PrimaryKeyConstraint(*keys, name=op.f("pk_standings")),
        comment=comment,
    )
    op.bulk_insert(table, list(kept.values()))


def _revoke(now: dt.datetime) -> None:
    """Revoke the tokens of sources that are no more, or that are younger than the token: another one had that name."""
    connection = op.get_bind()
    made = sa.table("sources", sa.column("name"), sa.column("created", sa.DateTime()))
    tokens = sa.table(
        "api_tokens",
        *map(sa.column, ("id", "source")),
        sa.column("created", sa.DateTime()),
        sa.column("revoked", sa.DateTime()),
    )
    since = {row.name: row.created.replace(microsecond=0) for row in connection.execute(sa.select(made))}
    query = sa.select(tokens.c.id, tokens.c.source, tokens.c.created)
    for row in connection.execute(query.where(tokens.c.source != "", tokens.c.revoked.is_(None))).all():
        if row.source not in since or row.created < since[row.source]:
            connection.execute(tokens.update().where(tokens.c.id == row.id).values(revoked=now))
