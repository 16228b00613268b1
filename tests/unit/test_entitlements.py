"""Entitlements of AARC-G069: what they say, whose count, and what they are worth."""

from __future__ import annotations

import dataclasses
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from node.errors import SettingsError
from node.identity.claims import issuer_of, subject_of
from node.identity.entitlements import admitted, spelled, unheard_of
from node.identity.subject import Grant, Role, Subject, viewer_of
from node.identity_settings import IssuerSettings, RoleSettings, is_safe_url
from node.model.entitlement import Entitlement, asked_entitlement, parse_entitlement
from node.model.label import Audience
from node.model.reader import Reader
from node.model.source import Agreement
from node.settings import make_settings
from node.storage.agreements import new_agreement
from tests.conftest import ROOT
from tests.labels import TODAY

EGI = "urn:mace:egi.eu:group:vo.example.eu"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            f"{EGI}:role=associate#aai.egi.eu",
            ("urn:mace:egi.eu", ("vo.example.eu",), "associate", "aai.egi.eu"),
        ),
        (EGI, ("urn:mace:egi.eu", ("vo.example.eu",), "", "")),
        (f"{EGI}:sub:subsub#a", ("urn:mace:egi.eu", ("vo.example.eu", "sub", "subsub"), "", "a")),
        ("URN:GEANT:x:y:group:a", ("urn:geant:x:y", ("a",), "", "")),
        ("urn:geant:x:group:Astro%20Physics:role=vice%3Achair", ("urn:geant:x", ("Astro Physics",), "vice:chair", "")),
        ("urn:geant:x:group:group", ("urn:geant:x", ("group",), "", "")),
    ],
)
def test_an_entitlement_is_taken_apart(text: str, expected: tuple[str, tuple[str, ...], str, str]) -> None:
    namespace, groups, role, authority = expected

    assert parse_entitlement(text) == Entitlement(namespace=namespace, groups=groups, role=role, authority=authority)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "urn:geant:x:res:storage#a",
        "urn:geant:group:a",
        "urn:geant:x:group",
        "urn:geant:x:group:",
        "urn:geant:x:group::a",
        "urn:geant:x:group:role=a",
        "urn:geant:x:group:a:role=",
        "urn:geant:x:group:a:role=b:role=c",
        "urn:geant:x:group:a:role=b:c",
        "urn:geant:x:group:a#",
        "urn:geant:x:group:a#b#c",
        "urn:geant:x:group:a b",
        "urn:geant:x:group:a%zz",
        "urn:geant:x:group:a%ff",
        "urn:geant:x%3Ay:group:a",
        "urn:-geant:x:group:a",
        "https://example.org/group/a",
        "urn:geant:x:group:a\n",
        "urn:geant:x:group:" + "a" * 2000,
    ],
)
def test_what_is_no_such_entitlement_says_nothing(text: str) -> None:
    assert parse_entitlement(text) is None


@given(st.text())
def test_no_text_breaks_the_reading(text: str) -> None:
    for each in (text, f"urn:geant:x:group:{text}", f"urn:geant:x:group:a#{text}"):
        found = parse_entitlement(each)
        assert found is None or (found.groups and all(found.groups))


@pytest.mark.parametrize(
    ("held", "asked", "is_held"),
    [
        (EGI, EGI, True),
        (f"{EGI}:sub", EGI, True),
        (EGI, f"{EGI}:sub", False),
        (f"{EGI}:role=member#a", EGI, True),
        (EGI, f"{EGI}:role=member", False),
        (f"{EGI}:role=member", f"{EGI}:role=member", True),
        (f"{EGI}:role=chair", f"{EGI}:role=member", False),
        # The chair of a subgroup does not chair the whole, and the other way round.
        (f"{EGI}:sub:role=chair", f"{EGI}:role=chair", False),
        (f"{EGI}:role=chair", f"{EGI}:sub:role=chair", False),
        (f"{EGI}#a", EGI, True),
        (f"{EGI}#a", f"{EGI}#a", True),
        (f"{EGI}#b", f"{EGI}#a", False),
        (EGI, f"{EGI}#a", False),
        ("urn:mace:egi.eu.evil:group:vo.example.eu", EGI, False),
        ("urn:mace:egi.eu:group:VO.example.eu", EGI, False),
        ("URN:MACE:egi.eu:group:vo.example.eu", EGI, True),
        (f"{EGI}x", EGI, False),
        ("urn:mace:egi.eu:group:vo.example%2Eeu", EGI, True),
    ],
)
def test_who_holds_one_holds_what_it_contains(held: str, asked: str, is_held: bool) -> None:
    one, other = parse_entitlement(held), parse_entitlement(asked)

    assert one and other and one.satisfies(other) is is_held


def test_only_what_an_issuer_may_vouch_for_counts() -> None:
    texts = [
        f"{EGI}#aai.egi.eu",
        f"{EGI}#aai.egi.eu",
        f"{EGI}#evil.example",
        EGI,
        "urn:mace:egi.eu:below:group:a#aai.egi.eu",
        "urn:mace:other:group:a#aai.egi.eu",
        "nonsense",
    ]

    found = admitted(texts, ["URN:Mace:egi.eu"], ["aai.egi.eu"])

    assert [spelled(each) for each in found] == [f"{EGI}#aai.egi.eu"]


def test_without_namespaces_no_entitlement_counts_and_without_authorities_each_may() -> None:
    texts = [f"{EGI}#a", EGI]

    assert admitted(texts, [], []) == ()
    assert len(admitted(texts, ["urn:mace:egi.eu"], [])) == 2


def roles_of(*texts: object) -> tuple[Grant, ...]:
    settings = IssuerSettings(
        name="a",
        issuer="https://aai.example",
        client_id="node",
        namespaces=("urn:mace:egi.eu",),
        roles=(
            RoleSettings(entitlement=EGI, role="steward"),
            RoleSettings(entitlement=f"{EGI}:sea:role=manager", role="manager", source="sea"),
            RoleSettings(entitlement=f"{EGI}:role=operator", role="operator"),
        ),
    )
    return subject_of({"sub": "x", "entitlements": list(texts)}, issuer_of(settings, "https://node.example")).grants


def test_roles_follow_from_entitlements_each_by_itself() -> None:
    assert roles_of() == ()
    assert roles_of(EGI) == (Grant(role=Role.STEWARD),)
    assert roles_of(f"{EGI}:sea:role=manager") == (
        Grant(role=Role.STEWARD),
        Grant(role=Role.MANAGER, source="sea"),
    )
    assert roles_of(7, None, ["x"], "urn:mace:other:group:vo.example.eu") == ()


@pytest.mark.parametrize(
    ("grants", "sources"),
    [
        ((), ()),
        ((Grant(role=Role.READER, source="sea"),), ("sea",)),
        # One that was made when readers were of the whole node.
        ((Grant(role=Role.READER),), ()),
        ((Grant(role=Role.MANAGER, source="sea"),), ()),
        ((Grant(role=Role.OPERATOR),), ()),
    ],
)
def test_roles_let_nobody_read_but_a_readers_of_its_source(grants: tuple[Grant, ...], sources: tuple[str, ...]) -> None:
    viewer = viewer_of(Subject(issuer="https://aai.example", key="x", grants=grants))
    assert isinstance(viewer, Reader) and viewer.sources == sources


def test_who_looks_is_nobody_a_steward_or_a_reader_told_apart_by_who_they_are() -> None:
    ann = Subject(issuer="https://aai.example", key="ann")
    readers = [
        viewer_of(dataclasses.replace(ann, key=key, issuer=by))
        for key, by in (("ann", "a"), ("ann", "b"), ("ben", "a"))
    ]

    assert viewer_of(None) is Audience.PUBLIC
    assert viewer_of(dataclasses.replace(ann, grants=(Grant(role=Role.STEWARD),))) is Audience.STEWARD
    assert len({each.name for each in readers}) == 3
    assert all(re.fullmatch(r"reader:[\w-]{43}", each.name) for each in readers)
    # What it was given stays its own, whatever entitlements it comes with.
    assert viewer_of(dataclasses.replace(ann, country="FIN")).name == viewer_of(ann).name


@pytest.mark.parametrize(
    ("claimed", "country"),
    [
        ("helsinki.fi", "FIN"),
        ("Helsinki.FI", "FIN"),
        (["helsinki.fi"], "FIN"),
        (["helsinki.fi", "knu.ua"], ""),
        ("evil.example", ""),
        ("FIN", ""),
        (7, ""),
        (None, ""),
    ],
)
def test_a_country_is_that_of_the_one_organisation_by_the_operators_list(claimed: object, country: str) -> None:
    settings = make_settings(
        {"identity": {"issuers": [issuer(organisations={"Helsinki.fi": "FIN", "knu.ua": "UKR"})]}}, ROOT
    )
    claims = {"sub": "x", "schac_home_organization": claimed, "country": "DEU", "c": "DEU"}

    assert subject_of(claims, issuer_of(settings.identity.issuers[0], "https://node.example")).country == country


def test_a_managers_role_is_of_its_source() -> None:
    subject = Subject(issuer="i", key="x", grants=(Grant(role=Role.MANAGER, source="sea"),))

    assert subject.has(Role.MANAGER, "sea")
    assert not subject.has(Role.MANAGER, "land") and not subject.has(Role.MANAGER)


def issuer(**changes: object) -> dict[str, object]:
    usual = {"name": "aai", "issuer": "https://aai.example", "client_id": "node"}
    return {name: value for name, value in {**usual, **changes}.items() if value is not None}


ROLE = {"entitlement": EGI, "role": "steward"}


@pytest.mark.parametrize(
    "issuers",
    [
        [issuer(name=None)],
        [issuer(client_id=None)],
        [issuer(name="Not A Name")],
        [issuer(issuer="http://aai.example")],
        [issuer(issuer="http://127.0.0.1.evil.example")],
        [issuer(issuer="https://aai.example/?a=b")],
        [issuer(issuer="https://user@aai.example")],
        [issuer(max_lifetime=10**9)],
        [issuer(), issuer(issuer="https://other.example")],
        [issuer(), issuer(name="other")],
        [issuer(opaque_tokens=True), issuer(name="b", issuer="https://b.example", opaque_tokens=True)],
        [issuer(roles=[{**ROLE, "role": "manager"}])],
        [issuer(roles=[{**ROLE, "source": "sea"}])],
        [issuer(roles=[{**ROLE, "entitlement": "urn:geant:x:res:a"}])],
        [issuer(roles=[{**ROLE, "role": "king"}])],
        [issuer(roles=[{**ROLE, "role": "reader"}])],
        [issuer(organisations={"helsinki.fi": "Finland"})],
        [issuer(organisations={"helsinki.fi": "ZZZ"})],
    ],
)
def test_settings_that_would_let_the_wrong_people_in_are_refused(issuers: list[dict[str, object]]) -> None:
    with pytest.raises(SettingsError, match="identity"):
        make_settings({"identity": {"issuers": issuers}}, ROOT)


def test_a_peer_whose_issuer_is_not_let_in_is_refused_with_both_names() -> None:
    peer = {"name": "north", "issuer": "https://aai.example", "client_id": "n"}
    known = issuer(issuer="https://aai.example")

    assert make_settings({"peers": [peer], "identity": {"issuers": [known]}}, ROOT).peers[0].name == "north"
    for issuers in ([], [{**known, "issuer": "https://aai.example/"}]):
        with pytest.raises(SettingsError, match=r"peer north, https://aai\.example, is in no"):
            make_settings({"peers": [peer], "identity": {"issuers": issuers}}, ROOT)


def test_settings_as_the_how_to_writes_them_are_taken() -> None:
    import tomllib

    text = (ROOT / "docs" / "how-to" / "let-people-in.md").read_text(encoding="utf-8")
    written = tomllib.loads(text.split("```toml")[1].split("```")[0])

    (found,) = make_settings(written, ROOT).identity.issuers

    assert [rule.role for rule in found.roles] == ["manager", "steward", "operator"]


@pytest.mark.parametrize(
    ("url", "is_safe"),
    [
        ("https://aai.example/path", True),
        ("http://127.0.0.1:8080", True),
        ("http://[::1]:8080/x", True),
        ("http://localhost", False),
        ("http://10.0.0.1", False),
        ("https://", False),
        ("https://aai.example:port", False),
        ("ftp://aai.example", False),
    ],
)
def test_an_answer_nobody_can_change_on_the_way_is_asked_for(url: str, is_safe: bool) -> None:
    assert is_safe_url(url) is is_safe


@pytest.mark.parametrize("text", ["urn:geant:*:group:seas", "urn:geant:x:group:*", "urn:geant:x:group:a#*", "seas"])
def test_what_nobody_can_hold_is_asked_in_no_agreement_and_no_setting(text: str) -> None:
    with pytest.raises(ValueError, match=r"\*, which stands for nothing|is no entitlement"):
        asked_entitlement(text)
    with pytest.raises(SettingsError):
        new_agreement({"entitlements": [text]}, TODAY)
    with pytest.raises(ValueError):
        RoleSettings(entitlement=text, role="steward")


def test_an_entitlement_that_no_issuer_may_vouch_for_is_told() -> None:
    def issuer(*namespaces: str, authorities: tuple[str, ...] = ()) -> IssuerSettings:
        return IssuerSettings(
            name="a", issuer="https://a.example", client_id="n", namespaces=namespaces, authorities=authorities
        )

    issuers = (issuer("URN:GEANT:x"), issuer("urn:geant:y", authorities=("aai",)))
    asked = [
        f"urn:geant:{rest}" for rest in ("x:group:a#any", "y:group:a", "y:group:a#aai", "y:group:a#b", "z:group:a")
    ]

    said = unheard_of(issuers, {"seas": Agreement(entitlements=tuple(asked)), "open": Agreement()})

    assert [next(text for text in asked if f" {text}," in warning) for warning in said] == asked[3:]
    assert all("agreement with seas" in warning for warning in said)
