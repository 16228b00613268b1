"""One Virtuoso for every test of this folder that asks for it: it takes seconds to start."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.servers.virtuoso import PASSWORD, PASSWORD_ENV, VirtuosoServer, virtuoso_server


@pytest.fixture(scope="session")
def virtuoso(tmp_path_factory: pytest.TempPathFactory) -> Iterator[VirtuosoServer]:
    with pytest.MonkeyPatch.context() as patch, virtuoso_server(tmp_path_factory.mktemp("virtuoso")) as server:
        patch.setenv(PASSWORD_ENV, PASSWORD)
        yield server
