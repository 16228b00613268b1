"""The links of a record's page: what stands in headers, and what only in the link set."""

from __future__ import annotations

import json

from node.exposition import signposting
from node.model.rdf import Iri, Triple
from node.namespaces import RDF_TYPE, expand

PAGE, SUBJECT = "https://node.example/dataset/a", Iri("https://doi.org/10.5072/1")


def links(authors: int, files: int) -> tuple[signposting.Link, ...]:
    said: list[Triple] = [(SUBJECT, RDF_TYPE, expand("dcat:Dataset"))]
    for number in range(authors):
        said.append((SUBJECT, expand("dct:creator"), Iri(f"https://orcid.org/0000-0000-0000-{number:04}")))
    said.append((SUBJECT, expand("dct:creator"), Iri(f"{PAGE}#creator-1")))
    for number in range(files):
        way = Iri(f"{PAGE}#{number}")
        said.append((SUBJECT, expand("dcat:distribution"), way))
        said.append((way, expand("dcat:downloadURL"), Iri(f"https://repository.example/files/{number}")))
    metadata = {f"{PAGE}.{end}": "text/turtle" for end in ("ttl", "nt")}
    return signposting.record_links(PAGE, SUBJECT, said, metadata=metadata, policy=f"{PAGE}/p", catalog=f"{PAGE}/c")


def test_headers_stay_within_what_proxies_take_and_the_link_set_has_it_all() -> None:
    every = links(authors=500, files=500)

    header = signposting.header(every, PAGE, {f"{PAGE}/linkset.json": signposting.LINKSET["json"]})
    (of_page, *_) = json.loads(signposting.as_json(every))["linkset"]

    assert len(header) < 3000 and "https://orcid.org/0000-0000-0000-0000" in header and "/files/0>" in header
    for rel in ("cite-as", "type", "describedby", "linkset"):
        assert f'rel="{rel}"' in header
    assert (len(of_page["author"]), len(of_page["item"])) == (500, 500)


def test_who_has_no_name_of_their_own_is_no_link() -> None:
    assert not [link for link in links(authors=0, files=0) if link.rel == "author"]


def test_a_description_leads_to_its_page() -> None:
    header = signposting.header(links(authors=1, files=1), f"{PAGE}.ttl", {})

    assert header == f'<{PAGE}>; rel="describes"; type="text/html"'
