"""What several formats share: checksums, roles by their words, and licences named within a sentence."""

from __future__ import annotations

import pytest

from node.mapping.checksums import checksum
from node.mapping.relators import Relator, relator
from node.mapping.rights_statements import addressed_licence
from node.terms import vocabularies

MD5, SHA256 = "d41d8cd98f00b204e9800998ecf8427e", "ab" * 32


@pytest.mark.parametrize(
    ("algorithm", "text", "expected"),
    [
        ("MD5", MD5, ("checksumAlgorithm_md5", MD5)),
        ("sha-256", SHA256.upper(), ("checksumAlgorithm_sha256", SHA256)),
        ("http://spdx.org/rdf/terms#checksumAlgorithm_sha256", SHA256, ("checksumAlgorithm_sha256", SHA256)),
        ("spdx:checksumAlgorithm_md5", MD5, ("checksumAlgorithm_md5", MD5)),
        ("", f"md5:{MD5}", ("checksumAlgorithm_md5", MD5)),
        ("", f"SHA-256: {SHA256}", ("checksumAlgorithm_sha256", SHA256)),
        ("", SHA256, ("checksumAlgorithm_sha256", SHA256)),
        # Digits of another length than the algorithm's, and algorithms nobody knows.
        ("md5", SHA256, None),
        ("crc32", MD5, None),
        ("", f"crc32:{MD5}", None),
        ("md5", "not hexadecimal at all, but long enough", None),
        ("", "", None),
    ],
)
def test_a_checksum_is_one_only_where_its_length_is_that_of_its_algorithm(
    algorithm: str, text: str, expected: tuple[str, str] | None
) -> None:
    assert checksum(algorithm, text) == expected


@pytest.mark.parametrize(
    ("word", "expected"),
    [
        ("aut", Relator(kind="creator")),
        ("author.", Relator(kind="creator")),
        ("http://id.loc.gov/vocabulary/relators/pbl", Relator(kind="publisher")),
        ("Data curator", Relator(kind="contributor", contributor_type="DataCurator")),
        ("DataCurator", Relator(kind="contributor", contributor_type="DataCurator")),
        ("ContactPerson", Relator(kind="contact")),
        ("bell-ringer", None),
        ("", None),
    ],
)
def test_a_role_is_known_by_code_term_address_or_contributor_type_and_never_guessed(
    word: str, expected: Relator | None
) -> None:
    assert relator(word) == expected


@pytest.mark.parametrize(
    ("text", "licence"),
    [
        (
            "Free (see https://creativecommons.org/licenses/by/4.0/).",
            "https://creativecommons.org/licenses/by/4.0/",
        ),
        # Two addresses of one licence name one.
        (
            "https://creativecommons.org/licenses/by/4.0/ and http://creativecommons.org/licenses/by/4.0/legalcode",
            "https://creativecommons.org/licenses/by/4.0/",
        ),
        ("https://creativecommons.org/licenses/by/4.0/ https://creativecommons.org/licenses/by-sa/4.0/", ""),
        ("See https://x.example/terms.", ""),
        ("Free.", ""),
    ],
)
def test_a_sentence_names_a_licence_by_the_address_of_one_only(text: str, licence: str) -> None:
    assert vocabularies.license(addressed_licence(text)) == vocabularies.license(licence)
