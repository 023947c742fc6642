"""The local Activities of one run: started by its code, run by its worker, recorded in markers.

Live, an outcome comes from the worker while the Workflow Task is still out; in a replay it is read
from the next marker, once all Commands before it were found. Either way the code runs on to rest
before the next outcome: the order of the markers is the order in which it saw them.
"""

import asyncio
from collections.abc import Callable
from functools import partial
from typing import Any, Final

from duralog.common.durations import milliseconds
from duralog.converter import DataConverter
from duralog.schemas.events import MarkerRecorded
from duralog.schemas.payloads import Failure
from duralog.workers.command_log import CommandLog
from duralog.workers.event_loop import WorkflowEventLoop
from duralog.workers.machines.local_activity import (
    LocalCall,
    LocalOutcome,
    local_marker,
    outcome_of,
    same_call,
)
from duralog.workers.machines.recorded import unexpected
from duralog.workflow.activities import ActivityCancellationType, ActivityHandle
from duralog.workflow.runtime import LocalActivityStart

RETRY_THRESHOLD_MS: Final = 60_000  # Temporal's: a longer pause is a timer.
_MESSAGES: Final = {"timeout": "Activity task timed out", "canceled": "Activity cancelled"}


class LocalHandle(ActivityHandle[Any]):
    """One started local Activity. A future; see RunActivityHandle for what cancelling it does."""

    def __init__(
        self,
        loop: WorkflowEventLoop,
        call: LocalCall,
        start: LocalActivityStart,
        request_cancel: Callable[["LocalHandle"], None],
    ) -> None:
        super().__init__(loop=loop)
        self.call = call
        self.result_type = start.result_type
        self.cancellation_type = start.config.get(
            "cancellation_type", ActivityCancellationType.TRY_CANCEL
        )
        self.timer: asyncio.TimerHandle | None = None
        self._request_cancel = request_cancel

    def cancel(self, msg: Any = None) -> bool:
        """Request the cancellation, as the cancellation type says."""
        if self.done():
            return False
        self._request_cancel(self)
        return True


class LocalActivities:
    """waiting: Those that have not ended, by number. new, cancels: What the worker is to do."""

    def __init__(
        self,
        log: CommandLog,
        loop: WorkflowEventLoop,
        converter: DataConverter,
        settle_later: Callable[[Callable[[], None]], None],
        next_number: Callable[[], int],
    ) -> None:
        self.waiting: dict[int, LocalHandle] = {}
        self.new: list[LocalCall] = []
        self.cancels: list[int] = []
        self._log = log
        self._loop = loop
        self._converter = converter
        self._settle_later = settle_later
        self._next_number = next_number

    def start(self, start: LocalActivityStart) -> LocalHandle:
        """Run one. Raises ValueError when it has no timeout."""
        config = start.config
        close = config.get("schedule_to_close_timeout")
        start_to_close = config.get("start_to_close_timeout")
        if not start_to_close and not close:
            raise ValueError(
                "Activity must have start_to_close_timeout or schedule_to_close_timeout"
            )
        threshold = config.get("local_retry_threshold")
        seq = self._next_number()
        call = LocalCall(
            seq=seq,
            activity_id=config.get("activity_id") or str(seq),
            activity_type=start.activity_type,
            input=self._converter.to_payloads(start.arguments),
            original_schedule_time_ms=self._loop.time_ms,
            schedule_to_close_timeout_ms=milliseconds(close),
            schedule_to_start_timeout_ms=milliseconds(config.get("schedule_to_start_timeout")),
            start_to_close_timeout_ms=milliseconds(start_to_close or close),
            local_retry_threshold_ms=milliseconds(threshold) or RETRY_THRESHOLD_MS,
            header=start.headers,
        )
        policy = config.get("retry_policy")
        if policy is not None:
            call.retry_policy = policy.to_record()
        handle = LocalHandle(self._loop, call, start, self._request_cancel)
        self._begin(handle)
        return handle

    def resolve(self, outcome: LocalOutcome) -> None:
        """An outcome: note it, and tell the code. One of a local Activity that ended is dropped."""
        handle = self.waiting.pop(outcome.seq, None)
        if handle is None:
            return
        self._note(handle, outcome)
        if outcome.backoff_ms:
            self._pause(handle, outcome)
        elif outcome.failure is None:
            handle.set_result(self._result(handle, outcome))
        else:
            handle.set_exception(self._error(handle.call, outcome.failure))

    def replayed(self, event: MarkerRecorded) -> LocalOutcome:
        """The outcome that the history notes next. Raises NondeterminismError for another's."""
        outcome = outcome_of(event)
        if outcome.seq not in self.waiting:
            raise unexpected(event, f"no local Activity {outcome.seq} runs")
        return outcome

    def take_new(self) -> list[LocalCall]:
        """What the worker is to run, and has not been told yet."""
        new, self.new = [call for call in self.new if call.seq in self.waiting], []
        return new

    def take_cancels(self) -> list[int]:
        """What the worker is to cancel, and has not been told yet."""
        cancels, self.cancels = self.cancels, []
        return cancels

    def _begin(self, handle: LocalHandle) -> None:
        self.waiting[handle.call.seq] = handle
        self.new.append(handle.call)

    def _note(self, handle: LocalHandle, outcome: LocalOutcome) -> None:
        call = handle.call
        marker = local_marker(call, outcome)
        self._log.emit(marker, partial(same_call, call, marker))
        if call in self.new:
            self.new.remove(call)

    def _pause(self, handle: LocalHandle, outcome: LocalOutcome) -> None:
        """The next attempt follows after a timer, under a number of its own."""
        before = handle.call
        handle.call = LocalCall(
            seq=self._next_number(),
            activity_id=before.activity_id,
            activity_type=before.activity_type,
            input=before.input,
            attempt=outcome.attempt + 1,
            original_schedule_time_ms=before.original_schedule_time_ms,
            schedule_to_close_timeout_ms=before.schedule_to_close_timeout_ms,
            schedule_to_start_timeout_ms=before.schedule_to_start_timeout_ms,
            start_to_close_timeout_ms=before.start_to_close_timeout_ms,
            local_retry_threshold_ms=before.local_retry_threshold_ms,
            retry_policy=before.retry_policy,
            header=before.header,
        )
        handle.timer = self._loop.call_later(outcome.backoff_ms / 1000, self._again, handle)

    def _again(self, handle: LocalHandle) -> None:
        call, handle.timer = handle.call, None
        call.elapsed_ms = self._loop.time_ms - call.original_schedule_time_ms
        self._begin(handle)

    def _request_cancel(self, handle: LocalHandle) -> None:
        if self._loop.evicting:
            return
        cancelled = Failure(kind="canceled", message="Cancelled")
        seq = handle.call.seq
        if handle.timer is not None:  # Between two attempts: nothing runs, nothing is noted.
            handle.timer.cancel()
            handle.timer = None
        elif seq not in self.waiting:
            return  # Cancelled before; its end is under way.
        else:
            if handle.cancellation_type is not ActivityCancellationType.ABANDON:
                self.cancels.append(seq)
            if handle.cancellation_type is ActivityCancellationType.WAIT_CANCELLATION_COMPLETED:
                return
            del self.waiting[seq]
            outcome = LocalOutcome(seq=seq, attempt=handle.call.attempt, failure=cancelled)
            outcome.complete_time_ms = self._loop.time_ms
            self._note(handle, outcome)
        error = self._error(handle.call, cancelled)
        self._settle_later(lambda: _settle(handle, error))

    def _result(self, handle: LocalHandle, outcome: LocalOutcome) -> Any:
        hints = None if handle.result_type is None else [handle.result_type]
        values = self._converter.from_payloads(outcome.result, hints)
        return values[0] if values else None

    def _error(self, call: LocalCall, failure: Failure) -> BaseException:
        return self._converter.from_failure(
            Failure(
                kind="activity",
                message=_MESSAGES.get(failure.kind, "Activity task failed"),
                activity_id=call.activity_id,
                activity_type=call.activity_type,
                retry_state=failure.retry_state,
                cause=failure,
            )
        )


def _settle(handle: LocalHandle, error: BaseException) -> None:
    if not handle.done():
        handle.set_exception(error)
        handle.exception()  # Whoever cancelled it need not fetch the error too.
