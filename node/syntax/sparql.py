"""What all who read a query read in the same way: terminals of SPARQL 1.1, and IRIs against a base.

https://www.w3.org/TR/sparql11-query/#sparqlGrammar (section 19.8).
"""

from __future__ import annotations

from urllib.parse import urljoin

TERMINALS = r"""
      (?P<space>[\x20\t\r\n]++)
    | (?P<comment>\#[^\r\n]*+)
    | (?P<iri><(?:[^<>"{}|^`\\\x00-\x20]|\\u[0-9A-Fa-f]{4}|\\U[0-9A-Fa-f]{8})*+>)
    | (?P<string>\"{3}(?:[^"\\]|\\.|"(?!""))*+\"{3} | '{3}(?:[^'\\]|\\.|'(?!''))*+'{3}
                |(?!"{3})"(?:[^"\\\r\n]|\\.)*+" | (?!'{3})'(?:[^'\\\r\n]|\\.)*+')
    | (?P<var>[?$]\w++)
    | (?P<lang>@[A-Za-z]++(?:-[A-Za-z0-9]++)*+)
"""
"""The first alternatives of a pattern of tokens, for `re.VERBOSE | re.DOTALL`; what follows begins with `|`."""


def resolved(base: str, iri: str) -> str:
    """Return an IRI in full (section 4.1.1.2).

    Args:
        base: absolute; empty where the query has none, and the IRI stays as it is.
        iri: without brackets, its escapes resolved.
    """
    if not base:
        return iri
    name = urljoin(base, iri)
    # An empty query or fragment, which `urljoin` leaves out.
    return name + iri[-1] if iri[-1:] in ("#", "?") and not name.endswith(iri[-1]) else name
