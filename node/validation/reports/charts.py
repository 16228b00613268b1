"""Charts of a report as SVG 1.1 (https://www.w3.org/TR/SVG11/): no script, no style, nothing from elsewhere.

Every chart says in its title what it shows, and in its description each bar in words, for those who do not see it
(https://www.w3.org/TR/svg-aam-1.0/): of an image, what is within it is not read.
"""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

WIDTH = 640
_ROW = 26
_LABEL = 190
_VALUE = 110


def bars(title: str, rows: Sequence[tuple[str, float, float, str, str]]) -> str:
    """Return a chart of bars, one below the other.

    Args:
        title: what it shows.
        rows: label, value, the value of a full bar, the value in words, class of the bar.
    """
    height = _ROW * len(rows) + 4
    # What a value says in words must not be cut off; a letter takes half its height, and a bit.
    room = max(_VALUE, 8 * max((len(row[3]) for row in rows), default=0) + 16)
    full = WIDTH - _LABEL - room
    said = "; ".join(f"{label}: {words}" for label, _, _, words, _ in rows)
    parts = [
        f'<svg role="img" viewBox="0 0 {WIDTH} {height}" width="{WIDTH}" height="{height}" '
        f'xmlns="http://www.w3.org/2000/svg"><title>{escape(title)}</title><desc>{escape(said)}</desc>'
    ]
    for number, (label, value, most, words, kind) in enumerate(rows):
        top = number * _ROW + 2
        length = full * min(max(value / most, 0.0), 1.0) if most else 0.0
        parts.append(
            f"<g><title>{escape(f'{label}: {words}')}</title>"
            f'<text x="0" y="{top + 16}">{escape(_short(label))}</text>'
            f'<rect class="track" x="{_LABEL}" y="{top}" width="{full}" height="{_ROW - 6}" rx="3"/>'
            f'<rect class="{kind}" x="{_LABEL}" y="{top}" width="{length:.1f}" height="{_ROW - 6}" rx="3"/>'
            f'<text x="{WIDTH - room + 8}" y="{top + 16}">{escape(words)}</text></g>'
        )
    return "".join([*parts, "</svg>"])


def _short(label: str) -> str:
    return label if len(label) <= 28 else f"{label[:27]}…"
