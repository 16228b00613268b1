"""The keys the node signs with, in `keys/signing.json` below the home: a JWK Set, the current key first.

Made once, readable by the node alone. Old keys stay, for they verify what they signed. A key that is announced lies in
`keys/signing-next.json`: it is published, so that peers can enter it, before anything is signed with it.
"""

from __future__ import annotations

from pathlib import Path

from node.errors import SettingsError
from node.secret_file import read_secret, write_secret
from node.sovereignty.signatures import SigningKeys, new_keys, read_keys


def load_signing_keys(home: Path) -> SigningKeys:
    """Return the keys of the node that lives in `home`, an announced one last; where there are none yet, make one.

    Raises:
        SettingsError: a file is damaged, or others than its owner may read it.
    """
    path = home / "keys" / "signing.json"
    try:
        if not path.exists():
            write_secret(path, new_keys().dump(), replace=False)
        own, announced = read_keys(read_secret(path)), _announced(home)
    except (OSError, ValueError) as error:
        raise SettingsError(f"{path}: {error}", advice=_ADVICE) from error
    if announced is None or announced.names[0] in own.names:
        return own
    return SigningKeys(keys=(*own.keys, *announced.keys))


def announce_signing_key(home: Path) -> SigningKeys:
    """Publish a key that nothing is signed with yet; one that is announced already stays. Return all keys.

    Raises:
        SettingsError: see `load_signing_keys`.
    """
    before = load_signing_keys(home)
    try:
        announced = _announced(home)
        if announced is None or announced.names[0] == before.names[0]:
            write_secret(_next(home), new_keys().dump(), replace=True)
    except (OSError, ValueError) as error:
        raise SettingsError(f"{_next(home)}: {error}", advice=_ADVICE) from error
    return load_signing_keys(home)


def rotate_signing_keys(home: Path) -> SigningKeys:
    """Sign with the announced key from now on, where there is none with a new one; the old ones still verify.

    Raises:
        SettingsError: see `load_signing_keys`.
    """
    before = load_signing_keys(home)
    path = home / "keys" / "signing.json"
    try:
        announced = _announced(home)
        if announced is None or announced.names[0] == before.names[0]:
            keys = new_keys(before)
        else:
            fresh = announced.names[0]
            keys = SigningKeys(keys=(*announced.keys, *(key for key in before.keys if key.kid != fresh)))
        # Whoever is killed between the two has the key in both places, where it counts as current.
        write_secret(path, keys.dump(), replace=True)
        _next(home).unlink(missing_ok=True)
    except (OSError, ValueError) as error:
        raise SettingsError(f"{path}: {error}", advice=_ADVICE) from error
    return keys


def _next(home: Path) -> Path:
    return home / "keys" / "signing-next.json"


def _announced(home: Path) -> SigningKeys | None:
    try:
        return read_keys(read_secret(_next(home)))
    except FileNotFoundError:
        return None


_ADVICE = "Restore keys/signing.json from a backup with mode 600; peers know the node by it."
