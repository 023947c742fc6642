"""Workflows on a real Kafka: timers, signals while a task is out, cancellation, failed tasks."""

import asyncio
import threading
from collections.abc import Iterator
from datetime import timedelta

import pytest

from duralog import workflow
from duralog.client import WorkflowExecutionStatus, WorkflowFailureError
from duralog.exceptions import CancelledError
from duralog.schemas.events import WorkflowTaskFailed
from integration.programs import SHORT, Collect, echo
from integration.records import Seen, reading
from integration.stack import Stack, check_gap_free, event_of, new_id, working


class Gate:
    """Holds the workflow thread of this process in the middle of a Workflow Task."""

    def __init__(self) -> None:
        self.reached = threading.Event()
        self.opened = threading.Event()
        self.failures_left = 0

    def close(self) -> None:
        """Hold who comes next."""
        self.reached.clear()
        self.opened.clear()
        self.failures_left = 0

    def hold(self) -> None:
        """Wait until the test opens it; later passages do not wait."""
        self.reached.set()
        self.opened.wait(10)


GATE = Gate()


@pytest.fixture(autouse=True)
def gate() -> Iterator[Gate]:
    """A closed gate for each test."""
    GATE.close()
    yield GATE
    GATE.opened.set()


@workflow.defn
class Patient:
    """Waits for a name, but not for ever."""

    def __init__(self) -> None:
        self.name = ""

    @workflow.signal
    async def tell(self, name: str) -> None:
        self.name = name

    @workflow.run
    async def run(self, wait_ms: int) -> str:
        try:
            await workflow.wait_condition(
                lambda: self.name != "", timeout=timedelta(milliseconds=wait_ms)
            )
        except TimeoutError:
            return "nobody came"
        return self.name


@pytest.mark.parametrize("told", [False, True])
async def test_a_wait_ends_by_its_condition_or_its_timer(stack: Stack, told: bool) -> None:
    async with await stack.client() as client, working(client, workflows=[Patient]) as worker:
        handle = await client.start_workflow(
            Patient.run, 20_000 if told else 300, id=new_id(), task_queue=worker.task_queue
        )
        if told:
            await event_of_timer(stack, handle.result_run_id or "", count=1)
            await handle.signal(Patient.tell, "Ana")
        assert await handle.result() == ("Ana" if told else "nobody came")
        names = check_gap_free(await handle.fetch_history())
        # Set and resolved: what waits is what the topic holds.
        records = await event_of_timer(stack, handle.result_run_id or "", count=2)
    assert ("TimerCanceled" if told else "TimerFired") in names
    assert [record.value is None for record in records] == [False, True]


async def event_of_timer(stack: Stack, run_id: str, *, count: int) -> list[Seen]:
    """The first records of a run's timers in the topic `timers`."""
    found: list[Seen] = []

    def is_enough(seen: list[Seen]) -> bool:
        found[:] = [record for record in seen if record.key.startswith(run_id.encode())]
        return len(found) >= count

    def read() -> None:
        with reading(stack.address, stack.topic("timers")) as log:
            log.until(is_enough)

    await asyncio.to_thread(read)
    return found


@workflow.defn
class Hasty:
    """Completes in its first task, unless a signal came meanwhile."""

    def __init__(self) -> None:
        self.names: list[str] = []

    @workflow.signal
    async def add(self, name: str) -> None:
        self.names.append(name)

    @workflow.run
    async def run(self) -> list[str]:
        GATE.hold()
        return self.names


async def test_a_signal_while_a_completing_task_is_out_is_not_lost(
    stack: Stack, gate: Gate
) -> None:
    async with await stack.client() as client, working(client, workflows=[Hasty]) as worker:
        handle = await client.start_workflow(Hasty.run, id=new_id(), task_queue=worker.task_queue)
        assert await asyncio.to_thread(gate.reached.wait, 20)
        await handle.signal(Hasty.add, "late")
        gate.opened.set()
        assert await handle.result() == ["late"]
        history = await handle.fetch_history()
    check_gap_free(history)
    causes = [event.cause for event in history.events if isinstance(event, WorkflowTaskFailed)]
    assert causes == ["UNHANDLED_COMMAND"]


@workflow.defn
class Bumpy:
    """Its code has a bug that is mended while it runs."""

    @workflow.run
    async def run(self) -> str:
        if GATE.failures_left:
            GATE.failures_left -= 1
            raise ValueError("a bug")
        return "mended"


async def test_a_bug_fails_the_task_and_keeps_the_run(stack: Stack, gate: Gate) -> None:
    gate.failures_left = 2
    async with await stack.client() as client, working(client, workflows=[Bumpy]) as worker:
        handle = await client.start_workflow(Bumpy.run, id=new_id(), task_queue=worker.task_queue)
        failed = await event_of(handle, WorkflowTaskFailed)
        assert await handle.result() == "mended"
        names = check_gap_free(await handle.fetch_history())
    assert failed.cause == "WORKFLOW_WORKER_UNHANDLED_FAILURE"
    assert failed.failure is not None
    assert failed.failure.message == "a bug"
    assert names.count("WorkflowTaskFailed") == 1  # Further attempts are transient.


@workflow.defn
class Tidy:
    """Cleans up when it is cancelled."""

    @workflow.run
    async def run(self) -> str:
        try:
            await asyncio.sleep(600)
        except asyncio.CancelledError:
            return await workflow.execute_activity(echo, "cleaned up", start_to_close_timeout=SHORT)
        return "slept"


async def test_a_cancelled_workflow_may_clean_up_and_complete(stack: Stack) -> None:
    async with (
        await stack.client() as client,
        working(client, workflows=[Tidy], activities=[echo]) as worker,
    ):
        handle = await client.start_workflow(Tidy.run, id=new_id(), task_queue=worker.task_queue)
        await event_of_timer(stack, handle.result_run_id or "", count=1)
        await handle.cancel(reason="no longer needed")
        assert await handle.result() == "cleaned up"
        names = check_gap_free(await handle.fetch_history())
    assert {"WorkflowExecutionCancelRequested", "TimerCanceled"} <= set(names)


async def test_a_cancelled_wait_cancels_the_workflow(stack: Stack) -> None:
    async with await stack.client() as client, working(client, workflows=[Collect]) as worker:
        handle = await client.start_workflow(
            Collect.run, 1, id=new_id(), task_queue=worker.task_queue
        )
        await handle.cancel()
        with pytest.raises(WorkflowFailureError) as raised:
            await handle.result()
        assert (await handle.describe()).status is WorkflowExecutionStatus.CANCELED
    assert isinstance(raised.value.cause, CancelledError)


async def test_a_delayed_start_is_a_timer_until_it_is_due(stack: Stack) -> None:
    async with await stack.client() as client, working(client, workflows=[Bumpy]) as worker:
        handle = await client.start_workflow(
            Bumpy.run,
            id=new_id(),
            task_queue=worker.task_queue,
            start_delay=timedelta(milliseconds=500),
        )
        assert await handle.result() == "mended"
        records = await event_of_timer(stack, handle.result_run_id or "", count=2)
        description = await handle.describe()
    assert [record.value is None for record in records] == [False, True]
    assert description.execution_time is not None
    delay = description.execution_time - description.start_time
    assert delay == timedelta(milliseconds=500)
