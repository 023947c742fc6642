"""The programs of services and data teams need nothing of ours but records and schemas."""

import ast
from pathlib import Path

import pytest

EXAMPLE = Path(__file__).parents[3] / "examples" / "greeting"
NEEDS = {
    "publish.py": {"confluent_kafka"},
    "tail.py": {"confluent_kafka", "fastavro"},
    "service.py": {"aiohttp"},
}
STANDARD = {"argparse", "io", "json", "pathlib", "random", "typing", "uuid"}


def imported(path: Path) -> set[str]:
    """The top-level names that a program imports."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            found.add((node.module or "").partition(".")[0])
    return found


@pytest.mark.parametrize("name", NEEDS)
def test_it_imports_nothing_of_ours(name: str) -> None:
    assert imported(EXAMPLE / name) - STANDARD == NEEDS[name]
