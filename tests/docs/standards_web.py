"""The page of standards, its part on records and the catalogue on the web: what is kept to, and by which tests."""

from __future__ import annotations

import ast
from pathlib import Path

_TESTS = Path(__file__).resolve().parents[1] / "contract"
_MEMENTO, _CITIZEN, _PAGES = "test_memento.py", "test_good_citizen.py", "test_pages.py"
_HEADERS, _OFFERS = "test_headers.py", "test_infrastructures.py"

# From where, what is kept to, the file of the test and its name.
_POINTS = (
    ("RFC 7089, 2.2.1", "a record leads to its TimeGate and TimeMap", _MEMENTO, "a_record_tells_where_its_past_is"),
    (
        "RFC 7089, 4.2.1",
        "the TimeGate redirects to the memento of a time, with Vary and Link",
        _MEMENTO,
        "a_timegate_sends_to_the_state_of_the_time_asked_for",
    ),
    ("RFC 7089, 4.5.3", "an Accept-Datetime that is none: 400", _MEMENTO, "a_time_that_is_none_is_refused"),
    (
        "RFC 7089, 2.1.1",
        "a memento has Memento-Datetime and its neighbours",
        _MEMENTO,
        "a_memento_is_what_the_record_said_then",
    ),
    ("RFC 7089, 5", "a TimeMap in link format, with from and until", _MEMENTO, "a_timemap_lists_every_memento_once"),
    (
        "this node",
        "what a label hides is in no TimeMap, TimeGate or link",
        _MEMENTO,
        "what_was_hidden_once_is_nowhere_whoever_came_first",
    ),
    (
        "FAIR Signposting, level 1",
        "typed links of a page",
        _CITIZEN,
        "a_page_links_what_it_is_about_and_every_description",
    ),
    (
        "FAIR Signposting, level 1",
        "a description leads to its page",
        _PAGES,
        "a_record_is_the_same_graph_by_accept_and_by_extension",
    ),
    (
        "FAIR Signposting, level 2; RFC 9264",
        "link sets in both forms, with what points back",
        _CITIZEN,
        "both_link_sets_say_what_the_header_says_and_what_points_back",
    ),
    (
        "schema.org",
        "JSON-LD in pages, of the class that the links say",
        _OFFERS,
        "every_page_says_in_its_links_and_to_search_engines_what_kind_of_thing_it_is_about",
    ),
    (
        "schema.org",
        "JSON-LD that cannot end its script element",
        _CITIZEN,
        "a_page_holds_the_record_for_search_engines",
    ),
    (
        "RFC 9110, 12.5.1",
        "a format by Accept is that of its extension, with Vary",
        _PAGES,
        "a_record_is_the_same_graph_by_accept_and_by_extension",
    ),
    (
        "RFC 9110, 12.5.1",
        "parameters and q-values of media types, 0 among them",
        _PAGES,
        "parameters_of_a_media_type_exclude_nothing",
    ),
    ("RFC 9110, 13.1.2", "304 for an ETag", _CITIZEN, "who_has_an_answer_already_is_not_sent_it_again"),
    (
        "RFC 9110, 13.1.2",
        "304 for one of several, weak ones too: TimeMaps, raw records, site maps",
        _PAGES,
        "who_has_it_is_not_sent_it_again",
    ),
    (
        "RFC 9111, 4.2.2",
        "no cache keeps 404 or 410 by itself",
        _PAGES,
        "no_cache_keeps_by_itself_that_a_record_is_not_to_be_had",
    ),
    (
        "this node",
        "hidden and unknown are answered alike",
        _CITIZEN,
        "what_is_hidden_is_not_found_by_any_of_its_addresses",
    ),
    (
        "Fetch (CORS)",
        "data for scripts of any origin, pages for none",
        _CITIZEN,
        "scripts_of_any_origin_may_read_data_and_no_page",
    ),
    (
        "Fetch (CORS)",
        "preflights and redirects",
        _HEADERS,
        "a_script_of_any_origin_may_ask_with_the_headers_of_memento_and_caches",
    ),
    ("DCAT-AP 3", "the catalogue itself", _OFFERS, "the_catalogue_itself_keeps_to_dcat_ap"),
    (
        "Hydra, partial collection views",
        "first, previous, next, last, and an exact number",
        _OFFERS,
        "the_pages_of_a_catalogue_of_many_kinds_lead_through_all_of_it_and_back",
    ),
    ("DCAT 3", "another node harvests all pages", _CITIZEN, "a_peer_harvests_the_pages_of_the_catalogue"),
    (
        "sitemaps.org; RFC 9309",
        "each page once, by an index where there are many",
        _CITIZEN,
        "the_site_map_names_each_page_that_is_shown_once",
    ),
)


def web_section() -> list[str]:
    """Return the lines of the section."""
    lines = [
        "## Records and the catalogue on the web",
        "",
        "[Memento](https://www.rfc-editor.org/rfc/rfc7089), [FAIR Signposting](https://signposting.org/FAIR/),",
        "[HTTP](https://www.rfc-editor.org/rfc/rfc9110), [Hydra](https://www.hydra-cg.com/spec/latest/core/) and",
        "others. The tests are in `tests/contract/`.",
        "",
        "| from | what is kept to | test |",
        "| --- | --- | --- |",
    ]
    for source, asked, file, name in _POINTS:
        tree = ast.parse((_TESTS / file).read_text(encoding="utf-8"))
        names = {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}
        assert f"test_{name}" in names, f"{file} has no test_{name}"
        lines.append(f"| {source} | {asked} | `{file}::test_{name}` |")
    return [*lines, ""]
