"""What queries see of a harvest that is under way."""

from __future__ import annotations

from pathlib import Path

import pytest

from node import projector
from node.model.source import Source
from tests.harvesting import interrupt, node_of, titles
from tests.servers.oai_pages import OaiPages, oai_dc_record


@pytest.mark.parametrize(("every", "seen"), [(0.0, ["First"]), (3600.0, [])])
def test_a_long_harvest_is_seen_while_it_lasts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, every: float, seen: list[str]
) -> None:
    monkeypatch.setattr(projector, "_PUBLISH_EVERY", every)
    records = [oai_dc_record(f"oai:example.org:{title}", title) for title in ("First", "Second")]
    with OaiPages(records, page_size=1) as repository, node_of(tmp_path, Source(name="x", url=repository.url)) as node:
        interrupt(node)

        assert titles(node) == seen
