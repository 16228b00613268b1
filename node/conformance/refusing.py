"""What must be refused, and by which error: points E01 to E20 (OAI-PMH 2.0, section 3.6)."""

from __future__ import annotations

from collections.abc import Iterable
from urllib.parse import quote

from node.conformance.answers import LISTS
from node.conformance.asking import Fails, spelt
from node.conformance.subject import NOBODY, Subject

_BAD_DATES = (
    "junk",
    "2020-13-01",
    "2020-02-30",
    "2020-1-1",
    "2020-01-01T00:00:00.5Z",
    "2020-01-01T00:00:00%2B01:00",
    "2020-01-01T25:00:00Z",
    "",
)
_CONTROL = ("%00", "%0B", "%1F", "%ff%fe", "%ED%A0%80", "a%00b")
_LONG = "x" * 4000
_HOSTILE = (
    "'%20OR%20'1'='1",
    "..%2F..%2Fetc%2Fpasswd",
    "%24%7Bjndi:x%7D",
    "%3C%3Fxml%20x=%221%22%3F%3E",
    _LONG,
)
_ANY = (
    "badArgument",
    "badResumptionToken",
    "badVerb",
    "cannotDisseminateFormat",
    "idDoesNotExist",
    "noMetadataFormats",
    "noRecordsMatch",
    "noSetHierarchy",
)


def refused(subject: Subject, codes: tuple[str, ...], *queries: str) -> str:
    """Ask what must be refused, and return which errors came.

    Raises:
        Fails: an answer has another error, or none.
    """
    seen: set[str] = set()
    for query in queries:
        # Patience is for those who may hope for an answer.
        answer = subject.asker.raw(query, tries=1)
        if answer.status >= 500 or not answer.codes or not set(answer.codes) <= set(codes):
            told = answer.said if answer.status < 500 else f"HTTP status {answer.status}"
            wanted = " or ".join(codes) if len(codes) < 4 else "an error of the protocol"
            raise Fails(f"{query[:120] or 'a request without arguments'}: {told}, and not {wanted}", answer)
        seen.update(answer.codes)
    return f"{len(queries)} wrong request{'s were' if len(queries) > 1 else ' was'} refused: {', '.join(sorted(seen))}"


def e01(subject: Subject) -> str:
    """No verb."""
    return refused(subject, ("badVerb",), "", "verb=", f"metadataPrefix={subject.prefix}")


def e02(subject: Subject) -> str:
    """An illegal verb."""
    return refused(subject, ("badVerb",), "verb=ListEverything", "verb=Identify%20")


def e03(subject: Subject) -> str:
    """A repeated verb."""
    return refused(subject, ("badVerb",), "verb=Identify&verb=Identify", "verb=Identify&verb=ListSets")


def e04(subject: Subject) -> str:
    """A repeated argument."""
    prefix = f"metadataPrefix={subject.prefix}"
    return refused(
        subject,
        ("badArgument",),
        f"verb=ListRecords&{prefix}&{prefix}",
        f"verb=ListIdentifiers&{prefix}&from=2001-01-01&from=2002-01-01",
    )


def e05(subject: Subject) -> str:
    """An unknown argument, with each verb."""
    prefix = f"metadataPrefix={subject.prefix}"
    whole = {
        "Identify": "",
        "ListMetadataFormats": "",
        "ListSets": "",
        "ListIdentifiers": f"&{prefix}",
        "ListRecords": f"&{prefix}",
        "GetRecord": f"&{prefix}&identifier={quote(_anyone(subject), safe='')}",
    }
    return refused(subject, ("badArgument",), *(f"verb={verb}{more}&unknown=1" for verb, more in whole.items()))


def e06(subject: Subject) -> str:
    """GetRecord without one of its arguments."""
    known = quote(_anyone(subject), safe="")
    return refused(
        subject,
        ("badArgument",),
        f"verb=GetRecord&metadataPrefix={subject.prefix}",
        f"verb=GetRecord&identifier={known}",
        "verb=GetRecord",
    )


def e07(subject: Subject) -> str:
    """GetRecord of an unknown identifier."""
    query = spelt("GetRecord", identifier=nobody(subject), metadataPrefix=subject.prefix)
    return refused(subject, ("idDoesNotExist",), query)


def e08(subject: Subject) -> str:
    """GetRecord in an unknown format."""
    item = subject.sample[0]
    return refused(
        subject,
        ("cannotDisseminateFormat",),
        spelt("GetRecord", identifier=item.identifier, metadataPrefix=NOBODY),
    )


def e09(subject: Subject) -> str:
    """GetRecord with arguments of other verbs."""
    query = spelt("GetRecord", identifier=_anyone(subject), metadataPrefix=subject.prefix)
    return refused(
        subject,
        ("badArgument",),
        f"{query}&set=a",
        f"{query}&from=2001-01-01",
        f"{query}&until=2001-01-01",
    )


def e10(subject: Subject) -> str:
    """A list without metadataPrefix."""
    return refused(
        subject,
        ("badArgument",),
        *(f"verb={verb}" for verb in LISTS),
        *(f"verb={verb}&from=2001-01-01" for verb in LISTS),
    )


def e11(subject: Subject) -> str:
    """A list in an unknown format."""
    return refused(subject, ("cannotDisseminateFormat",), *(f"verb={verb}&metadataPrefix={NOBODY}" for verb in LISTS))


def e12(subject: Subject) -> str:
    """Malformed dates."""
    queries = (
        f"verb=ListIdentifiers&metadataPrefix={subject.prefix}&{name}={date}"
        for name in ("from", "until")
        for date in _BAD_DATES
    )
    return refused(subject, ("badArgument",), *queries)


def e13(subject: Subject) -> str:
    """from and until of different granularity."""
    return _lists(subject, "from=2001-01-01&until=2001-01-02T00:00:00Z", "from=2001-01-01T00:00:00Z&until=2001-01-02")


def e14(subject: Subject) -> str:
    """from later than until."""
    return _lists(subject, "from=2002-01-02&until=2002-01-01")


def e15(subject: Subject) -> str:
    """Dates of a finer granularity than the repository has."""
    finer = "2001-01-01T00:00:00Z" if subject.granularity == "YYYY-MM-DD" else "2001-01-01T00:00:00.000Z"
    return _lists(subject, f"from={finer}", f"until={finer}")


def e16(subject: Subject) -> str:
    """A resumption token that nobody issued."""
    return refused(
        subject,
        ("badResumptionToken",),
        *(f"verb={verb}&resumptionToken={NOBODY}" for verb in (*LISTS, "ListSets")),
    )


def e17(subject: Subject) -> str:
    """A resumption token with another argument."""
    tokens = subject.records.tokens
    token = quote(tokens[0] if tokens else NOBODY, safe="")
    return refused(
        subject,
        ("badArgument",),
        f"verb=ListRecords&resumptionToken={token}&metadataPrefix={subject.prefix}",
        f"verb=ListRecords&resumptionToken={token}&from=2001-01-01",
    )


def e18(subject: Subject) -> str:
    """Identifiers with characters that mean something in XML."""
    queries = (
        spelt("GetRecord", identifier=identifier, metadataPrefix=subject.prefix)
        for identifier in ('"', "<", "&", "'", 'oai:<a b="c">&amp;\'')
    )
    return refused(subject, ("idDoesNotExist", "badArgument"), *queries)


def e19(subject: Subject) -> str:
    """Control characters and what is not UTF-8."""
    return refused(subject, _ANY, *_strange(subject, _CONTROL))


def e20(subject: Subject) -> str:
    """Hostile and over-long arguments."""
    return refused(subject, _ANY, *_strange(subject, _HOSTILE))


def _strange(subject: Subject, values: Iterable[str]) -> Iterable[str]:
    prefix = f"metadataPrefix={subject.prefix}"
    for value in values:
        yield f"verb=GetRecord&{prefix}&identifier={value}"
        yield f"verb=ListRecords&resumptionToken={value}"
        yield f"verb=ListIdentifiers&{prefix}&set={value}"
        yield f"verb=ListIdentifiers&{prefix}&from={value}"
        yield f"verb=ListIdentifiers&metadataPrefix={value}"
        yield f"verb={value}"


def _lists(subject: Subject, *windows: str) -> str:
    queries = (f"verb={verb}&metadataPrefix={subject.prefix}&{window}" for verb in LISTS for window in windows)
    return refused(subject, ("badArgument",), *queries)


def _anyone(subject: Subject) -> str:
    """Return an identifier in use, where one is."""
    items = subject.records.items
    return items[0].identifier if items else NOBODY


def nobody(subject: Subject) -> str:
    """Return an identifier as the repository spells them, that is in no use."""
    return f"{_anyone(subject)}-{NOBODY}"
