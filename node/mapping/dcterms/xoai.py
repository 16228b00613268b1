"""The tree in which DSpace gives everything it knows of an item (`xoai`), renamed to the DCMI terms it stands for.

Format: https://wiki.lyrasis.org/display/DSDOC7x/OAI (an `element` for each part of `dc.date.issued`, then one for the
language, then a `field` for each value; files are `bundles`). DSpace's own schema of qualifiers:
https://wiki.lyrasis.org/display/DSDOC7x/Metadata+and+Bitstream+Format+Registries.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from lxml.etree import _Element as Element

from node.mapping.checksums import checksum
from node.mapping.draft import Draft
from node.mapping.elements import XML_LANG, Reading, all_text, at, language_tag, local_name
from node.mapping.envelope import summary, take_whole
from node.mapping.formats import byte_size, read_format
from node.model.dcat import Distribution
from node.model.mapped import Unmapped
from node.model.rdf import Literal
from node.terms import identifiers

XOAI = "http://www.lyncode.com/xoai"


def rename(reading: Reading, root: Element) -> list[Element]:
    """Name each element after what it holds, so that paths tell it, and return the fields that are DCMI terms."""
    for element in list(root.iter("*")):
        name = element.get("name", "")
        if _NAME.fullmatch(name) and element is not root:
            reading.attribute(element, "name")
            element.tag = f"{{{XOAI}}}{name}"
    return list(_terms(root))


def read_files(draft: Draft, root: Element) -> tuple[Unmapped, ...]:
    """Add the files of the bundle that holds the item's own; those that DSpace derived from them are told by number."""
    reading = draft.reading
    derived = []
    for bundle in at(root, "bundles/bundle"):
        names = [all_text(one).strip() for one in at(bundle, "name")]
        if names[:1] == ["ORIGINAL"]:
            reading.take(*at(bundle, "name"))
            for bitstream in at(bundle, "bitstreams/bitstream"):
                draft.files.add(_file(reading, bitstream))
        else:
            derived.append(bundle)
    take_whole(reading, *at(root, "repository"))
    for element in at(root, "others/handle"):
        handle = identifiers.handle(all_text(element), bare=True)
        if handle is not None:
            reading.take(element)
            draft.names.add(handle)
    take_whole(reading, *at(root, "others/identifier"), *at(root, "others/lastModifyDate"))
    return summary(reading, derived, "files derived by DSpace, and its own licence")


def _terms(root: Element) -> Iterator[Element]:
    for schema in root:
        if local_name(schema) not in ("dc", "dcterms", "datacite"):
            continue
        for field in schema.iter(f"{{{XOAI}}}value"):
            path: list[str] = []
            holder = field.getparent()
            while holder is not None and holder is not schema:
                path.insert(0, local_name(holder))
                holder = holder.getparent()
            if path and _is_language(path[-1]):
                language = path.pop()
                tag = language_tag(language.replace("_", "-"))
                if tag and language != "none":
                    field.set(XML_LANG, tag)
            name, role = _term(path)
            if name:
                field.tag = f"{{{XOAI}}}{name}"
                if role:
                    field.set("role", role)
                yield field


def _term(path: list[str]) -> tuple[str, str]:
    """The DCMI term of a path such as `date`, `issued`, and the role it gives; both empty where there is none."""
    element, qualifier = (*path, "", "")[:2]
    if element == "contributor" and qualifier and qualifier != "author":
        return "contributor", qualifier
    name = _TERMS.get((element, qualifier))
    if name is None and element in _OPEN:
        return element, ""
    return name or (element if not qualifier else ""), ""


def _is_language(name: str) -> bool:
    return name in ("none", "*") or (_LANGUAGE.fullmatch(name) is not None and language_tag(name[:2]) is not None)


def _file(reading: Reading, bitstream: Element) -> Distribution | None:
    fields = {local_name(one): one for one in bitstream}

    def text(name: str) -> str:
        return reading.line(fields[name]) if name in fields else ""

    address = reading.address(fields["url"]) if "url" in fields else None
    if address is None:
        return None
    kind = text("format")
    form = read_format(reading, fields["format"], kind) if kind else None
    name, words = text("name") or text("originalName"), text("description")
    size = byte_size(all_text(fields["size"]).strip()) if "size" in fields else None
    sum_ = checksum(
        *(all_text(fields[one]).strip() if one in fields else "" for one in ("checksumAlgorithm", "checksum"))
    )
    used = {"originalName": name, "sid": name, "size": size, "checksum": sum_, "checksumAlgorithm": sum_}
    reading.take(*(fields[one] for one, value in used.items() if one in fields and value))
    return Distribution(
        download_url=address,
        title=(Literal(name),) if name else (),
        description=(Literal(words),) if words else (),
        media_type=form.media_type if form else None,
        file_format=form.file_type if form else None,
        byte_size=size,
        checksum=sum_,
    )


_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9._-]{0,60}")
_LANGUAGE = re.compile(r"[a-z]{2}(?:[_-][A-Za-z]{2,4})?")
_OPEN = frozenset({"subject", "identifier", "rights", "title"})
_TERMS: dict[tuple[str, str], str] = {
    ("title", "alternative"): "alternative", ("contributor", "author"): "creator",
    ("date", "issued"): "issued", ("date", "created"): "created", ("date", "available"): "available",
    ("date", "submitted"): "dateSubmitted", ("date", "copyright"): "dateCopyrighted", ("date", "updated"): "modified",
    ("description", "abstract"): "abstract", ("description", "tableofcontents"): "tableOfContents",
    ("description", "provenance"): "provenance", ("identifier", "citation"): "bibliographicCitation",
    ("language", "iso"): "language", ("format", "extent"): "extent", ("format", "mimetype"): "format",
    ("format", "medium"): "medium", ("coverage", "spatial"): "spatial", ("coverage", "temporal"): "temporal",
    ("rights", "holder"): "rightsHolder", ("rights", "accessRights"): "accessRights", ("rights", "license"): "license",
    ("relation", "ispartof"): "isPartOf", ("relation", "haspart"): "hasPart",
    ("relation", "isversionof"): "isVersionOf", ("relation", "hasversion"): "hasVersion",
    ("relation", "isformatof"): "isFormatOf", ("relation", "isreferencedby"): "isReferencedBy",
    ("relation", "requires"): "requires", ("relation", "replaces"): "replaces",
    ("relation", "isreplacedby"): "isReplacedBy", ("relation", "isbasedon"): "source", ("relation", "uri"): "relation",
    ("source", "uri"): "source",
}  # fmt: skip
