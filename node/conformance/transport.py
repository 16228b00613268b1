"""How answers travel and what their envelope says: points H01 to H14 (OAI-PMH 2.0, sections 3.1 and 3.2)."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable
from urllib.parse import quote

from node.conformance.answers import TAG, Answer
from node.conformance.asking import FORM, Fails, NotApplicable, spelt
from node.conformance.grammar import faults
from node.conformance.refusing import refused
from node.conformance.subject import NOBODY, Subject
from node.namespaces import OAI, XSI

_SCHEMA = "http://www.openarchives.org/OAI/2.0/OAI-PMH.xsd"
_UTC = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ")
_DECLARED = re.compile(rb"""(?:\xef\xbb\xbf)?<\?xml\s+version\s*=\s*["']1\.0["']([^>]*)\?>""")
_ENCODED = re.compile(rb"""encoding\s*=\s*["']([^"']*)["']""")
_CLOCKS_APART = 300
_PASSING = re.compile(
    rb"<responseDate>[^<]*</responseDate>|<resumptionToken[^>]*>[^<]*</resumptionToken>|<resumptionToken[^>]*/>",
)
"""What may differ between two answers to one question."""


def h01(subject: Subject) -> str:
    """GET and POST give the same answer."""
    for verb, arguments in (("Identify", {}), ("ListIdentifiers", {"metadataPrefix": subject.prefix})):
        query = spelt(verb, **arguments)
        by_get, by_post = subject.ask(verb, **arguments), subject.asker.post(query)
        if _lasting(by_get) != _lasting(by_post):
            raise Fails(f"GET {query} was answered with {by_get.said}, the same by POST with {by_post.said}", by_post)
    return "Identify and ListIdentifiers were answered alike by GET and POST"


def h02(subject: Subject) -> str:
    """POST with a charset parameter is understood."""
    answer = subject.asker.post("verb=Identify", f"{FORM}; charset=utf-8")
    if answer.verb is None:
        raise Fails(f"a POST of {FORM}; charset=utf-8 was answered with {answer.said}", answer)
    return "Identify was answered"


def h03(subject: Subject) -> str:
    """Every answer is text/xml."""

    def of(answer: Answer) -> str:
        found = answer.headers.get("content-type", "")
        return "" if found.partition(";")[0].strip().lower() == "text/xml" else f"the Content-Type is {found!r}"

    return _all(subject, of, "text/xml", status=200)


def h04(subject: Subject) -> str:
    """Errors of the protocol travel under status 200."""
    _typical(subject)
    errors = [answer for answer in subject.asker.answers if answer.codes or answer.status >= 400]
    for answer in errors:
        if answer.codes and answer.status != 200:
            raise Fails(f"the error {', '.join(answer.codes)} has the HTTP status {answer.status}", answer)
        if answer.query in (_WRONG, _UNKNOWN) and not answer.codes:
            raise Fails(f"a wrong request was answered with {answer.said}, and not with an error", answer)
    return f"{len(errors)} errors came under status 200"


def h05(subject: Subject) -> str:
    """Every answer is well-formed XML 1.0 in UTF-8 with a declaration."""

    def of(answer: Answer) -> str:
        if answer.problem:
            return f"the answer is not well-formed: {answer.problem}"
        declared = _DECLARED.match(answer.body)
        if declared is None:
            return f"there is no XML declaration; the answer begins with {answer.body[:40]!r}"
        encoding = _ENCODED.search(declared[1])
        if encoding is not None and encoding[1].lower() not in (b"utf-8", b"utf8"):
            return f"the declaration names the encoding {encoding[1].decode('latin-1')!r}"
        try:
            answer.body.decode("utf-8")
        except UnicodeDecodeError as error:
            return f"byte {error.start} is not UTF-8"
        return ""

    return _all(subject, of, "well-formed, UTF-8 and declared", status=200)


def h06(subject: Subject) -> str:
    """The root is OAI-PMH in its namespace, with the official schemaLocation."""

    def of(answer: Answer) -> str:
        root = answer.root
        if root is None:
            return ""  # H05 says so
        if root.tag != f"{TAG}OAI-PMH":
            return f"the root is {root.tag!s}"
        located = (root.get(f"{{{XSI}}}schemaLocation") or "").split()
        pairs = dict(zip(located[::2], located[1::2], strict=False))
        return "" if pairs.get(OAI) == _SCHEMA else f"the xsi:schemaLocation is {' '.join(located)!r}"

    return _all(subject, of, "rooted in OAI-PMH 2.0", status=200)


def h07(subject: Subject) -> str:
    """The root has responseDate, request, and then one verb or errors."""

    def of(answer: Answer) -> str:
        if answer.root is None:
            return ""
        names = [str(each.tag).removeprefix(TAG) for each in answer.root if isinstance(each.tag, str)]
        rest = names[2:]
        whole = (len(rest) == 1 and rest[0] in _VERBS) or (bool(rest) and set(rest) == {"error"})
        return "" if names[:2] == ["responseDate", "request"] and whole else f"the root's children are {names}"

    return _all(subject, of, "in order", status=200)


def h08(subject: Subject) -> str:
    """The responseDate is the present, in seconds and UTC."""

    def of(answer: Answer) -> str:
        if answer.root is None:
            return ""
        found = answer.text("responseDate") or ""
        if not _UTC.fullmatch(found):
            return f"the responseDate is {found!r}"
        apart = abs((_moment(found) - answer.at.replace(tzinfo=None)).total_seconds())
        return "" if apart <= _CLOCKS_APART else f"the responseDate {found} is {apart:.0f} s from the time it came"

    return _all(subject, of, "dated now", status=200)


def h09(subject: Subject) -> str:
    """The request element holds the base URL, and exactly the arguments as attributes."""
    base = subject.stated("baseURL")

    def of(answer: Answer) -> str:
        request = answer.root.find(f"{TAG}request") if answer.root is not None else None
        if request is None:
            return ""
        text = (request.text or "").strip()
        if text != base:
            return f"the request element holds {text!r}, and the base URL is {base!r}"
        echoed = {name: value for name, value in request.attrib.items() if not name.startswith("{")}
        wrong = answer.verb is not None and echoed != dict(answer.arguments)
        return f"the request element has the attributes {echoed}" if wrong else ""

    return _all(subject, of, "echoed", status=200)


def h10(subject: Subject) -> str:
    """The request element has no attributes for badVerb and badArgument."""
    _typical(subject)

    def of(answer: Answer) -> str:
        request = answer.root.find(f"{TAG}request") if answer.root is not None else None
        if request is None or not set(answer.codes) & {"badVerb", "badArgument"}:
            return ""
        echoed = [name for name in request.attrib if not name.startswith("{")]
        return f"{', '.join(answer.codes)} comes with the attributes {echoed}" if echoed else ""

    return _all(subject, of, "without attributes where they must be", status=200)


def h11(subject: Subject) -> str:
    """Every answer keeps to the protocol's schemas."""

    def of(answer: Answer) -> str:
        if answer.root is None:
            return ""
        found = faults(answer.root)
        return "; ".join(found[:3])

    return _all(subject, of, "valid", status=200)


def h12(subject: Subject) -> str:
    """Compression is given to those who ask for it, and to nobody else."""
    query = spelt("ListRecords", metadataPrefix=subject.prefix, **subject.scope)
    offered = subject.identify.verb is not None and subject.identify.verb.find(f"{TAG}compression") is not None
    if not subject.records.items:
        raise NotApplicable("no record is listed, so there is nothing to compress")
    coded = {}
    for asked in ("gzip", "identity", "gzip;q=0", "gzip;q=0, identity"):
        answer = subject.asker.raw(query, headers={"Accept-Encoding": asked})
        coded[asked] = answer.headers.get("content-encoding", "identity").strip().lower()
        if answer.verb is None:
            raise Fails(f"with Accept-Encoding: {asked} the answer is {answer.said}", answer)
        if asked != "gzip" and coded[asked] not in ("", "identity"):
            raise Fails(f"with Accept-Encoding: {asked} the answer is in {coded[asked]}", answer)
        if asked == "gzip" and offered and coded[asked] != "gzip" and len(answer.body) > 20_000:
            raise Fails(f"Identify offers compression; a page of {len(answer.body)} bytes came as it is", answer)
    if not offered and coded["gzip"] == "identity":
        raise NotApplicable("Identify offers no compression, and there is none")
    return f"asked for gzip, the answer came in {coded['gzip']}; else it came as it is"


def h13(subject: Subject) -> str:
    """Percent-encoded identifiers mean the same as plain ones."""
    identifier = subject.sample[0].identifier
    encoded = "".join(f"%{byte:02X}" if byte not in _UNRESERVED else chr(byte) for byte in identifier.encode())
    plain = quote(identifier, safe=":/@!$'()*,;?")
    found = [
        subject.asker.raw(f"verb=GetRecord&metadataPrefix={subject.prefix}&identifier={spelling}")
        for spelling in (plain, encoded, encoded.lower() if identifier.islower() else encoded)
    ]
    for answer in found:
        if [item.identifier for item in answer.items] != [identifier]:
            raise Fails(f"the identifier was answered with {answer.said} in one of its spellings", answer)
    return f"{encoded} and {plain} name one record"


def h14(subject: Subject) -> str:
    """Verbs are case-sensitive."""
    return refused(subject, ("badVerb",), "verb=identify", "verb=LISTRECORDS&metadataPrefix=oai_dc")


_VERBS = ("Identify", "ListMetadataFormats", "ListSets", "ListIdentifiers", "ListRecords", "GetRecord")
_UNRESERVED = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~"
_WRONG = "verb=ListRecords"
_UNKNOWN = f"verb=ListRecords&metadataPrefix={NOBODY}"


def _all(subject: Subject, of: Callable[[Answer], str], good: str, *, status: int) -> str:
    _typical(subject)
    answers = [answer for answer in subject.asker.answers if answer.status == status]
    for answer in answers:
        if problem := of(answer):
            raise Fails(problem, answer)
    return f"{len(answers)} answers are {good}"


def _typical(subject: Subject) -> None:
    """See to it that there is an answer of every kind to look at."""
    for query in ("verb=Identify", "verb=ListMetadataFormats", "verb=ListSets", _WRONG, _UNKNOWN):
        subject.asker.raw(query, tries=1)
    if subject.records.items:
        item = subject.records.items[0]
        subject.ask("GetRecord", identifier=item.identifier, metadataPrefix=subject.prefix)
        subject.headers.items  # noqa: B018 - the list is asked for


def _lasting(answer: Answer) -> bytes:
    return _PASSING.sub(b"", answer.body)


def _moment(text: str) -> dt.datetime:
    try:
        return dt.datetime.strptime(text, "%Y-%m-%dT%H:%M:%SZ")
    except ValueError:
        return dt.datetime.min
