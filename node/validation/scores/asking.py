"""The scores of a record that is not kept anywhere: its verdicts are asked for, and what they need is looked up."""

from __future__ import annotations

from collections.abc import Sequence

from node.model.rdf import Iri, Triple
from node.validation import ENGINES, Profile, ask, load_profile, validate
from node.validation.quality import measure, states
from node.validation.scores.facts import facts_of
from node.validation.scores.mqa import complies
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
    verdicts = ask(triples, profile, focus, engine=engine).verdicts
    compliance = complies(validate(triples, load_profile(profile.complies), focus)) if profile.complies else None
    found = []
    for resource in resources:
        told = [verdict for verdict in verdicts if verdict.focus_node == resource]
        if told:
            checks = states(profile.shapes, told, resource)
            facts = facts_of(triples, resource, compliance)
            found.append(scores_of(profile, resource, checks, measure(profile.shapes, told), facts))
    return tuple(found)
