"""Lists of several pages and the tokens between them: points T01 to T13 (OAI-PMH 2.0, section 3.5)."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import quote

from node.amounts import counted, lasting
from node.conformance.answers import LISTS, Answer, Item
from node.conformance.asking import Asker, Fails, NotApplicable, Undecided, spelt
from node.conformance.refusing import refused
from node.conformance.subject import Subject, Walk, moment
from node.errors import FairnodeError

_UTC = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ")
_THREADS = 8
_Wanted = Callable[[Walk, int], int]
_PARALLEL_PAGES = 4


def t01(subject: Subject) -> str:
    """The last page of a list of several has an empty token."""
    _ = subject.paged.whole
    last = subject.paged.pages[-1]
    if last.token is None:
        raise Fails(f"page {len(subject.paged.pages)} ends the list, and has no resumptionToken element", last)
    return f"page {len(subject.paged.pages)} of {len(subject.paged.pages)} has an empty token"


def t02(subject: Subject) -> str:
    """A list of one page has no token."""
    looked = []
    for verb in LISTS:
        for item in subject.sample:
            answer = subject.ask(
                verb, metadataPrefix=subject.prefix, **subject.scope, from_=item.datestamp, until=item.datestamp
            )
            if answer.items and not answer.following:
                looked.append(answer)
                if answer.token is not None:
                    raise Fails(f"a list of {len(answer.items)} records has an empty resumptionToken", answer)
    if not looked:
        raise Undecided("no window is short enough for one page")
    return f"{len(looked)} lists of one page have no token"


def t03(subject: Subject) -> str:
    """The latest token can be used again."""
    return _again(subject, len(subject.paged.tokens) - 1)


def t04(subject: Subject) -> str:
    """Older tokens of a list still work."""
    if len(subject.paged.tokens) < 2:
        raise NotApplicable("one token was issued, so none is older")
    return _again(subject, 0)


def t05(subject: Subject) -> str:
    """The cursor counts what was given before."""
    return _counted(subject, "cursor", lambda walk, given: given)


def t06(subject: Subject) -> str:
    """The completeListSize is the size of the list."""
    _ = subject.paged.whole
    return _counted(subject, "completeListSize", lambda walk, given: len(walk.items))


def t07(subject: Subject) -> str:
    """The expirationDate is in the future."""
    found = [(page, page.token.get("expirationDate")) for page in subject.paged.pages if page.token is not None]
    dated = [(page, date) for page, date in found if date is not None]
    for page, date in dated:
        now = page.text("responseDate") or ""
        if not _UTC.fullmatch(date) or moment(date) <= moment(now):
            raise Fails(f"a token of {now} has the expirationDate {date!r}", page)
    if not dated:
        raise NotApplicable("tokens tell no expirationDate")
    life = moment(dated[0][1]) - moment(dated[0][0].text("responseDate") or "")
    return f"{counted(len(dated), 'token')} with an expirationDate; the first lives for {lasting(life)}"


def t08(subject: Subject) -> str:
    """A token of ListRecords is refused by other verbs."""
    token = quote(subject.paged.tokens[0], safe="")
    others = ("ListIdentifiers", "ListSets")
    return refused(subject, ("badResumptionToken",), *(f"verb={verb}&resumptionToken={token}" for verb in others))


def t09(subject: Subject) -> str:
    """A token that was altered is refused."""
    token = subject.paged.tokens[0]
    middle = len(token) // 2
    other = "A" if token[middle] != "A" else "B"
    altered = (token[:middle], token[:middle] + other + token[middle + 1 :], f"{token}x", token[1:])
    queries = (f"verb=ListRecords&resumptionToken={quote(each, safe='')}" for each in altered if each)
    return refused(subject, ("badResumptionToken",), *queries)


def t10(subject: Subject) -> str:
    """An empty token is refused."""
    asked = (f"verb={verb}&resumptionToken=" for verb in (*LISTS, "ListSets"))
    return refused(subject, ("badResumptionToken", "badArgument"), *asked)


def t11(subject: Subject) -> str:
    """No page is empty, and no token leads to one."""
    for name, walk in (("ListRecords", subject.records), ("ListIdentifiers", subject.headers)):
        if walk.broken is not None and walk.pages:
            raise Fails(f"the token of page {len(walk.pages)} of {name} leads to {walk.broken.said}", walk.broken)
        for number, page in enumerate(walk.pages, 1):
            if not page.items:
                raise Fails(f"page {number} of {name} is empty", page)
    if not subject.records.pages:
        raise NotApplicable("no record is listed")
    return f"{len(subject.records.pages)} pages of records and {len(subject.headers.pages)} of headers have records"


def t12(subject: Subject) -> str:
    """What was asked for holds on every page."""
    items = subject.records.whole
    times = Counter(spec for item in items for spec in item.sets)
    stamps = sorted({item.datestamp for item in items})
    for from_ in stamps[1:2] + stamps[:1]:  # what is left out tells more
        window = {"from_": from_, "until": stamps[-1]}
        chosen = [{**window, "set": spec} for spec, _ in times.most_common(1) if not subject.scope]
        for arguments in (*chosen, window):
            inside = {item.identifier for item in items if _is_meant(item, arguments)}
            for form in subject.formats[::-1]:
                walk = subject.listed("ListRecords", **arguments, metadataPrefix=form.prefix)
                if len(walk.pages) > 1:
                    return _held(walk, arguments, form.namespace, inside)
    raise NotApplicable("no list with from, until and set has several pages")


def t13(subject: Subject) -> str:
    """Harvests side by side get the same records."""
    pages = subject.paged.pages[:_PARALLEL_PAGES]
    if subject.asker.left < _THREADS * len(pages):
        raise Undecided(f"{_THREADS} harvests of {len(pages)} pages are more requests than may be sent (--requests)")
    expected = [[item.told for item in page.items] for page in pages]
    askers = [subject.asker.apart(len(pages)) for _ in range(_THREADS)]
    first = spelt("ListRecords", metadataPrefix=subject.prefix, **subject.scope)
    with ThreadPoolExecutor(_THREADS) as pool:
        found = list(pool.map(lambda asker: _followed(asker, first, len(pages)), askers))
    for asker in askers:
        subject.asker.join(asker)
    for number, got in enumerate(found, 1):
        if isinstance(got, str):
            raise Fails(f"harvest {number} of {_THREADS} side by side: {got}")
        if got != expected:
            raise Fails(f"harvest {number} of {_THREADS} side by side got {sum(map(len, got))} other records")
    return f"{_THREADS} harvests side by side got the same {sum(map(len, expected))} records"


def _again(subject: Subject, number: int) -> str:
    token, then = subject.paged.tokens[number], subject.paged.pages[number + 1 : number + 2]
    answer = subject.asker.raw(spelt("ListRecords", resumptionToken=token), again=True)
    if not then:
        if not answer.items:
            raise Fails(f"token {number + 1} was answered with {answer.said}", answer)
        raise Undecided("the page that the latest token leads to was not looked at before")
    if [item.told for item in answer.items] != [item.told for item in then[0].items]:
        raise Fails(f"token {number + 1} was answered with {then[0].said}, and again with {answer.said}", answer)
    return f"token {number + 1} of {len(subject.paged.tokens)} gave the same {len(answer.items)} records again"


def _counted(subject: Subject, name: str, wanted: _Wanted) -> str:
    told = 0
    for verb, walk in (("ListRecords", subject.paged), ("ListIdentifiers", subject.headers)):
        given = 0
        for page in walk.pages:
            found = page.token.get(name) if page.token is not None else None
            if found is not None:
                told += 1
                if found.strip() != str(wanted(walk, given)):
                    raise Fails(f"after {given} of {verb} the {name} is {found!r}, not {wanted(walk, given)}", page)
            given += len(page.items)
    if not told:
        raise NotApplicable(f"tokens tell no {name}")
    return f"{told} tokens tell it right"


def _is_meant(item: Item, arguments: dict[str, str]) -> bool:
    spec = arguments.get("set")
    is_member = spec is None or any(each == spec or each.startswith(f"{spec}:") for each in item.sets)
    return is_member and arguments["from_"] <= item.datestamp <= arguments["until"]


def _held(walk: Walk, arguments: dict[str, str], namespace: str, inside: set[str]) -> str:
    seen = {item.identifier for item in walk.pages[0].items}
    asked = ", ".join(f"{name.rstrip('_')} {value}" for name, value in arguments.items())
    for page in walk.pages[1:]:
        for item in page.items:
            if item.identifier in seen:
                raise Fails(f"asked for {asked}, {item.identifier} comes on two pages", page)
            seen.add(item.identifier)
            if item.identifier not in inside or not _is_meant(item, arguments):
                raise Fails(f"asked for {asked}, a later page has {item.words}", page)
        roots = [str(item.payload.tag) for item in page.items if item.payload is not None]
        if roots and not any(root.startswith(f"{{{namespace}}}") for root in roots):
            raise Fails(f"a later page comes in {roots[0]} and not in {namespace}", page)
    return f"asked for {asked}, {counted(len(walk.pages), 'page')} gave nothing else"


def _followed(asker: Asker, query: str, most: int) -> list[list[object]] | str:
    """Return what a harvest gets, or why it got nothing."""
    found: list[list[object]] = []
    try:
        while len(found) < most:
            answer: Answer = asker.raw(query)
            if not answer.items:
                return answer.said
            found.append([item.told for item in answer.items])
            if not answer.following:
                break
            query = spelt("ListRecords", resumptionToken=answer.following)
    except (Undecided, Fails, FairnodeError) as problem:
        return str(problem)
    return found
