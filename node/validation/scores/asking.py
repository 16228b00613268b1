"""The scores of a record that is not kept anywhere: its verdicts are asked for, and what they need is looked up."""

from __future__ import annotations

from collections.abc import Sequence

from node.model.rdf import Iri, Triple
from node.validation import ENGINES, Profile, ask, load_profile, validate
from node.validation.quality import measure, states
from node.validation.scores.compliance import Compliance
from node.validation.scores.facts import facts_of
from node.validation.scores.record import RecordScores, scores_of


def record_scores(
    triples: Sequence[Triple],
    profile: Profile,
    resources: Sequence[Iri],
    focus: Iri | None = None,
    *,
    engine: str = ENGINES[0],
) -> tuple[RecordScores, ...]:
    """Return the scores that a profile gives, for each resource of a record; none where it gives none.

    Args:
        triples: everything known of the record.
        resources: those to score; one that nothing was asked of is left out.
        focus: the only node to judge, as in `validate`.

    Raises:
        SettingsError: there is no such engine.
    """
    if not profile.scores:
        return ()
    answer = ask(triples, profile, focus, engine=engine)
    compliance = None
    if profile.complies:
        compliance = Compliance(triples, validate(triples, load_profile(profile.complies), focus).results)
    found = []
    for resource in resources:
        told = [verdict for verdict in answer.verdicts if verdict.focus_node == resource]
        if told:
            # What is found in a node that is no resource is said of what it is part of, so of each that it may be.
            others = {each for each in resources if each != resource}
            failed = {finding.code for finding in answer.findings if finding.focus_node not in others}
            checks = states(profile.shapes, told, resource, failed)
            facts = facts_of(triples, resource, compliance.of(resource) if compliance else None)
            found.append(scores_of(profile, resource, checks, measure(profile.shapes, told), facts))
    return tuple(found)
