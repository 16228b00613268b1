"""The OAI-PMH 2.0 provider: from a request's arguments to a response, without a web framework.

https://www.openarchives.org/OAI/openarchivesprotocol.html
"""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from itertools import chain

from node.exposition import oai_xml as xml
from node.exposition.oai_arguments import Refusal, check, moment, verb_of
from node.exposition.oai_descriptions import identify, list_sets
from node.exposition.oai_provider import DAY, Format, Provider
from node.exposition.oai_tokens import ListState
from node.model.label import Audience
from node.model.listing import Item, Selection
from node.model.peer import Viewer


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
        return xml.envelope(provider.base_url, echoed, (xml.error(refusal.code, refusal.message),), now)
    return xml.envelope(provider.base_url, given, content, now)


def _identify(provider: Provider, given: dict[str, str], viewer: Viewer, now: dt.datetime) -> Iterable[str]:
    return identify(provider)


def _formats(provider: Provider, given: dict[str, str], viewer: Viewer, now: dt.datetime) -> Iterable[str]:
    formats = provider.offered
    offered = {form.payloads for form in formats}
    if "identifier" in given:
        local = _local(provider, given["identifier"])
        offered &= set(provider.repository.prefixes(local, viewer))
        if not offered and not provider.repository.knows(local, viewer):
            provider.missed(local)
            raise Refusal("idDoesNotExist", "There is no such record.")
        if not offered:
            raise Refusal("noMetadataFormats", "The record is available in no format.")
    return xml.elements(
        "ListMetadataFormats",
        (
            f"<metadataFormat>{xml.element('metadataPrefix', form.prefix)}{xml.element('schema', form.schema)}"
            f"{xml.element('metadataNamespace', form.namespace)}</metadataFormat>"
            for form in formats
            if form.payloads in offered
        ),
    )


def _sets(provider: Provider, given: dict[str, str], viewer: Viewer, now: dt.datetime) -> Iterable[str]:
    if "resumptionToken" in given:
        raise Refusal("badResumptionToken", "ListSets is answered in one response; it issues no tokens.")
    specs = provider.repository.sets(viewer)
    if not specs:
        # A node without records has no sets yet (section 4.6).
        raise Refusal("noSetHierarchy", "There are no sets yet.")
    return list_sets(specs)


def _record(provider: Provider, given: dict[str, str], viewer: Viewer, now: dt.datetime) -> Iterable[str]:
    form = _format(provider, given["metadataPrefix"])
    local = _local(provider, given["identifier"])
    item = provider.repository.get(local, form.payloads, viewer)
    if item is None:
        if provider.repository.knows(local, viewer):
            raise Refusal("cannotDisseminateFormat", f"The record is not available as {form.prefix}.")
        provider.missed(local)
        raise Refusal("idDoesNotExist", "There is no such record.")
    if item.deleted:
        provider.missed(local)  # for this viewer: it may be live for others
    _delivered(provider, (item,), viewer)
    return xml.elements("GetRecord", (_renderer(provider, form.payloads)(item),))


def _list(provider: Provider, given: dict[str, str], viewer: Viewer, now: dt.datetime) -> Iterable[str]:
    verb, basis = given["verb"], provider.repository.basis(viewer)
    if "resumptionToken" in given:
        state = provider.tokens.read(given["resumptionToken"], verb, viewer, now, basis=basis)
        if state is None:
            raise Refusal("badResumptionToken", "The token is unknown, altered, expired or of another request.")
    else:
        selection = _selection(provider, given, viewer)
        state = ListState(verb=verb, selection=selection, cursor=0, size=provider.repository.size(selection, viewer))
    with_body = verb == "ListRecords"
    # One more than a page tells whether the list goes on: never an empty last page.
    items = provider.repository.page(state.selection, viewer, provider.page_size + 1, with_body=with_body)
    if not items:
        if state.selection.set_spec is not None and not provider.repository.sets(viewer):
            raise Refusal("noSetHierarchy", "There are no sets yet.")
        code = "noRecordsMatch" if state.cursor == 0 else "badResumptionToken"
        raise Refusal(code, "No record matches the request.")
    page = items[: provider.page_size]
    _delivered(provider, page, viewer)
    render = _renderer(provider, state.selection.prefix) if with_body else partial(_header, provider)
    end: tuple[str, ...] = ()
    if len(items) > len(page):
        following = ListState(
            verb=verb,
            selection=dataclasses.replace(state.selection, after_seq=page[-1].seq),
            cursor=state.cursor + len(page),
            size=state.size,
        )
        token, expires = provider.tokens.issue(following, viewer, now, basis=basis)
        end = (xml.resumption_token(token, cursor=state.cursor, size=state.size, expires=expires),)
    elif state.cursor:
        end = (xml.resumption_token("", cursor=state.cursor, size=state.size, expires=None),)
    return xml.elements(verb, chain(map(render, page), end))


def _renderer(provider: Provider, payloads: str) -> Callable[[Item], str]:
    """Return what renders records in a format; what the node does not write itself is given on as it came."""
    altered = any(form.payloads == payloads for form in provider.formats)

    def rendered(item: Item) -> str:
        label = provider.label(item) if item.live else ""
        return xml.record(item, _global(provider, item), label, provider.granularity, altered=altered)

    return rendered


def _header(provider: Provider, item: Item) -> str:
    return xml.header(item, _global(provider, item), provider.granularity)


def _delivered(provider: Provider, items: Sequence[Item], viewer: Viewer) -> None:
    if not isinstance(viewer, Audience):
        # Before the answer leaves: what a guest may have kept stays revocable.
        provider.repository.note_delivery(items, viewer)


def _selection(provider: Provider, given: dict[str, str], viewer: Viewer) -> Selection:
    from_, until = given.get("from"), given.get("until")
    if from_ is not None and until is not None and len(from_) != len(until):
        raise Refusal("badArgument", "from and until must have the same granularity.")
    if provider.granularity == DAY and any(len(given) > len(DAY) for given in (from_, until) if given is not None):
        raise Refusal("badArgument", "Datestamps are days here: from and until are YYYY-MM-DD.")
    first = moment("from", from_) if from_ is not None else None
    last = moment("until", until, end=True) if until is not None else None
    if first is not None and last is not None and first > last:
        raise Refusal("badArgument", "from is later than until.")
    last_seq, _ = provider.repository.clock(viewer)
    return Selection(
        prefix=_format(provider, given["metadataPrefix"]).payloads,
        set_spec=given.get("set"),
        from_=first,
        until=last,
        last_seq=last_seq,
    )


def _format(provider: Provider, prefix: str) -> Format:
    # Most are asked for in a format that is always there.
    found = [form for form in provider.formats if form.prefix == prefix]
    found = found or [form for form in provider.originals() if form.prefix == prefix]
    if found:
        return found[0]
    raise Refusal("cannotDisseminateFormat", f"The format {prefix[:100]!r} is not on offer.")


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
