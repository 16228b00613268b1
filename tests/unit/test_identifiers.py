"""Identifiers in every spelling, and the one that is written."""

from __future__ import annotations

import string

import pyoxigraph
import pytest
from hypothesis import given
from hypothesis import strategies as st

from node.model.rdf import Iri
from node.terms import identifiers

READERS = (
    identifiers.iri,
    identifiers.doi,
    identifiers.handle,
    lambda text: identifiers.handle(text, bare=True),
    identifiers.orcid,
    identifiers.isni,
    identifiers.ror,
    identifiers.wikidata,
    identifiers.ark,
    identifiers.urn_nbn,
    lambda text: identifiers.resolve(None, text),
    lambda text: identifiers.agent(None, text),
)
# Texts that look like identifiers find more than noise does.
NEAR = st.builds(
    "".join,
    st.tuples(
        st.sampled_from(
            ["", "doi:", "DOI ", "https://doi.org/", "http://dx.doi.org/", "hdl:", "https://hdl.handle.net/", "ark:/",
             "urn:", "urn:nbn:de:", "http://", "https://orcid.org/", "info:", "https://n2t.net/ark:",
             "arXiv:", "https://raid.org/"]
        ),
        st.sampled_from(
            ["", "10.1234/", "10.5281/zenodo.", "11234/1-", "12148/", "example.org/", "eu-repo/", "2101.0"]
        ),
        st.text(st.sampled_from(string.ascii_letters + string.digits + "%/#?<>[]() .;:@ü€\u200b\n\ud800"), max_size=20),
    ),
)  # fmt: skip


@pytest.mark.parametrize(
    ("text", "iri"),
    [
        ("10.5281/ZENODO.123", "https://doi.org/10.5281/zenodo.123"),
        ("doi:10.5281/zenodo.123", "https://doi.org/10.5281/zenodo.123"),
        ("DOI: 10.5281/zenodo.123.", "https://doi.org/10.5281/zenodo.123"),
        ("http://dx.doi.org/10.5281/zenodo.123", "https://doi.org/10.5281/zenodo.123"),
        ("https://www.doi.org/10.5281/zenodo.123?x=y", "https://doi.org/10.5281/zenodo.123"),
        ("urn:doi:10.5281/zenodo.123", "https://doi.org/10.5281/zenodo.123"),
        ("info:doi/10.5281/zenodo.123", "https://doi.org/10.5281/zenodo.123"),
        ("doi:https://doi.org/10.5281/zenodo.123", "https://doi.org/10.5281/zenodo.123"),
        ("(10.1000/a(b)c)", None),
        ("10.1000/a(b))", "https://doi.org/10.1000/a(b)"),
        ("10.1002/(SICI)1<1::AID>3.0.CO;2-1", "https://doi.org/10.1002/(sici)1%3C1::aid%3E3.0.co;2-1"),
        ("https://doi.org/10.1002/(SICI)1%3C1::AID%3E3.0.CO;2-1", "https://doi.org/10.1002/(sici)1%3C1::aid%3E3.0.co;2-1"),
        ("10.12/too-short-a-prefix", None),
        ("10.1234/", None),
        ("11.1234/x", None),
        ("10.1234/a b", None),
        ("", None),
    ],
)  # fmt: skip
def test_a_doi_is_written_one_way(text: str, iri: str | None) -> None:
    assert identifiers.doi(text) == iri


@pytest.mark.parametrize(
    ("text", "iri"),
    [
        ("hdl:11234/1-1508", "https://hdl.handle.net/11234/1-1508"),
        ("http://hdl.handle.net/20.500.12345/aB", "https://hdl.handle.net/20.500.12345/aB"),
        ("info:hdl/1721.1/2", "https://hdl.handle.net/1721.1/2"),
        ("11234/1-1508", None),
        ("2001/2003", None),
    ],
)
def test_a_handle_needs_its_mark(text: str, iri: str | None) -> None:
    assert identifiers.handle(text) == iri


def test_a_bare_handle_is_read_where_the_source_says_it_is_one() -> None:
    assert identifiers.handle("11234/1-1508", bare=True) == "https://hdl.handle.net/11234/1-1508"
    assert identifiers.resolve("Handle", "11234/1-1508") == "https://hdl.handle.net/11234/1-1508"
    assert identifiers.resolve(None, "11234/1-1508") is None


@pytest.mark.parametrize(
    ("text", "iri"),
    [
        ("0000-0002-1825-0097", "https://orcid.org/0000-0002-1825-0097"),
        ("0000000218250097", "https://orcid.org/0000-0002-1825-0097"),
        ("http://www.orcid.org/0000-0002-1694-233x", "https://orcid.org/0000-0002-1694-233X"),
        ("ORCID: 0000-0002-1825-0097", "https://orcid.org/0000-0002-1825-0097"),
        ("0000-0002-1825-0098", None),
        ("0000 0001 2103 2683", None),
        ("0000000121032683", None),
        ("https://orcid.org/", None),
    ],
)
def test_an_orcid_is_checked_by_its_digit_and_its_block(text: str, iri: str | None) -> None:
    assert identifiers.orcid(text) == iri


@pytest.mark.parametrize(
    ("text", "iri"),
    [
        ("https://ror.org/03yrm5c26", "https://ror.org/03yrm5c26"),
        ("ROR.org/02MHBDP94", "https://ror.org/02mhbdp94"),
        ("03yrm5c27", None),
        ("03yrm5c2\u017f", None),
    ],
)
def test_a_ror_is_checked_by_its_sum(text: str, iri: str | None) -> None:
    assert identifiers.ror(text) == iri


def test_isni_wikidata_ark_and_nbn_have_one_spelling() -> None:
    assert identifiers.isni("ISNI 0000 0001 2103 2683") == "https://isni.org/isni/0000000121032683"
    assert identifiers.isni("0000 0001 2103 2684") is None
    assert identifiers.wikidata("https://www.wikidata.org/wiki/Q42") == "http://www.wikidata.org/entity/Q42"
    assert identifiers.ark("https://gallica.bnf.fr/ark:/12148/btv1b") == "https://n2t.net/ark:/12148/btv1b"
    assert identifiers.urn_nbn("http://nbn-resolving.org/URN:NBN:DE:bsz:1") == "urn:nbn:de:bsz:1"


@pytest.mark.parametrize(
    ("scheme", "text", "iri"),
    [
        ("DOI", "10.1000/X", "https://doi.org/10.1000/x"),
        ("URL", "https://doi.org/10.1000/X", "https://doi.org/10.1000/x"),
        ("URL", "http://example.org/a b", "http://example.org/a%20b"),
        ("ARK", "ark:/12148/btv1b8449691v", "https://n2t.net/ark:/12148/btv1b8449691v"),
        ("URN", "urn:nbn:de:kobv:11-1", "urn:nbn:de:kobv:11-1"),
        ("arXiv", "arXiv:2101.00001", "https://arxiv.org/abs/2101.00001"),
        (None, "arXiv:2101.00001", "https://arxiv.org/abs/2101.00001"),
        ("ISBN", "978-3-16-148410-0", "urn:isbn:9783161484100"),
        ("ISBN", "978-3-16-148410-1", None),
        ("EISSN", "0317-8471", "urn:issn:0317-8471"),
        ("ISSN", "0317-8472", None),
        ("PMID", "12345", "https://pubmed.ncbi.nlm.nih.gov/12345"),
        ("LSID", "urn:lsid:ubio.org:namebank:11815", "urn:lsid:ubio.org:namebank:11815"),
        ("IGSN", "AU1243", "https://hdl.handle.net/10273/AU1243"),
        ("RAiD", "10.82841/abc", "https://raid.org/10.82841/abc"),
        ("RAiD", "https://raid.org/10.82841/abc", "https://raid.org/10.82841/abc"),
        ("bibcode", "2018AGUFM.A24K..07S", "https://ui.adsabs.harvard.edu/abs/2018AGUFM.A24K..07S"),
        ("Crossref Funder ID", "501100000780", "https://doi.org/10.13039/501100000780"),
        ("URL", "javascript:alert(1)", None),
        ("DOI", "see the article", None),
        ("UPC", "123", None),
    ],
)
def test_any_scheme_resolves_to_an_iri(scheme: str | None, text: str, iri: str | None) -> None:
    assert identifiers.resolve(scheme, text) == iri


@pytest.mark.parametrize(
    ("scheme", "text", "iri"),
    [
        ("ORCID", "0000-0002-1825-0097", "https://orcid.org/0000-0002-1825-0097"),
        ("https://orcid.org/", "0000-0002-1825-0097", "https://orcid.org/0000-0002-1825-0097"),
        (None, "0000-0002-1825-0097", "https://orcid.org/0000-0002-1825-0097"),
        ("", "https://ror.org/03yrm5c26", "https://ror.org/03yrm5c26"),
        ("https://d-nb.info/gnd/", "118540238", "https://d-nb.info/gnd/118540238"),
        ("ISNI", "0000 0001 2103 2683", "https://isni.org/isni/0000000121032683"),
        (None, "http://viaf.org/viaf/75121530", "http://viaf.org/viaf/75121530"),
        ("GRID", "grid.7605.4", None),
        ("ORCID", "0000-0002-1825-0098", None),
        (None, "https://example.org/people/1", None),
    ],
)
def test_an_agent_is_named_by_a_scheme_that_names_agents(scheme: str | None, text: str, iri: str | None) -> None:
    assert identifiers.agent(scheme, text) == iri


@pytest.mark.parametrize(
    ("text", "iri"),
    [
        ("HTTP://EXAMPLE.org:80/Ü", "http://example.org:80/%C3%9C"),
        ("https://münchen.example/x#a#b", "https://xn--mnchen-3ya.example/x#a%23b"),
        ("http://a.example/[x]?q=<y>", "http://a.example/%5Bx%5D?q=%3Cy%3E"),
        ("http://x.example/%zz%20", "http://x.example/%25zz%20"),
        ("http://[::1]:8080/", "http://[::1]:8080/"),
        ("<http://a.example/>", "http://a.example/"),
        ("urn:ISBN:1", "urn:isbn:1"),
        ("info:eu-repo/grantAgreement/EC/H2020/1", "info:eu-repo/grantAgreement/EC/H2020/1"),
        ("http://user:secret@host.example/", None),
        ("http://a.example/1 http://b.example/2", None),
        ("http://a.example:99999/", None),
        ("http://exa mple.org/", None),
        ("http://", None),
        ("Title: subtitle", None),
        ("javascript:alert(1)", None),
        ("data:text/html,x", None),
        ("file:///etc/passwd", None),
        ("//example.org/", None),
        ("http://a.example/" + "x" * 5000, None),
    ],
)
def test_an_iri_is_absolute_safe_and_plain(text: str, iri: str | None) -> None:
    assert identifiers.iri(text) == iri


@pytest.mark.parametrize(
    ("iri", "scheme", "is_persistent"),
    [
        ("https://doi.org/10.1000/1", "DOI", True),
        ("https://hdl.handle.net/1/2", "Handle", True),
        ("https://n2t.net/ark:/12148/1", "ARK", True),
        ("urn:nbn:de:1", "URN", True),
        ("urn:isbn:9783161484100", "ISBN", True),
        ("https://arxiv.org/abs/2101.00001", "arXiv", True),
        ("http://purl.org/dc/terms/", "PURL", True),
        ("https://w3id.org/x", "w3id", True),
        ("https://orcid.org/0000-0002-1825-0097", "URL", True),
        ("https://example.org/", "URL", False),
        ("", "URL", False),
    ],
)
def test_the_scheme_of_an_iri_says_whether_it_persists(iri: str, scheme: str, is_persistent: bool) -> None:
    assert identifiers.scheme(iri) == scheme
    assert identifiers.is_persistent(iri) == is_persistent


@given(st.one_of(st.text(), NEAR))
def test_every_reader_answers_every_text_with_a_legal_iri_that_it_reads_again(text: str) -> None:
    for read in READERS:
        found = read(text)

        if found is not None:
            assert isinstance(found, Iri)
            assert found.isascii()
            assert pyoxigraph.NamedNode(found).value == found
            assert read(found) == found


@given(st.sampled_from(["DOI", "ISBN", "ISSN", "arXiv", "PMID", "GND", "RAiD", "IGSN", "bibcode", "?", ""]), NEAR)
def test_resolving_is_total_and_legal_whatever_the_scheme(scheme: str, text: str) -> None:
    for found in (identifiers.resolve(scheme, text), identifiers.agent(scheme, text)):
        assert found is None or pyoxigraph.NamedNode(found).value == found
