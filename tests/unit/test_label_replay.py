"""Any change of one tag, and a label replayed on another object, is found out, whatever the label."""

from __future__ import annotations

import hashlib

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from node.errors import LabelError
from node.model.label import Label
from node.sovereignty.mac import MacKeys, holds, seal, sign, verify
from node.sovereignty.tags import LABEL_TAGS, MAC_TAG, decode, encode
from tests.labels import labels

KEYS = MacKeys(current="k1", keys={"k1": bytes(range(32)), "k0": b"0" * 32})
_buckets = st.from_regex(r"[a-z0-9][a-z0-9.-]{1,20}[a-z0-9]", fullmatch=True)
_keys = st.builds(
    lambda kind, data: f"{kind}/{(digest := hashlib.sha256(data).hexdigest())[:2]}/{digest}",
    st.sampled_from(["raw", "rdf", "raw-old"]),
    st.binary(max_size=8),
)
_values = st.text("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._:/=@-", max_size=40)


def signed(label: Label, bucket: str, key: str) -> dict[str, str]:
    tags = encode(label)
    return {**tags, MAC_TAG: sign(tags, bucket, key, KEYS)}


@given(labels, _buckets, _keys)
def test_what_the_node_signed_verifies_and_fits_into_s3(label: Label, bucket: str, key: str) -> None:
    tags = signed(label, bucket, key)

    assert verify(tags, bucket, key, KEYS) == label == decode(tags)
    assert len(tags) == 9 < 10, "one is left to the operator"
    assert all(0 < len(name) <= 128 and 0 < len(value) <= 256 for name, value in tags.items())


@given(labels, _buckets, _keys, st.sampled_from((*LABEL_TAGS, MAC_TAG)), _values)
def test_any_single_tag_that_is_changed_is_caught(label: Label, bucket: str, key: str, name: str, value: str) -> None:
    tags = signed(label, bucket, key)
    assume(tags[name] != value)

    with pytest.raises(LabelError):
        verify({**tags, name: value}, bucket, key, KEYS)
    with pytest.raises(LabelError):
        verify({other: kept for other, kept in tags.items() if other != name}, bucket, key, KEYS)


@given(labels, labels, _buckets, _keys, st.sampled_from(LABEL_TAGS))
def test_a_tag_of_another_valid_label_is_caught(label: Label, other: Label, bucket: str, key: str, name: str) -> None:
    tags, taken = signed(label, bucket, key), encode(other)[name]
    assume(tags[name] != taken)

    with pytest.raises(LabelError):
        verify({**tags, name: taken}, bucket, key, KEYS)


@given(labels, _buckets, _keys, _buckets, _keys)
def test_a_label_replayed_on_another_object_or_in_another_bucket_is_caught(
    label: Label, bucket: str, key: str, other_bucket: str, other_key: str
) -> None:
    tags = signed(label, bucket, key)
    assume((bucket, key) != (other_bucket, other_key))

    with pytest.raises(LabelError, match="were changed"):
        verify(tags, other_bucket, other_key, KEYS)


@given(st.lists(st.text(max_size=9), min_size=1, max_size=6), st.lists(st.text(max_size=9), min_size=1, max_size=6))
def test_a_seal_holds_for_what_was_sealed_and_for_nothing_else(fields: list[str], others: list[str]) -> None:
    sealed = seal(fields, KEYS)

    assert holds(sealed, fields, KEYS)
    assert holds(sealed, others, KEYS) == (fields == others)
    assert not holds(None, fields, KEYS) and not holds(sealed[:-1], fields, KEYS)
    assert not holds(sealed.replace(".k1.", ".k0."), fields, KEYS)
