"""No token breaks the reading, and none that was changed is believed."""

from __future__ import annotations

import dataclasses
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from joserfc import jwt
from joserfc.jwk import ECKey, Key, OKPKey, RSAKey

from node.identity.access_tokens import TokenRules, check_introspected, check_signed, look_at
from node.identity.claims import issuer_of, subject_of
from node.identity_errors import TokenRefused
from node.identity_settings import IssuerSettings

NOW = 1_800_000_000
RULES = TokenRules(issuer="https://aai.example", audience="https://node.example", max_lifetime=3600)
CLAIMS = {
    "iss": RULES.issuer,
    "aud": RULES.audience,
    "sub": "nora",
    "client_id": "machine",
    "iat": NOW - 10,
    "exp": NOW + 600,
}
KEYS: dict[str, Key] = {
    "RS256": RSAKey.generate_key(2048),
    "ES256": ECKey.generate_key("P-256"),
    "EdDSA": OKPKey.generate_key("Ed25519"),
}
json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=5,
)


def minted(alg: str, claims: dict[str, Any] = CLAIMS) -> str:
    return jwt.encode({"alg": alg, "typ": "at+jwt", "kid": "k"}, claims, KEYS[alg], algorithms=[alg], default_type=None)


def checked(token: str, alg: str = "RS256") -> object:
    look_at(token)
    return check_signed(token, KEYS[alg], RULES, NOW)


@pytest.mark.filterwarnings("ignore:EdDSA")
@pytest.mark.parametrize("alg", KEYS)
@settings(max_examples=150, deadline=None)
@given(data=st.data())
def test_a_token_that_was_changed_anywhere_is_not_believed(alg: str, data: st.DataObject) -> None:
    token = minted(alg)
    at = data.draw(st.integers(0, len(token) - 1))
    sign = data.draw(st.sampled_from("ABCXYZabcxyz0189-_.=+/ "))
    changed = token[:at] + sign + token[at + 1 :]
    assume(changed != token)

    if at <= token.rindex("."):
        with pytest.raises(TokenRefused):
            checked(changed, alg)
    else:
        # Some signs of a signature carry bits that mean nothing: it may be the same one, of the same claims.
        with suppress(TokenRefused):
            assert checked(changed, alg) == CLAIMS


@settings(max_examples=300)
@given(st.text() | st.lists(st.text("eyJ0._-AB"), min_size=3, max_size=5).map(".".join))
def test_no_text_breaks_the_reading(text: str) -> None:
    with pytest.raises(TokenRefused):
        checked(text)


@settings(max_examples=300)
@given(st.dictionaries(st.sampled_from([*CLAIMS, "nbf", "azp", "jti", "auth_time", "amr"]), json_values))
def test_no_value_of_a_claim_lets_anybody_in_by_breaking_the_check(changes: dict[str, Any]) -> None:
    claims = {**CLAIMS, "active": True, **changes}

    try:
        found = check_introspected(claims, RULES, NOW)
    except TokenRefused:
        return

    assert found["iss"] == RULES.issuer and found["sub"] and isinstance(found["sub"], str)
    assert RULES.audience in (found["aud"] if isinstance(found["aud"], list) else [found["aud"]])
    assert 0 < found["exp"] - found["iat"] <= RULES.max_lifetime and found["exp"] > NOW - 61


TOLD = {"active": True, "iss": RULES.issuer, "aud": RULES.audience, "iat": NOW - 10, "exp": NOW + 600}
AAI = issuer_of(IssuerSettings(name="a", issuer=RULES.issuer, client_id="node"), RULES.audience)


@pytest.mark.parametrize("given", [{}, {"sub": None}, {"sub": ""}, {"sub": ["machine"]}, {"sub": 7}])
def test_an_answer_that_names_nobody_makes_nobodys_client_a_program(given: dict[str, Any]) -> None:
    with pytest.raises(TokenRefused):
        assert not subject_of(check_introspected({**TOLD, "client_id": "north-node", **given}, RULES, NOW), AAI).key


@pytest.mark.parametrize(
    "given", [{"username": "nora"}, {"auth_time": NOW - 20}, {"client_id": None}, {"azp": "other"}, {"sub": None}]
)
def test_where_clients_have_no_sub_what_speaks_of_a_person_is_not_taken_for_one(given: dict[str, Any]) -> None:
    rules = dataclasses.replace(RULES, programs_without_subject=True)
    client = {**TOLD, "client_id": "north-node"}
    assert subject_of(check_introspected(client, rules, NOW), AAI).is_program

    with pytest.raises(TokenRefused):
        check_introspected({**client, **given}, rules, NOW)


@pytest.mark.parametrize("active", [None, False, 1, "true", [True]])
@pytest.mark.parametrize("missing", ["", "iss", "aud", "exp", "iat"])
def test_an_answer_is_active_and_whole(active: object, missing: str) -> None:
    told = {name: value for name, value in {**TOLD, "sub": "nora"}.items() if name != missing}
    assert check_introspected({**TOLD, "sub": "nora"}, RULES, NOW)["sub"] == "nora"

    with pytest.raises(TokenRefused):
        check_introspected({**told, "active": active} if not missing else told, RULES, NOW)


def test_who_signs_in_with_a_browser_is_no_program_whatever_they_are_called() -> None:
    claims = {"sub": "north-node", "azp": "north-node", "client_id": "north-node"}

    assert subject_of(claims, AAI).is_program and not subject_of(claims, AAI, at_browser=True).is_program


@settings(max_examples=300)
@given(
    st.dictionaries(
        st.sampled_from(
            ["sub", "name", "client_id", "iat", "entitlements", "eduperson_entitlement", "eduperson_assurance"]
        ),
        json_values,
    )
)
def test_whatever_an_issuer_claims_makes_a_subject_without_roles_it_cannot_give(claims: dict[str, Any]) -> None:
    issuer = issuer_of(IssuerSettings(name="a", issuer=RULES.issuer, client_id="node"), RULES.audience)

    subject = subject_of(claims, issuer)

    assert subject.grants == () and subject.entitlements == () and isinstance(subject.key, str)
