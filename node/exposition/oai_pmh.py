"""The OAI-PMH 2.0 provider: from a request's arguments to a response, without a web framework.

https://www.openarchives.org/OAI/openarchivesprotocol.html
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from node.exposition import oai_xml as xml
from node.exposition.oai_arguments import Refusal, check, moment, verb_of
from node.exposition.oai_tokens import ListState, Tokens
from node.model.listing import Item, Selection
from node.model.peer import Peer, Viewer
from node.namespaces import OAI_IDENTIFIER, XSI

_SET = re.compile(r"[A-Za-z0-9\-_.!~*'()]+(:[A-Za-z0-9\-_.!~*'()]+)*")


class Repository(Protocol):
    """What the provider reads; every method answers for one viewer."""

    def clock(self) -> tuple[int, dt.datetime]: ...
    def page(self, selection: Selection, viewer: Viewer, limit: int, *, with_body: bool) -> tuple[Item, ...]: ...
    def size(self, selection: Selection, viewer: Viewer) -> int: ...
    def get(self, local_id: str, prefix: str | None, viewer: Viewer) -> Item | None: ...
    def prefixes(self, local_id: str, viewer: Viewer) -> tuple[str, ...]: ...
    def sets(self, viewer: Viewer) -> tuple[str, ...]: ...
    def note_delivery(self, items: Sequence[Item], peer: Peer) -> None: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Format:
    """A metadata format on offer (section 4.4)."""

    prefix: str
    namespace: str
    schema: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Provider:
    """What the provider says of itself, and what it reads from.

    `missed` is told of records asked for and not found; `label` returns the label of a live record, by its global
    identifier, as the content of an `about` container.
    """

    repository: Repository
    tokens: Tokens
    base_url: str
    name: str
    admin_email: str
    repository_identifier: str
    formats: tuple[Format, ...]
    page_size: int
    missed: Callable[[str], None] = lambda local: None
    label: Callable[[Item, str], str] = lambda item, identifier: ""


def answer(provider: Provider, arguments: Sequence[tuple[str, str]], viewer: Viewer, now: dt.datetime) -> bytes:
    """Return the response to a request, an OAI-PMH error included; it never raises for what a client sends.

    Args:
        arguments: decoded key-value pairs in the order sent, repeats kept.
        now: the time of the request; it becomes the responseDate.
    """
    given = dict(arguments)
    try:
        verb = verb_of(arguments)
        check(verb, arguments)
        content = _VERBS[verb](provider, given, viewer, now)
    except Refusal as refusal:
        # The request element has no attributes where the request was not understood (section 3.2).
        echoed = {} if refusal.code in ("badVerb", "badArgument") else given
        return xml.envelope(provider.base_url, echoed, xml.error(refusal.code, refusal.message), now)
    return xml.envelope(provider.base_url, given, content, now)


def _identify(provider: Provider, given: dict[str, str], viewer: Viewer, now: dt.datetime) -> str:
    _, earliest = provider.repository.clock()
    namespace = provider.repository_identifier
    description = (
        f'<description><oai-identifier xmlns="{OAI_IDENTIFIER}" xmlns:xsi="{XSI}" '
        f'xsi:schemaLocation="{OAI_IDENTIFIER} http://www.openarchives.org/OAI/2.0/oai-identifier.xsd">'
        f"<scheme>oai</scheme>{xml.element('repositoryIdentifier', namespace)}<delimiter>:</delimiter>"
        f"{xml.element('sampleIdentifier', f'oai:{namespace}:aaaaaaaaaaaaaaaaaaaaaaaa')}</oai-identifier></description>"
    )
    return xml.elements(
        "Identify",
        (
            xml.element("repositoryName", provider.name),
            xml.element("baseURL", provider.base_url),
            "<protocolVersion>2.0</protocolVersion>",
            xml.element("adminEmail", provider.admin_email),
            f"<earliestDatestamp>{xml.utc(earliest)}</earliestDatestamp>",
            "<deletedRecord>persistent</deletedRecord>",
            "<granularity>YYYY-MM-DDThh:mm:ssZ</granularity>",
            "<compression>gzip</compression>",
            description,
        ),
    )


def _formats(provider: Provider, given: dict[str, str], viewer: Viewer, now: dt.datetime) -> str:
    offered = {form.prefix for form in provider.formats}
    if "identifier" in given:
        has = set(provider.repository.prefixes(_local(provider, given["identifier"]), viewer))
        if not has:
            provider.missed(_local(provider, given["identifier"]))
            raise Refusal("idDoesNotExist", "There is no such record.")
        offered &= has
        if not offered:
            raise Refusal("noMetadataFormats", "The record is available in no format.")
    return xml.elements(
        "ListMetadataFormats",
        (
            f"<metadataFormat>{xml.element('metadataPrefix', form.prefix)}{xml.element('schema', form.schema)}"
            f"{xml.element('metadataNamespace', form.namespace)}</metadataFormat>"
            for form in provider.formats
            if form.prefix in offered
        ),
    )


def _sets(provider: Provider, given: dict[str, str], viewer: Viewer, now: dt.datetime) -> str:
    if "resumptionToken" in given:
        raise Refusal("badResumptionToken", "ListSets is answered in one response; it issues no tokens.")
    specs = provider.repository.sets(viewer)
    if not specs:
        # A node without records has no sets yet (section 4.6).
        raise Refusal("noSetHierarchy", "There are no sets yet.")
    # A set's ancestors are sets too (section 2.6).
    whole = {":".join(spec.split(":")[: depth + 1]) for spec in specs for depth in range(spec.count(":") + 1)}
    return xml.elements(
        "ListSets",
        (
            f"<set>{xml.element('setSpec', spec)}{xml.element('setName', _set_name(spec))}</set>"
            for spec in sorted(whole)
        ),
    )


def _set_name(spec: str) -> str:
    family, _, member = spec.partition(":")
    names = {
        "source": "Records by source",
        "kind": "Records by kind",
        "openaire_data": "OpenAIRE: research data",
    }
    return f"{names.get(family, family)}: {member}" if member else names.get(family, family)


def _record(provider: Provider, given: dict[str, str], viewer: Viewer, now: dt.datetime) -> str:
    prefix = _prefix(provider, given["metadataPrefix"])
    local = _local(provider, given["identifier"])
    item = provider.repository.get(local, prefix, viewer)
    if item is None:
        if provider.repository.prefixes(local, viewer):
            raise Refusal("cannotDisseminateFormat", f"The record is not available as {prefix}.")
        provider.missed(local)
        raise Refusal("idDoesNotExist", "There is no such record.")
    _delivered(provider, (item,), viewer)
    return xml.elements("GetRecord", (_rendered(provider, item),))


def _list(provider: Provider, given: dict[str, str], viewer: Viewer, now: dt.datetime) -> str:
    verb = given["verb"]
    if "resumptionToken" in given:
        state = provider.tokens.read(given["resumptionToken"], verb, viewer, now)
        if state is None:
            raise Refusal("badResumptionToken", "The token is unknown, altered, expired or of another request.")
    else:
        selection = _selection(provider, given)
        state = ListState(verb=verb, selection=selection, cursor=0, size=provider.repository.size(selection, viewer))
    with_body = verb == "ListRecords"
    # One more than a page tells whether the list goes on: never an empty last page.
    items = provider.repository.page(state.selection, viewer, provider.page_size + 1, with_body=with_body)
    if not items:
        code = "noRecordsMatch" if state.cursor == 0 else "badResumptionToken"
        raise Refusal(code, "No record matches the request.")
    page = items[: provider.page_size]
    _delivered(provider, page, viewer)
    render = _rendered if with_body else _header
    parts = [render(provider, item) for item in page]
    if len(items) > len(page):
        following = ListState(
            verb=verb,
            selection=dataclasses.replace(state.selection, after_seq=page[-1].seq),
            cursor=state.cursor + len(page),
            size=state.size,
        )
        token, expires = provider.tokens.issue(following, viewer, now)
        parts.append(xml.resumption_token(token, cursor=state.cursor, size=state.size, expires=expires))
    elif state.cursor:
        parts.append(xml.resumption_token("", cursor=state.cursor, size=state.size, expires=None))
    return xml.elements(verb, parts)


def _rendered(provider: Provider, item: Item) -> str:
    identifier = _global(provider, item)
    return xml.record(item, identifier, "" if item.deleted else provider.label(item, identifier))


def _header(provider: Provider, item: Item) -> str:
    return xml.header(item, _global(provider, item))


def _delivered(provider: Provider, items: Sequence[Item], viewer: Viewer) -> None:
    if isinstance(viewer, Peer):
        # Before the answer leaves: what a peer may have kept stays revocable.
        provider.repository.note_delivery(items, viewer)


def _selection(provider: Provider, given: dict[str, str]) -> Selection:
    from_, until = given.get("from"), given.get("until")
    if from_ is not None and until is not None and len(from_) != len(until):
        raise Refusal("badArgument", "from and until must have the same granularity.")
    first = moment("from", from_) if from_ is not None else None
    last = moment("until", until, end=True) if until is not None else None
    if first is not None and last is not None and first > last:
        raise Refusal("badArgument", "from is later than until.")
    set_spec = given.get("set")
    if set_spec is not None and not _SET.fullmatch(set_spec):
        raise Refusal("badArgument", "The set argument is not a setSpec.")
    last_seq, _ = provider.repository.clock()
    return Selection(
        prefix=_prefix(provider, given["metadataPrefix"]),
        set_spec=set_spec,
        from_=first,
        until=last,
        last_seq=last_seq,
    )


def _prefix(provider: Provider, prefix: str) -> str:
    if all(form.prefix != prefix for form in provider.formats):
        raise Refusal("cannotDisseminateFormat", f"The format {prefix[:100]!r} is not on offer.")
    return prefix


def _global(provider: Provider, item: Item) -> str:
    return f"oai:{provider.repository_identifier}:{item.local_id}"


def _local(provider: Provider, identifier: str) -> str:
    head = f"oai:{provider.repository_identifier}:"
    if not identifier.startswith(head):
        raise Refusal("idDoesNotExist", "There is no such record.")
    return identifier.removeprefix(head)


_VERBS = {
    "GetRecord": _record,
    "Identify": _identify,
    "ListIdentifiers": _list,
    "ListMetadataFormats": _formats,
    "ListRecords": _list,
    "ListSets": _sets,
}
