"""The demo's verdict: a repeat is explained by a kill, or it is a fault."""

import importlib.util
import json
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

PATH = Path(__file__).parents[3] / "examples" / "demo" / "ledger.py"
KILLED, ALIVE = 100, 200


@pytest.fixture(scope="module")
def ledger() -> ModuleType:
    spec = importlib.util.spec_from_file_location("demo_ledger", PATH)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["demo_ledger"] = module  # A dataclass looks its module up.
    spec.loader.exec_module(module)
    return module


def write(path: Path, *executions: tuple[int, int, str]) -> None:
    """One activity; each execution is (attempt, pid, outcome), one after the other."""
    lines: list[dict[str, Any]] = []
    for i, (attempt, pid, outcome) in enumerate(executions):
        entry = {"execution": str(i), "run": "r", "activity": "1", "attempt": attempt, "pid": pid}
        lines.append({**entry, "what": "begin", "time_ms": i})
        if outcome:
            lines.append({**entry, "what": outcome, "time_ms": i})
    path.write_text("\n".join(map(json.dumps, lines)))


@pytest.mark.parametrize(
    ("executions", "explained", "faults"),
    [
        ([(1, ALIVE, "done")], 0, 0),
        ([(1, ALIVE, "failed"), (2, ALIVE, "done")], 0, 0),
        ([(1, KILLED, ""), (1, ALIVE, "done")], 1, 0),
        ([(1, KILLED, "done"), (1, ALIVE, "done")], 1, 0),
        ([(1, KILLED, "failed"), (1, ALIVE, "failed"), (2, ALIVE, "done")], 1, 0),
        ([(1, ALIVE, "done"), (1, ALIVE, "done")], 0, 1),
        ([(1, ALIVE, "failed"), (1, ALIVE, "done")], 0, 1),
        ([(1, ALIVE, "")], 0, 1),
    ],
)
def test_a_repeat_is_explained_by_a_kill_or_is_a_fault(
    ledger: ModuleType,
    tmp_path: Path,
    executions: list[tuple[int, int, str]],
    explained: int,
    faults: int,
) -> None:
    path = tmp_path / "ledger.jsonl"
    write(path, *executions)
    found, unexplained = ledger.repeats(ledger.read(path), {KILLED})
    assert (found, len(unexplained)) == (explained, faults)


@pytest.mark.parametrize(
    ("outage", "explained"),
    [((5_500, 9_000), 1), ((9_000, 12_000), 1), ((1_000, 4_000), 0), ((11_000, 12_000), 0)],
)
def test_an_outage_of_the_engine_explains_what_it_cut_short(
    ledger: ModuleType, outage: tuple[int, int], explained: int
) -> None:
    def execution(attempt: int, begin_ms: int) -> Any:
        return ledger.Execution(
            activity=("r", "1"),
            attempt=attempt,
            pid=ALIVE,
            begin_ms=begin_ms,
            end_ms=begin_ms + 300,
            outcome="done",
        )

    found, unexplained = ledger.repeats([execution(1, 10_000), execution(2, 16_000)], (), [outage])
    assert (found, len(unexplained)) == (explained, 1 - explained)


def test_what_a_process_is_in_the_middle_of_is_counted(ledger: ModuleType, tmp_path: Path) -> None:
    path = tmp_path / "ledger.jsonl"
    assert ledger.running(path, ALIVE) == 0
    write(path, (1, ALIVE, ""), (1, ALIVE, "done"), (1, KILLED, ""))
    assert ledger.running(path, ALIVE) == 1
