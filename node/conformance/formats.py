"""The formats of a provider and of its items: points M01 to M05 (OAI-PMH 2.0, sections 3.4 and 4.4)."""

from __future__ import annotations

from node.conformance.answers import TAG, Answer, Item
from node.conformance.asking import Fails, NotApplicable, spelt
from node.conformance.refusing import nobody, refused
from node.conformance.subject import Subject
from node.namespaces import OAI_DC

_OAI_DC_SCHEMA = "http://www.openarchives.org/OAI/2.0/oai_dc.xsd"


def m01(subject: Subject) -> str:
    """oai_dc is offered, with its own schema and namespace."""
    answer = subject.ask("ListMetadataFormats")
    if answer.verb is None or answer.verb.tag != f"{TAG}ListMetadataFormats":
        raise Fails(f"ListMetadataFormats was answered with {answer.said}", answer)
    found = [form for form in subject.formats if form.prefix == "oai_dc"]
    if not found:
        raise Fails(f"offered are {', '.join(form.prefix for form in subject.formats)}")
    if (found[0].namespace, found[0].schema) != (OAI_DC, _OAI_DC_SCHEMA):
        raise Fails(f"oai_dc has the namespace {found[0].namespace!r} and the schema {found[0].schema!r}")
    return f"offered are {', '.join(form.prefix for form in subject.formats)}"


def m02(subject: Subject) -> str:
    """The formats of one item can be asked for."""
    for item in subject.sample:
        found = _formats_of(subject, item)
        if subject.prefix not in found:
            raise Fails(f"{item.identifier} is listed in {subject.prefix}, and its formats are said to be {found}")
        strange = set(found) - {form.prefix for form in subject.formats}
        if strange:
            raise Fails(f"{item.identifier} has the formats {sorted(strange)}, which are not on offer")
    refused(subject, ("idDoesNotExist",), spelt("ListMetadataFormats", identifier=nobody(subject)))
    return f"{len(subject.sample)} items tell their formats, an unknown one is refused"


def m03(subject: Subject) -> str:
    """Each format on offer can be harvested, in its namespace."""
    seen = []
    for form in subject.formats:
        answer = subject.ask("ListRecords", metadataPrefix=form.prefix, **subject.scope)
        if answer.codes == ("noRecordsMatch",):
            seen.append(f"{form.prefix} has no records")
            continue
        if not answer.items:
            raise Fails(f"{form.prefix} is on offer, and its records are answered with {answer.said}", answer)
        for item in answer.items:
            if item.payload is not None and _namespace(str(item.payload.tag)) != form.namespace:
                raise Fails(
                    f"{item.identifier} comes in {item.payload.tag!s}, {form.prefix} is {form.namespace}", answer
                )
        seen.append(f"{form.prefix} has")
    return ", ".join(seen)


def m04(subject: Subject) -> str:
    """An item is refused in a format that it lacks."""
    offered = {form.prefix for form in subject.formats}
    for item in (*subject.sample, *subject.records.items[:7]):
        lacking = sorted(offered - set(_formats_of(subject, item)))
        if not lacking:
            continue
        answer = subject.ask("GetRecord", identifier=item.identifier, metadataPrefix=lacking[0])
        if answer.codes != ("cannotDisseminateFormat",):
            raise Fails(f"{item.identifier} lacks {lacking[0]}, and asking for it gave {answer.said}", answer)
        return f"{item.identifier} lacks {lacking[0]}, and is refused in it"
    raise NotApplicable("the items looked at have every format")


def m05(subject: Subject) -> str:
    """A list in a format holds exactly the items that have it."""
    items = subject.records.whole
    if not items:
        raise NotApplicable("no record is listed")
    looked = list({item.identifier: item for item in (*subject.sample, *items[:4])}.values())
    for form in subject.formats:
        listed = set(subject.identifiers(metadataPrefix=form.prefix))
        for item in looked:
            has = form.prefix in _formats_of(subject, item)
            if has != (item.identifier in listed):
                told = "has" if has else "lacks"
                raise Fails(f"{item.identifier} {told} {form.prefix}, the list in {form.prefix} says otherwise")
    return f"{len(looked)} items are in exactly the lists of the formats they have"


def _formats_of(subject: Subject, item: Item) -> list[str]:
    answer: Answer = subject.ask("ListMetadataFormats", identifier=item.identifier)
    found = answer.verb.iter(f"{TAG}metadataPrefix") if answer.verb is not None else ()
    prefixes = [(each.text or "").strip() for each in found]
    if not prefixes and answer.codes != ("noMetadataFormats",):
        raise Fails(f"the formats of {item.identifier} were answered with {answer.said}", answer)
    return prefixes


def _namespace(tag: str) -> str:
    return tag[1:].partition("}")[0] if tag.startswith("{") else ""
