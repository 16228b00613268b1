"""The namespace of OAI identifiers: the node's domain name, where the guidelines for oai-identifier allow it."""

from __future__ import annotations

from pathlib import Path

import pytest

from node.examination import advise
from node.oai_settings import OaiSettings
from node.settings import NO_DOMAIN, Settings


@pytest.mark.parametrize(
    ("base_url", "namespace", "warned"),
    [
        ("https://data.example.org", "data.example.org", False),
        ("http://127.0.0.1:8080", NO_DOMAIN, False),
        ("http://localhost:8080", NO_DOMAIN, False),
        ("https://data.4tu.nl", NO_DOMAIN, True),
        ("https://192.0.2.7", NO_DOMAIN, True),
        ("https://node", NO_DOMAIN, True),
    ],
)
def test_who_shares_the_name_of_nodes_without_one_is_warned(tmp_path: Path, base_url, namespace, warned) -> None:
    settings = Settings(base_url=base_url).model_copy(update={"home": tmp_path})

    assert settings.repository_identifier == namespace
    assert [NO_DOMAIN in warning for warning in advise(settings)] == [True] * warned


def test_a_name_that_was_given_is_no_cause_for_a_warning(tmp_path: Path) -> None:
    oai = OaiSettings(repository_identifier="fourtu.example")
    settings = Settings(base_url="https://data.4tu.nl", oai=oai).model_copy(update={"home": tmp_path})

    assert (settings.repository_identifier, advise(settings)) == ("fourtu.example", ())
