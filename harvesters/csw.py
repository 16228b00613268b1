"""Harvests OGC Catalogue Services for the Web by key-value pairs over GET, versions 2.0.2 and 3.0.

OGC 07-006r1 (https://portal.ogc.org/files/?artifact_id=20555), OGC 12-176r7
(https://docs.ogc.org/is/12-176r7/12-176r7.html). Both say too little about paging, and catalogues keep to less.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import product
from typing import TypeVar
from urllib.parse import parse_qsl, urlencode, urlsplit

from harvesters.asking import Patience, ask, bookmark_of
from harvesters.counted_lists import Slice, counted_pages
from harvesters.csw_answers import Capabilities, CswRefused, Records, read_capabilities, read_records
from harvesters.csw_records import CSW_2, CSW_3, OUTPUT_SCHEMAS, format_of
from node.errors import HarvestError, HttpStatus, SyntaxRefused
from node.harvest.protocols import Fetch, Response
from node.model.oai import Checkpoint, Page, Window
from node.model.report import Finding, Severity
from node.model.repository import MetadataFormat, RepositoryDescription
from node.model.source import Source


class CswHarvester:
    """`Harvester` for CSW.

    Args:
        rows: records asked for at once; catalogues may give fewer.
        patience: with answers that cannot be read.
    """

    kind: str = "csw"
    metadata_prefix: str = "iso19139"

    def __init__(self, *, rows: int = 50, patience: Patience | None = None) -> None:
        self.rows = rows
        self.patience = patience or Patience()

    def describe(self, source: Source, fetch: Fetch) -> RepositoryDescription:
        """Return what the catalogue says of itself; see `Harvester.describe`."""
        catalogue = _Catalogue(source, fetch, self.patience, Window())
        capabilities = catalogue.capabilities()
        first = catalogue.slice(0, 1)
        schemas = capabilities.schemas or (catalogue.csw,)
        return RepositoryDescription(
            name=capabilities.title,
            url=source.url,
            contacts=capabilities.contacts,
            protocol=f"CSW {capabilities.version}".strip(),
            granularity="YYYY-MM-DD",
            formats=tuple(MetadataFormat(prefix=format_of(schema) or schema, namespace=schema) for schema in schemas),
            records=first.total,
            findings=first.findings,
        )

    def pages(self, source: Source, fetch: Fetch, window: Window, checkpoint: Checkpoint) -> Iterator[Page]:
        """Yield the catalogue's records; see `Harvester.pages`.

        An incremental run goes by the day: what the records say of their dates is no more exact than that.
        """
        return counted_pages(_Catalogue(source, fetch, self.patience, window).slice, checkpoint, rows=self.rows)


HARVESTER = CswHarvester()

_Read = TypeVar("_Read")
_Params = dict[str, str]


class _Catalogue:
    """One catalogue; it is asked for its capabilities once, before anything else."""

    def __init__(self, source: Source, fetch: Fetch, patience: Patience, window: Window) -> None:
        self._source, self._fetch, self._patience, self._window = source, fetch, patience, window
        self._url, self._pinned = _address(source.url)
        self._capabilities: Capabilities | None = None
        self._bookmark: str | None = None
        self._way: _Params | None = None
        self._noted: set[str] = set()

    @property
    def csw(self) -> str:
        """The namespace of csw:Record in the catalogue's version."""
        return CSW_3 if self.capabilities().version.startswith("3") else CSW_2

    def capabilities(self) -> Capabilities:
        """Return what the catalogue offers.

        Raises:
            HarvestError: it is no CSW, or of no version that is read here.
        """
        if self._capabilities is None:
            found = self._negotiated()
            if found.version not in ("2.0.2", "3.0.0", "3.0"):
                raise HarvestError(f"{self._url}: the catalogue speaks CSW “{found.version}”, not 2.0.2 or 3.0")
            # Behind a proxy many a catalogue does not know its own name; only an address at the same host is believed.
            if found.get_url and urlsplit(found.get_url)[:2] == urlsplit(self._url)[:2]:
                self._url = _address(found.get_url)[0]
            self._capabilities = found
        return self._capabilities

    def slice(self, start: int, rows: int) -> Slice:
        """Return records from an offset on."""
        answer, response = self._get_records(start, rows)
        total = answer.matched
        if total == 0 and answer.records:
            total = None
        return Slice(
            records=answer.records,
            total=total,
            url=response.url,
            bookmark=self._bookmark,
            response_date=answer.timestamp,
            metadata_namespace=answer.namespace,
            findings=tuple(self._once((*answer.findings, *self._remarks(), *_miscounts(answer, start)))),
        )

    def _negotiated(self) -> Capabilities:
        """Ask for capabilities in a version that is read here (OWS Common, section 7.3.2)."""
        wanted = [{"acceptVersions": "2.0.2,3.0.0"}, {"version": "2.0.2"}, {}]
        if self._pinned:
            wanted = [{"acceptVersions": self._pinned, "version": self._pinned}]
        refusal: HarvestError | None = None
        for version in wanted:
            try:
                found, response = self._ask({"request": "GetCapabilities", **version}, read_capabilities, self._url)
            except CswRefused as error:
                refusal = refusal or error
                continue
            self._bookmark = bookmark_of(response)
            return found
        assert refusal is not None
        raise refusal

    def _get_records(self, start: int, rows: int) -> tuple[Records, Response]:
        version = self.capabilities().version
        paging = {
            "request": "GetRecords",
            "version": version,
            "resultType": "results",
            "elementSetName": "full",
            "outputFormat": "application/xml",
            "outputSchema": self._schema(),
            "startPosition": str(start + 1),
            "maxRecords": str(rows),
        }
        refusal: CswRefused | None = None
        for way in [self._way] if self._way is not None else self._ways():
            try:
                answer = self._ask({**paging, **way}, read_records, self._url)
            except CswRefused as error:
                refusal = refusal or error
                continue
            self._way = way
            return answer
        assert refusal is not None
        raise refusal

    def _ways(self) -> Iterator[_Params]:
        """Yield ways to ask for the list, best first: what a catalogue refuses is left out, what it lists is not."""
        constraint = _constraint(self._window)
        for filtered, typed, ordered in product(
            [constraint, {}] if constraint else [{}],
            ["csw:Record", "gmd:MD_Metadata"],
            [{"sortBy": "dc:identifier:A"}, {}],
        ):
            yield {"typeNames": typed, **filtered, **ordered}

    def _schema(self) -> str:
        """Return the output schema to ask for: the source's own, else the best that is offered.

        Raises:
            HarvestError: the catalogue does not offer what the source names.
        """
        offered = self.capabilities().schemas or (self.csw,)
        wanted = self._source.metadata_prefix
        known = {schema.prefix for schema in OUTPUT_SCHEMAS}
        if wanted in offered:
            return wanted
        for prefix in [wanted] if wanted in known and wanted != HARVESTER.metadata_prefix else _PREFERRED:
            fitting = [schema for schema in offered if format_of(schema) == prefix]
            if fitting:
                return self.csw if self.csw in fitting else fitting[0]
        if wanted in known and wanted != HARVESTER.metadata_prefix:
            raise HarvestError(
                f"{self._url}: the catalogue does not offer {wanted}; it offers {', '.join(offered)[:500]}",
                advice="Name one of these formats, or none, at the source.",
            )
        return offered[0]

    def _remarks(self) -> Iterator[Finding]:
        if self.capabilities().only_post:
            message = "the catalogue announces GetRecords by POST only; it was asked by GET"
            yield _finding("harvest.binding-unannounced", message, "Ask the catalogue's operator to announce GET.")
        if self._way is not None and _constraint(self._window) and "constraint" not in self._way:
            message = "the catalogue refuses to list by date; everything is listed"
            yield _finding("harvest.window-ignored", message, "Nothing; it takes longer.")

    def _once(self, findings: tuple[Finding, ...]) -> Iterator[Finding]:
        for finding in findings:
            if finding.code not in self._noted:
                self._noted.add(finding.code)
                yield finding

    def _ask(self, params: _Params, read: Callable[[Response], _Read], url: str) -> tuple[_Read, Response]:
        def both(response: Response) -> tuple[_Read, Response]:
            return read(response), response

        asked = {"service": "CSW", **params}
        try:
            return ask(self._fetch, url, asked, both, patience=self._patience)
        except HttpStatus as error:
            # CSW 3.0 sends its exceptions under HTTP errors; what is no exception stays what it was.
            try:
                read_records(Response(status=error.status, body=error.body, headers={}, url=url))
            except CswRefused as refusal:
                raise refusal from error
            except (HarvestError, SyntaxRefused):
                pass
            raise


_PREFERRED = tuple(schema.prefix for schema in OUTPUT_SCHEMAS)
_OWN = frozenset({"service", "request", "version", "acceptversions", "sections", "updatesequence", "acceptformats"})


def _address(url: str) -> tuple[str, str]:
    """Return a catalogue's address without the protocol's own parameters, and the version they name."""
    parts = urlsplit(url)
    pairs = parse_qsl(parts.query, keep_blank_values=True)
    version = next((value for name, value in pairs if name.lower() == "version"), "")
    query = urlencode([(name, value) for name, value in pairs if name.lower() not in _OWN])
    return parts._replace(query=query, fragment="").geturl(), version


def _constraint(window: Window) -> _Params:
    """Return a filter on days: a record's date may be no more exact, and many catalogues compare texts."""
    parts = []
    if window.from_ is not None:
        parts.append(f"dct:modified >= '{window.from_[:10]}'")
    if window.until is not None:
        parts.append(f"dct:modified <= '{window.until[:10]}T23:59:59Z'")
    if not parts:
        return {}
    language = {"constraintLanguage": "CQL_TEXT", "constraint_language_version": "1.1.0"}
    return {**language, "constraint": " AND ".join(parts)}


def _miscounts(answer: Records, start: int) -> Iterator[Finding]:
    """Say where the three numbers of csw:SearchResults do not fit what it holds."""
    came, end = len(answer.records), start + len(answer.records)
    wrong = []
    if answer.matched is None or answer.matched < end:
        wrong.append(f"numberOfRecordsMatched is {answer.matched}, and {end} have come")
    if answer.returned is not None and answer.returned != came:
        wrong.append(f"numberOfRecordsReturned is {answer.returned}, and {came} came")
    right = (end + 1, 0) if answer.matched is None else (0,) if end >= answer.matched else (end + 1,)
    if answer.next_record is not None and answer.next_record not in right:
        wrong.append(f"nextRecord is {answer.next_record} after record {end} of {answer.matched}")
    if wrong:
        yield _finding("harvest.counts-wrong", "; ".join(wrong), "Ask the catalogue's operator to correct the counts.")


def _finding(code: str, message: str, advice: str) -> Finding:
    return Finding(code=code, severity=Severity.WARNING, message=message, advice=advice)
