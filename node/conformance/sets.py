"""Sets and the headers that name them: points S01 to S06 (OAI-PMH 2.0, sections 2.6 and 4.6)."""

from __future__ import annotations

import re
from collections import Counter

from node.amounts import counted
from node.conformance.answers import LISTS, TAG
from node.conformance.asking import Fails, NotApplicable, Undecided
from node.conformance.refusing import refused
from node.conformance.subject import NOBODY, Subject

_SPEC = re.compile(r"[A-Za-z0-9\-_.!~*'()]+(:[A-Za-z0-9\-_.!~*'()]+)*")
_LOOKED = 4


def s01(subject: Subject) -> str:
    """ListSets names each set once, or says that there are none."""
    answer = subject.ask("ListSets")
    if answer.codes != ("noSetHierarchy",) and (answer.verb is None or answer.verb.tag != f"{TAG}ListSets"):
        raise Fails(f"ListSets was answered with {answer.said}", answer)
    sets = subject.sets
    if sets is None:
        return "there is no set hierarchy"
    illegal = [spec for spec in sets if not _SPEC.fullmatch(spec)]
    twice = [spec for spec, times in Counter(sets).items() if times > 1]
    if illegal or twice or not sets:
        raise Fails(f"illegal: {illegal[:3]}, twice: {twice[:3]}" if sets else "the list of sets is empty")
    return counted(len(sets), "set")


def s02(subject: Subject) -> str:
    """A set that is not there is refused."""
    codes = ("noSetHierarchy",) if subject.sets is None else ("noRecordsMatch", "badArgument")
    asked = (f"verb={verb}&metadataPrefix={subject.prefix}&set={NOBODY}" for verb in LISTS)
    return refused(subject, codes, *asked)


def s03(subject: Subject) -> str:
    """The list of a set holds its members only."""
    seen = []
    for spec in _some(subject):
        walk = subject.listed("ListIdentifiers", set=spec)
        for item in walk.items:
            if not _is_in(item.sets, spec):
                raise Fails(
                    f"{item.identifier} is listed in the set {spec}, its header names {', '.join(item.sets) or 'none'}"
                )
        seen.append(f"{spec} has {len(walk.items)}")
    return "; ".join(seen)


def s04(subject: Subject) -> str:
    """The list of a set holds all its members."""
    items = subject.headers.whole
    for spec in _some(subject):
        members = {item.identifier for item in items if _is_in(item.sets, spec)}
        listed = set(subject.identifiers(set=spec))
        if subject.scope:
            listed &= {item.identifier for item in items}
        if members != listed:
            lost = sorted(members - listed) or sorted(listed - members)
            raise Fails(f"{len(members)} headers name the set {spec}, its list has {len(listed)}; such as {lost[0]}")
    return f"{len(_some(subject))} sets hold exactly the items whose headers name them"


def s05(subject: Subject) -> str:
    """A header is the same wherever it is shown."""
    by_name = {item.identifier: item for item in subject.headers.items}
    for item in subject.sample:
        answer = subject.ask("GetRecord", identifier=item.identifier, metadataPrefix=subject.prefix)
        if [each.told for each in answer.items] != [item.told]:
            single = "; ".join(each.words for each in answer.items) or answer.said
            raise Fails(f"ListRecords tells {item.words}; GetRecord {single}", answer)
        if (listed := by_name.get(item.identifier, item)).told != item.told:
            raise Fails(f"ListRecords tells {item.words}; ListIdentifiers {listed.words}")
    return f"{len(subject.sample)} headers are the same in ListRecords, ListIdentifiers and GetRecord"


def s06(subject: Subject) -> str:
    """Each set that a header names is in ListSets."""
    named = {spec for item in subject.headers.items for spec in item.sets}
    unknown = sorted(named - set(subject.sets or ()))
    if unknown:
        raise Fails(f"headers name {unknown[:3]}, which ListSets does not")
    if not named:
        raise NotApplicable("no header names a set")
    return f"{len(named)} sets that headers name are in ListSets"


def _some(subject: Subject) -> tuple[str, ...]:
    """Return sets to look at: of those that headers name the smallest, the largest and a parent; and an empty one."""
    if subject.sets is None:
        raise NotApplicable("there is no set hierarchy")
    # A parent is a set of its descendants' members, too.
    named = Counter(
        ":".join(spec.split(":")[: depth + 1])
        for item in subject.headers.items
        for spec in item.sets
        for depth in range(spec.count(":") + 1)
    )
    used = sorted((spec for spec in subject.sets if named[spec]), key=lambda spec: (named[spec], spec))
    unused = [spec for spec in subject.sets if not named[spec]][:1]
    below = Counter(spec.rpartition(":")[0] for spec in used if ":" in spec)
    parents = [spec for spec, _ in below.most_common(1) if spec in used]
    chosen = [*used[: _LOOKED // 2], *used[-(_LOOKED // 2) :], *parents, *unused]
    if not chosen:
        raise Undecided("ListSets names no set")
    return tuple(dict.fromkeys(chosen))


def _is_in(specs: tuple[str, ...], spec: str) -> bool:
    return any(each == spec or each.startswith(f"{spec}:") for each in specs)
