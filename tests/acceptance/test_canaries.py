"""The canary sweep: every endpoint asked as every kind of viewer, and a search of every byte that came back.

A canary is found only where the decision permits, and every count is that of the visible set.
"""

from __future__ import annotations

import json
import subprocess
import time
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from minio.commonconfig import ENABLED
from minio.versioningconfig import VersioningConfig

from tests.acceptance.canaries import Flock, Sweep, flock
from tests.servers.fairnode import Home, free_port, wait_for
from tests.servers.oai_pages import OaiPages
from tests.servers.oidc_provider import OidcProvider, client, oidc_provider
from tests.servers.seaweedfs import BUCKET, seaweedfs

GROUP = "urn:geant:example.org:group:fairnode"
READERS = f'\nentitlements = ["{GROUP}:role=reader"]'
AGREEMENTS = {
    "public": 'record_access = "public"',
    "publiceu": 'record_access = "public"\nrecord_zones = ["EU"]',
    "registered": 'record_access = "registered"',
    "restrictedeu": f'record_access = "restricted"\nrecord_zones = ["EU"]{READERS}',
    "restrictedeua": f'record_access = "restricted"\nrecord_zones = ["EUA"]{READERS}',
    "others": f'record_access = "restricted"\npeers = []\nentitlements = ["{GROUP}:role=other"]',
    "personal": f'record_personal = "personal"{READERS}',
    "quantum": 'record_critical = ["CTA03"]',
    "confidential": f'record_access = "confidential"\nrecord_zones = ["EU"]{READERS}\n'
    'identity_assurance = "https://refeds.org/assurance/IAP/medium"',
}
OPEN = {"public", "publiceu"}
REGISTERED = {"registered", "quantum"}
RESTRICTED = {"restrictedeu", "restrictedeua", "personal"}
SEEN = {
    "anonymous": OPEN,
    "registered": OPEN | REGISTERED,
    "reader": OPEN | REGISTERED | RESTRICTED,
    "vetted reader": OPEN | REGISTERED | RESTRICTED | {"confidential"},
    "reader of another group": OPEN | REGISTERED | {"others"},
    "steward": set(AGREEMENTS),
    "peer in the EU": OPEN | {"registered", "restrictedeu", "restrictedeua"},
    "peer in Ukraine": OPEN | {"registered", "restrictedeua"},
    "peer in a third country": OPEN | {"registered"},
}
# The graphs that answer a reader are those of the entitlement, whatever else is known of them; one group has none.
QUERIED = {**SEEN, "vetted reader": SEEN["reader"], "reader of another group": SEEN["registered"]}
PEERS = {
    "peer in the EU": ("north", "FIN"),
    "peer in Ukraine": ("east", "UKR"),
    "peer in a third country": ("far", "USA"),
}


@dataclass(frozen=True)
class World:
    """A node that serves, what it holds, and how each viewer proves who they are."""

    base: str
    flocks: dict[str, Flock]
    headers: dict[str, dict[str, str]]
    local_ids: dict[str, str]
    home: Home
    log: Path
    swept: dict[str, Sweep] = field(default_factory=dict)

    def sweep(self, who: str) -> Sweep:
        """Ask everything as one viewer, once for all tests."""
        if who in self.swept:
            return self.swept[who]
        words = tuple(word for each in self.flocks.values() for word in each.words)
        names = tuple(self.local_ids.values())
        hidden = [(name, each.identifiers[0]) for name, each in self.flocks.items() if name not in SEEN[who]]
        done = Sweep(
            base=self.base,
            headers=self.headers[who],
            local_ids=names,
            oai_ids=tuple(f"oai:localhost.localdomain:{name}" for name in names),
            subjects=tuple(f"http://127.0.0.1:8000/dataset/{name}" for name in names),
            words=words,
            hidden=tuple((self.local_ids[one], name, one) for name, one in (*hidden[:1], *hidden[-1:])),
        )
        done.run()
        self.swept[who] = done
        return done


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    folder = tmp_path_factory.mktemp("canaries")
    clients = [client(name, "client_credentials") for name, _ in PEERS.values()]
    with oidc_provider(folder, clients=clients, accounts={}) as issuer, seaweedfs() as server:
        server.client().set_bucket_versioning(BUCKET, VersioningConfig(ENABLED))
        keys = {"FAIRNODE_S3_ACCESS_KEY": server.access_key, "FAIRNODE_S3_SECRET_KEY": server.secret_key}
        home = Home(folder / "home", keys)
        home.path.mkdir()
        (home.path / "fairnode.toml").write_text(settings(issuer, server.url))
        home.run("init")
        flocks = {name: flock(name, 2 if name in ("publiceu", "restrictedeua") else 1) for name in AGREEMENTS}
        local_ids = {}
        with ExitStack() as repositories:
            for name, each in flocks.items():
                terms = folder / f"{name}.toml"
                peers = "" if "peers" in AGREEMENTS[name] else '\npeers = ["north", "east", "far"]'
                terms.write_text(f"{AGREEMENTS[name]}{peers}\n")
                repository = repositories.enter_context(OaiPages(each.records))
                home.run("source", "add", repository.url, "--name", name, "--agreement", str(terms))
                local_ids |= {identifier: local_id_of(name, identifier) for identifier in each.identifiers}
            runs = home.json("harvest", *flocks)["runs"]
        assert sum(run["created"] for run in runs) == len(local_ids)
        home.run("audit", "run", status=None)
        home.run("trail", "sign")
        log = folder / "serve.log"
        port = free_port()
        with log.open("w") as output:
            process = subprocess.Popen(
                home._command(("serve", "--port", str(port))), env=home._env(), stdout=output, stderr=output, text=True
            )
            try:
                wait_for(f"http://127.0.0.1:{port}/healthz", process)
                yield World(
                    base=f"http://127.0.0.1:{port}",
                    flocks=flocks,
                    headers=credentials(issuer),
                    local_ids=local_ids,
                    home=home,
                    log=log,
                )
            finally:
                process.terminate()
                process.wait(timeout=30)


def local_id_of(source: str, identifier: str) -> str:
    from node.storage.kept import local_id

    return local_id(source, identifier)


def settings(issuer: OidcProvider, bucket: str) -> str:
    peers = "".join(
        f'\n[[peers]]\nname = "{name}"\nissuer = "{issuer.issuer}"\nclient_id = "{name}"\ncountry = "{country}"\n'
        f'access = "restricted"\nassurance = 4\n'
        for name, country in PEERS.values()
    )
    stores = "".join(f'"{name}" = "oxigraph:graphs-{number}"\n' for number, name in enumerate(viewers_with_stores()))
    return (
        "[oai]\npage_size = 3\n"
        "\n[store.graphs_for]\n" + stores + "\n[[store.zones]]\n"
        f'name = "finland"\nurl = "{bucket}"\ncountry = "FIN"\nassurance = 4\ntier = "confidential"\n'
        'encrypted = true\nencrypted_by = "disk"\nversioned = true\n'
        '\n[identity]\nallow_networks = ["127.0.0.0/8"]\n'
        f'\n[[identity.issuers]]\nname = "test"\nissuer = "{issuer.issuer}"\nclient_id = "node"\nlogin = false\n'
        f'audience = "http://127.0.0.1:8000"\nnamespaces = ["urn:geant:example.org"]\n'
        f'organisations = {{ "helsinki.fi" = "FIN" }}\nroles = [\n'
        f'  {{ entitlement = "{GROUP}:role=steward", role = "steward" }},\n]\n'
        f"{peers}"
    )


def viewers_with_stores() -> list[str]:
    return ["registered", "steward", f"{GROUP}:role=reader", *(f"peer:{name}" for name, _ in PEERS.values())]


def credentials(issuer: OidcProvider) -> dict[str, dict[str, str]]:
    def bearer(**claims: object) -> dict[str, str]:
        token = issuer.mint(issuer.claims(aud="http://127.0.0.1:8000", **claims))
        return {"Authorization": f"Bearer {token}"}

    reader = {
        "entitlements": [f"{GROUP}:role=reader"],
        "eduperson_assurance": ["https://refeds.org/assurance/IAP/high"],
    }
    people = {
        "anonymous": {},
        "registered": bearer(sub="ann"),
        # Well identified, and from where their token says, which is nobody's business here.
        "reader": bearer(sub="ben", schac_home_organization="evil.example", country="FIN", **reader),
        "vetted reader": bearer(sub="dora", schac_home_organization="helsinki.fi", **reader),
        "reader of another group": bearer(sub="otto", entitlements=[f"{GROUP}:role=other"]),
        "steward": bearer(sub="cleo", entitlements=[f"{GROUP}:role=steward"]),
    }
    peers = {
        # What a token says of its own country is nobody's business here.
        who: bearer(sub=name, client_id=name, country="FIN")
        for who, (name, _) in PEERS.items()
    }
    return {**people, **peers}


@pytest.mark.parametrize("who", SEEN)
def test_a_canary_is_found_only_where_the_decision_permits_and_counts_are_those_of_the_visible_set(
    world: World, who: str
) -> None:
    sweep = world.sweep(who)
    visible = [each for name, each in world.flocks.items() if name in SEEN[who]]

    for name, each in world.flocks.items():
        if name in SEEN[who]:
            continue
        for word in each.words:
            found = [request for request, said in sweep.said.items() if word.encode() in said]
            assert not found, f"{word} of {name} was told to {who} by {found[:5]}"
    # And what is permitted is there, so that the search is one that can find something.
    for each in visible:
        everything = b"".join(sweep.said.values())
        missing = [word for word in each.words if word.encode() not in everything]
        assert not missing, f"{len(missing)} words of {each.name} were never told to {who}"
    expected = {
        f"oai:localhost.localdomain:{world.local_ids[identifier]}"
        for each in visible
        for identifier in each.identifiers
    }
    for prefix in ("oai_dc", "oai_datacite", "dcat"):
        assert sweep.oai[prefix] == expected
        assert sweep.sizes[prefix] <= {len(expected)}
    for name, size in sweep.sizes.items():
        assert size <= {len(sweep.oai[name])}
    assert sweep.count == sum(len(world.flocks[name].identifiers) for name in QUERIED[who])
    assert not sweep.told_apart, "a hidden record is told from none"
    for each in sweep.audits:
        assert (each["records"] is None) == (who != "steward")


def test_refusals_of_the_sweep_are_in_the_trail_and_the_trail_holds(world: World) -> None:
    world.sweep("peer in a third country")

    hidden = {
        world.local_ids[identifier]
        for name, each in world.flocks.items()
        if name not in SEEN["peer in a third country"]
        for identifier in each.identifiers
    }
    for _ in range(20):  # they are entered a moment after the answer
        entries = world.home.json("trail", "show", "--denied", "--limit", "100000")["entries"]
        refused = {entry["object"] for entry in entries if entry["actor"] == "peer:far"}
        if refused == hidden:
            break
        time.sleep(0.5)
    assert refused == hidden
    assert all(entry["reasons"] for entry in entries)
    assert world.home.json("trail", "verify")["holds"]


def test_the_log_of_the_server_tells_no_canary_of_what_is_not_public(world: World) -> None:
    text = world.log.read_text()

    assert not [word for name, each in world.flocks.items() if name not in OPEN for word in each.words if word in text]
    assert "Traceback" not in text


def test_the_graphs_of_every_viewer_hold_what_sql_says(world: World) -> None:
    account = json.loads(world.home.run("graph", "verify", "--json").stdout)

    assert set(account["viewers"]) == set(viewers_with_stores())
