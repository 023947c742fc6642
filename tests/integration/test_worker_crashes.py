"""Worker processes killed at every point where custody of a task changes hands.

Each row: a worker is killed at a named point, or by its own user code; another takes over. All rows
run at once, each on a queue of its own, since a takeover waits for the dead worker's session.
"""

import asyncio
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from duralog.client import Client
from duralog.schemas.events import ActivityTaskCompleted, ActivityTaskScheduled
from integration.programs import FATE, LEDGER, Entry, StepOptions, TwoSteps, read_ledger
from integration.stack import Stack, check_gap_free, new_id

KILLED = -9
SOON_MS = 10_000  # Start-to-close of those whose death only a timeout can tell.


@dataclass(slots=True, kw_only=True)
class Row:
    """One death. executions: step, attempt, by whom: `a` is killed, `b` takes over.

    Attempt 0 is any: on a machine so busy that a task is old when it arrives, the worker asks
    first, and then the start is recorded where it would not have been.
    """

    environment: dict[str, str]
    executions: list[tuple[str, int, str]]
    options: StepOptions = field(default_factory=StepOptions)


def at(point: str) -> dict[str, str]:
    """Killed at a crash point of the worker."""
    return {"DURALOG_CRASH_AT": point}


ONE, TWO = ("one", 1, "a"), ("two", 1, "b")
ROWS: dict[str, Row] = {
    "before the task is run": Row(
        environment=at("activities.delivered"), executions=[("one", 1, "b"), TWO]
    ),
    # Nobody has heard of the start: the record is delivered again, as the same attempt.
    "while user code runs, unreported": Row(
        environment={FATE: "killed in activity"}, executions=[ONE, ("one", 0, "b"), TWO]
    ),
    # The start is recorded: its timeout decides, and the next attempt is a retry.
    "while user code runs, reported": Row(
        environment={FATE: "hangs in activity", **at("activities.start-reported")},
        executions=[("one", 0, "a"), ("one", 0, "b"), TWO],
        options=StepOptions(start_to_close_ms=SOON_MS),
    ),
    "with a claim accepted, before user code": Row(
        environment=at("activities.claimed"),
        executions=[("one", 2, "b"), TWO],
        options=StepOptions(start_to_close_ms=SOON_MS, claimed=True),
    ),
    # The engine has the answer: the record that is delivered again is refused.
    "after the answer, before the commit": Row(
        environment=at("activities.answered"), executions=[ONE, TWO]
    ),
    "before a workflow task is run": Row(
        environment=at("workflow-tasks.delivered:2"), executions=[ONE, TWO]
    ),
    "in the middle of a workflow task": Row(
        environment={FATE: "killed in workflow"}, executions=[ONE, TWO]
    ),
    "after a workflow task's answer, before the commit": Row(
        environment=at("workflow-tasks.answered:2"),
        executions=[ONE, ("two", 1, "?")],  # Who runs it is a race.
    ),
}


@dataclass(slots=True, kw_only=True)
class Outcome:
    """What became of a row."""

    status: int
    pids: dict[int, str]
    result: str
    ledger: list[Entry]
    completed: int
    scheduled: int


async def run_row(stack: Stack, client: Client, row: Row, ledger: Path) -> Outcome:
    """Start, watch the first worker die, and let the second finish."""
    queue = new_id("crash")
    environment = {LEDGER: str(ledger)}
    first = await asyncio.to_thread(
        stack.start_worker, queue, environment={**environment, **row.environment}
    )
    handle = await client.start_workflow(TwoSteps.run, row.options, id=new_id(), task_queue=queue)
    status = await asyncio.to_thread(first.wait, 90)
    second = await asyncio.to_thread(stack.start_worker, queue, environment=environment)
    result = await handle.result()
    history = await handle.fetch_history()
    check_gap_free(history)
    second.terminate()
    return Outcome(
        status=status,
        pids={first.pid: "a", second.pid: "b"},
        result=result,
        ledger=read_ledger(ledger, handle.id),
        completed=sum(isinstance(e, ActivityTaskCompleted) for e in history.events),
        scheduled=sum(isinstance(e, ActivityTaskScheduled) for e in history.events),
    )


@pytest.fixture(scope="module")
def outcomes(stack: Stack, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Outcome]:
    """Every row's outcome."""
    ledger = tmp_path_factory.mktemp("crashes") / "ledger"

    async def run() -> list[Outcome]:
        async with await stack.client() as client:
            rows = (run_row(stack, client, row, ledger) for row in ROWS.values())
            return await asyncio.gather(*rows)

    return dict(zip(ROWS, asyncio.run(run()), strict=True))


@pytest.mark.parametrize("name", ROWS)
def test_a_killed_worker_costs_no_more_than_the_kill_explains(
    name: str, outcomes: dict[str, Outcome]
) -> None:
    outcome = outcomes[name]
    assert outcome.status == KILLED
    assert outcome.result == "ONETWO"
    assert (outcome.scheduled, outcome.completed) == (2, 2)
    expected = ROWS[name].executions
    found = [(e.step, e.attempt, outcome.pids[e.pid]) for e in outcome.ledger]
    assert [_like(e, f) for e, f in zip(expected, found, strict=True)] == found


def _like(expected: tuple[str, int, str], found: tuple[str, int, str]) -> tuple[str, int, str]:
    """`expected`, with what it leaves open as it was found."""
    step, attempt, worker = expected
    return step, attempt or found[1], found[2] if worker == "?" else worker
