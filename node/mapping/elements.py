"""An XML payload being read: every element and attribute that a rule takes is remembered, so that the rest is reported.

A crosswalk never skips silently: what no rule took is `Unmapped`, what was taken with reservations is a finding.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache

from lxml.etree import _Element as Element

from node.mapping.reservations import reservation
from node.model.mapped import Unmapped
from node.model.rdf import Iri, Literal
from node.model.report import Finding
from node.namespaces import XML, XSI
from node.terms import identifiers, vocabularies

XML_LANG = f"{{{XML}}}lang"


class Reading:
    """One payload being read.

    Attributes:
        root: the element the format's paths start from.
        findings: what was taken with reservations, in reading order.
    """

    def __init__(self, document: Element, root: Element | None = None) -> None:
        """Start reading `document`; `root` is the element within it that holds the metadata."""
        self.root = document if root is None else root
        self.findings: list[Finding] = []
        # The list keeps lxml's proxies alive: only then is one element always the same Python object.
        self._elements = list(document.iter("*"))
        self._taken: set[Element] = set()
        self._attributes: set[tuple[Element, str]] = set()

    def text(self, element: Element) -> str:
        """Take an element with all it holds, and return its text: white space at the ends removed.

        A value that stands for "unknown" (DataCite, appendix 3, such as `:unav`) is noted and returned as empty.
        """
        self._taken.add(element)
        if len(element):
            self._taken.update(element.iter("*"))
            text = _all_text(element).strip()
        else:
            text = (element.text or "").strip()
        if is_placeholder(text):
            self.note("mapping.placeholder", f"“{text}” stands for an unknown value", element, text)
            return ""
        return text

    def line(self, element: Element) -> str:
        """Take an element like `text`, with runs of white space made one space."""
        return " ".join(self.text(element).split())

    def own(self, element: Element) -> str:
        """Take an element without the elements it holds, and return its own text, white space made single."""
        self._taken.add(element)
        return _own_text(element)

    def literal(self, element: Element, *, one_line: bool = True) -> Literal | None:
        """Take an element as a literal with the language it is in (xml:lang, inherited); `None` where it is empty."""
        text = self.line(element) if one_line else self.text(element)
        return Literal(text, language=self.language(element)) if text else None

    def literals(self, elements: Iterable[Element], *, one_line: bool = True) -> tuple[Literal, ...]:
        """Take elements as literals, each once."""
        found = (self.literal(element, one_line=one_line) for element in elements)
        return tuple(dict.fromkeys(literal for literal in found if literal))

    def language(self, element: Element) -> str | None:
        """Return the BCP 47 tag an element is in, in lower case as RDF compares it; `None` where unknown."""
        holder: Element | None = element
        while holder is not None:
            tag = holder.get(XML_LANG)
            if tag is not None:
                return self._language_tag(tag.strip(), holder)
            holder = holder.getparent()
        return None

    def attribute(self, element: Element, name: str) -> str:
        """Take an attribute without namespace and return its value, stripped; empty where it is absent."""
        self._attributes.add((element, name))
        return (element.get(name) or "").strip()

    def address(self, element: Element) -> Iri | None:
        """Take an element that holds an absolute address, and return it; one that holds anything else stays."""
        found = identifiers.iri(" ".join(all_text(element).split()))
        if found is not None:
            self.take(element)
        return found

    def take(self, *elements: Element) -> None:
        """Mark elements, with all they hold, as consumed by a rule that read them in its own way."""
        for element in elements:
            self._taken.add(element)
            if len(element):
                self._taken.update(element.iter("*"))

    def note(self, code: str, message: str, element: Element | None = None, value: str | None = None) -> None:
        """Say that something was taken with reservations; `code` is one of `RESERVATIONS`."""
        self.findings.append(
            reservation(
                code,
                message,
                path=None if element is None else self.path(element),
                value=value,
                source_line=None if element is None else element.sourceline,
            )
        )

    def path(self, element: Element) -> str:
        """Return an element's path by local names, from the metadata root: `resource/titles/title`."""
        names = [local_name(element)]
        holder = element.getparent() if element is not self.root else None
        while holder is not None:
            names.append(local_name(holder))
            holder = holder.getparent() if holder is not self.root else None
        return "/".join(reversed(names))

    def unmapped(self) -> tuple[Unmapped, ...]:
        """Return what no rule took: elements with text of their own, and attributes that matter."""
        found: list[Unmapped] = []
        for element in self._elements:
            if element not in self._taken:
                text = _own_text(element)
                if text:
                    found.append(Unmapped(path=self.path(element), value=text[:200], source_line=element.sourceline))
            names = element.keys()
            for name in names:
                if (element, name) not in self._attributes and not _is_ignored(name):
                    value = element.get(name, "")
                    if value.strip():
                        path = f"{self.path(element)}/@{name}"
                        found.append(Unmapped(path=path, value=value[:200], source_line=element.sourceline))
        return tuple(found)

    def _language_tag(self, tag: str, element: Element) -> str | None:
        known = language_tag(tag)
        if known is None and tag:
            self.note("mapping.language-unknown", f"xml:lang “{tag}” is no known language", element, tag)
        return known


def is_placeholder(text: str) -> bool:
    """Tell whether a text is one of the standard values for unknown information (DataCite, appendix 3)."""
    return text[:2] in _PLACEHOLDER_STARTS and _PLACEHOLDER.fullmatch(text) is not None


def language_tag(tag: str) -> str | None:
    """Return a BCP 47 tag in lower case, its language known; `None` where it is empty or not known."""
    known = _TAGS.get(tag)
    if known is not None or not tag:
        return known
    code = vocabularies.language_code(tag.partition("-")[0])
    if code is None:
        return None
    rest = tag.partition("-")[2]
    return f"{code}-{rest}".lower() if _SUBTAGS.fullmatch(rest) else code


def local_name(element: Element) -> str:
    """Return an element's name without its namespace; empty for a comment or a processing instruction."""
    tag = element.tag
    return _split(tag)[1] if isinstance(tag, str) else ""


def namespace(element: Element) -> str:
    """Return an element's namespace; empty where it has none."""
    return _split(str(element.tag))[0]


def children(element: Element | None) -> dict[str, list[Element]]:
    """Return the child elements by local name, each list in document order."""
    found: dict[str, list[Element]] = {}
    if element is not None:
        for child in element:
            name = local_name(child)
            if name in found:
                found[name].append(child)
            elif name:
                found[name] = [child]
    return found


def at(element: Element | None, path: str) -> list[Element]:
    """Return the elements at a path of local names below an element, such as `titlStmt/titl`, in document order."""
    found = [] if element is None else [element]
    for name in path.split("/"):
        found = [child for holder in found for child in holder if local_name(child) == name]
    return found


def all_text(element: Element) -> str:
    """Return the text of an element and of all it holds, in document order, as it is written."""
    return "".join(element.itertext()) if len(element) else element.text or ""


@lru_cache(maxsize=1024)
def _split(tag: str) -> tuple[str, str]:
    """The namespace and the local name of `{namespace}name`."""
    space, _, name = tag.rpartition("}")
    return space[1:], name


def _all_text(element: Element) -> str:
    """An element's text with that of its children; a `br`, which DataCite allows in descriptions, is a line break."""
    parts = [element.text or ""]
    for child in element:
        if isinstance(child.tag, str):
            parts.append("\n" if local_name(child) == "br" else "")
            parts.append(_all_text(child))
        parts.append(child.tail or "")
    return "".join(parts)


def _is_ignored(attribute: str) -> bool:
    return attribute.startswith(_FOREIGN_ATTRIBUTES) or attribute in _SCHEME_ATTRIBUTES


def _own_text(element: Element) -> str:
    words = (element.text or "").split()
    for child in element:
        tail = child.tail
        if tail:
            words += tail.split()
    return " ".join(words)


# The tags met a thousand times a page need no look-up.
_TAGS = {tag: tag.lower() for tag in ("en", "de", "fr", "es", "it", "nl", "en-US", "en-GB", "en-us", "en-gb", "de-DE")}
_SUBTAGS = re.compile(r"[A-Za-z0-9]{1,8}(-[A-Za-z0-9]{1,8})*")
_PLACEHOLDER_STARTS = frozenset({":u", "(:", ":t", ":n", ":e"})
_PLACEHOLDER = re.compile(r"\(?:(unac|unal|unap|unas|unav|unkn|none|null|tba|etal)\)?")
_FOREIGN_ATTRIBUTES = (f"{{{XML}}}", f"{{{XSI}}}")
# They name the scheme of a value that is read by itself.
_SCHEME_ATTRIBUTES = frozenset({"schemeURI", "schemeUri", "SchemeURI"})
