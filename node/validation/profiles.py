"""Validation profiles: which shapes are asked, and which results keep a record from being published.

`shapes/profiles.toml` names the node's own; a community's profile is a shapes file of its own.
"""

from __future__ import annotations

import hashlib
import json
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from node.errors import ProfileError
from node.model.report import Finding, Severity
from node.resources import data_folder
from node.validation import background
from node.validation.shapes import Shape, read_shapes

DEFINITIONS = "profiles.toml"
SCORES = ("fair", "fuji", "rda", "mqa")


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """A profile; two are equal where their digests are.

    Attributes:
        name: as reports and settings call it.
        title: what it is about, in a few words; the file's name for a lone shapes file.
        version: raised with every change that can change a verdict; empty for a lone shapes file.
        digest: SHA-256 hex over the definition, the bytes of the shapes files in their order, and the vocabularies
            where they are in use.
        files: name and Turtle of each shapes file.
        shapes: the shapes that report, sorted by id.
        blocking: ids of the shapes whose results block.
        blocking_severity: results at least this severe block; `None` where only `blocking` counts.
        vocabularies: the digest of what is known of vocabularies while its shapes are asked (`Background.digest`);
            empty where nothing is.
        judges_record: it is about all that is in a record, distributions and organisations too, not about the record's
            own dataset or service only: it is asked without a focus.
        scores: the scores it decides, of `SCORES`, besides its own points.
        complies: the profile whose lack of violations is the compliance that a score asks for; empty where none does.
        strict_xsd: `sh:datatype` asks for the lexical spaces of XML Schema to the letter, not as pySHACL reads them.
    """

    name: str = field(compare=False)
    title: str = field(compare=False, default="")
    version: str = field(compare=False, default="")
    digest: str
    files: tuple[tuple[str, bytes], ...] = field(compare=False, repr=False)
    shapes: tuple[Shape, ...] = field(compare=False, repr=False)
    blocking: frozenset[str] = field(compare=False, default=frozenset())
    blocking_severity: Severity | None = field(compare=False, default=None)
    vocabularies: str = field(compare=False, default="")
    judges_record: bool = field(compare=False, default=False)
    scores: tuple[str, ...] = field(compare=False, default=())
    complies: str = field(compare=False, default="")
    strict_xsd: bool = field(compare=False, default=False)

    def strict(self) -> Profile:
        """Return the profile with `strict_xsd`; it has a digest of its own."""
        if self.strict_xsd:
            return self
        return replace(self, digest=hashlib.sha256(f"strict_xsd {self.digest}".encode()).hexdigest(), strict_xsd=True)

    def blocks(self, finding: Finding) -> bool:
        """Say whether a result quarantines its record."""
        if self.blocking_severity is not None and finding.severity >= self.blocking_severity:
            return True
        return finding.code in self.blocking


def profile_names(folder: Path | None = None) -> tuple[str, ...]:
    """Return the names of `profiles.toml`, in its order; raises `ProfileError` where it cannot be read."""
    return tuple(_definitions(folder or data_folder("shapes")))


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
    definitions = _definitions(folder)
    if name_or_path not in definitions:
        raise ProfileError(
            f"there is no profile called {name_or_path}",
            advice=f"Use one of {', '.join(sorted(definitions))}, or the name of a shapes file that ends in .ttl.",
        )
    return _profile(name_or_path, definitions[name_or_path], folder)


def _definitions(folder: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(_read(folder / DEFINITIONS).decode("utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ProfileError(f"{DEFINITIONS}: {error}") from error


_KEYS: dict[str, tuple[type, ...]] = {
    "title": (str,), "version": (str,), "files": (list,), "blocking": (list, str), "points": (dict,),
    "vocabularies": (bool,), "judges": (str,), "scores": (list,), "complies": (str,),
    "strict_xsd": (bool,),
}  # fmt: skip


def _profile(name: str, definition: dict[str, Any], folder: Path) -> Profile:
    for key, value in definition.items():
        if key not in _KEYS or not isinstance(value, _KEYS[key]):
            raise ProfileError(f"{DEFINITIONS}: [{name}] {key}: no such key, or not of its type")
    names = definition.get("files", [])
    if not names or not all(isinstance(item, str) for item in names):
        raise ProfileError(f"{DEFINITIONS}: [{name}] files: must name at least one shapes file")
    files = tuple((item, _read(folder / item)) for item in names)
    shapes = _weighed(read_shapes(files), definition.get("points", {}), f"{DEFINITIONS}: [{name}] points")
    blocking = definition.get("blocking", [])
    severity = None
    if isinstance(blocking, str):
        if blocking.upper() not in Severity.__members__:
            raise ProfileError(f"{DEFINITIONS}: [{name}] blocking: {blocking} is no severity")
        severity, blocking = Severity[blocking.upper()], []
    unknown = sorted(set(map(str, blocking)) - {shape.id for shape in shapes})
    if unknown:
        raise ProfileError(f"{DEFINITIONS}: [{name}] blocking: {', '.join(unknown)}: no shape of the profile")
    judges = definition.get("judges", "resource")
    if judges not in ("resource", "record"):
        raise ProfileError(f"{DEFINITIONS}: [{name}] judges: {judges} is neither resource nor record")
    scores = tuple(map(str, definition.get("scores", ())))
    for score in scores:
        if score not in SCORES:
            raise ProfileError(f"{DEFINITIONS}: [{name}] scores: {score} is none of {', '.join(SCORES)}")
    complies = definition.get("complies", "")
    if complies == name:
        raise ProfileError(f"{DEFINITIONS}: [{name}] complies: names itself")
    if complies and _definitions(folder).get(complies, {}).get("complies"):
        raise ProfileError(f"{DEFINITIONS}: [{name}] complies: {complies} has such a profile itself")
    known = background.vocabularies().digest if definition.get("vocabularies") else ""
    return Profile(
        name=name,
        title=definition.get("title", name),
        version=definition.get("version", ""),
        # What it counts as compliance is part of what it asks.
        digest=_digest(name, definition, files, known + (read_profile(complies, folder).digest if complies else "")),
        files=files,
        shapes=shapes,
        blocking=frozenset(blocking),
        blocking_severity=severity,
        vocabularies=known,
        judges_record=judges == "record",
        scores=scores,
        complies=complies,
        strict_xsd=definition.get("strict_xsd", False),
    )


def _weighed(shapes: tuple[Shape, ...], points: Mapping[str, Any], where: str) -> tuple[Shape, ...]:
    """Give checks that state no points of their own those of their severity."""
    for severity, number in points.items():
        if (
            severity.upper() not in Severity.__members__
            or isinstance(number, bool)
            or not isinstance(number, int | float)
        ):
            raise ProfileError(f"{where}: {severity} is no severity, or its value no number")
        if not 0 <= number < 1000:
            raise ProfileError(f"{where}: {severity}: must be from 0 to 999, not {number}")
    return tuple(
        replace(shape, points=float(points.get(shape.severity.label, 0)))
        if shape.targets and not shape.points
        else shape
        for shape in shapes
    )


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise ProfileError(f"{path}: {error.strerror}") from error


def _digest(name: str, definition: dict[str, Any], files: tuple[tuple[str, bytes], ...], known: str) -> str:
    parts = [json.dumps([name, definition], sort_keys=True).encode(), *(data for _, data in files)]
    if known:
        parts.append(known.encode())
    whole = hashlib.sha256()
    for part in parts:
        # Each part by its own digest, so that moving bytes from one file to the next changes the whole.
        whole.update(hashlib.sha256(part).digest())
    return whole.hexdigest()
