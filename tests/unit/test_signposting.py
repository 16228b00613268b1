"""Signposts of landing pages, link sets, and the formats that links lead to."""

from __future__ import annotations

import json

import pytest

from harvesters.embedded_metadata import embedded_metadata, read_page
from harvesters.metadata_formats import format_of, recognised, self_contained
from harvesters.signposting import LINK_SET_JSON, LINK_SET_TEXT, described_by, facts, link_set, signposts
from node.errors import SyntaxRefused, Truncated
from node.harvest.protocols import Response
from node.syntax import parse_html, parse_json, parse_rdf, web_link

URL = "https://repo.example/data/1"


def response(body: bytes = b"", **headers: str) -> Response:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Response(status=200, body=body, headers=named, url=URL)


def test_links_of_header_and_elements_are_resolved_and_those_of_others_left_out() -> None:
    page = parse_html(b'<base href="/pages/"><link rel="describedby" href="1.ttl" type="text/turtle">')
    answer = response(
        link='<meta.xml>; rel="describedby"; type="application/xml", </x>; rel="item"; anchor="/other", '
        '</y>; rel="item"; anchor="#it", <mailto:a@b>; rel="author"'
    )

    found = [(link.rels[0], link.href) for link in signposts(answer, page)]

    assert found == [
        ("describedby", "https://repo.example/data/meta.xml"),
        ("item", "https://repo.example/y"),
        ("describedby", "https://repo.example/pages/1.ttl"),
    ]


def test_the_best_format_comes_first_and_the_preferred_one_before_it() -> None:
    links = [
        web_link("https://e.org/dc", "describedby", media_type="application/x-dc+xml"),
        web_link("https://e.org/ld", "describedby", media_type="application/ld+json", profile="https://schema.org"),
        web_link("https://e.org/dcite", "describedby", media_type="application/vnd.datacite.datacite+xml"),
        web_link("https://e.org/dcite", "describedby", media_type="text/html"),
        web_link("https://e.org/bib", "describedby", media_type="application/x-bibtex"),
        web_link("https://e.org/ttl", "item", media_type="text/turtle"),
    ]

    assert [each.format.prefix for each in described_by(links, "")] == ["oai_datacite", "schema_org", "oai_dc"]
    assert [each.format.prefix for each in described_by(links, "oai_dc")] == ["oai_dc", "oai_datacite", "schema_org"]


def test_a_link_set_is_read_in_both_forms() -> None:
    document = {
        "linkset": [
            {
                "anchor": URL + "/",
                "describedby": [{"href": "/m.ttl", "type": "text/turtle", "profile": ["https://p", "https://q"]}],
            },
            {"anchor": "https://repo.example/other", "describedby": [{"href": "/o.ttl", "type": "text/turtle"}]},
            "no object",
        ]
    }
    text = f'</m.ttl>\n ; rel="describedby"; type="text/turtle"; anchor="{URL}" ,\n</o.ttl>; rel=item; anchor="/other"'
    place = "https://repo.example/links/1"

    (of_json,) = link_set(json.dumps(document).encode(), LINK_SET_JSON, place, [URL])
    (of_text,) = link_set(text.encode(), LINK_SET_TEXT, place, [URL])

    assert (of_json.href, of_json.profiles) == ("https://repo.example/m.ttl", ("https://p", "https://q"))
    assert of_text.href == "https://repo.example/m.ttl"
    with pytest.raises(SyntaxRefused):
        link_set(b"[]", LINK_SET_JSON, place, [URL])


def test_signposts_alone_describe_a_research_object_only() -> None:
    links = [
        web_link("https://schema.org/Dataset", "type"),
        web_link("https://doi.org/10.5072/1", "cite-as"),
        web_link("https://orcid.org/0000-0002-1825-0097", "author"),
        web_link("https://repo.example/1.csv", "item", media_type="text/csv"),
    ]

    said = parse_json(facts(links, URL, "Its title") or b"")

    assert isinstance(said, dict)
    assert (said["@id"], said["name"]) == ("https://doi.org/10.5072/1", "Its title")
    assert said["distribution"] == [
        {"@type": "DataDownload", "contentUrl": "https://repo.example/1.csv", "encodingFormat": "text/csv"}
    ]
    assert facts([web_link("https://schema.org/AboutPage", "type")], URL, "") is None


# A crate of whose terms and classes nothing says whose they are, as some tools write it.
CRATE = (
    b'{"@context": [{"@vocab": "http://terms.example/"}], "@graph": ['
    b'{"@id": "./ro-crate-metadata.json", "@type": "CreativeWork", "about": {"@id": "./"}},'
    b'{"@id": "./", "@type": "Dataset", "name": "A crate"}]}'
)


@pytest.mark.parametrize(
    ("media_type", "body", "prefix"),
    [
        ("application/vnd.datacite.datacite+xml", b'<r xmlns="http://datacite.org/schema/kernel-4"/>', "oai_datacite"),
        ("application/xml", b'<r xmlns="http://datacite.org/schema/kernel-4"/>', "oai_datacite"),
        ("application/xml", b'<r xmlns="http://www.isotc211.org/2005/gmd"/>', "xml"),
        ("application/ld+json", b'{"@context": "https://schema.org"}', "schema_org"),
        ("application/ld+json", b'{"@context": {"dcat": "http://www.w3.org/ns/dcat#"}}', "dcat"),
        ("application/ld+json", b'{"@context": "https://other.example"}', None),
        ("application/ld+json", b'{"@context": "https://w3id.org/ro/crate/1.1/context"}', "rocrate"),
        ("application/ld+json", CRATE, "rocrate"),
        ("application/vnd.schemaorg.ld+json", CRATE, "rocrate"),
        (
            "application/ld+json",
            b'{"@context": "https://schema.org/", "url": "https://e.org/ro-crate/1"}',
            "schema_org",
        ),
        ("application/ld+json", b'{"@context": "https://other.example", "ro-crate": 1}', None),
        ("application/ld+json", b'{"@context": "https://w3id.org/ro/crate/1.1/context"', None),
        ("text/turtle", b"@prefix d: <http://www.w3.org/ns/dcat#> .", "dcat"),
        ("text/turtle", b"@prefix d: <http://example.org/> .", None),
        ("text/turtle", b"<!DOCTYPE html><html>", None),
        ("application/xml", b"Please log in", None),
    ],
)
def test_a_format_is_known_by_its_link_and_its_content(media_type: str, body: bytes, prefix: str | None) -> None:
    named = format_of(media_type)
    assert named is not None

    known = recognised(named, body, media_type)

    assert (known.prefix if known else None) == prefix


@pytest.mark.parametrize("media_type", ["application/ld+json", "application/json"])
def test_a_profile_tells_an_ro_crate_which_anything_else_under_it_is_not(media_type: str) -> None:
    named = format_of(media_type, ["https://w3id.org/ro/crate"])
    assert named is not None and named.prefix == "rocrate"

    known = recognised(named, CRATE, media_type)

    assert known is not None and known.prefix == "rocrate"
    assert recognised(named, b'{"@context": "https://schema.org/", "@type": "Dataset"}', media_type) is None
    assert format_of("application/json") is None


def test_a_document_that_is_kept_says_what_it_is_relative_to() -> None:
    dcat = b"@prefix dcat: <http://www.w3.org/ns/dcat#> . <> a dcat:Dataset ."
    xml = (
        b'<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><rdf:Description rdf:about="">'
        b'<a xmlns="http://e.org/">x</a></rdf:Description></rdf:RDF>'
    )
    json_ld = b'{"@context": {"e": "http://e.org/"}, "@id": "", "e:a": "x"}'

    for body, media_type in ((dcat, "text/turtle"), (xml, "application/rdf+xml"), (json_ld, "application/ld+json")):
        whole = self_contained(body, media_type, URL)
        subjects = {triple[0] for triple in parse_rdf(whole, media_type, base_iri="https://elsewhere.example/")}
        assert subjects == {URL}, media_type


def page(*scripts: object, ending: str = "</html>", **headers: str) -> Response:
    inside = "".join(
        f'<script type="application/ld+json">{text if isinstance(text, str) else json.dumps(text)}</script>'
        for text in scripts
    )
    return response(f"<html>{inside}{ending}".encode(), content_type="text/html", **headers)


CONTEXT = {"@context": "https://schema.org/"}


@pytest.mark.parametrize(
    ("documents", "kinds"),
    [
        ([{**CONTEXT, "@type": "Dataset"}], ["Dataset"]),
        ([{**CONTEXT, "@type": ["schema:Dataset", "Thing"]}], ["Dataset"]),
        ([{**CONTEXT, "@graph": [{"@type": "WebSite"}, {"@type": "http://schema.org/Dataset"}]}], ["Dataset"]),
        ([[{**CONTEXT, "@type": "Dataset"}]], ["Dataset"]),
        ([{**CONTEXT, "@type": "ItemPage", "mainEntity": {"@type": "DataCatalog"}}], ["DataCatalog"]),
        ([{**CONTEXT, "@type": "DataCatalog"}, {**CONTEXT, "@type": "Dataset"}], ["Dataset", "DataCatalog"]),
        ([{**CONTEXT, "@type": "Organization"}, "{broken"], []),
        ([{**CONTEXT, "@type": "Article", "about": {"@type": "Dataset"}}], []),
        ([{"@context": "https://other.example", "@type": "Dataset"}], []),
    ],
)
def test_what_a_page_embeds_about_a_research_object_is_found(documents: list[object], kinds: list[str]) -> None:
    found = embedded_metadata(read_page(page(*documents, content_length="1")).html)

    known = ("Dataset", "DataCatalog")
    assert [next(kind for kind in known if kind in each.kinds) for each in found] == kinds


def test_a_broken_description_is_told_and_any_other_broken_script_is_not() -> None:
    assert read_page(page('{"@type": "Dataset",}', content_length="1")).broken
    assert not read_page(page('{"@type": "BreadcrumbList",}', content_length="1")).broken


def test_half_a_page_is_no_page_where_nobody_tells_its_length() -> None:
    with pytest.raises(Truncated):
        read_page(page(CONTEXT, ending="<p>and th"))
    read_page(page(CONTEXT, ending="<p>and th", content_length="1"))
    read_page(page(CONTEXT, ending="</HTML>"))


def test_every_file_that_signposts_name_is_told() -> None:
    links = [web_link("https://schema.org/Dataset", "type")]
    links += [web_link(f"https://repo.example/{number}.csv", "item") for number in range(1500)]

    said = parse_json(facts(links, URL, "Its title") or b"")

    assert isinstance(said, dict) and isinstance(said["distribution"], list)
    assert len(said["distribution"]) == 1500
