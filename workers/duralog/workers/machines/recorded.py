"""Which Event records which Command, and the error when they do not fit."""

from collections.abc import Mapping
from typing import Any, Final

from duralog.schemas import commands, events
from duralog.schemas.commands import Command
from duralog.workflow.errors import NondeterminismError

RECORDED_AS: Final[Mapping[type[Command], type[Any]]] = {
    commands.ScheduleActivityTask: events.ActivityTaskScheduled,
    commands.RequestCancelActivityTask: events.ActivityTaskCancelRequested,
    commands.StartTimer: events.TimerStarted,
    commands.CancelTimer: events.TimerCanceled,
    commands.StartChildWorkflowExecution: events.StartChildWorkflowExecutionInitiated,
    commands.SignalExternalWorkflowExecution: events.SignalExternalWorkflowExecutionInitiated,
    commands.RequestCancelExternalWorkflowExecution: (
        events.RequestCancelExternalWorkflowExecutionInitiated
    ),
    commands.AcceptWorkflowExecutionUpdate: events.WorkflowExecutionUpdateAccepted,
    commands.CompleteWorkflowExecutionUpdate: events.WorkflowExecutionUpdateCompleted,
    commands.CompleteWorkflowExecution: events.WorkflowExecutionCompleted,
    commands.FailWorkflowExecution: events.WorkflowExecutionFailed,
    commands.CancelWorkflowExecution: events.WorkflowExecutionCanceled,
    commands.ContinueAsNewWorkflowExecution: events.WorkflowExecutionContinuedAsNew,
    commands.RecordMarker: events.MarkerRecorded,
    commands.UpsertWorkflowSearchAttributes: events.UpsertWorkflowSearchAttributes,
    commands.ModifyWorkflowProperties: events.WorkflowPropertiesModified,
}

_SHOWN: Final = (
    *("activity_id", "activity_type", "marker_name", "scheduled_event_id", "timer_id", "update_id"),
    *("child_workflow_id", "target_workflow_id", "signal_name"),
)


def describe_event(event: Any) -> str:
    """`event 5 ActivityTaskScheduled activity_id=1 activity_type=greet`; never payload data."""
    return f"event {event.event_id} {_describe(event)}"


def describe_command(command: Command) -> str:
    """`Command ScheduleActivityTask activity_id=1 activity_type=greet`; never payload data."""
    target = getattr(command, "workflow_id", "")
    return f"Command {_describe(command)}" + (f" workflow_id={target}" if target else "")


def mismatch(event: Any, command: Command | None) -> NondeterminismError:
    """The history says `event` where this code's next Command is `command`, or none."""
    made = "no Command" if command is None else describe_command(command)
    return NondeterminismError(
        f"Nondeterminism error: the history has {describe_event(event)}, "
        f"but the Workflow's code makes {made} there; was the code changed while the Workflow ran?"
    )


def unrecorded(command: Command, *, before: str) -> NondeterminismError:
    """The code makes `command`, and the history has nothing for it before `before`."""
    return NondeterminismError(
        f"Nondeterminism error: the Workflow's code makes {describe_command(command)}, "
        f"but the history has no event for it before {before}; "
        "was the code changed while the Workflow ran?"
    )


def unexpected(event: Any, reason: str) -> NondeterminismError:
    """`event` cannot follow from what this code has done."""
    return NondeterminismError(
        f"Nondeterminism error: {reason}, but the history has {describe_event(event)}"
    )


def _describe(record: Any) -> str:
    shown = [f"{name}={getattr(record, name)}" for name in _SHOWN if hasattr(record, name)]
    return " ".join((type(record).__name__, *shown))
