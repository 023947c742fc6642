"""House rules that no linter knows: sizes as a ratchet, a docstring for each module, no registry.

Sizes: files of 400 lines, functions of 40. What is above stands in tests/data/tidy.txt with its
size and may only shrink; an entry that is no longer needed must go, so the list cannot rot.
"""

import ast
import functools
import os
import re
from pathlib import Path
from typing import NamedTuple

import pytest

ROOT = Path(__file__).parent.parent
EXCEPTIONS = ROOT / "tests" / "data" / "tidy.txt"
FILE_LINES_MAX = 400
FUNCTION_LINES_MAX = 40
GENERATED = (
    "Generated from"  # In the docstring of a file that a tool writes; its size is nobody's care.
)
TOOLS_FOLDERS = {
    ".git",
    ".venv",
    ".cache",
    "__pycache__",
    "build",
    "dist",
    ".hypothesis",
    ".duralog",
    ".mypy_cache",
    ".ruff_cache",
    ".pytest_cache",
    ".import_linter_cache",
}
# Split, so that this file does not find itself.
REGISTRIES = re.compile(
    "|".join(["pypi" + r"\.org", "pythonhosted" + r"\.org", "npmjs" + r"\.org", "maven2" + "/"])
    + "|"
    + "index"
    + "-url *="
    + "|"
    + "^--(extra-)?index"
    + "-url"
)


def our_files() -> list[Path]:
    """Every file of the project, less what tools leave behind in folders of their own."""
    found = list[Path]()
    for folder, folders, names in os.walk(ROOT):
        folders[:] = [name for name in folders if name not in TOOLS_FOLDERS]  # Not to be entered.
        found += [Path(folder) / name for name in names]
    return found


def python_files() -> list[Path]:
    """Our Python: product, tests, examples."""
    return [path for path in our_files() if path.suffix == ".py"]


class Source(NamedTuple):
    """What the rules ask of a Python file: name, docstring, lines, and those of its functions."""

    name: str
    docstring: str | None
    lines: int
    functions: list[tuple[str, int]]

    @property
    def is_generated(self) -> bool:
        """A tool wrote it."""
        return GENERATED in (self.docstring or "")


@functools.cache
def sources() -> list[Source]:
    """Each Python file, parsed once for all tests."""
    found = list[Source]()
    for path in python_files():
        text = path.read_text(encoding="utf-8")
        tree = ast.parse(text)
        functions = [
            (node.name, _code_lines(node))
            for node in ast.walk(tree)
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        ]
        name = path.relative_to(ROOT).as_posix()
        found.append(Source(name, ast.get_docstring(tree), len(text.splitlines()), functions))
    return found


def sizes() -> list[tuple[str, int, int]]:
    """Name, lines and limit of each file and each function; a class counts by its functions."""
    found = list[tuple[str, int, int]]()
    for source in sources():
        if not source.is_generated:
            found.append((source.name, source.lines, FILE_LINES_MAX))
            found += [
                (f"{source.name}:{name}", lines, FUNCTION_LINES_MAX)
                for name, lines in source.functions
            ]
    return found


def _code_lines(node: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    """Lines of a function from `def` to its end, less its docstring: explaining is free."""
    assert node.end_lineno is not None
    lines = node.end_lineno - node.lineno + 1
    first = node.body[0]
    if ast.get_docstring(node, clean=False) is not None and first.end_lineno is not None:
        lines -= first.end_lineno - first.lineno + 1
    return lines


def allowed() -> dict[str, int]:
    """The exceptions: name -> lines it may have at most."""
    pairs = (line.rsplit(" ", 1) for line in EXCEPTIONS.read_text().splitlines() if line)
    return {name: int(lines) for name, lines in pairs if not name.startswith("#")}


def test_files_and_functions_stay_small() -> None:
    exceptions = allowed()
    grown = [
        f"{name} has {lines} lines, at most {max(limit, exceptions.get(name, 0))}; split it"
        for name, lines, limit in sizes()
        if lines > max(limit, exceptions.get(name, 0))
    ]
    assert not grown, "\n".join(grown)


def test_the_exceptions_only_shrink() -> None:
    largest = dict[str, int]()
    for name, lines, limit in sizes():
        if lines > limit:
            largest[name] = max(lines, largest.get(name, 0))
    loose = [
        f"{name}: {lines} in tests/data/tidy.txt, {largest.get(name, 'within the limit')} now"
        for name, lines in allowed().items()
        if largest.get(name) != lines
    ]
    assert not loose, "\n".join(loose)


def test_every_module_has_a_docstring() -> None:
    bare = [source.name for source in sources() if source.docstring is None]
    assert not bare, "\n".join(bare)


def test_no_file_names_a_registry() -> None:
    found = [
        f"{path.relative_to(ROOT)}: {match.group()}"
        for path in our_files()
        for match in REGISTRIES.finditer(path.read_text(encoding="utf-8", errors="ignore"))
    ]
    assert not found, "\n".join(found)


def test_packages_never_modules_stand_directly_below_the_namespace() -> None:
    modules = [
        path.relative_to(ROOT).as_posix()
        for folder in ("orchestrator", "schemas", "state", "workers", "connectors")
        for path in (ROOT / folder / "duralog").glob("*.py")
    ]
    assert modules == []


@pytest.mark.parametrize("folder", ["orchestrator", "schemas", "state", "workers", "connectors"])
def test_the_folders_hold_the_namespace_and_no_package_of_their_own(folder: str) -> None:
    assert not (ROOT / folder / "__init__.py").exists()
