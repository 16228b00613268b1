"""Issuers that rotate keys, are down, or lie: what is believed, for how long, and what is never."""

from __future__ import annotations

import base64
import hashlib
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from joserfc.jwk import OctKey, RSAKey

from node.errors import SettingsError
from node.identity.entitlements import spelled
from node.identity_errors import IdentityError, IssuerUnavailable, SignInFailed, TokenRefused
from node.identity_settings import IdentitySettings
from node.issuers import Issuers, open_issuers
from node.issuers.bearer import Bearers
from node.issuers.provider import FRESH, PAUSE, STALE
from node.issuers.sign_in import Question, redeem
from node.settings import Settings
from tests.contract.identity_world import AUTHORITY, BASE, GROUP, SECRET, VARIABLE, issuer_settings
from tests.servers.fairnode import free_port
from tests.servers.scripted_issuer import ScriptedIssuer

DISCOVERY = "/.well-known/openid-configuration"
OPAQUE = "opaque-token-of-somebody"
QUESTION = Question(state="s" * 43, nonce="n" * 43, verifier="v" * 43)


class Clock:
    """Time that passes only when told to."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture(autouse=True)
def _secret(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(VARIABLE, SECRET)


@pytest.fixture
def issuer() -> Iterator[ScriptedIssuer]:
    with ScriptedIssuer() as issuer:
        yield issuer


@pytest.fixture
def clock() -> Clock:
    return Clock()


def issuers_of(identifier: str, clock: Clock, *, networks: tuple[str, ...] = ("127.0.0.0/8",), **more: Any) -> Issuers:
    identity = IdentitySettings(issuers=(issuer_settings(identifier, **more),), allow_networks=networks, timeout=2)
    return open_issuers(Settings(identity=identity), clock=clock)


@pytest.fixture
def bearers(issuer: ScriptedIssuer, clock: Clock) -> Bearers:
    return Bearers(issuers_of(issuer.issuer, clock), clock=clock)


def now() -> int:
    return int(time.time())


def minted(issuer: ScriptedIssuer, kid: str = "key-RS256") -> str:
    return issuer.signer.mint(issuer.signer.claims(aud=BASE), kid=kid)


def test_addresses_and_keys_are_fetched_once_for_many_tokens(issuer: ScriptedIssuer, bearers: Bearers) -> None:
    for _ in range(20):
        assert bearers.subject(minted(issuer), now()).key == "machine"

    assert issuer.asked == [("GET", DISCOVERY), ("GET", "/jwks")]


def test_a_key_that_is_new_is_found_and_the_one_before_counts_no_more(
    issuer: ScriptedIssuer, bearers: Bearers, clock: Clock
) -> None:
    old = minted(issuer)
    bearers.subject(old, now())
    issuer.rotate("second")
    clock.now += PAUSE

    assert bearers.subject(minted(issuer, "second"), now()).key == "machine"
    with pytest.raises(TokenRefused, match="a key that its issuer does not have"):
        bearers.subject(old, now())


def test_names_of_keys_that_nobody_has_do_not_become_a_storm_at_the_issuer(
    issuer: ScriptedIssuer, bearers: Bearers, clock: Clock
) -> None:
    bearers.subject(minted(issuer), now())

    for index in range(180):
        clock.now += 1
        with pytest.raises(TokenRefused):
            bearers.subject(minted(issuer, f"invented-{index}"), now())

    assert issuer.count("/jwks") == 1 + 180 // PAUSE


def test_an_issuer_that_is_down_from_the_start_is_said_to_be_and_asked_again_soon(
    issuer: ScriptedIssuer, bearers: Bearers, clock: Clock
) -> None:
    there = issuer.answers.pop(DISCOVERY)

    for _ in range(3):
        with pytest.raises(IssuerUnavailable, match="404"):
            bearers.subject(minted(issuer), now())
    assert issuer.count(DISCOVERY) == 1

    issuer.answers[DISCOVERY] = there
    clock.now += 5
    assert bearers.subject(minted(issuer), now()).key == "machine"


def test_keys_count_for_a_day_while_their_issuer_is_down_and_not_longer(
    issuer: ScriptedIssuer, bearers: Bearers, clock: Clock
) -> None:
    bearers.subject(minted(issuer), now())
    issuer.answers["/jwks"] = (500, b"")

    clock.now += STALE - FRESH
    assert bearers.subject(minted(issuer), now()).key == "machine"
    clock.now += FRESH
    with pytest.raises(IssuerUnavailable):
        bearers.subject(minted(issuer), now())


@pytest.mark.parametrize(
    "changes",
    [
        {"issuer": "https://evil.example"},
        {"issuer": None},
        {"jwks_uri": None},
        {"jwks_uri": "http://evil.example/jwks"},
        {"jwks_uri": "file:///etc/passwd"},
        {"token_endpoint": "http://192.0.2.1/token"},
        {"userinfo_endpoint": "ftp://evil.example"},
        {"introspection_endpoint": "http://localhost.evil.example/"},
    ],
)
def test_a_discovery_document_that_points_elsewhere_is_not_believed(
    issuer: ScriptedIssuer, bearers: Bearers, changes: dict[str, Any]
) -> None:
    issuer.answers[DISCOVERY] = (200, issuer.metadata(**changes))

    with pytest.raises(IssuerUnavailable):
        bearers.subject(minted(issuer), now())


@pytest.mark.parametrize("given", [(302, b""), (200, b"<html>"), (200, b"[]"), (200, b"x" * 2**21), (200, b"")])
def test_what_is_no_discovery_document_is_not_believed(
    issuer: ScriptedIssuer, bearers: Bearers, given: tuple[int, bytes]
) -> None:
    issuer.answers[DISCOVERY] = given

    with pytest.raises(IssuerUnavailable):
        bearers.subject(minted(issuer), now())
    assert ("GET", "/elsewhere") not in issuer.asked


def test_an_issuer_in_a_private_network_is_asked_where_the_operator_allows_it_only(
    issuer: ScriptedIssuer, clock: Clock
) -> None:
    bearers = Bearers(issuers_of(issuer.issuer, clock, networks=()), clock=clock)

    with pytest.raises(IssuerUnavailable, match="loopback"):
        bearers.subject(minted(issuer), now())
    assert not issuer.asked


def test_an_issuer_that_nobody_answers_for_is_unavailable(clock: Clock) -> None:
    bearers = Bearers(issuers_of(f"http://127.0.0.1:{free_port()}", clock), clock=clock)

    with pytest.raises(IssuerUnavailable):
        bearers.subject(OPAQUE, now())


@pytest.mark.filterwarnings("ignore:Key size")
def test_keys_for_other_uses_are_left_alone(issuer: ScriptedIssuer, bearers: Bearers) -> None:
    secret = OctKey.import_key("a shared secret of the issuer and somebody")
    short = RSAKey.generate_key(1024)
    issuer.publish(
        {**secret.as_dict(private=True), "kid": "shared"},
        {**short.as_dict(private=False), "kid": "short"},
        {**issuer.keys["RS256"].as_dict(private=False), "kid": "encryption", "use": "enc"},
        {"kty": "EC", "crv": "P-256", "x": "AQAB", "y": "AQAB", "kid": "off the curve"},
        {"kty": "from the future", "kid": "x"},
        {"kid": 7},
    )
    claims = issuer.signer.claims(aud=BASE)

    assert bearers.subject(minted(issuer), now()).key == "machine"
    for kid, key in (("shared", None), ("short", short), ("encryption", None), ("off the curve", None)):
        with pytest.raises(TokenRefused):
            bearers.subject(issuer.signer.mint(claims, kid=kid, key=key), now())


def said(issuer: ScriptedIssuer, **changes: Any) -> None:
    """Have the issuer say something of every opaque token."""
    usual = {**issuer.signer.claims(aud=BASE), "active": True, "entitlements": [f"{GROUP}:readers#{AUTHORITY}"]}
    issuer.answers["/introspection"] = (
        200,
        {name: value for name, value in {**usual, **changes}.items() if value is not None},
    )


def test_the_node_proves_itself_when_it_asks_about_a_token(issuer: ScriptedIssuer, bearers: Bearers) -> None:
    said(issuer)

    subject = bearers.subject(OPAQUE, now())

    assert [spelled(each) for each in subject.entitlements] == [f"{GROUP}:readers#{AUTHORITY}"]
    (form,) = issuer.forms
    assert form["token"] == OPAQUE
    assert form["authorization"] == f"Basic {base64.b64encode(f'node:{SECRET}'.encode()).decode()}"


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"active": False}, "not active"),
        ({"active": "true"}, "not active"),
        ({"active": 1}, "not active"),
        ({"active": None}, "not active"),
        ({"aud": None}, "lacks aud"),
        ({"aud": "https://other.example"}, "another audience"),
        ({"aud": ["https://other.example"]}, "another audience"),
        ({"iss": None}, "lacks iss"),
        ({"iss": "https://evil.example"}, "another issuer"),
        ({"exp": None}, "lacks exp"),
        ({"exp": now() - 3600, "iat": now() - 7200}, "has expired"),
        ({"exp": now() + 10 * 365 * 86_400}, "valid for longer"),
        ({"iat": None}, "lacks iat"),
        ({"sub": None, "client_id": None}, "has no sub"),
        ({"sub": None, "username": "nora"}, "has no sub"),
        ({"sub": ""}, "sub is not usable"),
        ({"token_type": "DPoP"}, "not a bearer token"),
    ],
)
def test_the_word_of_an_issuer_counts_for_this_node_and_for_now_only(
    issuer: ScriptedIssuer, bearers: Bearers, changes: dict[str, Any], why: str
) -> None:
    said(issuer, **changes)

    with pytest.raises(TokenRefused, match=why):
        bearers.subject(OPAQUE, now())


@pytest.mark.parametrize(
    "given", [(500, b""), (401, {"error": "invalid_client"}), (200, b"<html>"), (200, b'["active"]'), (302, b"")]
)
def test_an_issuer_that_does_not_answer_lets_nobody_in_and_nobody_down_to_the_public(
    issuer: ScriptedIssuer, bearers: Bearers, given: tuple[int, bytes]
) -> None:
    issuer.answers["/introspection"] = given

    with pytest.raises(IssuerUnavailable):
        bearers.subject(OPAQUE, now())
    assert len(issuer.forms) == 1 and ("POST", "/elsewhere") not in issuer.asked


def test_a_word_is_not_kept_for_longer_than_the_token_lives(
    issuer: ScriptedIssuer, bearers: Bearers, clock: Clock
) -> None:
    said(issuer, exp=now() + 5)
    bearers.subject(OPAQUE, now())

    clock.now += 6
    bearers.subject(OPAQUE, now())

    assert len(issuer.forms) == 2


def test_a_token_is_shown_to_no_issuer_that_is_not_asked_about_opaque_ones(
    issuer: ScriptedIssuer, clock: Clock
) -> None:
    bearers = Bearers(issuers_of(issuer.issuer, clock, opaque_tokens=False), clock=clock)

    with pytest.raises(TokenRefused, match="takes no others"):
        bearers.subject(OPAQUE, now())
    assert not issuer.asked


ACCESS = "access-token-of-the-sign-in"


def signed_in(issuer: ScriptedIssuer, clock: Clock, id_token: object, userinfo: object = None) -> dict[str, Any]:
    """Redeem a code at an issuer that answers with these."""
    answer = {"access_token": ACCESS, "token_type": "Bearer", "expires_in": 600, "id_token": id_token}
    issuer.answers["/token"] = (200, {name: value for name, value in answer.items() if value is not None})
    issuer.answers["/me"] = (200, userinfo if userinfo is not None else {"sub": "nora", "name": "Nora"})  # type: ignore[assignment]
    provider = issuers_of(issuer.issuer, clock).named("test")
    return redeem(provider, QUESTION, code="c", issuer=None, redirect_uri=f"{BASE}/login/test/callback", now=now())


def id_claims(issuer: ScriptedIssuer, **changes: Any) -> dict[str, Any]:
    usual = {"sub": "nora", "aud": "node", "nonce": QUESTION.nonce, "client_id": None, "jti": None}
    return issuer.signer.claims(**{**usual, **changes})


def half_hash(text: str) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(text.encode()).digest()[:16]).decode().rstrip("=")


@pytest.mark.parametrize("typ", [None, "JWT", "jwt"])
def test_an_id_token_that_holds_lets_its_person_in(issuer: ScriptedIssuer, clock: Clock, typ: str | None) -> None:
    token = issuer.signer.mint(id_claims(issuer, at_hash=half_hash(ACCESS)), typ=typ)

    assert signed_in(issuer, clock, token) == {"sub": "nora", "name": "Nora"}
    (form,) = issuer.forms
    assert form["code_verifier"] == QUESTION.verifier and form["grant_type"] == "authorization_code"


HOSTILE_ID_TOKENS: dict[str, Callable[[ScriptedIssuer], object]] = {
    "none": lambda issuer: None,
    "not a string": lambda issuer: {"sub": "stella"},
    "an access token": lambda issuer: issuer.signer.mint(id_claims(issuer)),
    "for another client": lambda issuer: issuer.signer.mint(id_claims(issuer, aud="other"), typ=None),
    "for two, and it was not made for us": lambda issuer: issuer.signer.mint(
        id_claims(issuer, aud=["node", "other"], azp="other"), typ=None
    ),
    "for two, and nobody says for whom": lambda issuer: issuer.signer.mint(
        id_claims(issuer, aud=["node", "other"]), typ=None
    ),
    "of another issuer": lambda issuer: issuer.signer.mint(id_claims(issuer, iss="https://evil.example"), typ=None),
    "without a nonce": lambda issuer: issuer.signer.mint(id_claims(issuer, nonce=None), typ=None),
    "with another nonce": lambda issuer: issuer.signer.mint(id_claims(issuer, nonce="m" * 43), typ=None),
    "expired": lambda issuer: issuer.signer.mint(id_claims(issuer, iat=now() - 7200, exp=now() - 3600), typ=None),
    "without an end": lambda issuer: issuer.signer.mint(id_claims(issuer, exp=None), typ=None),
    "from the future": lambda issuer: issuer.signer.mint(id_claims(issuer, iat=now() + 3600), typ=None),
    "of nobody": lambda issuer: issuer.signer.mint(id_claims(issuer, sub=""), typ=None),
    "with the hash of another access token": lambda issuer: issuer.signer.mint(
        id_claims(issuer, at_hash=half_hash("another")), typ=None
    ),
    "signed by another key": lambda issuer: issuer.signer.mint(
        id_claims(issuer), key=RSAKey.generate_key(2048), typ=None
    ),
    "signed by the client's secret": lambda issuer: issuer.signer.mint(
        id_claims(issuer), alg="HS256", key=OctKey.import_key(SECRET.encode()), typ=None
    ),
}


@pytest.mark.parametrize("kind", HOSTILE_ID_TOKENS)
def test_an_id_token_that_does_not_hold_lets_nobody_in(issuer: ScriptedIssuer, clock: Clock, kind: str) -> None:
    with pytest.raises(SignInFailed):
        signed_in(issuer, clock, HOSTILE_ID_TOKENS[kind](issuer))


@pytest.mark.parametrize("userinfo", [{"sub": "stella"}, {"name": "Nora"}, {"sub": ["nora"]}])
def test_what_is_said_of_somebody_else_is_not_taken(
    issuer: ScriptedIssuer, clock: Clock, userinfo: dict[str, Any]
) -> None:
    with pytest.raises(SignInFailed, match="two different people"):
        signed_in(issuer, clock, issuer.signer.mint(id_claims(issuer), typ=None), userinfo)


@pytest.mark.parametrize(
    "given",
    [(500, b""), (200, b"<html>"), (200, {"token_type": "Bearer"}), (200, {"access_token": "x", "token_type": "mac"})],
)
def test_a_token_endpoint_that_does_not_answer_as_it_should_lets_nobody_in(
    issuer: ScriptedIssuer, clock: Clock, given: tuple[int, Any]
) -> None:
    issuer.answers["/token"] = given
    provider = issuers_of(issuer.issuer, clock).named("test")

    with pytest.raises(IdentityError):
        redeem(provider, QUESTION, code="c", issuer=None, redirect_uri=BASE, now=now())


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"client_secret_env": "FAIRNODE_OIDC_FORGOTTEN"}, "FAIRNODE_OIDC_FORGOTTEN"),
        ({"client_secret_env": ""}, "opaque tokens"),
    ],
)
def test_a_secret_that_is_not_there_is_named(clock: Clock, changes: dict[str, Any], why: str) -> None:
    with pytest.raises(SettingsError, match=why):
        issuers_of("https://aai.example", clock, **changes)
