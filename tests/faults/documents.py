"""OAI-PMH documents for the fault scenarios, rightly written; each scenario spoils them in a way of its own.

The repository of the scenarios holds six records on three pages: 1 and 2, 3 and 4, 5 and 6. The tokens of the second
and third page are “two” and “three”. See https://www.openarchives.org/OAI/openarchivesprotocol.html.
"""

from __future__ import annotations

from xml.sax.saxutils import escape

NAMESPACE = "http://www.openarchives.org/OAI/2.0/"
SECONDS = "YYYY-MM-DDThh:mm:ssZ"
STAMP = "2026-01-02T03:04:05Z"
DC = 'xmlns:oai_dc="http://www.openarchives.org/OAI/2.0/oai_dc/" xmlns:dc="http://purl.org/dc/elements/1.1/"'


def identifier(number: int | str) -> str:
    """Return the identifier of a record."""
    return f"oai:faults.example.org:{number}"


def ids(*numbers: int | str) -> tuple[str, ...]:
    """Return the identifiers of records."""
    return tuple(map(identifier, numbers))


def envelope(
    inside: str, *, xmlns: str = f'xmlns="{NAMESPACE}"', date: str = "2026-06-01T00:00:00Z", encoding: str = "UTF-8"
) -> str:
    """Return an answer around its content."""
    said = f"<responseDate>{date}</responseDate>" if date else ""
    return (
        f'<?xml version="1.0" encoding="{encoding}"?>\n<OAI-PMH {xmlns}>\n{said}'
        f"<request>http://127.0.0.1/oai</request>\n{inside}\n</OAI-PMH>\n"
    )


def identify(granularity: str = SECONDS, *, date: str = "2026-06-01T00:00:00Z", earliest: str = "2026-01-01") -> bytes:
    """Return an answer to Identify (section 4.2); `earliest` is a day."""
    since = earliest if granularity == "YYYY-MM-DD" else f"{earliest}T00:00:00Z"
    return envelope(
        "<Identify><repositoryName>Faults</repositoryName><baseURL>http://127.0.0.1/oai</baseURL>"
        "<protocolVersion>2.0</protocolVersion><adminEmail>a@example.org</adminEmail>"
        f"<earliestDatestamp>{since}</earliestDatestamp><deletedRecord>transient</deletedRecord>"
        f"<granularity>{granularity}</granularity></Identify>",
        date=date,
    ).encode()


def dublin_core(inside: str) -> str:
    """Return a payload in oai_dc."""
    return f"<oai_dc:dc {DC}>{inside}</oai_dc:dc>"


def record(
    number: int | str,
    title: str | None = None,
    *,
    stamp: str = STAMP,
    status: str = "",
    payload: str | None = None,
    metadata: str | None = None,
    sets: str = "",
) -> str:
    """Return a record element (section 2.5).

    Args:
        title: as it stands in the document, so that it may be spoilt; by default “Record 1” and so on.
        payload: what is inside `metadata`.
        metadata: the whole `metadata` element.
    """
    if payload is None:
        payload = dublin_core(f"<dc:title>{f'Record {number}' if title is None else title}</dc:title>")
    if metadata is None:
        metadata = f"<metadata>{payload}</metadata>"
    state = f' status="{status}"' if status else ""
    return (
        f"<record><header{state}><identifier>{identifier(number)}</identifier><datestamp>{stamp}</datestamp>{sets}"
        f"</header>{metadata}</record>\n"
    )


def token(value: str, **attributes: int | str) -> str:
    """Return a resumptionToken element (section 3.5); an empty one ends a list."""
    said = "".join(f' {name}="{text}"' for name, text in attributes.items())
    return f"<resumptionToken{said}>{escape(value)}</resumptionToken>"


def listing(*parts: str, **spelling: str) -> str:
    """Return an answer to ListRecords; `spelling` is that of `envelope`."""
    return envelope(f"<ListRecords>\n{''.join(parts)}</ListRecords>", **spelling)


def page(*numbers: int | str, to: str | None = None, **attributes: int | str) -> bytes:
    """Return an answer that lists records as they should be; `to` is its token, `None` no token element at all."""
    end = () if to is None else (token(to, **attributes),)
    return listing(*map(record, numbers), *end).encode()


def error(code: str, beside: str = "") -> bytes:
    """Return an answer that is an error (section 3.6)."""
    return envelope(f'<error code="{code}">no</error>{beside}').encode()


IDENTIFY = identify()
FIRST, SECOND, LAST = page(1, 2, to="two"), page(3, 4, to="three"), page(5, 6, to="")
ALL = ids(1, 2, 3, 4, 5, 6)
