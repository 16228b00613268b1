"""The gate for foreign bytes: hardened XML, RDF and JSON in, RDF out. Nothing foreign is parsed anywhere else."""

from node.syntax.html import HtmlPage, parse_html
from node.syntax.json import JsonValue, parse_json
from node.syntax.links import WebLink, parse_link_header, web_link
from node.syntax.ntriples import from_ntriples, to_lines, to_ntriples
from node.syntax.rdf import parse_rdf, write_rdf
from node.syntax.rdf_xml import refuse_doctype
from node.syntax.uris import uri_text
from node.syntax.xml import element_bytes, parse_xml, refuse_crowded, xml_text

__all__ = [
    "HtmlPage",
    "JsonValue",
    "WebLink",
    "element_bytes",
    "from_ntriples",
    "parse_html",
    "parse_json",
    "parse_link_header",
    "parse_rdf",
    "parse_xml",
    "refuse_crowded",
    "refuse_doctype",
    "to_lines",
    "to_ntriples",
    "uri_text",
    "web_link",
    "write_rdf",
    "xml_text",
]
