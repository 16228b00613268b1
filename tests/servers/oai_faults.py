"""Faults of OAI-PMH providers, one for each point that `fairnode oai verify` checks: misread requests, bent answers."""

from __future__ import annotations

import datetime as dt
import re
import threading
from dataclasses import replace

from node.conformance.subject import NOBODY
from tests.servers.faulty_oai import Asked, Fault, Reply, Send

VERBS = ("Identify", "ListMetadataFormats", "ListSets", "ListIdentifiers", "ListRecords", "GetRecord")
LISTS = ("ListIdentifiers", "ListRecords")
FORMATS = {"oai_dc", "oai_datacite", "dcat", "dcat_ap"}


def now() -> dt.datetime:
    return dt.datetime.now(dt.UTC)


def edit(pattern: str, by: str, *verbs: str, count: int = 0) -> Fault:
    """Answer with another text, to some verbs or to all."""
    return lambda send, asked: (
        send(asked).edited(pattern, by, count) if not verbs or asked.given.get("verb") in verbs else send(asked)
    )


def unless(legal: bool, send: Send, asked: Asked, instead: Asked) -> Reply:
    return send(asked if legal else instead)


def first_only(send: Send, asked: Asked) -> Reply:
    """See the first of repeated arguments only."""
    return send(asked.having(tuple(dict(reversed(asked.pairs)).items())))


def without(*names: str) -> Fault:
    """Do not look at some arguments."""
    return lambda send, asked: send(asked.but(**dict.fromkeys(names)))


def restarting(send: Send, asked: Asked) -> Reply:
    """Begin anew where a token is not understood."""
    reply = send(asked)
    if "badResumptionToken" in reply.text and asked.given.get("verb") in LISTS:
        return send(asked.having((("verb", asked.given["verb"]), ("metadataPrefix", "oai_dc"))))
    return reply


def understanding(*, prefix: str = "oai_dc") -> Fault:
    """Take a format for granted that is not named, or not known."""

    def fault(send: Send, asked: Asked) -> Reply:
        known = asked.given.get("metadataPrefix") in FORMATS
        wanted = asked.given.get("verb") in (*LISTS, "GetRecord") and "resumptionToken" not in asked.given
        return unless(known or not wanted, send, asked, asked.but(metadataPrefix=prefix))

    return fault


def forgiving_dates(send: Send, asked: Asked) -> Reply:
    bad = {
        name
        for name in ("from", "until")
        if not re.fullmatch(r"\d{4}-\d\d-\d\d(T[\d:]{8}Z)?", asked.given.get(name, ""))
    }
    return send(asked.having(tuple(pair for pair in asked.pairs if pair[0] not in bad)))


def cut_dates(send: Send, asked: Asked) -> Reply:
    """Look at the days of dates only."""
    return send(asked.having(tuple((k, v[:10] if k in ("from", "until") else v) for k, v in asked.pairs)))


def swapped_dates(send: Send, asked: Asked) -> Reply:
    given = asked.given
    if given.get("from", "") > given.get("until", "~"):
        return send(asked.but(from_=given["until"], until=given["from"]))
    return send(asked)


def unfractioned(send: Send, asked: Asked) -> Reply:
    return send(asked.having(tuple((k, v.replace(".000Z", "Z")) for k, v in asked.pairs)))


def exclusive_until(send: Send, asked: Asked) -> Reply:
    if len(until := asked.given.get("until", "")) == 20 and until[17:19] != "00":
        return send(asked)
    if len(until) == 20:
        earlier = dt.datetime.fromisoformat(until) - dt.timedelta(seconds=1)
        if (spelt := earlier.strftime("%Y-%m-%dT%H:%M:%SZ")) >= asked.given.get("from", ""):
            return send(asked.but(until=spelt))
        return send(asked.but(until=spelt, from_=spelt))
    return send(asked)


def days_begin(send: Send, asked: Asked) -> Reply:
    """Take until=DAY for its first second."""
    if len(day := asked.given.get("until", "")) == 10 and len(asked.given.get("from", "")) == 10:
        return send(asked.but(from_=f"{asked.given['from']}T00:00:00Z", until=f"{day}T00:00:00Z"))
    return send(asked)


class Once:
    """Tokens that work once, or only until a later one was used."""

    def __init__(self, *, latest_too: bool) -> None:
        self.used: list[str] = []
        self.latest_too = latest_too

    def __call__(self, send: Send, asked: Asked) -> Reply:
        token = asked.given.get("resumptionToken")
        if token is not None and asked.given.get("verb") == "ListRecords":
            if token in (self.used if self.latest_too else self.used[:-1]):
                return send(asked.but(resumptionToken="used"))
            self.used.append(token)
        return send(asked)


def undecoded(send: Send, asked: Asked) -> Reply:
    """Do not decode identifiers."""
    return unless("%3A" not in asked.query, send, asked, asked.but(identifier="oai%3Ax"))


def trailing_page(send: Send, asked: Asked) -> Reply:
    if asked.given.get("resumptionToken") == "one-more":
        return send(asked.but(resumptionToken="junk")).edited("<error .*?</error>", "<ListRecords></ListRecords>")
    if asked.given.get("verb") == "ListRecords":
        return send(asked).edited(r"(<resumptionToken[^>]*>)</", r"\1one-more</")
    return send(asked)


def tokens_of_any_verb(send: Send, asked: Asked) -> Reply:
    return send(asked.but(verb="ListRecords") if "resumptionToken" in asked.given else asked)


class Forgetful:
    """Later pages of a window are those of the whole list."""

    def __init__(self) -> None:
        self.windows: set[str] = set()

    def __call__(self, send: Send, asked: Asked) -> Reply:
        token = asked.given.get("resumptionToken", "")
        if token in self.windows:
            whole = send(asked.having((("verb", "ListRecords"), ("metadataPrefix", "dcat"))))
            return send(asked.but(resumptionToken=re.search("<resumptionToken[^>]*>([^<]+)", whole.text)[1]))
        reply = send(asked)
        if "from" in asked.given:
            self.windows.update(re.findall("<resumptionToken[^>]*>([^<]+)", reply.text))
        return reply


def jumbled_in_threads(send: Send, asked: Asked) -> Reply:
    elsewhere = threading.current_thread() is not threading.main_thread()
    return send(asked).edited("<record>.*?</record>", "", count=1) if elsewhere else send(asked)


def broken_by(pattern: str, status: int = 500) -> Fault:
    return lambda send, asked: replace(send(asked), status=status) if re.search(pattern, asked.query) else send(asked)


def when(test: str, change: Fault) -> Fault:
    """Break what a query matches."""
    return lambda send, asked: change(send, asked) if re.search(test, asked.query) else send(asked)


def to_known(send: Send, asked: Asked) -> Reply:
    """Answer for an identifier that is not there with a record that is."""
    reply = send(asked)
    if "idDoesNotExist" not in reply.text:
        return reply
    listed = send(asked.having((("verb", "ListIdentifiers"), ("metadataPrefix", "oai_dc"))))
    known = re.search("<identifier>(.*?)</identifier>", listed.text)
    assert known is not None
    return send(asked.but(identifier=known[1]))


def headers(change: dict[str, str]) -> Fault:
    return lambda send, asked: replace(send(asked), headers={**send(asked).headers, **change})


def no_records(send: Send, asked: Asked) -> Reply:
    verb = asked.given.get("verb", "")
    return send(asked).edited('<error code="noRecordsMatch">.*?</error>', f"<{verb}></{verb}>")


FAULTS: dict[str, Fault] = {
    "H01": lambda send, asked: send(asked.having(()) if asked.method == "POST" else asked),
    "H02": lambda send, asked: send(asked.having(()) if "charset" in str(asked.headers) else asked),
    "H03": headers({"content-type": "application/xml"}),
    "H04": lambda send, asked: replace(send(asked), status=422 if "<error" in send(asked).text else 200),
    "H05": edit(r"<\?xml.*?\?>", ""),
    "H06": edit("http://www.openarchives.org/OAI/2.0/OAI-PMH.xsd", "https://www.openarchives.org/OAI/2.0/OAI-PMH.xsd"),
    "H07": edit("(<responseDate>.*?</responseDate>)(.*?)(<request.*?</request>)", r"\3\2\1"),
    "H08": edit("<responseDate>.*?<", "<responseDate>2001-01-01T00:00:00Z<"),
    "H09": edit("<request [^>]*>", "<request>"),
    "H10": edit(r'<request>(.*?<error code="bad(?:Verb|Argument)")', r'<request verb="ListRecords">\1'),
    "H11": edit("(<identifier>[^<]*</identifier>)(<datestamp>.*?</datestamp>)", r"\2\1"),
    "H12": lambda send, asked: replace(send(asked), headers={"content-encoding": "gzip", "content-type": "text/xml"}),
    "H13": undecoded,
    "H14": lambda send, asked: send(asked.having(tuple(
        (k, {each.lower(): each for each in VERBS}.get(v.lower(), v)) for k, v in asked.pairs))),
    "E01": lambda send, asked: send(asked if asked.given.get("verb") else asked.but(verb="Identify")),
    "E02": lambda send, asked: unless(asked.given.get("verb") in VERBS, send, asked, asked.but(verb="Identify")),
    "E03": first_only,
    "E04": first_only,
    "E05": without("unknown"),
    "E06": understanding(),
    "E07": to_known,
    "E08": understanding(),
    "E09": when("verb=GetRecord", without("set", "from", "until")),
    "E10": understanding(),
    "E11": understanding(),
    "E12": forgiving_dates,
    "E13": cut_dates,
    "E14": swapped_dates,
    "E15": unfractioned,
    "E16": restarting,
    "E17": lambda send, asked: send(asked.having(tuple(
        pair for pair in asked.pairs
        if "resumptionToken" not in asked.given or pair[0] in ("verb", "resumptionToken")))),
    "E18": lambda send, asked: replace(send(asked), text=send(asked).text.replace("&lt;", "<")),
    "E19": broken_by("%00"),
    "E20": broken_by("x{500}"),
    "I01": edit("<adminEmail>.*?<", "<adminEmail>nobody<", "Identify"),
    "I02": edit("<baseURL>.*?<", "<baseURL>http://127.0.0.1/other<", "Identify"),
    "I03": edit("(<earliestDatestamp>[^T]*)T.*?<", r"\1<", "Identify"),
    "I04": edit("<earliestDatestamp>2026", "<earliestDatestamp>2027", "Identify"),
    "I05": edit("persistent", "no", "Identify"),
    "I06": edit("hh:mm:ssZ<", "hh:mm:ss<", "Identify"),
    "I07": edit("<repositoryIdentifier>.*?<", "<repositoryIdentifier>other.example.org<", "Identify"),
    "M01": edit("oai_dc.xsd", "dc.xsd", "ListMetadataFormats"),
    "M02": without("identifier"),
    "M03": edit("datacite.org/oai/oai-1.1/</metadataN", "datacite.org/oai/oai-1.0/</metadataN", "ListMetadataFormats"),
    "M04": lambda send, asked: unless(
        "cannotDisseminate" not in send(asked).text, send, asked, asked.but(metadataPrefix="oai_dc")),
    "M05": lambda send, asked: unless(
        asked.given.get("metadataPrefix") != "oai_datacite" or "set" in asked.given, send, asked,
        asked.but(set="source:beta")),
    "S01": edit("(<set>.*?</set>)", r"\1\1", "ListSets"),
    "S02": when(f"set={NOBODY}", without("set")),
    "S03": without("set"),
    "S04": lambda send, asked: send(asked.but(set="source:alpha") if asked.given.get("set") == "source" else asked),
    "S05": edit("<setSpec>.*?</setSpec>", "", "GetRecord"),
    "S06": edit("<set><setSpec>source:beta.*?</set>", "", "ListSets"),
    "L01": edit("<header>.*?</header>", "", "ListIdentifiers", count=1),
    "L02": edit("(<record>.*?</record>)", r"\1\1", "ListRecords", count=1),
    "L03": edit("Z</datestamp>", ".5Z</datestamp>", "ListRecords"),
    "L04": exclusive_until,
    "L05": when("from=.*Z", without("from")),
    "L06": days_begin,
    "L07": no_records,
    "L08": edit('(status="deleted".*?</header>)', r'\1<metadata><x xmlns="urn:x"/></metadata>', "ListRecords"),
    "L09": edit("<identifier>oai:", "<identifier>no uri ", "ListRecords"),
    "L10": edit(r'(<oai_dc:dc [^>]*)xsi:schemaLocation="[^"]*"', r"\1", "ListRecords"),
    "T01": edit("<resumptionToken[^>]*></resumptionToken>", "", "ListRecords"),
    "T02": lambda send, asked: send(asked) if "resumptionToken" in send(asked).text else send(asked).edited(
        "</(ListRecords|ListIdentifiers)>", r"<resumptionToken/></\1>"),
    "T03": Once(latest_too=True),
    "T04": Once(latest_too=False),
    "T05": edit('cursor="100"', 'cursor="1"', "ListRecords"),
    "T06": edit('completeListSize="', 'completeListSize="1', "ListRecords"),
    "T07": edit('expirationDate="2', 'expirationDate="1', "ListRecords"),
    "T08": tokens_of_any_verb,
    "T09": restarting,
    "T10": when("resumptionToken=$", restarting),
    "T11": trailing_page,
    "T12": Forgetful(),
    "T13": jumbled_in_threads,
    "P01": edit("(?:<record>.*?</record>\n?){50}", "", "ListRecords", count=1),
    "P02": edit('expirationDate="[^"]*"', f'expirationDate="{now() + dt.timedelta(hours=1):%Y-%m-%dT%H:%M:%SZ}"'),
    "P03": edit(' completeListSize="[^"]*"', "", "ListRecords"),
    "P04": edit("persistent", "no", "Identify"),
    "P05": edit("<set><setSpec>openaire_data.*?</set>", "", "ListSets"),
    "P06": edit(' altered="true"', "", "ListRecords"),
    "P07": edit("<dc:creator>.*?</dc:creator>", "", "ListRecords"),
}  # fmt: skip
