"""Updates that are rejected leave no event, and the worker's run lives on."""

import pytest

from duralog import workflow
from duralog.client import WorkflowUpdateFailedError
from duralog.exceptions import ApplicationError
from duralog.testing import WorkflowEnvironment
from duralog.worker import Replayer, Worker

BORN: list[str] = []  # One for each time that a run's object is made: more are replays.


@workflow.defn
class Ledger:
    """Adds up, and never goes below zero."""

    def __init__(self) -> None:
        BORN.append(workflow.info().workflow_id)
        self.sum = 0
        self.closed = False

    @workflow.run
    async def run(self, _padding: str) -> int:
        await workflow.wait_condition(lambda: self.closed)
        return self.sum

    @workflow.update
    async def add(self, amount: int) -> int:
        self.sum += amount
        return self.sum

    @add.validator
    def check(self, amount: int) -> None:
        if self.sum + amount < 0:
            raise ApplicationError("below zero")

    @workflow.signal
    def close(self) -> None:
        self.closed = True


# Past 8 KiB a task carries what is new only, and a run that cannot follow is replayed.
@pytest.mark.parametrize("padding", [0, 9_000])
async def test_a_rejected_update_leaves_no_event_and_costs_no_replay(padding: int) -> None:
    name = f"ledger-{padding}"
    async with (
        await WorkflowEnvironment.start_time_skipping() as env,
        Worker(env.client, task_queue="q", workflows=[Ledger]),
    ):
        handle = await env.client.start_workflow(Ledger.run, "x" * padding, id=name, task_queue="q")
        assert await handle.execute_update(Ledger.add, 5) == 5
        before = len((await handle.fetch_history()).events)
        for _ in range(3):
            with pytest.raises(WorkflowUpdateFailedError):
                await handle.execute_update(Ledger.add, -9)
        assert len((await handle.fetch_history()).events) == before
        assert await handle.execute_update(Ledger.add, 2) == 7
        with pytest.raises(WorkflowUpdateFailedError):
            await handle.execute_update(Ledger.add, -9)
        await handle.signal(Ledger.close)
        assert await handle.result() == 7
        history = await handle.fetch_history()
    assert BORN.count(name) == 1
    await Replayer(workflows=[Ledger]).replay_workflow(history)
