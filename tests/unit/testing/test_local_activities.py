"""Local Activities in an engine of this process: results, retries, cancellation, long ones."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest

from duralog import activity, workflow
from duralog.client import WorkflowFailureError, WorkflowHandle
from duralog.common import RetryPolicy
from duralog.exceptions import (
    ActivityError,
    ApplicationError,
    CancelledError,
    TimeoutError,
    TimeoutType,
)
from duralog.testing import WorkflowEnvironment
from duralog.worker import Replayer, Worker

SHORT = timedelta(seconds=30)
CALLS: list[str] = []


@activity.defn
async def double(number: int) -> int:
    assert activity.info().is_local
    return number * 2


@activity.defn
async def flaky(name: str, failures: int) -> int:
    CALLS.append(name)
    attempt = activity.info().attempt
    if attempt <= failures:
        raise ApplicationError("not yet", type="NotYet")
    return attempt


@activity.defn
async def for_ever() -> None:
    await asyncio.sleep(60)


@activity.defn
async def take(seconds: float) -> float:
    await asyncio.sleep(seconds)
    return seconds


@workflow.defn
class Doubles:
    """Several at once, one behind another, and a timer between."""

    @workflow.run
    async def run(self, count: int) -> list[int]:
        numbers = await asyncio.gather(
            *(
                workflow.execute_local_activity(double, n, start_to_close_timeout=SHORT)
                for n in range(count)
            )
        )
        await workflow.sleep(timedelta(hours=1))
        numbers.append(
            await workflow.execute_local_activity(
                double, sum(numbers), schedule_to_close_timeout=SHORT
            )
        )
        return numbers


@workflow.defn
class Retries:
    @workflow.run
    async def run(self, failures: int, pause: float, attempts: int) -> int:
        return await workflow.execute_local_activity(
            flaky,
            args=[workflow.info().workflow_id, failures],
            start_to_close_timeout=SHORT,
            local_retry_threshold=timedelta(seconds=1),
            retry_policy=RetryPolicy(
                initial_interval=timedelta(seconds=pause), maximum_attempts=attempts
            ),
        )


@workflow.defn
class Cancels:
    @workflow.run
    async def run(self, kind: int) -> str:
        handle = workflow.start_local_activity(
            for_ever,
            start_to_close_timeout=timedelta(minutes=1),
            cancellation_type=workflow.ActivityCancellationType(kind),
        )
        await workflow.execute_local_activity(double, 1, start_to_close_timeout=SHORT)
        handle.cancel()
        try:
            await handle
        except ActivityError as error:
            return type(error.cause).__name__
        return "no error"


@workflow.defn
class TooLong:
    @workflow.run
    async def run(self) -> None:
        await workflow.execute_local_activity(
            for_ever,
            start_to_close_timeout=timedelta(milliseconds=50),
            retry_policy=RetryPolicy(maximum_attempts=1),
        )


@workflow.defn
class Long:
    """Its local Activity takes longer than its Workflow Task may."""

    @workflow.run
    async def run(self, seconds: float) -> float:
        return await workflow.execute_local_activity(take, seconds, start_to_close_timeout=SHORT)


@workflow.defn
class Unknown:
    @workflow.run
    async def run(self) -> None:
        await workflow.execute_local_activity(
            "nobody", start_to_close_timeout=SHORT, retry_policy=RetryPolicy(maximum_attempts=1)
        )


ALL = [Doubles, Retries, Cancels, TooLong, Long, Unknown]
ACTIVITIES: list[Any] = [double, flaky, for_ever, take]


async def run_and_replay(workflow_class: Any, *args: Any, **options: Any) -> tuple[Any, list[str]]:
    """The result, and the names of the events; the history replays."""
    async with (
        await WorkflowEnvironment.start_time_skipping() as environment,
        Worker(
            environment.client,
            task_queue="main",
            workflows=ALL,
            activities=ACTIVITIES,
            max_cached_workflows=options.pop("max_cached_workflows", 1000),
        ),
    ):
        handle: WorkflowHandle[Any, Any] = await environment.client.start_workflow(
            workflow_class.run, args=args, id=f"w-{len(CALLS)}", task_queue="main", **options
        )
        try:
            result = await handle.result()
        finally:
            history = await handle.fetch_history()
            await Replayer(workflows=ALL).replay_workflow(history)
        return result, [type(event).__name__ for event in history.events]


@pytest.mark.parametrize("cached", [1000, 0])
async def test_results_are_in_markers_and_no_task_is_dispatched(cached: int) -> None:
    result, names = await run_and_replay(Doubles, 3, max_cached_workflows=cached)
    assert result == [0, 2, 4, 12]
    assert names.count("MarkerRecorded") == 4
    assert "ActivityTaskScheduled" not in names
    assert names.count("WorkflowTaskCompleted") == 2


async def test_short_pauses_are_waited_out_in_the_worker() -> None:
    result, names = await run_and_replay(Retries, 2, 0.01, 0)
    assert result == 3
    assert names.count("MarkerRecorded") == 1
    assert "TimerStarted" not in names


async def test_a_long_pause_is_a_timer() -> None:
    result, names = await run_and_replay(Retries, 2, 3600.0, 0)
    assert result == 3
    assert names.count("MarkerRecorded") == 3
    assert names.count("TimerFired") == 2


async def test_the_last_failure_is_the_cause() -> None:
    with pytest.raises(WorkflowFailureError) as raised:
        await run_and_replay(Retries, 5, 0.01, 2)
    error = raised.value.cause
    assert isinstance(error, ActivityError)
    assert isinstance(error.cause, ApplicationError)
    assert (error.cause.type, error.activity_type) == ("NotYet", "flaky")


@pytest.mark.parametrize("kind", list(workflow.ActivityCancellationType))
async def test_a_cancelled_one_ends_as_its_type_says(kind: int) -> None:
    result, names = await run_and_replay(Cancels, int(kind))
    assert result == CancelledError.__name__
    assert names.count("MarkerRecorded") == 2


async def test_one_that_takes_too_long_times_out() -> None:
    with pytest.raises(WorkflowFailureError) as raised:
        await run_and_replay(TooLong)
    error = raised.value.cause
    assert isinstance(error, ActivityError)
    assert isinstance(error.cause, TimeoutError)
    assert error.cause.type is TimeoutType.START_TO_CLOSE


@pytest.mark.slow
async def test_a_long_one_keeps_its_workflow_task_alive() -> None:
    result, names = await run_and_replay(Long, 4.0, task_timeout=timedelta(seconds=4))
    assert result == 4.0
    assert names.count("WorkflowTaskCompleted") > 1
    assert names.count("MarkerRecorded") == 1


async def test_one_that_no_worker_knows_fails() -> None:
    with pytest.raises(WorkflowFailureError) as raised:
        await run_and_replay(Unknown)
    assert isinstance(raised.value.cause, ActivityError)
    assert "Activity function nobody" in str(raised.value.cause.cause)
