"""A loopback catalogue that speaks just enough CSW 2.0.2 to misbehave in it; pycsw is the one that behaves.

OGC 07-006r1, sections 10.4 and 10.8 (https://portal.ogc.org/files/?artifact_id=20555).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Self

from tests.servers.pycsw import iso_record
from tests.servers.scripted import Answer, Scripted, Seen

Fault = Callable[[Seen], Answer | None]
GMD = "http://www.isotc211.org/2005/gmd"
CSW = "http://www.opengis.net/cat/csw/2.0.2"


class CswCatalogue:
    """The catalogue.

    Attributes:
        records: (identifier, date, element), in the order in which they are found when nothing else is asked for.
        page_size: what an answer holds at most.
        fault: looks at each request first; what it returns is the answer.
        refuses: parameters that are answered with an exception.
        schemas: the output schemas that the capabilities name.
        version, href: as the capabilities say them.
    """

    def __init__(self, count: int = 0, *, page_size: int = 1000) -> None:
        self.records = [record(number) for number in range(count)]
        self.page_size = page_size
        self.fault: Fault = lambda seen: None
        self.refuses: frozenset[str] = frozenset()
        self.schemas: tuple[str, ...] = (CSW, GMD)
        self.version = "2.0.2"
        self._server = Scripted(self._answer)
        self.url = f"http://127.0.0.1:{self._server.port}/csw?map=x"
        self.href = self.url

    def __enter__(self) -> Self:
        self._server.__enter__()
        return self

    def __exit__(self, *exception: object) -> None:
        self._server.__exit__(*exception)

    @property
    def lists(self) -> list[Seen]:
        """The requests for records."""
        return [seen for seen in self._server.seen if seen.get("request") == "GetRecords"]

    def results(self, seen: Seen) -> str:
        """Return csw:GetRecordsResponse for a request, without its declaration."""
        found = [one for one in self.records if _fits(one[1], seen.get("constraint") or "")]
        if seen.get("sortBy"):
            found.sort()
        start = int(seen.get("startPosition") or 1) - 1
        page = found[start : start + min(int(seen.get("maxRecords") or 10), self.page_size)]
        following = start + len(page) + 1
        return listing([element for _, _, element in page], len(found), following if following <= len(found) else 0)

    def capabilities(self) -> str:
        """Return the capabilities, without their declaration."""
        schemas = "".join(f"<ows:Value>{schema}</ows:Value>" for schema in self.schemas)
        verb = "Get" if self.href else "Post"
        return (
            f'<csw:Capabilities xmlns:csw="{CSW}" xmlns:ows="http://www.opengis.net/ows" '
            f'xmlns:xlink="http://www.w3.org/1999/xlink" version="{self.version}">'
            "<ows:ServiceIdentification><ows:Title>A catalogue</ows:Title></ows:ServiceIdentification>"
            '<ows:OperationsMetadata><ows:Operation name="GetRecords"><ows:DCP><ows:HTTP>'
            f'<ows:{verb} xlink:href="{(self.href or self.url).replace("&", "&amp;")}"/></ows:HTTP></ows:DCP>'
            f'<ows:Parameter name="outputSchema">{schemas}</ows:Parameter></ows:Operation></ows:OperationsMetadata>'
            "</csw:Capabilities>"
        )

    def _answer(self, seen: Seen) -> Answer:
        given = self.fault(seen)
        if given is not None:
            return given
        names = dict(seen.params)
        if names.get("map") != "x" or names.get("service") != "CSW":
            return exception("MissingParameterValue", "service")
        for name in self.refuses & names.keys():
            return exception("InvalidParameterValue", f"{name} is not understood")
        if names["request"] == "GetCapabilities":
            return xml(self.capabilities())
        if names["outputSchema"] not in self.schemas:
            return exception("InvalidParameterValue", "no such outputSchema")
        return xml(self.results(seen))


def record(number: int, date: str = "2026-01-01", title: str = "") -> tuple[str, str, str]:
    """Return a record as the catalogue keeps it."""
    name = f"iso-{number:03}"
    return name, date, iso_record(name, title or f"Series {number}", date)


def listing(elements: Sequence[str], matched: int | str, following: int | str, returned: int | None = None) -> str:
    """Return csw:GetRecordsResponse around elements."""
    count = len(elements) if returned is None else returned
    return (
        f'<csw:GetRecordsResponse xmlns:csw="{CSW}"><csw:SearchStatus timestamp="2026-05-01T10:00:00Z"/>'
        f'<csw:SearchResults numberOfRecordsMatched="{matched}" numberOfRecordsReturned="{count}" '
        f'nextRecord="{following}" elementSet="full">{"".join(elements)}</csw:SearchResults></csw:GetRecordsResponse>'
    )


def exception(code: str, message: str, status: int = 200) -> Answer:
    """Return ows:ExceptionReport, which CSW 2.0.2 sends under any status."""
    body = (
        '<ows:ExceptionReport xmlns:ows="http://www.opengis.net/ows" version="1.2.0">'
        f'<ows:Exception exceptionCode="{code}"><ows:ExceptionText>{message}</ows:ExceptionText></ows:Exception>'
        "</ows:ExceptionReport>"
    )
    return xml(body, status)


def xml(body: str, status: int = 200) -> Answer:
    """Return an XML document as an answer."""
    whole = f'<?xml version="1.0" encoding="UTF-8"?>\n{body}'
    return Answer(body=whole.encode(), status=status, headers={"Content-Type": "application/xml"})


def _fits(date: str, constraint: str) -> bool:
    clauses = re.findall(r"dct:modified (>=|<=) '([^']+)'", constraint)
    assert bool(clauses) == bool(constraint)
    return all(date >= value if sign == ">=" else date <= value for sign, value in clauses)
