"""The public harvest log, over a node that has really harvested: in every form, and silent about what is not public."""

from __future__ import annotations

import dataclasses
import datetime as dt
import json
from collections.abc import Iterator
from typing import Any

import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient
from lxml import html

from node.bootstrap import initialise, open_node
from node.model.label import Access, PersonalData
from node.model.oai import Window
from node.model.report import Finding, Severity
from node.model.run import LedgerEntry, Outcome, RunStatus
from node.model.source import Agreement, Bounds, Source
from node.node import Node
from node.pipeline import harvest_source
from node.settings import ComputeSettings, FetchSettings, OaiSettings, Settings, ValidationSettings
from node.sovereignty.tags import to_json
from node.storage import ledger
from node.storage.kept import local_id
from node.storage.peer_tables import tombstones
from node.storage.tables import records, run_findings, runs
from node.storage.tables import sources as source_table
from node.syntax import parse_rdf
from node.web import create_app
from node.web.harvest_log import MEDIA_TYPES
from tests.records import OPEN
from tests.servers.oai_pages import OaiPages, oai_dc_record

BASE = "http://127.0.0.1:8000"
METRICS = "https://w3id.org/fairnode/metrics#"
SECRET = "oai:example.org:secret"
RDF_TYPES = {extension: kind for extension, kind in MEDIA_TYPES.items() if extension != "json"}


def now() -> dt.datetime:
    return dt.datetime.now(dt.UTC)


def name(number: int) -> str:
    return f"oai:example.org:{number:03}"


@pytest.fixture(scope="module")
def node(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Node]:
    """A source with two runs: 150 records, then one changed, one deleted, one rejected, one confidential."""
    settings = Settings(
        fetch=FetchSettings(allow_networks=("127.0.0.0/8",), backoff=0.01, retries=0),
        compute=ComputeSettings(executor="inline"),
        validation=ValidationSettings(profile=""),
        oai=OaiSettings(repository_name="A node"),
    ).model_copy(update={"home": tmp_path_factory.mktemp("home")})
    initialise(settings, now())
    node = open_node(settings)
    with OaiPages([oai_dc_record(name(number)) for number in range(150)]) as repository:
        node.sources.add(Source(name="mine", url=repository.url), now())
        assert harvest_source(node, "mine", now=now).balanced
        repository.records = [
            oai_dc_record(name(0), "Changed"),
            oai_dc_record(name(1), deleted=True),
            f"<record><header><identifier>{SECRET}-broken</identifier></header></record>".encode(),
            *(oai_dc_record(name(number)) for number in range(2, 150)),
        ]
        assert harvest_source(node, "mine", now=now, window=Window()).balanced
    yield node
    node.close()


@pytest.fixture(scope="module")
def client(node: Node) -> FlaskClient:
    return create_app(node).test_client()


def document(client: FlaskClient, address: str) -> Any:
    answer = client.get(address)
    assert answer.status_code == 200 and answer.mimetype == "application/json", answer.data
    return json.loads(answer.data)


def plain(data: bytes, media_type: str) -> set[tuple[str, str, str]]:
    triples = parse_rdf(data, media_type, base_iri="urn:test")
    return {(str(s), str(p), getattr(o, "value", str(o))) for s, p, o in triples}


def test_the_log_tells_the_runs_and_what_comes_next(client: FlaskClient) -> None:
    log = document(client, "/sources/mine.json")

    assert log["source"]["state"] == "ok" and log["source"]["failures"] == 0
    assert log["source"]["freshness_seconds"] < 60
    assert log["source"]["records"] == {"public": 149, "held": 1, "tombstones": 1}
    assert log["schedule"]["interval_seconds"] == 86_400 and log["schedule"]["next_run"] > log["source"]["last_ok"]
    second, first = log["runs"]
    assert (first["listed"], first["created"], first["balanced"]) == (150, 150, True)
    counts = [second[outcome.value] for outcome in Outcome]
    assert (second["listed"], counts, second["mode"]) == (151, [0, 1, 148, 1, 1, 0], "full")
    assert log["older"] is None


@pytest.mark.parametrize("address", ["/sources/mine", "/sources/mine/runs/2", "/sources/mine/runs/1?state=rejected"])
def test_a_page_of_the_log_is_whole_without_scripts_and_names_its_other_forms(
    client: FlaskClient, address: str
) -> None:
    answer = client.get(address, headers={"Accept": "text/html,*/*;q=0.8"})

    assert answer.status_code == 200 and answer.mimetype == "text/html"
    tree = html.fromstring(answer.data)
    assert not tree.xpath("//script") and tree.get("lang") and tree.xpath("//main//h1")
    others = tree.xpath("//link[@rel='alternate']/@href")
    assert [client.get(other).mimetype for other in others] == list(MEDIA_TYPES.values())
    for kind in MEDIA_TYPES.values():
        assert f'type="{kind}"' in answer.headers["Link"]


@pytest.mark.parametrize("address", ["/sources/mine", "/sources/mine/runs/2"])
def test_every_form_of_rdf_says_the_same(client: FlaskClient, address: str) -> None:
    by_extension = {
        extension: plain(client.get(f"{address}.{extension}").data, kind) for extension, kind in RDF_TYPES.items()
    }
    by_accept = {
        extension: plain(client.get(address, headers={"Accept": kind}).data, kind)
        for extension, kind in RDF_TYPES.items()
    }

    def timeless(graph: set[tuple[str, str, str]]) -> set[tuple[str, str, str]]:
        return {(s, p, o) for s, p, o in graph if not p.endswith("generatedAtTime") and "freshness" not in s}

    graphs = [timeless(graph) for graph in (*by_extension.values(), *by_accept.values())]
    assert all(graph == graphs[0] for graph in graphs) and len(graphs[0]) > 80


def test_a_run_is_an_activity_and_its_ledger_is_measured(client: FlaskClient) -> None:
    graph = plain(client.get("/sources/mine/runs/2.ttl").data, "text/turtle")

    page = f"{BASE}/sources/mine/runs/2"
    prov, dqv = "http://www.w3.org/ns/prov#", "http://www.w3.org/ns/dqv#"
    kind = "http://www.w3.org/1999/02/22-rdf-syntax-ns#type"
    assert {
        (f"{page}#run", kind, f"{prov}Activity"),
        (f"{page}#run", f"{prov}used", f"{BASE}/source/mine"),
        (f"{page}#run", f"{prov}wasAssociatedWith", f"{BASE}/#node"),
        (f"{page}#run", f"{prov}generated", f"{page}#ledger"),
        (f"{BASE}/source/mine", kind, "http://www.w3.org/ns/dcat#DataService"),
        (f"{BASE}/#node", kind, f"{prov}SoftwareAgent"),
    } <= graph
    times = {p.rpartition("#")[2] for s, p, _ in graph if s == f"{page}#run"}
    assert {"startedAtTime", "endedAtTime"} <= times
    values = {s: o for s, p, o in graph if p == f"{dqv}value"}
    metrics = {o.removeprefix(METRICS): values[s] for s, p, o in graph if p == f"{dqv}isMeasurementOf"}
    told = {outcome.value: metrics[outcome.value] for outcome in Outcome}
    assert told == {
        "created": "0",
        "updated": "1",
        "unchanged": "148",
        "deleted": "1",
        "rejected": "1",
        "quarantined": "0",
    }
    assert (metrics["listed"], metrics["balanced"]) == ("151", "true")
    assert (metrics["generated"], metrics["invalidated"]) == ("1", "1")
    defined = {s for s, p, o in graph if p == kind and o == f"{dqv}Metric"}
    assert defined == {METRICS + metric for metric in metrics}


def test_the_source_that_records_are_attributed_to_can_be_looked_up(node: Node, client: FlaskClient) -> None:
    spoken = plain(client.get(f"/dataset/{local_id('mine', name(0))}.nt").data, "application/n-triples")
    (iri,) = {o for _, p, o in spoken if p.endswith("#wasAttributedTo") and o.startswith(BASE)}

    answer = client.get(iri.removeprefix(BASE))

    assert (answer.status_code, answer.headers["Location"]) == (303, "/sources/mine")
    described = plain(client.get("/sources/mine.ttl").data, "text/turtle")
    assert (iri, "http://purl.org/dc/terms/title", "mine") in described


def test_the_ledger_goes_on_page_by_page_until_every_public_identifier_was_named(client: FlaskClient) -> None:
    address, named, pages = "/sources/mine/runs/2.json", [], 0
    while address:
        part = document(client, address.removeprefix(BASE))
        assert len(part["entries"]) <= 100
        named += [(entry["identifier"], entry["state"]) for entry in part["entries"]]
        address, pages = part["next"], pages + 1

    assert pages == 2
    states = {name(0): "updated", name(1): "deleted"}
    assert named == [(name(number), states.get(name(number), "unchanged")) for number in range(150)]


def test_the_ledger_can_be_asked_for_one_state(client: FlaskClient) -> None:
    part = document(client, "/sources/mine/runs/2.json?state=deleted")
    on_the_page = client.get("/sources/mine/runs/2?state=updated").data.decode()

    assert [entry["identifier"] for entry in part["entries"]] == [name(1)]
    assert name(0) in on_the_page and name(1) not in on_the_page
    assert client.get(part["entries"][0]["record"].removeprefix(BASE)).status_code == 410


def every_form(client: FlaskClient, *addresses: str) -> bytes:
    found = b""
    for address in addresses:
        for form in ("", *(f".{extension}" for extension in MEDIA_TYPES)):
            for state in ("", *(f"?state={outcome.value}" for outcome in Outcome)):
                answer = client.get(f"{address}{form}{state}")
                assert answer.status_code == 200
                found += answer.data
    return found


def test_a_rejected_record_is_counted_with_its_code_and_never_named(client: FlaskClient) -> None:
    told = document(client, "/sources/mine/runs/2.json")

    assert told["reasons"] == [{"state": "rejected", "code": "mapping.no-metadata", "identifiers": 1}]
    assert SECRET.encode() not in every_form(client, "/sources/mine", "/sources/mine/runs/2")


@pytest.fixture
def other(node: Node) -> Iterator[str]:
    """A source of its own for tests that write into its log."""
    with OaiPages([oai_dc_record(name(number)) for number in range(3)]) as repository:
        node.sources.add(Source(name="y", url=repository.url), now())
        harvest_source(node, "y", now=now)
        yield "y"
    with node.database.write() as connection:
        found = sa.select(source_table.c.id).where(source_table.c.name == "y").scalar_subquery()
        connection.execute(records.delete().where(records.c.source_id == found))
    node.sources.remove("y")


def set_record(node: Node, number: int, *, lost_by: object = None, **values: object) -> None:
    with node.database.write() as connection:
        local = local_id("y", name(number))
        connection.execute(records.update().where(records.c.local_id == local).values(**values))
        if lost_by is not None:
            where = sa.select(records.c.id, sa.literal(lost_by), records.c.seq, records.c.datestamp)
            lost = where.where(records.c.local_id == local)
            columns = ["record_id", "audience", "seq", "datestamp"]
            connection.execute(tombstones.insert().from_select(columns, lost))


CONFIDENTIAL = dataclasses.replace(OPEN, access=Access.CONFIDENTIAL)
SPECIAL = dataclasses.replace(OPEN, personal=PersonalData.SPECIAL)


@pytest.mark.parametrize(
    "values",
    [
        {"audience": None},
        {"audience": 1},
        {"state": "quarantined"},
        {"state": "rejected"},
        {"state": "deleted", "lost_by": None},
        {"state": "deleted", "lost_by": 1},
        {"state": "deleted", "lost_by": 0},  # a tombstone is no news of what the record once was
        {"record_label": to_json(CONFIDENTIAL)},
        {"record_label": to_json(SPECIAL)},
        {"record_label": {}},
        {"record_label": None},
    ],
    ids=str,
)
def test_a_record_that_the_public_may_not_see_is_neither_named_nor_counted(
    node: Node, client: FlaskClient, other: str, values: dict[str, object]
) -> None:
    number = node.runs.latest(other)[0].run
    set_record(node, 1, **values)

    part = document(client, f"/sources/y/runs/{number}.json")

    assert [entry["identifier"] for entry in part["entries"]] == [name(0), name(2)]
    is_owed = values.get("lost_by") == 0
    assert (part["figures"], part["created"], part["listed"]) == (("whole", 3, 3) if is_owed else ("visible", 2, None))
    assert is_owed or {part[key] for key in ("rejected", "balanced", "pages", "requests", "absent")} == {None}
    (row,) = document(client, "/sources/y.json")["runs"]
    assert row["created"] == (3 if is_owed else None)
    figures = f"{METRICS}created" in client.get("/sources/y.ttl").text + client.get(f"/sources/y/runs/{number}.nt").text
    assert figures == is_owed
    pages = [client.get(path, headers={"Accept": "text/html"}).text for path in ("/sources", "/sources/y")]
    assert all(("not told" in page) != is_owed for page in pages)
    assert name(1).encode() not in every_form(client, "/sources/y", f"/sources/y/runs/{number}")


def test_a_version_held_back_is_not_told_of_where_an_older_one_is_public(
    node: Node, client: FlaskClient, other: str
) -> None:
    number = node.runs.latest(other)[0].run
    entries = [
        LedgerEntry(identifier=name(0), outcome=Outcome.QUARANTINED, code="validation.blocking", reason="names Ada"),
        LedgerEntry(identifier=name(1), outcome=Outcome.UNCHANGED, code="sovereignty.no-zone", reason="names Ada"),
        LedgerEntry(identifier=name(2), outcome=Outcome.UNCHANGED, code="harvest.deletion-held", reason="too many"),
    ]
    with node.database.write() as connection:
        connection.execute(ledger.ledger.delete().where(ledger.ledger.c.run_id == number))
        ledger.enter(connection, number, entries)

    part = document(client, f"/sources/y/runs/{number}.json")

    named = [(entry["identifier"], entry["state"], entry["code"]) for entry in part["entries"]]
    assert named == [(name(1), "unchanged", ""), (name(2), "unchanged", "harvest.deletion-held")]
    assert {reason["code"] for reason in part["reasons"]} == {entry.code for entry in entries}
    assert b"Ada" not in every_form(client, f"/sources/y/runs/{number}")


def test_findings_and_errors_are_told_by_code_and_advice_and_not_in_words_of_the_source(
    node: Node, client: FlaskClient, other: str
) -> None:
    number = node.runs.latest(other)[0].run
    finding = Finding(code="harvest.cursor", severity=Severity.WARNING, message=f"odd: {SECRET}", advice="Mend it.")
    values = {"code": finding.code, "severity": 2, "message": finding.message, "advice": finding.advice}
    failed = {"status": RunStatus.FAILED.value, "error_code": "fetch.failed", "error_message": f"{SECRET}: reset"}
    with node.database.write() as connection:
        connection.execute(run_findings.insert(), [{"run_id": number, **values}] * 3)
        connection.execute(runs.update().where(runs.c.id == number).values(**failed, error_advice="Try again."))

    part = document(client, f"/sources/y/runs/{number}.json")

    told = {"code": "harvest.cursor", "severity": "warning", "advice": "Mend it.", "times": 3}
    assert told in part["findings"]
    assert part["error"] == {"code": "fetch.failed", "message": "", "advice": "Try again."}
    everything = every_form(client, "/sources/y", f"/sources/y/runs/{number}")
    assert SECRET.encode() not in everything and b"harvest.cursor" in everything
    graph = plain(client.get(f"/sources/y/runs/{number}.ttl").data, "text/turtle")
    assert {"Mend it.", "Try again."} <= {o for _, p, o in graph if p.endswith("bodyValue")}


def test_an_error_inside_the_node_tells_a_stranger_nothing_of_it(node: Node, client: FlaskClient, other: str) -> None:
    number = node.runs.latest(other)[0].run
    failed = {"error_code": "storage.failed", "error_message": "/srv/secret", "error_advice": "chmod 700 /srv/secret"}
    with node.database.write() as connection:
        connection.execute(runs.update().where(runs.c.id == number).values(**failed))

    told = every_form(client, "/sources/y", f"/sources/y/runs/{number}")

    assert b"/srv/secret" not in told and b"storage.failed" in told


def test_a_suspect_run_says_by_which_counts(node: Node, client: FlaskClient, other: str) -> None:
    stored = node.sources.get(other).source
    node.sources.change(dataclasses.replace(stored, bounds=Bounds(min_records=50)))
    harvest_source(node, other, now=now, window=Window())

    run = document(client, "/sources/y.json")["runs"][0]

    assert run["status"] == "suspect"
    assert run["error"]["message"] == "3 records listed, at least 50 expected"


def test_a_password_in_an_address_is_not_told(node: Node, client: FlaskClient) -> None:
    node.sources.add(Source(name="locked", url="https://ada:lovelace@example.org:8443/oai?x=1"), now())

    log = document(client, "/sources/locked.json")

    assert log["source"]["url"] == "https://example.org:8443/oai?x=1"
    assert (log["source"]["state"], log["runs"], log["source"]["freshness_seconds"]) == ("new", [], None)
    assert b"lovelace" not in every_form(client, "/sources/locked")


@pytest.mark.parametrize(
    ("failures", "days", "state"), [(2, 40, "failing"), (3, 29, "failing"), (3, 30, "dead"), (0, 400, "new")]
)
def test_a_source_is_reported_as_failing_and_then_as_dead(
    node: Node, client: FlaskClient, failures: int, days: int, state: str
) -> None:
    source = f"silent-{failures}-{days}"
    node.sources.add(Source(name=source, url="https://example.org/oai"), now() - dt.timedelta(days=days, minutes=1))
    with node.database.write() as connection:
        connection.execute(source_table.update().where(source_table.c.name == source).values(failures=failures))

    log = document(client, f"/sources/{source}.json")
    graph = plain(client.get(f"/sources/{source}.ttl").data, "text/turtle")

    assert log["source"]["state"] == state
    status = f"https://w3id.org/fairnode/harvest-states#{state}"
    assert (f"{BASE}/source/{source}", "http://www.w3.org/ns/adms#status", status) in graph
    page = client.get(f"/sources/{source}").data.decode()
    assert ("Nothing has come of this source" in page) == (state == "dead")
    assert state in html.fromstring(client.get("/sources").data).xpath(f"string(//tr[th/a='{source}'])")


def test_a_paused_source_has_no_next_run(node: Node, client: FlaskClient) -> None:
    node.sources.add(Source(name="asleep", url="https://example.org/oai", paused=True), now())
    node.sources.add(Source(name="by-hand", url="https://example.org/oai", interval=0), now())

    logs = [document(client, f"/sources/{source}.json") for source in ("asleep", "by-hand")]

    assert [log["schedule"]["next_run"] for log in logs] == [None, None]
    assert [log["source"]["state"] for log in logs] == ["paused", "new"]


def test_older_runs_follow_by_the_number_of_the_last_one(node: Node, client: FlaskClient) -> None:
    node.sources.add(Source(name="busy", url="https://example.org/oai", agreement=Agreement()), now())
    stored = node.sources.get("busy")
    for _ in range(25):
        node.runs.finish(node.runs.start(stored, Window(), now()), stored, RunStatus.OK, now(), requests=1, retries=0)

    first = document(client, "/sources/busy.json")
    second = document(client, first["older"].removeprefix(BASE))

    numbers = [run["run"] for run in (*first["runs"], *second["runs"])]
    assert (len(first["runs"]), len(set(numbers)), second["older"]) == (20, 25, None)
    assert numbers == sorted(numbers, reverse=True)
    assert 'rel="next"' in client.get("/sources/busy").data.decode()


@pytest.mark.parametrize(
    ("address", "status"),
    [
        ("/sources/nobody", 404),
        ("/sources/nobody/runs/1", 404),
        ("/source/nobody", 404),
        ("/sources/mine.exe", 404),
        ("/sources/mine/runs/999", 404),
        ("/sources/mine/runs/0x1", 404),
        ("/sources/mine/runs/١", 404),
        ("/sources/mine/runs/99999999999999999999", 404),
        ("/sources/locked/runs/1", 404),
        ("/sources/mine?before=one", 400),
        ("/sources/mine?before=-1", 400),
        ("/sources/mine/runs/1?state=lost", 400),
        ("/sources/mine/runs/1?after=%00", 400),
        (f"/sources/mine/runs/1?after={'a' * 3000}", 400),
    ],
)
def test_what_is_not_there_or_makes_no_sense_is_a_problem(client: FlaskClient, address: str, status: int) -> None:
    answer = client.get(address, headers={"Accept": "application/json"})

    assert answer.status_code == status
    assert answer.mimetype == "application/problem+json"


def test_a_form_that_is_not_offered_is_refused(client: FlaskClient) -> None:
    assert client.get("/sources/mine", headers={"Accept": "image/png"}).status_code == 406


def test_a_page_of_the_ledger_is_read_along_its_key_and_sorted_by_nobody(node: Node, client: FlaskClient) -> None:
    asked: list[Any] = []

    def note(connection: Any, cursor: Any, statement: str, parameters: Any, *more: Any) -> None:
        if "FROM ledger JOIN records" in statement.replace("\n", ""):
            asked.append((statement, parameters))

    sa.event.listen(node.database.engine, "before_cursor_execute", note)
    try:
        for query in ("", f"?after={name(50)}", "?state=updated", "?state=deleted"):
            client.get(f"/sources/mine/runs/2{query}")
    finally:
        sa.event.remove(node.database.engine, "before_cursor_execute", note)

    assert len(asked) == 4
    for statement, parameters in asked:
        assert parameters[-2:] == (101, 0), "limit and offset"
        with node.database.read() as connection:
            plan = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters).all()
        assert not any("TEMP B-TREE" in row.detail for row in plan), plan


def test_a_visitor_who_asks_for_an_unknown_source_is_told_where_the_known_ones_are(client: FlaskClient) -> None:
    answer = client.get("/sources/" + "n" * 5000, headers={"Accept": "application/json"})

    assert answer.status_code == 404 and len(answer.data) < 500
    assert answer.get_json()["advice"] == "/sources names them all."
