"""The Components section of CMDI, of any profile: what is read is told by the names that profiles share.

Profiles are each community's own; their elements are bound to shared concepts by links in the profile, which is not
part of the record. So names of elements, without case and punctuation, stand in for the concepts. Components about
other things (tools, documents, recorded people) stay.
"""

from __future__ import annotations

from lxml.etree import _Element as Element

from node.mapping.clarin.leaves import LEAVES
from node.mapping.clarin.parts import COMPONENTS
from node.mapping.clarin.people import PEOPLE, key, read_person
from node.mapping.dcterms.reading import read_terms
from node.mapping.draft import Draft
from node.mapping.envelope import take_whole
from node.model.rdf import Literal


class Names:
    """Names and titles of one resource: a name is a title only where no title is given."""

    def __init__(self) -> None:
        self.names: list[Literal] = []

    def finish(self, draft: Draft) -> None:
        """Make the names titles, or beside titles of their language, alternatives."""
        languages = {title.language for title in draft.titles}
        for name in self.names:
            if name.language in languages:
                draft.say("dct:alternative", name)
            else:
                draft.titles.add(name)


def read_components(draft: Draft, section: Element) -> None:
    """Add what the components of a record say."""
    names = Names()
    for profile in section.iterchildren("*"):
        _walk(draft, profile, names)
    names.finish(draft)


def _walk(draft: Draft, holder: Element, names: Names) -> None:
    if "dcmiterms" in key(holder):
        _read_dcmi(draft, holder)
        return
    for element in holder.iterchildren("*"):
        name = key(element)
        if name in _ABOUT_RECORD:
            take_whole(draft.reading, element)
        elif name in PEOPLE:
            read_person(draft, element, PEOPLE[name])
        elif len(element):
            rule = COMPONENTS.get(name)
            if rule is not None:
                rule(draft, element)
            elif name not in _OTHER_THINGS:
                _walk(draft, element, names)
        elif name in _NAMES or (name == "name" and key(holder) in _NAMED):
            words = draft.reading.literal(element)
            names.names += [words] if words else []
        elif name == "date" and key(holder) == "session":
            draft.date(element, draft.reading.line(element), "Created")
        elif name in LEAVES:
            LEAVES[name](draft, element)


def _read_dcmi(draft: Draft, component: Element) -> None:
    """The OLAC profiles: DCMI terms as elements, OLAC's codes as attributes without a namespace."""
    for element in component.iterchildren("*"):
        role, code = draft.reading.attribute(element, "olac-role"), draft.reading.attribute(element, "olac-language")
        if role:
            element.set("role", role)
        if code and key(element) == "language":
            draft.reading.take(element)
            draft.language(element, code)
        else:
            read_terms(draft, [element])


_ABOUT_RECORD = frozenset({"metadatainfo", "metadata"})
_OTHER_THINGS = frozenset(
    [
        "actors", "actor", "annotationtoolinfo", "cooperations", "creationtoolinfo", "documentation", "documentations",
        "institution", "mediafile", "publications", "resourcedocumentationinfo", "sizeperlanguage", "source", "sources",
        "sourcedesc", "tools", "usageinfo", "writtenresource",
    ]
)  # fmt: skip
_NAMES = frozenset({"resourcename", "shortname"})
_NAMED = frozenset({"session", "corpus", "collection", "generalinfo", "identificationinfo", "imdicorpus"})
