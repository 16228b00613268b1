"""Reads one attack with a gigabyte of memory, and says on one line of JSON what became of it."""

from __future__ import annotations

import json
import resource
import sys
import time

LIMIT = 2**30


def main(name: str) -> None:
    resource.setrlimit(resource.RLIMIT_AS, (LIMIT, LIMIT))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    from node.errors import FairnodeError
    from tests.faults.attacks import ATTACKS

    attack = ATTACKS[name]
    document = attack.make()
    begun = time.perf_counter()
    try:
        said = _read(attack.reader, document)
        outcome = {"read": said[:200]}
    except FairnodeError as error:
        outcome = {"refused": error.message[:500], "code": error.code}
    print(json.dumps({**outcome, "seconds": time.perf_counter() - begun}))


def _read(reader: str, document: bytes) -> str:
    """Return some of what a document says."""
    from lxml import etree

    from node.harvest.inflate import Inflater, inflated
    from node.syntax import parse_html, parse_json, parse_link_header, parse_xml
    from node.syntax.quads import parse_quads

    if reader == "xml":
        return etree.tostring(parse_xml(document))[:200].decode()
    if reader == "json":
        return repr(parse_json(document))[:200]
    if reader == "html":
        return parse_html(document).title
    if reader == "links":
        return str(len(parse_link_header(document.decode())))
    if reader == "gzip":
        return str(len(inflated(document)))
    if "/" not in reader:
        inflater = Inflater(reader, 64 * 2**20, 200)
        return str(sum(len(each) for start in range(0, len(document), 65536)
                       for each in inflater.feed(document[start : start + 65536])))  # fmt: skip
    return repr(parse_quads(document, reader, base_iri="http://base/")[:2])[:200]


if __name__ == "__main__":
    main(sys.argv[1])
