"""Faults of HTTP: waits, statuses and redirects
(https://www.rfc-editor.org/rfc/rfc9110; OAI-PMH 2.0, section 3.1: https://www.openarchives.org/OAI/openarchivesprotocol.html#HTTP).
"""

from __future__ import annotations

import gzip

from tests.faults.documents import SECOND, error, ids
from tests.faults.scenario import Scenario, serve
from tests.servers.hostile import XML, Asked, Reply, Script

# A page that always fails is asked for three times, then its list is split: one half fails the same way twice, and the
# first page of the other shows that this repository goes by no dates.
ALWAYS = 2 + 3 + 3 + 1
# Where no page ever comes, eight windows are tried, twice each.
NEVER = 1 + 3 + 16
HTML = b"<html><body>Bad gateway</body></html>"
_BOMB = gzip.compress(bytes(100 * 2**20))
DATE = "Sun, 06 Nov 1994 08:49:37 GMT"


def answered(status: int, body: bytes = HTML, **headers: str) -> Reply:
    """Return an answer under a status; underscores in the names of headers are hyphens."""
    return Reply(status=status, body=body, headers={name.replace("_", "-"): text for name, text in headers.items()})


def _moved(status: int, location: str) -> Script:
    """A repository whose second page lives somewhere else; `{}` in its address stands for the repository's own."""

    def script(asked: Asked) -> Reply:
        if asked.path == "oai" and asked.params.get("resumptionToken") == "two":
            return answered(status, Location=location.format(asked.root))
        return serve(more={"new": SECOND})(asked)

    return script


def _always_moved(asked: Asked) -> Reply:
    if asked.path == "oai":
        return answered(302, Location=f"/{asked.root.rpartition('/')[2]}/new?{asked.query}")
    return serve()(asked)


WAITS = (
    Scenario(
        name="too-many-requests-with-seconds",
        script=serve(two=(answered(429, Retry_After="7"), SECOND)),
        requests=5,
        waited=(7, 7.5),
    ),
    Scenario(
        name="unavailable-with-seconds",
        script=serve(two=(answered(503, Retry_After=" 9 "), SECOND)),
        requests=5,
        waited=(9, 9.5),
    ),
    Scenario(
        name="unavailable-until-a-date",
        script=serve(two=(answered(503, Retry_After="Sun, 06 Nov 1994 08:50:07 GMT", Date=DATE), SECOND)),
        requests=5,
        waited=(30, 30.5),
    ),
    Scenario(
        name="too-many-requests-until-an-old-style-date",
        script=serve(two=(answered(429, Retry_After="Sunday, 06-Nov-94 08:50:07 GMT", Date=DATE), SECOND)),
        requests=5,
        waited=(30, 30.5),
    ),
    Scenario(
        name="unavailable-until-the-past",
        script=serve(two=(answered(503, Retry_After=DATE), SECOND)),
        requests=5,
        waited=(0.2, 0.8),
    ),
    *(
        Scenario(
            name=f"retry-after-that-is-{name}",
            script=serve(two=(answered(503, Retry_After=text), SECOND)),
            requests=5,
            waited=(0.2, 0.8),
        )
        for name, text in (("a-word", "soon"), ("negative", "-30"), ("a-fraction", "1.5e9"), ("empty", ""))
    ),
    Scenario(
        name="retry-after-on-a-success",
        script=serve(two=Reply(body=SECOND, headers={**XML, "Retry-After": "3600"})),
        waited=(0, 0),
    ),
    Scenario(
        name="retry-after-on-another-error",
        script=serve(two=(answered(500, Retry_After="3600"), SECOND)),
        requests=5,
        waited=(0.2, 0.8),
    ),
    Scenario(
        name="retry-after-past-the-deadline",
        script=serve(two=answered(503, Retry_After="86400")),
        kept=ids(1, 2),
        error="fetch.http-status",
        requests=3,
        waited=(0, 0),
    ),
    Scenario(
        name="too-many-requests-past-the-deadline",
        script=serve(two=answered(429, Retry_After="Sun, 06 Nov 2994 08:49:37 GMT")),
        kept=ids(1, 2),
        error="fetch.http-status",
        requests=3,
        waited=(0, 0),
    ),
    Scenario(
        name="unavailable-for-ever",
        script=serve(two=answered(503)),
        kept=ids(1, 2),
        error="fetch.http-status",
        requests=5,
    ),
    Scenario(
        name="too-many-requests-for-ever",
        script=serve(two=answered(429, Retry_After="20")),
        kept=ids(1, 2),
        error="fetch.http-status",
        requests=5,
        waited=(40, 41),
    ),
)

STATUSES = (
    *(
        Scenario(name=f"status-{status}-once", script=serve(two=(answered(status), SECOND)), requests=5)
        for status in (408, 425, 500, 502, 503, 504, 520)
    ),
    Scenario(
        name="errors-of-three-kinds-in-a-row",
        script=serve(two=(answered(500), Reply(reset=True), SECOND)),
        requests=6,
    ),
    Scenario(
        name="status-500-for-ever",
        script=serve(two=answered(500)),
        kept=ids(1, 2),
        error="fetch.http-status",
        requests=ALWAYS,
    ),
    Scenario(
        name="status-500-on-every-list",
        script=serve(first=answered(500)),
        kept=(),
        error="fetch.http-status",
        requests=NEVER,
    ),
    *(
        Scenario(
            name=f"status-{status}-at-first",
            script=serve(identify=answered(status), first=answered(status)),
            kept=(),
            error="fetch.http-status",
            requests=1,
        )
        for status in (401, 403, 404, 410)
    ),
    *(
        Scenario(
            name=f"status-{status}-on-a-later-page",
            script=serve(two=answered(status)),
            kept=ids(1, 2),
            error="fetch.http-status",
            requests=3,
        )
        for status in (400, 401, 403, 404, 410, 501, 505)
    ),
    Scenario(
        name="no-content",
        script=serve(two=(Reply(status=204, framing="close"), SECOND)),
        requests=5,
    ),
    *(
        Scenario(
            name=f"no-match-under-{status}",
            script=serve(three=answered(status, error("noRecordsMatch"))),
            kept=ids(1, 2, 3, 4),
            findings=("harvest.error-status",),
            requests=requests,
        )
        for status, requests in ((400, 5), (404, 5), (422, 5), (500, 8))
    ),
    Scenario(
        name="bad-token-under-422",
        script=serve(two=(answered(422, error("badResumptionToken")), SECOND)),
        findings=("harvest.list-restarted",),
        requests=6,
    ),
    Scenario(
        name="bad-argument-under-400",
        script=serve(first=answered(400, error("badArgument"))),
        kept=(),
        error="harvest.oai-error",
        requests=2,
    ),
)

REDIRECTS = (
    *(
        Scenario(
            name=f"redirect-{status}", script=_moved(status, "{}/new?verb=ListRecords&resumptionToken=new"), requests=5
        )
        for status in (301, 302, 303, 307, 308)
    ),
    Scenario(name="redirect-of-everything-to-a-path", script=_always_moved, requests=8),
    Scenario(
        name="redirect-in-circles",
        script=_moved(302, "{}/oai?verb=ListRecords&resumptionToken=two"),
        kept=ids(1, 2),
        error="fetch.failed",
        requests=8,
    ),
    Scenario(
        name="redirect-into-a-private-network",
        script=_moved(302, "http://127.0.0.2:9/oai"),
        kept=ids(1, 2),
        error="fetch.address-refused",
        requests=3,
        unsent=1,
    ),
    Scenario(
        name="redirect-to-the-metadata-of-a-cloud",
        script=_moved(307, "http://169.254.169.254/latest/meta-data"),
        kept=ids(1, 2),
        error="fetch.address-refused",
        requests=3,
        unsent=1,
    ),
    Scenario(
        name="redirect-with-a-bomb-for-a-body",
        script=serve(two=answered(302, _BOMB, Content_Encoding="gzip", Location="oai?verb=Identify")),
        kept=ids(1, 2),
        error="syntax.too-large",
        # What is too large is not asked for twice.
        requests=2 + 1 + 2 + 1,
    ),
    Scenario(
        name="redirect-to-a-file",
        script=_moved(302, "file:///etc/passwd"),
        kept=ids(1, 2),
        error="fetch.failed",
        requests=3,
    ),
    *(
        Scenario(
            name=f"redirect-to-no-url-{number}",
            script=_moved(302, location),
            kept=ids(1, 2),
            error="fetch.failed",
            requests=3,
        )
        for number, location in enumerate(("http://[::1", "http://127.0.0.1:abc/", "http://127.0.0.1:99999/"))
    ),
    Scenario(
        name="redirect-without-an-address",
        script=serve(two=answered(302)),
        kept=ids(1, 2),
        error="fetch.http-status",
        requests=3,
    ),
)
