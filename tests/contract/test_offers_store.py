"""Records by kind, and what leads to an infrastructure, over every kind of database."""

from __future__ import annotations

import datetime as dt
import hashlib
from dataclasses import replace

import pytest

from node.mapping.sets import infrastructure_set
from node.model.dcat import ResourceKind
from node.model.label import Audience
from node.model.oai import Window
from node.model.run import LedgerEntry, Outcome
from node.model.source import Agreement, Source
from node.storage.database import Database
from node.storage.kept import Action, Kept, local_id
from node.storage.offers import Offers
from node.storage.runs import Runs
from node.storage.sources import Sources
from tests.records import at, keeper, page, prepared

NOW = dt.datetime(2026, 5, 1, 12, tzinfo=dt.UTC)
BEAM, TOWERS = "https://ror.org/00k4n6c32", "https://towers.example/"
PUBLIC, STAFF = Audience.PUBLIC, max(Audience)


def keep(
    database: Database, name: str, infrastructure: str | None, *more: tuple[str, dict[str, object], Audience]
) -> None:
    """Keep records under an agreement that may name an infrastructure: title, what else is prepared, who sees it."""
    sources = Sources(database)
    agreement = Agreement(infrastructure=infrastructure)
    sources.add(Source(name=name, url=f"https://{name}.example/oai", agreement=agreement), NOW)
    run = Runs(database).start(sources.get(name), Window(), NOW)
    kept = []
    for title, changes, audience in more:
        plain = prepared(title, title, agent=str(changes["agent"]) if "agent" in changes else None)
        ready = replace(plain, **{key: value for key, value in changes.items() if key != "agent"})  # type: ignore[arg-type]
        kept.append(
            Kept(
                action=Action.PUBLISH,
                entry=LedgerEntry(identifier=title, outcome=Outcome.CREATED),
                prepared=ready,
                known=None,
                recipe="r",
                rdf_digest=hashlib.sha256(ready.ntriples.encode()).hexdigest(),
                audience=audience,
            )
        )
    keeper(database).keep(run.id, sources.get(name), page(*(title for title, *_ in more), done=True), kept, at(NOW))


@pytest.fixture
def offers(database: Database) -> Offers:
    beam = {"kind": "Facility", "subject": BEAM, "sets": (infrastructure_set(BEAM),)}
    mine = {"kind": "Equipment", "sets": (infrastructure_set(BEAM),)}
    keep(
        database, "offers", None,
        ("Beam", beam, PUBLIC), ("Towers", {"kind": "Facility", "subject": TOWERS}, PUBLIC),
        ("Camera", dict(mine), PUBLIC), ("Axis", dict(mine), PUBLIC), ("Secret", dict(mine), STAFF),
        ("Balance", dict(mine), PUBLIC),
    )  # fmt: skip
    keep(
        database,
        "beam",
        None,
        ("Images", {"agent": BEAM}, PUBLIC),
        ("Of others", {"agent": "https://x.example/a"}, PUBLIC),
    )
    keep(database, "towers", TOWERS, ("Fluxes", {}, PUBLIC))
    return Offers(database, at(NOW))


def test_records_are_counted_by_kind_as_the_viewer_sees_them(offers: Offers) -> None:
    assert offers.kinds(PUBLIC) == {
        ResourceKind.DATASET: 3, ResourceKind.INFRASTRUCTURE: 2, ResourceKind.INSTRUMENT: 3
    }  # fmt: skip
    assert offers.kinds(STAFF)[ResourceKind.INSTRUMENT] == 4


@pytest.mark.parametrize("kind", [ResourceKind.INSTRUMENT, ResourceKind.DATASET])
def test_a_kind_is_walked_through_page_by_page_without_loss_or_repetition(offers: Offers, kind: ResourceKind) -> None:
    whole = [each.title for each in offers.listed(PUBLIC, kind, 10)]
    walked, after = list[str](), ""
    while found := offers.listed(PUBLIC, kind, 1, after=after):
        walked.append(found[0].title)
        after = found[0].local_id

    assert walked == whole and len(walked) == 3
    if kind is ResourceKind.INSTRUMENT:
        assert walked == ["Axis", "Balance", "Camera"]
    assert offers.listed(PUBLIC, kind, 1, after="unknown") == ()


def test_what_leads_to_an_infrastructure_is_found_by_set_by_name_and_by_agreement(offers: Offers) -> None:
    beam, towers = (offers.of_infrastructure(PUBLIC, iri) for iri in (BEAM, TOWERS))

    assert beam.counts == {ResourceKind.DATASET: 1, ResourceKind.INSTRUMENT: 3}
    assert [each.title for each in beam.some] == ["Images", "Axis", "Balance", "Camera"]
    assert [each.title for each in towers.some] == ["Fluxes"]
    few = offers.of_infrastructure(PUBLIC, BEAM, each=1)
    assert few.counts == beam.counts and [each.title for each in few.some] == ["Images", "Axis"]


def test_of_some_resources_those_are_told_that_are_infrastructures_here(offers: Offers) -> None:
    found = offers.named(PUBLIC, [BEAM, "https://ror.org/05dxps055", "https://example.org/dataset/Images"])

    assert [(each.subject, each.title) for each in found] == [(BEAM, "Beam")]
    assert offers.named(PUBLIC, []) == ()


@pytest.mark.parametrize("kind", list(ResourceKind))
def test_where_a_page_goes_on_tells_nothing_of_a_record_that_is_hidden(offers: Offers, kind: ResourceKind) -> None:
    # One is hidden, one is of another kind; what never was has a name right behind theirs.
    for name in (local_id("offers", "Secret"), local_id("towers", "Fluxes")):
        assert offers.listed(PUBLIC, kind, 9, after=name) == offers.listed(PUBLIC, kind, 9, after=f"{name}2")
    shown = offers.listed(PUBLIC, kind, 9)
    assert [offers.listed(PUBLIC, kind, 9, after=each.local_id) for each in shown] == [
        shown[place + 1 :] for place in range(len(shown))
    ]
