"""The keys that sign labels, in `keys/mac.json` below the home: made once, readable by the node alone, replaceable.

The file is `{"current": "<key id>", "keys": {"<key id>": "<base64 of 32 bytes>"}}`. Old keys stay, for they verify what
they signed.
"""

from __future__ import annotations

import base64
import binascii
import json
import secrets
from collections.abc import Mapping
from pathlib import Path

from node.errors import SettingsError
from node.secret_file import read_secret, write_secret
from node.sovereignty.mac import KEY_BYTES, MacKeys


def load_mac_keys(home: Path) -> MacKeys:
    """Return the keys of the node that lives in `home`; where there are none yet, make one.

    Raises:
        SettingsError: the file is damaged, or others than its owner may read it.
    """
    path = _path(home)
    try:
        if not path.exists():
            _write(path, _with_new_key({}), replace=False)
        return _read(path)
    except OSError as error:
        raise SettingsError(f"{path}: {error}", advice=_ADVICE) from error


def rotate_mac_keys(home: Path) -> MacKeys:
    """Sign with a new key from now on; the old ones still verify.

    Raises:
        SettingsError: see `load_mac_keys`.
    """
    keys = _with_new_key(load_mac_keys(home).keys)
    try:
        _write(_path(home), keys, replace=True)
    except OSError as error:
        raise SettingsError(f"{_path(home)}: {error}", advice=_ADVICE) from error
    return keys


_ADVICE = "Restore keys/mac.json from a backup with mode 600; without it no stored label can be verified."


def _path(home: Path) -> Path:
    return home / "keys" / "mac.json"


def _with_new_key(old: Mapping[str, bytes]) -> MacKeys:
    new = secrets.token_hex(4)
    return MacKeys(current=new, keys={**old, new: secrets.token_bytes(KEY_BYTES)})


def _read(path: Path) -> MacKeys:
    content = read_secret(path)
    try:
        values = json.loads(content)
        keys = {str(key_id): base64.b64decode(text, validate=True) for key_id, text in values["keys"].items()}
        return MacKeys(current=values["current"], keys=keys)
    except (ValueError, TypeError, KeyError, AttributeError, binascii.Error) as error:
        raise SettingsError(f"{path} is damaged: {type(error).__name__}", advice=_ADVICE) from error


def _write(path: Path, keys: MacKeys, *, replace: bool) -> None:
    values = {
        "current": keys.current,
        "keys": {key_id: base64.b64encode(secret).decode("ascii") for key_id, secret in keys.keys.items()},
    }
    write_secret(path, json.dumps(values, indent=2, sort_keys=True).encode(), replace=replace)
