"""Which Event of a history is what to its run: the grouping into Workflow Tasks, as they were."""

from collections.abc import Iterator, Mapping, Sequence
from enum import Enum, auto
from typing import Any, Final

from duralog.schemas import events
from duralog.workers.machines.recorded import RECORDED_AS


class Role(Enum):
    """What reading an Event does."""

    TASK_STARTED = auto()
    """Announces the time and Event ID of the Workflow Task to come."""
    TASK_COMPLETED = auto()
    """Everything since the last one was seen by the code together; its Commands follow."""
    TASK_VOID = auto()
    """A Workflow Task that never was: the next one sees what it saw."""
    COMMAND = auto()
    """Records a Command of the last Workflow Task."""
    INPUT = auto()
    """Is seen by the code in the next Workflow Task."""
    CLOSE = auto()
    """The run was ended from outside; the code never sees it."""


_ROLES: Final[Mapping[type[Any], Role]] = {
    events.WorkflowTaskScheduled: Role.TASK_VOID,
    events.WorkflowTaskStarted: Role.TASK_STARTED,
    events.WorkflowTaskCompleted: Role.TASK_COMPLETED,
    events.WorkflowTaskTimedOut: Role.TASK_VOID,
    events.WorkflowTaskFailed: Role.TASK_VOID,
    events.WorkflowExecutionStarted: Role.INPUT,
    events.WorkflowExecutionSignaled: Role.INPUT,
    events.WorkflowExecutionCancelRequested: Role.INPUT,
    events.ActivityTaskStarted: Role.INPUT,
    events.ActivityTaskCompleted: Role.INPUT,
    events.ActivityTaskFailed: Role.INPUT,
    events.ActivityTaskTimedOut: Role.INPUT,
    events.ActivityTaskCanceled: Role.INPUT,
    events.TimerFired: Role.INPUT,
    events.StartChildWorkflowExecutionFailed: Role.INPUT,
    events.ChildWorkflowExecutionStarted: Role.INPUT,
    events.ChildWorkflowExecutionCompleted: Role.INPUT,
    events.ChildWorkflowExecutionFailed: Role.INPUT,
    events.ChildWorkflowExecutionCanceled: Role.INPUT,
    events.ChildWorkflowExecutionTimedOut: Role.INPUT,
    events.ChildWorkflowExecutionTerminated: Role.INPUT,
    events.SignalExternalWorkflowExecutionFailed: Role.INPUT,
    events.ExternalWorkflowExecutionSignaled: Role.INPUT,
    events.RequestCancelExternalWorkflowExecutionFailed: Role.INPUT,
    events.ExternalWorkflowExecutionCancelRequested: Role.INPUT,
    events.WorkflowExecutionTimedOut: Role.CLOSE,
    events.WorkflowExecutionTerminated: Role.CLOSE,
}

ROLES: Final[Mapping[type[Any], Role]] = {
    **_ROLES,
    **dict.fromkeys(RECORDED_AS.values(), Role.COMMAND),
}
"""Total over duralog.schemas.events; a test holds it so."""


def commands_from(decoded: Sequence[Any], index: int) -> Iterator[Any]:
    """The Events of Commands that stand at `index`, up to the first that is none."""
    while index < len(decoded) and ROLES[type(decoded[index])] is Role.COMMAND:
        yield decoded[index]
        index += 1


class HistoryGapError(Exception):
    """The Events do not follow the ones the run has seen: only the whole history helps."""
