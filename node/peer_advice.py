"""What an operator ought to know of peers whose word does not count, or counts for so much that nothing is shown."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

from node.errors import FairnodeError, NoAdmissibleZone
from node.model.label import Labels
from node.model.statement import Sender
from node.settings import Settings
from node.sovereignty.place import place
from node.sovereignty.senders import sender_of
from node.storage.objects import zone_of
from node.storage.vouched import Vouched


def peer_warnings(settings: Settings, vouched: tuple[Vouched, ...], today: dt.date) -> tuple[str, ...]:
    """Return what is odd about peers, a sentence each.

    Args:
        vouched: the sources that peers vouched for records of.
    """
    return (*_of_settings(settings, today), *_of_sources(settings, vouched))


def _of_settings(settings: Settings, today: dt.date) -> Iterator[str]:
    for peer in settings.peers:
        if peer.until is not None and peer.until <= today:
            yield (
                f"The agreement with the peer {peer.name} ended on {peer.until}: it is given what anybody is "
                "given, and the labels that it signs count as unknown."
            )
        sender = _sender(settings, peer.base_url)
        if sender is not None and (why := _nowhere(settings, sender.floor, today)):
            yield f"No zone could hold a record of the peer {peer.name}, so all of it would be quarantined: {why}"


def _of_sources(settings: Settings, vouched: tuple[Vouched, ...]) -> Iterator[str]:
    for each in vouched:
        sender = _sender(settings, each.url)
        if sender is None or sender.name != each.peer:
            yield (
                f"The source {each.source} was the peer {each.peer}'s, and {each.url} is not at its base_url: what "
                f"it said of the records stays. Enter the peer again, or: fairnode peer release {each.source}"
            )


def _sender(settings: Settings, url: str) -> Sender | None:
    try:
        return sender_of(settings, url) if url else None
    except FairnodeError:
        return None  # its keys cannot be read, and are a check of their own


def _nowhere(settings: Settings, floor: Labels, today: dt.date) -> str:
    try:
        place(floor.record, [zone_of(each) for each in settings.store.zones], today=today)
    except NoAdmissibleZone as error:
        return error.message
    return ""
