"""An OGC API's documents read into values: landing page, conformance, collections, queryables, pages of items.

OGC API - Records, Part 1 (https://docs.ogc.org/is/20-004r1/20-004r1.html), which builds on OGC API - Features, Part 1
(https://docs.ogc.org/is/17-069r4/17-069r4.html).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from urllib.parse import parse_qsl, urlencode, urljoin, urlsplit

from harvesters.asking import bookmark_of
from harvesters.json_answers import JsonObject, document, object_of, objects, read_object, size, text
from node.errors import HarvestError
from node.harvest.protocols import Response
from node.model.oai import Header, Record
from node.model.report import Finding, Severity
from node.syntax import JsonValue

PROTOCOL = "OGC API - Records"
PREFIX = "ogc_record"
OFFSETS = ("offset", "startindex", "startIndex", "start")


@dataclass(frozen=True, slots=True, kw_only=True)
class Collection:
    """A collection of records: what it is called, where it and its items are.

    Attributes:
        item_type: of its items, `record` for records; empty where it does not say.
        is_one_of_many: it is harvested as one of an API's collections, and not as a source of its own.
    """

    id: str
    url: str
    items_url: str
    title: str = ""
    item_type: str = ""
    is_one_of_many: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Items:
    """A page of items.

    Attributes:
        matched: how many items there are in all; `None` where it is not said.
        next_url: of the next page; empty on the last one.
        bookmark: see `Checkpoint`.
    """

    records: tuple[Record, ...]
    matched: int | None
    next_url: str
    url: str
    bookmark: str | None
    timestamp: str = ""
    findings: tuple[Finding, ...] = ()


def read_json(response: Response) -> tuple[JsonObject, Response]:
    """Return any of an OGC API's documents, and the answer it came in; see `read_object`."""
    return read_object(response, PROTOCOL), response


def read_items(response: Response) -> Items:
    """Read a page of items (Features, section 7.15).

    Raises:
        SyntaxRefused: it is no JSON.
        HarvestError: it is no GeoJSON feature collection.
    """
    answer = read_object(response, PROTOCOL)
    features = answer.get("features")
    if not isinstance(features, list):
        raise HarvestError(f"{response.url}: the answer is JSON, but holds no list “features”")
    returned = size(answer.get("numberReturned"))
    findings: tuple[Finding, ...] = ()
    if returned is not None and returned != len(features):
        message = f"numberReturned is {returned}, and {len(features)} came"
        findings = (finding("harvest.counts-wrong", message, "Ask the catalogue's operator to correct the counts."),)
    return Items(
        records=tuple(map(read_record, features)),
        matched=size(answer.get("numberMatched")),
        next_url=link(answer, "next", response.url),
        url=response.url,
        bookmark=bookmark_of(response),
        timestamp=text(answer.get("timeStamp")),
        findings=findings,
    )


def read_record(value: JsonValue) -> Record:
    """Read one feature; a thing that is none keeps its `raw`."""
    feature = object_of(value)
    properties = object_of(feature.get("properties"))
    dates = (text(properties.get(name)) for name in ("updated", "recordUpdated", "record-updated", "created"))
    header = Header(identifier=text(feature.get("id")), datestamp=next(filter(None, dates), ""))
    record = Record(header=header, media_type="application/json", metadata_prefix=PREFIX)
    try:
        payload = document(value)
    except ValueError as error:
        damage = finding("harvest.record-damaged", f"the record cannot be written as JSON: {error}", _CORRECT)
        return replace(record, raw=repr(value).encode("utf-8", "backslashreplace"), findings=(damage,))
    if not isinstance(value, dict):
        nothing = finding("harvest.no-metadata", "an entry of the list is no GeoJSON feature", _CORRECT)
        return replace(record, raw=payload, findings=(nothing,))
    return replace(record, metadata=payload)


def read_collection(value: JsonObject, url: str) -> Collection:
    """Read a collection.

    Args:
        url: where the collection is.
    """
    items = link(value, "items", url)
    return Collection(
        id=text(value.get("id")),
        url=url,
        items_url=items if items and same_host(items, url) else f"{url}/items",
        title=text(value.get("title")),
        item_type=text(value.get("itemType")).lower(),
    )


def link(value: JsonObject, rel: str, base: str) -> str:
    """Return a link's absolute address: the one in JSON where there are several; empty where there is none."""
    found = [each for each in objects(value.get("links")) if text(each.get("rel")) == rel and text(each.get("href"))]
    found.sort(key=lambda each: "json" not in text(each.get("type")))
    return urljoin(base, text(found[0].get("href"))) if found else ""


def same_host(url: str, other: str) -> bool:
    """Two addresses have scheme, host and port in common."""
    return urlsplit(url)[:2] == urlsplit(other)[:2]


def offset_parameter(items: Items) -> tuple[str, str] | None:
    """Return how the next page is named, if by the number of items before it: the parameter, and the address without.

    Only then can any place in the list be asked for.
    """
    parts = urlsplit(items.next_url)
    pairs = parse_qsl(parts.query, keep_blank_values=True)
    name = next((name for name, value in pairs if name in OFFSETS and value == str(len(items.records))), None)
    if name is None:
        return None
    rest = urlencode([pair for pair in pairs if pair[0] not in (name, "limit")])
    return name, parts._replace(query=rest, fragment="").geturl()


def finding(code: str, message: str, advice: str) -> Finding:
    """Return a warning about the catalogue or one of its records."""
    return Finding(code=code, severity=Severity.WARNING, message=message, advice=advice)


_CORRECT = "Ask the catalogue to correct the record."
