"""The file of keys that sign labels."""

from __future__ import annotations

import json
import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from node.errors import SettingsError
from node.storage.objects.keys import load_mac_keys, rotate_mac_keys


def test_the_first_load_makes_a_key_and_the_next_ones_find_it(tmp_path: Path) -> None:
    first = load_mac_keys(tmp_path)

    assert load_mac_keys(tmp_path) == first
    assert len(first.keys[first.current]) == 32
    assert stat.S_IMODE((tmp_path / "keys" / "mac.json").stat().st_mode) == 0o600
    assert [path.name for path in (tmp_path / "keys").iterdir()] == ["mac.json"]


def test_two_homes_have_two_keys(tmp_path: Path) -> None:
    one, other = load_mac_keys(tmp_path / "a"), load_mac_keys(tmp_path / "b")

    assert one.keys[one.current] != other.keys[other.current]


def test_all_who_make_the_key_at_once_get_the_same(tmp_path: Path) -> None:
    with ThreadPoolExecutor(8) as threads:
        found = list(threads.map(load_mac_keys, [tmp_path] * 32))

    assert all(keys == found[0] for keys in found)


def test_a_rotation_adds_a_key_that_signs_and_keeps_the_old(tmp_path: Path) -> None:
    before = load_mac_keys(tmp_path)

    after = rotate_mac_keys(tmp_path)

    assert after.current != before.current
    assert after.keys[before.current] == before.keys[before.current]
    assert load_mac_keys(tmp_path) == after


def test_keys_that_others_may_read_are_refused(tmp_path: Path) -> None:
    load_mac_keys(tmp_path)
    (tmp_path / "keys" / "mac.json").chmod(0o640)

    with pytest.raises(SettingsError, match="others"):
        load_mac_keys(tmp_path)


@pytest.mark.parametrize(
    "content",
    [
        "",
        "[]",
        "{}",
        '{"current": "a", "keys": []}',
        '{"current": "a", "keys": {"b": "' + "A" * 44 + '"}}',
        '{"current": "a", "keys": {"a": "AAAA"}}',
        '{"current": "a", "keys": {"a": 7}}',
        json.dumps({"current": ["a"], "keys": {"a": "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="}}),
    ],
)
def test_a_damaged_file_is_refused_and_left_alone(tmp_path: Path, content: str) -> None:
    load_mac_keys(tmp_path)
    path = tmp_path / "keys" / "mac.json"
    path.write_text(content)

    with pytest.raises(SettingsError, match="damaged"):
        load_mac_keys(tmp_path)
    assert path.read_text() == content
