"""What rights statements mean: a licence, an access right, the end of an embargo, or a text to be kept as it is.

`info:eu-repo` terms: OpenAIRE guidelines for data archives
(https://guidelines.openaire.eu/en/latest/data/field_rights.html, .../field_publicationyear.html for embargo dates).
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TypeVar

from node.mapping.reservations import Notes
from node.model.rdf import Iri, Literal
from node.terms import dates, identifiers, vocabularies

_Where = TypeVar("_Where")


@dataclass(slots=True)
class Rights:
    """The rights of one resource, gathered statement by statement.

    Attributes:
        license: the first licence recognised.
        access_rights: the first access right recognised.
        statements: texts that are neither, and licences after the first.
        is_open_access_claim: a statement claims open access.
        embargo_end: of `info:eu-repo/date/embargoEnd/...`.
    """

    license: Iri | None = None
    access_rights: Iri | None = None
    statements: dict[Literal, None] = field(default_factory=dict)
    is_open_access_claim: bool = False
    embargo_end: Literal | None = None

    def add(self, reading: Notes[_Where], element: _Where, words: Literal | None, *names: str) -> None:
        """Take in one statement.

        Args:
            words: its text.
            names: other names of the same thing, best first: an address, an SPDX identifier.
        """
        texts = [name for name in (*names, words.value if words else "") if name]
        if not texts or self._embargo(texts):
            return
        licenses = [known for known in map(_license, texts) if known]
        access = [known for known in map(vocabularies.access_right, texts) if known]
        self.is_open_access_claim |= vocabularies.PUBLIC in access
        if access:
            self.access_rights = self.access_rights or access[0]
        if licenses:
            self._license(reading, element, licenses[0])
        elif not access:
            for name in names:
                if name:
                    reading.note("mapping.license-unknown", f"“{name}” is no known licence", element, name)
                    self.statements[Literal(name)] = None
        # A sentence says more than the licence's name: it is kept even where the licence was recognised.
        if words and not (_license(words.value) or vocabularies.access_right(words.value)):
            self.statements[words] = None

    def finish(self, reading: Notes[_Where]) -> None:
        """Say so where there are statements, yet none is a licence."""
        if (
            self.license is None
            and self.statements
            and not any(finding.code == "mapping.license-unknown" for finding in reading.findings)
        ):
            first = next(iter(self.statements)).value
            reading.note(
                "mapping.license-unknown", f"no rights statement names a known licence: “{first[:200]}”", value=first
            )

    def _embargo(self, texts: list[str]) -> bool:
        ends = [found["date"] for found in map(_EMBARGO.match, texts) if found]
        if ends:
            self.embargo_end = self.embargo_end or dates.date(ends[0])
        return bool(ends)

    def _license(self, reading: Notes[_Where], element: _Where, license_iri: Iri) -> None:
        if self.license is None:
            self.license = license_iri
        elif license_iri != self.license:
            message = f"a further licence, {license_iri}, is kept as a rights statement"
            reading.note("mapping.license-several", message, element, license_iri)
            self.statements[Literal(license_iri)] = None


def embargo_end(text: str) -> Literal | None:
    """Return the date of `info:eu-repo/date/embargoEnd/2026-01-31`; `None` for any other text."""
    found = _EMBARGO.match(text)
    return dates.date(found["date"]) if found else None


def _license(text: str) -> Iri | None:
    # A licence's name is short; the sentences repositories write are not worth the look-up, nor its false friends.
    return vocabularies.license(text) if len(text) <= 200 or identifiers.iri(text) else None


_EMBARGO = re.compile(r"info:eu-repo/date/embargoEnd/(?P<date>\S+)", re.IGNORECASE)
