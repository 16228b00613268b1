"""The OAI-PMH provider where the store is in our hands: W01 to W17 of the plan in docs/reference/standards.md.

Each test is named after the point it is about; sections are those of OAI-PMH 2.0.
"""

from __future__ import annotations

import datetime as dt
import gzip
import re
import threading
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from threading import BoundedSemaphore
from typing import Any
from urllib.parse import urlencode

import pytest
import sqlalchemy as sa
import time_machine
from lxml import etree
from werkzeug.serving import make_server

from node.exposition.oai_tokens import ListState, Tokens
from node.harvest.fetch import HttpFetch
from node.mapping.crosswalks import WRITERS
from node.model.dcat import Resource
from node.model.label import Audience
from node.model.listing import Selection
from node.model.oai import Header, Record
from node.model.prepared import Prepared
from node.model.rdf import Iri, Literal
from node.model.source import Agreement
from node.prepare import Job, prepare_all
from node.settings import FetchSettings
from node.storage.changes import advance
from node.storage.database import Database, open_database
from node.storage.tables import payloads, records
from tests.conftest import START
from tests.records import at
from tests.servers.oai_client import BASE, OAI, Client
from tests.servers.oai_store import NOW, Store, oai

PROVENANCE = "{http://www.openarchives.org/OAI/2.0/provenance}"


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with closing(open_database("sqlite:///node.db", tmp_path)) as database:
        database.migrate(START)
        yield Store(database)


def after(**much: float) -> dt.datetime:
    return NOW + dt.timedelta(**much)


def spelt(when: dt.datetime) -> str:
    return when.strftime("%Y-%m-%dT%H:%M:%SZ")


def get(client: Client, name: str) -> Any:
    return client.ask(verb="GetRecord", identifier=oai(name), metadataPrefix="oai_dc")


def test_w01_a_page_is_found_by_its_place_in_the_change_log_and_never_counted_to(store: Store) -> None:
    """The times are measured by `make bench` with a million records; the plan tells why they are flat."""
    for number in range(3):
        store.publish(f"r{number}")
    seen: list[tuple[str, Any]] = []

    def note(connection: Any, cursor: Any, statement: str, parameters: Any, *rest: Any) -> None:
        seen.append((statement, parameters))

    sa.event.listen(store.database.engine, "before_cursor_execute", note)
    Client(store.database, 1).ask(verb="ListRecords", metadataPrefix="oai_dc")
    (query, parameters), *_ = [each for each in seen if "ORDER BY records.seq" in each[0]]
    with store.database.read() as connection:
        plan = [row[-1] for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {query}", parameters)]

    assert any(re.match(r"SEARCH records USING INDEX \S+ \(seq>\?", step) for step in plan), plan
    assert not any("SCAN records" in step or "ORDER BY" in step for step in plan), plan


def test_w02_what_changes_during_a_harvest_is_in_it_or_in_the_next_and_nothing_is_there_twice(store: Store) -> None:
    for number in range(6):
        store.publish(f"r{number}")
    client = Client(store.database, 2)
    first = client.ask(verb="ListRecords", metadataPrefix="oai_dc")
    store.publish("r5", after(hours=1), "new")
    store.publish("r0", after(hours=1), "new")
    store.publish("r6", after(hours=1))
    store.delete("r1", after(hours=1))

    listed = [item.text for item in first.iter(f"{OAI}identifier")]
    token = first.findtext(f".//{OAI}resumptionToken")
    while token:
        following = client.ask(verb="ListRecords", resumptionToken=token)
        listed += [item.text for item in following.iter(f"{OAI}identifier")]
        token = following.findtext(f".//{OAI}resumptionToken")
    increment = client.identifiers(**{"from": spelt(after(hours=1))})

    assert listed == [oai(f"r{number}") for number in range(5)]
    assert sorted(increment) == sorted(oai(name) for name in ("r5", "r0", "r6", "r1"))


def test_w03_of_two_writers_none_commits_a_change_behind_a_harvesters_back(database: Database) -> None:
    store, client = Store(database), Client(database)
    store.publish("first")
    begun, done = threading.Event(), threading.Event()

    def second_writer() -> None:
        begun.set()
        store.publish("late", after(minutes=1))
        done.set()

    with database.write() as connection:
        tick = advance(connection, 1, at(after(minutes=2)))
        thread = threading.Thread(target=second_writer)
        thread.start()
        begun.wait(5)
        between = client.identifiers()
        overtaken = done.is_set()
        changed = {"seq": tick.first, "datestamp": tick.datestamp}
        connection.execute(records.update().where(records.c.identifier == "first").values(**changed))
    thread.join(30)
    increment = client.headers(**{"from": spelt(after(minutes=1))})

    assert between == [oai("first")] and not overtaken
    assert [item.findtext(f"{OAI}identifier") for item in increment] == [oai("first"), oai("late")]
    stamps = [item.findtext(f"{OAI}datestamp") for item in increment]
    assert stamps == sorted(stamps) and stamps[0] == spelt(after(minutes=2))


def test_w04_a_deletion_is_told_with_a_new_datestamp_in_the_same_sets_after_two_restarts_still(tmp_path: Path) -> None:
    with closing(open_database("sqlite:///node.db", tmp_path)) as database:
        database.migrate(START)
        store = Store(database)
        store.publish("gone")
        store.publish("kept")
        sets = [spec.text for spec in get(Client(database), "gone").iter(f"{OAI}setSpec")]
        store.delete("gone", after(hours=1))

    for _ in range(2):
        with closing(open_database("sqlite:///node.db", tmp_path)) as database:
            client = Client(database)
            (told,) = client.headers(**{"from": spelt(after(minutes=1))})
            for header in (told, get(client, "gone").find(f".//{OAI}header")):
                assert header.get("status") == "deleted"
                assert header.findtext(f"{OAI}identifier") == oai("gone")
                assert header.findtext(f"{OAI}datestamp") == spelt(after(hours=1))
                assert [spec.text for spec in header.iter(f"{OAI}setSpec")] == sets
            assert get(client, "gone").find(f".//{OAI}metadata") is None
            for spec in sets:
                assert oai("gone") in client.identifiers(set=spec)
            assert client.identifiers(metadataPrefix="dcat")[-1] == oai("gone")


def test_w05_what_leaves_a_set_moves_its_datestamp_and_is_not_deleted(store: Store) -> None:
    store.publish("moved", sets=("source:test", "theme:ENVI"))
    store.publish("stays", sets=("source:test", "theme:ENVI"))

    store.publish("moved", after(hours=1), sets=("source:test",))
    client = Client(store.database)

    (told,) = client.headers(**{"from": spelt(after(minutes=1))})
    assert told.findtext(f"{OAI}identifier") == oai("moved") and told.get("status") is None
    assert [spec.text for spec in told.iter(f"{OAI}setSpec")] == ["source:test"]
    assert client.identifiers(set="theme:ENVI") == [oai("stays")]
    assert client.identifiers(set="source") == [oai("stays"), oai("moved")]


def test_w06_titles_that_xml_cannot_hold_break_no_page_and_no_other_record(store: Store) -> None:
    titles = ("a\x00b", "a\x0bb", "a\ufffeb", "a\ud800b", "]]>", "<b>&amp;</b>", "\x1b[31m", "a\uffff")
    for number, title in enumerate(titles):
        resource = Resource(iri=Iri(f"https://example.org/{number}"), title=(Literal(title),))
        rendered = tuple((writer.prefix, writer.write(resource)) for writer in WRITERS)
        store.publish(f"bad{number}", payloads=rendered)
        store.publish(f"good{number}")
    client = Client(store.database)

    for form in ("oai_dc", "oai_datacite", "dcat", "dcat_ap"):
        root = client.ask(verb="ListRecords", metadataPrefix=form)
        assert len(root.findall(f".//{OAI}metadata")) == (len(titles) if form == "oai_datacite" else 2 * len(titles))
    told = [each.text for each in client.ask(verb="ListRecords", metadataPrefix="oai_dc").iter("{*}title")]
    assert told[4:6] == ["]]>", "<b>&amp;</b>"]


def test_w07_the_earliest_datestamp_stays_where_it_is(tmp_path: Path) -> None:
    found = []
    with closing(open_database("sqlite:///node.db", tmp_path)) as database:
        database.migrate(START)
        store = Store(database)
        found.append(Client(database).ask(verb="Identify").findtext(f".//{OAI}earliestDatestamp"))
        store.publish("oldest")
        store.publish("other", after(days=1))
        found.append(Client(database).ask(verb="Identify").findtext(f".//{OAI}earliestDatestamp"))
        store.delete("oldest", after(days=2))
    with closing(open_database("sqlite:///node.db", tmp_path)) as database:
        database.migrate(after(days=3))
        found.append(Client(database).ask(verb="Identify").findtext(f".//{OAI}earliestDatestamp"))

    assert found == [spelt(START)] * 3


def test_w08_a_token_works_after_a_restart_and_never_after_its_day_or_under_another_key(store: Store) -> None:
    for number in range(4):
        store.publish(f"r{number}")
    token = Client(store.database, 2).token(verb="ListRecords", metadataPrefix="oai_dc", set="source:test")
    arguments = {"verb": "ListRecords", "resumptionToken": token}

    restarted = Client(store.database, 2).ask(**arguments)
    other_key = Client(store.database, 2, key=b"x" * 32).code(**arguments)
    with time_machine.travel(dt.datetime.now(dt.UTC) + dt.timedelta(hours=49)):
        late = Client(store.database, 2).code(**arguments)

    assert [item.text for item in restarted.iter(f"{OAI}identifier")] == [oai("r2"), oai("r3")]
    assert (other_key, late) == ("badResumptionToken", "badResumptionToken")


def test_w08_a_token_tells_nothing_of_how_much_is_hidden() -> None:
    tokens, now = Tokens(b"k" * 32, 24), dt.datetime.now(dt.UTC)

    def issued(last: int) -> str:
        state = ListState(verb="ListRecords", selection=Selection(prefix="oai_dc", last_seq=last), cursor=1, size=2)
        return tokens.issue(state, Audience.PUBLIC, now)[0]

    few, many = issued(7), issued(9_876_543_210)

    assert len(few) == len(many)
    assert issued(7) != few, "the same place would be known by its token"
    for position in range(len(few)):
        bent = few[:position] + ("A" if few[position] != "A" else "B") + few[position + 1 :]
        assert tokens.read(bent, "ListRecords", Audience.PUBLIC, now) is None
    for cut in (few[:-1], few + "A", few + "=", "", " " + few, few.replace("-", "+").replace("_", "/") + "\n"):
        assert tokens.read(cut, "ListRecords", Audience.PUBLIC, now) is None


def test_w09_a_page_lost_on_the_way_is_given_again(store: Store) -> None:
    for number in range(5):
        store.publish(f"r{number}")
    client = Client(store.database, 2)
    token = client.token(verb="ListRecords", metadataPrefix="oai_dc")
    query = urlencode({"verb": "ListRecords", "resumptionToken": token})

    lost = client.text(query)
    store.publish("r0", after(hours=1), "changed meanwhile")
    again = client.text(query)

    passing = re.compile(rb"<responseDate>.*?</responseDate>|<resumptionToken.*?</resumptionToken>")
    assert passing.sub(b"", lost) == passing.sub(b"", again)


def test_w10_who_comes_too_many_is_asked_to_come_again_and_then_gets_the_list(store: Store) -> None:
    store.publish("r0")
    client = Client(store.database, lists=1)
    client.app.extensions["fairnode.oai"] = turns = BoundedSemaphore(1)
    turns.acquire()
    waited: list[float] = []

    def sleep(seconds: float) -> None:
        waited.append(seconds)
        turns.release()

    server = make_server("127.0.0.1", 0, client.app, threaded=True)
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
    try:
        refused = client.http.get("/oai?verb=ListRecords&metadataPrefix=oai_dc")
        other = client.http.get("/oai?verb=Identify")
        fetch = HttpFetch(FetchSettings(allow_networks=("127.0.0.0/8",), retries=2, backoff=0), sleep=sleep)
        answer = fetch.get(f"http://127.0.0.1:{server.port}/oai?verb=ListRecords&metadataPrefix=oai_dc")
    finally:
        server.shutdown()
        server.server_close()

    assert refused.status_code == 503 and waited == [int(refused.headers["Retry-After"])]
    assert other.status_code == 200, "what is not a list is answered"
    assert oai("r0").encode() in answer.body
    assert turns.acquire(blocking=False), "each turn is given back"


def test_w11_where_datestamps_are_days_they_have_ten_characters_and_seconds_are_refused(store: Store) -> None:
    for hour in (0, 11, 23):
        store.publish(f"r{hour}", after(hours=hour))
    store.publish("next", after(days=1))
    client = Client(store.database, granularity="YYYY-MM-DD")
    identify = client.ask(verb="Identify")

    assert identify.findtext(f".//{OAI}granularity") == "YYYY-MM-DD"
    assert identify.findtext(f".//{OAI}earliestDatestamp") == "2026-01-01"
    assert {item.findtext(f"{OAI}datestamp") for item in client.headers()} == {"2026-05-01", "2026-05-02"}
    for window in ({"from": "2026-05-01T00:00:00Z"}, {"until": "2026-05-01T00:00:00Z"}):
        assert client.code(verb="ListRecords", metadataPrefix="oai_dc", **window) == "badArgument"
    assert client.identifiers(**{"from": "2026-05-01", "until": "2026-05-01"}) == [oai(f"r{h}") for h in (0, 11, 23)]
    assert client.identifiers(**{"from": "2026-05-02"}) == [oai("next")]


def test_w12_an_item_without_formats_and_a_node_without_sets_say_so(store: Store) -> None:
    empty = Client(store.database)
    before = (empty.code(verb="ListSets"), empty.code(verb="ListRecords", metadataPrefix="oai_dc", set="a"))
    store.publish("bare")
    store.publish("other")
    with store.database.write() as connection:
        bare = sa.select(records.c.id).where(records.c.identifier == "bare").scalar_subquery()
        connection.execute(payloads.delete().where(payloads.c.record_id == bare))
    client = Client(store.database)

    assert before == ("noSetHierarchy", "noSetHierarchy")
    assert client.code(verb="ListMetadataFormats", identifier=oai("bare")) == "noMetadataFormats"
    assert client.code(verb="ListMetadataFormats", identifier=oai("none")) == "idDoesNotExist"
    bare_in = {"verb": "GetRecord", "identifier": oai("bare"), "metadataPrefix": "oai_dc"}
    assert client.code(**bare_in) == "cannotDisseminateFormat"
    assert client.identifiers() == [oai("other")]
    assert client.code(verb="ListRecords", metadataPrefix="oai_dc", set="a") == "noRecordsMatch"


def test_w13_an_item_that_moves_between_two_sets_is_in_their_parents_list_once(store: Store) -> None:
    store.publish("moved", sets=("theme:ENVI", "theme:HEAL"))
    store.publish("other", sets=("theme:ENVI",))

    store.publish("moved", after(hours=1), sets=("theme:TECH", "theme:HEAL"))
    client = Client(store.database, 1)

    assert client.identifiers(set="theme") == [oai("other"), oai("moved")]
    assert client.identifiers(set="theme:ENVI") == [oai("other")]
    assert client.identifiers(set="theme:TECH") == client.identifiers(set="theme:HEAL") == [oai("moved")]


def harvested(node: str, about: bytes | None, identifier: str = "r") -> Prepared:
    """Return what a node makes of a record in oai_dc that came with an `about`."""
    payload = (
        b'<oai_dc:dc xmlns:oai_dc="http://www.openarchives.org/OAI/2.0/oai_dc/" '
        b'xmlns:dc="http://purl.org/dc/elements/1.1/"><dc:title>A thing</dc:title></oai_dc:dc>'
    )
    record = Record(header=Header(identifier=identifier), metadata=payload, about=(about,) if about else ())
    job = Job(
        base_url=node,
        source="test",
        metadata_prefix="oai_dc",
        agreement=Agreement(),
        profile="",
        today=NOW.date(),
    )
    (ready,) = prepare_all([("local", record)], job)
    return ready


def test_w14_provenance_is_nested_with_the_oldest_innermost_and_nothing_comes_back_to_where_it_was(
    store: Store,
) -> None:
    store.put(harvested(BASE, None))
    first = get(Client(store.database), "r").find(f".//{OAI}about")
    at_b = harvested("https://b.example.org", etree.tostring(first), identifier="r2")
    store.put(at_b)
    second = get(Client(store.database), "r2").find(f".//{OAI}about")

    chain = second.findall(f".//{PROVENANCE}baseURL")
    outer = second.find(f"{PROVENANCE}provenance/{PROVENANCE}originDescription")
    inner = outer.find(f"{PROVENANCE}originDescription")
    assert [each.text for each in chain] == ["https://source.example.org/oai"] * 2
    assert (outer.findtext(f"{PROVENANCE}identifier"), inner.findtext(f"{PROVENANCE}identifier")) == ("r2", "r")
    assert outer.get("harvestDate") == "2026-01-01T12:00:00Z" and outer.get("altered") == "true"

    told = etree.tostring(second)
    from_c = harvested("https://c.example.org", told)
    back = harvested("https://source.example.org", told)
    assert from_c.problem is None and from_c.origin_description is not None
    assert from_c.origin_description.count("<originDescription") == 2
    assert back.problem is not None and back.problem[0] == "mapping.own-record"


def test_w15_a_record_that_comes_back_is_live_again_with_a_newer_datestamp(store: Store) -> None:
    store.publish("phoenix")
    store.delete("phoenix", after(hours=1))
    gone = get(Client(store.database), "phoenix").find(f".//{OAI}header")

    store.publish("phoenix", after(hours=2), "again")
    (told,) = Client(store.database).headers(**{"from": spelt(after(hours=1))})

    assert gone.get("status") == "deleted" and told.get("status") is None
    assert told.findtext(f"{OAI}datestamp") == spelt(after(hours=2)) > gone.findtext(f"{OAI}datestamp")
    assert get(Client(store.database), "phoenix").find(f".//{OAI}metadata") is not None


def test_w16_a_compressed_answer_holds_what_a_plain_one_does_and_caches_are_told(store: Store) -> None:
    for number in range(9):
        store.publish(f"r{number}")
    client, found = Client(store.database), {}
    with time_machine.travel(dt.datetime.now(dt.UTC), tick=False):
        for encoding in ("gzip", "gzip;q=0", "identity", "", "*", "br, gzip;q=0.5"):
            asked = {"Accept-Encoding": encoding} if encoding else {}
            found[encoding] = client.http.get("/oai?verb=ListRecords&metadataPrefix=oai_dc", headers=asked)

    coded = {encoding for encoding, answer in found.items() if answer.headers.get("Content-Encoding") == "gzip"}
    bodies = {gzip.decompress(a.data) if e in coded else a.data for e, a in found.items()}
    assert coded == {"gzip", "*", "br, gzip;q=0.5"} and len(bodies) == 1
    assert all("Accept-Encoding" in answer.headers["Vary"] for answer in found.values())


def test_w17_a_day_in_twenty_four_windows_is_the_whole_day_without_gaps(store: Store) -> None:
    for minute in range(0, 24 * 60, 37):
        store.publish(f"r{minute}", after(minutes=minute))
        if minute % 5 == 0:
            store.publish(f"edge{minute}", after(hours=minute // 60, minutes=59, seconds=59))
    client = Client(store.database, 7)

    parts = [
        client.identifiers(**{"from": spelt(after(hours=hour)), "until": spelt(after(hours=hour + 1, seconds=-1))})
        for hour in range(24)
    ]

    everything = client.identifiers()
    assert [name for part in parts for name in part] == everything == client.identifiers(**{"from": "2026-05-01"})
    assert len(set(everything)) == len(everything) > 40
