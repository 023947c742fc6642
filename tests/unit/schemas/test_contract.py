"""The .avsc files are the contract: generated code follows them, and versions stay compatible."""

import copy
import subprocess
import sys
from collections import Counter
from collections.abc import Callable
from itertools import combinations
from pathlib import Path
from typing import Any

import pytest

from duralog.schemas import codec
from unit.schemas.compatibility import breaks

ROOT = Path(__file__).parents[3]


def test_generated_modules_are_what_the_avsc_files_say(tmp_path: Path) -> None:
    """Regenerates into a copy and compares after formatting."""
    command = [sys.executable, str(ROOT / "schemas" / "generate.py"), "--out", str(tmp_path)]
    subprocess.run(command, check=True, capture_output=True)
    for path in sorted(tmp_path.glob("*.py")):
        actual = (ROOT / "schemas" / "duralog" / "schemas" / path.name).read_text(encoding="utf-8")
        assert actual == path.read_text(encoding="utf-8"), f"{path.name}: run `make schemas`"


def test_schema_ids_are_unique_and_named_by_their_version() -> None:
    paths = sorted((ROOT / "schemas" / "duralog" / "schemas" / "avsc").glob("*/*.avsc"))
    assert len(paths) == len(codec.schemas())
    for path in paths:
        name, version = path.name.removesuffix(".avsc").rsplit(".v", 1)
        wanted = (f"duralog.{path.parent.name}", f"{name}.v{version}")
        assert wanted in {
            (s["namespace"], f"{s['name']}.v{s['schema_id'] % 100}")
            for s in codec.schemas().values()
        }
    assert max(Counter(i // 100 for i in codec.schemas()).values()) < 100


def test_all_versions_of_each_schema_are_fully_compatible() -> None:
    versions: dict[tuple[str, str], list[dict[str, Any]]] = {}
    for schema in codec.schemas().values():
        versions.setdefault((schema["namespace"], schema["name"]), []).append(schema)
    for schemas in versions.values():
        for one, other in combinations(schemas, 2):
            assert breaks(one, other) == []


def _scheduled() -> dict[str, Any]:
    return next(s for s in codec.schemas().values() if s["name"] == "ActivityTaskScheduled")


def _add_optional(schema: dict[str, Any]) -> None:
    schema["fields"].append({"name": "priority", "type": "int", "default": 0})


def _remove_optional(schema: dict[str, Any]) -> None:
    schema["fields"] = [f for f in schema["fields"] if f["name"] != "header"]


@pytest.mark.parametrize("change", [_add_optional, _remove_optional])
def test_a_planted_compatible_change_passes(change: Callable[[dict[str, Any]], None]) -> None:
    changed = copy.deepcopy(_scheduled())
    change(changed)
    assert breaks(_scheduled(), changed) == []


def _add_required(schema: dict[str, Any]) -> None:
    schema["fields"].append({"name": "priority", "type": "int"})


def _remove_required(schema: dict[str, Any]) -> None:
    schema["fields"] = [f for f in schema["fields"] if f["name"] != "activity_id"]


def _widen(schema: dict[str, Any]) -> None:
    next(f for f in schema["fields"] if f["name"] == "event_id")["type"] = "double"


def _break_payload(schema: dict[str, Any]) -> None:
    array = next(f for f in schema["fields"] if f["name"] == "header")["type"]
    array["values"]["fields"][1]["type"] = "string"


def _drop_null(schema: dict[str, Any]) -> None:
    field = next(f for f in schema["fields"] if f["name"] == "retry_policy")
    field["type"] = field["type"][1]


@pytest.mark.parametrize(
    "change", [_add_required, _remove_required, _widen, _break_payload, _drop_null]
)
def test_a_planted_incompatible_change_fails(change: Callable[[dict[str, Any]], None]) -> None:
    changed = copy.deepcopy(_scheduled())
    change(changed)
    assert breaks(_scheduled(), changed) != []
