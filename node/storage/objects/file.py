"""A storage zone that is a folder: each object a file whose first line holds its tags and metadata, as JSON.

What `put` has returned from survives a crash: a file is synchronised, then renamed into place, then its folder is
synchronised. One rename brings object and tags, so the one never exists without the other. Many objects are
synchronised together, by the file system as a whole.
"""

from __future__ import annotations

import ctypes
import datetime as dt
import hashlib
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
from node.storage.objects.protocols import Check, NewObject, ObjectStat, Observed, check_key
from node.storage.objects.trial import refuse_unless_sound, trial, tried


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
        self._unfinished = folder / _UNFINISHED
        self._root = f"{folder}{os.sep}"
        self._serial = itertools.count()
        self._nonce = secrets.token_hex(4)
        self._durable: set[str] = set()
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
                # Texts and no paths: with thousands of small files a second, making paths is half of the work.
                key = check_key(new.key)
                check(new.tags)
                head = json.dumps({"tags": dict(new.tags), "metadata": dict(new.metadata)}, sort_keys=True)
                shard = key.rpartition("/")[0]
                if shard not in self._durable:
                    self._make_folder(self._folder / shard, durable=one_by_one)
                # All are written before any shows, so that a full disk leaves older objects as they were.
                written.append((shard, key, self._write(head.encode() + b"\n" + new.data, durable=one_by_one)))
            self._synchronise_all(one_by_one, ())
            for _, key, data in written:
                os.rename(data, f"{self._root}{key}")  # noqa: PTH104 - no paths here, see above
            shards = {shard for shard, _, _ in written}
            self._synchronise_all(one_by_one, {self._folder / shard for shard in shards})
            self._durable |= shards

    def get(self, key: str) -> bytes:
        with self._answering(key):
            return self._path(key).read_bytes().partition(b"\n")[2]

    def tags(self, key: str) -> dict[str, str]:
        return self._head(key)[0]["tags"]

    def stat(self, key: str) -> ObjectStat:
        head, length = self._head(key)
        with self._answering(key):
            return ObjectStat(size=self._path(key).stat().st_size - length, metadata=head["metadata"])

    def observe(self, key: str) -> Observed:
        head, length = self._head(key)
        digest, size = hashlib.sha256(), 0
        with self._answering(key), self._path(key).open("rb") as file:
            file.seek(length)
            while chunk := file.read(_CHUNK):
                digest.update(chunk)
                size += len(chunk)
            modified = dt.datetime.fromtimestamp(os.fstat(file.fileno()).st_mtime, dt.UTC)
        return Observed(digest=digest.hexdigest(), size=size, modified=modified, **head)

    def set_tags(self, key: str, tags: Mapping[str, str]) -> None:
        head, length = self._head(key)
        with self._answering(key):
            data = self._path(key).read_bytes()[length:]
        self.put(key, data, tags, head["metadata"])

    def delete(self, key: str) -> None:
        path = self._path(key)
        with self._answering(), suppress(FileNotFoundError):
            path.unlink(missing_ok=True)
            _synchronise(path.parent)

    def forget(self, key: str, *, older: bool = False) -> None:
        if not older:  # a folder keeps no old versions
            self.delete(key)

    def keys(self, prefix: str = "", after: str = "") -> Iterator[str]:
        with self._answering():
            for kind in self._folders(self._folder):
                for shard in self._folders(kind):
                    inside = f"{kind.name}/{shard.name}/"
                    if (inside.startswith(prefix) or prefix.startswith(inside)) and f"{inside}~" > after:
                        names = sorted(entry.name for entry in shard.iterdir() if not entry.suffix)
                        found = (f"{inside}{name}" for name in names)
                        yield from (key for key in found if key.startswith(prefix) and key > after)

    def examine(self) -> tuple[Check, ...]:
        def closed() -> str:
            with self._answering():
                mode = modes.S_IMODE(self._folder.stat().st_mode)
            if self.zone.tier > Access.PUBLIC and mode & 0o007:
                raise StorageError(f"everybody on the machine has access to {self._folder}")
            return f"mode {mode:03o}"

        with trial(self) as attempt:
            return (
                tried("is closed to other users of the machine", closed, f"chmod 700 {self._folder}"),
                *attempt.checks(),
            )

    def probe(self) -> None:
        refuse_unless_sound(self, self.examine())

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

    def _write(self, data: bytes, *, durable: bool) -> str:
        path = f"{self._root}{_UNFINISHED}/{os.getpid()}-{next(self._serial)}-{self._nonce}"
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        try:
            try:
                left = memoryview(data)
                while left:
                    left = left[os.write(handle, left) :]
                if durable:
                    os.fdatasync(handle)
            finally:
                os.close(handle)
        except BaseException:
            Path(path).unlink(missing_ok=True)
            raise
        return path

    def _make_folder(self, folder: Path, *, durable: bool) -> None:
        """Make a shard's folder, durably: another writer may have made it a moment ago and not synchronised it yet."""
        for path in (folder.parent, folder):
            path.mkdir(mode=0o700, exist_ok=True)
            if durable:
                _synchronise(path.parent)

    def _sweep(self) -> None:
        """Remove what a killed process left half written; anything young may still be in the making."""
        for path in self._unfinished.iterdir():
            with suppress(FileNotFoundError):
                if path.stat().st_mtime < time.time() - _OLD:
                    path.unlink()

    def _folders(self, folder: Path) -> list[Path]:
        found = (entry for entry in folder.iterdir() if not entry.name.startswith(".") and entry.is_dir())
        # As keys are ordered: `raw-old/` comes before `raw/`.
        return sorted(found, key=lambda entry: f"{entry.name}/")

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


_UNFINISHED = ".unfinished"
_PARTS = ("tags", "metadata")
_LONGEST_HEAD = 64 * 1024
_CHUNK = 256 * 1024
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
