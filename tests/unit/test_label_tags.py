"""Labels as object tags and JSON, and the MAC that binds them to an object."""

from __future__ import annotations

import datetime as dt
import json
import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from node.errors import LabelError
from node.model.label import Access, Label, PersonalData, Retention
from node.sovereignty.mac import MacKeys, sign, verify
from node.sovereignty.tags import LABEL_TAGS, MAC_TAG, decode, encode, from_json, to_json
from tests.labels import label, labels

BUCKET = "objects"
KEY = "raw/9f/9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"
KEYS = MacKeys(current="k1", keys={"k1": bytes(range(32))})
FULL = Label(
    origin=frozenset({"FIN", "DEU"}),
    zones=frozenset({"EUA", "EEA"}),
    access=Access.RESTRICTED,
    critical=frozenset({"dual-use", "CTA02"}),
    personal=PersonalData.PSEUDONYMISED,
    policies=frozenset({"no-export", "agreement-7"}),
    retention=Retention(keep_until=dt.date(2030, 12, 31), erase_by=dt.date(2040, 1, 1)),
    assurance=2,
)
FULL_TAGS = {
    "sov-acc": "restricted",
    "sov-asl": "2",
    "sov-crt": "CTA02.dual-use",
    "sov-org": "DEU.FIN",
    "sov-pii": "pseudonymised",
    "sov-pol": "agreement-7/no-export",
    "sov-ret": "2030-12-31:2040-01-01",
    "sov-zone": "EEA/EUA",
}
# Computed apart from this code: openssl dgst -sha256 -mac HMAC over the encoding that the reference page describes.
FULL_MAC = "v1.k1.u5kwC5VZbzJ3qQJDFqyFnm7a0702IbSk0xPzcb3S1Jo"


PAGE = Path(__file__).resolve().parents[2] / "docs" / "reference" / "sovereignty-labels.md"


def signed(one: Label = FULL, keys: MacKeys = KEYS) -> dict[str, str]:
    tags = encode(one)
    return {**tags, MAC_TAG: sign(tags, BUCKET, KEY, keys)}


def test_the_tags_and_the_mac_of_the_test_vector() -> None:
    assert encode(FULL) == FULL_TAGS
    assert decode(FULL_TAGS) == FULL
    assert sign(FULL_TAGS, BUCKET, KEY, KEYS) == FULL_MAC
    assert verify({**FULL_TAGS, MAC_TAG: FULL_MAC}, BUCKET, KEY, KEYS) == FULL


def test_the_reference_page_has_the_test_vector() -> None:
    page = PAGE.read_text(encoding="utf-8")

    for name, value in {**FULL_TAGS, MAC_TAG: FULL_MAC, "Object key": KEY}.items():
        assert re.search(rf"^\| `?{name}`? \| `{re.escape(value)}` \|$", page, re.MULTILINE), name


@given(labels)
def test_a_label_comes_back_from_its_tags_and_its_json(one: Label) -> None:
    assert decode(encode(one)) == one
    assert from_json(json.loads(json.dumps(to_json(one)))) == one


@given(labels)
def test_tags_are_eight_sorted_never_empty_and_of_few_characters(one: Label) -> None:
    tags = encode(one)

    assert tuple(tags) == LABEL_TAGS == tuple(sorted(tags))
    assert all(re.fullmatch(r"[a-z-]{1,32}", key) for key in tags)
    assert all(re.fullmatch(r"[A-Za-z0-9._:/=@-]{1,256}", value) for value in tags.values())


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("sov-acc", "secret"),
        ("sov-acc", "PUBLIC"),
        ("sov-acc", ""),
        ("sov-asl", "5"),
        ("sov-asl", "-1"),
        ("sov-asl", "02"),
        ("sov-asl", "two"),
        ("sov-crt", "CTA11"),
        ("sov-crt", "dual-use.CTA02"),
        ("sov-crt", "CTA02.CTA02"),
        ("sov-crt", ""),
        ("sov-org", "FIN.DEU"),
        ("sov-org", "fin"),
        ("sov-org", "none.FIN"),
        ("sov-pii", "unknown"),
        ("sov-pol", "none/agreement-7"),
        ("sov-pol", "Agreement 7"),
        ("sov-ret", ""),
        ("sov-ret", "2030-12-31"),
        ("sov-ret", "20301231:"),
        ("sov-ret", "2030-02-30:"),
        ("sov-zone", "none"),
        ("sov-zone", "eu"),
        ("sov-zone", "EU/EEA"),
        ("sov-zone", "EU\n"),
        ("sov-zone", "EU&x=y"),
        ("sov-zone", "NAT:" + "X" * 300),
    ],
)
def test_a_value_that_is_not_spelt_as_the_node_spells_it_is_refused(key: str, value: str) -> None:
    with pytest.raises(LabelError):
        decode({**FULL_TAGS, key: value})


@pytest.mark.parametrize("key", LABEL_TAGS)
def test_a_missing_tag_is_refused(key: str) -> None:
    with pytest.raises(LabelError, match=key):
        decode({name: value for name, value in FULL_TAGS.items() if name != key})


def test_one_tag_is_the_operators_and_no_more() -> None:
    assert decode({**FULL_TAGS, "Cost Centre": "42 / physics"}) == FULL
    with pytest.raises(LabelError):
        decode({**FULL_TAGS, "a": "1", "b": "2"})
    with pytest.raises(LabelError, match="sov-new"):
        decode({**FULL_TAGS, "sov-new": "1"})


@pytest.mark.parametrize("values", [None, [], "public", {}, {"sov-acc": "public"}, {**FULL_TAGS, "sov-asl": 2}])
def test_json_that_is_no_label_is_refused(values: object) -> None:
    with pytest.raises(LabelError):
        from_json(values)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "wrong",
    [
        label(origin=frozenset({"Finland"})),
        label(zones=frozenset()),
        label(zones="e/u"),
        label(access=7),
        label(personal=True),
        label(critical=frozenset({"nuclear"})),
        label(policies=frozenset({"none"})),
        label(assurance=5),
        label(origin=frozenset(f"A{a}{b}" for a in "ABCDEFGH" for b in "ABCDEFGH" * 2 + "IJ")),
    ],
)
def test_a_label_that_has_no_spelling_is_refused(wrong: Label) -> None:
    with pytest.raises(LabelError):
        encode(wrong)


@given(labels, labels)
def test_the_mac_of_one_label_does_not_hold_for_another(one: Label, other: Label) -> None:
    tags = {**encode(other), MAC_TAG: signed(one)[MAC_TAG]}

    if one == other:
        assert verify(tags, BUCKET, KEY, KEYS) == one
    else:
        with pytest.raises(LabelError, match="were changed"):
            verify(tags, BUCKET, KEY, KEYS)


@given(st.sampled_from(range(len(FULL_MAC))), st.characters(codec="ascii"))
def test_a_mac_with_one_other_character_does_not_hold(position: int, character: str) -> None:
    forged = FULL_MAC[:position] + character + FULL_MAC[position + 1 :]

    if forged != FULL_MAC:
        with pytest.raises(LabelError):
            verify({**FULL_TAGS, MAC_TAG: forged}, BUCKET, KEY, KEYS)


def test_the_mac_binds_bucket_and_key() -> None:
    tags = signed()

    for bucket, key in (("other", KEY), (BUCKET, KEY.replace("raw", "rdf")), (f"{BUCKET}r", KEY[1:])):
        with pytest.raises(LabelError, match="were changed"):
            verify(tags, bucket, key, KEYS)


def test_tags_without_a_mac_do_not_verify() -> None:
    with pytest.raises(LabelError, match="missing"):
        verify(FULL_TAGS, BUCKET, KEY, KEYS)


def test_a_new_key_signs_and_the_old_one_still_verifies() -> None:
    old = signed()
    rotated = MacKeys(current="k2", keys={**KEYS.keys, "k2": b"2" * 32})

    new = signed(keys=rotated)

    assert new[MAC_TAG].startswith("v1.k2.")
    assert verify(old, BUCKET, KEY, rotated) == verify(new, BUCKET, KEY, rotated) == FULL
    with pytest.raises(LabelError, match="k2"):
        verify(new, BUCKET, KEY, KEYS)


@pytest.mark.parametrize(
    ("current", "keys"),
    [("k1", {"k1": b"short"}), ("k2", {"k1": b"1" * 32}), ("k.1", {"k.1": b"1" * 32}), ("", {"": b"1" * 32})],
)
def test_keys_that_cannot_sign_are_refused(current: str, keys: dict[str, bytes]) -> None:
    with pytest.raises(ValueError, match="key"):
        MacKeys(current=current, keys=keys)


def test_keys_do_not_show_in_their_text() -> None:
    assert "\\x01" not in repr(KEYS)
