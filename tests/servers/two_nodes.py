"""Two nodes, `north` and `south`, each served on loopback; whoever sits before `north` may change what it answers.

`south` is a peer of `north`'s: it signs in by client credentials at an issuer that both know, and pins north's keys.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import json
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from werkzeug.serving import make_server
from werkzeug.test import run_wsgi_app

from node.bootstrap import initialise, open_node
from node.credential_settings import CredentialSettings
from node.identity_settings import IdentitySettings, IssuerSettings
from node.model.label import Access, Audience, PersonalData
from node.model.listing import Item, Selection
from node.model.oai import Window
from node.model.run import HarvestRun
from node.model.source import Source
from node.node import Node
from node.peer_settings import PeerSettings
from node.pipeline import harvest_source
from node.settings import ComputeSettings, FetchSettings, Settings, StoreSettings, ValidationSettings, ZoneSettings
from node.sovereignty.signatures import SigningKeys
from node.storage.signing_keys import load_signing_keys
from node.storage.tables import findings, ledger, records
from node.web import create_app
from tests.labels import OPEN
from tests.servers.fairnode import free_port
from tests.servers.oai_pages import OaiPages, oai_dc_record
from tests.servers.scripted_issuer import ScriptedIssuer

LOOPBACK = ("127.0.0.0/8",)
SECRET = "FAIRNODE_OIDC_SOUTH_SECRET"
CLOSED = dataclasses.replace(
    OPEN, record_access=Access.REGISTERED, record_personal=PersonalData.PERSONAL, peers=("south",)
)
Edit = Callable[[bytes], bytes]


@dataclass
class Served:
    """A node that is being served; `edit` is what somebody on the way does to its answers."""

    node: Node
    edit: Edit | None = None
    app: Any = None

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Any:
        if self.edit is None:
            return self.app(environ, start_response)
        body, status, headers = run_wsgi_app(self.app, {**environ, "HTTP_ACCEPT_ENCODING": "identity"})
        changed = self.edit(b"".join(body))
        headers["Content-Length"] = str(len(changed))
        start_response(status, list(headers))
        return [changed]

    def signs_with(self, keys: SigningKeys) -> SigningKeys:
        """Start the node again, as it were, with other keys."""
        self.node = dataclasses.replace(self.node, open_signing_keys=lambda: keys)
        self.app = create_app(self.node)
        return keys

    def harvest(self, name: str, *, full: bool = False) -> HarvestRun:
        """Harvest a source of the node, what is due or everything."""
        run = harvest_source(self.node, name, now=now, window=Window() if full else None)
        assert run.balanced and run.status.value == "ok", run
        return run

    def listed(self, viewer: Audience = Audience.STEWARD, prefix: str = "oai_dc") -> dict[str, Item]:
        """Return what a viewer sees over OAI-PMH that is live, by title."""
        last, _ = self.node.listing.clock()
        found = self.node.listing.page(Selection(prefix=prefix, last_seq=last), viewer, 999, with_body=True)
        return {title: item for item in found if not item.deleted for title in TITLES if title in item.body}

    def row(self, title: str) -> Any:
        """Return the row of a record by its title."""
        with self.node.database.read() as connection:
            return connection.execute(sa.select(records).where(records.c.title == title)).one()

    def found(self, title: str, code: str) -> list[Any]:
        """Return what was found of a record under a code."""
        with self.node.database.read() as connection:
            mine = findings.c.record_id == self.row(title).id, findings.c.code == code
            return list(connection.execute(sa.select(findings).where(*mine)).all())

    def ledger(self, run: HarvestRun) -> dict[str, tuple[str, str]]:
        """Return outcome and code of each identifier of a run."""
        with self.node.database.read() as connection:
            rows = connection.execute(sa.select(ledger).where(ledger.c.run_id == run.run)).all()
        return {row.identifier: (row.outcome, row.code) for row in rows}


TITLES = ("Open sea", "Closed sea")


@dataclass
class Two:
    """The nodes, what `north` was given, and the issuer that vouches for `south`."""

    north: Served
    south: Served
    issuer: ScriptedIssuer

    def pin(self) -> None:
        """Let `south` believe the keys that `north` has now."""
        keys = load_signing_keys(self.north.node.settings.home).public()
        (self.south.node.settings.home / "north.jwks").write_text(json.dumps(keys), encoding="utf-8")


_LAST = [dt.datetime.now(dt.UTC)]


def now() -> dt.datetime:
    """Return the present moment, each time another second: of two labels of one second neither is the later one."""
    _LAST[0] = max(_LAST[0] + dt.timedelta(seconds=1), dt.datetime.now(dt.UTC))
    return _LAST[0]


@contextmanager
def two_nodes(folder: Path) -> Iterator[Two]:
    """Serve both; `north` has an open and a closed record, `south` knows it as its source `north`."""
    with ExitStack() as stack:
        patch = stack.enter_context(pytest.MonkeyPatch.context())
        patch.setenv(SECRET, "secret-of-south")
        issuer = stack.enter_context(ScriptedIssuer())
        at_north, at_south = (f"http://127.0.0.1:{free_port()}" for _ in range(2))
        issuer.answers["/token"] = lambda form: (200, _token(issuer, form))
        north = stack.enter_context(
            _serving(folder / "north", at_north, issuer, peers=(PeerSettings(
                name="south", issuer=issuer.issuer, client_id="south", country="FIN", access="restricted",
                personal="personal",
            ),))
        )  # fmt: skip
        south = stack.enter_context(
            _serving(folder / "south", at_south, issuer, credentials=(
                CredentialSettings(url=at_north, issuer="aai"),
            ), peers=(PeerSettings(name="north", base_url=at_north, keys_file="north.jwks"),))
        )  # fmt: skip
        for (name, agreement), title in zip((("open", OPEN), ("closed", CLOSED)), TITLES, strict=True):
            with OaiPages([oai_dc_record(f"oai:{name}:1", title)]) as repository:
                north.node.sources.add(Source(name=name, url=repository.url, agreement=agreement), now())
                north.harvest(name)
        south.node.sources.add(Source(name="north", url=f"{at_north}/oai"), now())
        two = Two(north=north, south=south, issuer=issuer)
        two.pin()
        yield two


@contextmanager
def _serving(home: Path, base_url: str, issuer: ScriptedIssuer, **more: Any) -> Iterator[Served]:
    settings = Settings(
        base_url=base_url,
        fetch=FetchSettings(allow_networks=LOOPBACK, backoff=0.01, retries=0, timeout=20),
        compute=ComputeSettings(executor="inline"),
        validation=ValidationSettings(profile=""),
        store=StoreSettings(zones=(ZoneSettings(tier="registered", country="FIN"),)),
        identity=IdentitySettings(
            issuers=(IssuerSettings(name="aai", issuer=issuer.issuer, client_id="south", client_secret_env=SECRET),),
            allow_networks=LOOPBACK,
        ),
        **more,
    ).model_copy(update={"home": home})
    initialise(settings, now())
    node = open_node(settings)
    served = Served(node=node, app=create_app(node))
    server = make_server("127.0.0.1", int(base_url.rpartition(":")[2]), served, threaded=True)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield served
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
        served.node.close()


def _token(issuer: ScriptedIssuer, form: dict[str, str]) -> dict[str, Any]:
    claims = issuer.signer.claims(sub="south", client_id="south", aud=form["resource"])
    return {"access_token": issuer.signer.mint(claims), "token_type": "Bearer", "expires_in": 600}
