"""WorkflowRun: one run's code, fed with its history Workflow Task by Workflow Task.

Order within a Workflow Task, as in Temporal's SDKs: first every machine takes its Events, so that
code which cancels what has just ended makes no Command. Then the code sees the Signals, then
everything else in the order of the history; after each of the two all that is ready runs, and
conditions are checked. Activities cancelled without waiting fail when nothing is ready any more.
"""

import threading
from asyncio.events import _get_running_loop, _set_running_loop  # pyright: ignore[reportPrivateUsage]
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

from duralog.converter import DataConverter
from duralog.schemas import events
from duralog.schemas.codec import decode
from duralog.schemas.commands import Command
from duralog.schemas.requests import QueryWorkflow, RespondQueryTaskCompleted
from duralog.workers.activities import Activities
from duralog.workers.children import Children
from duralog.workers.command_log import CommandLog
from duralog.workers.deliveries import Deliveries
from duralog.workers.event_loop import WorkflowEventLoop
from duralog.workers.execution import Execution
from duralog.workers.externals import Externals
from duralog.workers.guard import guarded
from duralog.workers.history import ROLES, HistoryGapError, Role, commands_from
from duralog.workers.interceptors import (
    WorkflowInboundInterceptor,
    WorkflowOutboundInterceptor,
)
from duralog.workers.local_activities import LocalActivities
from duralog.workers.machines.local_activity import (
    LocalOutcome,
    LocalRun,
    is_local_marker,
)
from duralog.workers.machines.patch import patches_in
from duralog.workers.properties import Properties
from duralog.workers.queries import Queries
from duralog.workers.run_info import run_info
from duralog.workers.runtime import RunRuntime
from duralog.workers.timers import RunTimers
from duralog.workers.updates import Delivery, Updates, accepted_updates, new_update
from duralog.workers.workflow_chain import InterceptorClasses, LastInbound, workflow_chain
from duralog.workers.workflow_outbound import LastOutbound
from duralog.workflow.definition import WorkflowDefinition
from duralog.workflow.errors import NondeterminismError
from duralog.workflow.sandbox import SandboxRestrictions


class WorkflowRun:
    """One run. Not thread-safe; may move between threads.

    last_event_id: The last Event it has seen.
    last_started_event_id: The Workflow Task its code has run last.
    completion_id: Of its last answer; only a task that names it may continue this run.
    activations: How often its code has run.
    warned: Somebody was told that the history is long.
    local_run: Names this run to whoever runs its local Activities.
    queries: Framed QueryWorkflows that came with the task which is out.
    thread_id: The thread that runs its code now; None when none does.
    """

    last_event_id = 0
    last_started_event_id = 0
    completion_id = ""
    activations = 0
    thread_id: int | None = None
    local_run: LocalRun | None = None
    warned = False
    queries: Sequence[bytes] = ()
    _task: events.WorkflowTaskStarted | None = None
    _size_bytes = 0

    def __init__(
        self,
        definition: WorkflowDefinition,
        *,
        converter: DataConverter = DataConverter.default,
        namespace: str = "default",
        failure_exception_types: Sequence[type[BaseException]] = (),
        interceptors: InterceptorClasses = (),
        restrictions: SandboxRestrictions | None = None,
    ) -> None:
        self._definition, self._namespace = definition, namespace
        self._log = CommandLog()
        self._timers = RunTimers(self._log, converter.payload_converter)
        self._properties = Properties(self._log, converter.payload_converter)
        self._runtime = RunRuntime(converter.payload_converter)
        self._runtime.restrictions = guarded(restrictions) if definition.sandboxed else None
        # Abstract on purpose: whatever it does not have a Workflow may not use.
        self._loop = WorkflowEventLoop(self._runtime, self._timers)  # type: ignore[abstract]
        self._settling: list[Callable[[], None]] = []
        self._activities = Activities(self._log, self._loop, converter, self._settling.append)
        self._externals = Externals(self._log, self._loop, converter, namespace)
        self._children = Children(
            self._log,
            self._loop,
            converter,
            self._externals,
            self._settling.append,
            namespace,
            lambda: self._execution.cancel_reason is not None,
        )
        self._execution = Execution(
            definition,
            converter,
            failure_exception_types,
            self._loop,
            self._log.complete,
            partial(self._intercept, interceptors) if interceptors else None,
        )
        self._waiting: list[Any] = []
        self._wire(definition, converter)

    def _wire(self, definition: WorkflowDefinition, converter: DataConverter) -> None:
        """What Workflow code reaches through its runtime."""
        self._outcomes: list[LocalOutcome] = []
        self.local = LocalActivities(
            self._log, self._loop, converter, self._settling.append, self._activities.next_number
        )
        self._add_handlers(definition, converter)
        self._runtime.loop = self._loop
        self._runtime.read_failure = converter.from_failure
        self._runtime.activities = self._activities
        self._runtime.children = self._children
        self._runtime.externals = self._externals
        self._runtime.execution = self._execution
        self._runtime.properties = self._properties
        self._runtime.timers = self._timers
        self._runtime.local_activities = self.local

    def _add_handlers(self, definition: WorkflowDefinition, converter: DataConverter) -> None:
        loop, execution = self._loop, self._execution
        self._updates = Updates(dict(definition.updates), converter, loop, execution, self._log)
        self._queries = Queries(dict(definition.queries), converter, loop, execution, self._updates)
        self._deliveries = Deliveries(
            loop, execution, self._timers, self._activities, self._children, self._externals
        )
        self._runtime.queries = self._queries
        self._runtime.updates = self._updates

    @property
    def closed(self) -> bool:
        """Whether the Workflow has ended."""
        return self._log.complete.closed

    @property
    def workflow_start_ms(self) -> int:
        """When the run began, by its first event."""
        return self._runtime.started.event_time_ms

    def feed(
        self,
        frames: Sequence[bytes],
        *,
        started_event_id: int,
        started_time_ms: int,
        scheduled_event_id: int = 0,
        updates: Sequence[bytes] = (),
    ) -> list[Command]:
        """Take the Events that follow, run the current Workflow Task, and return its Commands.

        frames: Framed Event records, by Event ID, without the current WorkflowTaskStarted.
        scheduled_event_id: of the task; that of a repeated or speculative one is in the history
            only once it is done.
        updates: Framed AdmittedUpdates that came with the task.

        Raises HistoryGapError when the Events do not follow, NondeterminismError when they do not
        fit the code, and what user code raises that does not end the Workflow.
        """
        try:
            self.replay(frames)
            last = max(self.last_event_id, scheduled_event_id)
            if last > self.last_event_id + 1 or started_event_id != last + 1:
                raise HistoryGapError(f"{self.last_event_id} is not followed by {started_event_id}")
            current = events.WorkflowTaskStarted(
                workflow_id="", run_id="", event_id=started_event_id, event_time_ms=started_time_ms
            )
            self._log.assert_all_matched(current)
            self._activate(current, [new_update(data) for data in updates], replaying=False)
            while self._outcomes and not self.closed:
                self._turn(partial(self._resolve, self._outcomes.pop(0)))
        except NondeterminismError as error:
            return [self._execution.failed_by(error)]
        return self.commands()

    @property
    def history_size_bytes(self) -> int:
        """Of what it has seen, without the starts of its tasks."""
        return self._size_bytes

    def replay(self, frames: Sequence[bytes]) -> None:
        """Take Events; run the Workflow Tasks that were completed. Raises as `feed`."""
        decoded = [decode(frame) for frame in frames]
        for index, (frame, event) in enumerate(zip(frames, decoded, strict=True)):
            if not self._follow(event):
                continue
            role = ROLES[type(event)]
            if role is Role.TASK_STARTED:
                self._task_started(event)
                continue  # Without its size: the task that is running has no such record yet.
            self._size_bytes += len(frame)
            if role is Role.INPUT:
                self._waiting.append(event)
            elif role is Role.COMMAND:
                if is_local_marker(event) and self._log.is_matched:
                    self._turn(partial(self._resolve, self.local.replayed(event)))
                self._log.match(event)
            elif role is Role.TASK_COMPLETED:
                self._properties.recorded_patches |= patches_in(commands_from(decoded, index + 1))
                self._task_completed(event, decoded, index)

    def answers(self) -> list[RespondQueryTaskCompleted]:
        """To the Queries that came with the task."""
        queries, self.queries = self.queries, ()
        return [self.query(decode(query)) for query in queries]

    def query(self, query: QueryWorkflow) -> RespondQueryTaskCompleted:
        """Answer a Query from what the code knows now; it must have run at least once."""
        runtime = self._runtime
        replaying, runtime.is_replaying = runtime.is_replaying, False
        before = _get_running_loop()
        _set_running_loop(self._loop)
        self.thread_id = threading.get_ident()
        try:
            return self._queries.answer(query)
        finally:
            self.thread_id = None
            _set_running_loop(before)
            runtime.is_replaying = replaying

    def resolve(self, outcome: LocalOutcome, *, task_is_open: bool) -> list[Command]:
        """A local Activity of this run has ended: all Commands of the Workflow Task so far.

        task_is_open: False: no Workflow Task is out; the next one brings it to the code.
        Raises as `feed`.
        """
        if not task_is_open:
            self._outcomes.append(outcome)
            return []
        try:
            self._turn(partial(self._resolve, outcome))
        except NondeterminismError as error:
            return [self._execution.failed_by(error)]
        return self.commands()

    def commands(self) -> list[Command]:
        """All Commands of the Workflow Task so far, and its rejections of Updates."""
        return [*self._updates.rejections, *self._log.commands()]

    def assert_replayed(self) -> None:
        """The history ends here. Raises NondeterminismError when it lacks one of the Commands."""
        self._log.assert_all_matched(None)

    def evict(self) -> None:
        """End the code where it stands; no Command comes of it."""
        before = _get_running_loop()
        _set_running_loop(self._loop)
        try:
            self._loop.close_tasks()
        finally:
            _set_running_loop(before)

    def _follow(self, event: Any) -> bool:
        """Whether the Event is the next, and not one seen before."""
        if event.event_id <= self.last_event_id:
            return False
        expected = self.last_event_id + 1
        if self.last_started_event_id in (expected, expected + 1) and (
            event.event_id == self.last_started_event_id + 1
        ):
            # A worker that ran a task need not be told again that it was scheduled and started.
            expected = event.event_id
        if event.event_id != expected:
            raise HistoryGapError(f"{self.last_event_id} is not followed by {event.event_id}")
        self.last_event_id = event.event_id
        return True

    def _task_started(self, event: events.WorkflowTaskStarted) -> None:
        if event.event_id != self.last_started_event_id:  # Else its Commands are still to come.
            self._log.assert_all_matched(event)
            self._task = event

    def _task_completed(
        self, event: events.WorkflowTaskCompleted, decoded: Sequence[Any], index: int
    ) -> None:
        if event.started_event_id == self.last_started_event_id:
            return  # This worker ran it when it was new.
        if self._task is None or self._task.event_id != event.started_event_id:
            raise HistoryGapError(f"no start {event.started_event_id} of a Workflow Task")
        self._activate(self._task, accepted_updates(decoded, index), replaying=True)

    def _activate(
        self,
        task: events.WorkflowTaskStarted,
        updates: Sequence[Delivery],
        *,
        replaying: bool,
    ) -> None:
        """Run the code on what waits for it, as of this Workflow Task."""
        self.activations += 1
        self.last_started_event_id = task.event_id
        runtime = self._runtime
        runtime.is_replaying = replaying
        runtime.history_length = task.event_id
        runtime.history_size_bytes = self._size_bytes
        self._loop.time_ms = task.event_time_ms
        batch, self._waiting = self._waiting, []
        self._turn(partial(self._run, batch, updates))

    def _turn(self, work: Callable[[], None]) -> None:
        """Run the code on what `work` hands to it, until it rests."""
        before = _get_running_loop()
        _set_running_loop(self._loop)
        self.thread_id = threading.get_ident()
        try:
            work()
        except Exception as error:  # noqa: BLE001 # user code raised
            self._execution.failed_by(error)
        finally:
            self.thread_id = None
            _set_running_loop(before)
        self._log.seal()

    def _run(self, batch: list[Any], updates: Sequence[Delivery]) -> None:
        execution = self._execution
        if execution.instance is None:
            self._initialize(batch)
        deliveries = self._deliveries.of(batch)
        signals = [e for e in batch if isinstance(e, events.WorkflowExecutionSignaled)]
        self._updates.rejections.clear()
        for event in signals:
            execution.signal(event)
        for update in updates:
            self._updates.deliver(update)
        if signals or updates:
            self._run_ready()
        for deliver in deliveries:
            deliver()
        self._rest()

    def _resolve(self, outcome: LocalOutcome) -> None:
        """A local Activity has ended: time has passed for the code, which goes on."""
        self._loop.time_ms = max(self._loop.time_ms, outcome.complete_time_ms)
        self.local.resolve(outcome)
        self._rest()

    def _rest(self) -> None:
        """Run all that is ready, then what settles once nothing is."""
        self._run_ready()
        while self._settling:
            settling = self._settling[:]
            self._settling.clear()
            for settle in settling:
                settle()
            self._run_ready()
        if self.closed and not self._runtime.is_replaying:
            self._execution.warn_of_unfinished_handlers()
            self._updates.warn_of_unfinished()

    def _run_ready(self) -> None:
        self._loop.run_ready()
        if self._execution.error is not None:
            raise self._execution.error

    def _initialize(self, batch: list[Any]) -> None:
        started = next((e for e in batch if type(e) is events.WorkflowExecutionStarted), None)
        if started is None:
            raise HistoryGapError("no WorkflowExecutionStarted")
        self._runtime.run_id, self._runtime.started = started.run_id, started
        self._runtime.read_info = partial(run_info, started, self._namespace, self._loop.time_ms)
        self._execution.instantiate(started.input, started.header)

    def _intercept(
        self, classes: InterceptorClasses, last: LastInbound
    ) -> WorkflowInboundInterceptor:
        """The run's chains of interceptors; from now on its code asks through them."""
        runtime = self._runtime

        def intercept(outbound: WorkflowOutboundInterceptor) -> None:
            runtime.outbound = runtime.externals.outbound = outbound

        last.intercept, last.query = intercept, self._queries.call
        last.validate, last.update = self._updates.validate, self._updates.call
        return workflow_chain(classes, last, LastOutbound(runtime))
