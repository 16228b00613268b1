"""The OAI-PMH harvester against a real server that behaves like real repositories: badly."""

from __future__ import annotations

import datetime as dt
import gzip
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pytest

from harvesters.asking import Patience
from harvesters.oai_answers import read_answer
from harvesters.oai_identity import read_identity
from harvesters.oai_lists import ListLimits
from harvesters.oai_pmh import OaiPmhHarvester
from node.errors import FairnodeError, FetchError, HarvestError, HttpStatus, OaiError, SyntaxRefused, Truncated
from node.harvest.fetch import HttpFetch
from node.model.oai import Checkpoint, Page, Record, Window
from node.model.source import Source
from node.settings import FetchSettings
from node.syntax import parse_xml
from tests.servers.scripted import Answer, Scripted, Seen

OAI = "http://www.openarchives.org/OAI/2.0/"
XMLNS = f'xmlns="{OAI}"'
PAYLOAD = (
    '<oai_dc:dc xmlns:oai_dc="http://www.openarchives.org/OAI/2.0/oai_dc/" '
    'xmlns:dc="http://purl.org/dc/elements/1.1/"><dc:title>{}</dc:title></oai_dc:dc>'
)
EVERYTHING, BEGINNING = Window(), Checkpoint()
NOW = dt.datetime(2026, 4, 30, 9, 0, 1, tzinfo=dt.UTC)
Lister = Callable[[Seen], "str | Answer"]


def envelope(inside: str, *, xmlns: str = XMLNS, date: str = "2026-05-01T10:00:00Z") -> str:
    return (
        f'<?xml version="1.0" encoding="UTF-8"?>\n<OAI-PMH {xmlns}>\n<responseDate>{date}</responseDate>'
        f"<request>http://127.0.0.1/oai</request>\n{inside}</OAI-PMH>"
    )


def identify(granularity: str = "YYYY-MM-DDThh:mm:ssZ") -> str:
    return envelope(f"<Identify><granularity>{granularity}</granularity></Identify>", date="2026-04-30T09:00:00Z")


def record(name: str, title: str = "A title", *, status: str = "", metadata: str | None = None, more: str = "") -> str:
    inside = f"<metadata>{PAYLOAD.format(title)}</metadata>" if metadata is None else metadata
    return (
        f"<record><header{status}><identifier>oai:x:{name}</identifier><datestamp>2026-01-01</datestamp>"
        f"<setSpec>a:b</setSpec></header>\n{inside}{more}</record>\n"
    )


def listing(*records: str, token: str | None = None) -> str:
    end = "" if token is None else token if token.startswith("<") else f"<resumptionToken>{token}</resumptionToken>"
    return envelope(f"<ListRecords>{''.join(records)}{end}</ListRecords>")


def error(code: str, more: str = "") -> str:
    return envelope(f'<error code="{code}">no</error>{more}')


def repository(lister: Lister | Sequence[str | Answer], *, granularity: str = "YYYY-MM-DDThh:mm:ssZ") -> Scripted:
    """A server that identifies itself and lists by script (a function, or the pages in order; the last repeats)."""
    pages = [] if callable(lister) else list(lister)

    def script(seen: Seen) -> Answer:
        if seen.get("verb") == "Identify":
            given: str | Answer = identify(granularity)
        elif callable(lister):
            given = lister(seen)
        else:
            given = pages.pop(0) if len(pages) > 1 else pages[0]
        return given if isinstance(given, Answer) else Answer(given.encode(), headers={"Content-Type": "text/xml"})

    return Scripted(script)


def door() -> HttpFetch:
    return HttpFetch(FetchSettings(allow_networks=("127.0.0.0/8",), backoff=0.001, retries=2))


def harvest(
    server: Scripted,
    *,
    window: Window = EVERYTHING,
    checkpoint: Checkpoint = BEGINNING,
    sets: tuple[str, ...] = (),
    **limits: int,
) -> list[Page]:
    source = Source(name="x", url=server.url, set_specs=sets)
    harvester = OaiPmhHarvester(patience=Patience(sleep=lambda _: None), limits=ListLimits(**limits), clock=lambda: NOW)
    return list(harvester.pages(source, door(), window, checkpoint))


def names(pages: Sequence[Page]) -> list[str]:
    return [each.header.identifier.removeprefix("oai:x:") for page in pages for each in page.records]


def asked(server: Scripted) -> list[dict[str, str]]:
    return [dict(seen.params) for seen in server.seen if seen.get("verb") == "ListRecords"]


def codes(page: Page) -> list[str]:
    return [finding.code for finding in page.findings]


# --- lists and tokens


def test_a_list_is_followed_to_its_end() -> None:
    pages = [listing(record("1"), record("2"), token=" t+1/2&=%C3 \n"), listing(record("3"), token="")]
    with repository(pages) as server:
        found = harvest(server)

    assert names(found) == ["1", "2", "3"]
    assert asked(server) == [
        {"verb": "ListRecords", "metadataPrefix": "oai_dc"},
        {"verb": "ListRecords", "resumptionToken": "t+1/2&=%C3"},
    ]
    assert [page.listed for page in found] == [2, 1]
    assert found[-1].checkpoint.done
    assert found[-1].checkpoint.listed == 3
    assert found[-1].checkpoint.bookmark == "2026-04-30T08:00:00Z", "the clock before the list began, less an hour"
    assert found[0].response_date == "2026-05-01T10:00:00Z"
    assert found[0].metadata_namespace == "http://www.openarchives.org/OAI/2.0/oai_dc/"


@pytest.mark.parametrize(
    "last",
    [
        None,
        "<resumptionToken/>",
        "<resumptionToken> \n </resumptionToken>",
        '<resumptionToken cursor="9" completeListSize="1"/>',
    ],
)
def test_the_last_token_may_be_missing_empty_or_carry_attributes(last: str | None) -> None:
    with repository([listing(record("1"), token=last)]) as server:
        found = harvest(server)

    assert names(found) == ["1"]
    assert found[-1].checkpoint.done


def test_the_announced_size_is_read_and_nonsense_is_not() -> None:
    sized = '<resumptionToken completeListSize="2" cursor="0">t</resumptionToken>'
    odd = '<resumptionToken completeListSize="many"/>'
    with repository([listing(record("1"), token=sized), listing(record("2"), token=odd)]) as server:
        found = harvest(server)

    assert [page.complete_list_size for page in found] == [2, None]


def test_a_harvest_goes_on_where_a_checkpoint_stands() -> None:
    def lister(seen: Seen) -> str:
        at = int(seen.get("resumptionToken") or 0)
        return listing(record(str(at)), token=str(at + 1) if at < 4 else "")

    with repository(lister) as server:
        whole = harvest(server)
        rest = harvest(server, checkpoint=whole[1].checkpoint)

    assert names(rest) == ["2", "3", "4"]
    assert rest[-1].checkpoint == whole[-1].checkpoint
    assert harvest(server, checkpoint=whole[-1].checkpoint) == []


def test_sets_are_listed_one_by_one() -> None:
    def lister(seen: Seen) -> str:
        if seen.get("set") == "b":
            return error("noRecordsMatch")
        token = seen.get("resumptionToken")
        name = seen.get("set") or token or "?"
        return listing(record(name), token="a2" if name == "a" else "")

    with repository(lister) as server:
        found = harvest(server, sets=("a", "b", "c"))
        again = harvest(server, sets=("a", "b", "c"), checkpoint=found[1].checkpoint)

    assert names(found) == ["a", "a2", "c"]
    assert [page.checkpoint.set_spec for page in found] == ["a", "b", "c", None]
    assert [page.checkpoint.done for page in found] == [False, False, False, True]
    assert names(again) == ["c"]


def test_a_repeated_token_ends_the_harvest_in_an_error() -> None:
    with (
        repository([listing(record("1"), token="same")]) as server,
        pytest.raises(HarvestError, match=r"same.*circles"),
    ):
        harvest(server)

    assert len(asked(server)) == 2


@pytest.mark.parametrize("length", [2, 3, 31, 33, 100])
def test_a_circle_of_tokens_ends_the_harvest_in_an_error(length: int) -> None:
    def lister(seen: Seen) -> str:
        at = int(seen.get("resumptionToken") or 0)
        return listing(record(str(at)), token=str(1 + at % length))

    with repository(lister) as server, pytest.raises(HarvestError, match="circles"):
        harvest(server)

    assert len(asked(server)) <= 4 * length + 4


def test_a_circle_is_noticed_across_processes() -> None:
    def lister(seen: Seen) -> str:
        at = int(seen.get("resumptionToken") or 0)
        return listing(record(str(at)), token=str(1 + at % 100))

    source_pages = 0
    checkpoint = Checkpoint()
    with repository(lister) as server, pytest.raises(HarvestError, match="circles"):
        for _ in range(1000):  # a new process for every page
            source = Source(name="x", url=server.url)
            page = next(iter(OaiPmhHarvester().pages(source, door(), Window(), checkpoint)))
            checkpoint = page.checkpoint
            source_pages += 1
            assert len(checkpoint.seen_positions) <= 33

    assert source_pages <= 400


def test_tokens_without_end_but_never_the_same_are_stopped_where_pages_are_empty() -> None:
    def lister(seen: Seen) -> str:
        return listing(token=str(int(seen.get("resumptionToken") or 0) + 1))

    with repository(lister) as server, pytest.raises(HarvestError, match="without a record"):
        harvest(server, empty_pages=5)


def test_an_empty_page_with_a_token_is_not_the_end() -> None:
    with repository([listing(record("1"), token="t1"), listing(token="t2"), listing(record("2"), token="")]) as server:
        found = harvest(server)

    assert names(found) == ["1", "2"]


@pytest.mark.parametrize(
    "pages", [[error("noRecordsMatch")], [listing(record("1"), token="t"), error("noRecordsMatch")]]
)
def test_no_records_match_is_the_end_with_a_token_too(pages: list[str]) -> None:
    with repository(pages) as server:
        found = harvest(server)

    assert found[-1].checkpoint.done
    assert found[-1].records == ()


def test_a_bad_token_begins_the_list_again() -> None:
    script = [
        listing(record("1"), token="t1"),
        error("badResumptionToken"),
        listing(record("1"), token="t1"),
        listing(record("2"), token=""),
    ]
    with repository(script) as server:
        found = harvest(server)

    assert names(found) == ["1", "1", "2"]
    assert [codes(page) for page in found] == [[], ["harvest.list-restarted"], []]
    assert found[-1].checkpoint.done


def test_a_token_that_is_always_bad_is_an_error_not_an_end() -> None:
    def lister(seen: Seen) -> str:
        return error("badResumptionToken") if seen.get("resumptionToken") else listing(record("1"), token="t1")

    with repository(lister) as server, pytest.raises(OaiError) as caught:
        harvest(server, restarts=2)

    assert caught.value.oai_code == "badResumptionToken"
    # The list is split once its restarts are used up; the first page of a half shows that it goes by no dates.
    assert len(asked(server)) == 6 + 1


def test_a_bad_token_on_resuming_begins_the_list_again() -> None:
    stale = Checkpoint(position="old", pages=7, listed=70, bookmark="2026-01-01T00:00:00Z")
    with repository([error("badResumptionToken"), listing(record("1"), token="")]) as server:
        found = harvest(server, checkpoint=stale)

    assert names(found) == ["1"]
    assert (found[-1].checkpoint.pages, found[-1].checkpoint.listed) == (8, 71)
    assert found[-1].checkpoint.bookmark == "2026-01-01T00:00:00Z"


# --- dates


@pytest.mark.parametrize(
    ("granularity", "window", "spelt"),
    [
        ("YYYY-MM-DD", Window(from_="2026-01-02T03:04:05Z"), {"from": "2026-01-02"}),
        ("YYYY-MM-DDThh:mm:ssZ", Window(from_="2026-01-02T03:04:05Z"), {"from": "2026-01-02T03:04:05Z"}),
        (
            "YYYY-MM-DDThh:mm:ssZ",
            Window(from_="2026-01-02", until="2026-01-03"),
            {"from": "2026-01-02", "until": "2026-01-03"},
        ),
        (
            "YYYY-MM-DDThh:mm:ssZ",
            Window(from_="2026-01-02T03:04:05Z", until="2026-01-03"),
            {"from": "2026-01-02T03:04:05Z", "until": "2026-01-03T23:59:59Z"},
        ),
    ],
)
def test_a_window_is_spelt_in_the_repositorys_granularity(
    granularity: str, window: Window, spelt: dict[str, str]
) -> None:
    with repository([listing(record("1"))], granularity=granularity) as server:
        harvest(server, window=window)

    assert asked(server)[0] == {"verb": "ListRecords", "metadataPrefix": "oai_dc", **spelt}


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        ("2026-04-30T09:00:00+02:00", "2026-04-30T07:00:00Z"),
        ("2026-04-30T09:00:00.123Z", "2026-04-30T09:00:00Z"),
        ("2026-04-30", "2026-04-30T00:00:00Z"),
        ("yesterday", None),
    ],
)
def test_an_odd_response_date_becomes_a_usable_one_or_none(said: str, kept: str | None) -> None:
    from harvesters.oai_spelling import utc_seconds

    assert utc_seconds(said) == kept


# --- records


def test_records_are_read_as_they_are() -> None:
    page = listing(
        record("live", "Ü &amp; 漢", more="<about><p:provenance xmlns:p='urn:p'/></about>"),
        record("deleted", status=' status="deleted"', metadata=""),
        record("deleted-with-metadata", status=' status=" Deleted "'),
        record("bare", metadata=""),
        record("empty", metadata="<metadata> <!-- none --> </metadata>"),
        record("two", metadata="<metadata><a xmlns='urn:a'/><b xmlns='urn:b'/></metadata>"),
        record("", metadata="").replace("oai:x:", ""),
        "<record><metadata><a xmlns='urn:a'/></metadata></record>",
    )
    with repository([page]) as server:
        (found,) = harvest(server)

    live, deleted, with_metadata, bare, empty, two, nameless, headless = found.records
    assert found.listed == 8
    assert live.header.set_specs == ("a:b",)
    assert live.header.datestamp == "2026-01-01"
    assert "Ü & 漢" in "".join(parse_xml(live.metadata or b"").itertext())
    assert b"provenance" in live.about[0] and parse_xml(live.about[0]) is not None
    assert [each.header.deleted for each in found.records[:4]] == [False, True, True, False]
    assert deleted.metadata is None and with_metadata.metadata is None
    assert [each.findings[0].code for each in (bare, empty, two)] == [
        "harvest.no-metadata",
        "harvest.no-metadata",
        "harvest.several-payloads",
    ]
    assert bare.raw is not None and b"oai:x:bare" in bare.raw
    assert two.metadata is not None and b"urn:a" in two.metadata
    assert nameless.header.identifier == headless.header.identifier == ""


def test_a_payload_keeps_the_namespaces_bound_around_it() -> None:
    inside = "<metadata><q:thing xsi:type='v:kind'><q:deep/></q:thing></metadata>"
    page = envelope(
        f"<ListRecords>{record('1', metadata=inside)}</ListRecords>",
        xmlns=f"{XMLNS} xmlns:q='urn:q' xmlns:v='urn:v' xmlns:xsi='http://www.w3.org/2001/XMLSchema-instance'",
    )
    with repository([page]) as server:
        (found,) = harvest(server)

    payload = parse_xml(found.records[0].metadata or b"")
    assert payload.tag == "{urn:q}thing"
    assert payload.nsmap["v"] == "urn:v"
    assert found.metadata_namespace == "urn:q"


def test_protocol_elements_inside_a_payload_are_payload() -> None:
    inner = (
        f"<metadata><wrap {XMLNS}><record><header><identifier>inner</identifier></header></record>"
        '<error code="badArgument">inner</error><resumptionToken>inner</resumptionToken></wrap></metadata>'
    )
    with repository([listing(record("outer", metadata=inner))]) as server:
        (found,) = harvest(server)

    assert names([found]) == ["outer"]
    assert found.listed == 1
    assert found.checkpoint.done


@pytest.mark.parametrize(
    "xmlns", ['xmlns="https://www.openarchives.org/OAI/2.0/"', 'xmlns="http://www.openarchives.org/OAI/2.0"', ""]
)
def test_a_misspelt_or_missing_namespace_is_accepted_and_said(xmlns: str) -> None:
    with repository([envelope(f"<ListRecords>{record('1')}</ListRecords>", xmlns=xmlns)]) as server:
        (found,) = harvest(server)

    assert names([found]) == ["1"]
    assert codes(found) == ["harvest.namespace"]


# --- answers that are none


@pytest.mark.parametrize(
    "page",
    [
        "<!DOCTYPE html><html><head><title>Maintenance &amp; more</title><body><p>Sorry<br></body></html>",
        "\ufeff\n<HTML><title>Maintenance &amp; more</title>",
        '<html xmlns="http://www.w3.org/1999/xhtml"><head><title>Maintenance &amp; more</title></head></html>',
    ],
)
@pytest.mark.parametrize("first", [True, False])
def test_an_html_page_is_a_clear_error_also_on_a_later_page(page: str, first: bool) -> None:
    with (
        repository([page] if first else [listing(record("1"), token="t"), page]) as server,
        pytest.raises(HarvestError, match="HTML page"),
    ):
        harvest(server)


@pytest.mark.parametrize("page", ["<feed xmlns='http://www.w3.org/2005/Atom'/>", envelope("<Identify/>"), envelope("")])
def test_another_document_is_an_error_not_an_empty_list(page: str) -> None:
    with repository([page]) as server, pytest.raises(HarvestError):
        harvest(server)


@pytest.mark.parametrize("status", [200, 400, 404, 422, 500, 503])
def test_an_oai_error_is_read_under_any_status(status: int) -> None:
    with (
        repository([Answer(error("cannotDisseminateFormat").encode(), status=status)]) as server,
        pytest.raises(OaiError) as caught,
    ):
        harvest(server)

    assert caught.value.oai_code == "cannotDisseminateFormat"


def test_no_records_match_under_404_is_an_empty_list() -> None:
    with repository([Answer(error("noRecordsMatch").encode(), status=404)]) as server:
        found = harvest(server)

    assert found[-1].checkpoint.done


def test_a_status_without_an_oai_error_stays_what_it_is() -> None:
    with repository([Answer(b"<html>no</html>", status=403)]) as server, pytest.raises(HttpStatus):
        harvest(server)


def test_pages_before_a_failure_stay_valid() -> None:
    with repository([listing(record("1"), token="t"), Answer(status=500)]) as server:
        pages = OaiPmhHarvester().pages(Source(name="x", url=server.url), door(), Window(), Checkpoint())

        first = next(pages)
        with pytest.raises(FetchError):
            next(pages)

    assert first.checkpoint.position == "t"


# --- XML that is broken


@pytest.mark.parametrize("cut", [0, 60, 200, 400, 560])
def test_truncated_xml_is_asked_for_again(cut: int) -> None:
    whole = listing(record("1"), record("2"), token="")
    assert cut < len(whole)
    with repository([whole[:cut], whole[:cut], whole]) as server:
        fetch = door()
        harvester = OaiPmhHarvester(patience=Patience(sleep=lambda _: None))
        pages = list(harvester.pages(Source(name="x", url=server.url), fetch, Window(), Checkpoint()))

    assert names(pages) == ["1", "2"]
    assert fetch.retries == 2


def test_xml_that_always_ends_early_is_an_error_never_a_short_list() -> None:
    with repository([listing(record("1"), record("2"), token="t")[:-40]]) as server, pytest.raises(Truncated):
        harvest(server, splits_in_vain=0)

    assert len(asked(server)) == 4


@pytest.mark.parametrize(
    ("broken", "mended"),
    [
        (record("2", "a\x0bb"), "ab"),
        (record("2", "a&#11;b&#x0;&#xD800;&#99999999999;"), "ab"),
        (record("2", "R & D &c"), "R & D &c"),
        (record("2", "a&nbsp;b&eacute;&bogus;"), "a\xa0bé&bogus;"),
        (record("2", "a<![CDATA[\x00& <b>]]>&"), "a& <b>&"),
        (record("2", "a <?xml version='1.0'?>b"), "a b"),
        (record("2").replace(' xmlns:dc="http://purl.org/dc/elements/1.1/"', ""), "A title"),
        (record("2", "a\ufffe\uffffb"), "ab"),
    ],
    ids=["control", "references", "ampersands", "entities", "cdata", "declaration", "prefix", "noncharacters"],
)
def test_xml_that_is_nearly_well_formed_is_mended_and_said(broken: str, mended: str) -> None:
    page = listing(record("1"), broken, record("3"), token="t")
    with repository([page, listing(record("4"), token="")]) as server:
        found = harvest(server)

    one, two, three, _ = (each for page in found for each in page.records)
    assert names(found) == ["1", "2", "3", "4"]
    assert found[0].listed == 3
    assert "".join(parse_xml(two.metadata or b"").itertext()) == mended
    assert codes(found[0]) == ["harvest.repaired"]
    assert codes(found[1]) == []
    assert one.findings == three.findings == ()
    if "title" not in mended:
        assert [each.code for each in two.findings] == ["harvest.record-repaired"]


@pytest.mark.parametrize(
    "body",
    [
        b"\xef\xbb\xbf" + listing(record("1", "é")).encode(),
        b"\r\n\r\n" + listing(record("1", "é")).encode(),
        b"Warning: mysql_connect() in /www/oai.php\n" + listing(record("1", "é")).encode(),
        listing(record("1", "é")).encode() + b"\n<!-- 0.3 s --></body></html>",
        listing(record("1", "é")).encode("cp1252"),
        listing(record("1", "é")).replace("UTF-8", "ISO-8859-1").encode("latin-1"),
        listing(record("1", "é")).replace("UTF-8", "UTF-16").encode("utf-16"),
        gzip.decompress(gzip.compress(listing(record("1", "é")).encode())),
    ],
    ids=["mark", "blank lines", "before", "after", "windows-1252", "latin-1", "utf-16", "plain"],
)
def test_encodings_and_surroundings_do_no_harm(body: bytes) -> None:
    with repository([Answer(body)]) as server:
        found = harvest(server)

    assert "é" in "".join(parse_xml(found[0].records[0].metadata or b"").itertext())
    assert found[0].checkpoint.done


def test_one_broken_record_does_not_cost_the_others() -> None:
    broken = record("2", "a <b> c").replace("<identifier>", "<identifier> ")
    with repository([listing(record("1"), broken, record("3"), token="t"), listing(record("4"))]) as server:
        found = harvest(server)

    damaged = found[0].records[1]
    assert names(found) == ["1", "2", "3", "4"]
    assert found[0].listed == 3
    assert damaged.metadata is None
    assert damaged.raw is not None and b"a <b> c" in damaged.raw
    assert [each.code for each in damaged.findings] == ["harvest.record-damaged"]
    assert damaged.header.set_specs == ("a:b",)
    assert found[0].checkpoint.position == "t"


@pytest.mark.parametrize(
    "page",
    [
        listing(record("1"), record("2").removesuffix("</record>\n"), token="t") + " ",
        listing(record("1"), record("2") + "</record>", token="t"),
        listing(record("1"), token="<resumptionToken>t</resumption>"),
    ],
)
def test_what_cannot_be_told_apart_is_refused_whole(page: str) -> None:
    with repository([page]) as server, pytest.raises(SyntaxRefused):
        harvest(server)


def test_a_doctype_is_refused_whatever_it_says() -> None:
    evil = listing(record("1", "&file;")).replace(
        "<OAI-PMH", '<!DOCTYPE OAI-PMH [<!ENTITY file SYSTEM "file:///etc/hostname">]><OAI-PMH', 1
    )
    with repository([evil]) as server, pytest.raises(SyntaxRefused, match="DOCTYPE"):
        harvest(server)


def test_a_long_text_does_not_end_the_list() -> None:
    with repository([listing(record("1", "x" * 12_000_000), token="t"), listing(record("2"))]) as server:
        assert names(harvest(server)) == ["1", "2"]


def test_an_identify_that_cannot_be_read_is_said_and_the_list_begins_all_the_same() -> None:
    def script(seen: Seen) -> Answer:
        broken = seen.get("verb") == "Identify"
        return Answer(b"<OAI-PMH a=b></OAI-PMH>" if broken else listing(record("1")).encode())

    with Scripted(script) as server:
        (found,) = harvest(server)

    assert codes(found) == ["harvest.identify-unreadable"]
    assert found.checkpoint.bookmark == "2026-04-29", "of the first answer, and a day before ours at the latest"


# --- the real world


def test_every_real_answer_is_read_or_refused_with_a_reason(real_fixtures: Path) -> None:
    def files() -> Iterator[Path]:
        return (path for path in sorted((real_fixtures / "oai").rglob("*")) if path.is_file())

    read, refused = 0, 0
    for path in files():
        body = path.read_bytes()
        for reader in (read_answer, read_identity):
            try:
                answer = reader(body, path.name)
            except FairnodeError as problem:
                assert problem.message, path
                refused += 1
                continue
            read += 1
            records: tuple[Record, ...] = getattr(answer, "records", ())
            assert getattr(answer, "listed", 0) == len(records), path
            for each in records:
                assert each.header.deleted or each.metadata is not None or each.raw is not None, path
                if each.metadata is not None:
                    parse_xml(each.metadata)

    assert read > 100
    assert refused > 10
