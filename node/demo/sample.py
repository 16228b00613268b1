"""About 300 records of twelve research infrastructures that do not exist, the same ones on every machine.

Texts, names, places of measurement and numbers were written for this project and are under its licence, Apache-2.0.
DOIs are below DataCite's test prefix 10.5072, hosts below `.example` (RFC 2606), the ORCID is that of ORCID's own
example, Josiah Carberry (https://orcid.org/0000-0002-1825-0097).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping

from node.demo.defects import spoilt, spoilt_payload
from node.demo.description import Description, Person, Related, Text
from node.demo.draw import Draw, ror
from node.demo.holdings import SampleRecord
from node.demo.infrastructure import Infrastructure, Product, Subject, Words, Work, infrastructures
from node.demo.rendering import RENDERINGS

REPOSITORY_IDENTIFIER = "sample.example"


def sample_records(*, control_characters: bool = False) -> tuple[SampleRecord, ...]:
    """Return the sample, live and withdrawn records, ordered by datestamp.

    Args:
        control_characters: serve the record with characters that XML 1.0 forbids as it stands. Its page is then not
            well-formed, and a strict parser refuses the whole page.
    """
    pairs = [pair for one in infrastructures() for pair in _offer(one)]
    shelf = _Shelf({_oai(one.local): spoilt(one) for one, _ in pairs}, control_characters)
    records = [_record(one, spec, shelf) for one, spec in pairs]
    records += [_withdrawn(one, shelf) for one in infrastructures()]
    return tuple(sorted(records, key=lambda record: (record.datestamp, record.identifier)))


def set_names() -> dict[str, str]:
    """Return setSpec and setName of every set of the sample."""
    names = {"data": "Data and software", "services": "Services", "infrastructure": "By infrastructure"}
    names |= {f"data:{spec}": name for spec, name in _KINDS.items()}
    return names | {f"infrastructure:{one.spec}": f"{one.acronym}: {one.name}" for one in infrastructures()}


_KINDS = {"datasets": "Datasets and collections", "software": "Software and workflows", "instruments": "Instruments"}
_SOFTWARE = frozenset({"Software", "Workflow", "ComputationalNotebook"})
_CARBERRY = ("Carberry, Josiah", "0000-0002-1825-0097")
_FIRST = dt.datetime(2023, 2, 1, 6, 0, 0, tzinfo=dt.UTC)
_SPAN = 86_400 * 1_000
_LAST = dt.date(2025, 12, 30)


class _Shelf:
    """Renders the descriptions it holds."""

    def __init__(self, descriptions: Mapping[str, Description], control_characters: bool) -> None:
        self._descriptions, self._control_characters = descriptions, control_characters

    def render(self, identifier: str, prefix: str) -> str:
        one = self._descriptions[identifier]
        return spoilt_payload(one.local, prefix, RENDERINGS[prefix](one), self._control_characters)


def _offer(one: Infrastructure) -> Iterator[tuple[Description, str]]:
    for product in one.products:
        for position in range(len(one.subjects)):
            yield _product(one, product, position), one.spec
    for position, work in enumerate(one.works):
        yield _work(one, work, position), one.spec


def _record(one: Description, spec: str, shelf: _Shelf) -> SampleRecord:
    is_service = one.general_type == "Service"
    return SampleRecord(
        identifier=_oai(one.local),
        datestamp=max(_datestamp(one.local), _published(one)),
        sets=("services" if is_service else _kind(one), f"infrastructure:{spec}"),
        prefixes=("oai_dc",) if is_service else ("oai_datacite", "oai_dc"),
        render=shelf.render,
    )


def _withdrawn(one: Infrastructure, shelf: _Shelf) -> SampleRecord:
    local = f"{one.spec}-withdrawn"
    return SampleRecord(
        identifier=_oai(local),
        datestamp=_datestamp(local),
        sets=("data:datasets", f"infrastructure:{one.spec}"),
        prefixes=("oai_datacite", "oai_dc"),
        render=shelf.render,
        deleted=True,
    )


def _product(one: Infrastructure, product: Product, position: int) -> Description:
    subject = one.subjects[position]
    local = f"{one.spec}-{product.code}-{position + 1}"
    draw = Draw(local)
    start = draw.between(product.years[0], product.years[1] - 1)
    end = min(product.years[1], start + draw.between(1, 9))
    is_series = "{years}" in product.title[product.language]
    words = {
        "n": draw.between(*product.n),
        "r": f"{1.7 + draw.between(0, 22) / 10:.1f}",
        "proposal": f"{start}{draw.between(1000, 9999)}",
        "start": start,
        "end": end,
        "years": f"{start}–{end}",
    }
    last = end if is_series else start
    issued = dt.date(min(max(last, 2010) + 1, 2025), draw.between(1, 12), draw.between(1, 28))
    access, available = _access(product.access, position, issued)
    revised = draw.between(0, 2) == 0
    update = min(issued + dt.timedelta(days=draw.between(20, 400)), _LAST) if revised else None
    return Description(
        local=local,
        doi=f"10.5072/{one.spec}.{product.code}.{position + 1}",
        general_type=product.kind,
        label=product.label,
        titles=_titles(product, subject, words),
        abstracts=_abstracts(product, subject, words, draw),
        creators=_creators(one, draw),
        publisher=one.publisher,
        host=one.name,
        ror=ror(one.ror) if one.ror else None,
        issued=issued.isoformat() if position % 4 else str(issued.year),
        updated=update.isoformat() if update else None,
        language=product.language,
        keywords=product.keywords + one.keywords,
        formats=product.formats,
        size=round(10**6 * (product.size[0] + (product.size[1] - product.size[0]) * draw.fraction())),
        version=f"{draw.between(1, 4)}.{draw.between(0, 3)}" if revised else None,
        licence=one.licences[(position + draw.between(0, 3)) % len(one.licences)],
        access=access,
        available=available,
        collected=_collected(draw, start, end) if is_series else str(start),
        place_name=subject.name if subject.place or subject.box else None,
        place=subject.place,
        box=subject.box,
        awards=one.awards[: draw.between(0, 2)],
        related=_related(one, product, position, draw),
        landing=f"https://{one.host}/records/{product.code}/{position + 1}",
    )


def _collected(draw: Draw, start: int, end: int) -> str:
    first, last = draw.between(1, 12), draw.between(1, 12)
    spellings = (
        f"{start}/{end}",
        f"{start}-{first:02d}/{end}-{last:02d}",
        f"{start}-{first:02d}-01/{end}-{last:02d}-28",
    )
    return draw.one(spellings)


def _work(one: Infrastructure, work: Work, position: int) -> Description:
    local = f"{one.spec}-{work.code}"
    draw = Draw(local)
    is_service = work.kind == "Service"
    related = [Related(relation="IsDocumentedBy", kind="URL", identifier=f"https://{one.host}/doc/{work.code}")]
    if work.serves:
        target = f"10.5072/{one.spec}.{work.serves}.{draw.between(1, len(one.subjects))}"
        related.append(Related(relation="References", kind="DOI", identifier=target))
    return Description(
        local=local,
        doi="" if is_service else f"10.5072/{one.spec}.{work.code}",
        general_type=work.kind,
        label=work.label or work.kind,
        titles=_texts(work.title, "en"),
        abstracts=_texts(work.abstract, "en"),
        creators=_creators(one, draw),
        publisher=one.publisher,
        host=one.name,
        ror=ror(one.ror) if one.ror else None,
        issued=dt.date(draw.between(2016, 2025), draw.between(1, 12), draw.between(1, 28)).isoformat(),
        language="en",
        keywords=work.keywords + one.keywords,
        formats=work.formats,
        size=draw.between(80_000, 60_000_000) if work.formats else 0,
        version=work.version,
        licence=work.licence or one.licences[position % len(one.licences)],
        access=work.access,
        awards=one.awards[:1],
        related=tuple(related),
        landing=f"https://{one.host}/{work.code}",
        endpoint=f"https://{one.host}/api/{work.code}" if is_service else None,
    )


def _titles(product: Product, subject: Subject, words: Mapping[str, object]) -> tuple[Text, ...]:
    named = {}
    for language, title in product.title.items():
        plain = subject.name.removeprefix("the ").removeprefix("a ")
        name = subject.name if language == "en" else subject.names.get(language, plain)
        filled = title.format(name=name, **words)
        named[language] = filled[0].upper() + filled[1:]
    return _texts(named, product.language)


def _abstracts(product: Product, subject: Subject, words: Mapping[str, object], draw: Draw) -> tuple[Text, ...]:
    said = [draw.one(sentences).format(name=subject.name, **words) for sentences in (product.opening, product.method)]
    last = draw.one(product.closing).format(name=subject.name, **words)
    translated = dict(product.abstract)
    # The note is in English, so it goes with the English text of a record in another language.
    if product.language == "en":
        said.insert(1, subject.note)
    elif "en" in translated:
        translated["en"] += " " + subject.note
    return _texts({product.language: " ".join([*said, last]), **translated}, product.language)


def _texts(words: Words, first: str) -> tuple[Text, ...]:
    order = sorted(words, key=lambda language: language != first)
    return tuple(Text(value=words[language], language=language) for language in order)


def _creators(one: Infrastructure, draw: Draw) -> tuple[Person, ...]:
    start, number = draw.between(0, len(one.people) - 1), draw.between(1, 3)
    names = [one.people[(start + step) % len(one.people)] for step in range(number)]
    return tuple(
        Person(
            name=name,
            affiliation=one.affiliations[one.people.index(name) % len(one.affiliations)],
            orcid=_CARBERRY[1] if name == _CARBERRY[0] else None,
        )
        for name in names
    )


def _access(policy: str, position: int, issued: dt.date) -> tuple[str, str | None]:
    if policy != "embargo":
        return policy, None
    if position % 3 == 0:
        return "embargo", dt.date(2031 + position, 1 + position, 15).isoformat()
    # An embargo that has run out: open, with the date from which on.
    return "open", (issued + dt.timedelta(days=90)).isoformat() if position % 3 == 1 else None


def _related(one: Infrastructure, product: Product, position: int, draw: Draw) -> tuple[Related, ...]:
    number = len(one.subjects)
    manual = f"https://{one.host}/manuals/{product.code}.pdf"
    found = [Related(relation="IsDocumentedBy", kind="URL", identifier=manual)]
    other = (position + draw.between(1, number - 1)) % number + 1
    choices = ("References", "IsContinuedBy", "IsSupplementedBy", "")
    relation = draw.one(choices)
    if relation:
        sibling = f"10.5072/{one.spec}.{product.code}.{other}"
        found.append(Related(relation=relation, kind="DOI", identifier=sibling))
    program = next((work for work in one.works if work.kind == "Software"), None)
    if program and position % 2:
        made = f"10.5072/{one.spec}.{program.code}"
        found.append(Related(relation="IsCompiledBy", kind="DOI", identifier=made))
    return tuple(found)


def _oai(local: str) -> str:
    return f"oai:{REPOSITORY_IDENTIFIER}:{local}"


def _kind(one: Description) -> str:
    if one.general_type in _SOFTWARE:
        return "data:software"
    return "data:instruments" if one.general_type == "Instrument" else "data:datasets"


def _datestamp(local: str) -> dt.datetime:
    return _FIRST + dt.timedelta(seconds=Draw(f"datestamp {local}").between(0, _SPAN))


def _published(one: Description) -> dt.datetime:
    """The morning after the last date that the description names of itself: a repository knows nothing earlier."""
    days = [day for day in (one.issued, one.updated) if day and len(day) == 10]
    day = dt.date.fromisoformat(max(days)) if days else dt.date(int(one.issued[:4]), 1, 1)
    return dt.datetime.combine(day, dt.time(6), tzinfo=dt.UTC) + dt.timedelta(days=1)
