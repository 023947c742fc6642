"""Activities on a real Kafka: retries one can see, timeouts, cancellation, threads, instances."""

import asyncio
import threading
from datetime import timedelta
from typing import Any

import pytest

from duralog import activity, workflow
from duralog.client import WorkflowFailureError
from duralog.common import RetryPolicy
from duralog.exceptions import (
    ActivityError,
    ApplicationError,
    CancelledError,
    RetryState,
    TimeoutError,
    TimeoutType,
)
from duralog.schemas.codec import decode
from duralog.schemas.events import ActivityTaskStarted
from duralog.schemas.transitions import ActivityRetry
from integration.programs import SHORT
from integration.records import Seen, reading
from integration.stack import Stack, check_gap_free, new_id, working

SECOND = timedelta(seconds=1)
WAIT_FOR_END = workflow.ActivityCancellationType.WAIT_CANCELLATION_COMPLETED


class Notes:
    """What activities of this file have seen, for the test that runs them."""

    def __init__(self) -> None:
        self.running = threading.Event()
        self.ended = threading.Event()
        self.seen: list[str] = []

    def clear(self) -> None:
        """Forget all."""
        self.running.clear()
        self.ended.clear()
        self.seen.clear()

    def end(self, text: str) -> None:
        """The last note of an activity."""
        self.seen.append(text)
        self.ended.set()


NOTES = Notes()


@pytest.fixture(autouse=True)
def notes() -> Notes:
    """Fresh notes for each test."""
    NOTES.clear()
    return NOTES


@activity.defn
async def fail_twice() -> int:
    """Succeeds at the third attempt."""
    attempt = activity.info().attempt
    if attempt < 3:
        raise ApplicationError(f"attempt {attempt}", type="Flaky")
    return attempt


@workflow.defn
class Flaky:
    @workflow.run
    async def run(self) -> int:
        policy = RetryPolicy(initial_interval=timedelta(milliseconds=200), backoff_coefficient=2)
        return await workflow.execute_activity(
            fail_twice, start_to_close_timeout=SHORT, retry_policy=policy
        )


async def test_retries_are_seen_while_they_wait_and_gone_at_the_end(stack: Stack) -> None:
    async with (
        await stack.client() as client,
        working(client, workflows=[Flaky], activities=[fail_twice]) as worker,
    ):
        handle = await client.start_workflow(Flaky.run, id=new_id(), task_queue=worker.task_queue)
        assert await handle.result() == 3
        run_id = handle.result_run_id or ""
        started = [
            e for e in (await handle.fetch_history()).events if isinstance(e, ActivityTaskStarted)
        ]
    mine: list[Seen] = []

    def is_closed(seen: list[Seen]) -> bool:
        mine[:] = [record for record in seen if record.key.startswith(run_id.encode())]
        return len(mine) >= 3

    with reading(stack.address, stack.topic("retries")) as log:
        log.until(is_closed)
    assert mine[-1].value is None
    retries = [decode(record.value) for record in mine if record.value]
    assert [(r.attempt, r.activity_type) for r in retries] == [(2, "fail_twice"), (3, "fail_twice")]
    assert all(isinstance(r, ActivityRetry) for r in retries)
    assert [r.last_failure and r.last_failure.type for r in retries] == ["Flaky", "Flaky"]
    # Attempt 3 waits twice as long, and attempt 2 had to run in between.
    assert retries[1].due_time_ms - retries[0].due_time_ms >= 400
    assert [(e.attempt, e.last_failure.message) for e in started if e.last_failure] == [
        (3, "attempt 2")
    ]


@activity.defn
async def hang(heartbeats: bool) -> None:
    """Never returns."""
    if heartbeats:
        activity.heartbeat("half way")
    try:
        await asyncio.Event().wait()
    finally:
        NOTES.end(f"attempt {activity.info().attempt}")


@workflow.defn
class Hang:
    @workflow.run
    async def run(self, heartbeats: bool) -> None:
        await workflow.execute_activity(
            hang,
            heartbeats,
            start_to_close_timeout=SHORT if heartbeats else SECOND,
            heartbeat_timeout=SECOND if heartbeats else None,
            retry_policy=RetryPolicy(
                maximum_attempts=2, initial_interval=timedelta(milliseconds=100)
            ),
        )


@pytest.mark.parametrize("kind", [TimeoutType.START_TO_CLOSE, TimeoutType.HEARTBEAT])
async def test_a_timeout_is_retried_and_then_the_cause(
    stack: Stack, kind: TimeoutType, notes: Notes
) -> None:
    async with (
        await stack.client() as client,
        working(client, workflows=[Hang], activities=[hang]) as worker,
    ):
        handle = await client.start_workflow(
            Hang.run, kind is TimeoutType.HEARTBEAT, id=new_id(), task_queue=worker.task_queue
        )
        with pytest.raises(WorkflowFailureError) as raised:
            await handle.result()
        assert "ActivityTaskTimedOut" in check_gap_free(await handle.fetch_history())
    error = raised.value.cause
    assert isinstance(error, ActivityError)
    assert error.retry_state is RetryState.MAXIMUM_ATTEMPTS_REACHED
    assert isinstance(error.cause, TimeoutError)
    assert error.cause.type is kind
    if kind is TimeoutType.HEARTBEAT:
        assert list(error.cause.last_heartbeat_details) == ["half way"]
    assert sorted(notes.seen) == ["attempt 1", "attempt 2"]


@activity.defn
async def beat() -> str:
    """Heartbeats until it is cancelled."""
    NOTES.running.set()
    try:
        while True:
            activity.heartbeat()
            await asyncio.sleep(0.05)
    except asyncio.CancelledError:
        NOTES.end("async cancelled")
        raise


@activity.defn
def beat_in_thread() -> str:
    """As `beat`, on a thread."""
    NOTES.running.set()
    never = threading.Event()
    try:
        while not never.wait(0.05):
            activity.heartbeat()
    except CancelledError:
        NOTES.end("thread cancelled")
        raise
    return "never"


@workflow.defn
class Cancel:
    """Cancels its activity when it is told to, and says how that ended."""

    def __init__(self) -> None:
        self.asked = False

    @workflow.signal
    def stop(self) -> None:
        self.asked = True

    @workflow.run
    async def run(self, name: str) -> str:
        handle = workflow.start_activity(
            name,
            start_to_close_timeout=SHORT,
            heartbeat_timeout=2 * SECOND,
            cancellation_type=WAIT_FOR_END,
        )
        await workflow.wait_condition(lambda: self.asked)
        handle.cancel()
        try:
            await handle
        except ActivityError as error:
            return type(error.cause).__name__
        return "completed"


@pytest.mark.parametrize(
    ("name", "seen"),
    [("beat", "async cancelled"), ("beat_in_thread", "thread cancelled")],
)
async def test_a_workflow_cancels_its_running_activity(
    stack: Stack, name: str, seen: str, notes: Notes
) -> None:
    async with (
        await stack.client() as client,
        working(client, workflows=[Cancel], activities=[beat, beat_in_thread]) as worker,
    ):
        handle = await client.start_workflow(
            Cancel.run, name, id=new_id(), task_queue=worker.task_queue
        )
        assert await asyncio.to_thread(notes.running.wait, 20)
        await handle.signal(Cancel.stop)
        assert await handle.result() == "CancelledError"
        names = check_gap_free(await handle.fetch_history())
    assert notes.seen == [seen]
    assert {"ActivityTaskCancelRequested", "ActivityTaskCanceled"} <= set(names)


async def test_an_activity_of_a_terminated_workflow_is_cancelled(
    stack: Stack, notes: Notes
) -> None:
    async with (
        await stack.client() as client,
        working(client, workflows=[Cancel], activities=[beat]) as worker,
    ):
        handle = await client.start_workflow(
            Cancel.run, "beat", id=new_id(), task_queue=worker.task_queue
        )
        assert await asyncio.to_thread(notes.running.wait, 20)
        await handle.terminate(reason="enough")
        assert await asyncio.to_thread(notes.ended.wait, 20)
    assert notes.seen == ["async cancelled"]


class Shop:
    """Activities that share what an instance holds."""

    def __init__(self, stock: dict[str, int]) -> None:
        self._stock = stock
        self._lock = threading.Lock()

    @activity.defn
    async def look(self, item: str) -> int:
        """How many there are."""
        return self._stock[item]

    @activity.defn(name="take-one")
    def take(self, item: str) -> int:
        """One less; on a thread."""
        with self._lock:
            self._stock[item] -= 1
            return self._stock[item]


@workflow.defn
class Buy:
    @workflow.run
    async def run(self, item: str) -> list[Any]:
        options: workflow.ActivityConfig = {"start_to_close_timeout": SHORT}
        before = await workflow.execute_activity_method(Shop.look, item, **options)
        left = await asyncio.gather(
            *(workflow.execute_activity_method(Shop.take, item, **options) for _ in range(3))
        )
        return [before, sorted(left)]


async def test_activities_are_methods_of_one_instance(stack: Stack) -> None:
    shop = Shop({"apple": 5})
    async with (
        await stack.client() as client,
        working(client, workflows=[Buy], activities=[shop.look, shop.take]) as worker,
    ):
        result = await client.execute_workflow(
            Buy.run, "apple", id=new_id(), task_queue=worker.task_queue
        )
    assert result == [5, [2, 3, 4]]
