"""Lists of many documents: Hydra and LDP paging, containers, catalogues within catalogues."""

from __future__ import annotations

import pytest

from tests.dcat_lists import names, pages_of, records_of, turtle
from tests.servers.dcat_catalogue import (
    SYNTAXES,
    Site,
    hydra_pages,
)
from tests.servers.scripted import Answer


@pytest.mark.parametrize("old", [False, True], ids=["PartialCollectionView", "PagedCollection"])
@pytest.mark.parametrize("media_type", SYNTAXES)
def test_hydra_pages_are_followed_in_any_syntax(media_type: str, old: bool) -> None:
    with Site() as site:
        site.documents.update(hydra_pages(site.url, 7, media_type=media_type, old=old))

        pages = pages_of(f"{site.url}/catalog")

    assert names(pages) == ["1", "2", "3", "4", "5", "6", "7"]
    assert [page.complete_list_size for page in pages] == [7, 7, 7, 7]
    assert [page.checkpoint.done for page in pages] == [False, False, False, True]
    assert site.asked == ["/catalog", "/catalog?page=2", "/catalog?page=3", "/catalog?page=4"]


def test_a_next_page_may_be_text_or_a_relative_address() -> None:
    with Site() as site:
        site.documents["/a/catalog"] = turtle(
            '<> a dcat:Catalog ; dcat:dataset <d/1> ; hydra:nextPage "catalog?page=2" . <d/1> dct:title "1" .'
        )
        site.documents["/a/catalog?page=2"] = turtle(
            '<catalog> a dcat:Catalog ; dcat:dataset <d/2> . <> hydra:next <?page=3> . <d/2> dct:title "2" .'
        )
        site.documents["/a/catalog?page=3"] = turtle(
            '<catalog> a dcat:Catalog ; dcat:dataset <d/3> . <d/3> dct:title "3" .'
        )

        pages = pages_of(f"{site.url}/a/catalog")

    assert names(pages) == ["1", "2", "3"]


def test_a_link_header_leads_to_the_next_page_once() -> None:
    with Site() as site:
        link = {"Link": f'<?page=2>; rel="next", <http://127.0.0.1:{site.url.rpartition(":")[2]}/help>; rel="help"'}
        site.documents["/ldp/"] = turtle(
            '<> a dcat:Catalog ; dcat:dataset <1> ; hydra:next <?page=2> . <1> dct:title "1" .', headers=link
        )
        site.documents["/ldp/?page=2"] = turtle('<> a dcat:Catalog ; dcat:dataset <2> . <2> dct:title "2" .')

        pages = pages_of(f"{site.url}/ldp/")

    assert names(pages) == ["1", "2"]
    assert site.asked == ["/ldp/", "/ldp/?page=2"]


def test_a_collection_may_begin_on_a_page_of_its_own() -> None:
    with Site() as site:
        site.documents["/"] = turtle("<> a hydra:Collection ; hydra:view [ hydra:first <?page=1> ] .")
        site.documents["/?page=1"] = turtle(
            "<> hydra:first <> ; hydra:next <?page=2> . </> a dcat:Catalog ; dcat:dataset <1> . <1> dct:title '1' ."
        )
        site.documents["/?page=2"] = turtle("<> hydra:first </?page=1> . </> a hydra:Collection .")

        pages = pages_of(f"{site.url}/")

    assert names(pages) == ["1"]
    assert site.asked == ["/", "/?page=1", "/?page=2"]


def test_catalogue_records_list_what_they_are_about() -> None:
    with Site() as site:
        site.documents["/"] = turtle(
            "<> a dcat:Catalog ; dcat:record <#r0>, <#r1>, <#r2> . <#r0> a dcat:CatalogRecord ; foaf:primaryTopic <> ."
            "<#r1> a dcat:CatalogRecord ; foaf:primaryTopic <d/1> . <#r2> a dcat:CatalogRecord ;"
            " foaf:primaryTopic <d/2> . <d/1> dct:title '1' ."
        )
        site.documents["/d/2"] = turtle("<> a dcat:Dataset ; dct:title '2' .")

        pages = pages_of(f"{site.url}/")

    assert names(pages) == ["1", "2"]
    assert all(record.metadata for record in records_of(pages))


def test_members_of_a_collection_are_read_where_they_are() -> None:
    with Site() as site:
        site.documents["/"] = turtle(
            "<> a hydra:Collection ; hydra:totalItems 3 ; hydra:member <d/1>, <d/2>, <d/3> ."
            '<d/1> a dcat:Dataset ; dct:title "1" .'
        )
        site.documents["/d/2"] = turtle('<> a dcat:Dataset ; dct:title "2" .')
        site.documents["/d/3"] = turtle('<> a dcat:Dataset ; dct:title "3" .')

        pages = pages_of(f"{site.url}/")

    assert names(pages) == ["1", "2", "3"]


def test_members_of_a_plain_container_are_datasets_catalogues_or_other_things() -> None:
    with Site() as site:
        site.documents["/"] = turtle(
            "<> a ldp:BasicContainer ; ldp:contains <d1>, <c1/>, <logo.png>, <gone>, <broken> ."
        )
        site.documents["/d1"] = turtle('<> a dcat:Dataset ; dct:title "1" .')
        site.documents["/c1/"] = turtle('<> a dcat:Catalog ; dcat:dataset <d2> . <d2> dct:title "2" .')
        site.documents["/logo.png"] = Answer(b"\x89PNG\r\n", 200, {"Content-Type": "image/png"})
        site.documents["/broken"] = turtle('<> a dcat:Dataset ; dct:title "3')

        pages = pages_of(f"{site.url}/")

    assert names(pages) == ["d1", "d2", "gone", "broken"]
    lost = [record for record in records_of(pages) if record.metadata is None]
    assert [record.header.identifier.rpartition("/")[2] for record in lost] == ["gone", "broken"]
    assert all(record.findings[0].code == "harvest.not-described" for record in lost)
    assert [finding.code for page in pages for finding in page.findings] == ["harvest.not-described"], "the picture"


def test_catalogues_within_catalogues_are_walked_once_each() -> None:
    with Site() as site:
        site.documents["/"] = turtle(
            "<> a dcat:Catalog ; dcat:catalog <a> ; dct:hasPart <b> ; dcat:dataset <d/0> . <d/0> dct:title '0' ."
        )
        site.documents["/a"] = turtle(
            "<> a dcat:Catalog ; dcat:catalog <b>, </> ; dcat:dataset <d/1> . <d/1> dct:title '1' ."
        )
        site.documents["/b"] = turtle(
            "<> a dcat:Catalog ; dcat:catalog <a> ; dcat:dataset <d/2>, <d/1> . <d/2> dct:title '2' ."
        )

        pages = pages_of(f"{site.url}/")

    assert names(pages) == ["0", "1", "2"]
    assert site.asked == ["/", "/a", "/b"]


def test_a_dataset_listed_twice_is_asked_for_once() -> None:
    with Site() as site:
        site.documents["/"] = turtle("<> a dcat:Catalog ; dcat:catalog <a>, <b> .")
        site.documents["/a"] = turtle("<> a dcat:Catalog ; dcat:dataset <d/1> .")
        site.documents["/b"] = turtle("<> a dcat:Catalog ; dcat:dataset <d/1>, <d/1> .")
        site.documents["/d/1"] = turtle('<> a dcat:Dataset ; dct:title "1" .')

        pages = pages_of(f"{site.url}/")

    assert names(pages) == ["1"]
    assert site.asked.count("/d/1") == 1


def test_datasets_that_share_a_document_are_all_listed() -> None:
    with Site() as site:
        site.documents["/"] = turtle("<> a dcat:Catalog ; dcat:dataset <d#1>, <d#2> .")
        site.documents["/d"] = turtle('<#1> a dcat:Dataset ; dct:title "1" . <#2> a dcat:Dataset ; dct:title "2" .')

        pages = pages_of(f"{site.url}/")

    assert names(pages) == ["d#1", "d#2"]
    assert all(record.metadata for record in records_of(pages))


def test_a_dataset_only_mentioned_on_a_later_page_does_not_take_the_place_of_its_description() -> None:
    with Site() as site:
        site.documents["/"] = turtle(
            "<> a dcat:Catalog ; dcat:dataset <d/1> ; hydra:next <?page=2> . "
            "<d/1> a dcat:Dataset ; dct:title 'One' ; dct:description 'In full' ."
        )
        site.documents["/?page=2"] = turtle(
            "</> a dcat:Catalog ; dcat:dataset <d/2> . <d/2> a dcat:Dataset ; dct:title 'Two' ; dct:relation <d/1> ."
            "<d/1> a dcat:Dataset ; dct:title 'One' ."
        )

        pages = pages_of(f"{site.url}/")

    assert names(pages) == ["1", "2"]
    assert b"In full" in (records_of(pages)[0].metadata or b"")


def test_redirects_lead_to_the_catalogue_and_its_datasets() -> None:
    with Site() as site:
        site.documents["/old"] = Answer(b"", 301, {"Location": "/new/"})
        site.documents["/new/"] = turtle("<> a dcat:Catalog ; dcat:dataset <1> .")
        site.documents["/new/1"] = Answer(b"", 303, {"Location": "/new/1.ttl"})
        site.documents["/new/1.ttl"] = turtle('<1> a dcat:Dataset ; dct:title "1" .')

        pages = pages_of(f"{site.url}/old")

    (record,) = records_of(pages)
    assert record.header.identifier == f"{site.url}/new/1"
    assert record.metadata is not None
