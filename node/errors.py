"""The tree of errors: what can go wrong with the world, each with a stable dotted code and advice.

Bad data is a value (`node.model.report.Finding`), never one of these. Codes are documented in
`docs/reference/errors.md`; a test holds the two together.
"""

from __future__ import annotations


class FairnodeError(Exception):
    """Anything the node reports to a person.

    Attributes:
        code: stable dotted name, documented in `docs/reference/errors.md`.
        advice: what to do about it, one sentence.
        exit_status: the exit status of the command that met it (2 usage or settings, 3 a peer failed).
    """

    code = "node.error"
    advice = "Look at the log for the cause."
    exit_status = 2

    def __init__(self, message: str, *, advice: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        if advice is not None:
            self.advice = advice


class SettingsError(FairnodeError):
    """A setting is missing, unknown or unusable."""

    code = "settings.invalid"
    advice = "Correct the named key in fairnode.toml or its FAIRNODE_ environment variable; `fairnode check` tries it."


class NotFound(FairnodeError):
    """A named source, run, record or file does not exist."""

    code = "node.not-found"
    advice = "List what there is: `fairnode source list`, `fairnode run list`."


class Conflict(FairnodeError):
    """The name is taken, or the source is already being harvested."""

    code = "node.conflict"
    advice = "Choose another name, or wait until the running harvest has ended (`fairnode run list`)."


class SyntaxRefused(FairnodeError):
    """Foreign bytes did not pass the gate: not well-formed, hostile or over a limit."""

    code = "syntax.refused"
    advice = "Ask the source to correct the document at the position named."


class Truncated(SyntaxRefused):
    """A document ends before it is complete: worth another try, never a short list."""

    code = "syntax.truncated"
    advice = "Harvest again; if it happens every time, the source's server cuts its answers short."


class TooLarge(SyntaxRefused):
    """A document, or what it inflates to, is over its limit."""

    code = "syntax.too-large"
    advice = "Ask for smaller pages at the source, or raise [fetch] max_bytes."


class OutOfTimeError(FairnodeError):
    """A record took longer to read than a record may."""

    code = "validation.out-of-time"
    advice = "Validate the record by itself; if it is right that it is so large, give it more time with --seconds."


class FetchError(FairnodeError):
    """A request to a foreign host failed after every retry."""

    code = "fetch.failed"
    advice = "Try the URL in a browser; if it answers there, look at [fetch] in the settings."
    exit_status = 3


class AddressRefused(FetchError):
    """The host resolves to an address that sources may not live at (private, loopback, link-local ...)."""

    code = "fetch.address-refused"
    advice = "If the source really lives in a private network, add that network to [fetch] allow_networks."


class HttpStatus(FetchError):
    """The host answered with a status that ends the request.

    Attributes:
        status: the HTTP status code.
        body: the first bytes of the answer (an OAI-PMH error may travel under any status).
    """

    code = "fetch.http-status"
    advice = "The status says why the host refused; 401 and 403 need the repository's consent, 404 a corrected URL."

    def __init__(self, message: str, *, status: int, body: bytes = b"", advice: str | None = None) -> None:
        super().__init__(message, advice=advice)
        self.status = status
        self.body = body


class AnswerBroken(FetchError):
    """The host was reached, but no whole answer came: it was reset, cut short, or too slow."""

    code = "fetch.broken"
    advice = "Harvest again; if it happens every time, ask the repository's operator for smaller pages."


class HarvestError(FairnodeError):
    """The protocol was broken in a way that ends the run."""

    code = "harvest.protocol"
    advice = "Show the message to the repository's operator; nothing harvested so far is lost."
    exit_status = 3


class OaiError(HarvestError):
    """The repository answered with an OAI-PMH error (section 3.6).

    Attributes:
        oai_code: the error's code attribute, such as `badArgument`.
    """

    code = "harvest.oai-error"
    advice = "The repository refuses the request; compare its formats and sets with the source's settings."

    def __init__(self, message: str, *, oai_code: str, advice: str | None = None) -> None:
        super().__init__(message, advice=advice)
        self.oai_code = oai_code


class NotOaiPmh(HarvestError):
    """The answer is not what the protocol answers to the request: an HTML page, or an answer to another verb."""

    code = "harvest.not-oai-pmh"
    advice = "Look at the URL in a browser: is it the repository's OAI-PMH base URL, and does it ask for a login?"


class CircularList(HarvestError):
    """A list goes round in circles, or on for ever without a record."""

    code = "harvest.circular-list"
    advice = "Show the message to the repository's operator: its resumption tokens lead nowhere."


class ListIncomplete(HarvestError):
    """A list ended although the source had said that it holds more."""

    code = "harvest.incomplete-list"
    advice = "Harvest again; if it happens every time, the repository loses its place in long lists."


class WindowFailed(HarvestError):
    """Some span of datestamps could not be had; everything else was harvested."""

    code = "harvest.window-failed"
    advice = "Show the message to the repository's operator: a record in that span of datestamps breaks its server."


class LedgerImbalance(HarvestError):
    """The ledger of a run does not account for every identifier listed."""

    code = "ledger.imbalance"
    advice = "This is a defect of the node: keep the run's ledger (`fairnode ledger RUN --json`) and report it."
    exit_status = 1


class MappingError(FairnodeError):
    """A payload cannot be mapped at all (unknown format, not the document it claims to be)."""

    code = "mapping.failed"
    advice = "Check the source's metadata prefix; `fairnode map FILE --from PREFIX` shows what is read."


class ProfileError(FairnodeError):
    """A validation profile or its shapes cannot be used."""

    code = "validation.profile"
    advice = "Correct the shapes file at the place named; shapes/profiles.toml lists the profiles."


class StorageError(FairnodeError):
    """A store refused or lost something."""

    code = "storage.failed"
    advice = "`fairnode check` tries each store and says which one does not answer."
    exit_status = 3


class NoAdmissibleZone(StorageError):
    """No storage zone may hold an object with this label (fail closed: it is not stored)."""

    code = "sovereignty.no-zone"
    advice = "Configure a zone that the label admits (`fairnode store zones`), then harvest: nothing of it was kept."


class UnsafeZone(StorageError):
    """A storage zone is not what it claims to be, or not what every zone has to be; nothing is put there."""

    code = "sovereignty.unsafe-zone"
    advice = "`fairnode store probe` lists every check, and what to do about the ones that fail."


class LabelError(FairnodeError):
    """A label or its S3 tags cannot be read or verified; it counts as the most restrictive."""

    code = "sovereignty.label"
    advice = "Find out who changed the object's tags; the object is not released until they verify."


class AgreementChanged(FairnodeError):
    """The agreement with a source was changed while it was being harvested, so labels were made under the old one."""

    code = "harvest.agreement-changed"
    advice = "Harvest the source again; the next run lists everything, under the new agreement."


class QueryRefused(FairnodeError):
    """A SPARQL query that the endpoint does not evaluate.

    Attributes:
        status: the HTTP status that says so (SPARQL 1.1 Protocol, section 2.1.4).
    """

    code = "sparql.refused"
    advice = "Correct the query; docs/reference/sparql.md says what the endpoint evaluates."

    def __init__(self, message: str, *, status: int = 400, advice: str | None = None) -> None:
        super().__init__(message, advice=advice)
        self.status = status


class NoGraphs(QueryRefused):
    """There are no graphs for who is asking, or they are not complete yet: never is another's answer given instead."""

    code = "sparql.no-graphs"
    advice = "Ask without credentials for what is public; the operator adds others by [store.graphs_for]."

    def __init__(self, message: str, *, advice: str | None = None, retry_after: int | None = None) -> None:
        super().__init__(message, status=503, advice=advice)
        self.retry_after = retry_after


class GraphsBehind(NoGraphs):
    """What a viewer may see has changed, and its graphs are being written anew: until then nothing is told of them."""

    code = "sparql.graphs-behind"
    advice = "Try again after the seconds named in Retry-After; the operator can run `fairnode worker --once`."


class QueryTimeout(QueryRefused):
    """A query ran past its time limit and was stopped."""

    code = "sparql.timeout"
    advice = "Make the query more selective, add a LIMIT, or take the data through OAI-PMH."

    def __init__(self, message: str) -> None:
        super().__init__(message, status=504)


class QueryTooLarge(QueryRefused):
    """A query needed more memory or produced more than the endpoint allows."""

    code = "sparql.too-large"
    advice = "Ask for less in one query (LIMIT and OFFSET over an ORDER BY), or take the data through OAI-PMH."

    def __init__(self, message: str) -> None:
        super().__init__(message, status=507)


class ServiceFailed(QueryRefused):
    """The endpoint that a SERVICE clause names, one that this node allows, fails to answer it."""

    code = "sparql.service"
    advice = "Narrow the clause (a subselect with LIMIT), write SERVICE SILENT, or ask that endpoint by itself."

    def __init__(self, message: str) -> None:
        super().__init__(message, status=502)


class Busy(QueryRefused):
    """Every query worker is taken, or the client has its share already."""

    code = "sparql.busy"
    advice = "Try again after the seconds named in Retry-After."

    def __init__(self, message: str, *, retry_after: int = 5) -> None:
        super().__init__(message, status=429)
        self.retry_after = retry_after
