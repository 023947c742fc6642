"""StartChildWorkflowExecution: from the call to the child's end."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum, auto
from typing import Any, Final

from duralog.schemas.commands import (
    RequestCancelExternalWorkflowExecution,
    StartChildWorkflowExecution,
)
from duralog.schemas.events import (
    ChildWorkflowExecutionCanceled,
    ChildWorkflowExecutionCompleted,
    ChildWorkflowExecutionFailed,
    ChildWorkflowExecutionStarted,
    ChildWorkflowExecutionTerminated,
    ChildWorkflowExecutionTimedOut,
    StartChildWorkflowExecutionFailed,
    StartChildWorkflowExecutionInitiated,
)
from duralog.schemas.payloads import Failure
from duralog.workers.machines.recorded import mismatch, unexpected
from duralog.workflow.children import ChildWorkflowCancellationType

ChildClosed = (
    ChildWorkflowExecutionCompleted
    | ChildWorkflowExecutionFailed
    | ChildWorkflowExecutionCanceled
    | ChildWorkflowExecutionTimedOut
    | ChildWorkflowExecutionTerminated
)


class State(Enum):
    """Where a child stands."""

    CREATED = auto()
    """Its Command is in the answer that is being made."""
    INITIATED = auto()
    STARTED = auto()
    CLOSED = auto()
    """It ended, or could not be started."""
    DROPPED = auto()
    """Cancelled before its Command was sent: the engine never hears of it."""


class Input(Enum):
    """What can happen to it."""

    RECORDED = auto()
    START = auto()
    START_FAIL = auto()
    CLOSE = auto()
    CANCEL = auto()


TRANSITIONS: Final[Mapping[tuple[State, Input], State]] = {
    (State.CREATED, Input.RECORDED): State.INITIATED,
    (State.CREATED, Input.CANCEL): State.DROPPED,
    (State.INITIATED, Input.START): State.STARTED,
    (State.INITIATED, Input.START_FAIL): State.CLOSED,
    (State.INITIATED, Input.CANCEL): State.INITIATED,
    (State.STARTED, Input.CLOSE): State.CLOSED,
    (State.STARTED, Input.CANCEL): State.STARTED,
    (State.CLOSED, Input.CANCEL): State.CLOSED,
    (State.DROPPED, Input.CANCEL): State.DROPPED,
}


@dataclass(slots=True, kw_only=True)
class ChildMachine:
    """One child. `settled`: the Workflow has its outcome, whatever the history says later."""

    command: StartChildWorkflowExecution
    cancellation_type: ChildWorkflowCancellationType
    namespace: str
    state: State = State.CREATED
    initiated_event_id: int = 0
    started_event_id: int = 0
    run_id: str = ""
    cancel_requested: bool = False
    settled: bool = False

    def initiated(self, event: StartChildWorkflowExecutionInitiated) -> None:
        """The Command is recorded. Raises NondeterminismError when the record is another's."""
        same = (event.child_workflow_id, event.workflow_type) == (
            self.command.workflow_id,
            self.command.workflow_type,
        )
        if not same:
            raise mismatch(event, self.command)
        self._move(Input.RECORDED, event)
        self.initiated_event_id = event.event_id

    def started(self, event: ChildWorkflowExecutionStarted) -> None:
        """Its first run is open."""
        self._move(Input.START, event)
        self.started_event_id, self.run_id = event.event_id, event.child_run_id

    def start_failed(self, event: StartChildWorkflowExecutionFailed) -> None:
        """It could not be started."""
        self._move(Input.START_FAIL, event)

    def close(self, event: ChildClosed) -> None:
        """It ended."""
        self._move(Input.CLOSE, event)

    def cancel(self, reason: str) -> RequestCancelExternalWorkflowExecution | None:
        """The Workflow cancels it: the Command to send, if any. The request is made once."""
        self.state = TRANSITIONS[self.state, Input.CANCEL]
        abandon = self.cancellation_type is ChildWorkflowCancellationType.ABANDON
        if abandon or self.cancel_requested or self.state in (State.CLOSED, State.DROPPED):
            return None
        self.cancel_requested = True
        return RequestCancelExternalWorkflowExecution(
            workflow_id=self.command.workflow_id, reason=reason, child_workflow_only=True
        )

    @property
    def waits_for_request(self) -> bool:
        """After `cancel`: whether it is over when the request is known to have arrived."""
        wait = ChildWorkflowCancellationType.WAIT_CANCELLATION_REQUESTED
        return self.cancellation_type is wait

    @property
    def waits_for_history(self) -> bool:
        """After `cancel`: whether the outcome is what the history will say."""
        if self.state is State.DROPPED:
            return False
        waits = ChildWorkflowCancellationType.WAIT_CANCELLATION_COMPLETED
        return (
            self.state is State.CLOSED
            or self.cancellation_type is waits
            or (self.waits_for_request)
        )

    def failure(self, event: ChildClosed | None) -> Failure:
        """Why it has no result; None: it was cancelled and not waited for."""
        message = _MESSAGES.get(type(event), "Child Workflow execution cancelled")
        cause = getattr(event, "failure", None)
        if cause is None:
            kind = _KINDS.get(type(event), "canceled")
            cause = Failure(kind=kind, message=message, details=getattr(event, "details", []))
            cause.timeout_type = "START_TO_CLOSE" if kind == "timeout" else ""
        return Failure(
            kind="child_workflow",
            message=message,
            namespace=self.namespace,
            workflow_id=self.command.workflow_id,
            run_id=self.run_id,
            workflow_type=self.command.workflow_type,
            initiated_event_id=self.initiated_event_id,
            started_event_id=self.started_event_id,
            retry_state=getattr(event, "retry_state", ""),
            cause=cause,
        )

    def _move(self, what: Input, event: Any) -> None:
        after = TRANSITIONS.get((self.state, what))
        if after is None:
            child = f"child Workflow {self.command.workflow_id} is {self.state.name}"
            raise unexpected(event, child)
        self.state = after


_MESSAGES: Final[Mapping[type[Any], str]] = {
    ChildWorkflowExecutionFailed: "Child Workflow execution failed",
    ChildWorkflowExecutionTimedOut: "Child Workflow execution timed out",
    ChildWorkflowExecutionTerminated: "Child Workflow execution terminated",
}
"""Source: the messages of Temporal's SDKs."""

_KINDS: Final[Mapping[type[Any], str]] = {
    ChildWorkflowExecutionTimedOut: "timeout",
    ChildWorkflowExecutionTerminated: "terminated",
}
