"""Further arguments of `Worker`: its tuning, and what Temporal's takes that is not needed here."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import TypedDict

from duralog.worker.plugin import Plugin
from duralog.worker.workflow_runners import WorkflowRunner
from duralog.workers.heartbeats import INTERVAL_DEFAULT_MS, INTERVAL_MAX_MS, Throttle
from duralog.workers.shared_state import SharedStateManager
from duralog.workers.tuning import PollerBehavior, SlotSupplier, WorkerTuner


class TuningOptions(TypedDict, total=False):
    """What may be said about how a worker works.

    identity: Who this worker is, in the histories; None: as its client.
    build_id: Which build of your code it runs; stands behind the identity in the histories.
    shared_state_manager: Lets `activity_executor` have processes.
    plugins: Change all arguments, and stand around `run`; those of the client come before.
    tuner: How slots are given out, in place of all `max_concurrent_…`.
    max_activities_per_second: How many this worker begins, at most; local ones not counted.
    max_heartbeat_throttle_interval: Heartbeats are sent at least as often; 60 s.
    default_heartbeat_throttle_interval: As often, without a heartbeat timeout; 30 s.
    debug_mode: True: Workflow code may block as long as it likes, for instance in a debugger.
    """

    identity: str | None
    build_id: str | None
    shared_state_manager: SharedStateManager | None
    plugins: Sequence[Plugin]
    tuner: WorkerTuner | None
    max_activities_per_second: float | None
    max_heartbeat_throttle_interval: timedelta
    default_heartbeat_throttle_interval: timedelta
    debug_mode: bool


class WithoutEffect(TypedDict, total=False):
    """What Temporal's worker is told, and this one need not know.

    Kafka delivers tasks, so there are no polls, no sticky queue and no eager Activities; Workflow
    code runs on one thread, and is guarded without a second copy of its modules.
    """

    workflow_task_executor: ThreadPoolExecutor | None
    unsandboxed_workflow_runner: WorkflowRunner
    max_concurrent_workflow_task_polls: int | None
    nonsticky_to_sticky_poll_ratio: float
    max_concurrent_activity_task_polls: int | None
    sticky_queue_schedule_to_start_timeout: timedelta
    max_eager_activity_reservations_per_workflow_task: int
    disable_eager_activity_execution: bool
    disable_safe_workflow_eviction: bool
    workflow_task_poller_behavior: PollerBehavior
    activity_task_poller_behavior: PollerBehavior


class WorkerOptions(TuningOptions, WithoutEffect, total=False):
    """Both."""


def throttle_of(options: TuningOptions) -> Throttle:
    """How far apart heartbeats are sent."""
    longest = options.get("max_heartbeat_throttle_interval")
    default = options.get("default_heartbeat_throttle_interval")
    millisecond = timedelta(milliseconds=1)
    return Throttle(
        max_ms=INTERVAL_MAX_MS if longest is None else longest // millisecond,
        default_ms=INTERVAL_DEFAULT_MS if default is None else default // millisecond,
    )


def tuner_of(options: TuningOptions, limits: dict[str, int | None]) -> WorkerTuner:
    """The tuner, or one of fixed sizes. Raises ValueError for both, and for a rate of zero."""
    rate = options.get("max_activities_per_second")
    if rate is not None and rate <= 0:
        raise ValueError("max_activities_per_second must be positive")
    tuner = options.get("tuner")
    if tuner is None:
        return WorkerTuner.create_fixed(
            workflow_slots=limits["max_concurrent_workflow_tasks"],
            activity_slots=limits["max_concurrent_activities"],
            local_activity_slots=limits["max_concurrent_local_activities"],
        )
    if any(limit is not None for limit in limits.values()):
        raise ValueError(
            "Cannot specify max_concurrent_workflow_tasks, max_concurrent_activities, or "
            "max_concurrent_local_activities when also specifying tuner"
        )
    return tuner


def identity_of(options: TuningOptions, client_identity: str) -> str:
    """What the histories say; empty: as the client."""
    identity, build_id = options.get("identity"), options.get("build_id")
    if build_id:
        return f"{identity or client_identity} {build_id}"
    return identity or ""


def check_supplier(supplier: SlotSupplier) -> None:
    """Raises ValueError for a size that nothing could run with."""
    slots = getattr(supplier, "num_slots", 1)
    if slots < 1:
        raise ValueError(f"num_slots must be at least 1, not {slots}")
