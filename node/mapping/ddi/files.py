"""The files of a study in DDI Codebook: fileDscr, and otherMat, which Dataverse uses for files too.

Source: DDI Codebook 2.5, fileDscr and otherMat
(https://ddialliance.org/Specification/DDI-Codebook/2.5/XMLSchema/field_level_documentation.html).
"""

from __future__ import annotations

from lxml.etree import _Element as Element

from node.mapping.ddi.words import words
from node.mapping.draft import Draft
from node.mapping.elements import at
from node.mapping.formats import Format, read_format
from node.model.dcat import Distribution
from node.terms import identifiers


def read_file(draft: Draft, element: Element) -> None:
    """Add a `fileDscr`: a file where it has a name or an address, else its format."""
    reading = draft.reading
    address = identifiers.iri(element.get("URI", ""))
    if address is not None:
        reading.attribute(element, "URI")
    names = reading.literals(at(element, "fileTxt/fileName"))
    form = _format(draft, element)
    contents = reading.literals(at(element, "fileTxt/fileCont"), one_line=False)
    if names or address:
        draft.files.add(
            Distribution(
                download_url=address,
                title=names,
                description=contents,
                media_type=form.media_type if form else None,
                file_format=form.file_type if form else None,
            )
        )
    elif form:
        draft.formats.append(form)


def read_material(draft: Draft, element: Element) -> None:
    """Add an `otherMat`: a file where it is at the level of files, else a page."""
    reading = draft.reading
    address = identifiers.iri(element.get("URI", ""))
    if address is None:
        return
    reading.attribute(element, "URI")
    level = reading.attribute(element, "level")
    names = reading.literals(at(element, "labl"))
    texts = [text for one in at(element, "txt") if (text := words(reading, one, one_line=False))]
    if level in ("datafile", "file"):
        form = _format(draft, element)
        draft.files.add(
            Distribution(
                download_url=address,
                title=names,
                description=tuple(texts),
                media_type=form.media_type if form else None,
                file_format=form.file_type if form else None,
            )
        )
    else:
        draft.pages.add(address)


def _format(draft: Draft, element: Element) -> Format | None:
    """The type of a file; Dataverse gives its media type in a note."""
    reading = draft.reading
    for one in at(element, "notes"):
        if (one.get("subject") or "").strip() == "Content/MIME":
            for name in ("subject", "type", "level"):
                reading.attribute(one, name)
            text = reading.line(one)
            return read_format(reading, one, text) if text else None
    for one in (*at(element, "fileTxt/fileType"), *at(element, "fileTxt/format")):
        for name in ("charset", "ID"):
            reading.attribute(one, name)
        text = reading.line(one)
        if text:
            return read_format(reading, one, text)
    return None
