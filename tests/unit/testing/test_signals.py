"""Signals against the real engine in this process: with a start, and to handlers of all kinds."""

from collections.abc import AsyncIterator, Sequence

import pytest

from duralog import workflow
from duralog.common import RawValue, WorkflowIDConflictPolicy, WorkflowIDReusePolicy
from duralog.exceptions import WorkflowAlreadyStartedError
from duralog.testing import WorkflowEnvironment
from duralog.worker import Worker

QUEUE = "q"


@workflow.defn
class Ledger:
    """Writes down every signal; `@workflow.init` sees the input before them."""

    @workflow.init
    def __init__(self, owner: str) -> None:
        self.lines = [f"of {owner}"]
        self.ended = False

    @workflow.run
    async def run(self, owner: str) -> list[str]:
        assert self.lines[0] == f"of {owner}"
        workflow.set_signal_handler("late", lambda value: self.lines.append(f"late {value}"))
        await workflow.wait_condition(lambda: self.ended)
        return self.lines

    @workflow.signal
    def add(self, first: str, second: int) -> None:
        self.lines.append(f"{first} {second}")

    @workflow.signal(dynamic=True)
    def other(self, name: str, args: Sequence[RawValue]) -> None:
        values = [workflow.payload_converter().from_payload(arg.payload) for arg in args]
        self.lines.append(f"{name} {values}")

    @workflow.signal
    def end(self) -> None:
        self.ended = True

    @workflow.query
    def owner(self) -> str:
        return self.lines[0]


@pytest.fixture
async def environment() -> AsyncIterator[WorkflowEnvironment]:
    environment = await WorkflowEnvironment.start_time_skipping()
    async with (
        environment,
        Worker(environment.client, task_queue=QUEUE, workflows=[Ledger]),
    ):
        yield environment


async def test_a_signal_starts_the_workflow_or_goes_to_the_open_one(
    environment: WorkflowEnvironment,
) -> None:
    client = environment.client
    handles = [
        await client.start_workflow(
            Ledger.run,
            "Ana",
            id="l",
            task_queue=QUEUE,
            start_signal="add",
            start_signal_args=["n", number],
        )
        for number in range(3)
    ]
    assert len({handle.result_run_id for handle in handles}) == 1
    await handles[0].signal("unheard of", args=[1, "a"])
    assert await handles[0].query(Ledger.owner) == "of Ana"  # Its code has begun: it knows "late".
    await handles[0].signal("late", 5)
    await handles[0].signal(Ledger.end)
    assert await handles[0].result() == [
        "of Ana", "n 0", "n 1", "n 2", "unheard of [1, 'a']", "late 5"
    ]  # fmt: skip
    history = await handles[0].fetch_history()
    kinds = [type(event).__name__ for event in history.events[:3]]
    assert kinds == [
        "WorkflowExecutionStarted", "WorkflowExecutionSignaled", "WorkflowTaskScheduled"
    ]  # fmt: skip


async def test_policies_of_a_start_hold_with_a_signal(environment: WorkflowEnvironment) -> None:
    client = environment.client
    first = await client.start_workflow(
        Ledger.run, "Ana", id="l", task_queue=QUEUE, start_signal="end"
    )
    assert await first.result() == ["of Ana"]
    with pytest.raises(WorkflowAlreadyStartedError):
        await client.start_workflow(
            Ledger.run,
            "Eve",
            id="l",
            task_queue=QUEUE,
            start_signal="end",
            id_reuse_policy=WorkflowIDReusePolicy.REJECT_DUPLICATE,
        )
    second = await client.start_workflow(Ledger.run, "Eve", id="l", task_queue=QUEUE)
    third = await client.start_workflow(
        Ledger.run,
        "Ida",
        id="l",
        task_queue=QUEUE,
        start_signal="end",
        id_conflict_policy=WorkflowIDConflictPolicy.TERMINATE_EXISTING,
    )
    assert third.result_run_id != second.result_run_id
    assert await third.result() == ["of Ida"]
