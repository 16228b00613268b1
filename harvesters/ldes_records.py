"""Records made of the members of an event stream, put together from what it tells in several of them."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

from harvesters.asking import Patience
from harvesters.dcat_documents import on_site, read_document
from harvesters.dcat_graph import MEDIA_TYPE, Graph
from harvesters.dcat_items import catalog_records, described, graph_of
from harvesters.dcat_listing import Listed
from harvesters.gathered_lists import Gathered, Mention, Unavailable, is_passing
from harvesters.ldes_members import Kind, Member, member_of
from harvesters.unusable_records import undescribed
from node.errors import FetchError, HarvestError, HttpStatus, SyntaxRefused
from node.harvest.protocols import Fetch
from node.model.oai import Header, Record
from node.model.rdf import Iri
from node.model.report import Finding, Severity

_MOST_PARTS = 1_000


class MemberReader:
    """Makes records of members; see `gathered_lists.Reader`.

    Args:
        gathered: the members, by what they are about.
        url: of the stream; nothing is fetched from other hosts.
    """

    def __init__(self, gathered: Gathered, fetch: Fetch, patience: Patience, url: str) -> None:
        self._gathered, self._fetch, self._patience, self._url = gathered, fetch, patience, url
        self._others = Counter[str]()

    def read(self, mention: Mention) -> Record | None:
        """Return the record of a dataset or service, or of its deletion."""
        member = member_of(mention)
        header = Header(identifier=member.node, datestamp=member.datestamp)
        if member.kind is Kind.DELETION:
            return Record(header=replace(header, deleted=True))
        if member.kind in (Kind.PART, Kind.OTHER):
            self._others[member.type or "things of no class"] += 1
            return None
        if member.kind is Kind.ELSEWHERE:
            return self._dereferenced(member, header)
        return self._record(Graph(member.triples, member.blank), header)

    def notes(self) -> tuple[Finding, ...]:
        """Return what the members read since the last call were, where they were no records."""
        others, self._others = self._others, Counter()
        if not others:
            return ()
        kinds = ", ".join(f"{count} of {kind}" for kind, count in others.most_common(5))
        finding = Finding(
            code="harvest.no-dataset",
            severity=Severity.INFO,
            message=f"{others.total()} things are no datasets or services, so they are no records: {kinds}",
            advice="Nothing: what belongs to a dataset is in its record.",
        )
        return (finding,)

    def _record(self, graph: Graph, header: Header) -> Record:
        node = Iri(header.identifier)
        self._add_parts(graph)
        if not graph.describes(node):
            record = undescribed(header, "what its member holds is about something else")
            return replace(record, media_type=MEDIA_TYPE, raw=graph.payload(graph.statements()))
        record = described(graph, Listed(node=node), catalog_records(graph))
        return replace(record, header=header)

    def _add_parts(self, graph: Graph) -> None:
        """Add what the stream tells of things that the graph names and does not describe."""
        waiting = [value for _, _, value in graph.statements() if isinstance(value, Iri)]
        seen = set(waiting)
        added = 0
        for node in waiting:
            if graph.is_blank(node) or graph.describes(node) or added == _MOST_PARTS:
                continue
            mention = self._gathered.get(node)
            member = member_of(mention) if mention else None
            if member is None or member.kind is not Kind.PART:
                continue
            graph.merge(member.triples, member.blank)
            added += 1
            further = {value for _, _, value in member.triples if isinstance(value, Iri)} - seen
            seen |= further
            waiting += sorted(further)

    def _dereferenced(self, member: Member, header: Header) -> Record:
        """Read a member at its own address, since the page says nothing of it (TREE, “Member extraction”, 2)."""
        address = on_site(member.member, self._url)
        if address is None:
            return undescribed(header, "the stream says nothing of it, and it is on another host")
        try:
            document = read_document(self._fetch, address, patience=self._patience)
        except (FetchError, HarvestError, SyntaxRefused) as error:
            if isinstance(error, HttpStatus) and error.status == 410:
                return Record(header=replace(header, deleted=True))
            record = undescribed(header, f"neither the stream nor its own address describes it: {error.message}")
            if is_passing(error):
                raise Unavailable(error, record) from error
            return record
        return self._record(graph_of(document), header)
