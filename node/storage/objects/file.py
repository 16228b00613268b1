"""A storage zone that is a folder: each object a file whose first line holds its tags and metadata, as JSON.

What `put` has returned from survives a crash: a file is synchronised, then renamed into place, then its folder is
synchronised. One rename brings object and tags, so the one never exists without the other. Many objects are
synchronised together, by the file system as a whole.
"""

from __future__ import annotations

import ctypes
import itertools
import json
import os
import secrets
import stat as modes
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

from node.errors import NotFound, SettingsError, StorageError
from node.model.label import Access, Zone
from node.sovereignty.tags import check
from node.storage.objects.protocols import NewObject, ObjectStat, check_key
from node.storage.objects.trial import put_trial_object


def open_store(zone: Zone, home: Path) -> FileObjectStore:
    """Open the folder that a `file:` URL names.

    Raises:
        SettingsError: the URL names a host or nothing, or the zone claims what a folder does not do.
        StorageError: the folder cannot be made.
    """
    name = zone.url.removeprefix("file:")
    if name.startswith("//"):
        host, _, rest = name.removeprefix("//").partition("/")
        if host not in ("", "localhost"):
            raise SettingsError(f"zone {zone.name}: {zone.url} names the host {host}; a folder is on this machine")
        name = f"/{rest}"
    if not name.strip("/"):
        raise SettingsError(f"zone {zone.name}: {zone.url} names no folder")
    if zone.versioned:
        raise SettingsError(f"zone {zone.name}: a folder keeps no old versions; take an S3 bucket with versioning on")
    return FileObjectStore(zone, home / name)


class FileObjectStore:
    """The objects below one folder; several processes may share it."""

    def __init__(self, zone: Zone, folder: Path) -> None:
        self.zone = zone
        self.bucket = folder.name
        self._folder = folder
        self._unfinished = folder / ".unfinished"
        self._serial = itertools.count()
        self._durable: set[Path] = set()
        with self._answering():
            folder.parent.mkdir(parents=True, exist_ok=True)
            folder.mkdir(mode=0o700, exist_ok=True)
            self._unfinished.mkdir(mode=0o700, exist_ok=True)
            self._sweep()

    def put(self, key: str, data: bytes, tags: Mapping[str, str], metadata: Mapping[str, str]) -> None:
        self.put_many((NewObject(key=key, data=data, tags=tags, metadata=metadata),))

    def put_many(self, objects: Sequence[NewObject]) -> None:
        # One synchronisation of the file system costs as much as a few of single files.
        one_by_one = len(objects) < _BATCH or _syncfs is None
        written = []
        with self._answering():
            for new in objects:
                path = self._path(new.key)
                check(new.tags)
                head = json.dumps({"tags": dict(new.tags), "metadata": dict(new.metadata)}, sort_keys=True)
                self._make_folder(path.parent, durable=one_by_one)
                # All are written before any shows, so that a full disk leaves older objects as they were.
                written.append((path, self._write(head.encode() + b"\n" + new.data, durable=one_by_one)))
            self._synchronise_all(one_by_one, ())
            for path, data in written:
                data.rename(path)
            self._synchronise_all(one_by_one, {path.parent for path, _ in written})

    def get(self, key: str) -> bytes:
        with self._answering(key):
            return self._path(key).read_bytes().partition(b"\n")[2]

    def tags(self, key: str) -> dict[str, str]:
        return self._head(key)[0]["tags"]

    def stat(self, key: str) -> ObjectStat:
        head, length = self._head(key)
        with self._answering(key):
            return ObjectStat(size=self._path(key).stat().st_size - length, metadata=head["metadata"])

    def delete(self, key: str) -> None:
        path = self._path(key)
        with self._answering(), suppress(FileNotFoundError):
            path.unlink(missing_ok=True)
            _synchronise(path.parent)

    def keys(self, prefix: str = "") -> Iterator[str]:
        with self._answering():
            for kind in self._folders(self._folder):
                for shard in self._folders(kind):
                    inside = f"{kind.name}/{shard.name}/"
                    if inside.startswith(prefix) or prefix.startswith(inside):
                        names = sorted(entry.name for entry in shard.iterdir() if not entry.suffix)
                        yield from (f"{inside}{name}" for name in names if f"{inside}{name}".startswith(prefix))

    def probe(self) -> None:
        with self._answering():
            mode = modes.S_IMODE(self._folder.stat().st_mode)
        if self.zone.tier > Access.PUBLIC and mode & 0o007:
            raise StorageError(
                f"zone {self.zone.name}: everybody on the machine has access to {self._folder}",
                advice=f"chmod 700 {self._folder}",
            )
        with put_trial_object(self):
            pass

    def close(self) -> None:
        pass

    def _path(self, key: str) -> Path:
        return self._folder / check_key(key)

    def _head(self, key: str) -> tuple[dict[str, dict[str, str]], int]:
        """Return an object's tags and metadata, and how many bytes they take up in its file."""
        with self._answering(key), self._path(key).open("rb") as file:
            line = file.readline(_LONGEST_HEAD)
        try:
            read = json.loads(line)
            return {part: {str(name): str(value) for name, value in read[part].items()} for part in _PARTS}, len(line)
        except (ValueError, TypeError, KeyError, AttributeError):
            # Somebody broke the first line: an object without tags, which counts as the most restrictive.
            return {part: {} for part in _PARTS}, len(line)

    def _synchronise_all(self, one_by_one: bool, folders: Iterable[Path]) -> None:
        if one_by_one:
            for folder in folders:
                _synchronise(folder)
        else:
            _synchronise_file_system(self._folder)

    def _write(self, data: bytes, *, durable: bool) -> Path:
        path = self._unfinished / f"{os.getpid()}-{next(self._serial)}-{secrets.token_hex(4)}"
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(data)
                if durable:
                    file.flush()
                    os.fdatasync(file.fileno())
        except BaseException:
            path.unlink(missing_ok=True)
            raise
        return path

    def _make_folder(self, folder: Path, *, durable: bool) -> None:
        """Make a shard's folder, durably: another writer may have made it a moment ago and not synchronised it yet."""
        if folder in self._durable:
            return
        for path in (folder.parent, folder):
            path.mkdir(mode=0o700, exist_ok=True)
            if durable:
                _synchronise(path.parent)
        if durable:
            self._durable.add(folder)

    def _sweep(self) -> None:
        """Remove what a killed process left half written; anything young may still be in the making."""
        for path in self._unfinished.iterdir():
            with suppress(FileNotFoundError):
                if path.stat().st_mtime < time.time() - _OLD:
                    path.unlink()

    def _folders(self, folder: Path) -> list[Path]:
        return sorted(entry for entry in folder.iterdir() if not entry.name.startswith(".") and entry.is_dir())

    @contextmanager
    def _answering(self, key: str = "") -> Iterator[None]:
        try:
            yield
        except FileNotFoundError as error:
            if key:
                raise NotFound(f"zone {self.zone.name} holds no object {key}") from error
            raise StorageError(f"zone {self.zone.name}: {error}") from error
        except OSError as error:
            raise StorageError(f"zone {self.zone.name}: {error}") from error


_PARTS = ("tags", "metadata")
_LONGEST_HEAD = 64 * 1024
_OLD = 24 * 3600
_BATCH = 16
# Linux only; elsewhere files are synchronised one by one.
_syncfs = getattr(ctypes.CDLL(None, use_errno=True), "syncfs", None)


def _synchronise_file_system(folder: Path) -> None:
    assert _syncfs is not None
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        if _syncfs(handle) != 0:
            raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
    finally:
        os.close(handle)


def _synchronise(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
