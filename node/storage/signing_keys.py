"""The keys the node signs with, in `keys/signing.json` below the home: a JWK Set, the current key first.

Made once, readable by the node alone. Old keys stay, for they verify what they signed.
"""

from __future__ import annotations

from pathlib import Path

from node.errors import SettingsError
from node.secret_file import read_secret, write_secret
from node.sovereignty.signatures import SigningKeys, new_keys, read_keys


def load_signing_keys(home: Path) -> SigningKeys:
    """Return the keys of the node that lives in `home`; where there are none yet, make one.

    Raises:
        SettingsError: the file is damaged, or others than its owner may read it.
    """
    path = home / "keys" / "signing.json"
    try:
        if not path.exists():
            write_secret(path, new_keys().dump(), replace=False)
        return read_keys(read_secret(path))
    except (OSError, ValueError) as error:
        raise SettingsError(f"{path}: {error}", advice=_ADVICE) from error


def rotate_signing_keys(home: Path) -> SigningKeys:
    """Sign with a new key from now on; the old ones still verify.

    Raises:
        SettingsError: see `load_signing_keys`.
    """
    keys = new_keys(load_signing_keys(home))
    path = home / "keys" / "signing.json"
    try:
        write_secret(path, keys.dump(), replace=True)
    except OSError as error:
        raise SettingsError(f"{path}: {error}", advice=_ADVICE) from error
    return keys


_ADVICE = "Restore keys/signing.json from a backup with mode 600; peers know the node by it."
