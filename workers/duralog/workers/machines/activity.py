"""ScheduleActivityTask and RequestCancelActivityTask: from the call to the Activity's end."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum, auto
from typing import Any, Final

from duralog.schemas.commands import RequestCancelActivityTask, ScheduleActivityTask
from duralog.schemas.events import (
    ActivityTaskCanceled,
    ActivityTaskCancelRequested,
    ActivityTaskCompleted,
    ActivityTaskFailed,
    ActivityTaskScheduled,
    ActivityTaskStarted,
    ActivityTaskTimedOut,
)
from duralog.schemas.payloads import Failure
from duralog.workers.machines.recorded import mismatch, unexpected
from duralog.workflow.activities import ActivityCancellationType

ActivityClosed = (
    ActivityTaskCompleted | ActivityTaskFailed | ActivityTaskTimedOut | ActivityTaskCanceled
)


class State(Enum):
    """Where an Activity stands."""

    CREATED = auto()
    """Its Command is in the answer that is being made."""
    SCHEDULED = auto()
    CANCELLING = auto()
    """The request to cancel is sent or recorded."""
    ABANDONED = auto()
    """The Workflow does not wait for it any more; the engine does not know."""
    CLOSED = auto()
    DROPPED = auto()
    """Cancelled before its Command was sent: the engine never hears of it."""


class Input(Enum):
    """What can happen to it."""

    RECORDED = auto()
    STARTED = auto()
    CANCEL = auto()
    ABANDON = auto()
    CANCEL_RECORDED = auto()
    CLOSE = auto()


TRANSITIONS: Final[Mapping[tuple[State, Input], State]] = {
    (State.CREATED, Input.RECORDED): State.SCHEDULED,
    (State.CREATED, Input.CANCEL): State.DROPPED,
    (State.CREATED, Input.ABANDON): State.DROPPED,
    (State.SCHEDULED, Input.STARTED): State.SCHEDULED,
    (State.SCHEDULED, Input.CANCEL): State.CANCELLING,
    (State.SCHEDULED, Input.ABANDON): State.ABANDONED,
    (State.SCHEDULED, Input.CLOSE): State.CLOSED,
    (State.CANCELLING, Input.CANCEL): State.CANCELLING,
    (State.CANCELLING, Input.CANCEL_RECORDED): State.CANCELLING,
    (State.CANCELLING, Input.STARTED): State.CANCELLING,
    (State.CANCELLING, Input.CLOSE): State.CLOSED,
    (State.ABANDONED, Input.ABANDON): State.ABANDONED,
    (State.ABANDONED, Input.STARTED): State.ABANDONED,
    (State.ABANDONED, Input.CLOSE): State.CLOSED,
    (State.CLOSED, Input.CANCEL): State.CLOSED,
    (State.CLOSED, Input.ABANDON): State.CLOSED,
    # The Activity ended while the answer with the request was under way.
    (State.CLOSED, Input.CANCEL_RECORDED): State.CLOSED,
    (State.DROPPED, Input.CANCEL): State.DROPPED,
    (State.DROPPED, Input.ABANDON): State.DROPPED,
}


@dataclass(slots=True, kw_only=True)
class ActivityMachine:
    """One Activity. `settled`: the Workflow has its outcome, whatever the history says later."""

    command: ScheduleActivityTask
    cancellation_type: ActivityCancellationType
    state: State = State.CREATED
    scheduled_event_id: int = 0
    started_event_id: int = 0
    identity: str = ""
    settled: bool = False

    def scheduled(self, event: ActivityTaskScheduled) -> None:
        """The Command is recorded. Raises NondeterminismError when the record is another's."""
        same = (event.activity_id, event.activity_type) == (
            self.command.activity_id,
            self.command.activity_type,
        )
        if not same:
            raise mismatch(event, self.command)
        self._move(Input.RECORDED, event)
        self.scheduled_event_id = event.event_id

    def started(self, event: ActivityTaskStarted) -> None:
        """The attempt that ended it started."""
        self._move(Input.STARTED, event)
        self.started_event_id = event.event_id
        self.identity = event.identity

    def cancel(self) -> RequestCancelActivityTask | None:
        """The Workflow cancels it: the Command to send, if any."""
        abandon = self.cancellation_type is ActivityCancellationType.ABANDON
        before = self.state
        self.state = TRANSITIONS[before, Input.ABANDON if abandon else Input.CANCEL]
        if before is State.SCHEDULED and self.state is State.CANCELLING:
            return RequestCancelActivityTask(scheduled_event_id=self.scheduled_event_id)
        return None

    @property
    def waits_for_end(self) -> bool:
        """After `cancel`: whether the outcome is what the history will say."""
        wait = ActivityCancellationType.WAIT_CANCELLATION_COMPLETED
        return self.state is State.CANCELLING and self.cancellation_type is wait

    def cancel_recorded(self, event: ActivityTaskCancelRequested) -> None:
        """The request is recorded. Raises NondeterminismError when the record is another's."""
        if event.scheduled_event_id != self.scheduled_event_id:
            command = RequestCancelActivityTask(scheduled_event_id=self.scheduled_event_id)
            raise mismatch(event, command)
        self._move(Input.CANCEL_RECORDED, event)

    def close(self, event: ActivityClosed) -> None:
        """It ended."""
        self._move(Input.CLOSE, event)

    def failure(self, event: ActivityClosed | None) -> Failure:
        """Why it has no result; None: it was cancelled and not waited for."""
        cause = getattr(event, "failure", None)
        if cause is None:
            details = event.details if isinstance(event, ActivityTaskCanceled) else []
            cause = Failure(kind="canceled", message="Cancelled", details=details)
        return Failure(
            kind="activity",
            message=_MESSAGES.get(type(event), "Activity cancelled"),
            activity_id=self.command.activity_id,
            activity_type=self.command.activity_type,
            identity=self.identity,
            scheduled_event_id=self.scheduled_event_id,
            started_event_id=self.started_event_id,
            retry_state=getattr(event, "retry_state", ""),
            cause=cause,
        )

    def _move(self, what: Input, event: Any) -> None:
        after = TRANSITIONS.get((self.state, what))
        if after is None:
            activity = f"Activity {self.command.activity_id} is {self.state.name}"
            raise unexpected(event, activity)
        self.state = after


_MESSAGES: Final[Mapping[type[Any], str]] = {
    ActivityTaskFailed: "Activity task failed",
    ActivityTaskTimedOut: "Activity task timed out",
    ActivityTaskCanceled: "Activity cancelled",
}
"""Source: the messages of Temporal's SDKs."""
