"""What peers vouched for: found, let go of once, and said in the trail; and what an operator is told of it."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path

import pytest

from node.errors import NotFound
from node.model.label import Labels
from node.model.statement import Received
from node.peer_advice import peer_warnings
from node.peer_settings import FloorSettings, PeerSettings
from node.settings import Settings
from node.sovereignty.signatures import new_keys
from node.storage.database import Database
from node.storage.sources import Sources
from node.storage.trail import Trail
from node.storage.vouched import Vouched, release, vouched, vouching
from tests.labels import label
from tests.servers.oai_store import NOW, Store


def test_what_a_peer_vouched_for_is_found_until_somebody_lets_go_of_it(database: Database) -> None:
    store = Store(database)
    both = Labels(record=label(), data=label())
    store.publish("nothing")
    store.publish("anybodys", received=Received(labels=both, digest="x"))
    source = Sources(database).all()[0]
    assert vouching(database, source.id) == "" and vouched(database) == ()

    for name in ("one", "two"):
        store.publish(name, received=Received(labels=both, peer="north", datestamp="2026-01-01T00:00:00Z", said="y"))
    assert vouching(database, source.id) == "north" and vouching(database, source.id + 1) == ""
    assert vouched(database) == (Vouched(source=source.source.name, url=source.source.url, peer="north"),)

    assert release(database, source.source.name, "cli:ann", "it ended", lambda: NOW) == 2
    assert vouching(database, source.id) == "" and vouched(database) == ()
    assert release(database, source.source.name, "cli:ann", "it ended", lambda: NOW) == 0
    first, _ = Trail(database).entries(action="peer-release")
    assert (first.act.actor, first.act.object) == ("cli:ann", source.source.name)
    assert first.act.reasons == ("it ended", "records: 2")
    kept = store.records.known(source, ["one", "anybodys"])
    assert kept["one"].received is not None and kept["one"].received.released
    assert kept["one"].received.labels == both and kept["one"].received.peer == "north", "until the next harvest"
    assert kept["anybodys"].received is not None and not kept["anybodys"].received.released
    with pytest.raises(NotFound):
        release(database, "no-such", "cli:ann", "it ended", lambda: NOW)


def test_an_operator_is_told_of_peers_whose_word_does_not_count_or_hides_everything(tmp_path: Path) -> None:
    (tmp_path / "keys.jwks").write_text(json.dumps(new_keys().public()))

    def peer(name: str, **more: object) -> PeerSettings:
        entry = {"name": name, "base_url": f"https://{name}.example", "keys_file": "keys.jwks", **more}
        return PeerSettings.model_validate(entry)

    today = dt.date(2026, 11, 25)
    settings = Settings(
        peers=(
            peer("whole", until=today + dt.timedelta(days=1)),
            peer("over", until=today),
            peer("floor", record_floor=FloorSettings(access="confidential")),
        )
    ).model_copy(update={"home": tmp_path})
    sources = (
        Vouched(source="a", url="https://whole.example/oai", peer="whole"),
        Vouched(source="b", url="https://alias.example/oai", peer="whole"),
        Vouched(source="c", url="https://over.example/oai", peer="whole"),
    )

    told = peer_warnings(settings, sources, today)

    assert [warning.split(":")[0][:40] for warning in told] == [
        "The agreement with the peer over ended o",
        "No zone could hold a record of the peer ",
        "The source b was the peer whole's, and h",
        "The source c was the peer whole's, and h",
    ]
    assert "tier public is below confidential" in told[1] and "fairnode peer release b" in told[2]
