"""An Event History as a tree of what it ran: Activities, Timers, child Workflows."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, Final

from duralog.cli.render import failure_text
from duralog.schemas import events as e

OPEN: Final = ("scheduled", "running", "waiting")
_ACTIVITY_ENDS: Final = {
    e.ActivityTaskCompleted: "completed",
    e.ActivityTaskFailed: "failed",
    e.ActivityTaskTimedOut: "timed out",
    e.ActivityTaskCanceled: "canceled",
}
_CHILD_ENDS: Final = {
    e.StartChildWorkflowExecutionFailed: "not started",
    e.ChildWorkflowExecutionCompleted: "completed",
    e.ChildWorkflowExecutionFailed: "failed",
    e.ChildWorkflowExecutionCanceled: "canceled",
    e.ChildWorkflowExecutionTimedOut: "timed out",
    e.ChildWorkflowExecutionTerminated: "terminated",
}
_WORKFLOW_ENDS: Final = {
    e.WorkflowExecutionCompleted: "completed",
    e.WorkflowExecutionFailed: "failed",
    e.WorkflowExecutionCanceled: "canceled",
    e.WorkflowExecutionTerminated: "terminated",
    e.WorkflowExecutionTimedOut: "timed out",
    e.WorkflowExecutionContinuedAsNew: "continued as new",
}


@dataclass(slots=True)
class Branch:
    """One thing that ran. kind: workflow, activity or timer; ended_ms: 0 while it is open.

    workflow_id, run_id: of a child, whose own history has the rest; run_id empty: not started yet.
    """

    kind: str
    name: str
    status: str
    began_ms: int
    ended_ms: int = 0
    attempt: int = 1
    failure: str = ""
    workflow_id: str = ""
    run_id: str = ""
    branches: list["Branch"] = field(default_factory=list["Branch"])

    @property
    def is_open(self) -> bool:
        """True while it has not ended."""
        return self.status in OPEN

    def end(self, status: str, event: Any) -> None:
        """It ended with `event`."""
        self.status, self.ended_ms = status, event.event_time_ms
        self.failure = failure_text(getattr(event, "failure", None)) or getattr(event, "cause", "")


def tree_of(events: Iterable[Any]) -> Branch:
    """The tree of one history; the first event is its WorkflowExecutionStarted."""
    root = Branch("workflow", "", "running", 0)
    known: dict[int, Branch] = {}  # By the id of the event that began it.
    for event in events:
        if isinstance(event, e.WorkflowExecutionStarted):
            root.name, root.began_ms = event.workflow_type, event.event_time_ms
            root.workflow_id, root.run_id = event.workflow_id, event.run_id
            root.attempt = event.attempt
        elif type(event) in _WORKFLOW_ENDS:
            root.end(_WORKFLOW_ENDS[type(event)], event)
        else:
            began = _begun(event)
            if began is not None:
                known[event.event_id] = began
                root.branches.append(began)
            else:
                _go_on(known, event)
    return root


def _begun(event: Any) -> Branch | None:
    """What `event` begins."""
    if isinstance(event, e.ActivityTaskScheduled):
        return Branch("activity", event.activity_type, "scheduled", event.event_time_ms)
    if isinstance(event, e.TimerStarted):
        name = f"{event.start_to_fire_timeout_ms / 1000:g} s"
        return Branch("timer", name, "waiting", event.event_time_ms)
    if isinstance(event, e.StartChildWorkflowExecutionInitiated):
        child = Branch("workflow", event.workflow_type, "scheduled", event.event_time_ms)
        child.workflow_id = event.child_workflow_id
        return child
    return None


def _go_on(known: dict[int, Branch], event: Any) -> None:
    """What `event` says of something begun before."""
    if isinstance(event, e.ActivityTaskStarted):
        branch = known[event.scheduled_event_id]
        branch.status, branch.attempt = "running", event.attempt
    elif type(event) in _ACTIVITY_ENDS:
        known[event.scheduled_event_id].end(_ACTIVITY_ENDS[type(event)], event)
    elif isinstance(event, e.TimerFired):
        known[event.started_event_id].end("fired", event)
    elif isinstance(event, e.TimerCanceled):
        known[event.started_event_id].end("canceled", event)
    elif isinstance(event, e.ChildWorkflowExecutionStarted):
        branch = known[event.initiated_event_id]
        branch.status, branch.run_id = "running", event.child_run_id
    elif type(event) in _CHILD_ENDS:
        branch = known[event.initiated_event_id]
        branch.end(_CHILD_ENDS[type(event)], event)
        branch.run_id = branch.run_id or getattr(event, "child_run_id", "")
