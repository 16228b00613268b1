"""Validation profiles: which shapes are asked, and which results keep a record from being published.

`shapes/profiles.toml` names the node's own; a community's profile is a shapes file of its own.
"""

from __future__ import annotations

import hashlib
import json
import tomllib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from node.errors import ProfileError
from node.model.report import Finding, Severity
from node.resources import data_folder
from node.validation.shapes import Shape, read_shapes

DEFINITIONS = "profiles.toml"


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """A profile; two are equal where their digests are.

    Attributes:
        name: as reports and settings call it.
        version: raised with every change that can change a verdict; empty for a lone shapes file.
        digest: SHA-256 hex over the definition and the bytes of the shapes files in their order.
        files: name and Turtle of each shapes file.
        shapes: the shapes that report, sorted by id.
        blocking: ids of the shapes whose results block.
        blocking_severity: results at least this severe block; `None` where only `blocking` counts.
    """

    name: str = field(compare=False)
    version: str = field(compare=False, default="")
    digest: str
    files: tuple[tuple[str, bytes], ...] = field(compare=False, repr=False)
    shapes: tuple[Shape, ...] = field(compare=False, repr=False)
    blocking: frozenset[str] = field(compare=False, default=frozenset())
    blocking_severity: Severity | None = field(compare=False, default=None)

    def blocks(self, finding: Finding) -> bool:
        """Say whether a result quarantines its record."""
        if self.blocking_severity is not None and finding.severity >= self.blocking_severity:
            return True
        return finding.code in self.blocking


def read_profile(name_or_path: str | Path, folder: Path | None = None) -> Profile:
    """Read a profile by its name, or make one of a single shapes file (`.ttl`), which blocks nothing.

    Args:
        folder: where `profiles.toml` and the shapes are; the installation's own by default.

    Raises:
        ProfileError: there is no such profile or file, or it is ill-formed; the message says where.
    """
    if isinstance(name_or_path, Path) or name_or_path.endswith(".ttl"):
        path = Path(name_or_path)
        return _profile(path.stem, {"files": [path.name]}, path.parent)
    folder = folder or data_folder("shapes")
    try:
        definitions = tomllib.loads(_read(folder / DEFINITIONS).decode("utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ProfileError(f"{DEFINITIONS}: {error}") from error
    if name_or_path not in definitions:
        raise ProfileError(
            f"there is no profile called {name_or_path}",
            advice=f"Use one of {', '.join(sorted(definitions))}, or the name of a shapes file that ends in .ttl.",
        )
    return _profile(name_or_path, definitions[name_or_path], folder)


_KEYS: dict[str, tuple[type, ...]] = {"title": (str,), "version": (str,), "files": (list,), "blocking": (list, str)}


def _profile(name: str, definition: dict[str, Any], folder: Path) -> Profile:
    for key, value in definition.items():
        if key not in _KEYS or not isinstance(value, _KEYS[key]):
            raise ProfileError(f"{DEFINITIONS}: [{name}] {key}: no such key, or not of its type")
    names = definition.get("files", [])
    if not names or not all(isinstance(item, str) for item in names):
        raise ProfileError(f"{DEFINITIONS}: [{name}] files: must name at least one shapes file")
    files = tuple((item, _read(folder / item)) for item in names)
    shapes = read_shapes(files)
    blocking = definition.get("blocking", [])
    severity = None
    if isinstance(blocking, str):
        if blocking.upper() not in Severity.__members__:
            raise ProfileError(f"{DEFINITIONS}: [{name}] blocking: {blocking} is no severity")
        severity, blocking = Severity[blocking.upper()], []
    unknown = sorted(set(map(str, blocking)) - {shape.id for shape in shapes})
    if unknown:
        raise ProfileError(f"{DEFINITIONS}: [{name}] blocking: {', '.join(unknown)}: no shape of the profile")
    return Profile(
        name=name,
        version=definition.get("version", ""),
        digest=_digest(name, definition, files),
        files=files,
        shapes=shapes,
        blocking=frozenset(blocking),
        blocking_severity=severity,
    )


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise ProfileError(f"{path}: {error.strerror}") from error


def _digest(name: str, definition: dict[str, Any], files: tuple[tuple[str, bytes], ...]) -> str:
    parts = [json.dumps([name, definition], sort_keys=True).encode(), *(data for _, data in files)]
    whole = hashlib.sha256()
    for part in parts:
        # Each part by its own digest, so that moving bytes from one file to the next changes the whole.
        whole.update(hashlib.sha256(part).digest())
    return whole.hexdigest()
