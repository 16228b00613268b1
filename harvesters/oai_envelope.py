"""What every OAI-PMH answer has around its content (section 3.2: https://www.openarchives.org/OAI/openarchivesprotocol.html#XMLResponse).

Only direct children count: a payload may hold records, errors and tokens of its own. Names count without their
namespace, which some repositories misspell.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from lxml.etree import _Element as Element

from harvesters.asking import title_of
from harvesters.oai_records import children, local_name, namespace_of, text_of
from harvesters.oai_repair import repair, with_prefixes
from node.errors import NotOaiPmh, SyntaxRefused, TooLarge, Truncated
from node.model.report import Finding, Severity
from node.namespaces import OAI
from node.syntax import parse_xml


@dataclass(frozen=True, slots=True, kw_only=True)
class OaiProblem:
    """An error element (section 3.6)."""

    code: str
    message: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Envelope:
    """An answer's outer elements.

    Attributes:
        url: what was asked for, after redirects.
        root: the OAI-PMH element.
        errors: its error elements.
        response_date: the responseDate, as it came.
        findings: what is odd about it.
    """

    url: str
    root: Element
    errors: tuple[OaiProblem, ...] = ()
    response_date: str = ""
    findings: tuple[Finding, ...] = ()


def open_envelope(body: bytes, url: str) -> Envelope:
    """Read an answer strictly, else repaired.

    Raises:
        Truncated: it ends too early; nothing is made of a part.
        SyntaxRefused: repairing does not help.
        NotOaiPmh: it is another document.
    """
    try:
        return envelope_of(parse_xml(body), url)
    except SyntaxRefused as error:
        refusal = refuse_html(error, body, url)
    repaired = repair(body)
    for mended in (repaired, with_prefixes(repaired)):
        try:
            root = parse_xml(mended.data)
        except (Truncated, TooLarge):
            raise
        except SyntaxRefused:
            continue
        found = envelope_of(root, url)
        noted = (*found.findings, repaired_finding(refusal, mended.summary))
        return Envelope(url=url, root=root, errors=found.errors, response_date=found.response_date, findings=noted)
    raise refusal


def envelope_of(root: Element, url: str) -> Envelope:
    """Return what is around an answer's content.

    Raises:
        NotOaiPmh: it is another document.
    """
    findings = _check_root(root, url)
    found = children(root, "error")
    errors = tuple(OaiProblem(code=_code(each), message=text_of(each)[:500]) for each in found)
    date = text_of(next(children(root, "responseDate"), None))
    return Envelope(url=url, root=root, errors=errors, response_date=date[:100], findings=findings)


def refuse_html(error: SyntaxRefused, body: bytes, url: str) -> SyntaxRefused:
    """Return what is wrong with a document that more can be tried with; raise what is final.

    Raises:
        NotOaiPmh: it is an HTML page.
        Truncated, TooLarge: `error` itself.
    """
    if _HTML.match(body[:4096].removeprefix(b"\xef\xbb\xbf")):
        raise NotOaiPmh(f"{url}: the answer is an HTML page{title_of(body[:65536])}, not OAI-PMH")
    if isinstance(error, (Truncated, TooLarge)):
        raise error
    return error


def repaired_finding(refusal: SyntaxRefused, summary: str) -> Finding:
    """Return the finding about an answer that had to be mended."""
    return Finding(
        code="harvest.repaired",
        severity=Severity.WARNING,
        message=f"the answer is not well-formed ({refusal.message}); mended: {summary or 'record by record'}",
        advice="Ask the repository's operator to send well-formed XML 1.0.",
    )


_HTML = re.compile(rb"\s*(?:<!--.*?-->\s*)?<(?:!doctype\s+html|html)\b", re.IGNORECASE | re.DOTALL)


def _code(error: Element) -> str:
    code = error.get("code", "").strip()[:100]
    return _CODES.get(code.lower(), code)


_CODES = {code.lower(): code for code in ("badArgument", "badResumptionToken", "noRecordsMatch")}


def _check_root(root: Element, url: str) -> tuple[Finding, ...]:
    name, namespace = local_name(root), namespace_of(root)
    if name.lower() == "html":
        raise NotOaiPmh(f"{url}: the answer is an HTML page, not OAI-PMH")
    if name != "OAI-PMH" or (namespace and "openarchives.org/OAI" not in namespace):
        raise NotOaiPmh(f"{url}: the answer is a {name[:100]} document, not OAI-PMH")
    if namespace == OAI:
        return ()
    finding = Finding(
        code="harvest.namespace",
        severity=Severity.WARNING,
        message=f"the answer is in the namespace “{namespace[:500]}”, not {OAI}",
        advice="Ask the repository's operator to correct the namespace of OAI-PMH.",
        path="OAI-PMH",
        value=namespace[:500],
    )
    return (finding,)
