"""A label statement as the content of an OAI-PMH `about` container (OAI-PMH 2.0, section 2.5).

The element and its attributes: `docs/reference/sovereignty-labels.md`.
"""

from __future__ import annotations

import hashlib
from functools import lru_cache
from xml.sax.saxutils import escape, quoteattr

from lxml import etree

from node.errors import LabelError
from node.model.label import Labels
from node.model.statement import LabelStatement
from node.namespaces import XSI
from node.sovereignty.signatures import SigningKeys
from node.sovereignty.statements import from_member, sign
from node.sovereignty.tags import to_json
from node.syntax import parse_xml

NAMESPACE = "https://w3id.org/fairnode/label/1.0"
SCHEMA = "static/label-1.0.xsd"
"""Where a node serves the schema of the element, below its base URL."""
_LABELS = ("record", "data")
_PARTS = {name: f"{{{NAMESPACE}}}{name}" for name in (*_LABELS, "signature")}


def payload_digest(payload: bytes) -> str:
    """Return the SHA-256, as hex, of a payload as both sides see it, wherever in a document it stood.

    That is its exclusive canonical form without comments (https://www.w3.org/TR/xml-exc-c14n/).

    Raises:
        SyntaxRefused: it is no XML.
    """
    return hashlib.sha256(
        etree.tostring(parse_xml(payload), method="c14n", exclusive=True, with_comments=False)
    ).hexdigest()


@lru_cache(maxsize=8_192)
def signed_xml(statement: LabelStatement, keys: SigningKeys) -> str:
    """Return the `label` element, signed. The same of the same, so who lists again has no signing to wait for.

    Raises:
        LabelError: a label has no spelling.
    """
    return to_xml(statement, sign(statement, keys))


def to_xml(statement: LabelStatement, signature: str) -> str:
    """Return the `label` element.

    Raises:
        LabelError: a label has no spelling.
    """
    head, tail = around(statement.node, statement.labels)
    own = " ".join(f"{name}={quoteattr(getattr(statement, name))}" for name in ("identifier", "content", "datestamp"))
    return f"{head} {own}{tail}{escape(signature)}{END}"


END = "</signature></label>"


def around(node: str, labels: Labels) -> tuple[str, str]:
    """Return what stands before and behind the attributes that are one record's own, up to the signature and `END`.

    Raises:
        LabelError: a label has no spelling.
    """
    parts = "".join(
        f"<{of} {' '.join(f'{tag}={quoteattr(text)}' for tag, text in sorted(to_json(label).items()))}/>"
        for of, label in zip(_LABELS, (labels.record, labels.data), strict=True)
    )
    where = f'xmlns:xsi="{XSI}" xsi:schemaLocation="{NAMESPACE} {escape(node)}/{SCHEMA}"'
    return f'<label xmlns="{NAMESPACE}" {where} node={quoteattr(node)}', f">{parts}<signature>"


def from_xml(element: etree._Element) -> tuple[LabelStatement, str]:
    """Read a statement and its signature from a `label` element.

    Raises:
        LabelError: it is not what `to_xml` writes.
    """
    if element.tag != f"{{{NAMESPACE}}}label":
        raise LabelError(f"{element.tag!r} is no label")
    parts = {child.tag: child for child in element if isinstance(child.tag, str)}
    if len(element) != 3 or set(parts) != set(_PARTS.values()):
        raise LabelError("a label has a record's, a data's and a signature, once each")
    values: dict[str, object] = {str(name): str(text) for name, text in element.attrib.items()}
    for of in _LABELS:
        label = parts[_PARTS[of]]
        values[of] = {str(name): str(text) for name, text in label.attrib.items()}
    return from_member({**values, "signature": parts[_PARTS["signature"]].text or ""})
