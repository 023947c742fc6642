"""Reads the ledger of effects: what was done twice, and whether a kill explains it."""

import json
from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Final

START_TO_CLOSE_MS: Final = 5_000  # Of the example's activity.


@dataclass(slots=True, kw_only=True)
class Execution:
    """One attempt of an activity that a process began.

    outcome: `done`, `failed`, or empty when it never ended.
    """

    activity: tuple[str, str]
    attempt: int
    pid: int
    begin_ms: int
    end_ms: int = 0
    outcome: str = ""


def read(ledger: Path) -> list[Execution]:
    """All executions, by the time they began."""
    found: dict[str, Execution] = {}
    if not ledger.exists():
        return []
    for line in ledger.read_text().splitlines():
        entry = json.loads(line)
        if entry["what"] == "begin":
            found[entry["execution"]] = Execution(
                activity=(entry["run"], entry["activity"]),
                attempt=entry["attempt"],
                pid=entry["pid"],
                begin_ms=entry["time_ms"],
            )
        else:
            found[entry["execution"]].outcome = entry["what"]
            found[entry["execution"]].end_ms = entry["time_ms"]
    return sorted(found.values(), key=lambda execution: execution.begin_ms)


def running(ledger: Path, pid: int) -> int:
    """How many executions `pid` is in the middle of."""
    return sum(e.pid == pid and not e.outcome for e in read(ledger))


def repeats(
    executions: list[Execution],
    killed: Collection[int],
    outages: Collection[tuple[int, int]] = (),
) -> tuple[int, list[str]]:
    """How many executions were repeated because of a kill, and those that nothing explains.

    An execution that failed and is followed by the next attempt is a retry, not a repeat.
    killed: workers. outages: from when to when the engine was away: a start that it accepted just
    before counts from then, though the worker hears of it, and begins, only afterwards.
    """
    activities: dict[tuple[str, str], list[Execution]] = defaultdict(list)
    for execution in executions:
        activities[execution.activity].append(execution)
    explained, unexplained = 0, list[str]()
    for activity, attempts in activities.items():
        for execution, follower in pairwise(attempts):
            if execution.outcome == "failed" and follower.attempt == execution.attempt + 1:
                continue
            if execution.pid in killed or _is_cut(execution, outages):
                explained += 1
            else:
                unexplained.append(f"{activity}: {execution} was followed by {follower}")
        if attempts[-1].outcome != "done":
            unexplained.append(f"{activity}: {attempts[-1]} is the last, and not done")
    return explained, unexplained


def _is_cut(execution: Execution, outages: Collection[tuple[int, int]]) -> bool:
    """True when an outage of the engine took from the time that an execution had."""
    earliest_ms = execution.begin_ms - START_TO_CLOSE_MS
    return any(
        began_ms <= execution.end_ms and ended_ms >= earliest_ms for began_ms, ended_ms in outages
    )
