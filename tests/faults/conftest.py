"""The stage of the fault scenarios: one node and one hostile server for each file of them."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from node.bootstrap import initialise, open_node
from node.settings import ComputeSettings, Settings, ValidationSettings
from tests.servers.hostile import Hostile

pytest.register_assert_rewrite("tests.faults.scenario")
from tests.faults.scenario import Stage, now  # noqa: E402 - its assertions are shown in full


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    """A node without validation, and a hostile server."""
    settings = Settings(
        compute=ComputeSettings(executor="inline"), validation=ValidationSettings(profile="")
    ).model_copy(update={"home": tmp_path_factory.mktemp("node") / "home"})
    initialise(settings, now())
    node = open_node(settings)
    with Hostile() as server:
        yield Stage(node, server)
    node.close()
