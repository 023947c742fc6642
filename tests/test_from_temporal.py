"""`docs/from-temporal.md` says for each public name of Temporal's Python SDK how it stands here.

`tests/data/temporal-names.json` holds the names, read from Temporal's package, with why some differ
or are absent. `pytest tests/test_from_temporal.py --rewrite` writes the table anew.
"""

import json
import re
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[1]
PAGE = ROOT / "docs" / "from-temporal.md"
DATA: dict[str, Any] = json.loads((ROOT / "tests/data/temporal-names.json").read_text("utf-8"))
BEGIN = "<!-- written by tests/test_from_temporal.py --rewrite -->\n"


def module_of(name: str) -> Any:
    """Our module of Temporal's name; None when there is none."""
    if name == "workflow.unsafe":
        return import_module("duralog.workflow").unsafe
    try:
        return import_module(f"duralog.{name}")
    except ModuleNotFoundError:
        return None


def status_of(module: str, name: str) -> tuple[str, str]:
    """How a name stands, and why."""
    full_name = f"{module}.{name}"
    if not hasattr(module_of(module), name):
        why = next(why for pattern, why in DATA["absent"] if re.search(pattern, full_name))
        return "absent", why
    why = DATA["differs"].get(full_name, "")
    return ("differs", why) if why else ("same", "")


def table() -> str:
    """All rows, by module."""
    parts: list[str] = []
    for module, names in DATA["modules"].items():
        parts += [f"\n### temporalio.{module}\n", "| name | here | why |", "|---|---|---|"]
        parts += ["| `{}` | {} | {} |".format(name, *status_of(module, name)) for name in names]
    return "\n".join(parts) + "\n"


def test_the_table_is_true(request: pytest.FixtureRequest) -> None:
    head, begin, rows = PAGE.read_text(encoding="utf-8").partition(BEGIN)
    assert begin, f"{PAGE.name} has lost the line {BEGIN!r}"
    if request.config.getoption("--rewrite"):
        PAGE.write_text(head + begin + table(), encoding="utf-8")
    else:
        assert rows == table(), "run: pytest tests/test_from_temporal.py --rewrite"


def test_what_differs_exists() -> None:
    names = {f"{module}.{name}" for module, names in DATA["modules"].items() for name in names}
    assert DATA["differs"].keys() <= names
    for full_name in DATA["differs"]:
        module, _, name = full_name.rpartition(".")
        assert hasattr(module_of(module), name), f"{full_name} differs, and is not there"
