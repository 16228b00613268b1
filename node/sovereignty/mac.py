"""The label's MAC: it binds the eight tags to the bucket and key they stand on, because object tags stay mutable.

HMAC-SHA256 (RFC 2104, https://www.rfc-editor.org/rfc/rfc2104) over a length-prefixed encoding, written as
`v1.<key id>.<base64url without padding>`. The format is final; `docs/reference/sovereignty-labels.md` has a test
vector.
"""

from __future__ import annotations

import base64
import hmac
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from types import MappingProxyType

from node.errors import LabelError
from node.model.label import Label
from node.sovereignty.tags import LABEL_TAGS, MAC_TAG, decode

KEY_BYTES = 32


@dataclass(frozen=True, slots=True, kw_only=True)
class MacKeys:
    """The keys that sign labels: one signs, all verify, so that a key can be replaced without touching an object.

    Attributes:
        current: the id of the key that signs.
        keys: 32 bytes or more by key id (`[A-Za-z0-9_-]{1,32}`); they are left out of `repr`.
    """

    current: str
    keys: Mapping[str, bytes] = field(repr=False)

    def __post_init__(self) -> None:
        for key_id, secret in self.keys.items():
            if not _KEY_ID.fullmatch(key_id) or len(secret) < KEY_BYTES:
                raise ValueError(f"MAC key {key_id!r}: its id is malformed or it is shorter than {KEY_BYTES} bytes")
        if self.current not in self.keys:
            raise ValueError(f"the current MAC key {self.current!r} is not among the keys")
        object.__setattr__(self, "keys", MappingProxyType(dict(self.keys)))


def sign(tags: Mapping[str, str], bucket: str, key: str, keys: MacKeys) -> str:
    """Return the value of `sov-mac` for a label's tags on an object; other tags are not covered.

    Raises:
        LabelError: the tags are no label.
    """
    decode(tags)
    return f"v1.{keys.current}.{_mac(tags, bucket, key, keys.keys[keys.current])}"


def seal(fields: Sequence[str], keys: MacKeys) -> str:
    """Return the seal of something the node wrote down elsewhere: a MAC over its fields, in the form of `sov-mac`.

    Args:
        fields: the first says what is sealed, so that no seal holds for something of another kind.
    """
    return f"v1.{keys.current}.{_mac_of(fields, keys.keys[keys.current])}"


def holds(found: str | None, fields: Sequence[str], keys: MacKeys) -> bool:
    """Tell whether a seal is one that the node made over these fields."""
    parts = _MAC.fullmatch(found or "")
    secret = keys.keys.get(parts["id"]) if parts else None
    return secret is not None and parts is not None and hmac.compare_digest(_mac_of(fields, secret), parts["mac"])


def verify(tags: Mapping[str, str], bucket: str, key: str, keys: MacKeys) -> Label:
    """Return the label that an object's tags carry, once their MAC holds.

    Raises:
        LabelError: the tags are no label, carry no MAC, name a key that is not ours, or were not written by the node
            for this very object.
    """
    label = decode(tags)
    found = _MAC.fullmatch(tags.get(MAC_TAG, ""))
    if found is None:
        raise LabelError(f"tag {MAC_TAG} is missing or malformed")
    secret = keys.keys.get(found["id"])
    if secret is None:
        raise LabelError(f"tag {MAC_TAG} names the key {found['id']}, which this node does not hold")
    if not hmac.compare_digest(_mac(tags, bucket, key, secret), found["mac"]):
        raise LabelError(f"tag {MAC_TAG} does not match the tags of {bucket}/{key}: they were changed")
    return label


_KEY_ID = re.compile(r"[A-Za-z0-9_-]{1,32}")
_MAC = re.compile(r"v1\.(?P<id>[A-Za-z0-9_-]{1,32})\.(?P<mac>[A-Za-z0-9_-]{43})")


def _mac(tags: Mapping[str, str], bucket: str, key: str, secret: bytes) -> str:
    values = tuple([tags[name] for name in LABEL_TAGS])
    return _digest(_encoded(("fairnode-label-v1", bucket, key)) + _encoded_label(values), secret)


def _mac_of(fields: Sequence[str], secret: bytes) -> str:
    return _digest(_encoded(fields), secret)


def _encoded(fields: Sequence[str]) -> bytes:
    # Each field says its length first, so that no two lists of fields have one encoding.
    return b"".join([len(data).to_bytes(4, "big") + data for data in map(str.encode, fields)])


@lru_cache(maxsize=4096)
def _encoded_label(values: tuple[str, ...]) -> bytes:
    # A source's records share few labels.
    return _encoded([text for name, value in zip(LABEL_TAGS, values, strict=True) for text in (name, value)])


def _digest(message: bytes, secret: bytes) -> str:
    return base64.urlsafe_b64encode(hmac.digest(secret, message, "sha256")).rstrip(b"=").decode("ascii")
