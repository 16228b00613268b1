"""The points a provider is checked for: what each asks, where that is written, and what to do about a broken one.

Sections are those of OAI-PMH 2.0 (https://www.openarchives.org/OAI/openarchivesprotocol.html); the points
with the tests of this node's own provider are in `docs/reference/standards.md`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from node.conformance import flow, formats, identity, lists, profiles, refusing, sets, transport
from node.conformance.subject import Subject
from node.model.conformance import Level

MUST, SHOULD, PROFILE = Level.MUST, Level.SHOULD, Level.PROFILE


@dataclass(frozen=True, slots=True)
class Point:
    """A point.

    Attributes:
        id: such as `E12`.
        section: where it is written.
        level: how much it weighs.
        requirement: what is asked.
        check: looks at a provider and returns what it saw; raises `Fails`, `NotApplicable` or `Undecided`.
        advice: how to mend it.
        of_all: it looks at every answer, so it comes last.
    """

    id: str
    section: str
    level: Level
    requirement: str
    check: Callable[[Subject], str]
    advice: str
    of_all: bool = False


_ERROR = "Answer with this error alone, under HTTP status 200; check arguments before anything is looked up."
_STATE = "Let the token carry the whole state of the list, signed, and begin each page after the last record given."
_WINDOW = "Compare datestamps with from <= datestamp and datestamp <= until, in UTC and in the declared granularity."
_ESCAPE = "Take arguments as bytes, replace what is no character of XML 1.0, and escape what is echoed."

POINTS: tuple[Point, ...] = (
    Point("H01", "3.1.1", MUST, "GET and POST (application/x-www-form-urlencoded) give the same answer",
          transport.h01, "Read the arguments of a POST from its body as those of a GET from the query."),
    Point("H02", "3.1.1", MUST, "POST is accepted with a charset parameter in its Content-Type",
          transport.h02, "Compare the media type without its parameters."),
    Point("H03", "3.1.2.1", MUST, "the Content-Type is text/xml, of errors too",
          transport.h03, "Send Content-Type: text/xml; charset=UTF-8 with every answer.", True),
    Point("H04", "3.1.2, 3.6", MUST, "errors of OAI-PMH are carried in HTTP 200",
          transport.h04, "Send errors of the protocol under status 200; keep 4xx and 5xx for HTTP itself.", True),
    Point("H05", "3.2", MUST, "every answer is well-formed XML 1.0 in UTF-8, with an XML declaration",
          transport.h05, "Sanitise metadata when it is stored, and write answers with an XML library.", True),
    Point("H06", "3.2", MUST, "the root is OAI-PMH in its namespace, with the official xsi:schemaLocation",
          transport.h06, "Copy the root element of section 3.2 word by word, http and not https.", True),
    Point("H07", "3.2", MUST, "the root holds responseDate, request, then one verb or errors",
          transport.h07, "Write the three in this order, and nothing else.", True),
    Point("H08", "3.2, 3.3.2", MUST, "responseDate is the present as YYYY-MM-DDThh:mm:ssZ in UTC",
          transport.h08, "Set the server's clock by NTP, and write UTC without fractions of a second.", True),
    Point("H09", "3.2", MUST, "the request element holds the base URL and echoes exactly the arguments",
          transport.h09, "Echo what was sent, decoded, and the base URL that Identify tells.", True),
    Point("H10", "3.2, 3.6", MUST, "the request element has no attributes for badVerb and badArgument",
          transport.h10, "Leave the attributes out where the request was not understood.", True),
    Point("H11", "3.2.1", MUST, "all answers keep to the protocol's schemas",
          transport.h11, "Validate answers with OAI-PMH.xsd and oai_dc.xsd; the line says where.", True),
    Point("H12", "3.1.3", SHOULD, "compression that Identify offers is honoured, and nobody gets it unasked",
          transport.h12, "Compress where Accept-Encoding allows it (q=0 forbids); name in Identify what is given."),
    Point("H13", "3.1.1", MUST, "percent-encoded identifiers mean the same as plain ones",
          transport.h13, "Decode the query once, after it was split at & and =."),
    Point("H14", "3.1.1", SHOULD, "verbs are case-sensitive", transport.h14, _ERROR),
    Point("E01", "3.6", MUST, "no verb: badVerb", refusing.e01, _ERROR),
    Point("E02", "3.6", MUST, "an illegal verb: badVerb", refusing.e02, _ERROR),
    Point("E03", "3.6", MUST, "a repeated verb: badVerb", refusing.e03, "Look at all values of verb, not the first."),
    Point("E04", "3.6", MUST, "a repeated argument: badArgument", refusing.e04,
          "Read the query as a list of pairs; a dictionary hides repeats."),
    Point("E05", "3.6", MUST, "an unknown argument: badArgument, with each verb", refusing.e05, _ERROR),
    Point("E06", "4.1", MUST, "GetRecord without identifier or metadataPrefix: badArgument", refusing.e06, _ERROR),
    Point("E07", "4.1", MUST, "GetRecord of an unknown identifier: idDoesNotExist", refusing.e07, _ERROR),
    Point("E08", "4.1", MUST, "GetRecord in an unknown format: cannotDisseminateFormat", refusing.e08, _ERROR),
    Point("E09", "4.1", MUST, "GetRecord with set, from or until: badArgument", refusing.e09, _ERROR),
    Point("E10", "4.3, 4.5", MUST, "a list without metadataPrefix: badArgument", refusing.e10, _ERROR),
    Point("E11", "4.3, 4.5", MUST, "a list in an unknown format: cannotDisseminateFormat", refusing.e11, _ERROR),
    Point("E12", "3.3.1, 3.6", MUST, "malformed dates: badArgument", refusing.e12,
          "Parse dates strictly, as days and as seconds with Z; refuse days that no calendar has."),
    Point("E13", "3.3.1", MUST, "from and until of different granularity: badArgument", refusing.e13, _ERROR),
    Point("E14", "2.7.1, 3.6", MUST, "from later than until: badArgument", refusing.e14, _ERROR),
    Point("E15", "3.3.1", MUST, "a finer granularity than the repository's: badArgument", refusing.e15, _ERROR),
    Point("E16", "3.5", MUST, "a junk resumptionToken: badResumptionToken, with all three list verbs",
          refusing.e16, _ERROR),
    Point("E17", "3.5", MUST, "a resumptionToken with any other argument: badArgument", refusing.e17,
          "resumptionToken is exclusive; look at the arguments before the token."),
    Point("E18", "3.6", MUST, "identifiers with quotes, < and & are answered in well-formed XML",
          refusing.e18, _ESCAPE),
    Point("E19", "3.2", MUST, "control characters and invalid UTF-8 break neither the XML nor the server",
          refusing.e19, _ESCAPE),
    Point("E20", "robustness", SHOULD, "hostile and over-long arguments get an error of OAI-PMH, never 5xx",
          refusing.e20, _ESCAPE),
    Point("I01", "4.2", MUST, "Identify holds all required elements once, and a plausible adminEmail",
          identity.i01, "Set the repository's name and a mail address that somebody reads."),
    Point("I02", "4.2", MUST, "baseURL equals the URL that was asked", identity.i02,
          "Set the public address (behind a proxy, the one outside), and register that one with aggregators."),
    Point("I03", "4.2, 3.3.2", MUST, "earliestDatestamp has the declared granularity", identity.i03,
          "Spell it as datestamps are spelt."),
    Point("I04", "4.2", MUST, "earliestDatestamp is a lower limit of all datestamps", identity.i04,
          "Take the least datestamp of all records, deleted ones too, or a constant before them."),
    Point("I05", "2.5.1", MUST, "deletedRecord is no, transient or persistent, and no means none", identity.i05,
          "Keep tombstones for ever and say persistent: else harvesters keep what was deleted."),
    Point("I06", "3.3", MUST, "granularity is one of the two legal forms", identity.i06,
          "Say YYYY-MM-DDThh:mm:ssZ, or YYYY-MM-DD, letter by letter."),
    Point("I07", "oai-identifier", SHOULD, "an oai-identifier description fits the identifiers in use", identity.i07,
          "Correct repositoryIdentifier, or leave the description out."),
    Point("M01", "4.4, 5", MUST, "oai_dc is offered with its official schema and namespace", formats.m01,
          "Offer oai_dc of every record: it is the one format that all harvesters read."),
    Point("M02", "4.4", MUST, "ListMetadataFormats with an identifier tells the formats of that item", formats.m02,
          "Look the item up; of an unknown one answer idDoesNotExist."),
    Point("M03", "3.4, 4.5", MUST, "each format on offer can be harvested, in its namespace", formats.m03,
          "Take formats from the list that cannot be had, and correct their namespaces."),
    Point("M04", "4.1", MUST, "an item without a format is refused in it: cannotDisseminateFormat",
          formats.m04, _ERROR),
    Point("M05", "4.3, 4.5", MUST, "a list in a format holds exactly the items that have it", formats.m05,
          "Select by the formats of each item, and move its datestamp when it gains or loses one."),
    Point("S01", "4.6", MUST, "ListSets names each set once in legal characters, or there is noSetHierarchy", sets.s01,
          "Spell setSpecs by section 2.6, and list each once."),
    Point("S02", "2.7.2, 4.5", MUST, "an unknown set: noRecordsMatch; no sets at all: noSetHierarchy",
          sets.s02, _ERROR),
    Point("S03", "2.6, 2.7.2", MUST, "the list of a set holds members only, and their headers name it", sets.s03,
          "Write the sets of a record into its header wherever it is shown."),
    Point("S04", "2.7.2", MUST, "the list of a set is complete, descendants included", sets.s04,
          "A set holds the items of the sets below it."),
    Point("S05", "2.5, 4.1", MUST, "a header is the same in ListIdentifiers, ListRecords and GetRecord", sets.s05,
          "Make headers in one place."),
    Point("S06", "2.6", SHOULD, "every setSpec in a header is in ListSets", sets.s06,
          "List sets from the same table that headers are made of."),
    Point("L01", "4.3, 4.5", MUST, "ListIdentifiers and ListRecords list the same items", lists.l01,
          "Make both lists by one query; an item whose payload fails must not drop out of one of them."),
    Point("L02", "3.5", MUST, "a full harvest lists each item once", lists.l02,
          "Order by datestamp and identifier together, and go on after the last one: never by offset."),
    Point("L03", "3.3.2", MUST, "every datestamp has the declared granularity", lists.l03,
          "Write datestamps in UTC, with Z, without fractions."),
    Point("L04", "2.7.1", MUST, "from and until are inclusive", lists.l04, _WINDOW),
    Point("L05", "2.7.1", MUST, "two windows that meet hold all records, none twice", lists.l05, _WINDOW),
    Point("L06", "3.3.1", MUST, "days are accepted in windows, and until=DAY holds the whole day", lists.l06, _WINDOW),
    Point("L07", "2.7.1, 3.6", MUST, "a window without records: noRecordsMatch", lists.l07, _ERROR),
    Point("L08", "2.5.1", MUST, "deleted records have no metadata", lists.l08,
          "Write the header alone, with status deleted, in lists and in GetRecord."),
    Point("L09", "2.4", MUST, "identifiers are URIs",
          lists.l09, "Use oai:DOMAIN:LOCAL, and percent-encode what is no URI."),
    Point("L10", "3.2, 5", MUST, "the root of an oai_dc payload has its own xsi:schemaLocation", lists.l10,
          "Write xsi:schemaLocation on oai_dc:dc, as in section 3.2's example."),
    Point("T01", "3.5", MUST, "the last page of an incomplete list has an empty resumptionToken", flow.t01,
          "End the list with <resumptionToken/>: without it harvesters cannot tell an end from a cut."),
    Point("T02", "3.5", MUST, "a list that is complete in one answer has no resumptionToken", flow.t02,
          "Write no token where no page came before and none follows."),
    Point("T03", "3.5.1", MUST, "the latest resumptionToken gives the same records again", flow.t03, _STATE),
    Point("T04", "guidelines 5.3", SHOULD, "older tokens of the list still work", flow.t04, _STATE),
    Point("T05", "3.5", MUST, "the cursor, if given, is the number of records given before", flow.t05,
          "Count records, from 0; not pages."),
    Point("T06", "3.5", SHOULD, "completeListSize, if given, is the size of the list", flow.t06,
          "Count what the list selects, in its format and for this asker; or leave it out."),
    Point("T07", "3.5", MUST, "expirationDate, if given, is in the future, in UTC seconds", flow.t07,
          "Let tokens live for a day or more, and write YYYY-MM-DDThh:mm:ssZ."),
    Point("T08", "3.5", MUST, "a token of ListRecords is refused by other verbs", flow.t08,
          "Put the verb into the token, and compare."),
    Point("T09", "3.5", MUST, "altered and cut tokens: badResumptionToken", flow.t09,
          "Sign tokens (HMAC) or keep them in a table; never go on with what cannot be trusted."),
    Point("T10", "3.5", MUST, "an empty resumptionToken argument is refused", flow.t10, _ERROR),
    Point("T11", "3.5", MUST, "no page is empty, and no token leads to an empty page", flow.t11,
          "Ask for one record more than a page holds before a token is written."),
    Point("T12", "3.5", MUST, "set, from, until and metadataPrefix hold on every page", flow.t12, _STATE),
    Point("T13", "3.5", SHOULD, "eight harvests side by side get the same records", flow.t13,
          "Keep no state of a list in a session or a variable of the server."),
    Point("P01", "OpenAIRE", PROFILE, "a page has 100 to 500 records",
          profiles.p01, "Set the page size to 100 or more."),
    Point("P02", "OVAL, DARE", PROFILE, "tokens live for at least 23 hours, and say so", profiles.p02,
          "Write expirationDate, a day or more ahead."),
    Point("P03", "OVAL", PROFILE, "completeListSize is given", profiles.p03, "Write completeListSize with each token."),
    Point("P04", "OVAL, OpenAIRE", PROFILE, "deletedRecord is persistent or transient", profiles.p04,
          "Keep tombstones: aggregators show what was deleted until they are told."),
    Point("P05", "OpenAIRE data", PROFILE, "the format oai_datacite and the set openaire_data are offered",
          profiles.p05,
          "Data repositories are harvested by OpenAIRE in this format and from this set."),
    Point("P06", "guidelines-provenance", PROFILE, "records from elsewhere say where they come from, whole",
          profiles.p06, "Write an about container with provenance for every record that was harvested."),
    Point("P07", "OVAL", PROFILE, "each record in oai_dc has title, creator, date, type and an http identifier",
          profiles.p07, "Fill in what is missing; a DOI is written as https://doi.org/..."),
)  # fmt: skip
"""In the order of the plan."""
OF_REST = frozenset({"H01", "M05", "S04", "S05", "L01", "L02", "L05", "L06", "T03", "T04", "T06", "T12", "T13"})
"""Points that compare answers of different times, which are alike where nothing changed meanwhile."""
