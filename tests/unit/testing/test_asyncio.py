"""asyncio inside workflows, where an engine takes part: shielding, semaphores, cancelled waits."""

import asyncio
from datetime import timedelta

import pytest

from duralog import activity, workflow
from duralog.client import WorkflowFailureError
from duralog.exceptions import ActivityError, CancelledError
from duralog.testing import WorkflowEnvironment
from duralog.worker import Replayer, Worker

SHORT = timedelta(seconds=30)


@activity.defn
async def echo(text: str) -> str:
    return text


@workflow.defn
class Shielded:
    """Cleans up although it is cancelled, and says so."""

    def __init__(self) -> None:
        self.done: list[str] = []

    @workflow.run
    async def run(self) -> list[str]:
        try:
            await asyncio.sleep(3600)
        except asyncio.CancelledError:
            self.done.append("cancelled")
        work = asyncio.create_task(self.work())
        waiting = asyncio.create_task(self.wait_for(work))
        await asyncio.sleep(0)
        waiting.cancel()
        await asyncio.gather(waiting, work)
        return self.done

    async def work(self) -> None:
        await asyncio.sleep(1)
        self.done.append(
            await workflow.execute_activity(echo, "cleaned", start_to_close_timeout=SHORT)
        )

    async def wait_for(self, work: "asyncio.Task[None]") -> None:
        try:
            await asyncio.shield(work)
        except asyncio.CancelledError:
            self.done.append("not waited for")


@workflow.defn
class TwoAtATime:
    """Ten activities, of which two may be open."""

    @workflow.run
    async def run(self) -> int:
        places, most, running = asyncio.Semaphore(2), 0, 0

        async def one(number: int) -> None:
            nonlocal most, running
            async with places:
                running += 1
                most = max(most, running)
                await workflow.execute_activity(echo, str(number), start_to_close_timeout=SHORT)
                running -= 1

        await asyncio.gather(*(one(number) for number in range(6)))
        return most


@workflow.defn
class Abandoned:
    """Its activity is nobody's; the cancelled workflow does not wait for it."""

    @workflow.run
    async def run(self, kind: int) -> None:
        await workflow.execute_activity(
            echo,
            "never",
            task_queue="nobody",
            start_to_close_timeout=SHORT,
            cancellation_type=workflow.ActivityCancellationType(kind),
        )


ALL = [Shielded, TwoAtATime, Abandoned]


async def test_what_is_shielded_goes_on() -> None:
    async with (
        await WorkflowEnvironment.start_time_skipping() as environment,
        Worker(environment.client, task_queue="main", workflows=ALL, activities=[echo]),
    ):
        handle = await environment.client.start_workflow(Shielded.run, id="w", task_queue="main")
        await environment.sleep(1)
        await handle.cancel()
        assert await handle.result() == ["cancelled", "not waited for", "cleaned"]
        await Replayer(workflows=ALL).replay_workflow(await handle.fetch_history())


async def test_a_semaphore_bounds_what_is_open() -> None:
    async with (
        await WorkflowEnvironment.start_time_skipping() as environment,
        Worker(environment.client, task_queue="main", workflows=ALL, activities=[echo]),
    ):
        run = environment.client.execute_workflow(TwoAtATime.run, id="w", task_queue="main")
        assert await run == 2


@pytest.mark.parametrize("kind", list(workflow.ActivityCancellationType))
async def test_a_cancelled_activity_that_nobody_runs_fails_the_workflow(kind: int) -> None:
    async with (
        await WorkflowEnvironment.start_time_skipping() as environment,
        Worker(environment.client, task_queue="main", workflows=ALL, activities=[echo]),
    ):
        handle = await environment.client.start_workflow(
            Abandoned.run, int(kind), id="w", task_queue="main"
        )
        while not (await handle.describe()).pending_activities_count:
            pass  # The engine answers when it is idle.
        await handle.cancel()
        with pytest.raises(WorkflowFailureError) as raised:
            await handle.result()
        names = [type(event).__name__ for event in (await handle.fetch_history()).events]
    assert isinstance(raised.value.cause, CancelledError | ActivityError)
    requested = kind != workflow.ActivityCancellationType.ABANDON
    assert ("ActivityTaskCancelRequested" in names) is requested
    waited = kind == workflow.ActivityCancellationType.WAIT_CANCELLATION_COMPLETED
    assert ("ActivityTaskCanceled" in names) is waited
