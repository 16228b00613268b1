"""The faults that a few sample records have on purpose, as repositories have them by accident.

`DEFECTS` names each of them, the records that show it, and what a careful harvester makes of it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from node.demo.description import Description, Related, Text
from node.demo.rendering import KERNEL


@dataclass(frozen=True, slots=True, kw_only=True)
class Defect:
    """A fault.

    Attributes:
        name: short name.
        about: what is wrong.
        fate: what becomes of the record: `published` with a finding, `quarantined` or `rejected`.
        locals: the last parts of the OAI identifiers of the records that have it.
        spoil: changes what the record says.
        garble: changes the finished `oai_datacite` payload.
    """

    name: str
    about: str
    fate: str
    locals: tuple[str, ...]
    spoil: Callable[[Description], Description] = lambda description: description
    garble: Callable[[str], str] = lambda payload: payload


def spoilt(description: Description) -> Description:
    """Return the description with the faults that are laid down for it."""
    for defect in DEFECTS:
        if description.local in defect.locals:
            description = defect.spoil(description)
    return description


def spoilt_payload(local: str, prefix: str, payload: str, control_characters: bool) -> str:
    """Return the finished payload with the faults that are laid down for it.

    Args:
        control_characters: leave the characters in that XML 1.0 forbids; otherwise they are dropped, as a careful
            repository would.
    """
    if prefix == "oai_datacite":
        for defect in DEFECTS:
            if local in defect.locals:
                payload = defect.garble(payload)
    for character, reference in _FORBIDDEN.items():
        # In titles as a reference, elsewhere raw: both are seen, and both are fatal to a strict parser.
        payload = payload.replace(character, reference if control_characters else "")
    return payload


# Private-use characters stand in for the forbidden ones until the payload is finished.
_FORBIDDEN = {"\ue000": "&#11;", "\ue001": "\x0b"}
_NAMESPACE = "https://schema.datacite.org/meta/kernel-4/metadata.xsd"
_FOREIGN = (
    '<inv:object xmlns:inv="http://inventory.mnemea.example/ns/1#" inv:number="MN-1934-07">'
    "<inv:designation>Mosaic floor, conservation file</inv:designation><inv:shelf>C 12</inv:shelf></inv:object>"
)


def _with_control_characters(one: Description) -> Description:
    title, abstract = one.titles[0], one.abstracts[0]
    titles = (replace(title, value=title.value.replace(" ", " \ue000", 1)), *one.titles[1:])
    abstracts = (replace(abstract, value=abstract.value.replace(". ", ".\ue001 ", 1)), *one.abstracts[1:])
    return replace(one, titles=titles, abstracts=abstracts)


def _with_wrong_orcid(one: Description) -> Description:
    first = replace(one.creators[0], orcid="0000-0002-1825-0098")
    return replace(one, creators=(first, *one.creators[1:]))


def _with_dead_relation(one: Description) -> Description:
    dead = Related(relation="IsSupplementTo", kind="URL", identifier="http://projects.invalid/2009/final-report.html")
    return replace(one, related=(*one.related, dead))


DEFECTS: tuple[Defect, ...] = (
    Defect(
        name="title-missing",
        about="The record has no title.",
        fate="quarantined",
        locals=("aegirnet-plankton-4", "terrason-gnss-3", "luxion-scicat"),
        spoil=lambda one: replace(one, titles=()),
    ),
    Defect(
        name="format-unknown",
        about="The payload is an inventory sheet in a namespace of the archive's own, not DataCite.",
        fate="rejected",
        locals=("mnemea-archive-2",),
        garble=lambda _: _FOREIGN,
    ),
    Defect(
        name="namespace-wrong",
        about="The DataCite resource is in the namespace that the address of its schema suggests.",
        fate="published",
        locals=("nimbra-lidar-2", "pharos-moving-5"),
        garble=lambda payload: payload.replace(f'<resource xmlns="{KERNEL}"', f'<resource xmlns="{_NAMESPACE}"'),
    ),
    Defect(
        name="date-unreadable",
        about="The time of collection is told in words.",
        fate="published",
        locals=("nimbra-rain-3", "mnemea-xrf-5", "genarium-barcode-1"),
        spoil=lambda one: replace(one, collected="spring to late autumn, two seasons"),
    ),
    Defect(
        name="licence-vague",
        about="The licence is a sentence that permits something to somebody.",
        fate="published",
        locals=("civitas-linked-2", "aegirnet-noise-1", "plicae-kinetics-4", "louhi-training"),
        spoil=lambda one: replace(one, licence="Free for academic use; please contact the PI before publication"),
    ),
    Defect(
        name="licence-missing",
        about="Nothing is said about a licence.",
        fate="published",
        locals=("fluxara-biomass-2", "pharos-spectra-1", "glossa-lexicon-5", "terrason-catalogue-3"),
        spoil=lambda one: replace(one, licence=None),
    ),
    Defect(
        name="language-unknown",
        about="The language is given by a code that no register knows.",
        fate="published",
        locals=("glossa-treebank-1", "louhi-jobs-4"),
        spoil=lambda one: replace(one, language="xq-north"),
    ),
    Defect(
        name="control-characters",
        about="Title and abstract hold U+000B, as a reference and as it is; only served where asked for.",
        fate="published",
        locals=("fluxara-methane-3",),
        spoil=_with_control_characters,
    ),
    Defect(
        name="identifier-missing",
        about="The DataCite identifier is empty.",
        fate="published",
        locals=("louhi-energy-2", "civitas-teaching-5"),
        spoil=lambda one: replace(one, doi=""),
    ),
    Defect(
        name="description-short",
        about="The abstract is one word.",
        fate="published",
        locals=("luxion-absorption-2", "plicae-saxs-1", "genarium-expression-4"),
        spoil=lambda one: replace(one, abstracts=(Text(value="Data.", language="en"),)),
    ),
    Defect(
        name="relation-dead",
        about="A related address is below .invalid, where nothing ever answers (RFC 2606).",
        fate="published",
        locals=("aegirnet-oxygen-2", "mnemea-climate-1"),
        spoil=_with_dead_relation,
    ),
    Defect(
        name="orcid-wrong",
        about="The ORCID's last digit is not the check digit of the others.",
        fate="published",
        locals=("pharos-images-3", "fluxara-nee-4"),
        spoil=_with_wrong_orcid,
    ),
)
