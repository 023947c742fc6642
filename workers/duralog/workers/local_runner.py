"""Runs local Activities: the worker's own, without tasks, on the same loop and executor.

Attempts whose pause is short follow each other here; a longer one is the Workflow's, as a timer.
`start`, `cancel` and `drop` come from the workflow thread; the rest runs on the event loop.
"""

import asyncio
import contextlib
import dataclasses
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass
from typing import Any, Final

from duralog.activity.info import ActivityCancellationDetails
from duralog.connectors.places import Places
from duralog.connectors.task_handle import Start
from duralog.schemas.payloads import Failure, Payload
from duralog.schemas.replies import Reply
from duralog.schemas.requests import (
    RespondActivityTaskCanceled,
    RespondActivityTaskCompleted,
    RespondActivityTaskFailed,
)
from duralog.schemas.tasks import ActivityTask
from duralog.workers.activity_attempt import ActivityAttempt, ActivitySetup
from duralog.workers.inlet import Inlet
from duralog.workers.local_retry import Decision, cancelled_failure, decide, timeout_failure
from duralog.workers.machines.local_activity import LocalCall, LocalOutcome, LocalRun
from duralog.workers.meters import ActivityMeters
from duralog.workers.slots import LocalSlots

STOP_SECONDS: Final = 5.0  # For cancelled local Activities to end.

Ended = Failure | list[Payload]


@dataclass(slots=True, kw_only=True, eq=False)
class Running:
    """One call that has not ended."""

    run: LocalRun
    call: LocalCall
    began: float
    attempt: ActivityAttempt | None = None
    task: asyncio.Task[None] | None = None
    cancelled: bool = False


class LocalTask:
    """Takes the place of a task's handle for one attempt. ended: Its result, or its failure."""

    def __init__(self, task: ActivityTask, loop: asyncio.AbstractEventLoop) -> None:
        self.task = task
        self.ended: asyncio.Future[Ended] = loop.create_future()
        self.delivery_id = ""
        self._loop = loop

    def answer(self, request: Any) -> Future[None]:
        """What the engine would be told. Any thread."""
        self._end(_ended(request))
        return _done(None)

    def heartbeat(self, details: list[Payload]) -> Future[Reply]:
        """Nobody times a local Activity's heartbeats."""
        del details
        return _done(Reply(recipient="", correlation_id="", code="OK"))

    def release(self) -> None:
        """It will not run here: as if it was cancelled."""
        self._end(cancelled_failure())

    def leave(self) -> None:
        """Nobody could answer for it."""
        text = "a local Activity cannot complete asynchronously"
        self._end(Failure(message=text, type="CompleteAsyncError", non_retryable=True))

    def _end(self, ended: Ended) -> None:
        def end() -> None:
            if not self.ended.done():
                self.ended.set_result(ended)

        with contextlib.suppress(RuntimeError):  # The loop is closed: nobody waits.
            self._loop.call_soon_threadsafe(end)


class LocalRunner:
    """One per worker. done: Called on the event loop with the run, and how one of its calls ended.

    tasks_max: How many attempts run at once; None: it depends on `places`.
    """

    def __init__(
        self,
        setup: ActivitySetup,
        *,
        task_queue: str,
        tasks_max: int | None,
        places: Places,
        done: Callable[[LocalRun, LocalOutcome], None],
        meters: ActivityMeters | None = None,
    ) -> None:
        # What stays in this process meets no codec; the marker does, in the Workflow Task's answer.
        self._setup = dataclasses.replace(setup, gate=None, meters=meters)
        self._tasks_max = tasks_max
        self._task_queue = task_queue
        self._done = done
        self._slots = LocalSlots(places)
        self._used = 0
        self._running: dict[tuple[int, int], Running] = {}
        self._jobs: Inlet[Callable[[], None]] = Inlet(setup.loop, lambda job: job())

    def start(self, run: LocalRun, calls: list[LocalCall]) -> None:
        """Run these."""
        for call in calls:
            self._jobs.put(lambda call=call: self._start(run, call))  # type: ignore[misc]

    def cancel(self, run: LocalRun, seqs: list[int]) -> None:
        """Ask these to stop; how they end is told as ever."""
        for seq in seqs:
            self._jobs.put(lambda seq=seq: self._cancel((run.key, seq)))  # type: ignore[misc]

    def drop(self, run: LocalRun) -> None:
        """Nobody waits for any of this run any more."""
        self._jobs.put(lambda: self._drop(run.key))

    async def stop(self) -> None:
        """Cancel all, and wait a little for them to end."""
        for one in list(self._running.values()):
            self._stop(one, ActivityCancellationDetails(worker_shutdown=True))
        tasks = [one.task for one in self._running.values() if one.task is not None]
        if tasks:
            await asyncio.wait(tasks, timeout=STOP_SECONDS)

    def _start(self, run: LocalRun, call: LocalCall) -> None:
        one = Running(run=run, call=call, began=self._setup.loop.time())
        self._running[run.key, call.seq] = one
        one.task = self._setup.loop.create_task(self._run(one))

    def _cancel(self, key: tuple[int, int]) -> None:
        one = self._running.get(key)
        if one is not None:
            self._stop(one, ActivityCancellationDetails(cancel_requested=True))

    def _drop(self, key: int) -> None:
        for one in [one for one in self._running.values() if one.run.key == key]:
            del self._running[key, one.call.seq]
            self._stop(one, ActivityCancellationDetails(not_found=True))

    def _stop(self, one: Running, details: ActivityCancellationDetails) -> None:
        one.cancelled = True
        if one.attempt is not None:
            one.attempt.cancel(details)
        elif one.task is not None:
            one.task.cancel()

    async def _run(self, one: Running) -> None:
        try:
            outcome = await self._attempts(one)
        except asyncio.CancelledError:
            outcome = LocalOutcome(seq=one.call.seq, failure=cancelled_failure())
        if self._running.pop((one.run.key, one.call.seq), None) is not None:
            self._done(one.run, outcome)

    async def _attempts(self, one: Running) -> LocalOutcome:
        """Attempts until one succeeds, the policy ends them, or the pause is the Workflow's."""
        call, attempt = one.call, one.call.attempt
        while True:
            ended = await self._attempt(one, attempt)
            if isinstance(ended, list):
                return LocalOutcome(seq=call.seq, attempt=attempt, result=ended)
            decision = Decision(retry_state="CANCEL_REQUESTED")
            if not one.cancelled and ended.kind != "canceled":
                decision = decide(call, ended, attempt, self._elapsed_ms(one))
            if decision.retry_state:
                ended.retry_state = decision.retry_state
                return LocalOutcome(seq=call.seq, attempt=attempt, failure=ended)
            if decision.backoff_ms > call.local_retry_threshold_ms:
                return LocalOutcome(
                    seq=call.seq, attempt=attempt, failure=ended, backoff_ms=decision.backoff_ms
                )
            await asyncio.sleep(decision.backoff_ms / 1000)
            attempt += 1

    async def _attempt(self, one: Running, attempt: int) -> Ended:
        call = one.call
        wait_ms = call.schedule_to_start_timeout_ms
        try:
            waiting = self._slots.acquire(call)
            permit = await asyncio.wait_for(waiting, wait_ms / 1000 if wait_ms else None)
        except TimeoutError:
            return timeout_failure("SCHEDULE_TO_START")
        self._use(1)
        try:
            return await self._attempt_now(one, attempt)
        finally:
            self._use(-1)
            self._slots.release(permit, call)

    def _use(self, places: int) -> None:
        self._used += places
        if self._setup.meters is not None:
            self._setup.meters.slots(used=self._used, slots_max=self._tasks_max)

    async def _attempt_now(self, one: Running, attempt: int) -> Ended:
        call = one.call
        limit_ms, timeout_type = call.start_to_close_timeout_ms, "START_TO_CLOSE"
        if call.schedule_to_close_timeout_ms:
            left_ms = call.schedule_to_close_timeout_ms - self._elapsed_ms(one)
            if left_ms <= limit_ms:
                limit_ms, timeout_type = max(left_ms, 1), "SCHEDULE_TO_CLOSE"
        handle = LocalTask(self._task(one, attempt), self._setup.loop)
        running = ActivityAttempt(
            self._setup, handle, ended=_ignore, answering=_ignore, is_local=True
        )
        one.attempt = running
        now_ms = handle.task.dispatch_time_ms
        running.run(
            Start(claimed=True, started_time_ms=now_ms, started_event_id=0, events=[], full=False)
        )
        done, _ = await asyncio.wait({handle.ended}, timeout=limit_ms / 1000)
        one.attempt = None
        if done:
            return handle.ended.result()
        running.cancel(ActivityCancellationDetails(timed_out=True))
        return timeout_failure(timeout_type)

    def _elapsed_ms(self, one: Running) -> int:
        """Since the first schedule, also before a timer of the Workflow."""
        return one.call.elapsed_ms + round((self._setup.loop.time() - one.began) * 1000)

    def _task(self, one: Running, attempt: int) -> ActivityTask:
        call, run = one.call, one.run
        scheduled_ms = call.original_schedule_time_ms
        return ActivityTask(
            workflow_id=run.workflow_id,
            run_id=run.run_id,
            workflow_type=run.workflow_type,
            task_queue=self._task_queue,
            partition=0,
            activity_id=call.activity_id,
            activity_type=call.activity_type,
            scheduled_event_id=0,
            attempt=attempt,
            dispatch_time_ms=scheduled_ms + self._elapsed_ms(one),
            scheduled_time_ms=scheduled_ms,
            input=call.input,
            schedule_to_close_timeout_ms=call.schedule_to_close_timeout_ms,
            schedule_to_start_timeout_ms=call.schedule_to_start_timeout_ms,
            start_to_close_timeout_ms=call.start_to_close_timeout_ms,
            retry_policy=call.retry_policy,
            header=dict(call.header),
        )


def _done(result: Any) -> Future[Any]:
    future: Future[Any] = Future()
    future.set_result(result)
    return future


def _ended(request: Any) -> Ended:
    """What a Respond request says."""
    if isinstance(request, RespondActivityTaskCompleted):
        return request.result
    if isinstance(request, RespondActivityTaskCanceled):
        failure = cancelled_failure()
        failure.details = request.details
        return failure
    assert isinstance(request, RespondActivityTaskFailed)
    return request.failure or Failure(message="the activity failed")


def _ignore(_: object) -> None:
    """A local Activity is counted by its runner."""
