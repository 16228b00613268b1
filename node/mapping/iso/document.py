"""A metadata document in an XML encoding of ISO 19115: its objects, properties, values and translations.

The rules both encodings share: ISO/TS 19139:2007, sections 7 (objects within properties), 8.5 (code lists), 8.6.1
(nilReason), 9.3.1 (references) and A.2 (PT_FreeText, translations by locale).
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator

from lxml.etree import _Element as Element

from node.mapping.elements import Reading, all_text, language_tag, local_name
from node.mapping.iso.encodings import Encoding
from node.model.rdf import Iri, Literal, Node
from node.terms import identifiers

XLINK = "http://www.w3.org/1999/xlink"
HREF = f"{{{XLINK}}}href"


class Document:
    """One metadata document.

    Attributes:
        reading: the account of what was taken.
        encoding: the names of what is where.
        root: the metadata element.
        language: the language its texts are in (BCP 47), where it says so.
        extra: statements about the resource that a `Resource` has no field for.
    """

    def __init__(self, reading: Reading, encoding: Encoding) -> None:
        self.reading, self.encoding, self.root = reading, encoding, reading.root
        self.extra: list[tuple[Iri, Node]] = []
        self._by_id: dict[str, Element] = {}
        for element in self.root.iter("*"):
            self._take_structure(element)
        self.language = self._language(self.root, encoding.language)
        self._locales = {
            locale.get("id", "").strip(): self._language(locale, encoding.locale_language)
            for locale in self.objects(self.root, *encoding.locales)
        }

    def properties(self, holder: Element | None, *paths: str) -> list[Element]:
        """Return the properties at the end of paths such as `citation/title`, from an object."""
        found: list[Element] = []
        for path in paths:
            *above, last = path.split("/")
            holders = [] if holder is None else [holder]
            for name in above:
                holders = [inner for one in holders for inner in self.objects(one, name)]
            found += [child for one in holders for child in one if local_name(child) == last]
        return found

    def objects(self, holder: Element | None, *paths: str) -> list[Element]:
        """Return the objects within those properties, also where a property only points at one (`xlink:href="#id"`)."""
        return [inner for one in self.properties(holder, *paths) for inner in self._objects(one)]

    def value(self, property_: Element) -> Element:
        """Return the element that holds a property's value: a CharacterString, an Anchor, a code; else itself."""
        return next((inner for inner in property_.iterchildren("*") if local_name(inner) != "PT_FreeText"), property_)

    def text(self, property_: Element) -> str:
        """Take a property's value in one line, without its translations."""
        value = self.value(property_)
        if value is property_ and len(property_):
            return ""
        return self.reading.line(value)

    def first(self, holder: Element | None, *paths: str) -> str:
        """Take the first of the properties that is not empty."""
        return next(filter(None, map(self.text, self.properties(holder, *paths))), "")

    def literals(self, properties: Iterable[Element], *, one_line: bool = True) -> tuple[Literal, ...]:
        """Take the texts of properties with their translations, each tagged with its language."""
        found = (literal for one in properties for literal in self._literals(one, one_line=one_line))
        return tuple(dict.fromkeys(found))

    def anchor(self, property_: Element) -> Iri | None:
        """Take the address that a value carries as an Anchor; `None` where it carries none."""
        value = self.value(property_)
        href = identifiers.iri(value.get(HREF, ""))
        if href is not None:
            self.take_link(value)
        return href

    def link(self, property_: Element) -> Iri | None:
        """Take a value that is a link or an identifier with an address; leave any other untaken."""
        text = " ".join(all_text(self.value(property_)).split())
        found = self.anchor(property_) or identifiers.resolve(None, text)
        if found is not None:
            self.text(property_)
        return found

    def code(self, property_: Element, known: Collection[str] = ()) -> str:
        """Take a code in lower case, by its codeListValue or its text (sources err in both); empty where there is none.

        Args:
            known: codes in lower case; one that is not among them is left untaken. Empty takes any.
        """
        value = self.value(property_)
        texts = [value.get("codeListValue", ""), all_text(value)]
        codes = [text.strip().replace("#", "/").rstrip().rpartition("/")[2].lower() for text in texts]
        found = next((code for code in codes if code and (not known or code in known)), "")
        if found:
            self.reading.attribute(value, "codeListValue")
            self.text(property_)
        return found

    def codes(self, holder: Element | None, path: str, known: Collection[str] = ()) -> list[str]:
        """Take the codes of a path's properties."""
        return list(filter(None, (self.code(one, known) for one in self.properties(holder, path))))

    def take_link(self, element: Element) -> None:
        """Take the link an element carries, and its label."""
        self.reading.attribute(element, HREF)
        self.reading.attribute(element, f"{{{XLINK}}}title")

    def _objects(self, property_: Element) -> list[Element]:
        inner = [child for child in property_.iterchildren("*") if local_name(child) != "PT_FreeText"]
        href = property_.get(HREF, "")
        if inner or not href.startswith("#"):
            return inner
        target = self._by_id.get(href[1:])
        self.take_link(property_)
        return [] if target is None else [target]

    def _literals(self, property_: Element, *, one_line: bool) -> Iterator[Literal]:
        value, reading = self.value(property_), self.reading
        if value is not property_ or not len(property_):
            text = reading.line(value) if one_line else reading.text(value)
            if text:
                yield Literal(text, language=self.language)
        for translation in property_.iter("*"):
            if local_name(translation) != "LocalisedCharacterString":
                continue
            locale = reading.attribute(translation, "locale").lstrip("#")
            text = reading.line(translation) if one_line else reading.text(translation)
            if text:
                tag = self._locales[locale] if locale in self._locales else _short_tag(locale)
                yield Literal(text, language=tag)

    def _language(self, holder: Element, paths: tuple[str, ...]) -> str | None:
        """The tag of a language code; `eng; USA`, as profiles of North America write it, is English."""
        for property_ in self.properties(holder, *paths):
            value = self.value(property_)
            for text in (value.get("codeListValue", ""), all_text(value).partition(";")[0]):
                tag = language_tag(text.strip().rpartition("/")[2])
                if tag:
                    return tag
        return None

    def _take_structure(self, element: Element) -> None:
        """Take the attributes that hold no value: identities within the document, names of code lists, link types."""
        for name in list(element.attrib):
            plain = str(name).rpartition("}")[2]
            if plain in _IDENTITIES and element.get(name):
                self._by_id.setdefault(element.get(name, ""), element)
            if plain in _STRUCTURE or (plain in _LINK_TYPES and str(name).startswith(f"{{{XLINK}}}")):
                self.reading.attribute(element, str(name))


def _short_tag(locale: str) -> str | None:
    # A translation into a locale that the document forgot to declare: `#FR` and `#fre` still say which.
    return language_tag(locale) if locale.isalpha() and len(locale) in (2, 3) else None


_IDENTITIES = frozenset({"id", "uuid"})
_STRUCTURE = frozenset({"id", "uuid", "codeList", "codeSpace", "nilReason", "isoType", "frame", "srsDimension"})
_LINK_TYPES = frozenset({"type", "actuate", "show", "arcrole"})
