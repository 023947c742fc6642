"""The SDK against a real engine on a real Kafka: client, worker, workflows and activities."""

import asyncio
import threading
import time
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest

from duralog import activity, workflow
from duralog.client import (
    Client,
    RPCError,
    RPCStatusCode,
    WorkflowAlreadyStartedError,
    WorkflowExecutionStatus,
    WorkflowFailureError,
    WorkflowHistory,
)
from duralog.common import RetryPolicy
from duralog.exceptions import (
    ActivityError,
    ApplicationError,
    CancelledError,
    TerminatedError,
    TimeoutError,
    TimeoutType,
)
from duralog.worker import Worker
from integration.stack import Stack, new_id

RUNNING = threading.Event()  # Set by activities that a test waits for.
SHORT = timedelta(seconds=10)


@activity.defn
async def greet(name: str) -> str:
    return f"Hello, {name}"


@activity.defn
def shout(text: str) -> str:
    return text.upper()


@activity.defn
async def fail_until(attempt: int) -> int:
    if activity.info().attempt < attempt:
        raise ApplicationError("not yet", type="NotYet")
    return activity.info().attempt


@activity.defn
async def refuse() -> None:
    raise ApplicationError("never", type="Never", non_retryable=True)


@activity.defn
async def count_and_hang() -> int:
    """Heartbeats one more than the attempt before did; the first attempt hangs."""
    details = activity.info().heartbeat_details
    done = details[0] if details else 0
    activity.heartbeat(done + 1)
    if done == 0:
        await asyncio.Event().wait()
    return int(done + 1)


@activity.defn
async def beat() -> None:
    RUNNING.set()
    while True:
        activity.heartbeat()
        await asyncio.sleep(0.05)


@workflow.defn
class Greet:
    @workflow.run
    async def run(self, name: str) -> str:
        text = await workflow.execute_activity(greet, name, start_to_close_timeout=SHORT)
        return await workflow.execute_activity(shout, text, start_to_close_timeout=SHORT)


@workflow.defn
class Many:
    @workflow.run
    async def run(self, count: int) -> list[str]:
        calls = [
            workflow.execute_activity(greet, str(n), start_to_close_timeout=SHORT)
            for n in range(count)
        ]
        return list(await asyncio.gather(*calls))


@workflow.defn
class Retry:
    @workflow.run
    async def run(self, attempts: int) -> int:
        policy = RetryPolicy(initial_interval=timedelta(milliseconds=50))
        return await workflow.execute_activity(
            fail_until, attempts, start_to_close_timeout=SHORT, retry_policy=policy
        )


@workflow.defn
class Refused:
    @workflow.run
    async def run(self) -> None:
        await workflow.execute_activity(refuse, start_to_close_timeout=SHORT)


@workflow.defn
class Heartbeats:
    @workflow.run
    async def run(self) -> int:
        return await workflow.execute_activity(
            count_and_hang,
            start_to_close_timeout=SHORT,
            heartbeat_timeout=timedelta(seconds=1),
            retry_policy=RetryPolicy(initial_interval=timedelta(milliseconds=50)),
        )


@workflow.defn
class Collect:
    def __init__(self) -> None:
        self.names: list[str] = []

    @workflow.signal
    async def add(self, name: str) -> None:
        self.names.append(name)

    @workflow.run
    async def run(self, count: int) -> list[str]:
        await workflow.wait_condition(lambda: len(self.names) >= count)
        return self.names


@workflow.defn
class Sleep:
    @workflow.run
    async def run(self, seconds: float) -> float:
        begin = workflow.now()
        await asyncio.sleep(seconds)
        return (workflow.now() - begin).total_seconds()


@workflow.defn
class Beat:
    @workflow.run
    async def run(self) -> None:
        await workflow.execute_activity(
            beat,
            start_to_close_timeout=timedelta(minutes=1),
            heartbeat_timeout=timedelta(seconds=2),
            cancellation_type=workflow.ActivityCancellationType.WAIT_CANCELLATION_COMPLETED,
        )


WORKFLOWS: list[type] = [Greet, Many, Retry, Refused, Heartbeats, Collect, Sleep, Beat]
ACTIVITIES: list[Any] = [greet, shout, fail_until, refuse, count_and_hang, beat]


@pytest.fixture
async def client(stack: Stack) -> AsyncIterator[Client]:
    async with await Client.connect(stack.address, prefix=stack.prefix) as client:
        yield client


@pytest.fixture
async def worker(client: Client) -> AsyncIterator[Worker]:
    """A worker of a queue that no other test has."""
    RUNNING.clear()
    with ThreadPoolExecutor(20) as executor:
        async with new_worker(client, new_id("queue"), executor) as worker:
            yield worker


def new_worker(client: Client, task_queue: str, executor: ThreadPoolExecutor) -> Worker:
    return Worker(
        client,
        task_queue=task_queue,
        workflows=WORKFLOWS,
        activities=ACTIVITIES,
        activity_executor=executor,
        max_concurrent_activities=20,
    )


def names_of(history: WorkflowHistory) -> list[str]:
    return [type(event).__name__ for event in history.events]


async def test_activities_async_and_sync(client: Client, worker: Worker) -> None:
    handle = await client.start_workflow(
        Greet.run, "Ana", id=new_id(), task_queue=worker.task_queue
    )
    assert await handle.result() == "HELLO, ANA"
    history = await handle.fetch_history()
    assert names_of(history) == [
        "WorkflowExecutionStarted",
        *["WorkflowTaskScheduled", "WorkflowTaskStarted", "WorkflowTaskCompleted"],
        *["ActivityTaskScheduled", "ActivityTaskStarted", "ActivityTaskCompleted"],
        *["WorkflowTaskScheduled", "WorkflowTaskStarted", "WorkflowTaskCompleted"],
        *["ActivityTaskScheduled", "ActivityTaskStarted", "ActivityTaskCompleted"],
        *["WorkflowTaskScheduled", "WorkflowTaskStarted", "WorkflowTaskCompleted"],
        "WorkflowExecutionCompleted",
    ]
    assert [event.event_id for event in history.events] == list(range(1, 18))


async def test_many_activities_at_once(client: Client, worker: Worker) -> None:
    result = await client.execute_workflow(Many.run, 50, id=new_id(), task_queue=worker.task_queue)
    assert result == [f"Hello, {n}" for n in range(50)]


async def test_many_workflows_at_once(client: Client, worker: Worker) -> None:
    results = await asyncio.gather(
        *(
            client.execute_workflow(Greet.run, str(n), id=new_id(), task_queue=worker.task_queue)
            for n in range(50)
        )
    )
    assert results == [f"HELLO, {n}" for n in range(50)]


async def test_a_failing_activity_is_tried_again(client: Client, worker: Worker) -> None:
    handle = await client.start_workflow(Retry.run, 3, id=new_id(), task_queue=worker.task_queue)
    assert await handle.result() == 3
    history = await handle.fetch_history()
    started = [e for e in history.events if type(e).__name__ == "ActivityTaskStarted"]
    assert [getattr(event, "attempt", 0) for event in started] == [3]


async def test_the_cause_of_a_failure_reaches_the_client(client: Client, worker: Worker) -> None:
    with pytest.raises(WorkflowFailureError) as raised:
        await client.execute_workflow(Refused.run, id=new_id(), task_queue=worker.task_queue)
    error = raised.value.cause
    assert isinstance(error, ActivityError)
    assert isinstance(error.cause, ApplicationError)
    assert (error.cause.type, error.cause.message) == ("Never", "never")


async def test_heartbeat_details_reach_the_next_attempt(client: Client, worker: Worker) -> None:
    result = await client.execute_workflow(
        Heartbeats.run, id=new_id(), task_queue=worker.task_queue
    )
    assert result == 2


async def test_signals_arrive_in_order(client: Client, worker: Worker) -> None:
    handle = await client.start_workflow(Collect.run, 3, id=new_id(), task_queue=worker.task_queue)
    for name in ("a", "b", "c"):
        await handle.signal(Collect.add, name)
    assert await handle.result() == ["a", "b", "c"]


async def test_a_timer_fires(client: Client, worker: Worker) -> None:
    seconds = await client.execute_workflow(
        Sleep.run, 0.5, id=new_id(), task_queue=worker.task_queue
    )
    assert 0.5 <= seconds < 5


async def test_a_cancellation_reaches_the_activity(client: Client, worker: Worker) -> None:
    handle = await client.start_workflow(Beat.run, id=new_id(), task_queue=worker.task_queue)
    assert await asyncio.to_thread(RUNNING.wait, 20)
    await handle.cancel()
    with pytest.raises(WorkflowFailureError) as raised:
        await handle.result()
    assert isinstance(raised.value.cause, CancelledError)
    assert (await handle.describe()).status is WorkflowExecutionStatus.CANCELED


async def test_a_termination_ends_it_at_once(client: Client, worker: Worker) -> None:
    handle = await client.start_workflow(
        Sleep.run, 600.0, id=new_id(), task_queue=worker.task_queue
    )
    await handle.terminate(reason="enough")
    with pytest.raises(WorkflowFailureError) as raised:
        await handle.result()
    assert isinstance(raised.value.cause, TerminatedError)
    assert "enough" in str(raised.value.cause)
    with pytest.raises(RPCError) as refused:
        await handle.signal("add", "x")
    assert refused.value.status is RPCStatusCode.NOT_FOUND


async def test_a_run_timeout_ends_it(client: Client, worker: Worker) -> None:
    with pytest.raises(WorkflowFailureError) as raised:
        await client.execute_workflow(
            Sleep.run,
            600.0,
            id=new_id(),
            task_queue=worker.task_queue,
            run_timeout=timedelta(seconds=1),
        )
    assert isinstance(raised.value.cause, TimeoutError)
    assert raised.value.cause.type is TimeoutType.START_TO_CLOSE


async def test_a_second_start_is_refused_and_a_repeated_one_is_not(
    client: Client, worker: Worker
) -> None:
    workflow_id = new_id()
    first = await client.start_workflow(
        Sleep.run, 600.0, id=workflow_id, task_queue=worker.task_queue, request_id="one"
    )
    again = await client.start_workflow(
        Sleep.run, 600.0, id=workflow_id, task_queue=worker.task_queue, request_id="one"
    )
    assert again.result_run_id == first.result_run_id
    with pytest.raises(WorkflowAlreadyStartedError) as raised:
        await client.start_workflow(Sleep.run, 600.0, id=workflow_id, task_queue=worker.task_queue)
    assert raised.value.run_id == first.result_run_id
    await first.terminate()


async def test_describe_shows_what_is_pending(client: Client, worker: Worker) -> None:
    handle = await client.start_workflow(
        Beat.run, id=new_id(), task_queue=worker.task_queue, memo={"who": "Ana"}
    )
    assert await asyncio.to_thread(RUNNING.wait, 20)
    description = await handle.describe()
    assert description.status is WorkflowExecutionStatus.RUNNING
    assert (description.workflow_type, description.task_queue) == ("Beat", worker.task_queue)
    assert [a.activity_type for a in description.pending_activities] == ["beat"]
    assert await description.memo() == {"who": "Ana"}
    await handle.terminate()


async def test_an_unknown_workflow_is_not_found(client: Client) -> None:
    with pytest.raises(RPCError) as raised:
        await client.get_workflow_handle("nobody").describe()
    assert raised.value.status is RPCStatusCode.NOT_FOUND


async def test_another_worker_goes_on_where_the_first_stopped(client: Client) -> None:
    queue = new_id("queue")
    with ThreadPoolExecutor(20) as executor:
        async with new_worker(client, queue, executor):
            handle = await client.start_workflow(Collect.run, 2, id=new_id(), task_queue=queue)
            await handle.signal(Collect.add, "before")
            begin = time.monotonic()
            while (await handle.describe()).history_length < 4:
                assert time.monotonic() - begin < 20
        async with new_worker(client, queue, executor):
            await handle.signal(Collect.add, "after")
            assert await handle.result() == ["before", "after"]


async def test_without_an_engine_the_error_says_what_is_known(stack: Stack) -> None:
    prefix = new_id("idle")
    Stack(address=stack.address, prefix=prefix, directory=stack.directory).create_topics()
    async with await Client.connect(stack.address, prefix=prefix) as client:
        with pytest.raises(RPCError) as raised:
            await client.start_workflow(
                Greet.run,
                "Ana",
                id=new_id(),
                task_queue="q",
                rpc_timeout=timedelta(milliseconds=500),
            )
    assert raised.value.status is RPCStatusCode.DEADLINE_EXCEEDED
    assert f"the start is on {prefix}.default.requests[" in raised.value.message
    assert "is 'duralog engine' running?" in raised.value.message


async def test_without_topics_connecting_says_how_to_create_them(stack: Stack) -> None:
    with pytest.raises(RPCError, match="run 'duralog topics apply'"):
        await Client.connect(stack.address, prefix="nothing-here")
