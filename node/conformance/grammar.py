"""The grammar of OAI-PMH responses as RELAX NG (https://relaxng.org/spec-20011203.html), after the protocol's schemas:
OAI-PMH.xsd, oai_dc.xsd, oai-identifier.xsd, branding.xsd and provenance.xsd at https://www.openarchives.org/OAI/2.0/.

What lies in other namespaces is not looked into: its schemas are not the protocol's.
"""

from __future__ import annotations

from functools import cache

from lxml import etree
from lxml.etree import _Element as Element

from node.namespaces import DC, OAI, OAI_BRANDING, OAI_DC, OAI_IDENTIFIER, OAI_PROVENANCE, XML, XSI
from node.syntax import parse_xml

_OURS = (OAI, OAI_DC, OAI_IDENTIFIER, OAI_PROVENANCE, OAI_BRANDING)
_DC = (
    "title creator subject description publisher contributor date type format identifier source language relation "
    "coverage rights"
)
_ERRORS = (
    "cannotDisseminateFormat idDoesNotExist badArgument badVerb noMetadataFormats noRecordsMatch badResumptionToken "
    "noSetHierarchy"
)
_VERBS = "Identify ListMetadataFormats ListSets GetRecord ListIdentifiers ListRecords"
_NAME = r"[A-Za-z0-9\-_.!~*'()]+"
_DOMAIN = r"[a-zA-Z][a-zA-Z0-9\-]*(\.[a-zA-Z][a-zA-Z0-9\-]*)+"
_UTC = r"\d{4}-\d\d-\d\d(T\d\d:\d\d:\d\dZ)?"


def faults(root: Element) -> tuple[str, ...]:
    """Return where a response breaks the grammar, with lines; nothing where it keeps to it."""
    grammar = _grammar()
    if grammar.validate(root):
        return ()
    return tuple(f"line {each.line}: {each.message}" for each in grammar.error_log)


@cache
def _grammar() -> etree.RelaxNG:
    return etree.RelaxNG(parse_xml(_source().encode()))


def _source() -> str:
    string, uri = _data("string"), _data("anyURI")
    stamp = _data("string", _UTC)
    spec = _data("string", f"{_NAME}(:{_NAME})*")
    prefix = _data("string", _NAME)
    header = _element(
        "header",
        _maybe(_attribute("status", _value("deleted"))),
        _element("identifier", uri),
        _element("datestamp", stamp),
        _many(_element("setSpec", spec)),
    )
    record = _element("record", header, _maybe('<ref name="metadata"/>'), _many('<ref name="about"/>'))
    token = _maybe(
        _element(
            "resumptionToken",
            _maybe(_attribute("expirationDate", _data("dateTime"))),
            _maybe(_attribute("completeListSize", _data("positiveInteger"))),
            _maybe(_attribute("cursor", _data("nonNegativeInteger"))),
            string,
        )
    )
    granularity = _choice(_value("YYYY-MM-DD"), _value("YYYY-MM-DDThh:mm:ssZ"))
    answers = (
        _some(_element("error", _attribute("code", _choice(*map(_value, _ERRORS.split()))), string)),
        _element(
            "Identify",
            _element("repositoryName", string),
            _element("baseURL", uri),
            _element("protocolVersion", _value("2.0")),
            _some(_element("adminEmail", _data("string", r"\S+@(\S+\.)+\S+"))),
            _element("earliestDatestamp", stamp),
            _element("deletedRecord", _choice(*map(_value, ("no", "persistent", "transient")))),
            _element("granularity", granularity),
            _many(_element("compression", string)),
            _many('<ref name="description"/>'),
        ),
        _element(
            "ListMetadataFormats",
            _some(
                _element(
                    "metadataFormat",
                    _element("metadataPrefix", prefix),
                    _element("schema", uri),
                    _element("metadataNamespace", uri),
                )
            ),
        ),
        _element(
            "ListSets",
            _some(
                _element(
                    "set",
                    _element("setSpec", spec),
                    _element("setName", string),
                    _many(_element("setDescription", '<ref name="described"/>')),
                )
            ),
            token,
        ),
        _element("GetRecord", record),
        _element("ListIdentifiers", _some(header), token),
        _element("ListRecords", _some(record), token),
    )
    echoed = (
        _attribute("verb", _choice(*map(_value, _VERBS.split()))),
        *(_attribute(name, string) for name in ("identifier", "from", "until", "resumptionToken")),
        _attribute("metadataPrefix", prefix),
        _attribute("set", spec),
    )
    root = _element(
        "OAI-PMH",
        _element("responseDate", _data("dateTime")),
        _element("request", *map(_maybe, echoed), uri),
        _choice(*answers),
    )
    strange = "".join(f"<nsName ns={_quoted(each)}/>" for each in _OURS)
    definitions = {
        "metadata": _element("metadata", _choice(_dublin_core(), '<ref name="strange"/>')),
        "about": _element("about", _choice(_provenance(), '<ref name="strange"/>')),
        "description": _element("description", '<ref name="described"/>'),
        "described": _choice(_oai_identifier(), _branding(), '<ref name="strange"/>'),
        "origin": _origin(),
        "strange": f"<element><anyName><except>{strange}</except></anyName><ref name='anything'/></element>",
        "anything": "<zeroOrMore><choice><attribute><anyName/></attribute><text/>"
        "<element><anyName/><ref name='anything'/></element></choice></zeroOrMore>",
        "located": f"<zeroOrMore><attribute><nsName ns={_quoted(XSI)}/></attribute></zeroOrMore>",
    }
    defined = "".join(f"<define name='{name}'>{pattern}</define>" for name, pattern in definitions.items())
    return (
        f"<grammar xmlns='http://relaxng.org/ns/structure/1.0' ns='{OAI}' "
        f"datatypeLibrary='http://www.w3.org/2001/XMLSchema-datatypes'><start>{root}</start>{defined}</grammar>"
    )


def _dublin_core() -> str:
    language = f"<optional><attribute name='lang' ns='{XML}'><text/></attribute></optional>"
    elements = (_element(name, language, "<text/>", ns=DC) for name in _DC.split())
    return _element("dc", _many(_choice(*elements)), ns=OAI_DC)


def _oai_identifier() -> str:
    ns, domain = OAI_IDENTIFIER, _data("string", _DOMAIN)
    sample = _data("string", rf"oai:{_DOMAIN}:[a-zA-Z0-9\-_.!~*'();/?:@&amp;=+$,%]+")
    return _element(
        "oai-identifier",
        _element("scheme", _value("oai"), ns=ns),
        _element("repositoryIdentifier", domain, ns=ns),
        _element("delimiter", _value(":"), ns=ns),
        _element("sampleIdentifier", sample, ns=ns),
        ns=ns,
    )


def _branding() -> str:
    ns, uri, string = OAI_BRANDING, _data("anyURI"), _data("string")
    size = _data("integer")
    icon = _element(
        "collectionIcon",
        _element("url", uri, ns=ns),
        _maybe(_element("link", uri, ns=ns)),
        _maybe(_element("title", string, ns=ns)),
        _maybe(_element("width", size, ns=ns)),
        _maybe(_element("height", size, ns=ns)),
        ns=ns,
    )
    told = (_attribute(name, _data("string")) for name in ("metadataNamespace", "mimeType"))
    rendering = _element("metadataRendering", *told, uri, ns=ns)
    return _element("branding", _maybe(icon), _many(rendering), ns=ns)


def _provenance() -> str:
    return _element("provenance", '<ref name="origin"/>', ns=OAI_PROVENANCE)


def _origin() -> str:
    ns, stamp = OAI_PROVENANCE, _data("string", _UTC)
    return _element(
        "originDescription",
        _attribute("harvestDate", stamp),
        _attribute("altered", _data("boolean")),
        _element("baseURL", _data("anyURI"), ns=ns),
        _element("identifier", _data("anyURI"), ns=ns),
        _element("datestamp", stamp, ns=ns),
        _element("metadataNamespace", _data("anyURI"), ns=ns),
        _maybe('<ref name="origin"/>'),
        ns=ns,
    )


def _element(name: str, *inside: str, ns: str = OAI) -> str:
    # Any element may say where its schema is, and which type it has (XML Schema, part 1, section 2.6).
    return f"<element name='{name}' ns='{ns}'><ref name='located'/>{''.join(inside)}</element>"


def _attribute(name: str, content: str) -> str:
    return f"<attribute name='{name}' ns=''>{content}</attribute>"


def _data(kind: str, pattern: str = "") -> str:
    return f"<data type='{kind}'>" + (f"<param name='pattern'>{pattern}</param>" if pattern else "") + "</data>"


def _value(text: str) -> str:
    return f"<value type='token'>{text}</value>"


def _maybe(pattern: str) -> str:
    return f"<optional>{pattern}</optional>"


def _many(pattern: str) -> str:
    return f"<zeroOrMore>{pattern}</zeroOrMore>"


def _some(pattern: str) -> str:
    return f"<oneOrMore>{pattern}</oneOrMore>"


def _choice(*patterns: str) -> str:
    return f"<choice>{''.join(patterns)}</choice>"


def _quoted(text: str) -> str:
    return f"'{text}'"
