"""The profiles `service`, `openaire` and `mqa`: a record that has everything passes, and each check misses its own."""

from __future__ import annotations

from collections.abc import Iterable

import pytest

from node.model.report import Severity
from node.validation import load_profile, validate
from tests.unit.test_shapes_fair import record

_EU = "http://publications.europa.eu/resource/authority"
_LONG = "word " * 12

# By profile: check -> what is said of a resource that passes it. Where a check looks at the value of a property that
# another one asks for, the value here is good for both; `WORSE` names one that only this check finds fault with.
SERVICE = {
    "title": 'dct:title "A service"',
    "description": f'dct:description "{_LONG}"',
    "identifier": 'dct:identifier "a1"',
    "provider": 'dct:publisher <https://ror.org/02mhbdp94> . <https://ror.org/02mhbdp94> foaf:name "An institute"',
    "web-page": "dcat:landingPage <https://example.org/>",
    "endpoint": "dcat:endpointURL <https://example.org/api>",
    "endpoint-description": "dcat:endpointDescription <https://example.org/openapi>",
    "protocol": "dct:conformsTo <https://spec.openapis.org/oas/v3.1.0>",
    "contact": "dcat:contactPoint [ vcard:hasEmail <mailto:help@example.org> ]",
    "access-policy": f"dct:accessRights <{_EU}/access-right/PUBLIC>",
    "terms-of-use": "dct:license <https://example.org/terms>",
    "type": "dct:type <https://example.org/compute>",
    "discipline": f"dcat:theme <{_EU}/data-theme/TECH>",
    "keyword": 'dcat:keyword "computing"',
    "language": f"dct:language <{_EU}/language/ENG>",
    "status": f"adms:status <{_EU}/distribution-status/COMPLETED>",
    "availability": f"dcatap:availability <{_EU}/planned-availability/STABLE>",
    "coverage": f"dct:spatial <{_EU}/country/SWE>",
    "datasets": "dcat:servesDataset <https://example.org/d1>",
    "modified": 'dct:modified "2024-02-29"^^xsd:date',
}
_FNI = "https://w3id.org/fairnode/infrastructure#"
_USED = ("terms-of-use", "type", "status")
_BOTH = ("title", "description", "identifier", "web-page", "contact", "access-policy", "discipline", "keyword")
_ACCESS = {
    **{check: SERVICE[check] for check in (*_BOTH, "language", "modified")},
    "access-type": f"fni:accessType <{_FNI}access-remote>",
    "access-mode": f"fni:accessMode <{_FNI}mode-free>",
}
# By class outside DCAT: what the profile asks of an offer of it.
OFFERS = {
    "Service": _ACCESS
    | {check: SERVICE[check] for check in (*_USED, "availability", "coverage")}
    | {"infrastructure": "dct:isPartOf <https://ror.org/02mhbdp94>"},
    "Equipment": _ACCESS
    | {check: SERVICE[check] for check in _USED}
    | {
        "infrastructure": "prov:wasAttributedTo <https://ror.org/02mhbdp94>",
        "country": f"locn:location <{_EU}/country/SWE>",
    },
    "Facility": _ACCESS
    | {
        "country": f"locn:location <{_EU}/country/SWE>",
        "region": "locn:location <http://data.europa.eu/nuts/code/SE11>",
        "ror": 'dct:identifier "https://ror.org/02mhbdp94"',
    },
}
OPENAIRE = {
    "identifier": 'dct:identifier "10.5281/zenodo.1"',
    "creator": "dct:creator <https://orcid.org/0000-0002-1825-0097> . "
    '<https://orcid.org/0000-0002-1825-0097> foaf:name "Ada"',
    "title": 'dct:title "A dataset"',
    "publisher": 'dct:publisher [ foaf:name "An archive" ]',
    "date": 'dct:issued "2024"^^xsd:gYear',
    "access": "dct:accessRights <http://purl.org/coar/access_right/c_abf2>",
    "license": "dct:license <https://creativecommons.org/licenses/by/4.0/>",
    "description": f'dct:description "{_LONG}"',
    "related": "dct:isReferencedBy <https://doi.org/10.1000/182>",
    "funding": 'schema:funding [ schema:identifier "777541" ]',
    "subject": 'dcat:keyword "sea"',
    "language": f"dct:language <{_EU}/language/ENG>",
    "type": "dct:type <http://purl.org/coar/resource_type/c_ddb1>",
    "file": "dcat:distribution [ dcat:accessURL <https://example.org/f> ; dct:format <urn:x:csv> ; dcat:byteSize 12 ]",
    "version": 'dcat:version "1.0"',
    "place": "dct:spatial <https://sws.geonames.org/1/>",
}
MQA = {
    "keyword": 'dcat:keyword "sea"',
    "theme": f"dcat:theme <{_EU}/data-theme/ENVI>",
    "spatial": "dct:spatial <https://sws.geonames.org/1/>",
    "temporal": 'dct:temporal [ dcat:startDate "2020"^^xsd:gYear ]',
    "accessRights": f"dct:accessRights <{_EU}/access-right/PUBLIC>",
    "contactPoint": "dcat:contactPoint [ vcard:hasEmail <mailto:a@example.org> ]",
    "publisher": "dct:publisher <https://ror.org/02mhbdp94>",
    "issued": 'dct:issued "2024"^^xsd:gYear',
    "modified": 'dct:modified "2025"^^xsd:gYear',
    "format": f"dcat:distribution [ dct:format <{_EU}/file-type/CSV> ]",
    "mediaType": "dcat:distribution [ dcat:mediaType <https://www.iana.org/assignments/media-types/text/csv> ]",
    "downloadURL": "dcat:distribution [ dcat:downloadURL <https://example.org/f> ]",
    "license": "dcat:distribution [ dct:license <https://creativecommons.org/licenses/by/4.0/> ]",
    "rights": 'dcat:distribution [ dct:rights "Name us." ]',
    "byteSize": "dcat:distribution [ dcat:byteSize 12 ]",
}
PROFILES = {"service": ("SV", SERVICE), "openaire": ("OA", OPENAIRE), "mqa": ("MQA", MQA)}

WORSE = (
    ("service", "title", 'dct:title "S1"'),
    ("service", "description", 'dct:description "short"'),
    ("service", "provider", "dct:publisher <https://ror.org/02mhbdp94>"),
    ("service", "provider-identifier", 'dct:publisher [ foaf:name "An institute" ]'),
    ("service", "web-page", "dcat:landingPage <urn:x:page>"),
    ("service", "endpoint", "dcat:endpointURL <file:///home/me>"),
    ("service", "contact", 'dcat:contactPoint [ vcard:fn "Us" ]'),
    ("service", "access-term", "dct:accessRights <https://example.org/policy>"),
    ("openaire", "identifier", 'dct:identifier "a1"'),
    ("openaire", "creator", 'dct:creator "Ada"'),
    ("openaire", "creator-identifier", 'dct:creator [ foaf:name "Ada" ]'),
    ("openaire", "title", 'dct:title " "'),
    ("openaire", "date", 'dct:issued "in spring"'),
    ("openaire", "access", 'dct:accessRights "open"'),
    ("openaire", "license", 'dct:license "CC BY"'),
    ("openaire", "related", 'dct:relation "a book"'),
    ("openaire", "type", 'dct:type "dataset"'),
    ("openaire", "file", 'dcat:distribution [ dcat:accessURL "f.csv" ]'),
    ("openaire", "format", "dcat:distribution [ dcat:accessURL <https://example.org/f> ]"),
    ("openaire", "size", "dcat:distribution [ dcat:accessURL <https://example.org/f> ]"),
    ("mqa", "format-vocabulary", 'dcat:distribution [ dct:format "CSV" ]'),
    ("mqa", "mediaType-vocabulary", 'dcat:distribution [ dcat:mediaType "text/csv" ]'),
    ("mqa", "non-proprietary", f"dcat:distribution [ dct:format <{_EU}/file-type/XLS> ]"),
    ("mqa", "machine-readable", f"dcat:distribution [ dct:format <{_EU}/file-type/PDF> ]"),
    ("mqa", "license-vocabulary", "dcat:distribution [ dct:license <https://example.org/own> ]"),
    ("mqa", "license", "dct:license <https://creativecommons.org/licenses/by/4.0/>"),
    ("mqa", "accessRights-vocabulary", "dct:accessRights <http://purl.org/coar/access_right/c_abf2>"),
)


@pytest.mark.parametrize("profile", PROFILES)
def test_a_record_with_everything_passes(profile: str) -> None:
    assert _failed(profile, PROFILES[profile][1].values()) == set()


@pytest.mark.parametrize(
    ("profile", "check"), [(profile, check) for profile, (_, good) in PROFILES.items() for check in good]
)
def test_what_is_missing_is_found(profile: str, check: str) -> None:
    prefix, good = PROFILES[profile]

    failed = _failed(profile, [statement for name, statement in good.items() if name != check])

    assert f"{prefix}-{check}" in failed
    assert not failed & {f"{prefix}-{name}" for name in good if name != check}


@pytest.mark.parametrize("kind", OFFERS)
def test_an_offer_with_everything_passes_and_misses_each_check_that_its_class_is_asked(kind: str) -> None:
    good = OFFERS[kind]

    assert _failed("service", good.values(), kind) == set()
    for check in good:
        failed = _failed("service", [statement for name, statement in good.items() if name != check], kind)
        # An identifier that is a ROR is an identifier, too.
        expected = {f"SV-{check}"} if (kind, check) != ("Facility", "identifier") else set()
        assert failed - {"SV-access-term"} == expected


@pytest.mark.parametrize(("profile", "check", "statement"), WORSE)
def test_a_value_that_says_too_little_is_found(profile: str, check: str, statement: str) -> None:
    prefix, _ = PROFILES[profile]

    assert f"{prefix}-{check}" in _failed(profile, [statement])


@pytest.mark.parametrize("profile", PROFILES)
def test_every_check_is_seen_to_fail(profile: str) -> None:
    prefix, good = PROFILES[profile]
    seen = set(good) | {check for name, check, _ in WORSE if name == profile}
    if profile == "service":
        seen |= {check for asked in OFFERS.values() for check in asked}

    assert {shape.id for shape in load_profile(profile).shapes} == {f"{prefix}-{check}" for check in seen}


@pytest.mark.parametrize("profile", ["service", "openaire"])
def test_points_follow_from_the_severity(profile: str) -> None:
    worth = {Severity.VIOLATION: 3, Severity.WARNING: 2, Severity.INFO: 1}

    assert all(shape.points == worth[shape.severity] for shape in load_profile(profile).shapes)


def _failed(profile: str, statements: Iterable[str], kind: str = "service") -> set[str]:
    kind = f"{kind} " if profile == "service" else ""
    # A statement may bring sentences of its own after a full stop; those go to the end.
    heads: list[str] = []
    tails: list[str] = []
    for statement in statements:
        head, _, tail = statement.partition(" . ")
        heads.append(head)
        tails += [tail] if tail else []
    subject, triples = record(kind + " . ".join([" ; ".join(heads), *tails]))
    return {finding.code for finding in validate(triples, load_profile(profile), subject).results}
