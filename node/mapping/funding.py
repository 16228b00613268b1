"""A grant in one line of text, as `Resource.funding` keeps it, and back: `Funder <id> [number] Title <address>`.

The parts are those of a fundingReference of the DataCite metadata schema
(https://datacite-metadata-schema.readthedocs.io/en/4.6/properties/fundingreference/).
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from node.model.dcat import Agent
from node.model.rdf import Iri


@dataclass(frozen=True, slots=True, kw_only=True)
class Award:
    """One grant.

    Attributes:
        funder: the funder's name; empty where the source names none.
        funder_iri: the funder's ROR, ISNI or Crossref Funder IRI.
        number: the award number.
        title: the award's title.
        iri: the award's address.
    """

    funder: str = ""
    funder_iri: Iri | None = None
    number: str = ""
    title: str = ""
    iri: Iri | None = None

    @classmethod
    def parse(cls, text: str) -> Award:
        """Read a line that `str` made; a line of any other form is a funder's name."""
        found = _LINE.fullmatch(text)
        if found is None:
            return cls(funder=text)
        parts = found.groupdict(default="")
        return cls(
            funder=parts["funder"].strip(),
            funder_iri=Iri(parts["id"]) if parts["id"] else None,
            number=parts["number"],
            title=parts["title"].strip(),
            iri=Iri(parts["iri"]) if parts["iri"] else None,
        )

    def __str__(self) -> str:
        parts = (
            self.funder.translate(_PLAIN),
            f"<{self.funder_iri}>" if self.funder_iri else "",
            # The brackets are there even when empty: they part the funder from the title.
            f"[{self.number.translate(_PLAIN)}]" if self.number or self.title or self.iri else "",
            self.title.translate(_PLAIN),
            f"<{self.iri}>" if self.iri else "",
        )
        return " ".join(filter(None, parts))

    def funder_agent(self) -> Agent | None:
        """The funder as an agent; `None` where the line names none."""
        name = self.funder or self.funder_iri
        return Agent(name=name, iri=self.funder_iri, kind="organization", role="Funder") if name else None


_PLAIN = str.maketrans("<>[]", "()()")
_LINE = re.compile(
    r"(?P<funder>[^<>\[\]]*?)"
    r" ?(?:<(?P<id>[^<>\s]+)>)?"
    r"(?: ?\[(?P<number>[^<>\[\]]*)\] ?(?P<title>[^<>\[\]]*?) ?(?:<(?P<iri>[^<>\s]+)>)?)?"
)
