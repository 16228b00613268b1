"""The reference pages of profiles with too many checks for a page each: a table for each class they are asked of."""

from __future__ import annotations

from collections.abc import Iterator

from node.namespaces import PREFIXES
from node.validation import Profile, load_profile
from node.validation.shapes import Shape

PROFILES = ("dcat-ap", "mqa", "service", "openaire")


def page(name: str) -> str:
    """Return docs/reference/shapes/<name>.md."""
    profile = load_profile(name)
    lines = [
        f"# Profile `{name}`",
        "",
        f"{profile.title}. Version {profile.version}. See [profiles](../profiles.md).",
        "",
        "`violation`, `warning` and `info` are the severities of SHACL. A finding carries the code of the check, the",
        "sentence in the column *finding*, and the advice beside it.",
        "",
    ]
    for title, shapes in _sections(profile):
        lines += [f"## {title}", "", "| check | path | severity | points | finding | advice |"]
        lines.append("| --- | --- | --- | --- | --- | --- |")
        lines += [_row(shape) for shape in shapes]
        lines.append("")
    return "\n".join(lines).rstrip("\n") + "\n"


def _sections(profile: Profile) -> Iterator[tuple[str, list[Shape]]]:
    # A node shape without a path only names the shapes of a class; those are called after it.
    classes = {shape.id: shape for shape in profile.shapes if shape.path is None and not shape.advice}
    members: dict[str, list[Shape]] = {}
    for shape in profile.shapes:
        if shape.id not in classes:
            owner = next((name for name in classes if shape.id.startswith(f"{name}-")), "")
            members.setdefault(owner or _target(shape), []).append(shape)
    for owner, shapes in sorted(members.items()):
        asked = _target(classes[owner]) if owner in classes else owner
        yield f"Asked of every `{asked}`", shapes


def _target(shape: Shape) -> str:
    iris = [target.removeprefix("targetClass ").strip("<>") for target in shape.targets]
    return "`, `".join(_short(iri) for iri in sorted(iris, reverse=True))


def _row(shape: Shape) -> str:
    points = f"{shape.points:g}" if shape.points else ""
    path = _short(shape.path) if shape.path else ""
    cells = (f"`{shape.id}`", f"`{path}`" if path else "", shape.severity.label, points, shape.message, shape.advice)
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"


def _short(path: str) -> str:
    return next((f"{prefix}:{path.removeprefix(start)}" for prefix, start in _PREFIXES if path.startswith(start)), path)


_PREFIXES = (*PREFIXES.items(), ("time", "http://www.w3.org/2006/time#"))
