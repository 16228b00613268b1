"""Faults planted behind the node's back: seven of each class of drift, by somebody with the store's own keys."""

from __future__ import annotations

import secrets
from collections.abc import Callable

import sqlalchemy as sa

from node.model.drift import Drift
from node.model.label import Access, Label
from node.node import Node
from node.sovereignty.labels import join
from node.sovereignty.tags import from_json
from node.storage import relabels
from node.storage.objects import object_key
from node.storage.tables import records
from node.upkeep import relabel
from tests.labels import label
from tests.stored_node import now, object_rows, signed

EACH = 7
STRICTER = label(access=Access.REGISTERED)


def raise_label(node: Node, key: str, wanted: Label = STRICTER) -> Label:
    """Have an object relabelled by the node itself; return the label it had."""
    kind, _, digest = key.split("/")
    before = from_json(object_rows(node, kind)[key].label)
    with node.database.write() as connection:
        relabels.order(connection, {(kind, digest): join(before, wanted)}, now())
    assert relabel(node, now).done == 1
    return before


class Planted:
    """Faults, planted with the hands of somebody who has the store's own keys, but not the node's."""

    def __init__(self, node: Node) -> None:
        self.node = node
        self.store = node.vault.store("world")
        self.keys = list(object_rows(node))
        self.faults: dict[Drift, set[str]] = {}
        self.incidents: set[str] = set()

    def plant(self, drift: Drift, fault: Callable[[str, int], bool]) -> None:
        """Spoil seven objects; `fault` returns whether that is an incident."""
        for number in range(EACH):
            key = self.keys.pop()
            self.faults.setdefault(drift, set()).add(key)
            if fault(key, number):
                self.incidents.add(key)

    def missing(self, key: str, number: int) -> bool:
        tags = self.store.tags(key)
        names = sorted(tags)
        self.store.set_tags(key, {} if number == 0 else {name: tags[name] for name in names if name != names[number]})
        return True

    def mac(self, key: str, number: int) -> bool:
        tags = self.store.tags(key)
        changed = {
            "sov-org": "FRA",
            "sov-asl": "1",
            "sov-crt": "CTA01",
            "sov-pii": "personal",
            "sov-ret": "2040-01-01:",
        }
        name, value = [*changed.items()][number % 5]
        # Of the last two, one has another object's tags, one a MAC of no shape.
        bent = {**tags, name: value} if number < 5 else self.store.tags(self.keys[0])
        self.store.set_tags(key, {**tags, "sov-mac": "v1.k.x"} if number == 6 else bent)
        return True

    def stale(self, key: str, number: int) -> bool:
        if number < 4:  # the node tightened it, and somebody puts back what it had
            replayed = self.store.tags(key)
            raise_label(self.node, key)
            self.store.set_tags(key, replayed)
            return True
        expected = from_json(object_rows(self.node)[key].label)
        self.store.set_tags(key, signed(self.node, "world", key, join(expected, STRICTER)))
        return False

    def content(self, key: str, number: int) -> bool:
        data = self.store.get(key)
        bent = (b"", data + b"!", data[:-1], data[::-1], b"x", data * 2, data.swapcase())[number]
        self.store.put(key, bent, self.store.tags(key), self.store.stat(key).metadata)
        return True

    def ghost(self, key: str, number: int) -> bool:
        self.store.forget(key)
        return False

    def wrong_zone(self, key: str, number: int) -> bool:
        data, tags, metadata = self.store.get(key), self.store.tags(key), dict(self.store.stat(key).metadata)
        if number < 4:
            self.node.vault.store("europe").put(key, data, tags, metadata)
            return False
        evidence = {"fairnode-country": "USA", "fairnode-zone": "elsewhere"} if number < 6 else {"fairnode-country": ""}
        self.store.put(key, data, tags, {**metadata, **evidence})
        return False

    def orphans(self) -> None:
        for number in range(EACH):
            data = secrets.token_bytes(40)
            key = object_key("raw" if number % 2 else "other", secrets.token_hex(32))
            self.store.put(key, data, signed(self.node, "world", key, label()), {})
            self.faults.setdefault(Drift.ORPHAN, set()).add(key)

    def graphs(self) -> None:
        # Of records whose objects nobody touched.
        digests = [key.rpartition("/")[2] for key in self.keys[:5]]
        with self.node.database.write() as connection:
            query = sa.select(records.c.id, records.c.local_id).where(records.c.raw_digest.in_(digests))
            rows = connection.execute(query.order_by(records.c.id)).all()
            hidden = [row.id for row in rows[:3]]
            connection.execute(records.update().where(records.c.id.in_(hidden)).values(audience=1))
        names = [self.node.projection.record_graph(row.local_id) for row in rows[:5]]
        names += [self.node.projection.record_graph(f"x-{number:032x}") for number in range(2)]
        with self.node.graphs.writer() as writer:
            assert writer is not None
            for name in names[3:5]:
                writer.replace(name, "")
            for name in names[5:]:
                writer.replace(name, "<urn:a> <urn:b> <urn:c> .")
        self.faults[Drift.RDF] = set(names)
        self.incidents |= set(names) - set(names[3:5])


def plant_everything(node: Node) -> Planted:
    planted = Planted(node)
    planted.plant(Drift.MISSING, planted.missing)
    planted.plant(Drift.MAC, planted.mac)
    planted.plant(Drift.STALE, planted.stale)
    planted.plant(Drift.CONTENT, planted.content)
    planted.plant(Drift.GHOST, planted.ghost)
    planted.plant(Drift.WRONG_ZONE, planted.wrong_zone)
    planted.orphans()
    planted.graphs()
    return planted
