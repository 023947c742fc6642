"""Slot suppliers: by size, by what the machine has left, and of one's own."""

import asyncio
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from duralog.connectors.clock import VirtualClock
from duralog.worker import (
    CustomSlotSupplier,
    FixedSizeSlotSupplier,
    ResourceBasedSlotConfig,
    ResourceBasedSlotSupplier,
    ResourceBasedTunerConfig,
    SlotMarkUsedContext,
    SlotPermit,
    SlotReleaseContext,
    SlotReserveContext,
    WorkerTuner,
)
from duralog.worker.options import identity_of, throttle_of, tuner_of
from duralog.workers.resources import Resources
from duralog.workers.slots import CustomPlaces, Reservation, ResourcePlaces

TARGET = ResourceBasedTunerConfig(target_memory_usage=0.8, target_cpu_usage=0.9)
NO_LIMITS: dict[str, int | None] = dict.fromkeys(
    (
        "max_concurrent_workflow_tasks",
        "max_concurrent_activities",
        "max_concurrent_local_activities",
    )
)
RESERVATION = Reservation(
    slot_type="activity", task_queue="q", worker_identity="me", worker_build_id=""
)


class Machine:
    """Says how busy it is."""

    def __init__(self) -> None:
        self.now = (0.5, 0.5)
        self.clock = VirtualClock()

    def places(self, *, is_workflow: bool = False, **config: Any) -> ResourcePlaces:
        supplier = ResourceBasedSlotSupplier(ResourceBasedSlotConfig(**config), TARGET)
        return ResourcePlaces(
            supplier, is_workflow=is_workflow, usage=lambda: self.now, clock_ms=self.clock.now_ms
        )


def test_a_busy_machine_gives_out_the_minimum() -> None:
    machine = Machine()
    places = machine.places(minimum_slots=2)
    machine.now = (0.5, 0.95)
    assert [places.reserve() is not None for _ in range(3)] == [True, True, False]
    machine.clock.advance(50)
    machine.now = (0.5, 0.5)
    assert places.reserve() is not None
    machine.clock.advance(50)
    machine.now = (0.85, 0.5)
    assert places.reserve() is None


def test_slots_grow_no_faster_than_the_ramp_and_to_the_maximum() -> None:
    machine = Machine()
    places = machine.places(maximum_slots=2, ramp_throttle=timedelta(seconds=1))
    first = places.reserve()
    assert places.reserve() is None
    machine.clock.advance(1000)
    assert places.reserve() is not None
    machine.clock.advance(1000)
    assert places.reserve() is None
    places.release(first, None)
    assert places.reserve() is not None


def test_workflows_begin_with_five() -> None:
    machine = Machine()
    machine.now = (1.0, 1.0)
    places = machine.places(is_workflow=True)
    assert [places.reserve() is not None for _ in range(6)] == [True] * 5 + [False]


def test_memory_of_the_control_group_comes_before_that_of_the_machine(tmp_path: Path) -> None:
    proc = tmp_path / "proc"
    proc.mkdir()
    (proc / "meminfo").write_text("MemTotal: 1000 kB\nMemAvailable: 250 kB\n")
    (proc / "stat").write_text("cpu  0 0 0 100 0 0 0 0 0 0\n")
    machine = Resources(cgroup=tmp_path / "none", proc=proc)
    assert machine.usage()[0] == 0.75
    group = tmp_path / "group"
    group.mkdir()
    (group / "memory.max").write_text("2000\n")
    (group / "memory.current").write_text("200\n")
    assert Resources(cgroup=group, proc=proc).usage()[0] == 0.1
    (group / "memory.max").write_text("max\n")
    assert Resources(cgroup=group, proc=proc).usage()[0] == 0.75


def test_a_machine_that_says_nothing_is_not_full(tmp_path: Path) -> None:
    memory, cpu = Resources(cgroup=tmp_path, proc=tmp_path).usage()
    assert memory == 0.0
    assert 0 <= cpu <= 1


class One(CustomSlotSupplier):
    """One slot; remembers what it is told."""

    def __init__(self) -> None:
        self.free = True
        self.told: list[Any] = []
        self.freed = asyncio.Event()
        self.waited = asyncio.Event()

    async def reserve_slot(self, ctx: SlotReserveContext) -> SlotPermit:
        self.told.append(ctx.slot_type)
        await self.freed.wait()
        self.waited.set()
        return SlotPermit()

    def try_reserve_slot(self, ctx: SlotReserveContext) -> SlotPermit | None:
        if not self.free:
            return None
        self.free = False
        return SlotPermit()

    def mark_slot_used(self, ctx: SlotMarkUsedContext) -> None:
        self.told.append("used")

    def release_slot(self, ctx: SlotReleaseContext) -> None:
        self.told.append(ctx.slot_info)
        raise LookupError("a supplier's errors are logged")


async def test_a_supplier_of_ones_own_is_asked_and_then_waited_for() -> None:
    supplier = One()
    places = CustomPlaces(supplier, RESERVATION, asyncio.get_running_loop())
    assert isinstance(places.reserve(), SlotPermit)
    assert places.reserve() is None
    await asyncio.sleep(0)
    assert places.reserve() is None, "one reservation waits, not two"
    supplier.freed.set()
    permit = None
    while permit is None:
        await asyncio.sleep(0)
        permit = places.reserve()
    assert supplier.told == ["activity"]


async def test_what_was_waited_for_in_vain_is_given_back() -> None:
    supplier = One()
    supplier.free = False
    places = CustomPlaces(supplier, RESERVATION, asyncio.get_running_loop())
    assert places.reserve() is None
    supplier.freed.set()
    await supplier.waited.wait()
    places.close()
    assert supplier.told == ["activity", None]


def test_a_tuner_stands_in_place_of_limits() -> None:
    tuner = WorkerTuner.create_composite(
        workflow_supplier=FixedSizeSlotSupplier(3),
        activity_supplier=FixedSizeSlotSupplier(4),
        local_activity_supplier=FixedSizeSlotSupplier(5),
    )
    assert tuner_of({"tuner": tuner}, NO_LIMITS) is tuner
    fixed = tuner_of({}, {**NO_LIMITS, "max_concurrent_activities": 7})
    assert (fixed.workflow, fixed.activity) == (
        FixedSizeSlotSupplier(100),
        FixedSizeSlotSupplier(7),
    )
    with pytest.raises(ValueError, match="when also specifying tuner"):
        tuner_of({"tuner": tuner}, {**NO_LIMITS, "max_concurrent_activities": 7})
    with pytest.raises(ValueError, match="must be positive"):
        tuner_of({"max_activities_per_second": 0}, NO_LIMITS)


def test_identity_and_build_id_go_into_the_histories() -> None:
    assert identity_of({}, "1@host") == ""
    assert identity_of({"identity": "me"}, "1@host") == "me"
    assert identity_of({"build_id": "v7"}, "1@host") == "1@host v7"
    assert identity_of({"identity": "me", "build_id": "v7"}, "1@host") == "me v7"


def test_heartbeats_are_throttled_as_told() -> None:
    throttle = throttle_of({"max_heartbeat_throttle_interval": timedelta(seconds=5)})
    assert [throttle.interval_ms(timeout) for timeout in (0, 1000, 60_000)] == [5000, 800, 5000]
    default = throttle_of({"default_heartbeat_throttle_interval": timedelta(seconds=1)})
    assert [default.interval_ms(timeout) for timeout in (0, 100_000)] == [1000, 60_000]
