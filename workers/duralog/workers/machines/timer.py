"""StartTimer and CancelTimer: from the call to the timer's end."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum, auto
from typing import Any, Final

from duralog.schemas.commands import CancelTimer, StartTimer
from duralog.schemas.events import TimerCanceled, TimerFired, TimerStarted
from duralog.workers.machines.recorded import mismatch, unexpected


class State(Enum):
    """Where a timer stands."""

    CREATED = auto()
    """Its Command is in the answer that is being made."""
    STARTED = auto()
    FIRED = auto()
    CANCELLED = auto()
    DROPPED = auto()
    """Cancelled before its Command was sent: the engine never hears of it."""


class Input(Enum):
    """What can happen to it."""

    RECORDED = auto()
    FIRE = auto()
    CANCEL = auto()
    CANCEL_RECORDED = auto()


TRANSITIONS: Final[Mapping[tuple[State, Input], State]] = {
    (State.CREATED, Input.RECORDED): State.STARTED,
    (State.CREATED, Input.CANCEL): State.DROPPED,
    (State.STARTED, Input.FIRE): State.FIRED,
    (State.STARTED, Input.CANCEL): State.CANCELLED,
    (State.FIRED, Input.CANCEL): State.FIRED,
    (State.CANCELLED, Input.CANCEL): State.CANCELLED,
    (State.CANCELLED, Input.CANCEL_RECORDED): State.CANCELLED,
    (State.DROPPED, Input.CANCEL): State.DROPPED,
}


@dataclass(slots=True, kw_only=True)
class TimerMachine:
    """One timer."""

    command: StartTimer
    state: State = State.CREATED

    def started(self, event: TimerStarted) -> None:
        """The Command is recorded. Raises NondeterminismError when the record is another's."""
        if event.timer_id != self.command.timer_id:
            raise mismatch(event, self.command)
        self._move(Input.RECORDED, event)

    def fire(self, event: TimerFired) -> None:
        """Its time has come."""
        self._move(Input.FIRE, event)

    def cancel(self) -> CancelTimer | None:
        """The Workflow cancels it: the Command to send, if any."""
        before = self.state
        self.state = TRANSITIONS[before, Input.CANCEL]
        if before is State.STARTED:
            return CancelTimer(timer_id=self.command.timer_id)
        return None

    def cancel_recorded(self, event: TimerCanceled) -> None:
        """The cancellation is recorded. Raises NondeterminismError when the record is another's."""
        if event.timer_id != self.command.timer_id:
            raise mismatch(event, CancelTimer(timer_id=self.command.timer_id))
        self._move(Input.CANCEL_RECORDED, event)

    def _move(self, what: Input, event: Any) -> None:
        after = TRANSITIONS.get((self.state, what))
        if after is None:
            raise unexpected(event, f"timer {self.command.timer_id} is {self.state.name}")
        self.state = after
