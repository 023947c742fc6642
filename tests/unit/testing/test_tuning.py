"""A worker that is tuned: its slots, its pace and its name, against the real engine."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest

from duralog import activity, workflow
from duralog.testing import WorkflowEnvironment
from duralog.worker import (
    CustomSlotSupplier,
    FixedSizeSlotSupplier,
    PollerBehaviorAutoscaling,
    ResourceBasedSlotConfig,
    ResourceBasedSlotSupplier,
    ResourceBasedTunerConfig,
    SlotMarkUsedContext,
    SlotPermit,
    SlotReleaseContext,
    SlotReserveContext,
    Worker,
    WorkerTuner,
)

MINUTE = timedelta(minutes=1)
RUNNING: list[int] = []
MOST: list[int] = []


@activity.defn
async def step(number: int) -> int:
    RUNNING.append(number)
    MOST.append(len(RUNNING))
    await asyncio.sleep(0)
    RUNNING.remove(number)
    return number


@workflow.defn
class Steps:
    @workflow.run
    async def run(self, count: int) -> int:
        remote = [
            workflow.execute_activity(step, n, start_to_close_timeout=MINUTE) for n in range(count)
        ]
        local = [
            workflow.execute_local_activity(step, count + n, start_to_close_timeout=MINUTE)
            for n in range(count)
        ]
        return len(await asyncio.gather(*remote, *local))


class Two(CustomSlotSupplier):
    """Two slots for all kinds of tasks together."""

    def __init__(self) -> None:
        self.slots = asyncio.Semaphore(2)
        self.loop = asyncio.get_running_loop()
        self.used: list[Any] = []
        self.open = 0

    async def reserve_slot(self, ctx: SlotReserveContext) -> SlotPermit:
        await self.slots.acquire()
        self.open += 1
        return SlotPermit()

    def try_reserve_slot(self, ctx: SlotReserveContext) -> SlotPermit | None:
        return None

    def mark_slot_used(self, ctx: SlotMarkUsedContext) -> None:
        self.used.append(ctx.slot_info)

    def release_slot(self, ctx: SlotReleaseContext) -> None:
        def release() -> None:
            self.open -= 1
            self.slots.release()

        self.loop.call_soon_threadsafe(release)


async def run_steps(count: int, **options: Any) -> Any:
    """Run them; returns the history."""
    RUNNING.clear()
    MOST.clear()
    async with (
        await WorkflowEnvironment.start_time_skipping() as environment,
        Worker(
            environment.client,
            task_queue="q",
            workflows=[Steps],
            activities=[step],
            **options,
        ),
    ):
        handle = await environment.client.start_workflow(Steps.run, count, id="s", task_queue="q")
        assert await handle.result() == 2 * count
        return await handle.fetch_history()


async def test_slots_of_ones_own_supplier_are_all_given_back() -> None:
    two = Two()
    tuner = WorkerTuner.create_composite(
        workflow_supplier=FixedSizeSlotSupplier(1),
        activity_supplier=two,
        local_activity_supplier=two,
    )
    await run_steps(5, tuner=tuner)
    assert max(MOST) <= 2
    assert len(two.used) == 10
    assert {info.activity_type for info in two.used} == {"step"}
    assert two.open == 0


async def test_a_tuner_by_resources_runs_all() -> None:
    config = ResourceBasedSlotConfig(minimum_slots=1, maximum_slots=3, ramp_throttle=timedelta())
    target = ResourceBasedTunerConfig(1.0, 1.0)
    supplier = ResourceBasedSlotSupplier(config, target)
    tuner = WorkerTuner.create_composite(
        workflow_supplier=supplier, activity_supplier=supplier, local_activity_supplier=supplier
    )
    await run_steps(5, tuner=tuner)


async def test_the_histories_say_which_worker_and_which_build() -> None:
    history = await run_steps(1, identity="worker-1", build_id="v7")
    started = [event for event in history.events if hasattr(event, "identity")]
    names = {type(event).__name__ for event in started if event.identity == "worker-1 v7"}
    assert {"WorkflowTaskStarted", "ActivityTaskStarted"} <= names


async def test_what_temporals_worker_takes_is_taken() -> None:
    await run_steps(
        1,
        max_concurrent_workflow_task_polls=5,
        nonsticky_to_sticky_poll_ratio=0.2,
        sticky_queue_schedule_to_start_timeout=MINUTE,
        disable_eager_activity_execution=True,
        activity_task_poller_behavior=PollerBehaviorAutoscaling(),
        max_activities_per_second=1000,
        debug_mode=True,
    )


async def test_what_no_worker_takes_is_refused() -> None:
    with pytest.raises(TypeError, match="unexpected keyword argument 'max_speed'"):
        await run_steps(1, max_speed=1)
    with pytest.raises(ValueError, match="num_slots must be at least 1"):
        await run_steps(1, tuner=WorkerTuner.create_fixed(activity_slots=-1))
