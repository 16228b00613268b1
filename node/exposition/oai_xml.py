"""OAI-PMH responses as XML text: envelope, headers, records, provenance (OAI-PMH 2.0, sections 2.5 and 3.2).

Payloads are stored rendered and clean, so a page is put together from text; everything else is escaped here.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable, Mapping
from functools import lru_cache
from io import BytesIO
from itertools import chain
from xml.sax.saxutils import escape, quoteattr

from node.model.listing import Item, sets_of
from node.namespaces import OAI, OAI_PROVENANCE, XSI
from node.syntax import uri_text, xml_text

_UTC = re.compile(r"\d{4}-\d\d-\d\d(T\d\d:\d\d:\d\dZ)?", re.ASCII)
_PLAIN = re.compile(r"[ -%'-;=?-~]*")
_PROVENANCE_OPEN = (
    f'<provenance xmlns="{OAI_PROVENANCE}" xmlns:xsi="{XSI}" '
    f'xsi:schemaLocation="{OAI_PROVENANCE} http://www.openarchives.org/OAI/2.0/provenance.xsd">'
)


def utc(moment: dt.datetime) -> str:
    """Return a UTCdatetime with seconds granularity (section 3.3.1); a naive moment is UTC."""
    if moment.tzinfo is not None:
        moment = moment.astimezone(dt.UTC)
    return f"{moment.isoformat()[:19]}Z"


def stamp(moment: dt.datetime, granularity: str) -> str:
    """Return a datestamp as the granularity, `YYYY-MM-DD` or `YYYY-MM-DDThh:mm:ssZ`, spells it."""
    return utc(moment)[: len(granularity)]


def envelope(base_url: str, arguments: Mapping[str, str], content: Iterable[str], now: dt.datetime) -> bytes:
    """Return a whole response; `arguments` are echoed as attributes of `request`."""
    echoed = "".join(f" {name}={quoteattr(xml_text(value))}" for name, value in arguments.items())
    head = (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        f'<OAI-PMH xmlns="{OAI}" xmlns:xsi="{XSI}" '
        f'xsi:schemaLocation="{OAI} http://www.openarchives.org/OAI/2.0/OAI-PMH.xsd">\n'
        f"<responseDate>{utc(now)}</responseDate>\n"
        f"<request{echoed}>{text(base_url)}</request>"
    )
    # Part by part: a page is there once only (to be given memory for another takes as long as to make a third of it),
    # and one letter beyond Latin does not make a wide text of all of it.
    whole = BytesIO()
    for part in chain((head,), content, ("</OAI-PMH>",)):
        whole.write(part.encode())
        whole.write(b"\n")
    return whole.getvalue()


def text(value: str) -> str:
    """Return character data: escaped, without what XML 1.0 forbids."""
    # Most of what is written has no character to be left out or escaped, and is looked at once only.
    return value if _PLAIN.fullmatch(value) else escape(xml_text(value))


_same_stamp = lru_cache(maxsize=4_096)(stamp)
"""For what many records have in common."""
_DELETED = ' status="deleted"'


def element(name: str, value: str) -> str:
    """Return an element with character data."""
    return f"<{name}>{text(value)}</{name}>"


def error(code: str, message: str) -> str:
    """Return an `error` element (section 3.6)."""
    return f'<error code="{code}">{text(message)}</error>'


def header(item: Item, identifier: str, granularity: str) -> str:
    """Return a record's header (section 2.5)."""
    return (
        f"<header{'' if item.live else _DELETED}><identifier>{text(identifier)}</identifier>"
        f"<datestamp>{_same_stamp(item.datestamp, granularity)}</datestamp>{_set_specs(item.set_specs)}</header>"
    )


@lru_cache(maxsize=4_096)
def _set_specs(names: str | None) -> str:
    return "".join(element("setSpec", spec) for spec in sets_of(names))


def record(item: Item, identifier: str, label: str, granularity: str, *, altered: bool) -> str:
    """Return a record: header, payload and, where it is live, its provenance and its signed label.

    Args:
        altered: the payload is not the one that was harvested (guidelines for provenance).
    """
    if not item.live:
        return f"<record>{header(item, identifier, granularity)}</record>"
    about = f"<about>{label}</about></record>" if label else "</record>"
    return (
        f"<record>{header(item, identifier, granularity)}<metadata>{item.body}</metadata>"
        f"<about>{_PROVENANCE_OPEN}{origin_description(item, altered=altered)}</provenance></about>{about}"
    )


def origin_description(item: Item, *, altered: bool) -> str:
    """Return where the record was harvested from; the source's own provenance is nested inside (oldest innermost).

    The schema wants a UTC date and a URI: a datestamp that the source spelt otherwise is replaced by the harvest date,
    an identifier that is no URI is percent-encoded.
    """
    datestamp = item.origin_datestamp if _UTC.fullmatch(item.origin_datestamp) else item.harvested
    head, tail = _origin(item.harvested, item.origin_url, item.origin_namespace, altered)
    return (
        f"{head}{text(uri_text(item.origin_identifier))}</identifier><datestamp>{text(datestamp)}{tail}"
        f"{item.origin_description or ''}</originDescription>"
    )


@lru_cache(maxsize=4_096)
def _origin(harvested: str, url: str, namespace: str, altered: bool) -> tuple[str, str]:
    """Return what records that came together have in common of their origin: before the identifier, and behind."""
    return (
        f'<originDescription harvestDate="{text(harvested)}" altered="{"true" if altered else "false"}">'
        f"<baseURL>{text(url)}</baseURL><identifier>",
        f"</datestamp><metadataNamespace>{text(namespace)}</metadataNamespace>",
    )


def resumption_token(token: str, *, cursor: int, size: int, expires: dt.datetime | None) -> str:
    """Return a `resumptionToken` element; an empty token ends a list (section 3.5)."""
    expiry = f' expirationDate="{utc(expires)}"' if expires else ""
    return f'<resumptionToken{expiry} completeListSize="{size}" cursor="{cursor}">{text(token)}</resumptionToken>'


def elements(name: str, children: Iterable[str]) -> Iterable[str]:
    """Return an element around its children, part by part, each when it is asked for."""
    return chain((f"<{name}>",), children, (f"</{name}>",))
