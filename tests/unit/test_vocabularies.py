"""Spellings that repositories send, and the terms they mean."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from node.model.rdf import Iri
from node.terms import vocabularies

EU = "http://publications.europa.eu/resource/authority/"
COAR = "http://purl.org/coar/resource_type/"
IANA = "https://www.iana.org/assignments/media-types/"
READERS = (
    vocabularies.language,
    vocabularies.license,
    vocabularies.access_right,
    vocabularies.media_type,
    vocabularies.file_type,
    vocabularies.theme,
    vocabularies.frequency,
    vocabularies.resource_type,
)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("English", "ENG"),
        ("en", "ENG"),
        ("eng", "ENG"),
        ("en-GB", "ENG"),
        ("en_US", "ENG"),
        ("English (United States)", "ENG"),
        ("Deutsch", "DEU"),
        ("ger", "DEU"),
        ("deu", "DEU"),
        ("fre", "FRA"),
        ("français", "FRA"),
        ("franc\u0327ais", "FRA"),
        ("Spanish, Castilian", "SPA"),
        ("zh-Hant-TW", "ZHO"),
        ("Old English", "ANG"),
        ("http://lexvo.org/id/iso639-3/slk", "SLK"),
        (EU + "language/FIN", "FIN"),
    ],
)
def test_a_language_is_known_by_its_codes_and_names(text: str, code: str) -> None:
    assert vocabularies.language(text) == EU + "language/" + code


@pytest.mark.parametrize(
    "text", ["", " ", "xx", "not a language", "en/de", "en de", "en;de", "x-klingon", "x" * 10_000]
)
def test_what_is_no_language_is_none(text: str) -> None:
    assert vocabularies.language(text) is None


@pytest.mark.parametrize(
    ("language", "code"),
    [(EU + "language/DEU", "de"), (EU + "language/ANG", "ang"), ("ger", "de"), ("en-GB", "en"), ("nonsense!", None)],
)
def test_a_language_is_written_with_its_shortest_code(language: str, code: str | None) -> None:
    assert vocabularies.language_code(language) == code


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("CC BY", "CC_BY_4_0"),
        ("CC-BY 4.0", "CC_BY_4_0"),
        ("cc_by_4.0", "CC_BY_4_0"),
        ("Creative Commons Attribution 4.0 International", "CC_BY_4_0"),
        ("Creative Commons Attribution 4.0 International (CC BY 4.0)", "CC_BY_4_0"),
        ("Licensed under CC BY 4.0", "CC_BY_4_0"),
        ("https://creativecommons.org/licenses/by/4.0/legalcode", "CC_BY_4_0"),
        ("http://creativecommons.org/licenses/by/4.0", "CC_BY_4_0"),
        ("http://www.creativecommons.org/licenses/by/4.0/deed.de", "CC_BY_4_0"),
        ("https://spdx.org/licenses/CC-BY-4.0.html", "CC_BY_4_0"),
        (EU + "licence/CC_BY_4_0", "CC_BY_4_0"),
        (EU + "licence/CC_BY", "CC_BY_4_0"),
        ("https://creativecommons.org/licenses/by-nc-nd/4.0/", "CC_BYNCND_4_0"),
        ("Creative Commons Attribution Non Commercial 4.0 International", "CC_BYNC_4_0"),
        ("https://creativecommons.org/licenses/by/3.0/at/", "CC_BY_3_0_AT"),
        ("cc0", "CC0"),
        ("CC0 Waiver", "CC0"),
        ("License: http://creativecommons.org/publicdomain/zero/1.0", "CC0"),
        ("domaine public", "CC_PDM_1_0"),
        ("MIT License", "MIT"),
        ("https://opensource.org/licenses/MIT", "MIT"),
        ("https://opensource.org/license/mit/", "MIT"),
        ("http://www.apache.org/licenses/LICENSE-2.0", "APACHE_2_0"),
        ("https://www.gnu.org/licenses/gpl-3.0.en.html", "GPL_3_0"),
        ("ODbL-1.0", "ODC_BL"),
        ("https://opendefinition.org/licenses/odc-odbl", "ODC_BL"),
        ("etalab-2.0", "ETALAB_2_0"),
        ("dl-de/by-2-0", "DLDE_BY_2_0"),
    ],
)
def test_a_license_is_the_eus_where_the_eu_has_it(text: str, code: str) -> None:
    assert vocabularies.license(text) == EU + "licence/" + code


@pytest.mark.parametrize(
    ("text", "iri"),
    [
        ("CC BY 1.0", "https://creativecommons.org/licenses/by/1.0/"),
        ("http://creativecommons.org/licenses/by/3.0/de/legalcode", "https://creativecommons.org/licenses/by/3.0/de/"),
        ("GFDL-1.2-only", "https://spdx.org/licenses/GFDL-1.2-only"),
    ],
)
def test_a_license_the_eu_lacks_is_named_by_its_own_address(text: str, iri: str) -> None:
    assert vocabularies.license(text) == iri


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Other (Open)",
        "All rights reserved",
        "https://creativecommons.org/licenses/foo/4.0/",
        "https://creativecommons.org/licenses/by/4.0/de/",
        "https://example.org/by/4.0/",
        "https://creativecommons.org/",
        "not CC BY 4.0",
    ],
)
def test_what_names_no_license_is_none(text: str) -> None:
    assert vocabularies.license(text) is None


def test_a_license_is_written_with_its_page_and_its_spdx_identifier() -> None:
    cc_by = EU + "licence/CC_BY_4_0"

    assert vocabularies.license_url(cc_by) == "https://creativecommons.org/licenses/by/4.0/"
    assert vocabularies.spdx_id(cc_by) == "CC-BY-4.0"
    assert vocabularies.is_known_license(cc_by)
    assert not vocabularies.is_known_license("http://creativecommons.org/licenses/by/4.0/")
    assert not vocabularies.is_known_license("https://example.org/license")


@pytest.mark.parametrize(
    ("text", "code", "term"),
    [
        ("info:eu-repo/semantics/openAccess", "PUBLIC", "openAccess"),
        ("Open Access", "PUBLIC", "openAccess"),
        ("http://purl.org/coar/access_right/c_abf2", "PUBLIC", "openAccess"),
        ("info:eu-repo/semantics/embargoedAccess", "RESTRICTED", "restrictedAccess"),
        ("http://purl.org/coar/access_right/c_f1cf", "RESTRICTED", "restrictedAccess"),
        ("https://purl.org/coar/access_right/c_16ec/", "RESTRICTED", "restrictedAccess"),
        ("restricted", "RESTRICTED", "restrictedAccess"),
        ("On-site", "RESTRICTED", "restrictedAccess"),
        ("info:eu-repo/semantics/closedAccess", "NON_PUBLIC", "closedAccess"),
        ("http://purl.org/coar/access_right/c_14cb", "NON_PUBLIC", "closedAccess"),
        ("CONFIDENTIAL", "CONFIDENTIAL", "closedAccess"),
    ],
)
def test_an_access_right_is_known_by_every_vocabulary_in_use(text: str, code: str, term: str) -> None:
    found = vocabularies.access_right(text)

    assert found == EU + "access-right/" + code
    assert vocabularies.access_right_term(found) == "info:eu-repo/semantics/" + term
    assert vocabularies.claims_open_access(text) == (code == "PUBLIC")


@pytest.mark.parametrize("text", ["", "not open access", "open access after 2030", "CC BY 4.0"])
def test_what_is_no_plain_access_right_claims_nothing(text: str) -> None:
    assert vocabularies.access_right(text) is None
    assert not vocabularies.claims_open_access(text)


@pytest.mark.parametrize(
    ("text", "media_type", "file_type"),
    [
        ("CSV", "text/csv", "CSV"),
        ("text/csv", "text/csv", "CSV"),
        ("text/plain; charset=US-ASCII", "text/plain", "TXT"),
        (".zip", "application/zip", "ZIP"),
        ("application/x-zip-compressed", "application/zip", "ZIP"),
        ("image/jpg", "image/jpeg", "JPEG"),
        ("Application/PDF", "application/pdf", "PDF"),
        ("DOC", "application/msword", "DOC"),
        ("text/xml", "text/xml", "XML"),
        ("NetCDF", None, "NETCDF"),
        ("application/x-netcdf", None, "NETCDF"),
        ("application/x-stata", None, "STATA_DTA"),
        (IANA + "text/csv", "text/csv", "CSV"),
        ("DAT", None, None),
        ("", None, None),
    ],
)
def test_a_format_is_a_registered_media_type_and_an_eu_file_type(
    text: str, media_type: str | None, file_type: str | None
) -> None:
    assert vocabularies.media_type(text) == (IANA + media_type if media_type else None)
    assert vocabularies.file_type(text) == (EU + "file-type/" + file_type if file_type else None)


def test_a_media_type_iri_says_its_name_and_file_type() -> None:
    assert vocabularies.media_type_name(IANA + "text/csv") == "text/csv"
    assert vocabularies.file_type_of_media_type(IANA + "application/zip") == EU + "file-type/ZIP"
    assert vocabularies.file_type_of_media_type(IANA + "application/rdf+xml") == EU + "file-type/RDF_XML"
    assert vocabularies.file_type_of_media_type("https://example.org/") is None


@pytest.mark.parametrize(
    ("text", "is_machine_readable", "is_open"),
    [("CSV", True, True), ("XLS", True, False), ("PDF", False, True), ("DOC", False, False), ("unknown", False, False)],
)
def test_file_types_tell_what_fair_data_asks(text: str, is_machine_readable: bool, is_open: bool) -> None:
    iri = vocabularies.file_type(text) or ""

    assert vocabularies.is_machine_readable(iri) == is_machine_readable
    assert vocabularies.is_non_proprietary(iri) == is_open


@pytest.mark.parametrize(
    ("text", "code"),
    [("oceanography", "ENVI"), ("ENVI", "ENVI"), ("Environment", "ENVI"), ("medicine", "HEAL"), ("gibberish", None)],
)
def test_a_theme_is_known_by_code_label_and_subjects_within_it(text: str, code: str | None) -> None:
    assert vocabularies.theme(text) == (EU + "data-theme/" + code if code else None)


@pytest.mark.parametrize(
    ("text", "iri", "datacite", "dcmi"),
    [
        ("Dataset", COAR + "c_ddb1", "Dataset", "Dataset"),
        ("info:eu-repo/semantics/doctoralThesis", COAR + "c_db06", "Dissertation", "Text"),
        ("doc-type:ResearchData", COAR + "c_ddb1", "Dataset", "Dataset"),
        ("JournalArticle", COAR + "c_6501", "JournalArticle", "Text"),
        ("Dissertation", COAR + "c_46ec", "Dissertation", "Text"),
        ("Audiovisual", COAR + "c_12ce", "Audiovisual", "MovingImage"),
        ("Interactive Simulation", COAR + "c_e9a0", "InteractiveResource", "InteractiveResource"),
        ("http://purl.org/dc/dcmitype/Image", COAR + "c_c513", "Image", "Image"),
        ("http://purl.org/coar/resource_type/FF4C-28RK/", COAR + "FF4C-28RK", "Dataset", "Dataset"),
        ("Service", "http://purl.org/dc/dcmitype/Service", "Service", "Service"),
        ("dokument obrazowy", COAR + "c_c513", "Image", "Image"),
    ],
)
def test_a_resource_type_is_read_and_written_in_every_vocabulary(text: str, iri: str, datacite: str, dcmi: str) -> None:
    found = vocabularies.resource_type(text)

    assert found == iri
    assert vocabularies.datacite_type(iri) == datacite
    assert vocabularies.dcmi_type(iri) == dcmi


def test_every_term_has_an_english_label() -> None:
    assert vocabularies.label(COAR + "c_ddb1") == "dataset"
    assert vocabularies.label(EU + "language/DEU") == "German"
    assert vocabularies.label(EU + "country/DEU") == "Germany"
    assert vocabularies.label(IANA + "text/csv") == "text/csv"
    assert vocabularies.label("https://example.org/") is None


def test_the_digest_is_a_sha_256_and_does_not_change() -> None:
    assert len(vocabularies.digest()) == 64
    assert vocabularies.digest() == vocabularies.digest()


@given(st.text())
def test_every_reader_answers_every_text(text: str) -> None:
    for read in READERS:
        found = read(text)

        assert found is None or isinstance(found, Iri)
    for answer in (
        vocabularies.label(text),
        vocabularies.language_code(text),
        vocabularies.access_right_term(text),
        vocabularies.datacite_type(text),
        vocabularies.dcmi_type(text),
        vocabularies.license_url(text),
        vocabularies.spdx_id(text),
        vocabularies.media_type_name(text),
        vocabularies.file_type_of_media_type(text),
    ):
        assert answer is None or isinstance(answer, str)
    assert vocabularies.claims_open_access(text) in (True, False)


@given(st.text(st.characters(codec=None, categories=["Cs", "Lu", "Nd", "Po"])))
def test_lone_surrogates_are_texts_too(text: str) -> None:
    assert all(read(text) is None or isinstance(read(text), Iri) for read in READERS)


@given(
    st.sampled_from(
        [
            "CC BY",
            "en-GB",
            "Open Access",
            "CSV",
            "Dataset",
            "oceanography",
            "MIT",
            "annual",
            "https://spdx.org/licenses/X11",
        ]
    )
)
def test_reading_a_term_again_changes_nothing(text: str) -> None:
    for read in READERS:
        found = read(text)

        assert found is None or read(found) == found
