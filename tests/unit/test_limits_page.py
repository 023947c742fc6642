"""The page of limits says what the code says."""

import re
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

from duralog.state import limits

PAGE = Path(__file__).parents[2] / "docs" / "limits.md"
ROW = re.compile(r"\| ([^|]+) \| ([\d,]+)(?: bytes)? \| `([\w.]+):([\w.]+)` \| ([^|]+) \|")
ROWS = [m.groups() for m in map(ROW.fullmatch, PAGE.read_text().splitlines()) if m]
# How large one part or choice may be, or times: nothing that adds up.
NOT_KEPT = {
    "WHOLE_HISTORY_BYTES_MAX",
    "TASK_EVENTS_BYTES_MAX",
    "HELD_BYTES_MAX",
    "CHAIN_SEEN_MAX",
    "MEMO_BYTES_MAX",
    "SEARCH_ATTRIBUTES_MAX",
    "SEARCH_ATTRIBUTE_BYTES_MAX",
    "SEARCH_ATTRIBUTES_BYTES_MAX",
    "UPDATES_TOTAL_MAX",
    "LAST_FAILURE_CAUSES_MAX",
    "LAST_FAILURE_BYTES_MAX",
    "DESCRIBED_ACTIVITIES_MAX",
}


def value_of(module: str, name: str) -> Any:
    found: Any = import_module(module)
    for part in name.split("."):
        found = getattr(found, part) if isinstance(found, type(re)) else default_of(found, part)
    return found


def default_of(owner: Any, name: str) -> Any:
    """Of a dataclass's field."""
    return owner.__dataclass_fields__[name].default


@pytest.mark.parametrize(("what", "limit", "module", "name", "then"), ROWS)
def test_a_limit_is_as_the_page_has_it(
    what: str, limit: str, module: str, name: str, then: str
) -> None:
    assert value_of(module, name) == int(limit.replace(",", "")), what
    assert then.strip(), what


def test_every_line_of_the_table_is_read() -> None:
    lines = [line for line in PAGE.read_text().splitlines() if "`duralog." in line and "|" in line]
    assert len(ROWS) == len(lines) >= 40


def test_every_limit_of_the_engine_is_on_the_page() -> None:
    named = {name for _, _, module, name, _ in ROWS if module == limits.__name__}
    bounds = {n for n in dir(limits) if n.endswith("_MAX") and not n.endswith("_MS_MAX")}
    assert bounds - NOT_KEPT - named == set()
    assert bounds - named >= NOT_KEPT
