"""The OAI-PMH provider over a database, in this process, asked as a harvester asks."""

from __future__ import annotations

from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any
from urllib.parse import urlencode

from flask import Flask
from lxml import etree

from node.settings import OaiSettings, Settings
from node.sovereignty.signatures import new_keys
from node.storage.database import Database
from node.storage.listing import Listing
from node.storage.sources import Sources
from node.web import oai, refusals

OAI = "{http://www.openarchives.org/OAI/2.0/}"
BASE = "https://node.example.org"
KEYS = new_keys()


class Client:
    """Asks the provider over the web application.

    Args:
        database: what is listed.
        page_size, more: settings of the provider.
        key: of its resumption tokens.
    """

    def __init__(self, database: Database, page_size: int = 100, *, key: bytes = b"k" * 32, **more: Any) -> None:
        self.app = Flask("test")
        self.app.register_blueprint(oai.bp)
        self.app.extensions["fairnode"] = SimpleNamespace(
            settings=Settings(base_url=BASE, oai=OaiSettings(page_size=page_size, **more)),
            listing=Listing(database),
            sources=Sources(database),
            token_key=key,
            signing_keys=KEYS,
        )
        refusals.register(self.app, database)
        self.http = self.app.test_client()

    def text(self, query: str) -> bytes:
        answer = self.http.get(f"/oai?{query}")
        assert answer.status_code == 200
        assert answer.mimetype == "text/xml"
        return answer.data

    def ask(self, query: str = "", **arguments: str) -> Any:
        return etree.fromstring(self.text(query or urlencode(arguments)))

    def code(self, **arguments: str) -> str | None:
        """Return the code of the error that is answered."""
        error = self.ask(**arguments).find(f"{OAI}error")
        return None if error is None else error.get("code")

    def token(self, **arguments: str) -> str:
        """Return the resumption token of an answer."""
        return self.ask(**arguments).findtext(f".//{OAI}resumptionToken")

    def pages(self, verb: str, **arguments: str) -> Iterator[Any]:
        """Follow a list to its end; one without records has no pages."""
        query = urlencode({"verb": verb, **arguments})
        for _ in range(1000):
            root = self.ask(query)
            if root.find(f"{OAI}error") is not None:
                assert root.find(f"{OAI}error").get("code") == "noRecordsMatch"
                return
            yield root
            token = root.findtext(f".//{OAI}resumptionToken")
            if not token:
                return
            query = urlencode({"verb": verb, "resumptionToken": token})
        raise AssertionError("the list does not end")

    def headers(self, **arguments: str) -> list[Any]:
        """Return the headers of a whole list."""
        arguments = {"metadataPrefix": "oai_dc", **arguments}
        return [header for root in self.pages("ListIdentifiers", **arguments) for header in root.iter(f"{OAI}header")]

    def identifiers(self, **arguments: str) -> list[str]:
        return [header.findtext(f"{OAI}identifier") for header in self.headers(**arguments)]
