"""What METS says of an object beside its description: files, rights, links, and what it is a structure of.

Sources: METS 1.12 (https://www.loc.gov/standards/mets/mets-schemadocs.html), the METS application profile of the
DFG Viewer (http://dfg-viewer.de/profil-der-metadaten) for `dv:rights` and `dv:links`.
"""

from __future__ import annotations

from lxml.etree import _Element as Element

from node.mapping.checksums import checksum
from node.mapping.draft import Draft
from node.mapping.elements import Reading, all_text, at, local_name
from node.mapping.envelope import summary
from node.mapping.formats import byte_size, read_format
from node.mapping.loc.related import XLINK
from node.mapping.roles import enter
from node.model.dcat import Agent, ContactPoint, Distribution
from node.model.mapped import Unmapped
from node.model.rdf import Iri, Literal
from node.terms import identifiers

MAX_FILES = 10_000
"""Files of one group that are described one by one."""


def read_rights(draft: Draft, element: Element) -> None:
    """Add the owner, the contact and the licence of `dv:rights`."""
    reading = draft.reading
    parts = {local_name(one): one for one in element.iterchildren("*")}

    def text(name: str) -> str:
        return reading.line(parts[name]) if name in parts else ""

    owner = text("owner")
    # The site is the owner's: `Agent` has no homepage, and an address is no identifier of theirs.
    enter(draft, Agent(name=owner, kind="organization") if owner else None, "RightsHolder")
    if "ownerContact" in parts and "@" in all_text(parts["ownerContact"]):
        draft.contacts.add(ContactPoint(name=owner or None, email=text("ownerContact").removeprefix("mailto:")))
    for name in ("license", "ownerLicense"):
        if name in parts:
            draft.rights.add(reading, parts[name], reading.literal(parts[name]), text(name))


def read_links(draft: Draft, element: Element) -> None:
    """Add the pages of `dv:links`: the presentation is the landing page."""
    for name in ("presentation", "reference", "iiif"):
        for one in at(element, name):
            address = draft.reading.address(one)
            if address is not None:
                (draft.links if name == "presentation" else draft.pages).add(address)


def read_files(draft: Draft, section: Element) -> tuple[Unmapped, ...]:
    """Add the files of a `fileSec` one by one, and of groups that hold the pages of one thing, the formats."""
    pages = []
    for group in section.iter("{*}fileGrp"):
        files = list(group.iterchildren("{*}file"))
        use = (group.get("USE") or "").strip().upper()
        draft.reading.attribute(group, "USE")
        draft.reading.attribute(group, "ID")
        if len(files) > 1 and use not in _WHOLE:
            for kind in dict.fromkeys((one.get("MIMETYPE") or "").strip() for one in files):
                draft.format(files[0], kind if use not in _DERIVED else "")
            pages += files
        elif use not in _DERIVED:
            if len(files) > MAX_FILES:
                message = f"only the first {MAX_FILES} files were read"
                draft.reading.note("mapping.distributions-many", message, group)
            for one in files[:MAX_FILES]:
                draft.files.add(_file(draft.reading, one))
        else:
            pages += files
    return summary(draft.reading, pages, f"{len(pages)} files of single pages, and files derived from others")


def _file(reading: Reading, element: Element) -> Distribution | None:
    locations = at(element, "FLocat")
    links = [identifiers.iri(one.get(f"{{{XLINK}}}href", "")) for one in locations]
    address: Iri | None = next(filter(None, links), None)
    if address is None:
        return None
    reading.take(element)
    title = ""
    for one in locations:
        for name in ("LOCTYPE", f"{{{XLINK}}}href", f"{{{XLINK}}}type", "ID"):
            reading.attribute(one, name)
        title = title or reading.attribute(one, f"{{{XLINK}}}title")
    for name in ("ID", "SEQ", "ADMID", "DMDID", "GROUPID"):
        reading.attribute(element, name)
    kind, size = reading.attribute(element, "MIMETYPE"), byte_size((element.get("SIZE") or "").strip())
    sum_ = checksum((element.get("CHECKSUMTYPE") or "").strip(), (element.get("CHECKSUM") or "").strip())
    for name, value in (("SIZE", size), ("CHECKSUM", sum_), ("CHECKSUMTYPE", sum_)):
        if value is not None:
            reading.attribute(element, name)
    form = read_format(reading, element, kind) if kind else None
    return Distribution(
        download_url=address,
        title=(Literal(title),) if title else (),
        media_type=form.media_type if form else None,
        file_format=form.file_type if form else None,
        byte_size=size,
        checksum=sum_,
    )


_WHOLE = frozenset({"ORIGINAL", "CONTENT", "DATA", "DOWNLOAD"})
_DERIVED = frozenset({"THUMBS", "THUMBNAIL", "MIN", "TEASER", "TEXT", "LICENSE", "CC-LICENSE"})
