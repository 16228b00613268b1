"""A small OAI-PMH 2.0 provider over `Holdings`: arguments in, a document out (https://www.openarchives.org/OAI/openarchivesprotocol.html).

It shares no code with the node's own provider, as a real repository would not.
"""

from __future__ import annotations

import datetime as dt
import re
import secrets
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from xml.sax.saxutils import escape, quoteattr

from node.demo.arguments import OaiError, bounds, check
from node.demo.holdings import Holdings, SampleRecord, Selection
from node.demo.rendering import XSI
from node.demo.tokens import LIFETIME, Position, read_token, write_token

FORMATS: dict[str, tuple[str, str]] = {
    "oai_dc": ("http://www.openarchives.org/OAI/2.0/oai_dc.xsd", "http://www.openarchives.org/OAI/2.0/oai_dc/"),
    "oai_datacite": ("http://schema.datacite.org/oai/oai-1.1/oai.xsd", "http://schema.datacite.org/oai/oai-1.1/"),
}
"""Metadata prefix to schema and namespace (section 4.4)."""

_OAI = "http://www.openarchives.org/OAI/2.0/"
_IDENTIFIER = f"{_OAI}oai-identifier"
_SCHEME = re.compile(r"oai:([A-Za-z][A-Za-z0-9-]*(?:\.[A-Za-z][A-Za-z0-9-]*)+):.")
_ILLEGAL = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


@dataclass(frozen=True, slots=True, kw_only=True)
class Provider:
    """The six verbs.

    Attributes:
        holdings: what is listed.
        sets: setSpec to setName; where it is empty, the repository has no sets.
        name: repositoryName.
        page_size: items a page.
        clock: gives the present, UTC.
        secret: signs the tokens.
    """

    holdings: Holdings
    sets: Mapping[str, str]
    name: str
    page_size: int
    clock: Callable[[], dt.datetime]
    secret: bytes

    def answer(self, pairs: Iterable[tuple[str, str]], base_url: str) -> str:
        """Return the whole document for the arguments of a request; errors of the protocol are documents too."""
        now = self.clock().replace(microsecond=0)
        echoed: dict[str, str] = {}
        try:
            arguments = check(pairs)
            verbs = {
                "Identify": lambda: self._identify(base_url),
                "ListMetadataFormats": lambda: self._formats(arguments),
                "ListSets": lambda: self._sets(arguments),
                "GetRecord": lambda: self._get(arguments),
                "ListIdentifiers": lambda: self._list(arguments, now),
                "ListRecords": lambda: self._list(arguments, now),
            }
            echoed = arguments
            content = verbs[arguments["verb"]]()
        except OaiError as error:
            # Section 3.2: the request element of these two errors has no attributes.
            if error.code in ("badVerb", "badArgument"):
                echoed = {}
            content = f'<error code="{error.code}">{escape(error.message)}</error>'
        attributes = "".join(f" {name}={quoteattr(_legal(value))}" for name, value in echoed.items())
        return (
            f'<?xml version="1.0" encoding="UTF-8"?>\n<OAI-PMH xmlns="{_OAI}" xmlns:xsi="{XSI}" '
            f'xsi:schemaLocation="{_OAI} http://www.openarchives.org/OAI/2.0/OAI-PMH.xsd">\n'
            f"<responseDate>{_stamp(now)}</responseDate>\n<request{attributes}>{escape(base_url)}</request>\n"
            f"{content}\n</OAI-PMH>\n"
        )

    def _identify(self, base_url: str) -> str:
        earliest = self.holdings.earliest() or self.clock()
        return (
            f"<Identify><repositoryName>{escape(self.name)}</repositoryName><baseURL>{escape(base_url)}</baseURL>"
            "<protocolVersion>2.0</protocolVersion><adminEmail>admin@sample.example</adminEmail>"
            f"<earliestDatestamp>{_stamp(earliest)}</earliestDatestamp><deletedRecord>persistent</deletedRecord>"
            "<granularity>YYYY-MM-DDThh:mm:ssZ</granularity><compression>gzip</compression>"
            f"{self._identifier_description()}</Identify>"
        )

    def _identifier_description(self) -> str:
        """The `oai-identifier` description, where the identifiers are of one namespace of that scheme."""
        identifiers = [one.identifier for one in self.holdings]
        spaces = {match[1] if (match := _SCHEME.match(one)) else "" for one in identifiers}
        space = spaces.pop() if len(spaces) == 1 else ""
        if not space:
            return ""
        return (
            f'<description><oai-identifier xmlns="{_IDENTIFIER}" '
            f'xsi:schemaLocation="{_IDENTIFIER} http://www.openarchives.org/OAI/2.0/oai-identifier.xsd">'
            f"<scheme>oai</scheme><repositoryIdentifier>{escape(space)}</repositoryIdentifier><delimiter>:</delimiter>"
            f"<sampleIdentifier>{escape(identifiers[0])}</sampleIdentifier></oai-identifier></description>"
        )

    def _formats(self, arguments: Mapping[str, str]) -> str:
        prefixes: tuple[str, ...] = tuple(FORMATS)
        if "identifier" in arguments:
            prefixes = self._item(arguments["identifier"]).prefixes
        if not prefixes:
            raise OaiError("noMetadataFormats", "the item is to be had in no format")
        formats = "".join(
            f"<metadataFormat><metadataPrefix>{prefix}</metadataPrefix><schema>{FORMATS[prefix][0]}</schema>"
            f"<metadataNamespace>{FORMATS[prefix][1]}</metadataNamespace></metadataFormat>"
            for prefix in prefixes
        )
        return f"<ListMetadataFormats>{formats}</ListMetadataFormats>"

    def _sets(self, arguments: Mapping[str, str]) -> str:
        if "resumptionToken" in arguments:
            raise OaiError("badResumptionToken", "the list of sets comes in one piece")
        if not self.sets:
            raise OaiError("noSetHierarchy", "the repository has no sets")
        sets = "".join(
            f"<set><setSpec>{spec}</setSpec><setName>{escape(name)}</setName></set>" for spec, name in self.sets.items()
        )
        return f"<ListSets>{sets}</ListSets>"

    def _get(self, arguments: Mapping[str, str]) -> str:
        item = self._item(arguments["identifier"])
        prefix = arguments["metadataPrefix"]
        if prefix not in item.prefixes:
            raise OaiError("cannotDisseminateFormat", "the item is not to be had in that format")
        return f"<GetRecord>{_record(item, prefix)}</GetRecord>"

    def _list(self, arguments: dict[str, str], now: dt.datetime) -> str:
        verb = arguments["verb"]
        resumed = None
        if "resumptionToken" in arguments:
            resumed = read_token(arguments["resumptionToken"], self.secret, verb, now)
            selection, cursor, total = resumed.selection, resumed.cursor, resumed.total
        else:
            selection, cursor = self._selection(arguments, now), 0
            total = self.holdings.count(selection)
        items, more = self.holdings.page(selection, resumed.after if resumed else None, self.page_size)
        # A rest that moved behind the list's end leaves nothing to give; an empty page would not be valid.
        if not items:
            raise OaiError("noRecordsMatch", "nothing matches the request")
        if verb == "ListRecords":
            rows = [_record(item, selection.prefix) for item in items]
        else:
            rows = [_header(item) for item in items]
        token = ""
        if more:
            after, expires = (items[-1].datestamp, items[-1].identifier), now + LIFETIME
            position = Position(
                verb=verb, selection=selection, after=after, cursor=cursor + len(items), total=total, expires=expires
            )
            token = (
                f'<resumptionToken expirationDate="{_stamp(expires)}" completeListSize="{total}" cursor="{cursor}">'
                f"{write_token(position, self.secret)}</resumptionToken>"
            )
        elif resumed is not None:
            token = f'<resumptionToken completeListSize="{total}" cursor="{cursor}"/>'
        return f"<{verb}>{''.join(rows)}{token}</{verb}>"

    def _selection(self, arguments: dict[str, str], now: dt.datetime) -> Selection:
        from_, until = bounds(arguments)
        if arguments["metadataPrefix"] not in FORMATS:
            raise OaiError("cannotDisseminateFormat", "that format is not offered")
        if "set" in arguments and not self.sets:
            raise OaiError("noSetHierarchy", "the repository has no sets")
        # What changes while the list is read moves behind its end and comes with the next increment, so the list ends.
        end = max(now, self.holdings.latest() or now)
        return Selection(
            prefix=arguments["metadataPrefix"],
            set_spec=arguments.get("set"),
            from_=from_,
            until=min(until, end) if until else end,
        )

    def _item(self, identifier: str) -> SampleRecord:
        item = self.holdings.get(identifier)
        if item is None:
            raise OaiError("idDoesNotExist", "the repository has no item of that identifier")
        return item


def new_secret() -> bytes:
    """Return a key to sign tokens with."""
    return secrets.token_bytes(32)


def _header(item: SampleRecord) -> str:
    status = ' status="deleted"' if item.deleted else ""
    sets = "".join(f"<setSpec>{spec}</setSpec>" for spec in item.sets)
    return (
        f"<header{status}><identifier>{escape(item.identifier)}</identifier>"
        f"<datestamp>{_stamp(item.datestamp)}</datestamp>{sets}</header>"
    )


def _record(item: SampleRecord, prefix: str) -> str:
    if item.deleted:
        return f"<record>{_header(item)}</record>"
    payload = item.render(item.identifier, prefix)
    return f"<record>{_header(item)}<metadata>{payload}</metadata></record>"


def _stamp(moment: dt.datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


def _legal(text: str) -> str:
    return _ILLEGAL.sub("\ufffd", text)
