"""What a user installs: sdist, wheel, and a life beside their own `state.py` and `workers/`."""

import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path, PurePosixPath

import pytest

ROOT = Path(__file__).parent.parent
FOLDERS = ("orchestrator", "schemas", "state", "workers", "connectors")

USERS_APP = """
import pathlib, sys
import state, workers.mine
import duralog.state, duralog.workers, duralog.workflow
assert state.OWNER == workers.mine.OWNER == "the user"
for module in (duralog.state, duralog.workers, duralog.workflow):
    path = pathlib.Path(module.__file__)
    assert pathlib.Path(sys.argv[1]) in path.parents, path
"""


@pytest.fixture(scope="module")
def distributions(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the sdist, and the wheel that was built from it; no network, no isolation."""
    target = tmp_path_factory.mktemp("dist")
    subprocess.run(
        [sys.executable, "-m", "build", "--no-isolation", "--outdir", str(target), str(ROOT)],
        check=True,
        capture_output=True,
    )
    return target


@pytest.fixture(scope="module")
def wheel(distributions: Path) -> Path:
    """The one wheel."""
    (path,) = distributions.glob("*.whl")
    return path


def _source_files() -> set[str]:
    """Every file of the five folders as the wheel should name it: `duralog/...`."""
    return {
        path.relative_to(ROOT / folder).as_posix()
        for folder in FOLDERS
        for path in (ROOT / folder / "duralog").rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }


def _wheel_files(wheel: Path) -> set[str]:
    with zipfile.ZipFile(wheel) as archive:
        return set(archive.namelist())


def test_the_wheel_has_one_top_level_name(wheel: Path) -> None:
    tops = {PurePosixPath(name).parts[0] for name in _wheel_files(wheel)}
    assert {top for top in tops if not top.endswith(".dist-info")} == {"duralog"}


def test_the_wheel_has_the_files_of_the_five_folders(wheel: Path) -> None:
    inside = {name for name in _wheel_files(wheel) if name.startswith("duralog/")}
    assert inside == _source_files()


def test_the_namespace_has_no_init_and_every_package_is_typed(wheel: Path) -> None:
    names = _wheel_files(wheel)
    assert "duralog/__init__.py" not in names
    packages = {PurePosixPath(name).parts[1] for name in names if name.startswith("duralog/")}
    assert {package for package in packages if f"duralog/{package}/py.typed" not in names} == set()


def test_no_test_is_shipped(distributions: Path) -> None:
    (sdist,) = distributions.glob("*.tar.gz")
    with tarfile.open(sdist) as archive:
        parts = {part for name in archive.getnames() for part in PurePosixPath(name).parts[1:2]}
    assert parts == {*FOLDERS, "LICENSE", "README.md", "pyproject.toml", "PKG-INFO", ".gitignore"}


def test_extras_add_dependencies_only(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        (name,) = (name for name in archive.namelist() if name.endswith("/METADATA"))
        metadata = archive.read(name).decode()
    extras = {line for line in metadata.splitlines() if line.startswith("Provides-Extra: ")}
    assert extras == {"Provides-Extra: server", "Provides-Extra: broker"}


@pytest.mark.slow
def test_it_lives_beside_an_app_with_the_same_folder_names(wheel: Path, tmp_path: Path) -> None:
    site, app = tmp_path / "site", tmp_path / "app"
    (app / "workers").mkdir(parents=True)
    (app / "state.py").write_text("OWNER = 'the user'\n")
    (app / "workers" / "mine.py").write_text("OWNER = 'the user'\n")
    (app / "main.py").write_text(USERS_APP)
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--no-index"]
    subprocess.run([*pip, "--target", str(site), str(wheel)], check=True, capture_output=True)
    done = subprocess.run(
        [sys.executable, str(app / "main.py"), str(site)],
        env={"PYTHONPATH": str(site)},
        check=False,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
