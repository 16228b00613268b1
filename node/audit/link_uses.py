"""Which addresses the records of a source name, and what each of them answered last."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from node.audit.facts import record_facts
from node.model.links import LinkAnswer
from node.node import Node
from node.storage.link_checks import LinkChecks


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkUse:
    """An address in a record; `answer` is `None` where it was never asked."""

    source: str
    identifier: str
    local_id: str
    url: str
    answer: LinkAnswer | None


def wanted_sources(node: Node, names: Sequence[str]) -> list[str]:
    """Return the names of sources, all where none is named; raises `NotFound` where there is none called so."""
    return [stored.source.name for stored in node.sources.named(names)]


def addresses(node: Node, names: Sequence[str], progress: Callable[[int], None] | None = None) -> set[str]:
    """Return the addresses whose answers count in scores of the live records of some sources.

    Those that the node itself gave to a record are left out: that the node answers is no merit of the record.
    """
    own = f"{node.settings.base_url}/"
    return {
        url
        for page in record_facts(node, names, progress=progress)
        for _, facts in page
        if facts is not None
        for url in facts.addresses
        if not url.startswith(own)
    }


def link_uses(node: Node, names: Sequence[str]) -> Iterator[LinkUse]:
    """Yield every such address of every record, by local id and address."""
    checks = LinkChecks(node.database)
    for page in record_facts(node, names):
        answers = checks.of({url for _, facts in page if facts is not None for url in facts.addresses})
        for candidate, facts in page:
            for url in sorted(facts.addresses) if facts is not None else ():
                yield LinkUse(
                    source=candidate.source,
                    identifier=candidate.identifier,
                    local_id=candidate.local_id,
                    url=url,
                    answer=answers.get(url),
                )
