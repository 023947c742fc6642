"""`Worker`: runs users' Workflows and Activities for one Task Queue."""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Sequence
from concurrent.futures import Executor, ThreadPoolExecutor
from datetime import timedelta
from types import TracebackType
from typing import Any, Final, Self, Unpack

from duralog.activity.context import Signal
from duralog.activity.definition import ActivityDefinition
from duralog.client import Client
from duralog.client.calls import LazyChannel
from duralog.connectors import collector
from duralog.connectors.places import PacedPlaces, Places
from duralog.worker.checks import activity_table, check_limits, workflow_table
from duralog.worker.config import WorkerConfig, check_options
from duralog.worker.options import (
    WorkerOptions,
    check_supplier,
    identity_of,
    throttle_of,
    tuner_of,
)
from duralog.worker.plugin import run_through, worker_plugins
from duralog.worker.workflow_runners import SandboxedWorkflowRunner, WorkflowRunner, prepare
from duralog.workers.activity_attempt import ActivitySetup
from duralog.workers.activity_process import Processes
from duralog.workers.activity_runner import ActivityRunner
from duralog.workers.heartbeats import HeartbeatThread
from duralog.workers.interceptors import Interceptor
from duralog.workers.local_runner import LocalRunner
from duralog.workers.machines.local_activity import LocalOutcome, LocalRun
from duralog.workers.meters import ActivityMeters, Meters
from duralog.workers.payload_gate import PayloadGate
from duralog.workers.processor import WorkflowTaskProcessor
from duralog.workers.slots import CustomPlaces, Reservation, places_of, slots_max
from duralog.workers.tuning import SlotSupplier, SlotType
from duralog.workers.workflow_chain import interceptor_classes
from duralog.workers.workflow_runner import WorkflowRunner as TaskRunner

WORKFLOW_TASKS_GRACE: Final = timedelta(seconds=5)  # They take milliseconds; finish them always.


class Worker:
    """Takes tasks of one Task Queue until it is shut down. Several may share a client.

    workflows: Classes with `@workflow.defn`.
    activities: Functions, or methods of instances, with `@activity.defn`.
    workflow_runner: Whether, and how, workflows are guarded against what is not deterministic.
    interceptors: The first is the outermost; those of the client that are for workers come before.
    activity_executor: Runs activities that are not async: a ThreadPoolExecutor; or, with a
    `shared_state_manager`, a ProcessPoolExecutor.
    max_concurrent_activities, max_concurrent_local_activities: Attempts that run at once; 100.
    no_remote_activities: Run local activities only; leave the others to other workers.
    max_cached_workflows: Runs kept in memory, some 17 kB each if small; the others are replayed
    when they go on.
    graceful_shutdown_timeout: What runs may finish in this time; then it is cancelled.
    workflow_failure_exception_types: Exceptions that fail the Workflow Execution, not the
    Workflow Task.
    on_fatal_error: Told when the worker cannot go on, before `run` raises.
    options: See `TuningOptions` and `WithoutEffect`.
    """

    _started = False
    _leaving = False
    _failure = ""
    _background: asyncio.Task[None] | None = None
    _block: asyncio.Task[object] | None = None  # The one that we cancelled.

    def __init__(
        self,
        client: Client,
        *,
        task_queue: str,
        activities: Sequence[Callable[..., Any]] = (),
        workflows: Sequence[type] = (),
        activity_executor: Executor | None = None,
        workflow_runner: WorkflowRunner = SandboxedWorkflowRunner(),  # noqa: B008 # never changes
        interceptors: Sequence[Interceptor] = (),
        max_cached_workflows: int = 4000,
        max_concurrent_workflow_tasks: int | None = None,
        max_concurrent_activities: int | None = None,
        max_concurrent_local_activities: int | None = None,
        no_remote_activities: bool = False,
        graceful_shutdown_timeout: timedelta = timedelta(),
        workflow_failure_exception_types: Sequence[type[BaseException]] = (),
        on_fatal_error: Callable[[BaseException], Awaitable[None]] | None = None,
        **options: Unpack[WorkerOptions],
    ) -> None:
        self._given = WorkerConfig(
            client=client,
            task_queue=task_queue,
            activities=activities,
            workflows=workflows,
            activity_executor=activity_executor,
            workflow_runner=workflow_runner,
            interceptors=interceptors,
            max_cached_workflows=max_cached_workflows,
            max_concurrent_workflow_tasks=max_concurrent_workflow_tasks,
            max_concurrent_activities=max_concurrent_activities,
            max_concurrent_local_activities=max_concurrent_local_activities,
            no_remote_activities=no_remote_activities,
            graceful_shutdown_timeout=graceful_shutdown_timeout,
            workflow_failure_exception_types=workflow_failure_exception_types,
            on_fatal_error=on_fatal_error,
            **options,
        )
        self._take(self._given.copy())

    def _take(self, config: WorkerConfig) -> None:
        """Check all that was given. Raises ValueError or TypeError."""
        self._plugins = worker_plugins(config["client"], config.get("plugins", ()))
        for plugin in self._plugins:
            config = plugin.configure_worker(config)
        self._config = config
        check_options(config)
        workflows, activities = config["workflows"], config["activities"]
        if not activities and not workflows:
            raise ValueError("At least one activity or workflow must be specified")
        self._client, self._task_queue = config["client"], config["task_queue"]
        limits = {
            "max_concurrent_workflow_tasks": config["max_concurrent_workflow_tasks"],
            "max_concurrent_activities": config["max_concurrent_activities"],
            "max_concurrent_local_activities": config["max_concurrent_local_activities"],
        }
        given = {name: limit for name, limit in limits.items() if limit is not None}
        cached = config["max_cached_workflows"]
        check_limits(task_queue=self._task_queue, max_cached_workflows=cached, **given)
        self._tuner = tuner_of(config, limits)
        for supplier in (self._tuner.workflow, self._tuner.activity, self._tuner.local_activity):
            check_supplier(supplier)
        self._identity = identity_of(config, self._client.identity)
        self._executor = config["activity_executor"]
        self._activities = activity_table(
            activities,
            self._executor,
            slots_max(self._tuner.activity) or 0,
            config.get("shared_state_manager"),
        )
        self._workflows = workflow_table(workflows)
        self._restrictions = prepare(config["workflow_runner"], workflows)
        of_client = [i for i in self._client.interceptors if isinstance(i, Interceptor)]
        self._interceptors = [*of_client, *config["interceptors"]]
        self._grace = config["graceful_shutdown_timeout"]
        self._on_fatal_error = config["on_fatal_error"]
        self._failure_types = tuple(config["workflow_failure_exception_types"])
        self._meters = Meters(namespace=self._client.namespace, task_queue=self._task_queue)
        self._custom_places: list[CustomPlaces] = []
        self._stop, self._stopped = asyncio.Event(), asyncio.Event()

    def config(self, *, active_config: bool = False) -> WorkerConfig:
        """What this worker was made of; a copy, to be changed and given to `Worker(**config)`.

        active_config: as its plugins have left it.
        """
        return (self._config if active_config else self._given).copy()

    @property
    def task_queue(self) -> str:
        """Whose tasks it takes."""
        return self._task_queue

    @property
    def client(self) -> Client:
        """Whose connection it uses."""
        return self._client

    @property
    def is_running(self) -> bool:
        """Started, and not shut down."""
        return self._started and not self.is_shutdown

    @property
    def is_shutdown(self) -> bool:
        """Shut down, or on the way to it."""
        return self._stop.is_set()

    async def run(self) -> None:
        """Work until `shutdown` is called or this coroutine is cancelled; then finish or hand over.

        Raises RuntimeError when the worker cannot go on.
        """
        if self._started:
            raise RuntimeError("Already started")
        self._started = True
        try:
            await run_through(self._plugins, Worker._run)(self)
        finally:
            self._stop.set()
            self._stopped.set()
        if self._failure:
            error = RuntimeError(self._failure)
            if self._on_fatal_error is not None:
                await self._on_fatal_error(error)
            raise error

    async def _run(self) -> None:
        if isinstance(self._client.channel, LazyChannel):
            await self._client.channel.opened()
        self._meters.record("temporal_worker_start", 1)
        heartbeats = HeartbeatThread()
        setup = self._activity_setup(heartbeats)
        workflows, local = self._workflow_runner(setup)
        activities = self._activity_runner(setup)
        heartbeats.start()
        try:
            for runner in (workflows, activities):
                if runner is not None:
                    runner.start()
            collector.calm()
            await self._stop.wait()
        finally:
            self._stop.set()
            await self._stop_runners(workflows, activities)
            await local.stop()
            heartbeats.close()

    async def shutdown(self) -> None:
        """Take nothing more, finish or hand over what runs, and return when that is done."""
        if not self._started:
            raise RuntimeError("Cannot shutdown a worker that has not been started")
        self._stop.set()
        await self._stopped.wait()

    async def __aenter__(self) -> Self:
        """Work in the background; if the worker fails, the block is cancelled."""
        if self._started:
            raise RuntimeError("Already started")
        block = asyncio.current_task()
        self._background = asyncio.create_task(self.run())

        def end_block(run: asyncio.Task[None]) -> None:
            if not run.cancelled() and run.exception() is not None and not self._leaving:
                self._block = block
                if block is not None:
                    block.cancel()

        self._background.add_done_callback(end_block)
        await asyncio.sleep(0)  # Let `run` begin, so that `shutdown` finds it started.
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        assert self._background is not None
        self._leaving = True
        self._stop.set()
        if self._block is not None:
            self._block.uncancel()  # The cancellation was ours, to end the block.
        with contextlib.suppress(asyncio.CancelledError):
            await self._background

    async def _stop_runners(
        self, workflows: TaskRunner | None, activities: ActivityRunner | None
    ) -> None:
        grace_seconds = self._grace.total_seconds()
        steps: list[Any] = []
        if workflows is not None:
            tasks_seconds = max(grace_seconds, WORKFLOW_TASKS_GRACE.total_seconds())
            steps.append(asyncio.to_thread(workflows.stop, tasks_seconds))
        if activities is not None:
            steps.append(activities.stop(grace_seconds))
        await asyncio.gather(*steps)
        for places in self._custom_places:
            places.close()

    def _workflow_runner(self, setup: ActivitySetup) -> tuple[TaskRunner | None, LocalRunner]:
        def local_ended(run: LocalRun, outcome: LocalOutcome) -> None:
            runner.local_ended(run, outcome)  # Made below.

        local = LocalRunner(
            setup,
            task_queue=self._task_queue,
            tasks_max=slots_max(self._tuner.local_activity),
            places=self._places("local-activity", self._tuner.local_activity),
            done=local_ended,
            meters=ActivityMeters(self._meters, is_local=True),
        )
        if not self._workflows:
            return None, local
        processor = WorkflowTaskProcessor(
            definitions=self._workflows,
            converter=self._client.data_converter,
            namespace=self._client.namespace,
            cache_size=self._config["max_cached_workflows"],
            failure_exception_types=self._failure_types,
            interceptors=interceptor_classes(self._interceptors),
            restrictions=self._restrictions,
            local=local,
        )
        loop = asyncio.get_running_loop()
        runner = TaskRunner(
            self._client.channel,
            processor,
            task_queue=self._task_queue,
            tasks_max=slots_max(self._tuner.workflow),
            places=self._places("workflow", self._tuner.workflow),
            identity=self._identity,
            watch=not self._config.get("debug_mode", False),
            meters=self._meters,
            failed=lambda reason: _on_loop(loop, lambda: self._fail(reason)),
            gate=PayloadGate.of(
                self._client.data_converter, loop, headers=self._client.encodes_workflow_headers
            ),
        )
        return runner, local

    def _activity_setup(self, heartbeats: HeartbeatThread) -> ActivitySetup:
        loop = asyncio.get_running_loop()
        known: dict[str, ActivityDefinition] = {n: d for n, d in self._activities.items() if n}
        worker_shutdown = Signal(loop)
        return ActivitySetup(
            namespace=self._client.namespace,
            converter=self._client.data_converter,
            definitions=known,
            dynamic=self._activities.get(None),
            executor=self._executor,
            loop=loop,
            heartbeats=heartbeats,
            worker_shutdown=worker_shutdown,
            interceptors=self._interceptors,
            gate=PayloadGate.of(self._client.data_converter, loop),
            meters=ActivityMeters(self._meters),
            processes=self._processes(worker_shutdown),
            identity=self._identity,
            client=self._client,
            throttle=throttle_of(self._config),
        )

    def _processes(self, worker_shutdown: Signal) -> Processes | None:
        manager = self._config.get("shared_state_manager")
        if manager is None or isinstance(self._executor, ThreadPoolExecutor):
            return None
        return Processes(
            manager,
            payload_converter_class=self._client.data_converter.payload_converter_class,
            worker_shutdown=worker_shutdown,
            broken=lambda error: self._fail(f"its activity_executor is broken: {error}"),
        )

    def _activity_runner(self, setup: ActivitySetup) -> ActivityRunner | None:
        if not self._activities or self._config["no_remote_activities"]:
            return None
        places = self._places("activity", self._tuner.activity)
        rate = self._config.get("max_activities_per_second")
        if rate is not None:
            places = PacedPlaces(places, rate)
        return ActivityRunner(
            self._client.channel,
            setup,
            task_queue=self._task_queue,
            tasks_max=slots_max(self._tuner.activity),
            places=places,
        )

    def _places(self, slot_type: SlotType, supplier: SlotSupplier) -> Places:
        context = Reservation(
            slot_type=slot_type,
            task_queue=self._task_queue,
            worker_identity=self._identity or self._client.identity,
            worker_build_id=self._config.get("build_id") or "",
        )
        places = places_of(supplier, context, asyncio.get_running_loop())
        if isinstance(places, CustomPlaces):
            self._custom_places.append(places)
        return places

    def _fail(self, reason: str) -> None:
        self._failure = self._failure or f"the worker of {self._task_queue!r} stopped: {reason}"
        self._stop.set()


def _on_loop(loop: asyncio.AbstractEventLoop, call: Callable[[], None]) -> None:
    with contextlib.suppress(RuntimeError):  # The loop is closed: the worker has stopped already.
        loop.call_soon_threadsafe(call)
