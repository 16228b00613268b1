"""Harvests CKAN portals through their action API (https://docs.ckan.org/en/latest/api/), a package a record.

Packages are listed by `package_search`, sorted by their ids: the list stands still while packages change.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from urllib.parse import urlsplit

from harvesters.asking import Patience, ask, bookmark_of
from harvesters.counted_lists import Slice, counted_pages
from harvesters.json_answers import JsonObject, document, object_of, objects, read_object, size, text
from node.errors import HarvestError, HttpStatus, SyntaxRefused
from node.harvest.protocols import Fetch, Response
from node.model.oai import Checkpoint, Header, Page, Record, Window
from node.model.report import Finding, Severity
from node.model.repository import MetadataFormat, RepositoryDescription, RepositorySet
from node.model.source import Source
from node.syntax import JsonValue

PREFIX = "ckan"


class CkanHarvester:
    """`Harvester` for CKAN.

    Args:
        rows: packages asked for at once; CKAN gives 1000 at most, and portals may give fewer.
        patience: with answers that cannot be read.
    """

    kind: str = "ckan"
    metadata_prefix: str = PREFIX

    def __init__(self, *, rows: int = 100, patience: Patience | None = None) -> None:
        self.rows = rows
        self.patience = patience or Patience()

    def describe(self, source: Source, fetch: Fetch) -> RepositoryDescription:
        """Return what the portal says of itself; see `Harvester.describe`."""
        portal = _Portal(source, fetch, self.patience)
        status = portal.optional("status_show")
        listing, _ = portal.result("package_search", {"rows": "1", "sort": "metadata_modified asc"})
        groups = [("organization", portal.optional("organization_list")), ("group", portal.optional("group_list"))]
        first = objects(object_of(listing).get("results"))
        site = object_of(status)
        contact = text(site.get("error_emails_to"))
        return RepositoryDescription(
            name=text(site.get("site_title")),
            url=text(site.get("site_url")),
            contacts=tuple(contact.split()),
            protocol=f"CKAN {text(site.get('ckan_version'))}".strip(),
            granularity="YYYY-MM-DDThh:mm:ssZ",
            earliest=text(first[0].get("metadata_modified")) if first else "",
            formats=(MetadataFormat(prefix=PREFIX),),
            sets=tuple(
                RepositorySet(spec=f"{kind}:{text(name)}")
                for kind, names in groups
                for name in (names if isinstance(names, list) else [])
                if text(name)
            )[:10_000],
            records=size(object_of(listing).get("count")),
            findings=portal.findings,
        )

    def pages(self, source: Source, fetch: Fetch, window: Window, checkpoint: Checkpoint) -> Iterator[Page]:
        """Yield the packages, those of the source's organisations and groups; see `Harvester.pages`."""
        portal = _Portal(source, fetch, self.patience)
        wanted = " AND ".join(filter(None, (_in_sets(source.set_specs), _in_window(window))))

        def read(start: int, rows: int) -> Slice:
            return portal.packages(wanted, start, rows)

        return counted_pages(read, checkpoint, rows=self.rows)


HARVESTER = CkanHarvester()


class _Portal:
    """One portal's action API."""

    def __init__(self, source: Source, fetch: Fetch, patience: Patience) -> None:
        self._fetch, self._patience = fetch, patience
        self._api = _api(source.url)
        self._is_sorting, self._has_sorted = True, False
        self.findings: tuple[Finding, ...] = ()

    def packages(self, wanted: str, start: int, rows: int) -> Slice:
        """Return packages from an offset on."""
        params = {"rows": str(rows), "start": str(start)}
        if wanted:
            params["fq"] = wanted
        value, response = self._sorted("package_search", params)
        result = object_of(value)
        if not isinstance(result.get("results"), list):
            raise HarvestError(f"{response.url}: the result of package_search holds no list “results”")
        total = size(result.get("count"))
        findings: tuple[Finding, ...] = ()
        if total is None and start == 0:
            message = "package_search does not say how many packages there are"
            findings = (_finding("harvest.counts-wrong", message, "Ask the portal's operator to let CKAN count."),)
        return Slice(
            records=tuple(map(_record, _list(result.get("results")))),
            total=total,
            url=response.url,
            bookmark=bookmark_of(response),
            findings=findings,
        )

    def result(self, action: str, params: dict[str, str]) -> tuple[JsonValue, Response]:
        """Return an action's result.

        Raises:
            HarvestError: CKAN refuses it, or what answers is no CKAN.
            FetchError, SyntaxRefused: see `ask`.
        """
        try:
            return ask(self._fetch, f"{self._api}/{action}", params, _result, patience=self._patience)
        except HttpStatus as error:
            raise _refusal(error, f"{self._api}/{action}") from error

    def optional(self, action: str) -> JsonValue:
        """Return the result of an action that a portal may lack; `None`, with a finding, where it does."""
        try:
            return self.result(action, {})[0]
        except (HarvestError, HttpStatus, SyntaxRefused) as error:
            message = f"the action {action} is not answered: {error.message}"
            finding = _finding("harvest.action-missing", message, "Ask the portal's operator to allow the action.")
            self.findings = (*self.findings, finding)
            return None

    def _sorted(self, action: str, params: dict[str, str]) -> tuple[JsonValue, Response]:
        if self._is_sorting:
            try:
                found = self.result(action, {**params, "sort": "id asc"})
            except _Refused:
                if self._has_sorted:
                    raise
                self._is_sorting = False  # some search back ends sort by fewer fields
            else:
                self._has_sorted = True
                return found
        return self.result(action, params)


class _Refused(HarvestError):
    """CKAN says no, in its own words."""


def _api(url: str) -> str:
    """Return the address of the action API for that of a portal, of its API or of one of its actions."""
    parts = urlsplit(url)
    path = re.sub(r"(?:/api(?:/\d+)?(?:/(?:action(?:/\w+)?|rest|search))?)?/*$", "", parts.path)
    return f"{parts.scheme}://{parts.netloc}{path}/api/3/action"


def _result(response: Response) -> tuple[JsonValue, Response]:
    answer = read_object(response, "the CKAN action API")
    if answer.get("success") is True and "result" in answer:
        return answer["result"], response
    if "success" not in answer:
        raise HarvestError(
            f"{response.url}: the answer is JSON, but not of the CKAN action API",
            advice="Give the address of the portal, or of its /api/3/action.",
        )
    raise _Refused(f"{response.url}: {_complaint(answer)}", advice=_ADVICE)


def _refusal(error: HttpStatus, url: str) -> HarvestError | HttpStatus:
    """Read what CKAN says under an HTTP error, such as 409 for a search it cannot make."""
    try:
        answer = read_object(Response(status=error.status, body=error.body, headers={}, url=url), "CKAN")
    except (SyntaxRefused, HarvestError):
        return error
    if "error" not in answer or error.status >= 500:
        return error
    return _Refused(f"{url}: {_complaint(answer)} (HTTP {error.status})", advice=_ADVICE)


_ADVICE = "The portal refuses the request; try its address with /api/3/action/package_search in a browser."


def _complaint(answer: JsonObject) -> str:
    error = object_of(answer.get("error"))
    kind = text(error.get("__type")) or "Error"
    return f"{kind}: {text(error.get('message')) or 'no reason is given'}"[:500]


def _in_sets(set_specs: tuple[str, ...]) -> str:
    """Return a Solr query for organisations and groups; a name without `organization:` or `group:` is the former."""
    fields = {"group": "groups", "groups": "groups", "organization": "organization"}
    parts = []
    for spec in set_specs:
        kind, colon, name = spec.partition(":")
        field = fields.get(kind) if colon else "organization"
        parts.append(f"{field}:{_quoted(name if colon else spec)}" if field else f"organization:{_quoted(spec)}")
    return f"({' OR '.join(parts)})" if parts else ""


def _in_window(window: Window) -> str:
    if window == Window():
        return ""
    from_, until = window.from_, window.until
    begin = "*" if from_ is None else f"{from_}T00:00:00Z" if len(from_) == len("YYYY-MM-DD") else from_
    end = "*" if until is None else f"{until[:10]}T23:59:59.999Z" if len(until) == 10 else f"{until[:19]}.999Z"
    return f"metadata_modified:[{begin} TO {end}]"


def _quoted(name: str) -> str:
    escaped = name.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def _list(value: JsonValue) -> list[JsonValue]:
    return value if isinstance(value, list) else []


def _record(value: JsonValue) -> Record:
    package = object_of(value)
    groups = [f"group:{text(each.get('name'))}" for each in objects(package.get("groups")) if text(each.get("name"))]
    organization = text(object_of(package.get("organization")).get("name"))
    header = Header(
        identifier=text(package.get("id")),
        datestamp=text(package.get("metadata_modified")),
        set_specs=tuple([f"organization:{organization}"] if organization else []) + tuple(groups),
        deleted=text(package.get("state")) == "deleted",
    )
    record = Record(header=header, media_type="application/json", metadata_prefix=PREFIX)
    if header.deleted:
        return record
    try:
        payload = document(value)
    except ValueError as error:
        message = f"the package cannot be written as JSON: {error}"
        finding = _finding("harvest.record-damaged", message, "Ask the portal to correct the package.")
        return replace(record, raw=repr(value).encode("utf-8", "backslashreplace"), findings=(finding,))
    if not isinstance(value, dict):
        finding = _finding("harvest.no-metadata", "an entry of the list is no package", "Ask the portal's operator.")
        return replace(record, raw=payload, findings=(finding,))
    return replace(record, metadata=payload)


def _finding(code: str, message: str, advice: str) -> Finding:
    return Finding(code=code, severity=Severity.WARNING, message=message, advice=advice)
