"""Where packaged data is: `shapes/`, `vocab/`, `docs/queries/` in a checkout, below the package in a wheel."""

from __future__ import annotations

from pathlib import Path

_PACKAGE = Path(__file__).resolve().parent


def data_folder(name: str) -> Path:
    """Return the folder of packaged data called `name` (`shapes`, `vocab` or `queries`).

    Raises:
        FileNotFoundError: the installation lacks its data.
    """
    for folder in (_PACKAGE / "data" / name, _PACKAGE.parent / name, _PACKAGE.parent / "docs" / name):
        if folder.is_dir():
            return folder
    raise FileNotFoundError(f"the installation lacks its {name} folder; install fairnode again")
