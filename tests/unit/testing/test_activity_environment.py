"""Activities run alone: info, heartbeats, cancellation, async and sync."""

import asyncio
import dataclasses
import logging
import threading
from typing import Any

import pytest

from duralog import activity
from duralog.exceptions import CancelledError
from duralog.testing import ActivityEnvironment, WorkflowEnvironment


@activity.defn
async def count(until: int) -> str:
    for number in range(until):
        activity.heartbeat(number, "of", until)
    return activity.info().activity_type


@activity.defn
async def wait() -> str:
    try:
        await asyncio.Event().wait()
    except asyncio.CancelledError:
        details = activity.cancellation_details()
        assert details is not None
        return f"cancelled: {details.cancel_requested}"
    return "never"


@activity.defn
def spin() -> str:
    try:
        while True:
            pass
    except CancelledError:
        return "interrupted"


@activity.defn(no_thread_cancel_exception=True)
def wait_sync() -> bool:
    activity.wait_for_cancelled_sync(10)
    return activity.is_cancelled()


@pytest.fixture
def environment() -> ActivityEnvironment:
    return ActivityEnvironment()


async def test_info_and_heartbeats_are_the_tests(environment: ActivityEnvironment) -> None:
    beats: list[tuple[Any, ...]] = []
    environment.info = dataclasses.replace(environment.info, activity_type="count")
    environment.on_heartbeat = lambda *details: beats.append(details)
    assert await environment.run(count, 2) == "count"
    assert beats == [(0, "of", 2), (1, "of", 2)]
    assert not activity.in_activity()


async def test_an_async_activity_is_cancelled(environment: ActivityEnvironment) -> None:
    running = asyncio.create_task(environment.run(wait))
    await asyncio.sleep(0)
    environment.cancel()
    assert await running == "cancelled: True"


def test_a_sync_activity_is_interrupted(environment: ActivityEnvironment) -> None:
    timer = threading.Timer(0.05, environment.cancel)
    timer.start()
    assert environment.run(spin) == "interrupted"
    timer.join()


def test_a_sync_activity_that_asked_so_is_only_told(environment: ActivityEnvironment) -> None:
    environment.cancel()
    assert environment.run(wait_sync)


async def test_the_shutdown_of_the_worker_is_told(environment: ActivityEnvironment) -> None:
    async def work() -> bool:
        await activity.wait_for_worker_shutdown()
        return activity.is_worker_shutdown()

    running = asyncio.create_task(environment.run(work))
    await asyncio.sleep(0)
    environment.worker_shutdown()
    assert await running


async def test_a_log_record_names_the_attempt(
    environment: ActivityEnvironment, caplog: pytest.LogCaptureFixture
) -> None:
    async def tell() -> None:
        activity.logger.info("hello", extra={"mine": 1})

    activity.logger.full_activity_info_on_extra = True
    try:
        with caplog.at_level(logging.INFO):
            await environment.run(tell)
    finally:
        activity.logger.full_activity_info_on_extra = False
    extra = vars(caplog.records[0])
    assert extra["mine"] == 1
    assert extra["activity_info"] is environment.info
    assert "temporal_activity" in extra


@activity.defn
async def who() -> str:
    return activity.client().identity


async def test_an_async_activity_has_the_client_of_its_worker() -> None:
    async with await WorkflowEnvironment.start_time_skipping() as environment:
        assert await ActivityEnvironment(environment.client).run(who) == "test"
    with pytest.raises(RuntimeError, match="only available in `async def` activities"):
        await ActivityEnvironment().run(who)
    assert ActivityEnvironment.default_info().in_workflow
