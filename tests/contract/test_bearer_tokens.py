"""Access tokens of programs, from a real provider: those that hold, and the hostile ones, each refused with its reason.

A refusal is a 401 with an RFC 6750 challenge at every address: never an answer to the public in its place.
"""

from __future__ import annotations

import base64
import hmac
import json
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from flask.testing import FlaskClient
from joserfc import jws
from joserfc.jwk import RSAKey
from werkzeug.test import TestResponse

from node.issuers.own_tokens import OwnTokens
from node.web.auth import current_door
from tests.contract.identity_world import AUTHORITY, BASE, GROUP, World, bearer, seen, sign_in, world
from tests.servers.oidc_provider import OidcProvider

LIST = "/oai?verb=ListRecords&metadataPrefix=oai_dc"
OTHER = "https://other.example"
STEWARD = [f"{GROUP}:role=steward#{AUTHORITY}"]


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    with world(tmp_path_factory.mktemp("bearer")) as place:
        yield place


@pytest.fixture
def client(place: World) -> FlaskClient:
    return place.browser()


def refused(answer: TestResponse, why: str) -> None:
    """Hold an answer to what every refusal of a token must be."""
    assert answer.status_code == 401, answer.text[:300]
    challenge = answer.headers["WWW-Authenticate"]
    assert challenge.startswith('Bearer realm="fairnode", error="invalid_token", error_description="')
    assert why in challenge and why in answer.json["detail"] and answer.json["code"] == "identity.token-refused"
    assert not seen(answer)
    assert answer.headers["Cache-Control"] == "private, no-store" and "Authorization" in answer.vary


def holds(client: FlaskClient, token: str) -> Any:
    """Return who a token stands for."""
    answer = client.get("/me", headers={**bearer(token), "Accept": "application/json"})
    assert answer.status_code == 200, answer.text
    return answer.json


def reads(me: Any) -> list[str]:
    return [each["source"] for each in me["reads"]]


def test_a_signed_token_of_a_program_counts(place: World, client: FlaskClient) -> None:
    token = place.issuer.token("machine", BASE)

    me = holds(client, token)
    listed = client.get(LIST, headers=bearer(token))

    assert reads(me) == ["restricted"] and me["who"]["program"] and me["who"]["client"] == "machine"
    assert seen(listed) == {"Open sea", "Registered sea", "Restricted sea"}
    assert listed.headers["Cache-Control"] == "private, no-store" and {"Authorization", "Cookie"} <= set(listed.vary)


def test_an_opaque_token_counts_by_the_word_of_its_issuer(place: World, client: FlaskClient) -> None:
    token = place.issuer.token("opaque-machine", BASE)

    me = holds(client, token)

    assert "." not in token and reads(me) == ["restricted"] and me["who"]["subject"] == "opaque-machine"


def test_this_node_gets_a_token_for_a_peer_and_asks_once(place: World, client: FlaskClient) -> None:
    with client.application.app_context():
        provider = current_door().issuers.named("test")
    tokens = OwnTokens(provider)

    first, second = tokens.token_for(BASE), tokens.token_for(BASE)

    assert first == second != tokens.token_for(OTHER)
    assert holds(client, first)["who"]["client"] == "node"


@pytest.mark.parametrize("alg", ["RS256", "ES256", "EdDSA"])
def test_each_algorithm_taken_is_taken(place: World, client: FlaskClient, alg: str) -> None:
    assert holds(client, place.issuer.mint(place.issuer.claims(aud=BASE), alg=alg))["audience"] == "registered"


@pytest.mark.parametrize(
    "changes",
    [
        {"aud": [OTHER, BASE]},
        {"client_id": None, "azp": "machine"},
        {"entitlements": "not an entitlement"},
        {"entitlements": {"a": 1}, "name": 7, "eduperson_assurance": None},
        {"iat": int(time.time()) + 20},
    ],
)
def test_what_tokens_may_differ_in_they_may(place: World, client: FlaskClient, changes: dict[str, Any]) -> None:
    assert holds(client, place.issuer.mint(place.issuer.claims(**{"aud": BASE, **changes})))["audience"] == "registered"


def _encoded(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


def _part(values: object) -> str:
    return _encoded(json.dumps(values).encode())


def _alg_none(issuer: OidcProvider) -> str:
    claims = issuer.claims(aud=BASE, entitlements=STEWARD)
    return f"{_part({'alg': 'none', 'typ': 'at+jwt'})}.{_part(claims)}."


def _hs256_with_the_public_key(issuer: OidcProvider) -> str:
    """What a library that takes `alg` from the token would check with a key that everybody knows."""
    rsa = issuer.keys["RS256"]
    assert isinstance(rsa, RSAKey)
    pem = rsa.public_key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    header = {"alg": "HS256", "typ": "at+jwt", "kid": "key-RS256"}
    signed = f"{_part(header)}.{_part(issuer.claims(aud=BASE, entitlements=STEWARD))}"
    return f"{signed}.{_encoded(hmac.new(pem, signed.encode(), 'sha256').digest())}"


def _embedded_key(issuer: OidcProvider) -> str:
    mine = RSAKey.generate_key(2048)
    return issuer.mint(issuer.claims(aud=BASE), key=mine, kid="mine", jwk={"kty": "RSA", "n": "AQAB", "e": "AQAB"})


def _twice(issuer: OidcProvider) -> str:
    """A payload that names its audience twice: readers disagree about which one counts."""
    claims = json.dumps(issuer.claims(aud=OTHER))
    return _signed_as_it_is(issuer, (claims[:-1] + f', "aud": "{BASE}"}}').encode())


def _signed_as_it_is(issuer: OidcProvider, payload: bytes) -> str:
    header = {"alg": "RS256", "typ": "at+jwt", "kid": "key-RS256"}
    return jws.serialize_compact(header, payload, issuer.keys["RS256"])


def _made(**changes: Any) -> Callable[[OidcProvider], str]:
    """Return how to make a token that the issuer's own key signs; `header` changes the header."""
    header = changes.pop("header", {})
    return lambda issuer: issuer.mint(issuer.claims(**{"aud": BASE, "entitlements": STEWARD, **changes}), **header)


NOW = int(time.time())
YEARS = 10 * 365 * 86_400
HOSTILE: dict[str, tuple[Callable[[OidcProvider], str], str]] = {
    "no typ": (_made(header={"typ": None}), "typ is not at+jwt"),
    "typ JWT": (_made(header={"typ": "JWT"}), "typ is not at+jwt"),
    "typ of a logout token": (_made(header={"typ": "logout+jwt"}), "typ is not at+jwt"),
    "wrong audience": (_made(aud=OTHER), "another audience"),
    "an audience that begins like ours": (_made(aud=f"{BASE}.evil.example"), "another audience"),
    "no audience": (_made(aud=None), "lacks aud"),
    "wrong audience by introspection": (lambda issuer: issuer.token("opaque-machine", OTHER), "another audience"),
    "ten years": (_made(exp=NOW + YEARS), "valid for longer"),
    "ten years, of which one is left": (_made(iat=NOW - YEARS, exp=NOW + 3600), "valid for longer"),
    "no end": (_made(exp=None), "lacks exp"),
    "an end beyond arithmetic": (_made(exp=10**400), "exp is not a time"),
    "an end that is no number": (_made(exp="9999999999"), "exp is not a time"),
    "an end that is true": (_made(exp=True), "exp is not a time"),
    "alg none": (_alg_none, "alg is not one of"),
    "HS256 with the public key": (_hs256_with_the_public_key, "alg is not one of"),
    "an algorithm that is not taken": (
        lambda issuer: issuer.mint(issuer.claims(aud=BASE), alg="PS256", key=issuer.keys["RS256"], kid="key-RS256"),
        "alg is not one of",
    ),
    "embedded jwk": (_embedded_key, "header holds jwk"),
    "jku": (_made(header={"jku": "https://evil.example/keys"}), "header holds jku"),
    "x5u": (_made(header={"x5u": "https://evil.example/cert"}), "header holds x5u"),
    "crit": (_made(header={"b64": True, "crit": ["b64"]}), "header holds crit"),
    "expired": (_made(iat=NOW - 7200, exp=NOW - 3600), "has expired"),
    "not yet": (_made(nbf=NOW + 3600), "not valid yet"),
    "from the future": (_made(iat=NOW + 3600, exp=NOW + 7200), "issued in the future"),
    "no time of issue": (_made(iat=None), "lacks iat"),
    "no subject": (_made(sub=None), "lacks sub"),
    "a subject that is a list": (_made(sub=["stella"]), "sub is not usable"),
    "no client": (_made(client_id=None), "does not name its client"),
    "two clients": (_made(azp="north-node"), "names two clients"),
    "a client that is a list": (_made(client_id=["machine"]), "names two clients"),
    "bound to a key that is not shown": (_made(cnf={"jkt": "x" * 43}), "bound to a key"),
    "unknown kid": (_made(header={"kid": "another"}), "key that its issuer does not have"),
    "the kid of a key of another kind": (_made(header={"kid": "key-ES256"}), "key that its issuer does not have"),
    "no kid where one fits": (
        lambda issuer: issuer.mint(issuer.claims(aud=BASE), key=RSAKey.generate_key(2048), kid=None),
        "signature is not valid",
    ),
    "another key under a known kid": (
        lambda issuer: issuer.mint(issuer.claims(aud=BASE), key=RSAKey.generate_key(2048)),
        "signature is not valid",
    ),
    "wrong issuer": (_made(iss="https://evil.example"), "does not know"),
    "an issuer with one more slash": (lambda issuer: _made(iss=f"{issuer.issuer}/")(issuer), "does not know"),
    "no issuer": (_made(iss=None), "iss is not a string"),
    "oversize": (_made(padding="x" * 9000), "more than 8192 bytes"),
    "changed payload": (lambda issuer: _changed(_made()(issuer)), "signature is not valid"),
    "no signature": (lambda issuer: _made()(issuer).rpartition(".")[0] + ".", "signature is not valid"),
    "a name twice": (_twice, "read in one way only"),
    "a payload that is a list": (lambda issuer: _signed_as_it_is(issuer, b'["a"]'), "does not hold a JSON object"),
    "deep nesting": (
        lambda issuer: _signed_as_it_is(issuer, b'{"iss": ' + b"[" * 500 + b"]" * 500 + b"}"),
        "read in one way only",
    ),
    "an encrypted token": (lambda issuer: "eyJhbGciOiJSU0EtT0FFUCJ9.a.b.c.d", "not a signed JWT"),
    "an unknown opaque token": (lambda issuer: "x" * 43, "not active"),
    "a short opaque token": (lambda issuer: "x", "too few"),
    "an API token nobody made": (lambda issuer: "fairnode_" + "x" * 43, "not one of this node"),
}


def _changed(token: str) -> str:
    header, payload, signature = token.split(".")
    claims = json.loads(base64.urlsafe_b64decode(payload + "=="))
    return f"{header}.{_part({**claims, 'sub': 'stella'})}.{signature}"


@pytest.mark.parametrize("kind", HOSTILE)
def test_a_hostile_token_is_refused(place: World, client: FlaskClient, kind: str) -> None:
    make, why = HOSTILE[kind]
    token = make(place.issuer)

    refused(client.get(LIST, headers=bearer(token)), why)


@pytest.mark.parametrize(
    "path",
    [
        "/",
        "/oai?verb=Identify",
        "/sparql?query=ASK%7B%7D",
        "/sources",
        "/catalog",
        "/audit",
        "/me",
        "/login",
        "/nowhere",
    ],
)
def test_a_bad_token_is_refused_at_every_address(place: World, client: FlaskClient, path: str) -> None:
    refused(client.get(path, headers=bearer(_made(aud=OTHER)(place.issuer))), "another audience")


def test_an_id_token_is_no_access_token(place: World, client: FlaskClient) -> None:
    id_token = place.issuer.mint({**place.issuer.claims(aud="node", sub="stella"), "nonce": "n"}, typ=None)

    refused(client.get(LIST, headers=bearer(id_token)), "typ is not at+jwt")


def test_a_bad_token_is_refused_though_a_good_session_comes_with_it(place: World, client: FlaskClient) -> None:
    sign_in(place, client, "stella")

    refused(client.get(LIST, headers=bearer(_made(aud=OTHER)(place.issuer))), "another audience")


def test_a_good_token_counts_for_itself_though_a_stewards_session_comes_with_it(
    place: World, client: FlaskClient
) -> None:
    sign_in(place, client, "stella")

    assert reads(holds(client, place.issuer.token("machine", BASE))) == ["restricted"]


@pytest.mark.parametrize(
    "header",
    [
        "",
        "Bearer",
        "Bearer ",
        "Basic bm9kZTpzZWNyZXQ=",
        "Token abc",
        "Bearer a b",
        "Bearer abc,Bearer def",
        "Bearer a, b",
    ],
)
def test_a_header_that_holds_no_bearer_token_is_refused(client: FlaskClient, header: str) -> None:
    answer = client.get(LIST, headers={"Authorization": header})

    assert answer.status_code == 400 and answer.json["code"] == "identity.credentials-unusable"
    assert 'error="invalid_request"' in answer.headers["WWW-Authenticate"] and not seen(answer)


def test_the_word_of_an_issuer_is_asked_for_once_in_half_a_minute(
    place: World, client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    from node.issuers import bearer as module

    asked = []
    real = module.introspect
    monkeypatch.setattr(module, "introspect", lambda *given: asked.append(given) or real(*given))
    token = place.issuer.token("opaque-machine", BASE)

    for _ in range(5):
        holds(client, token)
    for _ in range(5):
        refused(client.get(LIST, headers=bearer("y" * 43)), "not active")

    assert len(asked) == 2


def test_nobody_has_this_node_flood_an_issuer(place: World) -> None:
    app = place.browser().application
    with app.app_context():
        current_door().asked.__init__(3, 1)  # type: ignore[misc]

    answers = [app.test_client().get("/me", headers=bearer(f"{index:043}")) for index in range(6)]

    assert [answer.status_code for answer in answers][-1] == 429 and answers[-1].headers["Retry-After"]
