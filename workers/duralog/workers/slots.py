"""Slot suppliers at work: places for task sources, and a queue before local Activities."""

import asyncio
import contextlib
import logging
import threading
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final, cast

from duralog.connectors.clock import monotonic_ms
from duralog.connectors.places import TASK, FixedPlaces, Places
from duralog.workers.resources import Resources
from duralog.workers.tuning import (
    CustomSlotSupplier,
    FixedSizeSlotSupplier,
    ResourceBasedSlotSupplier,
    SlotInfo,
    SlotMarkUsedContext,
    SlotPermit,
    SlotReleaseContext,
    SlotSupplier,
    SlotType,
)

LOG: Final = logging.getLogger("duralog.worker")
RESOURCE_SLOTS_MAX: Final = 500
WORKFLOW_SLOTS_MIN: Final = 5
RAMP: Final = timedelta(milliseconds=50)
LOOK_AGAIN_SECONDS: Final = 0.01  # Before a local Activity without a slot asks once more.
RESOURCES: Final = Resources()  # One machine.


@dataclass(slots=True, kw_only=True)
class Reservation:
    """A `SlotReserveContext`."""

    slot_type: SlotType
    task_queue: str
    worker_identity: str
    worker_build_id: str
    is_sticky: bool = False


@dataclass(slots=True)
class WorkflowSlot:
    """A `WorkflowSlotInfo`."""

    workflow_type: str
    is_sticky: bool = False


@dataclass(slots=True)
class ActivitySlot:
    """An `ActivitySlotInfo`, or one of a local Activity."""

    activity_type: str


def slot_info(task: Any) -> SlotInfo:
    """What a supplier is told of a task: Workflow Task, query, Activity or local Activity."""
    activity_type = getattr(task, "activity_type", None)
    if activity_type is not None:
        return ActivitySlot(activity_type)
    return WorkflowSlot(task.workflow_type)


class ResourcePlaces:
    """Places while memory and CPU are below their targets; see ResourceBasedSlotConfig."""

    def __init__(
        self,
        supplier: ResourceBasedSlotSupplier,
        *,
        is_workflow: bool,
        usage: Callable[[], tuple[float, float]] = RESOURCES.usage,
        clock_ms: Callable[[], int] = monotonic_ms,
    ) -> None:
        config = supplier.slot_config
        least = WORKFLOW_SLOTS_MIN if is_workflow else 1
        self._slots_min = least if config.minimum_slots is None else config.minimum_slots
        self._slots_max = (
            RESOURCE_SLOTS_MAX if config.maximum_slots is None else config.maximum_slots
        )
        throttle = config.ramp_throttle
        if throttle is None:
            throttle = timedelta() if is_workflow else RAMP
        self._throttle_ms = throttle / timedelta(milliseconds=1)
        self._target = supplier.tuner_config
        self._usage = usage
        self._clock_ms = clock_ms
        self._used = 0
        self._last_ms = 0
        self._lock = threading.Lock()

    def reserve(self) -> object | None:
        """A permit, if the machine is not too busy for one more."""
        with self._lock:
            if self._used >= self._slots_min and not self._may_grow():
                return None
            self._used += 1
            self._last_ms = self._clock_ms()
        return TASK

    def begin(self, permit: object, task: object) -> None:
        """All places are alike."""

    def release(self, permit: object, task: object) -> None:
        """One fewer is used."""
        with self._lock:
            self._used -= 1

    def _may_grow(self) -> bool:
        if self._used >= self._slots_max or self._clock_ms() - self._last_ms < self._throttle_ms:
            return False
        memory, cpu = self._usage()
        return memory < self._target.target_memory_usage and cpu < self._target.target_cpu_usage


class CustomPlaces:
    """Places of a user's supplier. One reservation at a time waits on the user's event loop."""

    def __init__(
        self,
        supplier: CustomSlotSupplier,
        context: Reservation,
        loop: asyncio.AbstractEventLoop,
    ) -> None:
        self._supplier = supplier
        self._context = context
        self._loop = loop
        self._waiting: Future[None] | None = None
        self._granted: SlotPermit | None = None
        self._closed = False

    def reserve(self) -> object | None:
        """A permit that there is now, or that was waited for. On the source's thread."""
        if self._waiting is None:
            permit = self._try()
            if permit is None:
                with contextlib.suppress(RuntimeError):  # The loop is closed: nothing runs more.
                    self._waiting = asyncio.run_coroutine_threadsafe(self._wait(), self._loop)
            return permit
        if not self._waiting.done():
            return None
        permit, self._granted, self._waiting = self._granted, None, None
        return permit

    def close(self) -> None:
        """Nobody waits any more, and nothing runs. On the event loop."""
        self._closed = True
        if self._waiting is not None:
            self._waiting.cancel()
        self._give_back()

    async def _wait(self) -> None:
        try:
            self._granted = await self._supplier.reserve_slot(self._context)
        except Exception:  # users' code
            LOG.warning("Error in custom slot supplier `reserve_slot`", exc_info=True)
        if self._closed:
            self._give_back()

    def _give_back(self) -> None:
        permit, self._granted = self._granted, None
        if permit is not None:
            self._told("release_slot", SlotReleaseContext(None, permit))

    def begin(self, permit: object, task: object) -> None:
        """Tell the supplier who has it."""
        used = SlotMarkUsedContext(slot_info(task), cast(SlotPermit, permit))
        self._told("mark_slot_used", used)

    def release(self, permit: object, task: object) -> None:
        """Tell the supplier that it is free."""
        free = SlotReleaseContext(slot_info(task), cast(SlotPermit, permit))
        self._told("release_slot", free)

    def _try(self) -> SlotPermit | None:
        try:
            return self._supplier.try_reserve_slot(self._context)
        except Exception:  # users' code
            LOG.warning("Error in custom slot supplier `try_reserve_slot`", exc_info=True)
            return None

    def _told(self, name: str, context: object) -> None:
        try:
            getattr(self._supplier, name)(context)
        except Exception:  # users' code
            LOG.warning("Error in custom slot supplier `%s`", name, exc_info=True)


def places_of(
    supplier: SlotSupplier, context: Reservation, loop: asyncio.AbstractEventLoop
) -> Places:
    """What gives out the slots of `supplier`."""
    if isinstance(supplier, FixedSizeSlotSupplier):
        return FixedPlaces(supplier.num_slots)
    if isinstance(supplier, ResourceBasedSlotSupplier):
        return ResourcePlaces(supplier, is_workflow=context.slot_type == "workflow")
    return CustomPlaces(supplier, context, loop)


def slots_max(supplier: SlotSupplier) -> int | None:
    """How many there are; None: it depends."""
    return supplier.num_slots if isinstance(supplier, FixedSizeSlotSupplier) else None


class LocalSlots:
    """Lets local Activities wait for a place, in their order. On the event loop."""

    def __init__(self, places: Places) -> None:
        self._places = places
        self._turn = asyncio.Lock()
        self._freed = asyncio.Event()

    async def acquire(self, call: object) -> object:
        """Wait for a place; returns its permit."""
        async with self._turn:
            while True:
                permit = self._places.reserve()
                if permit is not None:
                    self._places.begin(permit, call)
                    return permit
                self._freed.clear()
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(self._freed.wait(), self._patience())

    def release(self, permit: object, call: object) -> None:
        """The next may have it."""
        self._places.release(permit, call)
        self._freed.set()

    def _patience(self) -> float | None:
        """Fixed places become free by a release only."""
        return None if isinstance(self._places, FixedPlaces) else LOOK_AGAIN_SECONDS
