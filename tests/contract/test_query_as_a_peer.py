"""`fairnode query --as peer:NAME`: what a peer is answered, and what the operator is told once its agreement ended."""

from __future__ import annotations

import json
from pathlib import Path

from tests.servers.fairnode import Home


def test_after_the_agreement_ended_the_operator_is_told_what_to_do_and_doing_it_helps(tmp_path: Path) -> None:
    home = Home(tmp_path / "home")
    home.environment["FAIRNODE_STORE__GRAPHS_FOR"] = json.dumps({"peer:north": "oxigraph:graphs-north"})
    issuer = {"name": "us", "issuer": "https://issuer.example", "client_id": "node", "login": False}
    home.environment["FAIRNODE_IDENTITY__ISSUERS"] = json.dumps([issuer])
    peer = {"name": "north", "issuer": "https://issuer.example", "client_id": "n", "country": "FIN"}
    home.environment["FAIRNODE_PEERS"] = json.dumps([peer | {"until": "2999-01-01"}])
    home.run("init")
    query = ("query", "ASK { FILTER NOT EXISTS { ?s a <http://e/x> } }", "--as", "peer:north")

    assert json.loads(home.run(*query).stdout)["boolean"] is True

    home.environment["FAIRNODE_PEERS"] = json.dumps([peer | {"until": "2020-01-01"}])
    refused = home.run(*query, status=None)

    assert refused.returncode != 0 and refused.stdout == ""
    assert "the agreement with it ended on 2020-01-01" in refused.stderr
    assert "`fairnode worker --once`" in refused.stderr

    home.run("worker", "--once")
    assert json.loads(home.run(*query).stdout)["boolean"] is True
