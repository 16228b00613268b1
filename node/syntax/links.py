"""Links between web resources: the Link header of HTTP, per RFC 8288 (https://www.rfc-editor.org/rfc/rfc8288).

The same value stands for the `link` elements of HTML and the entries of link sets.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from node.errors import SyntaxRefused, TooLarge

MAX_BYTES = 512 * 1024
MAX_LINKS = 5_000


@dataclass(frozen=True, slots=True, kw_only=True)
class WebLink:
    """A link, as it is written.

    Attributes:
        href: the target (section 3.1), perhaps relative.
        rels: relation types (section 3.3), in lower case.
        media_type: what the target is said to be (`type`, section 3.4.1), in lower case, without parameters.
        profiles: the profiles the target is said to follow (RFC 6906), of the link or of its media type.
        anchor: what links, where it is not the document itself (section 3.2).
    """

    href: str
    rels: tuple[str, ...]
    media_type: str = ""
    profiles: tuple[str, ...] = ()
    anchor: str | None = None


def web_link(href: str, rel: str, *, media_type: str = "", profile: str = "", anchor: str | None = None) -> WebLink:
    """Return a link made of attributes as they are written."""
    name, _, parameters = media_type.partition(";")
    # Many name the profile as a parameter of the media type, as RFC 6906, section 3.1, has it.
    named = _PROFILE.search(parameters)
    profiles = profile.split() or (named["quoted"] or named["bare"] or "").split() if named else profile.split()
    return WebLink(
        href=href.strip(),
        rels=tuple(dict.fromkeys(rel.lower().split())),
        media_type=name.strip().lower(),
        profiles=tuple(profiles),
        anchor=anchor,
    )


def parse_link_header(value: str) -> tuple[WebLink, ...]:
    """Return the links of a Link header, its lines joined by commas; what is no link between two links is passed over.

    Raises:
        TooLarge: it is longer than `MAX_BYTES`.
        SyntaxRefused: it holds more than `MAX_LINKS` links.
    """
    if len(value) > MAX_BYTES:
        raise TooLarge(f"the Link header has {len(value)} characters, at most {MAX_BYTES} are read")
    links: list[WebLink] = []
    position = 0
    while target := _TARGET.search(value, position):
        position = target.end()
        found: dict[str, str] = {}
        while parameter := _PARAMETER.match(value, position):
            position = parameter.end()
            quoted, bare = parameter["quoted"], parameter["bare"]
            text = _ESCAPED.sub(r"\1", quoted) if quoted is not None else (bare or "").strip()
            # A second `rel` or `type` must be ignored (sections 3.3 and 3.4.1).
            found.setdefault(parameter["name"].lower(), text)
        if len(links) == MAX_LINKS:
            raise SyntaxRefused(f"the Link header holds more than {MAX_LINKS} links")
        links.append(
            web_link(
                target["href"],
                found.get("rel", ""),
                media_type=found.get("type", ""),
                profile=found.get("profile", ""),
                anchor=found.get("anchor"),
            )
        )
    return tuple(links)


# Possessive, so that no header makes the reader look at a byte twice.
_TARGET = re.compile(r"<(?P<href>[^<>]*+)>")
_PARAMETER = re.compile(
    r"""\s*+;\s*+(?P<name>[^\s=;,"<>]*+)\s*+(?:=\s*+(?:"(?P<quoted>[^"\\]*+(?:\\.[^"\\]*+)*+)"?|(?P<bare>[^;,"<]*+)))?""",
    re.DOTALL,
)
_ESCAPED = re.compile(r"\\(.)", re.DOTALL)
_PROFILE = re.compile(r"""(?:^|;)\s*profile\s*=\s*(?:"(?P<quoted>[^"]*)"?|(?P<bare>[^;\s]*))""", re.IGNORECASE)
