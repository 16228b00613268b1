"""The home of a demonstration that is kept is harvested again: the sample answers where it did."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest
from click.testing import CliRunner

from node.cli import main
from node.demo import show
from node.errors import NotFound


def test_a_kept_home_is_harvested_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # What the demonstration harvests first is no matter here, and takes longer than all the rest.
    monkeypatch.setattr(show, "_harvest", lambda node, source, _: node.sources.add(source, dt.datetime.now(dt.UTC)))
    monkeypatch.setattr(show, "_tell", lambda *_: None)
    monkeypatch.setenv("FAIRNODE_COMPUTE__EXECUTOR", "inline")
    home = tmp_path / "home"
    show.run_demo(home, "http://127.0.0.1:8000", str, str)

    with show.sample_again(home) as repository:
        harvested = CliRunner().invoke(main, ["--home", str(home), "harvest", "services"])

    assert "36 listed, ledger balanced" in harvested.output and repository.requests > 0


def test_a_home_of_another_kind_has_no_sample(tmp_path: Path) -> None:
    with pytest.raises(NotFound, match="there is no"):
        show.sample_again(tmp_path / "nothing")
