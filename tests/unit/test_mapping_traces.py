"""No text is taken without a trace: change it, and what comes of the payload changes, or a rule says why not."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from functools import cache
from typing import Any

import pytest
from lxml import etree

from node.errors import MappingError
from node.mapping import crosswalks as mapping
from node.mapping.elements import local_name
from tests.unit.test_mapping_golden import Golden, goldens

CHANGED = "changed "
JSON_FORMATS = ("ckan", "ogc_record", "rocrate", "schema_org")
UNTRACED: dict[str, tuple[str, ...]] = {
    "what a payload says of itself as a document, which belongs to the catalogue record": (
        r"oai_datacite/(schemaVersion|datacentreSymbol)",
        r"MD_Metadata/(language|locale|defaultLocale|contact|dateStamp|dateInfo|metadataStandardName|hierarchyLevelName)/.*",
        r"record/controlfield",
        r"mods/recordInfo/.*",
        r"mets/metsHdr/.*",
        r"codeBook/docDscr/.*",
        r"DDIInstance/Citation/.*",
        r"CMD/Header/.*",
        r"CMD/Components/resourceInfo/metadataInfo/.*",
        r"metadata/element/field",
        r"(/result)?/(state|help|owner_org|organization/(id|type|created|approval_status|state))",
        r"/properties/record(Created|Updated)|/conformsTo/\*|/properties/languages/\*/code",
    ),
    "words beside the code, the address or the date that says the same, and counts": (
        r".*/(givenName|familyName|FirstNames|FamilyNames)",
        r".*/(LanguageCode|MD_ScopeCode|Anchor|roleTerm|languageTerm|languageName|language/name|Content_Language/Name)",
        r".*OLAC-DcmiTerms/language",
        r".*/thesaurusName/.*|.*/DQ_ConformanceResult/specification/.*",
        r".*/(codeSpace|TypeOfID|ManagingAgency)/?(CharacterString)?",
        r"mods/originInfo/dateIssued",
        r"codeBook/.*/(timePrd|collDate|distDate|prodDate)",
        r".*/OrganizationName/String",
        r"(/result)?/(license_id|license_title|license_url|metadata_created|metadata_modified|name|title|id)",
        r"(/result)?/(groups|tags|resources)/\*/(id|name|state|package_id|url_type|hash_algorithm)",
        r"/result/organization/(name|description)",
        r"/properties/(language|resourceLanguages/\*|formats/\*)/name|/properties/externalIds/\*/scheme",
        r"/properties/themes/\*/(scheme|concepts/\*/id)|/properties/extent/temporal/.*",
        r".*/(inLanguage/\*/(name|alternateName)|identifier(/\*)?/(propertyID|value|url)|inDefinedTermSet|license/url)",
    ),
    "what is told by number: descriptions of parts, of variables, of versions of objects within": (
        r"mets/dmdSec/.*|mets/amdSec/.*/presentation",
        r"codeBook/dataDscr/.*",
        r".*/(Agency|ID|Version|URN|TypeOfNote|VariableName/String|QuestionText)",
        r"metadata/element/element/field|metadata/element/element/element/element/field",
    ),
    "what the target of a link is called, which is found there": (
        r"codeBook/otherMat/labl|codeBook/.*/relPubl|codeBook/.*/ExtLink",
        r".*/TypeOfMaterial|Product/(PartOf|GeneratedBy|References)/.*/(Name|Title)",
        r"/links/\*/(type|title|href)|/properties/associations/\*/(type|title)|/properties/contacts/\*/links/\*/(rel|type)",
    ),
    "how something is written or spoken to, which a part of it tells": (
        r"dc/coverage|qualifieddc/temporal",
        r".*/(protocol|operationName|serviceType|extentTypeCode)/(CharacterString|ScopedName|Boolean)",
        r".*record/leader|.*record/datafield/subfield",
        r"CMD/Resources/ResourceProxyList/ResourceProxy/(ResourceType|ResourceRef)|.*/license/uri",
        r"CMD/Components/resourceInfo/.*/role",
        r"/type|/@graph/\*/@type/\*",
    ),
}
"""Paths of texts that leave no trace, as regular expressions, by the reason why."""
CASES = tuple(case for case in goldens() if case.media_type == "application/xml" or case.prefix in JSON_FORMATS)


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.prefix}/{case.expected.stem}")
def test_a_text_that_is_taken_leaves_a_trace(case: Golden) -> None:
    allowed = re.compile("|".join(rule for rules in UNTRACED.values() for rule in rules))

    found = {path for path in lost(case) if not allowed.fullmatch(path)}

    assert not found


@pytest.mark.parametrize("rule", [rule for rules in UNTRACED.values() for rule in rules])
def test_no_exception_is_made_for_nothing(rule: str) -> None:
    assert any(re.fullmatch(rule, path) for case in CASES for path in lost(case))


def traced(case: Golden, payload: bytes) -> object:
    """All that a payload becomes; the reason where it is no record."""
    try:
        mapped = mapping.read(case.prefix, payload, case.context)
    except MappingError as error:
        return error.message
    return mapped


@cache
def lost(case: Golden) -> tuple[str, ...]:
    """Paths of the texts that may be changed without anything changing."""
    payload = case.payload.read_bytes()
    changes = changed_xml(payload) if case.media_type == "application/xml" else changed_json(payload)
    (_, whole), *changes = changes
    before = traced(case, whole)
    return tuple(path for path, changed in changes if traced(case, changed) == before)


def changed_xml(payload: bytes) -> Iterator[tuple[str, bytes]]:
    root = etree.fromstring(payload)
    # As it is written here, so that lines have the same numbers.
    yield "", etree.tostring(root)
    for element in list(root.iter("*")):
        text = element.text
        if text and text.strip():
            element.text = CHANGED + text.strip()
            path = "/".join(local_name(one) for one in reversed([element, *element.iterancestors()]))
            yield path, etree.tostring(root)
            element.text = text


def changed_json(payload: bytes) -> Iterator[tuple[str, bytes]]:
    document = json.loads(payload)
    yield "", payload
    for path, holder, key in list(places(document)):
        value = holder[key]
        if isinstance(value, str) and value.strip() and not path.rpartition("/")[2].startswith("@"):
            holder[key] = CHANGED + value
            yield path, json.dumps(document).encode()
            holder[key] = value


def places(value: Any, path: str = "") -> Iterator[tuple[str, Any, Any]]:
    """The places of a document that hold no further ones; those of contexts are left out."""
    for key, inner in value.items() if isinstance(value, dict) else enumerate(value):
        name = f"{path}/{key if isinstance(value, dict) else '*'}"
        if isinstance(inner, dict | list):
            if key != "@context":
                yield from places(inner, name)
        else:
            yield name, value, key
