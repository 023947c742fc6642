"""How a worker's slots are given out: slot suppliers, tuners and, for old programs, pollers."""

from abc import ABC, abstractmethod
from dataclasses import dataclass
from datetime import timedelta
from typing import Literal, Protocol, TypeAlias, runtime_checkable

SLOTS_DEFAULT = 100  # Of each kind, as Temporal's.
SlotType: TypeAlias = Literal["workflow", "activity", "local-activity"]


@dataclass(frozen=True)
class FixedSizeSlotSupplier:
    """Never more than `num_slots` at once."""

    num_slots: int


@dataclass(frozen=True)
class ResourceBasedTunerConfig:
    """How full the machine may be, from 0 to 1, before no further task is taken."""

    target_memory_usage: float
    target_cpu_usage: float


@dataclass(frozen=True)
class ResourceBasedSlotConfig:
    """minimum_slots: Given out whatever the machine says; 5 for workflows, else 1.

    maximum_slots: 500. ramp_throttle: Between two slots above the minimum; 0 for workflows, else
    50 ms: what a task costs is seen only after a while.
    """

    minimum_slots: int | None = None
    maximum_slots: int | None = None
    ramp_throttle: timedelta | None = None


@dataclass(frozen=True)
class ResourceBasedSlotSupplier:
    """Gives slots out while memory and CPU in use are below their targets."""

    slot_config: ResourceBasedSlotConfig
    tuner_config: ResourceBasedTunerConfig


class SlotPermit:
    """Leave to use a slot; extend it to remember something with it."""


class SlotReserveContext(Protocol):
    """What a slot is wanted for. is_sticky: Always False: no queue belongs to one worker."""

    slot_type: SlotType
    task_queue: str
    worker_identity: str
    worker_build_id: str
    is_sticky: bool


@runtime_checkable
class WorkflowSlotInfo(Protocol):
    """A slot's Workflow Task."""

    workflow_type: str
    is_sticky: bool


@runtime_checkable
class ActivitySlotInfo(Protocol):
    """A slot's Activity."""

    activity_type: str


@runtime_checkable
class LocalActivitySlotInfo(Protocol):
    """A slot's local Activity."""

    activity_type: str


SlotInfo: TypeAlias = WorkflowSlotInfo | ActivitySlotInfo | LocalActivitySlotInfo


@dataclass(frozen=True)
class SlotMarkUsedContext:
    """A slot and what uses it from now on."""

    slot_info: SlotInfo
    permit: SlotPermit


@dataclass(frozen=True)
class SlotReleaseContext:
    """A slot that is free again; slot_info: None: it was never used."""

    slot_info: SlotInfo | None
    permit: SlotPermit


class CustomSlotSupplier(ABC):
    """Your own. `reserve_slot` runs on the worker's event loop, the others on any thread."""

    @abstractmethod
    async def reserve_slot(self, ctx: SlotReserveContext) -> SlotPermit:
        """Wait until a slot is free; called once a task is there. Cancelled when nobody waits."""

    @abstractmethod
    def try_reserve_slot(self, ctx: SlotReserveContext) -> SlotPermit | None:
        """A slot without waiting; asked first. None: none is free."""

    @abstractmethod
    def mark_slot_used(self, ctx: SlotMarkUsedContext) -> None:
        """A task uses the slot from now on. Must not block."""

    @abstractmethod
    def release_slot(self, ctx: SlotReleaseContext) -> None:
        """The slot is free again. Must not block."""


SlotSupplier: TypeAlias = FixedSizeSlotSupplier | ResourceBasedSlotSupplier | CustomSlotSupplier


@dataclass(frozen=True)
class WorkerTuner:
    """A slot supplier for each kind of task. Made by one of its class methods."""

    workflow: SlotSupplier
    activity: SlotSupplier
    local_activity: SlotSupplier

    @classmethod
    def create_resource_based(
        cls,
        *,
        target_memory_usage: float,
        target_cpu_usage: float,
        workflow_config: ResourceBasedSlotConfig | None = None,
        activity_config: ResourceBasedSlotConfig | None = None,
        local_activity_config: ResourceBasedSlotConfig | None = None,
        nexus_config: ResourceBasedSlotConfig | None = None,
    ) -> "WorkerTuner":
        """Slots by how busy the machine is. nexus_config: Taken and not needed."""
        del nexus_config
        target = ResourceBasedTunerConfig(target_memory_usage, target_cpu_usage)
        plain = ResourceBasedSlotConfig()
        return WorkerTuner(
            ResourceBasedSlotSupplier(workflow_config or plain, target),
            ResourceBasedSlotSupplier(activity_config or plain, target),
            ResourceBasedSlotSupplier(local_activity_config or plain, target),
        )

    @classmethod
    def create_fixed(
        cls,
        *,
        workflow_slots: int | None = None,
        activity_slots: int | None = None,
        local_activity_slots: int | None = None,
        nexus_slots: int | None = None,
    ) -> "WorkerTuner":
        """So many; 100 of what is not said. nexus_slots: Taken and not needed."""
        del nexus_slots
        return WorkerTuner(
            FixedSizeSlotSupplier(workflow_slots or SLOTS_DEFAULT),
            FixedSizeSlotSupplier(activity_slots or SLOTS_DEFAULT),
            FixedSizeSlotSupplier(local_activity_slots or SLOTS_DEFAULT),
        )

    @classmethod
    def create_composite(
        cls,
        *,
        workflow_supplier: SlotSupplier,
        activity_supplier: SlotSupplier,
        local_activity_supplier: SlotSupplier,
        nexus_supplier: SlotSupplier | None = None,
    ) -> "WorkerTuner":
        """These suppliers. nexus_supplier: Taken and not needed."""
        del nexus_supplier
        return WorkerTuner(workflow_supplier, activity_supplier, local_activity_supplier)


@dataclass(frozen=True)
class PollerBehaviorSimpleMaximum:
    """Taken and not needed: Kafka delivers, nobody polls in vain."""

    maximum: int = 5


@dataclass(frozen=True)
class PollerBehaviorAutoscaling:
    """Taken and not needed: Kafka delivers, nobody polls in vain."""

    minimum: int = 1
    maximum: int = 100
    initial: int = 5


PollerBehavior: TypeAlias = PollerBehaviorSimpleMaximum | PollerBehaviorAutoscaling
