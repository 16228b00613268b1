"""What acts of law, licences and rights of distributions say of a label: only what they bear out, and never less."""

from __future__ import annotations

import dataclasses
import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from node.errors import SettingsError
from node.mapping.crosswalks import read
from node.mapping.protocols import MappingContext
from node.model.dcat import Distribution, Resource
from node.model.label import Access, PersonalData
from node.model.rdf import Iri, Literal
from node.model.source import Agreement
from node.sovereignty.derive import ACCESS_RIGHTS, derive, valid_until
from node.sovereignty.labels import tightens
from node.sovereignty.legislation import act_of, act_table, read_acts
from tests.labels import OPEN, TODAY

ELI = "http://data.europa.eu/eli/"
EURLEX = "https://eur-lex.europa.eu/legal-content/EN/TXT/?uri=CELEX"
PUBLIC = Iri(f"{ACCESS_RIGHTS}PUBLIC")
RIGHTS = [
    ("http://purl.org/coar/access_right/c_abf2", Access.PUBLIC),
    ("http://purl.org/coar/access_right/c_16ec", Access.RESTRICTED),
    ("http://purl.org/coar/access_right/c_f1cf", Access.RESTRICTED),
    ("http://purl.org/coar/access_right/c_14cb", Access.CONFIDENTIAL),
    ("info:eu-repo/semantics/openAccess", Access.PUBLIC),
    ("info:eu-repo/semantics/closedAccess", Access.CONFIDENTIAL),
]


def resource(*acts: str, **values) -> Resource:
    return Resource(iri=Iri("https://example.org/d"), applicable_legislation=tuple(map(Iri, acts)), **values)


def data_of(told: Resource):
    return derive(told, OPEN, TODAY)[0].data


@pytest.mark.parametrize(
    ("act", "asks"),
    [
        ("reg/2016/679", {"personal": PersonalData.PERSONAL}),
        ("reg/2018/1725", {"personal": PersonalData.PERSONAL}),
        ("dir/2016/680", {"personal": PersonalData.PERSONAL}),
        ("reg/2021/821", {"critical": frozenset({"dual-use"})}),
        ("reg/2022/868", {"access": Access.RESTRICTED}),
        ("reg/2025/327", {"access": Access.RESTRICTED, "personal": PersonalData.SPECIAL}),
        # High-value datasets and INSPIRE are about giving data out.
        ("reg_impl/2023/138", {}),
        ("dir/2007/2", {}),
        ("reg/2016/6790", {}),
    ],
)
def test_an_act_tightens_what_its_text_bears_out_and_nothing_else(act: str, asks: dict) -> None:
    told = resource(f"{ELI}{act}/oj")

    assert data_of(told) == dataclasses.replace(data_of(resource()), **asks)
    assert derive(told, OPEN, TODAY)[0].record == derive(resource(), OPEN, TODAY)[0].record


@pytest.mark.parametrize(
    "iri",
    [
        f"{ELI}reg/2016/679",
        f"{ELI}reg/2016/679/oj",
        f"{ELI}reg/2016/679/2016-05-04",
        "https://eur-lex.europa.eu/eli/reg/2016/679/oj",
        f"{EURLEX}:32016R0679",
        f"{EURLEX}%3A02016R0679-20160504",
    ],
)
def test_an_act_has_several_addresses(iri: str) -> None:
    act = act_of(iri)

    assert act is not None and act.eli == "reg/2016/679"


def test_an_act_counts_from_its_day_on_and_that_day_is_one_on_which_labels_change() -> None:
    told = resource(f"{ELI}reg/2025/327/oj")
    before = dt.date(2025, 3, 25)

    assert derive(told, OPEN, before)[0].data.personal is PersonalData.NONE
    assert valid_until(told, before) == dt.date(2025, 3, 26) and valid_until(told, dt.date(2025, 3, 26)) is None


def test_who_claims_open_access_and_names_an_act_that_protects_is_told_so() -> None:
    _, findings = derive(resource(f"{ELI}reg/2022/868/oj", access_rights=PUBLIC), OPEN, TODAY)

    assert [(found.code, found.path) for found in findings] == [
        ("sovereignty.contradiction", "dcatap:applicableLegislation")
    ]
    assert "restricted" in findings[0].message
    assert derive(resource(f"{ELI}reg/2021/821/oj", access_rights=PUBLIC), OPEN, TODAY)[1] == ()


@pytest.mark.parametrize(("right", "access"), RIGHTS)
def test_a_distributions_access_right_counts_for_the_data(right: str, access: Access) -> None:
    ways = (Distribution(rights=(Literal("All rights reserved"),)), Distribution(rights=(Literal(right),)))

    labels, findings = derive(resource(distributions=ways, access_rights=PUBLIC), OPEN, TODAY)

    assert labels.data.access is access
    assert [found.code for found in findings] == ([] if access is Access.PUBLIC else ["sovereignty.contradiction"])


@pytest.mark.parametrize(("right", "access"), RIGHTS)
@pytest.mark.parametrize("prefix", ["oai_dc", "oai_datacite"])
def test_access_rights_of_coar_openaire_and_datacite_count_as_the_eus(prefix: str, right: str, access: Access) -> None:
    payload = {
        "oai_dc": '<oai_dc:dc xmlns:oai_dc="http://www.openarchives.org/OAI/2.0/oai_dc/" '
        f'xmlns:dc="http://purl.org/dc/elements/1.1/"><dc:title>A</dc:title><dc:rights>{right}</dc:rights></oai_dc:dc>',
        "oai_datacite": '<resource xmlns="http://datacite.org/schema/kernel-4"><titles><title>A</title></titles>'
        f'<rightsList><rights rightsURI="{right}"/></rightsList></resource>',
    }[prefix]

    told = read(prefix, payload.encode(), MappingContext(iri=Iri("https://example.org/d"), identifier="a")).resource

    assert data_of(told).access is access


@pytest.mark.parametrize("licence", [None, "http://publications.europa.eu/resource/authority/licence/CC_BY_4_0"])
def test_a_licence_loosens_nothing(licence: str | None) -> None:
    told = resource(license=Iri(licence) if licence else None)

    silent, _ = derive(told, Agreement(), TODAY)

    assert silent == derive(resource(), Agreement(), TODAY)[0]
    assert data_of(told) == data_of(resource())


@given(st.lists(st.sampled_from([act.source for act in act_table()]), unique=True), st.sampled_from([None, PUBLIC]))
def test_naming_acts_only_tightens(acts: list[str], right: Iri | None) -> None:
    assert tightens(data_of(resource(*acts, access_rights=right)), data_of(resource(access_rights=right)))


GOOD = """[[act]]
eli = "reg/2016/679"
celex = "32016R0679"
name = "An act"
valid_from = 2016-05-24
source = "https://example.org"
note = "a note"
access = "restricted"
"""


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('"reg/2016/679"', '"reg 679"'),
        ('"32016R0679"', '"R0679"'),
        ('"restricted"', '"secret"'),
        ('access = "restricted"', 'critical = ["CTA99"]'),
        ('access = "restricted"\n', ""),
        ("2016-05-24", '"soon"'),
        ('note = "a note"', 'note = ""'),
        ('name = "An act"', 'nom = "An act"'),
        ("[[act]]", "[[law]]"),
        ("eli =", "eli"),
    ],
)
def test_a_table_that_is_not_right_is_refused(old: str, new: str) -> None:
    assert len(read_acts(GOOD)) == 1

    with pytest.raises(SettingsError, match=r"legislation\.toml"):
        read_acts(GOOD.replace(old, new))
