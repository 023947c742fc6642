"""One task in our hands: leave to run it, its start report, its answer (DESIGN 7)."""

import logging
import threading
from concurrent.futures import Future
from dataclasses import dataclass
from typing import Any, Final, Generic, Protocol, TypeVar

from duralog.connectors.calls import CLAIM
from duralog.connectors.channel import Channel, ChannelError, Request
from duralog.connectors.clock import monotonic_ms
from duralog.connectors.custody import Entry, may_run_unasked
from duralog.schemas.payloads import Payload
from duralog.schemas.replies import Reply
from duralog.schemas.requests import (
    RecordActivityTaskHeartbeat,
    RecordActivityTaskStarted,
    RecordWorkflowTaskStarted,
    ReleaseActivityTask,
    ReleaseWorkflowTask,
    RespondActivityTaskCanceled,
    RespondActivityTaskCompleted,
    RespondActivityTaskFailed,
    RespondWorkflowTaskCompleted,
    RespondWorkflowTaskFailed,
)
from duralog.schemas.tasks import ActivityTask, WorkflowTask

LOG: Final = logging.getLogger("duralog.tasks")
REPORT_AFTER_MS: Final = 200  # What ends sooner needs no start report.
HEARTBEAT_TIMEOUT_MS: Final = 10_000

T = TypeVar("T", bound=WorkflowTask | ActivityTask)

Answer = (
    RespondWorkflowTaskCompleted
    | RespondWorkflowTaskFailed
    | RespondActivityTaskCompleted
    | RespondActivityTaskFailed
    | RespondActivityTaskCanceled
)


@dataclass(slots=True, frozen=True, kw_only=True)
class Start:
    """Leave to run a task.

    claimed: the engine accepted our claim; False: the fresh path.
    started_time_ms: by the engine's clock. started_event_id: of a Workflow Task; the accept's, or
    the task's.
    events: framed events to run. Fresh: the task's. Claimed: the task's and those the accept
    added; with reset_sticky the whole history.
    full: `events` start at event 1.
    """

    claimed: bool
    started_time_ms: int
    started_event_id: int
    events: list[bytes]
    full: bool


class Custodian(Protocol):
    """What a handle needs of its source."""

    channel: Channel
    identity: str

    def new_delivery_id(self) -> str:
        """Random, for one receipt of a task record."""
        ...

    def reached(self, point: str) -> None:
        """A crash point."""
        ...

    def track(self, future: Future[None]) -> None:
        """An answer is under way; a revocation waits for it a little."""
        ...

    def closed(self, handle: object) -> None:
        """A handle gave its place back."""
        ...


class TaskHandle(Generic[T]):
    """One task record in our custody. All methods may be called from any thread and never block.

    Life: delivered -> `begin` -> `answer` (or `release`). A handle holds one of the source's places
    until it is answered, released or refused.
    """

    def __init__(self, source: Custodian, task: T, entry: Entry) -> None:
        self.task = task
        self.delivery_id = source.new_delivery_id()  # Goes into our requests about this task.
        self._source = source
        self._channel = source.channel
        self._entry = entry
        self._lock = threading.Lock()
        self._closed = False
        self._start: Start | None = None
        self._claiming = False
        self._reported = False
        self._report_due_ms: int | None = None

    def begin(self, *, reset_sticky: bool = False) -> Future[Start | None]:
        """Ask for leave to run, just before user code begins. None: drop the task; it is closed.

        Done at once on the fresh path; else when the engine accepted or refused our claim.
        `reset_sticky` (Workflow Tasks whose run is not cached and that do not carry it whole)
        always claims, for the whole history. It may follow a `begin` without it, when the cache
        turns out not to match. The future raises ChannelError when the channel is closed meanwhile.
        """
        self._source.reached("delivered")
        future: Future[Start | None] = Future()
        now_ms = self._channel.engine_time_ms(self.task.partition)
        with self._lock:
            closed = self._closed or (self._start is None and not self._entry.is_ours)
            fresh = not reset_sticky and may_run_unasked(self.task, self._entry, now_ms)
            if not closed and fresh and now_ms is not None:
                self._start = _fresh_start(self.task, now_ms)
                self._report_due_ms = monotonic_ms() + REPORT_AFTER_MS
            elif not closed:
                self._claiming, self._report_due_ms = True, None
        if closed:
            self._close()
            future.set_result(None)
        elif fresh:
            future.set_result(self._start)
        else:
            self._claim(future, reset_sticky=reset_sticky)
        return future

    def answer(self, request: Answer) -> Future[None]:
        """Send a Respond… request built from the task.

        Fills identity, delivery_id and (activities) started_time_ms. Done when the brokers have it;
        that closes the handle. The future raises ChannelError when they refuse it, for instance as
        too large: the handle is still open then, and a smaller answer may follow.
        """
        request.delivery_id = self.delivery_id
        if self._start is not None and not isinstance(
            request, RespondWorkflowTaskCompleted | RespondWorkflowTaskFailed
        ):
            request.started_time_ms = self._start.started_time_ms
        future = self._send(request)
        self._source.track(future)
        future.add_done_callback(self._answered)
        return future

    def heartbeat(self, details: list[Payload]) -> Future[Reply]:
        """Send an activity's heartbeat; the reply says cancel_requested, or NOT_FOUND.

        The future raises ChannelError when no engine answered in 10 s.
        """
        assert isinstance(self.task, ActivityTask), "only activities have heartbeats"
        self.report()
        request = RecordActivityTaskHeartbeat(
            workflow_id=self.task.workflow_id,
            run_id=self.task.run_id,
            scheduled_event_id=self.task.scheduled_event_id,
            attempt=self.task.attempt,
            dispatch_time_ms=self.task.dispatch_time_ms,
            delivery_id=self.delivery_id,
            details=details,
            started_time_ms=self._start.started_time_ms if self._start else 0,
            identity=self._source.identity,
        )
        return self._channel.call(
            request, timeout_ms=HEARTBEAT_TIMEOUT_MS, partition=self.task.partition
        )

    def release(self) -> None:
        """We will not run or finish it: give it back, the engine dispatches it again at once.

        A task never begun is left in Kafka, for whoever gets its partition.
        """
        with self._lock:
            begun, claiming = self._start is not None, self._claiming
        if begun:
            self.report()
            self._give_back()
            self._entry.is_done = True  # Also if neither could be sent: the engine sweeps.
        self._close()
        if claiming:
            LOG.debug("a claim under way is given back when it is accepted")

    def leave(self) -> None:
        """Somebody else will answer: from the reported start on the engine's timeouts own it."""
        self.report()
        self._close()

    def report(self) -> Future[None] | None:
        """Report the start of a task run unasked, once; None when there is nothing to report."""
        with self._lock:
            start = self._start
            if start is None or start.claimed or self._reported or self._closed or self._claiming:
                return None
            self._reported, self._report_due_ms = True, None
        future = self._send(self._started(start, claim=False, reset_sticky=False))
        future.add_done_callback(self._acknowledged)
        return future

    def report_if_due(self, now_ms: int) -> None:
        """Report the start when the task has run long enough. Called by the source."""
        due_ms = self._report_due_ms
        if due_ms is not None and now_ms >= due_ms:
            self.report()

    @property
    def is_running(self) -> bool:
        """Begun and not closed."""
        return self._start is not None and not self._closed

    def _claim(self, future: Future[Start | None], *, reset_sticky: bool) -> None:
        start = self._start or _fresh_start(self.task, 0)
        request = self._started(start, claim=True, reset_sticky=reset_sticky)
        try:
            reply = self._channel.call(
                request, timeout_ms=0, partition=self.task.partition, repeat=CLAIM
            )
        except ChannelError as error:
            self._entry.is_done = True  # Else it blocks the rest; the sweeper dispatches it again.
            future.set_exception(error)
            return
        reply.add_done_callback(lambda done: self._decided(done, future, reset_sticky))

    def _decided(
        self, done: Future[Reply], future: Future[Start | None], reset_sticky: bool
    ) -> None:
        """The engine accepted or refused the claim; on the channel's thread."""
        error = done.exception()
        if error is not None:
            if future.set_running_or_notify_cancel():
                future.set_exception(error)
            return
        reply = done.result()
        accepted = reply.code == "OK"
        if accepted:
            self._source.reached("claimed")
        with self._lock:
            self._entry.is_done = True
            self._claiming = False
            gone = self._closed
            if accepted:
                self._start = _claimed_start(self.task, reply, reset_sticky)
        wanted = future.set_running_or_notify_cancel()
        if accepted and (gone or not wanted):
            self._give_back()
        if not accepted or not wanted:
            self._close()
        if wanted:
            future.set_result(self._start if accepted and not gone else None)

    def _answered(self, done: Future[None]) -> None:
        if done.exception() is None:
            self._source.reached("answered")
            self._entry.is_done = True
            self._close()

    def _acknowledged(self, done: Future[None]) -> None:
        if done.exception() is None:
            self._source.reached("start-reported")
            self._entry.is_done = True

    def _give_back(self) -> None:
        task = self.task
        make = ReleaseWorkflowTask if isinstance(task, WorkflowTask) else ReleaseActivityTask
        request = make(
            workflow_id=task.workflow_id,
            run_id=task.run_id,
            scheduled_event_id=task.scheduled_event_id,
            attempt=task.attempt,
            dispatch_time_ms=task.dispatch_time_ms,
            delivery_id=self.delivery_id,
        )
        self._source.track(self._send(request))

    def _started(self, start: Start, *, claim: bool, reset_sticky: bool) -> Request:
        """The start request; its reply address is where a cancel notice goes."""
        task, reply = self.task, self._channel
        common: dict[str, Any] = {
            "workflow_id": task.workflow_id,
            "run_id": task.run_id,
            "scheduled_event_id": task.scheduled_event_id,
            "attempt": task.attempt,
            "dispatch_time_ms": task.dispatch_time_ms,
            "delivery_id": self.delivery_id,
            "claim": claim,
            "started_time_ms": start.started_time_ms,
            "reply_partition": reply.reply_partition,
            "recipient": reply.recipient,
            "identity": self._source.identity,
        }
        if isinstance(task, ActivityTask):
            return RecordActivityTaskStarted(**common)
        return RecordWorkflowTaskStarted(
            **common, started_event_id=task.started_event_id, reset_sticky=reset_sticky
        )

    def _send(self, request: Request) -> Future[None]:
        request.identity = request.identity or self._source.identity
        try:
            return self._channel.send(request, partition=self.task.partition)
        except ChannelError as error:
            failed: Future[None] = Future()
            failed.set_exception(error)
            return failed

    def _close(self) -> None:
        with self._lock:
            if self._closed:
                return
            self._closed, self._report_due_ms = True, None
        self._source.closed(self)


def _fresh_start(task: WorkflowTask | ActivityTask, now_ms: int) -> Start:
    if isinstance(task, ActivityTask):
        started_ms = max(now_ms, task.dispatch_time_ms)
        return Start(
            claimed=False, started_time_ms=started_ms, started_event_id=0, events=[], full=False
        )
    return Start(
        claimed=False,
        started_time_ms=task.started_time_ms,
        started_event_id=task.started_event_id,
        events=task.events,
        full=task.full,
    )


def _claimed_start(task: WorkflowTask | ActivityTask, reply: Reply, reset_sticky: bool) -> Start:
    carried = task.events if isinstance(task, WorkflowTask) and not reset_sticky else []
    return Start(
        claimed=True,
        started_time_ms=reply.started_time_ms,
        started_event_id=reply.started_event_id,
        events=[*carried, *reply.body],
        full=reset_sticky or (isinstance(task, WorkflowTask) and task.full),
    )
