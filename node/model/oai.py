"""What a harvester hands over, in the words of OAI-PMH 2.0 (sections 2.4 to 2.6); other protocols fill it too."""

from __future__ import annotations

from dataclasses import dataclass, field

from node.model.report import Finding


@dataclass(frozen=True, slots=True, kw_only=True)
class Header:
    """A record's header (section 2.5).

    Attributes:
        identifier: the unique identifier at the source.
        datestamp: as the source wrote it; odd ones are kept as text.
        set_specs: the sets the item belongs to.
        deleted: the record is withdrawn (`status="deleted"`).
    """

    identifier: str
    datestamp: str = ""
    set_specs: tuple[str, ...] = ()
    deleted: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """A header and its payload.

    Attributes:
        header: see `Header`.
        metadata: the payload alone, self-contained: XML with every namespace it uses, or RDF text. `None` where the
            record is deleted or the source sent none.
        media_type: of `metadata`, such as `application/xml` or `text/turtle`.
        metadata_prefix: the format of `metadata`, where a source's records differ in it; empty means the source's own.
        about: the `about` containers, each self-contained XML.
        findings: what the harvester met while reading this record.
        raw: the whole record element as the source sent it, kept where `metadata` is not usable; `None` otherwise.
        unchanged: the source lists it, and says that it is as it was at the window's `from_`; `metadata` is `None`.
            Where the node does not have it after all, it is rejected, and the next run asks for everything.
    """

    header: Header
    metadata: bytes | None = None
    media_type: str = "application/xml"
    metadata_prefix: str = ""
    about: tuple[bytes, ...] = ()
    findings: tuple[Finding, ...] = ()
    raw: bytes | None = None
    unchanged: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """What a run asks for (section 2.7.1): inclusive datestamps as the source spells them; `None` is open.

    `from_` may also be the bookmark of the last complete run, for protocols whose bookmarks are no dates.
    """

    from_: str | None = None
    until: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Checkpoint:
    """Where a run stands after a page: enough to go on in another process.

    Attributes:
        position: the protocol's own position, such as a resumption token; `None` once the list is complete.
        set_spec: the set being listed, where a source is harvested set by set.
        pages: pages done so far.
        listed: headers listed so far.
        bookmark: from where the next incremental run goes on once this one is complete, in the protocol's own words.
            It comes back as `Window.from_`. OAI-PMH: the source's clock before the list began, less an overlap.
        seen_positions: digests of the last positions, to stop a list that goes round in circles.
        seen_pages: digests of the last pages of the list, for circles whose positions always differ.
        repeats: pages of the list that came before in it.
        in_list: headers listed since the list began, repeated pages left out.
        announced: what the source last said the list holds.
        windows: (from, until) of what is still to do of a list that had to be split, the one being listed first; an
            empty end is open. Empty where nothing was split.
        lost: (set, from, until, reason) of the windows that could not be had.
        splits: how often a window was split in this run.
        done: nothing is left to ask for.
        whole: the list held everything there is, whatever the window asked for: what it misses is gone.
    """

    position: str | None = None
    set_spec: str | None = None
    pages: int = 0
    listed: int = 0
    bookmark: str | None = None
    seen_positions: tuple[str, ...] = ()
    seen_pages: tuple[str, ...] = ()
    repeats: int = 0
    in_list: int = 0
    announced: int | None = None
    windows: tuple[tuple[str, str], ...] = ()
    lost: tuple[tuple[str, str, str, str], ...] = ()
    splits: int = 0
    done: bool = False
    whole: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """One answer of the source: the unit of work, of one transaction and of one checkpoint.

    Attributes:
        records: in the source's order.
        listed: how many headers the answer held, counted apart from `records`: the ledger is checked against it.
        checkpoint: where to go on after this page.
        url: the request that gave the page.
        response_date: the answer's responseDate, as the harvestDate of its records.
        complete_list_size: what the source says the whole list holds (section 3.5).
        metadata_namespace: the payload format's namespace.
        findings: about the page, not about one record.
    """

    records: tuple[Record, ...]
    listed: int
    checkpoint: Checkpoint
    url: str = ""
    response_date: str = ""
    complete_list_size: int | None = None
    metadata_namespace: str = ""
    findings: tuple[Finding, ...] = field(default=())
