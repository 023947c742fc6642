"""The documentation: it builds without a warning, its links lead somewhere, its code runs."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from pages import DOCS, ROOT, feature_rows, local_links, write_files

PAGES = sorted([*ROOT.glob("*.md"), *DOCS.rglob("*.md"), *ROOT.glob("examples/**/*.md")])


def run(*words: str, cwd: Path = ROOT) -> None:
    """Run a module of Python to its end; what it says is told when it fails."""
    done = subprocess.run(
        [sys.executable, "-m", *words], cwd=cwd, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.slow
def test_it_builds_without_a_warning(tmp_path: Path) -> None:
    trees = ["-d", str(tmp_path / "trees")]
    run("sphinx", "-q", "-W", "--keep-going", "-n", *trees, str(DOCS), str(tmp_path / "html"))
    html = (tmp_path / "html" / "reference" / "workflow.html").read_text(encoding="utf-8")
    assert 'id="duralog.workflow.execute_activity"' in html


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_its_links_lead_to_files(page: Path) -> None:
    lost = [link for link in local_links(page) if not (page.parent / link).exists()]
    assert not lost


def test_what_works_names_places_and_tests_that_are_there() -> None:
    rows = feature_rows()
    assert len(rows) > 20
    lost = [
        name
        for _, where, tests in rows
        for place, cell in ((ROOT, where), (ROOT / "tests", tests))
        for name in re.findall(r"`([^`]+)`", cell)
        if not list(place.glob(name))
    ]
    assert not lost


def test_links_are_found() -> None:
    assert "adr/README.md" in local_links(DOCS / "index.md")


@pytest.mark.slow
def test_the_tutorial_passes_its_own_tests(tmp_path: Path) -> None:
    assert "test_order.py" in write_files("tutorial.md", tmp_path)
    run("pytest", "-q", "-p", "no:cacheprovider", "--rootdir", str(tmp_path), cwd=tmp_path)
