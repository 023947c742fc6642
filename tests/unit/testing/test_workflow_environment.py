"""Users' workflows run against the real engine in their tests, and time skips."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from datetime import timedelta
from typing import Any

import pytest

from duralog import activity, workflow
from duralog.client import WorkflowExecutionStatus, WorkflowFailureError
from duralog.common import RetryPolicy
from duralog.connectors.clock import now_ms
from duralog.exceptions import ActivityError, ApplicationError, TimeoutError, TimeoutType
from duralog.testing import WorkflowEnvironment
from duralog.worker import Worker

QUEUE = "q"


@activity.defn
async def greet(name: str) -> str:
    return f"Hello, {name}"


@activity.defn
async def fail_until(attempt: int) -> int:
    if activity.info().attempt < attempt:
        raise ApplicationError("not yet")
    return activity.info().attempt


@activity.defn
async def take(seconds: float) -> None:
    await asyncio.sleep(seconds)


@workflow.defn
class Greet:
    @workflow.run
    async def run(self, name: str) -> str:
        return await workflow.execute_activity(
            greet, name, start_to_close_timeout=timedelta(seconds=5)
        )


@workflow.defn
class Wait:
    @workflow.run
    async def run(self, days: int) -> float:
        begin = workflow.now()
        await asyncio.sleep(timedelta(days=days).total_seconds())
        return (workflow.now() - begin) / timedelta(days=1)


@workflow.defn
class Patient:
    """Its activity fails for hours."""

    @workflow.run
    async def run(self, attempts: int) -> int:
        return await workflow.execute_activity(
            fail_until,
            attempts,
            start_to_close_timeout=timedelta(seconds=5),
            retry_policy=RetryPolicy(initial_interval=timedelta(hours=1)),
        )


@workflow.defn
class TooSlow:
    @workflow.run
    async def run(self) -> None:
        await workflow.execute_activity(
            take,
            0.5,
            start_to_close_timeout=timedelta(seconds=0.1),
            retry_policy=RetryPolicy(maximum_attempts=1),
        )


@workflow.defn
class Remember:
    def __init__(self) -> None:
        self.names: list[str] = []

    @workflow.signal
    def add(self, name: str) -> None:
        self.names.append(name)

    @workflow.run
    async def run(self) -> list[str]:
        await asyncio.sleep(3600)
        return self.names


@workflow.defn
class Unserved:
    """Its activity is nobody's."""

    @workflow.run
    async def run(self, wait_seconds: int) -> None:
        await workflow.execute_activity(
            greet,
            "Ana",
            task_queue="nobody",
            start_to_close_timeout=timedelta(seconds=5),
            schedule_to_start_timeout=timedelta(seconds=wait_seconds),
        )


WORKFLOWS: list[type] = [Greet, Wait, Patient, TooSlow, Remember, Unserved]


def new_worker(environment: WorkflowEnvironment) -> Worker:
    activities: list[Callable[..., Any]] = [greet, fail_until, take]
    return Worker(environment.client, task_queue=QUEUE, workflows=WORKFLOWS, activities=activities)


@pytest.fixture
async def environment() -> AsyncIterator[WorkflowEnvironment]:
    environment = await WorkflowEnvironment.start_time_skipping()
    async with environment, new_worker(environment):
        yield environment


async def test_a_workflow_runs_with_its_activity(environment: WorkflowEnvironment) -> None:
    result = await environment.client.execute_workflow(Greet.run, "Ana", id="g", task_queue=QUEUE)
    assert result == "Hello, Ana"


async def test_a_year_of_waiting_is_skipped(environment: WorkflowEnvironment) -> None:
    begin = time.monotonic()
    result = await environment.client.execute_workflow(Wait.run, 300, id="w", task_queue=QUEUE)
    assert result == pytest.approx(300, abs=0.01)
    assert time.monotonic() - begin < 20


async def test_retries_of_hours_are_skipped(environment: WorkflowEnvironment) -> None:
    result = await environment.client.execute_workflow(Patient.run, 5, id="p", task_queue=QUEUE)
    assert result == 5


async def test_time_does_not_skip_while_an_activity_runs_but_goes_on(
    environment: WorkflowEnvironment,
) -> None:
    with pytest.raises(WorkflowFailureError) as raised:
        await environment.client.execute_workflow(TooSlow.run, id="s", task_queue=QUEUE)
    error = raised.value.cause
    assert isinstance(error, ActivityError)
    assert isinstance(error.cause, TimeoutError)
    assert error.cause.type is TimeoutType.START_TO_CLOSE


async def test_without_a_waiter_time_stands_for_signals(environment: WorkflowEnvironment) -> None:
    handle = await environment.client.start_workflow(Remember.run, id="r", task_queue=QUEUE)
    await handle.signal(Remember.add, "a")
    await handle.signal(Remember.add, "b")
    assert await handle.result() == ["a", "b"]


async def test_sleep_skips_with_all_that_is_due(environment: WorkflowEnvironment) -> None:
    handle = await environment.client.start_workflow(Remember.run, id="r", task_queue=QUEUE)
    before = await environment.get_current_time()
    await environment.sleep(timedelta(minutes=59))
    await handle.signal(Remember.add, "in time")
    await environment.sleep(timedelta(hours=2))
    after = await environment.get_current_time()
    assert timedelta(hours=3) > after - before >= timedelta(minutes=179)
    assert await handle.result() == ["in time"]
    history = await handle.fetch_history()
    fired = next(e for e in history.events if type(e).__name__ == "TimerFired")
    assert fired.event_time_ms - history.events[0].event_time_ms < 3_700_000


async def test_what_nobody_serves_does_not_hold_time(environment: WorkflowEnvironment) -> None:
    handle = await environment.client.start_workflow(Unserved.run, 7200, id="u", task_queue=QUEUE)
    before = await environment.get_current_time()
    await environment.sleep(timedelta(hours=1))
    assert await environment.get_current_time() - before >= timedelta(hours=1)
    assert (await handle.describe()).status is WorkflowExecutionStatus.RUNNING
    with pytest.raises(WorkflowFailureError) as raised:
        await handle.result()
    assert isinstance(raised.value.cause, ActivityError)
    assert isinstance(raised.value.cause.cause, TimeoutError)
    assert raised.value.cause.cause.type is TimeoutType.SCHEDULE_TO_START


async def test_a_workflow_without_a_worker_times_out(environment: WorkflowEnvironment) -> None:
    with pytest.raises(WorkflowFailureError) as raised:
        await environment.client.execute_workflow(
            Wait.run, 1, id="n", task_queue="nobody", run_timeout=timedelta(hours=1)
        )
    assert isinstance(raised.value.cause, TimeoutError)


async def test_an_environment_of_a_client_keeps_real_time_and_the_client(
    environment: WorkflowEnvironment,
) -> None:
    async with WorkflowEnvironment.from_client(environment.client) as other:
        assert not other.supports_time_skipping
        assert abs((await other.get_current_time()).timestamp() * 1000 - now_ms()) < 60_000
        async with other.auto_time_skipping_disabled():
            await other.sleep(0.01)
    result = await environment.client.execute_workflow(Greet.run, "Ana", id="g", task_queue=QUEUE)
    assert result == "Hello, Ana"


async def test_what_temporals_test_server_is_told_is_taken() -> None:
    options: Any = {"test_server_extra_args": ["--log"], "download_dest_dir": "/tmp"}
    async with await WorkflowEnvironment.start_time_skipping(port=7233, **options) as environment:
        assert environment.supports_time_skipping
    options = {"test_server_speed": 2}
    with pytest.raises(TypeError, match="unexpected keyword argument 'test_server_speed'"):
        await WorkflowEnvironment.start_time_skipping(**options)
