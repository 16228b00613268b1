"""A forgotten line is a red test: every visible list agrees with its folder, and the package ships what it needs."""

from __future__ import annotations

import importlib
import subprocess
import sys
import tomllib
import zipfile
from importlib.metadata import packages_distributions
from pathlib import Path

from tests.conftest import ROOT


def test_every_harvester_file_is_listed() -> None:
    from harvesters import HARVESTERS

    files = {path.stem for path in (ROOT / "harvesters").glob("*.py") if hasattr(_module(path), "HARVESTER")}

    assert {type(harvester).__module__.rpartition(".")[2] for harvester in HARVESTERS} == files


def test_every_crosswalk_and_writer_is_listed() -> None:
    from node.mapping.crosswalks import CROSSWALKS, WRITERS

    modules = [_module(path) for path in (ROOT / "node" / "mapping").rglob("*.py")]

    assert {id(module.CROSSWALK) for module in modules if hasattr(module, "CROSSWALK")} == {id(x) for x in CROSSWALKS}
    assert {id(module.WRITER) for module in modules if hasattr(module, "WRITER")} == {id(x) for x in WRITERS}


def test_every_blueprint_is_registered() -> None:
    from node.web import BLUEPRINTS

    modules = [_module(path) for path in (ROOT / "node" / "web").glob("*.py")]

    assert {id(module.bp) for module in modules if hasattr(module, "bp")} == {id(bp) for bp in BLUEPRINTS}


def test_every_file_stays_in_one_room() -> None:
    long = {
        str(path.relative_to(ROOT)): lines
        for folder in ("node", "harvesters")
        for path in (ROOT / folder).rglob("*.py")
        if "migrations" not in path.parts and (lines := len(path.read_text().splitlines())) > 300
    }

    assert long == {}


def test_the_wheel_brings_shapes_vocabularies_templates_and_migrations(tmp_path: Path) -> None:
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path)],
        cwd=ROOT,
        check=True,
        capture_output=True,
    )
    (wheel,) = tmp_path.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(tmp_path / "site")

    probe = (
        "from node.resources import data_folder; from node.validation import load_profile; "
        "from node.terms import vocabularies; from pathlib import Path; import node.storage.migrations as m; "
        "print(data_folder('shapes'), load_profile('fair').digest, vocabularies.license('CC BY 4.0')); "
        "assert list(Path(m.__path__[0]).glob('versions/*.py'))"
    )
    done = subprocess.run(
        [sys.executable, "-c", f"import sys; sys.path.insert(0, {str(tmp_path / 'site')!r}); {probe}"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
    )

    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith(str(tmp_path / "site"))


def test_the_import_names_belong_to_this_distribution() -> None:
    # Other distributions are called `node` and `harvesters`: the install page asks for an environment of its own.
    found = packages_distributions()

    assert {"fairnode"} == set(found.get("node", ["fairnode"])) | set(found.get("harvesters", ["fairnode"]))


def test_the_lock_files_name_no_host() -> None:
    for name in ("requirements.lock", "requirements-dev.lock", "requirements-peers.lock"):
        text = (ROOT / name).read_text()
        assert "://" not in text and "--index-url" not in text
    assert '"resolved"' not in (ROOT / "tests" / "servers" / "oidc" / "package-lock.json").read_text()


def test_the_documented_extras_exist() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]

    assert {"postgresql", "dask"} <= set(project["optional-dependencies"])


def _module(path: Path) -> object:
    return importlib.import_module(".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__"))
