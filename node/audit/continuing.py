"""Judging by the next version of a profile: only the rules that changed are asked, the others' results stand.

What comes out is, byte for byte, what asking every rule gives. Where that is in doubt, every rule is asked.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

from node.audit import reach, verdicts
from node.audit.judging import (
    answer_on,
    canonical,
    checks_of,
    codes_of,
    has_failed,
    items_of,
    judge,
    judgement,
    rdf_digest,
    rules_of,
    wanted_profile,
)
from node.model.audit import Judgement, Subject
from node.validation import Profile
from node.validation.engines import Answer
from node.validation.patience import of_run
from node.validation.quality import measure

_NOTHING = Answer(findings=(), verdicts=())


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """A record, and what the version before says of it.

    Attributes:
        before: a decided judgement of the same content, with verdicts.
    """

    subject: Subject
    before: Judgement


def go_on_all(
    some: Sequence[Known], profile: str, digest: str, codes: Sequence[str], shared: frozenset[str], run: str = ""
) -> list[Judgement]:
    """Judge records of which the version before has judged the same content. What is in a record never raises.

    Args:
        digest: of the profile: whoever runs this may have read another version of it.
        codes: of the rules of the version before, in their order.
        shared: the codes of the rules that rest on the same in both versions.
        run: see `node.audit.judging.judge_all`.

    Raises:
        ProfileError: the profile is ill-formed, or not the one that was asked for.
    """
    loaded = wanted_profile(profile, digest)
    with of_run(run):
        return [go_on(each.subject, each.before, loaded, codes, shared) for each in some]


def go_on(
    subject: Subject, before: Judgement, profile: Profile, codes: Sequence[str], shared: frozenset[str]
) -> Judgement:
    """Judge one record by the rules that are not shared, and take the rest from what the version before says of it."""
    rules = rules_of(profile)
    changed = frozenset(codes_of(rules)) - shared
    rdf, answer = rdf_digest(subject), _NOTHING
    if rdf != before.rdf or subject.iri != before.iri:
        return judge(subject, profile)
    if changed:
        answer = answer_on(subject, _asking(profile, changed))
        if has_failed(answer):
            # The time limit is the record's: how far it went depends on what else was asked.
            return judge(subject, profile)
    told = [*verdicts.read(before.verdicts, codes, subject.iri, shared), *answer.verdicts]
    told.sort(key=lambda verdict: verdict[:2])
    items = [item for item in json.loads(before.failures) if item["rule"] in shared]
    # Findings are sorted by rule first, and a rule's own are all from one of the two.
    items = sorted([*items, *items_of(answer.findings, subject, rules)], key=lambda item: item["rule"])
    places = {code: index for index, code in enumerate(codes)}
    fresh = checks_of(answer, rules)
    return judgement(
        subject,
        rdf=rdf,
        checks="".join(
            before.checks[places[rule.code]] if rule.code in shared else own
            for rule, own in zip(rules, fresh, strict=True)
        ),
        quality=measure(profile.shapes, told),
        failures=canonical(items),
        told=verdicts.written(told, codes_of(rules), subject.iri),
    )


@cache
def _asking(profile: Profile, ids: frozenset[str]) -> Profile:
    return reach.only(profile, ids)
