"""What the node signs, anyone with its public keys verifies, and nobody else can sign."""

import base64
import json

import pytest

from node.sovereignty.signatures import SigningKeys, new_keys, read_keys, verify

KEYS = new_keys()
PUBLIC = KEYS.public()
SIGNATURE = KEYS.sign(b"payload", "fairnode-test")


def test_a_signature_holds_for_its_bytes_its_kind_and_its_key_alone():
    assert verify(b"payload", SIGNATURE, "fairnode-test", PUBLIC)
    assert not verify(b"another", SIGNATURE, "fairnode-test", PUBLIC)
    assert not verify(b"payload", SIGNATURE, "fairnode-other", PUBLIC)
    assert not verify(b"payload", SIGNATURE, "fairnode-test", new_keys().public())


def test_a_new_key_signs_and_the_old_ones_still_verify():
    renewed = new_keys(KEYS)

    assert verify(b"payload", SIGNATURE, "fairnode-test", renewed.public())
    assert verify(b"payload", renewed.sign(b"payload", "fairnode-test"), "fairnode-test", renewed.public())
    assert not verify(b"payload", renewed.sign(b"payload", "fairnode-test"), "fairnode-test", PUBLIC)


def test_what_is_published_holds_no_private_part():
    assert all("d" not in key for key in PUBLIC["keys"])
    assert "d" not in repr(KEYS)


def test_the_key_file_is_read_as_it_was_written():
    assert read_keys(KEYS.dump()).public() == PUBLIC


@pytest.mark.parametrize("content", [b"", b"{}", b'{"keys": []}', b'{"keys": [3]}', json.dumps(PUBLIC).encode()])
def test_a_file_without_private_keys_is_refused(content):
    with pytest.raises(ValueError):
        read_keys(content)


def altered(**header):
    head, _, tail = SIGNATURE.partition("..")
    values = json.loads(base64.urlsafe_b64decode(head + "=="))
    changed = json.dumps({**values, **header}).encode()
    return f"{base64.urlsafe_b64encode(changed).rstrip(b'=').decode()}..{tail}"


@pytest.mark.parametrize(
    "signature",
    [
        "",
        "..",
        "a.b.c",
        f"{SIGNATURE}A",
        SIGNATURE.replace("..", "."),
        altered(alg="none"),
        altered(alg="HS256"),
        altered(kid="unknown"),
        altered(typ="fairnode-other"),
        altered(jwk=PUBLIC["keys"][0]),
        "x" * 3_000,
    ],
)
def test_a_signature_that_was_tampered_with_does_not_hold_and_raises_nothing(signature):
    assert not verify(b"payload", signature, "fairnode-test", PUBLIC)


@pytest.mark.parametrize(
    "keys", [{}, {"keys": None}, {"keys": [None, 3, {"kty": "OKP"}]}, {"keys": [{"kty": "oct", "k": "AA"}]}]
)
def test_keys_of_a_stranger_may_be_anything(keys):
    assert not verify(b"payload", SIGNATURE, "fairnode-test", keys)


def test_a_key_of_another_kind_beside_the_right_one_does_no_harm():
    assert verify(b"payload", SIGNATURE, "fairnode-test", {"keys": [{"kty": "oct", "k": "AAAA"}, *PUBLIC["keys"]]})


def test_keys_that_cannot_sign_are_refused():
    with pytest.raises(ValueError):
        SigningKeys(keys=())


@pytest.mark.parametrize(
    "changed",
    [
        {"x": "AAAA"},
        {"x": None},
        {"x": [1]},
        {"x": "é"},
        {"kid": 7},
        {"kid": ["k"]},
        {"key_ops": "sign"},
        {"key_ops": ["encrypt"]},
        {"use": "enc"},
        {"d": "AAAA"},
        {},
    ],
)
def test_a_malformed_key_beside_the_right_one_does_no_harm(changed):
    right = PUBLIC["keys"][0]
    other = new_keys().public()["keys"][0]

    for beside in ({**right, **changed}, {**other, **changed}, {**other, "kid": right["kid"], **changed}):
        assert verify(b"payload", SIGNATURE, "fairnode-test", {"keys": [beside, right]}), beside
