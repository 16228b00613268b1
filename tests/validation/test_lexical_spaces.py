"""Well-typed or not, read in both ways: as pySHACL does, and to the letter of XML Schema (`--strict-xsd`)."""

from __future__ import annotations

import pytest

from node.validation.lexical_spaces import XSD, is_in_lexical_space
from tests.validation.engines import agreed, profile_of, triples_of
from tests.validation.test_generated import GRID

# Form, datatype, well-typed for pySHACL, well-typed to the letter.
READINGS = (
    ("1e3", "decimal", True, False), ("INF", "decimal", True, False), ("1.5", "decimal", True, True),
    (".5", "decimal", True, True), ("abc", "decimal", False, False), ("-0", "decimal", True, True),
    (" 5", "nonNegativeInteger", True, False), ("5", "nonNegativeInteger", True, True),
    ("-1", "nonNegativeInteger", False, False), ("01", "integer", True, True), ("1.0", "integer", False, False),
    ("1_000", "integer", True, False), ("\u0661", "integer", True, False), ("P0.5Y", "duration", True, False),
    ("P1Y", "duration", True, True), ("P", "duration", False, False), ("PT", "duration", True, False),
    ("2020-01-01", "dateTime", True, False), ("2020-01-01 00:00:00", "dateTime", True, False),
    ("2020-01-01T00:00:00", "dateTime", True, True), ("2020-01-01T24:00:00", "dateTime", False, True),
    ("2020-01-01T00:00:00+25:00", "dateTime", False, False), ("2020-01-01T00:00:00", "date", True, False),
    ("2020-01-01", "date", True, True), ("2020-02-30", "date", False, False), ("-0044-03-15", "date", False, True),
    ("12020-01-01", "date", False, True), ("20", "gYear", True, False), ("2020", "gYear", True, True),
    ("2020-13", "gYearMonth", True, False), ("2020-01", "gYearMonth", True, True), ("12:00", "time", True, False),
    ("12:00:00", "time", True, True), ("24:00:00", "time", False, True), ("true", "boolean", True, True),
    ("1", "boolean", True, True), ("yes", "boolean", False, False), ("128", "byte", False, False),
    ("127", "byte", True, True), ("0fa", "hexBinary", False, False), ("0fa0", "hexBinary", True, True),
    ("+INF", "double", True, True), ("nan", "float", True, False), ("NaN", "float", True, True),
    ("a b", "anyURI", True, True), ("e_n", "language", True, False), ("--13", "gMonth", True, False),
)  # fmt: skip


@pytest.mark.parametrize(("form", "datatype", "of_pyshacl", "to_the_letter"), READINGS)
@pytest.mark.filterwarnings("ignore:Parsing weird boolean")
def test_a_literal_is_read_in_the_way_that_is_asked_for_by_both_engines(
    form: str, datatype: str, of_pyshacl: bool, to_the_letter: bool
) -> None:
    profile = profile_of(f'ex:T sh:targetNode ex:n ; sh:path ex:p ; sh:datatype xsd:{datatype} ; sh:message "m" .')
    record = triples_of(f'ex:n ex:p "{form}"^^xsd:{datatype} .')

    read = [not agreed(asked, record).findings for asked in (profile, profile.strict(), profile)]

    assert read == [of_pyshacl, to_the_letter, of_pyshacl]


@pytest.mark.filterwarnings("ignore:Parsing weird boolean")
def test_the_engines_agree_to_the_letter_on_every_literal_and_datatype() -> None:
    types = sorted(
        {literal.rpartition("^^")[2] for literal in GRID if "^^" in literal} | {"rdfs:Literal", "xsd:string"}
    )
    profile = profile_of(
        "\n".join(
            f'ex:T{number} sh:targetNode ex:n ; sh:path ex:p ; sh:datatype {datatype} ; sh:message "m" .'
            for number, datatype in enumerate(types)
        )
    )
    record = triples_of(f"ex:n ex:p {', '.join(GRID)} .")

    assert agreed(profile.strict(), record).findings != agreed(profile, record).findings


@pytest.mark.parametrize(
    ("datatype", "forms", "others"),
    [
        ("dateTimeStamp", "2020-01-01T00:00:00Z 2020-12-31T24:00:00-14:00", "2020-01-01T00:00:00 2020-01-01T24:01:00Z"),
        ("date", "2000-02-29 0000-02-29 2020-01-01+14:00", "1900-02-29 2020-1-1 2020-04-31 02020-01-01"),
        ("gMonthDay", "--02-29 --12-31Z", "--02-30 --04-31 -02-28"),
        ("duration", "P1Y2M3DT4H5M6.7S -P1D PT0.5S P1M", "P1YT P1S -P P1D1Y PT.5S"),
        ("dayTimeDuration", "P1D PT1H P1DT1S", "P1Y P1DT"),
        ("yearMonthDuration", "P1Y P1Y2M -P3M", "P1D P"),
        ("unsignedLong", "18446744073709551615 +0 -0", f"18446744073709551616 -1 {'9' * 5000}"),
        ("negativeInteger", f"-1 -{'9' * 5000}", "0 1"),
        ("base64Binary", "YQ== YWJj", "YQ= YR== YQ==YQ== *"),
        ("NCName", "a é_b-1", "1a a:b -"),
        ("token", "a", ""),
        ("double", ".5e1 -INF 1.", "1e . inf"),
    ],
)
def test_a_form_is_in_the_space_of_its_type_or_not(datatype: str, forms: str, others: str) -> None:
    assert all(is_in_lexical_space(form, XSD + datatype) is True for form in forms.split())
    assert not any(is_in_lexical_space(form, XSD + datatype) for form in others.split())


def test_whitespace_is_part_of_the_form_and_unknown_types_are_left_to_others() -> None:
    assert is_in_lexical_space("1\n", f"{XSD}integer") is False
    assert is_in_lexical_space("Y Q = =", f"{XSD}base64Binary") is True
    assert is_in_lexical_space("a  b", f"{XSD}token") is False
    assert is_in_lexical_space("{", "http://www.w3.org/1999/02/22-rdf-syntax-ns#JSON") is None
