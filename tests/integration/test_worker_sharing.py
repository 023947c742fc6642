"""Several workers on one queue: they share, hand over when they stop, and replay what they lack."""

import asyncio
import os
import threading
from collections.abc import Iterator
from datetime import timedelta

import pytest

from duralog import activity, workflow
from duralog.client import Client
from duralog.schemas.events import ActivityTaskStarted, WorkflowTaskFailed
from integration.programs import LEDGER, SHORT, StepOptions, TwoSteps, read_ledger
from integration.stack import Stack, check_gap_free, new_id, working

STEPS = 24


class Meeting:
    """Where an activity waits until the test lets it go."""

    def __init__(self) -> None:
        self.running = threading.Event()
        self.attempts: list[str] = []

    def clear(self) -> None:
        """Nobody is there."""
        self.running.clear()
        self.attempts.clear()


MEETING = Meeting()


@pytest.fixture(autouse=True)
def meeting() -> Iterator[Meeting]:
    """An empty meeting for each test."""
    MEETING.clear()
    yield MEETING
    MEETING.running.set()


@workflow.defn
class Fan:
    """Many activities at once; says which workers ran them."""

    @workflow.run
    async def run(self, count: int) -> list[str]:
        names = await asyncio.gather(
            *(workflow.execute_activity("who", start_to_close_timeout=SHORT) for _ in range(count))
        )
        return sorted(set(names))


class Named:
    """A worker's activities; they know which worker that is."""

    def __init__(self, name: str) -> None:
        self._name = name

    @activity.defn
    async def who(self) -> str:
        """The worker's name."""
        return self._name


async def test_two_workers_share_a_queue(stack: Stack) -> None:
    queue = new_id("shared")
    async with (
        await stack.client() as one,
        await stack.client() as two,
        working(one, workflows=[Fan], activities=[Named("one").who], task_queue=queue),
        working(two, workflows=[Fan], activities=[Named("two").who], task_queue=queue),
    ):
        # Workflows of both engine partitions spread their activities over all task partitions;
        # how soon the second worker gets its share is the group's business.
        seen: set[str] = set()
        while len(seen) < 2:
            runs = (one.execute_workflow(Fan.run, 8, id=new_id(), task_queue=queue) for _ in "1234")
            seen.update(*await asyncio.gather(*runs))
    assert seen == {"one", "two"}


@activity.defn
async def linger() -> str:
    """The first execution stays until its worker cancels it; the next returns."""
    MEETING.attempts.append(f"attempt {activity.info().attempt}")
    if len(MEETING.attempts) > 1:
        return "handed over"
    MEETING.running.set()
    await asyncio.Event().wait()
    return "never"


@activity.defn
async def finish() -> str:
    """Ends a moment after its worker was told to stop."""
    MEETING.running.set()
    await activity.wait_for_worker_shutdown()
    MEETING.attempts.append(f"attempt {activity.info().attempt}")
    return "finished"


@workflow.defn
class Linger:
    @workflow.run
    async def run(self, name: str) -> str:
        result: str = await workflow.execute_activity(
            name, start_to_close_timeout=timedelta(minutes=5)
        )
        return result


async def test_what_runs_is_handed_over_at_once_when_a_worker_stops(
    stack: Stack, meeting: Meeting
) -> None:
    queue = new_id("handover")
    async with await stack.client() as client:
        async with working(client, workflows=[Linger], activities=[linger], task_queue=queue):
            handle = await client.start_workflow(
                Linger.run, "linger", id=new_id(), task_queue=queue
            )
            assert await asyncio.to_thread(meeting.running.wait, 20)
        async with working(client, workflows=[Linger], activities=[linger], task_queue=queue):
            assert await handle.result() == "handed over"
        history = await handle.fetch_history()
    check_gap_free(history)
    # Given back, not timed out: it is still the first attempt.
    assert meeting.attempts == ["attempt 1", "attempt 1"]
    started = [e for e in history.events if isinstance(e, ActivityTaskStarted)]
    assert [event.attempt for event in started] == [1]


async def test_what_ends_within_the_grace_is_finished_where_it_runs(
    stack: Stack, meeting: Meeting
) -> None:
    queue = new_id("grace")
    async with await stack.client() as client:
        async with working(
            client,
            workflows=[Linger],
            activities=[finish],
            task_queue=queue,
            graceful_shutdown_timeout=timedelta(seconds=10),
        ):
            handle = await client.start_workflow(
                Linger.run, "finish", id=new_id(), task_queue=queue
            )
            assert await asyncio.to_thread(meeting.running.wait, 20)
        async with working(client, workflows=[Linger], activities=[finish], task_queue=queue):
            assert await handle.result() == "finished"
    assert meeting.attempts == ["attempt 1"]


async def test_a_worker_process_asked_to_stop_repeats_nothing(
    stack: Stack, tmp_path_factory: pytest.TempPathFactory
) -> None:
    ledger, queue = tmp_path_factory.mktemp("stop") / "ledger", new_id("stop")
    environment = {LEDGER: str(ledger)}
    async with await stack.client() as client:
        first = await asyncio.to_thread(stack.start_worker, queue, environment=environment)
        ids = [new_id() for _ in range(STEPS)]
        handles = [
            await client.start_workflow(TwoSteps.run, StepOptions(), id=i, task_queue=queue)
            for i in ids
        ]
        await handles[0].result()  # In the middle of the rest.
        first.terminate()
        second = await asyncio.to_thread(stack.start_worker, queue, environment=environment)
        assert await asyncio.to_thread(first.wait) == os.EX_OK
        assert [await handle.result() for handle in handles] == ["ONETWO"] * STEPS
        second.terminate()
    for workflow_id in ids:
        assert [entry.step for entry in read_ledger(ledger, workflow_id)] == ["one", "two"]


@workflow.defn
class Long:
    """A history too long to travel with each task, and so to be asked for by who lacks the run."""

    def __init__(self) -> None:
        self.texts: list[str] = []

    @workflow.signal
    async def add(self, text: str) -> None:
        self.texts.append(text)

    @workflow.run
    async def run(self, count: int) -> int:
        await workflow.wait_condition(lambda: len(self.texts) >= count)
        return sum(map(len, self.texts))


async def signal_in_turn(client: Client, queue: str) -> list[int]:
    """Two workflows that take turns: with one place in the cache, each drives out the other."""
    handles = [
        await client.start_workflow(Long.run, 4, id=new_id(), task_queue=queue) for _ in range(2)
    ]
    for _ in range(4):
        for handle in handles:
            await handle.signal(Long.add, "x" * 3_000)
    results = [await handle.result() for handle in handles]
    for handle in handles:
        history = await handle.fetch_history()
        check_gap_free(history)
        assert not [e for e in history.events if isinstance(e, WorkflowTaskFailed)]
    return results


@pytest.mark.parametrize("cached", [0, 1, 100])
async def test_a_run_that_is_not_cached_is_replayed(stack: Stack, cached: int) -> None:
    async with (
        await stack.client() as client,
        working(client, workflows=[Long], max_cached_workflows=cached) as worker,
    ):
        assert await signal_in_turn(client, worker.task_queue) == [12_000, 12_000]


async def test_a_new_worker_replays_a_long_history(stack: Stack) -> None:
    queue = new_id("long")
    async with await stack.client() as client:
        async with working(client, workflows=[Long], task_queue=queue):
            handle = await client.start_workflow(Long.run, 5, id=new_id(), task_queue=queue)
            for _ in range(4):
                await handle.signal(Long.add, "x" * 500_000)
        async with working(client, workflows=[Long], task_queue=queue):
            await handle.signal(Long.add, "y")
            assert await handle.result() == 2_000_001  # Asked for in parts of 900 KB.
