"""Runs the Workflow Tasks of one Task Queue on a thread of its own.

Order per task: deliver (source's thread) -> begin, process, answer (workflow thread). A claim's
accept comes back through the same queue. With a codec: begin -> decode (user's event loop) ->
process -> encode and answer (user's event loop). A watchdog times the thread: a workflow that
blocks it for 2 s is reported, with its stack; at 10 s its Workflow Task is failed and the thread
given up for a new one.
"""

import dataclasses
import itertools
import logging
import secrets
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from queue import SimpleQueue
from typing import Any, Final

from duralog.connectors.channel import Channel, RequestTooLargeError
from duralog.connectors.clock import monotonic_ms
from duralog.connectors.places import Places
from duralog.connectors.task_source import Start, TaskSource
from duralog.schemas.payloads import Failure
from duralog.schemas.requests import RespondWorkflowTaskCompleted, RespondWorkflowTaskFailed
from duralog.schemas.tasks import WorkflowTask
from duralog.schemas.topics import REQUEST_SIZE_BYTES_MAX
from duralog.workers.answers import workflow_task_completed, workflow_task_failed
from duralog.workers.machines.local_activity import LocalOutcome, LocalRun
from duralog.workers.meters import Meters, WorkflowMeters
from duralog.workers.outcomes import Completed, Failed, NeedsFullHistory, Outcome, Waiting
from duralog.workers.payload_gate import PayloadGate
from duralog.workers.processor import WorkflowTaskProcessor
from duralog.workers.query_runner import QueryRunner
from duralog.workers.watchdog import BLOCKED_REPORT_MS, Watchdog
from duralog.workers.workflow_activation import (
    Activation,
    Handle,
    Wait,
    codec_failure,
    log_details,
)

LOG: Final = logging.getLogger("duralog.worker")

ABANDONED_MAX: Final = 4  # Threads that never end; each may burn a CPU. More, and the worker stops.
UNHANDLED: Final = "WORKFLOW_WORKER_UNHANDLED_FAILURE"

Job = Callable[[], None]
Result = RespondWorkflowTaskCompleted | Failed | NeedsFullHistory | Waiting


class WorkflowRunner:
    """One per worker with Workflows. `failed` is called once when the worker cannot go on.

    places: Given: in place of `tasks_max`, which is None where it depends.
    watch: False: Workflow code may block, for a debugger.
    """

    def __init__(
        self,
        channel: Channel,
        processor: WorkflowTaskProcessor,
        *,
        task_queue: str,
        tasks_max: int | None,
        failed: Callable[[str], None],
        gate: PayloadGate | None = None,
        meters: Meters | None = None,
        places: Places | None = None,
        identity: str = "",
        watch: bool = True,
    ) -> None:
        meters = meters or Meters(namespace=processor.namespace, task_queue=task_queue)
        self._meters, self._tasks_max = WorkflowMeters(meters, processor.counters), tasks_max
        self._processor = processor
        self._gate = gate
        self._failed = failed
        self._jobs: SimpleQueue[Job | None] = SimpleQueue()
        self._threads_started = 0
        self._completions = f"{secrets.token_hex(8)}-"  # Random: unique among all workers.
        self._numbers = itertools.count(1)
        self._open: dict[Handle, int] = {}  # With when they came.
        self._waits: dict[str, Wait] = {}
        self._watchdog = Watchdog(
            processor, tick=self._tick, abandoned=self._abandoned, reports=watch
        )
        self._thread: threading.Thread | None = None
        queries = QueryRunner(channel, processor, gate, put=self._jobs.put, watchdog=self._watchdog)
        self._source = TaskSource(
            channel,
            WorkflowTask,
            task_queue=task_queue,
            tasks_max=tasks_max or 1,
            deliver=self._deliver,
            deliver_query=queries.deliver,
            places=places,
            identity=identity,
        )

    def start(self) -> None:
        """Join the queue's group."""
        self._start_thread()
        self._watchdog.start()
        self._source.start()
        self._meters.started()
        self._tell()

    def stop(self, grace_seconds: float) -> None:
        """Take nothing more, answer what was taken, leave the group. Blocks: not for the loop."""
        self._source.pause()
        until_ms = monotonic_ms() + round(grace_seconds * 1000)
        while self._source.open_handles and monotonic_ms() < until_ms:
            time.sleep(0.02)
        self._jobs.put(self._processor.close)
        self._jobs.put(None)
        if self._thread is not None:
            self._thread.join(timeout=BLOCKED_REPORT_MS / 1000)
        for handle in list(self._open):
            self._give_back(handle)
        self._watchdog.stop()
        self._source.close()
        self._meters.stopped()

    # On the source's and the channel's threads.

    def _deliver(self, handle: Handle) -> None:
        self._open[handle] = monotonic_ms()
        self._meters.taken()
        self._jobs.put(lambda: self._begin(handle, reset_sticky=False))

    # On the workflow thread.

    def _start_thread(self) -> None:
        self._threads_started += 1
        self._thread = threading.Thread(
            target=self._run,
            args=(self._threads_started,),
            name=f"duralog-workflows-{self._threads_started}",
            daemon=True,
        )
        self._thread.start()

    def _run(self, number: int) -> None:
        while number == self._threads_started:
            job = self._jobs.get()
            if job is None:
                return
            try:
                job()
            except Exception:  # The task times out; without this thread no other would run.
                LOG.exception("a bug: a step of a workflow task failed")

    def _begin(self, handle: Handle, *, reset_sticky: bool) -> None:
        future = handle.begin(reset_sticky=reset_sticky)
        if future.done():
            self._begun(handle, future)
        else:
            future.add_done_callback(lambda f: self._jobs.put(lambda: self._begun(handle, f)))

    def _begun(self, handle: Handle, future: Future[Start | None]) -> None:
        error = None if future.cancelled() else future.exception()
        if error is not None:
            LOG.error("workflow task not begun: %s: %s", log_details(handle.task), error)
            self._give_back(handle)
            return
        start = None if future.cancelled() else future.result()
        if start is None:
            self._open.pop(handle, None)
            return
        task = handle.task
        self._meters.begun(task, start.started_time_ms)
        if start.claimed:
            task = dataclasses.replace(
                task,
                events=start.events,
                full=start.full,
                started_event_id=start.started_event_id,
                started_time_ms=start.started_time_ms,
            )
        if self._gate is None:
            self._process(handle, task)
        else:
            self._gate.start(
                self._gate.decoded_workflow_task(task),
                lambda f: self._jobs.put(lambda: self._decoded(handle, task, f)),
            )

    def _decoded(self, handle: Handle, task: WorkflowTask, future: Future[WorkflowTask]) -> None:
        """The codec is done, or broken: then the Workflow Task fails, and is tried again."""
        if handle not in self._open:
            return  # Given back meanwhile.
        error = future.exception() if not future.cancelled() else RuntimeError("cancelled")
        if error is None:
            self._process(handle, future.result())
            return
        LOG.error("payload codec failed: %s", log_details(task), exc_info=error)
        failure = codec_failure(error, "decoding a Workflow Task")
        self._fail(handle, task.started_event_id, UNHANDLED, failure)

    def _process(self, handle: Handle, task: WorkflowTask) -> None:
        stale = self._waits.pop(task.run_id, None)
        if stale is not None:  # It timed out, and the engine has dispatched another.
            self._give_back(stale.handle)
        activation = self._begin_code(handle, task)
        outcome = self._timed(activation, task, lambda: self._processor.process(task))
        if isinstance(outcome, Waiting):
            due_ms = activation.since_ms + task.workflow_task_timeout_ms * 8 // 10
            self._waits[task.run_id] = Wait(
                handle=handle, task=task, since_ms=activation.since_ms, due_ms=due_ms
            )
        else:
            self._conclude(handle, task, outcome)

    def _begin_code(self, handle: Handle, task: WorkflowTask) -> Activation:
        started_event_id = task.started_event_id
        return self._watchdog.begin(
            task, lambda failure: self._fail(handle, started_event_id, UNHANDLED, failure)
        )

    def _timed(
        self, activation: Activation, task: WorkflowTask, run: Callable[[], Outcome | None]
    ) -> Result | None:
        """What came of running user code; None: the watchdog has answered, or there is nothing."""
        outcome = self._activate(task, run)
        return outcome if self._watchdog.over(activation) else None

    def local_ended(self, local_run: LocalRun, outcome: LocalOutcome) -> None:
        """A local Activity has ended. Any thread."""
        self._jobs.put(lambda: self._local_ended(local_run, outcome))

    def _local_ended(self, local_run: LocalRun, ended: LocalOutcome) -> None:
        wait = self._waits.get(local_run.run_id)
        if wait is None:
            self._processor.resolve(local_run, ended)
            return
        passed_ms = monotonic_ms() - wait.since_ms
        ended.complete_time_ms = wait.task.started_time_ms + passed_ms
        task = wait.task
        activation = self._begin_code(wait.handle, task)
        outcome = self._timed(activation, task, lambda: self._processor.resolve(local_run, ended))
        if outcome is not None and not isinstance(outcome, Waiting):
            del self._waits[task.run_id]
            self._conclude(wait.handle, task, outcome)
        elif activation.abandoned:
            self._waits.pop(task.run_id, None)

    def _heartbeat(self, wait: Wait) -> None:
        """Local Activities run on: have another Workflow Task follow this one."""
        run_id = wait.task.run_id
        if self._waits.get(run_id) is not wait:
            return
        del self._waits[run_id]
        outcome = self._activate(wait.task, lambda: self._processor.heartbeat(run_id))
        self._conclude(wait.handle, wait.task, outcome)

    def _conclude(self, handle: Handle, task: WorkflowTask, outcome: Result | None) -> None:
        if outcome is None or isinstance(outcome, Waiting):
            return
        if isinstance(outcome, NeedsFullHistory):
            self._begin(handle, reset_sticky=True)
        elif isinstance(outcome, Failed):
            self._fail(handle, task.started_event_id, outcome.cause, outcome.failure)
        else:
            started_event_id = task.started_event_id
            self._answer(handle, outcome, lambda e: self._refused(handle, started_event_id, e))

    def _activate(self, task: WorkflowTask, run: Callable[[], Outcome | None]) -> Result | None:
        began_ms = monotonic_ms()
        try:
            outcome = run()
            self._meters.ran(task, outcome, began_ms)
            return self._completion(task, outcome) if isinstance(outcome, Completed) else outcome
        except Exception as error:
            # Also of users: a Command whose attribute has a type that cannot be sent.
            LOG.exception("a workflow task cannot be answered: %s", log_details(task))
            self._processor.evict(task.run_id)
            return Failed(cause=UNHANDLED, failure=self._processor.converter.to_failure(error))

    def _completion(self, task: WorkflowTask, outcome: Completed) -> RespondWorkflowTaskCompleted:
        completion_id = f"{self._completions}{next(self._numbers)}"
        request = workflow_task_completed(
            task,
            started_event_id=task.started_event_id,
            commands=outcome.commands,
            completion_id=completion_id,
            force_create=outcome.force_create,
            query_results=outcome.query_results,
        )
        self._processor.accepted(task.run_id, completion_id)
        return request

    def _refused(self, handle: Handle, started_event_id: int, error: BaseException) -> None:
        """The broker did not take the answer: fail the Workflow Task with the reason."""
        run_id = handle.task.run_id
        self._jobs.put(lambda: self._processor.evict(run_id))
        if not isinstance(error, RequestTooLargeError):
            self._lost(handle, error)
            return
        text = f"the Commands of this Workflow Task exceed {REQUEST_SIZE_BYTES_MAX} bytes"
        failure = Failure(message=text, type="PayloadsTooLarge", source="PythonSDK")
        self._fail(handle, started_event_id, "PAYLOADS_TOO_LARGE", failure)

    def _fail(self, handle: Handle, started_event_id: int, cause: str, failure: Failure) -> None:
        self._meters.failed(handle.task, cause)
        LOG.warning(
            "workflow task failed: %s: %s: %s: %s",
            log_details(handle.task),
            cause,
            failure.type,
            failure.message,
        )
        request = workflow_task_failed(
            handle.task, started_event_id=started_event_id, cause=cause, failure=failure
        )
        self._answer(handle, request, lambda error: self._lost(handle, error))

    def _answer(
        self,
        handle: Handle,
        request: RespondWorkflowTaskCompleted | RespondWorkflowTaskFailed,
        refused: Callable[[BaseException], None],
    ) -> None:
        if self._gate is None:
            self._send(handle, request, refused)
            return
        self._gate.start(
            self._gate.encoded_answer(request),
            lambda f: self._encoded(handle, request, refused, f),
        )

    def _encoded(
        self,
        handle: Handle,
        request: RespondWorkflowTaskCompleted | RespondWorkflowTaskFailed,
        refused: Callable[[BaseException], None],
        future: Future[Any],
    ) -> None:
        """The codec is done, or broken. On the user's event loop."""
        error = future.exception() if not future.cancelled() else RuntimeError("cancelled")
        if error is None:
            self._send(handle, future.result(), refused)
            return
        LOG.error("payload codec failed: %s", log_details(handle.task), exc_info=error)
        run_id = handle.task.run_id
        self._jobs.put(lambda: self._processor.evict(run_id))
        answer = workflow_task_failed(
            handle.task,
            started_event_id=request.started_event_id,
            cause=UNHANDLED,
            failure=codec_failure(error, "encoding a Workflow Task's answer"),
        )
        self._send(handle, answer, lambda e: self._lost(handle, e))

    def _send(
        self,
        handle: Handle,
        request: RespondWorkflowTaskCompleted | RespondWorkflowTaskFailed,
        refused: Callable[[BaseException], None],
    ) -> None:
        taken_ms = self._open.pop(handle, None)
        if taken_ms is not None:
            self._meters.answered(handle.task, request, taken_ms)
        future = handle.answer(request)
        self._tell()
        future.add_done_callback(lambda f: refused(e) if (e := f.exception()) else None)

    def _lost(self, handle: Handle, error: BaseException) -> None:
        LOG.error("no answer could be sent: %s: %s", log_details(handle.task), error)
        self._give_back(handle)

    def _give_back(self, handle: Handle) -> None:
        self._open.pop(handle, None)
        handle.release()

    def _tell(self) -> None:
        self._meters.state(
            cached=self._processor.cached,
            used=self._source.open_handles,
            slots_max=self._tasks_max,
        )

    # On the watchdog's thread.

    def _tick(self) -> None:
        now_ms = monotonic_ms()
        for wait in [w for w in list(self._waits.values()) if w.due_ms <= now_ms]:
            self._jobs.put(lambda wait=wait: self._heartbeat(wait))  # type: ignore[misc]

    def _abandoned(self) -> None:
        if self._threads_started > ABANDONED_MAX:
            self._failed(f"{self._threads_started} workflow threads are blocked for ever")
            return
        self._start_thread()
