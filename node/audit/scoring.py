"""The scores of an audit: one sheet for its sources and for all of them, from judgements, facts and link checks.

A sheet is a function of the audit and of the answers that it counts, which it names by a digest: the same of both give
the same bytes. It is made in one pass over the audit, and memory does not grow with it.
"""

from __future__ import annotations

import datetime as dt
import hashlib
from collections import Counter
from collections.abc import Hashable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace

from node.audit.facts import recipe, record_facts
from node.audit.judging import canonical
from node.audit.verdicts import read as read_verdicts
from node.errors import ProfileError
from node.model.audit import Audit, Yardstick
from node.model.links import LinkAnswer
from node.node import Node
from node.storage.audit_scores import AuditScores, Scored
from node.storage.link_checks import LinkChecks
from node.storage.record_facts import FactStore
from node.syntax import JsonValue
from node.validation import Profile, load_profile
from node.validation.engines import Verdict
from node.validation.quality import measure, states, with_nested
from node.validation.scores.compliance import COMPLIANCE
from node.validation.scores.facts import RecordFacts, read_facts
from node.validation.scores.record import Answers, RecordScores, likeness, scores_of
from node.validation.scores.totals import Totals, Unscored, whole_points

FORMAT = "fairnode scores 1"
_MANY = 5000


def score(node: Node, audit: Audit, yardstick: Yardstick, profile: str, now: dt.datetime) -> None:
    """Make the score sheet of an audit that was just made or confirmed, where nothing that it counts has one yet.

    Args:
        yardstick: of the audit.
        profile: the name or path of the audit's profile.

    Raises:
        ProfileError: the profile is ill-formed, or not the audit's any more.
        StorageError: the database does not answer.
    """
    loaded = load_profile(profile)
    if loaded.digest != yardstick.profile_digest:
        raise ProfileError(f"the profile {profile} changed while records were audited", advice="Run the audit again.")
    sheets, links = AuditScores(node.database), LinkChecks(node.database)
    since = now - dt.timedelta(days=node.settings.links.max_age_days)
    checks = links.stamp(since) if loaded.scores else ""
    # Facts are worked out where a score rests on them: for links, and for compliance.
    needs_facts = bool(loaded.complies or checks)
    stamp = f"{FORMAT} {checks} {recipe() if needs_facts else ''}"
    last = sheets.latest(audit)
    if last is not None and last.stamp == stamp and (last.until is None or now.replace(tzinfo=None) < last.until):
        return
    if needs_facts:
        for _ in record_facts(node, [each.source for each in audit.sources]):
            pass
    sheet = _Sheet(audit, yardstick, loaded, needs_facts)
    facts = FactStore(node.database, recipe()) if needs_facts else None
    for page in sheets.pages(audit):
        texts = facts.of([each.local_id for each in page]) if facts else {}
        known = {each.local_id: _facts(texts.get((each.local_id, each.content))) for each in page}
        asked = {url for each in known.values() if each for url in each.addresses} if checks else set()
        sheet.add(page, known, links.of(asked, since=since) if asked else {})
    until = sheet.oldest + dt.timedelta(days=node.settings.links.max_age_days) if sheet.oldest else None
    sheets.keep(audit, sheet.document(), now, stamp=stamp, until=until)


@dataclass(slots=True)
class _Sheet:
    audit: Audit
    yardstick: Yardstick
    profile: Profile
    needs_facts: bool
    oldest: dt.datetime | None = None
    _newest: dt.datetime | None = None
    _answers: int = 0
    _digest: hashlib._Hash = field(default_factory=hashlib.sha256)
    _parts: dict[str, Totals] = field(default_factory=dict)
    _whole: Totals = field(init=False)
    _alike: dict[Hashable, tuple[RecordScores | Unscored, Counter[str]]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        points = whole_points(self.profile.shapes)
        self._whole = Totals(points)
        self._parts = {each.source: Totals(points) for each in self.audit.sources}

    def add(
        self,
        page: Iterable[Scored],
        facts: Mapping[str, RecordFacts | None],
        answers: Mapping[str, LinkAnswer],
    ) -> None:
        """Count some judgements in, by local id."""
        for each in page:
            mine = facts.get(each.local_id)
            own = {url: answers[url] for url in sorted(mine.addresses) if url in answers} if mine else {}
            self._note(each.local_id, own.values())
            statuses = {url: one.status for url, one in own.items()} or None
            # Many records fail the same checks: what is alike is worked out once.
            told = (each.checks, each.verdicts, bool(each.rdf), each.score, each.max_score, each.letters)
            like = (told, likeness(mine, statuses))
            if like not in self._alike:
                if len(self._alike) == _MANY:
                    self._count()
                self._alike[like] = (self._scores(each, mine, statuses), Counter())
            self._alike[like][1][each.source] += 1

    def _count(self) -> None:
        for scores, sources in self._alike.values():
            for source, times in sources.items():
                self._parts[source].add(scores, times)
                self._whole.add(scores, times)
        self._alike.clear()

    def document(self) -> str:
        """Return the sheet as canonical JSON."""
        self._count()
        compliance = load_profile(COMPLIANCE) if self.needs_facts else None
        links: dict[str, JsonValue] = {
            "answers": self._answers,
            "digest": self._digest.hexdigest(),
            "checked_from": _moment(self.oldest),
            "checked_until": _moment(self._newest),
        }
        return canonical(
            {
                "format": FORMAT,
                "audit": self.audit.digest,
                "profile": self.yardstick.profile,
                "scores": list(self.profile.scores),
                "compliance": {"profile": compliance.name, "digest": compliance.digest} if compliance else None,
                "links": links if self._answers else None,
                "sources": [{"source": name, **part.values()} for name, part in sorted(self._parts.items())],
                "whole": self._whole.values(),
            }
        )

    def _note(self, local_id: str, answers: Iterable[LinkAnswer]) -> None:
        for one in answers:
            self._answers += 1
            self._digest.update(f"{local_id} {one.url} {one.status} {_moment(one.checked)}\n".encode())
            if self.oldest is None or one.checked < self.oldest:
                self.oldest = one.checked
            if self._newest is None or one.checked > self._newest:
                self._newest = one.checked

    def _scores(self, each: Scored, facts: RecordFacts | None, answers: Answers | None) -> RecordScores | Unscored:
        told = tuple(self._verdicts(each))
        if not told:
            # Verdicts that are kept are all of them: there is no check for such a record.
            return Unscored.NOT_ASKED if each.verdicts else Unscored.UNREADABLE
        failed = {rule.code for rule, letter in zip(self.yardstick.rules, each.checks, strict=True) if letter == "f"}
        nodes = {verdict.focus_node for verdict in told}
        if self.profile.judges_record or each.iri not in nodes:
            checks = with_nested(self.profile.shapes, _of_all(told), failed)
        else:
            checks = states(self.profile.shapes, told, each.iri, failed)
        if not (each.verdicts or each.max_score):
            # Nothing was decided that a score could be made of.
            return RecordScores(resource=each.iri, states=checks)
        return scores_of(
            self.profile,
            each.iri,
            checks,
            # The judgement's own points; by principle they are not kept.
            replace(
                measure(self.profile.shapes, told),
                score=each.score,
                max_score=each.max_score,
                by_letter=each.letters,
            ),
            facts,
            answers,
        )

    def _verdicts(self, each: Scored) -> Iterator[Verdict]:
        codes = [rule.code for rule in self.yardstick.rules]
        if each.verdicts:
            yield from read_verdicts(each.verdicts, codes, each.iri, frozenset(codes))
            return
        # Where a shape could not be evaluated only failures are kept: what is not one of them is not known to pass.
        if "u" in each.checks and each.rdf:
            for code, letter in zip(codes, each.checks, strict=True):
                yield Verdict(shape=code, focus_node=each.iri, passed=False if letter == "f" else None)


def _of_all(told: Iterable[Verdict]) -> dict[str, bool | None]:
    """Return whether each check is met by all nodes that it was asked of."""
    found: dict[str, bool | None] = {}
    for verdict in told:
        known = found.get(verdict.shape, True)
        found[verdict.shape] = False if known is False or verdict.passed is False else known and verdict.passed
    return found


def _facts(text: str | None) -> RecordFacts | None:
    return read_facts(text) if text is not None else None


def _moment(when: dt.datetime | None) -> str | None:
    return f"{when:%Y-%m-%dT%H:%M:%SZ}" if when else None
