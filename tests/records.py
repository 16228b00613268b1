"""Made-up prepared records for tests of the stores."""

from __future__ import annotations

import datetime as dt
import hashlib
import tempfile
from pathlib import Path

from node.model.account import Person
from node.model.label import Access, Label, Labels, PersonalData
from node.model.oai import Checkpoint, Header, Page, Record
from node.model.prepared import Prepared, SharedNode
from node.model.report import Finding, Severity, ValidationReport
from node.settings import ZoneSettings
from node.storage.changes import Clock
from node.storage.database import Database
from node.storage.inventory import Inventory
from node.storage.objects import open_object_store
from node.storage.objects.keys import load_mac_keys
from node.storage.objects.vault import ObjectVault
from node.storage.records import Records

OPEN = Label(
    origin=frozenset({"FIN"}),
    zones=frozenset({"WLD"}),
    access=Access.PUBLIC,
    critical=frozenset(),
    personal=PersonalData.NONE,
    policies=frozenset(),
)


def person(name: str, account: str = "", **more: str) -> Person:
    """Return somebody with an account of the machine, `cli:` and their first name in lower case."""
    account = account or f"cli:{name.split()[0].lower()}"
    return Person(**{"name": name, "actor": account, "account": account, **more})


def prepared(
    identifier: str, text: str = "a title", *, subject: str | None = None, agent: str | None = None
) -> Prepared:
    """Return a record ready to keep whose content is made of `text`."""
    iri = subject or f"https://example.org/dataset/{identifier}"
    raw = f"<record>{text}</record>".encode()
    finding = Finding(
        code="R1.1-01", severity=Severity.WARNING, message="no licence", advice="add one", principle="R1.1"
    )
    return Prepared(
        header=Header(identifier=identifier, datestamp="2026-01-01T00:00:00Z"),
        raw=raw,
        raw_digest=hashlib.sha256(raw).hexdigest(),
        subject=iri,
        title=text,
        ntriples=f'<{iri}> <http://purl.org/dc/terms/title> "{text}" .\n',
        shared=(SharedNode(iri=agent, ntriples=f'<{agent}> <http://xmlns.com/foaf/0.1/name> "{text}" .\n'),)
        if agent
        else (),
        payloads=(("oai_dc", f"<dc>{text}</dc>"), ("dcat", f"<rdf>{text}</rdf>")),
        sets=("kind:dataset", "source:test"),
        labels=Labels(record=OPEN, data=OPEN),
        report=ValidationReport(
            profile="fair", digest="0" * 64, engine="test", results=(finding,), score=3, max_score=4
        ),
    )


def keeper(database: Database) -> Records:
    """Return the records of a database, with a real folder for their objects."""
    folder = Path(tempfile.mkdtemp(prefix="fairnode-objects-"))
    vault = ObjectVault((open_object_store(ZoneSettings(), folder),), load_mac_keys(folder))
    return Records(database, Inventory(database, vault))


def at(moment: dt.datetime) -> Clock:
    """Return a clock that stands still."""
    return lambda: moment


def page(*identifiers: str, number: int = 1, done: bool = False, listed: int | None = None) -> Page:
    """Return a page that lists those identifiers."""
    return Page(
        records=tuple(Record(header=Header(identifier=identifier), metadata=b"<m/>") for identifier in identifiers),
        listed=len(identifiers) if listed is None else listed,
        checkpoint=Checkpoint(position=None if done else f"token-{number}", pages=number, done=done),
        response_date="2026-01-01T12:00:00Z",
        metadata_namespace="http://www.openarchives.org/OAI/2.0/oai_dc/",
    )
