"""What may change while a page is being made ready, looked at once more in the transaction that keeps it.

Whoever changes an agreement or decides about a label holds the rows that are held here, and makes labels due to be
worked out anew: so either it is seen here, or what is kept here is worked out anew after it.
"""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from node.errors import AgreementChanged
from node.storage.agreements import agreement_from_json
from node.storage.kept import Kept
from node.storage.overrides import overrides_of
from node.storage.sources import StoredSource
from node.storage.tables import sources


class DecidedMeanwhile(Exception):
    """Somebody decided about the label of a record of the page while it was being kept: it is to be judged again."""


def hold_agreement(connection: Connection, source: StoredSource) -> None:
    """See that the agreement is still the one the records were labelled under, and keep it so until commit.

    Raises:
        AgreementChanged: it is another.
    """
    query = sa.select(sources.c.agreement).where(sources.c.id == source.id).with_for_update(read=True)
    values = connection.execute(query).scalar_one_or_none()
    if values is not None and agreement_from_json(values) != source.source.agreement:
        raise AgreementChanged(f"the agreement with {source.source.name} was changed while it was being harvested")


def look_at_decisions(connection: Connection, kept: Sequence[Kept]) -> None:
    """See that labels were made with all that curators decided; whoever decides waits for the rows just written.

    Raises:
        DecidedMeanwhile: one was not.
    """
    made = {
        item.known.local_id: item.prepared.overrides
        for item in kept
        if item.known is not None and item.prepared is not None
    }
    decided = overrides_of(connection, sorted(made))
    if any(overrides != decided.get(local, ()) for local, overrides in made.items()):
        raise DecidedMeanwhile
