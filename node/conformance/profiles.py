"""What aggregators ask beyond the protocol: points P01 to P07 (OpenAIRE, OVAL, the guidelines for provenance).

OpenAIRE Guidelines for Data Archives: https://guidelines.openaire.eu/en/latest/data/use_of_oai_pmh.html
"""

from __future__ import annotations

import datetime as dt

from node.amounts import counted, lasting
from node.conformance.answers import TAG
from node.conformance.asking import Fails, NotApplicable
from node.conformance.subject import Subject, moment
from node.namespaces import DC, OAI_PROVENANCE

_NEEDED = ("title", "creator", "date", "type", "identifier")
_TOLD = ("baseURL", "identifier", "datestamp", "metadataNamespace")


def p01(subject: Subject) -> str:
    """A page has 100 to 500 records."""
    size = len(subject.paged.pages[0].items)
    if not 100 <= size <= 500:
        raise Fails(f"the first page has {counted(size, 'record')}", subject.paged.pages[0])
    return counted(size, "record")


def p02(subject: Subject) -> str:
    """A token lives for 23 hours or longer."""
    page = subject.paged.pages[0]
    date = page.token.get("expirationDate") if page.token is not None else None
    if date is None:
        raise Fails("tokens tell no expirationDate", page)
    life = moment(date) - moment(page.text("responseDate") or "")
    if life < dt.timedelta(hours=23):
        raise Fails(f"a token lives for {lasting(life)}", page)
    return f"a token lives for {lasting(life)}"


def p03(subject: Subject) -> str:
    """Tokens tell the completeListSize."""
    page = subject.paged.pages[0]
    size = page.token.get("completeListSize") if page.token is not None else None
    if size is None:
        raise Fails("tokens tell no completeListSize", page)
    return size


def p04(subject: Subject) -> str:
    """Deletions are told."""
    kept = subject.stated("deletedRecord")
    if kept not in ("persistent", "transient"):
        raise Fails(f"deletedRecord is {kept!r}", subject.identify)
    return kept


def p05(subject: Subject) -> str:
    """oai_datacite and the set openaire_data are offered."""
    prefixes = {form.prefix for form in subject.formats}
    lacking = [name for name, there in (
        ("the format oai_datacite", "oai_datacite" in prefixes),
        ("the set openaire_data", "openaire_data" in (subject.sets or ())),
    ) if not there]  # fmt: skip
    if lacking:
        raise Fails(f"{' and '.join(lacking)} {'is' if len(lacking) == 1 else 'are'} not offered")
    return "both are offered"


def p06(subject: Subject) -> str:
    """Records harvested from elsewhere say where they come from."""
    ns = f"{{{OAI_PROVENANCE}}}"
    told = {
        item.identifier: item.record.find(f"{TAG}about/{ns}provenance/{ns}originDescription")
        for item in subject.live
        if item.record is not None
    }
    if all(origin is None for origin in told.values()):
        raise NotApplicable("no record says that it comes from elsewhere")
    for identifier, origin in told.items():
        if origin is None:
            raise Fails(f"{identifier} does not say where it comes from, others do")
        lacking = [name for name in _TOLD if not (origin.findtext(f"{ns}{name}") or "").strip()]
        lacking += [name for name in ("harvestDate", "altered") if not origin.get(name)]
        if lacking:
            raise Fails(f"the provenance of {identifier} lacks {', '.join(lacking)}")
    return f"{len(told)} records say where they come from"


def p07(subject: Subject) -> str:
    """Each record in oai_dc has a title, a creator, a date, a type and a link."""
    answer, payloads = subject.in_oai_dc()
    for item, payload in payloads:
        values = {name: [(each.text or "").strip() for each in payload.findall(f"{{{DC}}}{name}")] for name in _NEEDED}
        lacking = [name for name in _NEEDED if not any(values[name])]
        if not any(value.startswith(("http://", "https://")) for value in values["identifier"]):
            lacking.append("an http identifier")
        if lacking:
            raise Fails(f"{item.identifier} lacks {', '.join(lacking)}", answer)
    return f"{len(payloads)} records have all of them"
