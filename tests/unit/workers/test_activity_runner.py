"""Activities run, fail, heartbeat, are cancelled and handed over; each is answered exactly once."""

import asyncio
import threading
import time
from collections.abc import AsyncIterator, Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

import pytest

from duralog import activity
from duralog.activity.context import Signal
from duralog.activity.definition import ActivityDefinition
from duralog.common import RawValue
from duralog.connectors.channel import Channel, OverloadedError
from duralog.connectors.clock import now_ms
from duralog.converter import DataConverter
from duralog.exceptions import ApplicationError, CancelledError
from duralog.schemas.payloads import RetryPolicy
from duralog.schemas.replies import ActivityCancelNotice
from duralog.schemas.requests import (
    RecordActivityTaskHeartbeat,
    RecordActivityTaskStarted,
    ReleaseActivityTask,
    RespondActivityTaskCanceled,
    RespondActivityTaskCompleted,
    RespondActivityTaskFailed,
)
from duralog.schemas.tasks import ActivityTask
from duralog.workers.activity_attempt import ActivitySetup
from duralog.workers.activity_runner import ActivityRunner
from duralog.workers.heartbeats import HeartbeatThread
from unit.workers.desk import Desk, open_channel, wait_until

CONVERTER = DataConverter.default
RUNNING = threading.Event()  # Set by activities that a test waits for.


@activity.defn
async def greet(name: str) -> str:
    return f"Hello, {name}"


@activity.defn
async def about() -> list[Any]:
    info = activity.info()
    return [info.activity_id, info.attempt, info.workflow_id, list(info.heartbeat_details)]


@activity.defn
def add(left: int, right: int) -> int:
    assert activity.in_activity()
    return left + right


@activity.defn
async def fail() -> None:
    activity.heartbeat("one")
    activity.heartbeat("two")
    raise ApplicationError("no", "detail", type="Broken", non_retryable=True)


@activity.defn
async def wait_for_cancel() -> None:
    RUNNING.set()
    try:
        await asyncio.Event().wait()
    except asyncio.CancelledError:
        details = activity.cancellation_details()
        assert details is not None
        raise CancelledError("stopped", details.cancel_requested) from None


@activity.defn
def spin() -> None:
    RUNNING.set()
    while True:
        time.sleep(0.001)


@activity.defn
async def large() -> str:
    return "x" * 5_000_000


@activity.defn
async def beat_until_cancelled() -> None:
    while True:
        activity.heartbeat()
        await asyncio.sleep(0.01)


@activity.defn(dynamic=True)
async def anything(values: Sequence[RawValue]) -> list[Any]:
    converter = activity.payload_converter()
    return [activity.info().activity_type, *(converter.from_payload(v.payload) for v in values)]


@activity.defn
async def block_the_loop() -> str:
    RUNNING.set()
    time.sleep(0.5)  # noqa: ASYNC251 # what a user must not do, and does
    return "done"


ACTIVITIES: list[Callable[..., Any]] = [
    greet,
    about,
    add,
    fail,
    wait_for_cancel,
    spin,
    large,
    beat_until_cancelled,
    block_the_loop,
]


@dataclass
class Bench:
    """A runner at a desk."""

    desk: Desk
    channel: Channel
    runner: ActivityRunner
    heartbeats: HeartbeatThread
    setup: ActivitySetup
    executor: ThreadPoolExecutor
    stopped: bool = False
    scheduled: int = field(default=5)

    def put(self, name: str, *values: Any, **options: Any) -> ActivityTask:
        self.scheduled += 1
        task = ActivityTask(
            workflow_id="w",
            run_id="r",
            workflow_type="W",
            task_queue="q",
            partition=0,
            activity_id=f"a{self.scheduled}",
            activity_type=name,
            scheduled_event_id=self.scheduled,
            attempt=options.pop("attempt", 1),
            dispatch_time_ms=now_ms(),
            scheduled_time_ms=now_ms(),
            input=CONVERTER.to_payloads(values),
            **options,
        )
        self.desk.put(task)
        return task

    async def answer(self, kind: type[Any]) -> Any:
        return (await asyncio.to_thread(self.desk.wait_for, kind))[0]

    async def running(self) -> None:
        assert await asyncio.to_thread(RUNNING.wait, 10)

    async def stop(self, grace_seconds: float = 0) -> None:
        self.stopped = True
        await self.runner.stop(grace_seconds)


@pytest.fixture
async def bench() -> AsyncIterator[Bench]:
    RUNNING.clear()
    desk, heartbeats, executor = Desk(), HeartbeatThread(), ThreadPoolExecutor(4)
    channel = await asyncio.to_thread(open_channel, desk)
    loop = asyncio.get_running_loop()
    setup = ActivitySetup(
        namespace="default",
        converter=CONVERTER,
        definitions={d.name or "": d for d in map(ActivityDefinition.must_find, ACTIVITIES)},
        dynamic=None,
        executor=executor,
        loop=loop,
        heartbeats=heartbeats,
        worker_shutdown=Signal(loop),
    )
    runner = ActivityRunner(channel, setup, task_queue="q", tasks_max=10)
    heartbeats.start()
    runner.start()
    bench = Bench(desk, channel, runner, heartbeats, setup, executor)
    yield bench
    if not bench.stopped:
        await runner.stop(0)
    heartbeats.close()
    await asyncio.to_thread(channel.close)
    executor.shutdown(wait=False)


async def test_an_async_activity_is_answered_with_its_result_and_token(bench: Bench) -> None:
    task = bench.put("greet", "Ana")
    answer = await bench.answer(RespondActivityTaskCompleted)
    assert CONVERTER.from_payloads(answer.result) == ["Hello, Ana"]
    assert (answer.run_id, answer.scheduled_event_id, answer.attempt, answer.dispatch_time_ms) == (
        "r",
        task.scheduled_event_id,
        1,
        task.dispatch_time_ms,
    )
    assert answer.identity == "worker-1"
    assert answer.delivery_id


async def test_a_sync_activity_runs_on_the_executor(bench: Bench) -> None:
    bench.put("add", 2, 3)
    answer = await bench.answer(RespondActivityTaskCompleted)
    assert CONVERTER.from_payloads(answer.result) == [5]


async def test_info_tells_the_attempt(bench: Bench) -> None:
    bench.put("about", attempt=3, heartbeat_details=CONVERTER.to_payloads([7]))
    answer = await bench.answer(RespondActivityTaskCompleted)
    assert CONVERTER.from_payloads(answer.result) == [["a6", 3, "w", [7]]]


async def test_a_failure_carries_type_and_unsent_heartbeat_details(bench: Bench) -> None:
    bench.put("fail")
    answer = await bench.answer(RespondActivityTaskFailed)
    assert answer.failure.type == "Broken"
    assert answer.failure.non_retryable
    assert CONVERTER.from_payloads(answer.last_heartbeat_details) == ["two"]


async def test_an_unknown_activity_fails_and_may_be_retried(bench: Bench) -> None:
    bench.put("nothing")
    answer = await bench.answer(RespondActivityTaskFailed)
    assert answer.failure.type == "NotFoundError"
    assert not answer.failure.non_retryable
    assert "available activities: about, add" in answer.failure.message


async def test_the_dynamic_activity_takes_what_no_other_takes(bench: Bench) -> None:
    bench.setup.dynamic = ActivityDefinition.must_find(anything)
    bench.put("whatever", 1, "two")
    answer = await bench.answer(RespondActivityTaskCompleted)
    assert CONVERTER.from_payloads(answer.result) == [["whatever", 1, "two"]]


async def test_arguments_that_do_not_fit_fail_the_attempt(bench: Bench) -> None:
    bench.put("add", "x", 1)
    answer = await bench.answer(RespondActivityTaskFailed)
    assert answer.failure.message == "Failed decoding arguments"


async def test_a_result_that_is_too_large_fails_the_activity_for_good(bench: Bench) -> None:
    bench.put("large")
    answer = await bench.answer(RespondActivityTaskFailed)
    assert answer.failure.type == "PayloadsTooLarge"
    assert answer.failure.non_retryable


async def test_a_cancel_notice_cancels_an_async_activity(bench: Bench) -> None:
    task = bench.put("wait_for_cancel", retry_policy=RetryPolicy(maximum_attempts=1))
    await bench.running()
    bench.desk.say(
        ActivityCancelNotice(
            workflow_id="w", run_id="r", scheduled_event_id=task.scheduled_event_id
        )
    )
    answer = await bench.answer(RespondActivityTaskCanceled)
    assert CONVERTER.from_payloads(answer.details) == [True]


async def test_a_cancel_notice_interrupts_a_sync_activity(bench: Bench) -> None:
    task = bench.put("spin", retry_policy=RetryPolicy(maximum_attempts=1))
    await bench.running()
    bench.desk.say(
        ActivityCancelNotice(
            workflow_id="w", run_id="r", scheduled_event_id=task.scheduled_event_id
        )
    )
    await bench.answer(RespondActivityTaskCanceled)


async def test_a_heartbeat_hears_of_the_cancellation(bench: Bench) -> None:
    bench.desk.cancel = True
    bench.put("beat_until_cancelled", heartbeat_timeout_ms=1_000)
    await bench.answer(RecordActivityTaskHeartbeat)
    await bench.answer(RespondActivityTaskCanceled)


async def test_a_refused_claim_runs_nothing(bench: Bench) -> None:
    bench.desk.refuse_claims = True
    bench.put("greet", "Ana", retry_policy=RetryPolicy(maximum_attempts=1))
    await bench.answer(RecordActivityTaskStarted)
    bench.desk.refuse_claims = False
    bench.put("add", 1, 1)
    await bench.answer(RespondActivityTaskCompleted)
    answers = [r for r in bench.desk.requests if isinstance(r, RespondActivityTaskCompleted)]
    assert [answer.scheduled_event_id for answer in answers] == [7]


async def test_a_shutdown_lets_what_runs_finish(bench: Bench) -> None:
    bench.put("block_the_loop")
    await bench.running()
    await bench.stop(grace_seconds=5)
    await bench.answer(RespondActivityTaskCompleted)


@pytest.mark.parametrize("name", ["wait_for_cancel", "spin"])
async def test_a_shutdown_without_grace_hands_over(bench: Bench, name: str) -> None:
    task = bench.put(name, retry_policy=RetryPolicy(maximum_attempts=1))
    await bench.running()
    await bench.stop()
    answer = await bench.answer(ReleaseActivityTask)
    assert answer.scheduled_event_id == task.scheduled_event_id


async def test_a_blocked_loop_does_not_delay_the_start_report(bench: Bench) -> None:
    bench.put("greet", "warm up: the clock is known after the first")
    await bench.answer(RespondActivityTaskCompleted)
    reports: list[float] = []

    def watch() -> None:
        bench.desk.wait_for(RecordActivityTaskStarted)
        reports.append(time.monotonic())

    watcher = threading.Thread(target=watch)
    bench.desk.requests.clear()
    watcher.start()
    bench.put("block_the_loop")
    await bench.answer(RespondActivityTaskCompleted)
    ended = time.monotonic()
    await asyncio.to_thread(watcher.join)
    assert reports[0] < ended


async def test_a_claim_that_cannot_be_sent_does_not_hold_up_the_offsets(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    call, refused = bench.channel.call, list[Any]()

    def overloaded(request: Any, **options: Any) -> Any:
        if isinstance(request, RecordActivityTaskStarted) and not refused:
            refused.append(request)
            raise OverloadedError("10000 calls are open; wait for some of them")
        return call(request, **options)

    monkeypatch.setattr(bench.channel, "call", overloaded)
    for _ in range(3):  # An only attempt is claimed before it runs.
        bench.put("greet", "Ana", retry_policy=RetryPolicy(maximum_attempts=1))
    await asyncio.to_thread(bench.desk.wait_for, RespondActivityTaskCompleted, 2)
    (partition,) = bench.runner._source._custody._partitions.values()
    await asyncio.to_thread(wait_until, lambda: not partition.entries)
