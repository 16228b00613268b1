"""The labels of a record and of its data."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest

from node.model.dcat import Resource
from node.model.label import Access, PersonalData
from node.model.rdf import Iri, Literal
from node.model.source import Agreement
from node.sovereignty.derive import ACCESS_RIGHTS, derive
from node.sovereignty.labels import most_restrictive, tightens
from tests.labels import TODAY, label

SILENT = Agreement(country="FIN")
OPEN = dataclasses.replace(SILENT, data_access=Access.PUBLIC, data_zones=("EEA",), data_personal=PersonalData.NONE)


def resource(right: str = "", available: str = "", **values: Any) -> Resource:
    return Resource(
        iri=Iri("https://example.org/d"),
        access_rights=Iri(ACCESS_RIGHTS + right) if right else None,
        available=Literal(available) if available else None,
        **values,
    )


def test_what_a_public_repository_gives_without_a_login_is_public() -> None:
    labels, findings = derive(resource(), Agreement(), TODAY)

    assert labels.record == label(origin=frozenset({"ZZZ"}))
    assert labels.data == most_restrictive()
    assert findings == ()


def test_the_agreement_says_what_the_record_label_is() -> None:
    agreement = Agreement(
        country="DEU",
        record_access=Access.REGISTERED,
        record_zones=("EU", "NAT:DEU"),
        record_critical=("CTA04",),
        record_personal=PersonalData.PERSONAL,
        record_assurance=2,
    )

    labels, _ = derive(resource("PUBLIC"), agreement, TODAY)

    assert labels.record == label(
        origin=frozenset({"DEU"}),
        zones="EU NAT:DEU",
        access=Access.REGISTERED,
        critical=frozenset({"CTA04"}),
        personal=PersonalData.PERSONAL,
        assurance=2,
    )


def test_an_agreement_about_the_data_leaves_unassessed_what_it_does_not_say() -> None:
    labels, _ = derive(resource(), OPEN, TODAY)

    assert labels.data == label(
        origin=frozenset({"FIN"}),
        zones="EEA",
        critical=frozenset({"unassessed"}),
        assurance=4,
    )


@pytest.mark.parametrize(
    ("right", "available", "agreed", "access"),
    [
        ("PUBLIC", "", None, Access.CONFIDENTIAL),
        ("PUBLIC", "", Access.PUBLIC, Access.PUBLIC),
        ("PUBLIC", "", Access.REGISTERED, Access.REGISTERED),
        ("RESTRICTED", "", Access.PUBLIC, Access.RESTRICTED),
        ("SENSITIVE", "", Access.PUBLIC, Access.RESTRICTED),
        ("NON_PUBLIC", "", Access.PUBLIC, Access.CONFIDENTIAL),
        ("CONFIDENTIAL", "", Access.PUBLIC, Access.CONFIDENTIAL),
        ("SOMETHING_NEW", "", Access.PUBLIC, Access.CONFIDENTIAL),
        ("", "2026-11-23", Access.PUBLIC, Access.PUBLIC),
        ("", "2026-11-24", Access.PUBLIC, Access.RESTRICTED),
        ("", "2026-11-24T00:00:00Z", Access.PUBLIC, Access.RESTRICTED),
        ("", "2026-10", Access.PUBLIC, Access.PUBLIC),
        ("", "2026-11", Access.PUBLIC, Access.RESTRICTED),
        ("", "2026", Access.PUBLIC, Access.RESTRICTED),
        ("", "2025", Access.PUBLIC, Access.PUBLIC),
        ("", "soon", Access.PUBLIC, Access.RESTRICTED),
        ("", "2027-02-30", Access.PUBLIC, Access.RESTRICTED),
        ("NON_PUBLIC", "2027-01-01", Access.PUBLIC, Access.CONFIDENTIAL),
    ],
)
def test_the_access_class_of_the_data(right: str, available: str, agreed: Access | None, access: Access) -> None:
    agreement = dataclasses.replace(OPEN, data_access=agreed)

    labels, _ = derive(resource(right, available), agreement, TODAY)

    assert labels.data.access is access
    assert labels.record.access is Access.PUBLIC


@pytest.mark.parametrize("claim", [resource("PUBLIC"), resource(is_open_access_claim=True)])
@pytest.mark.parametrize("agreement", [Agreement(), SILENT, OPEN])
def test_a_claim_of_open_access_lowers_nothing(claim: Resource, agreement: Agreement) -> None:
    with_claim, _ = derive(claim, agreement, TODAY)
    without, _ = derive(resource(), agreement, TODAY)

    assert tightens(with_claim.data, without.data)


@pytest.mark.parametrize(
    ("what", "codes"),
    [
        (resource("PUBLIC"), []),
        (resource("PUBLIC", "2026-01-01", is_open_access_claim=True), []),
        (resource("PUBLIC", "2027-01-01"), ["sovereignty.contradiction"]),
        (resource("", "2027-01-01", is_open_access_claim=True), ["sovereignty.contradiction"]),
        (resource("RESTRICTED", "2027-01-01"), []),
        (resource("RESTRICTED", is_open_access_claim=True), ["sovereignty.contradiction"]),
        (resource("", "when it is done"), ["sovereignty.embargo-unreadable"]),
        (resource("SOMETHING_NEW"), ["sovereignty.access-right-unknown"]),
    ],
)
def test_what_a_record_says_against_itself_is_found(what: Resource, codes: list[str]) -> None:
    _, findings = derive(what, OPEN, TODAY)

    assert [finding.code for finding in findings] == codes
    assert all(finding.advice and finding.path and finding.value for finding in findings)


def test_an_agreement_that_names_no_zone_at_all_means_an_unknown_one() -> None:
    labels, _ = derive(resource(), dataclasses.replace(OPEN, record_zones=(), data_zones=()), TODAY)

    assert labels.record.zones == labels.data.zones == frozenset({"EU"})
