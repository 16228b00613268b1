"""Somebody with the words for what they did: where a role says they belong among creators, contributors and the rest.

What a word means is `node.mapping.relators`; here is what follows for a resource.
"""

from __future__ import annotations

from dataclasses import replace

from node.mapping.draft import Draft
from node.mapping.relators import relator
from node.model.dcat import Agent, ContactPoint


def enter(draft: Draft, somebody: Agent | None, *words: str, is_creator: bool = False) -> bool:
    """Add somebody in the role that words name, and tell whether all words were understood.

    Args:
        somebody: who; `None` adds nobody.
        words: relator codes, terms, contributorTypes of DataCite or addresses; empty ones say nothing.
        is_creator: without a known role they are a creator, not a contributor.
    """
    said = [word for word in words if word.strip()]
    roles = [role for role in map(relator, said) if role]
    if somebody is not None:
        kinds = {role.kind for role in roles}
        if "publisher" in kinds:
            draft.publishers.add(somebody)
        elif "contact" in kinds:
            draft.contacts.add(ContactPoint(name=somebody.name, url=somebody.iri))
        elif "creator" in kinds or (not roles and is_creator):
            draft.creators.add(somebody)
        else:
            names = [role.contributor_type for role in roles if role.contributor_type]
            draft.contributors.add(replace(somebody, role=names[0] if names else None))
    return len(roles) == len(said)
