"""Names of months in the languages that dates in repositories are written in."""

from __future__ import annotations

import unicodedata


def month(name: str) -> int | None:
    """Return the number, 1 to 12, of a month's name or its usual abbreviation; `None` for any other word."""
    return _NUMBERS.get(
        "".join(letter for letter in unicodedata.normalize("NFKD", name.casefold()) if letter.isalpha())
    )


# English, German, French, Spanish, Italian, Portuguese, Dutch, Swedish, Danish, Norwegian; marks over letters left out.
# Slavic names are missing on purpose: `listopad` is November in Czech and Polish, and October in Croatian.
_NAMES = (
    "january jan januar janner janvier janv enero ene gennaio gen janeiro januari",
    "february feb februar feber fevrier fevr febrero febbraio fevereiro fev februari",
    "march mar marz maerz mars marzo marco maart mrt marts",
    "april apr avril avr abril abr aprile",
    "may mai mayo maggio mag maio mei maj",
    "june jun juni juin junio giugno giu junho",
    "july jul juli juillet juil julio luglio lug julho",
    "august aug aout agosto ago augustus augusti",
    "september sep sept septembre septiembre settembre set setembro",
    "october oct oktober okt octobre octubre ottobre ott outubro out",
    "november nov novembre noviembre novembro",
    "december dec dezember dez decembre diciembre dic dicembre dezembro desember des",
)
_NUMBERS = {name: number for number, names in enumerate(_NAMES, start=1) for name in names.split()}
