"""Signals and cancel requests to other Workflows: from the call to the answer."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum, auto
from typing import Any, Final

from duralog.schemas.commands import (
    RequestCancelExternalWorkflowExecution,
    SignalExternalWorkflowExecution,
)
from duralog.schemas.events import (
    ExternalWorkflowExecutionCancelRequested,
    ExternalWorkflowExecutionSignaled,
    RequestCancelExternalWorkflowExecutionFailed,
    RequestCancelExternalWorkflowExecutionInitiated,
    SignalExternalWorkflowExecutionFailed,
    SignalExternalWorkflowExecutionInitiated,
)
from duralog.schemas.payloads import Failure
from duralog.workers.machines.recorded import mismatch, unexpected

ExternalCommand = SignalExternalWorkflowExecution | RequestCancelExternalWorkflowExecution
ExternalInitiated = (
    SignalExternalWorkflowExecutionInitiated | RequestCancelExternalWorkflowExecutionInitiated
)
ExternalFailed = (
    SignalExternalWorkflowExecutionFailed | RequestCancelExternalWorkflowExecutionFailed
)
ExternalDone = (
    ExternalWorkflowExecutionSignaled | ExternalWorkflowExecutionCancelRequested | ExternalFailed
)


class State(Enum):
    """Where it stands."""

    CREATED = auto()
    """Its Command is in the answer that is being made."""
    INITIATED = auto()
    DONE = auto()
    DROPPED = auto()
    """Cancelled before its Command was sent: the engine never hears of it."""


class Input(Enum):
    """What can happen to it."""

    RECORDED = auto()
    DONE = auto()
    CANCEL = auto()


TRANSITIONS: Final[Mapping[tuple[State, Input], State]] = {
    (State.CREATED, Input.RECORDED): State.INITIATED,
    (State.CREATED, Input.CANCEL): State.DROPPED,
    (State.INITIATED, Input.CANCEL): State.INITIATED,
    (State.INITIATED, Input.DONE): State.DONE,
    (State.DONE, Input.CANCEL): State.DONE,
    (State.DROPPED, Input.CANCEL): State.DROPPED,
}


@dataclass(slots=True, kw_only=True)
class ExternalMachine:
    """One signal or cancel request."""

    command: ExternalCommand
    state: State = State.CREATED
    initiated_event_id: int = 0

    def initiated(self, event: ExternalInitiated) -> None:
        """The Command is recorded. Raises NondeterminismError when the record is another's."""
        command = self.command
        same = event.target_workflow_id == command.workflow_id and getattr(
            event, "signal_name", ""
        ) == getattr(command, "signal_name", "")
        if not same:
            raise mismatch(event, command)
        self._move(Input.RECORDED, event)
        self.initiated_event_id = event.event_id

    def cancel(self) -> bool:
        """The Workflow does not want it any more. True: it was not sent, and never will be."""
        self.state = TRANSITIONS[self.state, Input.CANCEL]
        return self.state is State.DROPPED

    def done(self, event: ExternalDone) -> Failure | None:
        """It was answered: why it reached nobody; None: it arrived."""
        self._move(Input.DONE, event)
        if not isinstance(event, ExternalFailed):
            return None
        is_signal = isinstance(event, SignalExternalWorkflowExecutionFailed)
        nobody = event.cause == "EXTERNAL_WORKFLOW_EXECUTION_NOT_FOUND"
        reason = "it was not found" if nobody else f"of {event.cause}"
        verb = "signal" if is_signal else "cancel"
        return Failure(message=f"Unable to {verb} external workflow because {reason}")

    def _move(self, what: Input, event: Any) -> None:
        after = TRANSITIONS.get((self.state, what))
        if after is None:
            text = f"what was sent to Workflow {self.command.workflow_id} is {self.state.name}"
            raise unexpected(event, text)
        self.state = after
