"""Landing pages read as records: by the metadata they link to, by what they embed, or by their signposts alone.

FAIR Signposting (https://signposting.org/FAIR/); schema.org as JSON-LD in pages
(https://www.w3.org/TR/json-ld11/#embedding-json-ld-in-html-documents).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace

from harvesters.asking import Patience, ask
from harvesters.dcat_documents import on_site
from harvesters.embedded_metadata import Embedded, PageRead, embedded_metadata, is_html, read_page
from harvesters.gathered_lists import is_passing
from harvesters.metadata_formats import EMBEDDED, MetadataFormat, format_of, recognised, self_contained
from harvesters.proofs import Mismatch
from harvesters.signposting import (
    LINK_SET_JSON,
    LINK_SET_TEXT,
    RESEARCH_TYPES,
    Described,
    by_relation,
    described_by,
    facts,
    link_set,
    signposts,
)
from harvesters.unusable_records import damaged, unavailable, undescribed
from node.errors import FairnodeError, FetchError, HarvestError, HttpStatus, SyntaxRefused
from node.harvest.protocols import Fetch, Response
from node.model.oai import Header, Record
from node.model.report import Finding, Severity
from node.syntax import WebLink, parse_json, parse_rdf, parse_xml

_ACCEPT = "text/html, application/xhtml+xml;q=0.9, */*;q=0.1"
_MOST_LINKS_TRIED = 4
_MOST_LINK_SETS = 2


class LandingPages:
    """Reads the landing pages of a site.

    Args:
        homes: addresses of the site; nothing is fetched from other hosts.
        preferred: the metadata prefix that is taken before all others.
        allows: whether an address may be fetched.
    """

    def __init__(
        self,
        fetch: Fetch,
        patience: Patience,
        homes: tuple[str, ...],
        preferred: str,
        allows: Callable[[str], bool] = lambda url: True,
    ) -> None:
        self._fetch, self._patience, self._homes = fetch, patience, homes
        self._preferred, self._allows = preferred, allows
        self._others: list[str] = []

    def read(
        self,
        url: str,
        datestamp: str = "",
        *,
        named: MetadataFormat | None = None,
        prove: Callable[[bytes], None] = lambda body: None,
    ) -> Record | None:
        """Return the record of a page under its address; `None` where it is not about a research object.

        A page that is gone (410) is a deleted record. One that does not describe anything, although it should, is a
        record without metadata, with the reason.

        Args:
            named: the format that the address is said to be in, where it is said to be metadata itself.
            prove: raises `Mismatch` where the answer is not what it should be; it is asked for again then.

        Raises:
            Unavailable: it, or the metadata it links to, cannot be had for now.
        """
        header = Header(identifier=url, datestamp=datestamp)
        address = on_site(url, *self._homes)
        if address is None:
            return undescribed(header, "it is on another host, and only its own host is asked for it")
        if not self._allows(address):
            return undescribed(header, "the site's robots.txt forbids to fetch it")
        try:
            return self._read(address, header, named, prove)
        except HttpStatus as error:
            if error.status == 410:
                return Record(header=replace(header, deleted=True))
            if not is_passing(error):
                return undescribed(header, f"its page cannot be had: {error.message}")
            raise unavailable(header, error) from error
        except FetchError as error:
            if not is_passing(error):
                return undescribed(header, f"its page cannot be had: {error.message}")
            raise unavailable(header, error) from error
        except Mismatch as error:
            # Without its bytes: once the list is corrected, the same ones must be looked at afresh.
            return damaged(header, error.message, code="harvest.hash-mismatch")
        except SyntaxRefused as error:
            return damaged(header, f"what it leads to cannot be read: {error.message}")

    def notes(self) -> tuple[Finding, ...]:
        """Return which pages read since the last call were no records."""
        others, self._others = self._others, []
        if not others:
            return ()
        finding = Finding(
            code="harvest.no-dataset",
            severity=Severity.INFO,
            message=f"{len(others)} pages are not about a research object, so they are no records: "
            + "; ".join(others[:3]),
            advice="Nothing, if that is so; else have them describe it, as docs/how-to/landing-pages.md says.",
        )
        return (finding,)

    def _read(
        self, address: str, header: Header, named: MetadataFormat | None, prove: Callable[[bytes], None]
    ) -> Record | None:
        def read(response: Response) -> tuple[PageRead, MetadataFormat | None]:
            prove(response.body)
            page = read_page(response)
            format_ = named or format_of(_media_type(response))
            known = recognised(format_, response.body, _media_type(response)) if format_ else None
            if known is not None:
                _check(known, response)
            return page, known

        accept = f"{_accepted(named)}, */*;q=0.1" if named else _ACCEPT
        page, known = ask(self._fetch, address, {}, read, patience=self._patience, headers={"Accept": accept})
        if known is not None:
            body = self_contained(page.response.body, known.media_type, page.response.url)
            return _Trial(header).record(body, known)
        if named is not None and is_html(page.response):
            return undescribed(header, "a page for people came where metadata should be")
        if not is_html(page.response):
            self._others.append(f"{header.identifier} ({_media_type(page.response) or 'of no type'})")
            return None
        links = signposts(page.response, page.html)
        other = _another_kind(links)
        if other:
            self._others.append(f"{header.identifier} ({other})")
            return None
        embedded = embedded_metadata(page.html)
        trial = _Trial(header)
        own = embedded[0].format.prefix if embedded else ""
        for candidate in self._candidates(page.response, links, trial):
            is_wanted = candidate.format.prefix == self._preferred
            is_better = is_wanted or (candidate.format.rank < EMBEDDED and own != self._preferred)
            if (is_better or not embedded) and (record := self._described(candidate, trial)):
                return record
        if embedded:
            return trial.record(_document(embedded[0], page.response.url), embedded[0].format)
        said = facts(links, page.response.url, page.html.title)
        known = format_of("application/vnd.schemaorg.ld+json")
        if said is not None and known is not None:
            return trial.record(said, known)
        if trial.findings or page.broken:
            if page.broken:
                record = damaged(header, f"the metadata that its page embeds cannot be read: {page.broken}", page.raw)
            else:
                record = replace(undescribed(header, "its page links to no metadata that can be used"), raw=trial.raw)
            return replace(record, findings=(*record.findings, *trial.findings))
        self._others.append(header.identifier)
        return None

    def _candidates(self, response: Response, links: tuple[WebLink, ...], trial: _Trial) -> tuple[Described, ...]:
        """Return the links to metadata of level 1, else those of level 2."""
        found = described_by(links, self._preferred)
        if not found:
            sets = [link for link in by_relation(links, "linkset") if link.media_type in (LINK_SET_JSON, LINK_SET_TEXT)]
            for link in sets[:_MOST_LINK_SETS]:
                found = described_by(self._link_set(link, response.url, trial), self._preferred)
                if found:
                    break
        usable = []
        for each in found:
            if on_site(each.url, *self._homes) is None:
                trial.note(each.url, "it is on another host")
            elif not self._allows(each.url):
                trial.note(each.url, "the site's robots.txt forbids to fetch it")
            else:
                usable.append(each)
        return tuple(usable[:_MOST_LINKS_TRIED])

    def _link_set(self, link: WebLink, page: str, trial: _Trial) -> tuple[WebLink, ...]:
        address = on_site(link.href, *self._homes)
        if address is None or not self._allows(address):
            trial.note(link.href, "the link set is on another host, or robots.txt forbids to fetch it")
            return ()
        anchors = (page, trial.header.identifier)

        def read(response: Response) -> tuple[WebLink, ...]:
            return link_set(response.body, link.media_type, response.url, anchors)

        try:
            return ask(self._fetch, address, {}, read, patience=self._patience, headers={"Accept": link.media_type})
        except (FetchError, SyntaxRefused) as error:
            trial.fail(link.href, error)
            return ()

    def _described(self, candidate: Described, trial: _Trial) -> Record | None:
        named = candidate.format
        address = on_site(candidate.url, *self._homes) or candidate.url
        last: list[bytes] = []

        def read(response: Response) -> tuple[MetadataFormat, bytes]:
            last[:] = [response.body]
            known = recognised(named, response.body, _media_type(response))
            if known is None:
                raise HarvestError(f"the answer ({_media_type(response) or 'of no type'}) is no such metadata")
            _check(known, response)
            return known, self_contained(response.body, known.media_type, response.url)

        headers = {"Accept": f"{_accepted(named)}, */*;q=0.1"}
        try:
            known, metadata = ask(self._fetch, address, {}, read, patience=self._patience, headers=headers)
        except (FetchError, SyntaxRefused, HarvestError) as error:
            trial.fail(candidate.url, error)
            trial.raw = last[0] if last and isinstance(error, SyntaxRefused) else trial.raw
            return None
        return trial.record(metadata, known)


@dataclass(slots=True)
class _Trial:
    """What was tried for one page."""

    header: Header
    findings: tuple[Finding, ...] = field(default=())
    raw: bytes | None = None

    def record(self, metadata: bytes, known: MetadataFormat) -> Record:
        return Record(
            header=self.header,
            metadata=metadata,
            media_type=known.media_type,
            metadata_prefix=known.prefix,
            findings=self.findings,
        )

    def note(self, url: str, reason: str) -> None:
        finding = Finding(
            code="harvest.metadata-link",
            severity=Severity.WARNING,
            message=f"the page links to metadata at {url[:300]}, which is not used: {reason}",
            advice="Ask the site to let the link lead to the metadata it promises, on the site itself.",
            path="describedby",
            value=url[:500],
        )
        self.findings = (*self.findings, finding)

    def fail(self, url: str, error: FairnodeError) -> None:
        if is_passing(error):
            # Taking second best for now would make the record change its form with the weather.
            raise unavailable(self.header, error) from error
        self.note(url, error.message)


def _another_kind(links: tuple[WebLink, ...]) -> str:
    """Return the class that signposts give to what a page is about, where it is none of a research object's."""
    types = [link.href.rpartition("/")[2] for link in by_relation(links, "type") if "schema.org/" in link.href]
    kinds = [kind for kind in types if not kind.endswith("Page")]
    return "" if not kinds or not RESEARCH_TYPES.isdisjoint(kinds) else kinds[0]


def _document(embedded: Embedded, url: str) -> bytes:
    return self_contained(embedded.body, embedded.format.media_type, url)


def _media_type(response: Response) -> str:
    return response.headers.get("content-type", "").partition(";")[0].strip().lower()


def _accepted(named: MetadataFormat) -> str:
    return "application/xml, text/xml" if named.media_type == "application/xml" else named.media_type


def _check(known: MetadataFormat, response: Response) -> None:
    """Refuse a document that is cut short or broken, so that it is asked for again.

    Raises:
        SyntaxRefused: it is.
    """
    if known.media_type == "application/xml":
        parse_xml(response.body)
    elif known.media_type == "application/ld+json":
        parse_json(response.body)
    else:
        parse_rdf(response.body, known.media_type, base_iri=response.url)
