"""Faults of flow control: tokens, ends, circles and sizes of lists, and errors in the middle of them
(OAI-PMH 2.0, sections 3.5 and 3.6: https://www.openarchives.org/OAI/openarchivesprotocol.html#FlowControl).
"""

from __future__ import annotations

from tests.faults.documents import (
    ALL,
    FIRST,
    LAST,
    SECOND,
    envelope,
    error,
    ids,
    listing,
    page,
    record,
    token,
)
from tests.faults.scenario import Scenario, reply, serve
from tests.servers.hostile import Asked, Reply, Script

BAD_TOKEN, NO_MATCH = error("badResumptionToken"), error("noRecordsMatch")


def _raw_token(element: str) -> bytes:
    return listing(record(1), record(2), element).encode()


def _by(value: str) -> Script:
    """A repository whose second page has a token of its own."""
    return serve(first=page(1, 2, to=value), more={value: SECOND})


def _through(*tokens: str) -> Script:
    """A repository whose tokens lead from one to the next, each to a page of one record, and at last to nowhere new."""
    pages = dict(zip(tokens, (page(number + 2, to=to) for number, to in enumerate(tokens[1:])), strict=False))
    return serve(first=page(1, to=tokens[0]), more=pages)


def _counting(asked: Asked) -> Reply:
    """A repository without end: every token is new, and no page but the first has a record."""
    if asked.params["verb"] == "Identify" or "resumptionToken" not in asked.params:
        return serve(first=page(1, 2, to="0"))(asked)
    return reply(page(to=str(int(asked.params["resumptionToken"]) + 1)))


def _stuck(asked: Asked) -> Reply:
    """A repository that gives new tokens for the same page for ever."""
    if asked.params["verb"] == "Identify":
        return serve()(asked)
    return reply(page(1, 2, to=str(int(asked.params.get("resumptionToken", "0")) + 1)))


TOKENS = (
    Scenario(name="token-of-reserved-characters", script=_by("a&b=c/d?e+f%20g%3Dh;i:j#k'\"<l>")),
    Scenario(name="token-of-spaces-and-unicode", script=_by("naïve  token\u00a0漢字 🙂 %C3%A9")),
    Scenario(name="token-of-four-kilobytes", script=_by("A+/=" * 1024)),
    Scenario(
        name="token-in-white-space", script=serve(first=_raw_token("<resumptionToken>\n\t two \n</resumptionToken>"))
    ),
    Scenario(
        name="token-in-cdata",
        script=serve(first=_raw_token("<resumptionToken><![CDATA[a&b<c]]></resumptionToken>"), more={"a&b<c": SECOND}),
    ),
    Scenario(
        name="token-around-a-comment",
        script=serve(first=_raw_token("<resumptionToken>tw<!-- token -->o</resumptionToken>")),
    ),
    Scenario(
        name="token-before-the-records",
        script=serve(first=listing(token("two"), record(1), record(2)).encode()),
    ),
    Scenario(name="token-given-twice", script=serve(first=_raw_token(token("two") + token("two")))),
    Scenario(
        name="token-beside-the-list",
        script=serve(first=envelope(f"<ListRecords>{record(1)}{record(2)}</ListRecords>{token('two')}").encode()),
        findings=("harvest.token-misplaced",),
    ),
    Scenario(
        name="tokens-that-contradict-each-other",
        script=serve(two=listing(record(3), record(4), token("three"), token("four")).encode()),
        kept=ids(1, 2),
        error="harvest.not-oai-pmh",
        requests=10,
    ),
)

ENDS = (
    Scenario(name="last-page-with-an-empty-token", script=serve()),
    Scenario(
        name="last-page-without-a-token",
        script=serve(three=page(5, 6)),
        findings=("harvest.last-token-missing",),
        requests=5,
    ),
    Scenario(
        name="last-page-with-attributes-alone",
        script=serve(three=page(5, 6, to="", completeListSize=6, cursor=4)),
    ),
    Scenario(name="last-page-with-a-blank-token", script=serve(three=page(5, 6, to=" \n "))),
    Scenario(name="only-page-without-a-token", script=serve(first=page(1, 2)), kept=ids(1, 2), requests=2),
    Scenario(name="only-page-with-an-empty-token", script=serve(first=page(1, 2, to="")), kept=ids(1, 2), requests=2),
    Scenario(name="last-page-without-records", script=serve(three=page(to="")), kept=ids(1, 2, 3, 4)),
    Scenario(
        name="empty-pages-before-more-records",
        script=serve(first=page(1, 2, to="b"), more={"b": page(to="c"), "c": page(to="two")}),
        requests=6,
    ),
    Scenario(name="empty-first-page-with-a-token", script=serve(first=page(to="b"), more={"b": FIRST}), requests=5),
    Scenario(name="nothing-matches-at-all", script=serve(first=NO_MATCH), kept=(), requests=3),
    Scenario(name="nothing-matches-a-later-token", script=serve(three=NO_MATCH), kept=ids(1, 2, 3, 4), requests=5),
    Scenario(
        name="nothing-matches-before-the-announced-size",
        script=serve(first=page(1, 2, to="two", completeListSize=6), three=NO_MATCH),
        kept=ids(1, 2, 3, 4),
        error="harvest.incomplete-list",
        requests=5,
    ),
)

CIRCLES = (
    Scenario(
        name="token-that-repeats-itself",
        script=serve(two=page(3, 4, to="two")),
        kept=ids(1, 2, 3, 4),
        error="harvest.circular-list",
        requests=3,
    ),
    Scenario(
        name="tokens-a-b-a",
        script=_through("a", "b", "a"),
        kept=ids(1, 2, 3),
        error="harvest.circular-list",
        requests=4,
    ),
    Scenario(
        name="circle-of-forty-tokens",
        script=_through(*map(str, range(40)), "0"),
        kept=ids(*range(1, 42)),
        error="harvest.circular-list",
        requests=104,
    ),
    Scenario(
        name="same-page-for-ever-under-new-tokens",
        script=_stuck,
        kept=ids(1, 2),
        error="harvest.circular-list",
        findings=("harvest.page-repeated",) * 3,
        requests=6,
    ),
    Scenario(
        name="page-repeated-in-place-of-another",
        script=serve(two=page(1, 2, to="three")),
        kept=ids(1, 2, 5, 6),
        error="harvest.incomplete-list",
        findings=("harvest.page-repeated",),
        requests=4,
    ),
    Scenario(
        name="page-repeated-in-a-list-that-is-whole",
        script=serve(
            first=page(1, 2, to="b", completeListSize=6), more={"b": page(1, 2, to="two", completeListSize=6)}
        ),
        findings=("harvest.page-repeated",),
        requests=5,
    ),
    Scenario(
        name="empty-pages-without-end",
        script=_counting,
        kept=ids(1, 2),
        error="harvest.circular-list",
        requests=53,
    ),
)

RESTARTS = (
    Scenario(
        name="bad-token-once",
        script=serve(two=(BAD_TOKEN, SECOND)),
        findings=("harvest.list-restarted",),
        requests=6,
    ),
    Scenario(
        name="bad-token-for-ever",
        script=serve(two=BAD_TOKEN),
        kept=ids(1, 2),
        error="harvest.oai-error",
        findings=("harvest.list-restarted",) * 6,
        # The list is split once its restarts are used up, and goes by no dates.
        requests=18,
    ),
    Scenario(
        name="bad-token-where-none-was-given",
        script=serve(first=BAD_TOKEN),
        kept=(),
        error="harvest.oai-error",
        requests=10,
    ),
    Scenario(
        name="bad-token-and-a-list-that-changed",
        script=serve(first=(FIRST, page(1, 2, 7, to="two")), two=(BAD_TOKEN, SECOND)),
        kept=(*ALL, *ids(7)),
        findings=("harvest.list-restarted",),
        requests=6,
    ),
    *(
        Scenario(
            name=f"{code.lower()}-in-the-middle",
            script=serve(two=error(code)),
            kept=ids(1, 2),
            error="harvest.oai-error",
            findings=("harvest.list-restarted",) * 3,
            requests=9,
        )
        for code in ("badArgument", "cannotDisseminateFormat", "idDoesNotExist", "badVerb")
    ),
    Scenario(
        name="format-that-is-not-offered",
        script=serve(first=error("cannotDisseminateFormat")),
        kept=(),
        error="harvest.oai-error",
        requests=2,
    ),
    Scenario(
        name="error-and-records-together",
        script=serve(two=error("badArgument", f"<ListRecords>{record(3)}{token('three')}</ListRecords>")),
        kept=ids(1, 2),
        error="harvest.oai-error",
        findings=("harvest.list-restarted",) * 3,
        requests=9,
    ),
    Scenario(
        name="no-match-and-records-together",
        script=serve(two=error("noRecordsMatch", f"<ListRecords>{record(3)}{record(4)}{token('three')}</ListRecords>")),
        findings=("harvest.error-beside-list",),
    ),
)

SIZES = (
    Scenario(
        name="cursor-that-counts-pages",
        script=serve(
            first=page(1, 2, to="two", cursor=0),
            two=page(3, 4, to="three", cursor=1),
            three=page(5, 6, to="", cursor=2),
        ),
        findings=("harvest.cursor",),
    ),
    Scenario(
        name="size-too-large-and-no-closing-token",
        script=serve(first=page(1, 2, to="two", completeListSize=7), three=page(5, 6)),
        kept=ALL,
        error="harvest.incomplete-list",
        requests=5,
    ),
    Scenario(
        name="size-too-large-and-a-closing-token",
        script=serve(first=page(1, 2, to="two", completeListSize=60)),
        kept=ALL,
        error="harvest.incomplete-list",
        requests=5,
    ),
    Scenario(
        name="size-that-is-an-estimate",
        script=serve(
            first=page(*range(1, 9), to="two", completeListSize=21),
            two=page(*range(9, 17), to="three", completeListSize=21),
            three=page(*range(17, 21), to="", completeListSize=21),
        ),
        kept=ids(*range(1, 21)),
        findings=("harvest.list-size",),
        requests=5,
    ),
    Scenario(
        name="size-too-small",
        script=serve(first=page(1, 2, to="two", completeListSize=3)),
        findings=("harvest.list-size",),
    ),
    Scenario(
        name="size-and-cursor-that-are-no-numbers",
        script=serve(first=page(1, 2, to="two", completeListSize="many", cursor="-1")),
    ),
    Scenario(
        name="size-beyond-all-numbers",
        script=serve(three=page(5, 6, to="", completeListSize="9" * 40)),
    ),
    Scenario(
        name="last-page-cut-short-once",
        script=serve(first=page(1, 2, to="two", completeListSize=6), three=(page(5, to=""), LAST)),
        requests=5,
    ),
    Scenario(
        name="size-of-the-whole-repository-in-a-set",
        script=serve(first=page(1, 2, to="two", completeListSize=600)),
        source={"set_specs": ("a",)},
        findings=("harvest.list-size",),
        requests=5,
    ),
)
