"""HistoryBuilder: histories as the engine writes them, and the tasks that carry them."""

from dataclasses import dataclass, field
from typing import Any

from duralog.converter import DataConverter
from duralog.schemas import commands, events
from duralog.schemas.codec import encode
from duralog.schemas.commands import Command
from duralog.schemas.payloads import Failure
from duralog.schemas.tasks import WorkflowTask

WORKFLOW_ID = "order-7"
RUN_ID = "0b6f3a1e-8a55-4b4e-9a52-3f6f0a2f7d11"


@dataclass(kw_only=True)
class HistoryBuilder:
    """Appends Events with the ids and links the engine gives them.

    now_ms: Grows by 1000 with each Event.
    """

    workflow_type: str
    converter: DataConverter = DataConverter.default
    events: list[Any] = field(default_factory=list[Any])
    now_ms: int = 1_700_000_000_000
    previous_started_event_id: int = 0
    completion_id: str = ""
    carried: int = 0

    def add(self, kind: type[Any], **attributes: Any) -> int:
        """Append an Event; its id."""
        self.now_ms += 1000
        event_id = len(self.events) + 1
        self.events.append(
            kind(
                workflow_id=WORKFLOW_ID,
                run_id=RUN_ID,
                event_id=event_id,
                event_time_ms=self.now_ms,
                **attributes,
            )
        )
        return event_id

    def start(self, *arguments: Any, **attributes: Any) -> "HistoryBuilder":
        """WorkflowExecutionStarted and the first WorkflowTaskScheduled."""
        self.add(
            events.WorkflowExecutionStarted,
            workflow_type=self.workflow_type,
            task_queue="main",
            input=self.converter.to_payloads(arguments),
            **attributes,
        )
        self.schedule_task()
        return self

    def schedule_task(self) -> int:
        """WorkflowTaskScheduled."""
        return self.add(events.WorkflowTaskScheduled, task_queue="main", attempt=1)

    def task(self, *, full: bool = True) -> WorkflowTask:
        """The Workflow Task that the last Event scheduled."""
        frames = [encode(event) for event in self.events]
        return WorkflowTask(
            workflow_id=WORKFLOW_ID,
            run_id=RUN_ID,
            workflow_type=self.workflow_type,
            task_queue="main",
            partition=0,
            scheduled_event_id=len(self.events),
            started_event_id=len(self.events) + 1,
            started_time_ms=self.now_ms + 1000,
            attempt=1,
            dispatch_time_ms=self.now_ms + 1000,
            previous_started_event_id=self.previous_started_event_id,
            previous_completion_id=self.completion_id,
            full=full,
            events=frames if full else frames[self.carried :],
        )

    def complete_task(self, made: list[Command], completion_id: str = "") -> list[int]:
        """WorkflowTaskStarted, -Completed and the Commands' Events; the ids of the latter."""
        self.carried = len(self.events)
        scheduled = len(self.events)
        started = self.add(events.WorkflowTaskStarted, scheduled_event_id=scheduled)
        completed = self.add(
            events.WorkflowTaskCompleted,
            scheduled_event_id=scheduled,
            started_event_id=started,
            completion_id=completion_id,
        )
        self.previous_started_event_id = started
        self.completion_id = completion_id
        return [self._record(command, completed) for command in made]

    def _record(self, command: Command, completed: int) -> int:
        kind, names = _RECORDS[type(command)]
        attributes = {name: getattr(command, name) for name in names}
        if isinstance(command, commands.ScheduleActivityTask):
            attributes["task_queue"] = command.task_queue or "main"
        if isinstance(command, commands.ContinueAsNewWorkflowExecution):
            attributes["new_execution_run_id"] = "next"
        if isinstance(command, commands.StartChildWorkflowExecution):
            attributes["child_workflow_id"] = command.workflow_id
            attributes["task_queue"] = command.task_queue or "main"
        if hasattr(command, "child_workflow_only"):
            attributes["target_workflow_id"] = command.workflow_id  # type: ignore[union-attr]
        if isinstance(command, commands.CancelTimer):
            attributes["started_event_id"] = self.timer_started(command.timer_id)
        return self.add(kind, workflow_task_completed_event_id=completed, **attributes)

    def timer_started(self, timer_id: str) -> int:
        """Event ID of TimerStarted."""
        return next(
            e.event_id
            for e in self.events
            if isinstance(e, events.TimerStarted) and e.timer_id == timer_id
        )

    def complete_activity(self, scheduled_event_id: int, result: Any = None) -> None:
        """ActivityTaskStarted and -Completed."""
        started = self.add(
            events.ActivityTaskStarted, scheduled_event_id=scheduled_event_id, identity="worker"
        )
        self.add(
            events.ActivityTaskCompleted,
            scheduled_event_id=scheduled_event_id,
            started_event_id=started,
            result=self.converter.to_payloads([result]),
        )

    def fail_activity(self, scheduled_event_id: int, failure: Failure) -> None:
        """ActivityTaskStarted and -Failed."""
        started = self.add(
            events.ActivityTaskStarted, scheduled_event_id=scheduled_event_id, identity="worker"
        )
        self.add(
            events.ActivityTaskFailed,
            scheduled_event_id=scheduled_event_id,
            started_event_id=started,
            failure=failure,
            retry_state="MAXIMUM_ATTEMPTS_REACHED",
        )

    def fire_timer(self, timer_id: str) -> None:
        """TimerFired."""
        self.add(
            events.TimerFired, timer_id=timer_id, started_event_id=self.timer_started(timer_id)
        )

    def signal(self, name: str, *arguments: Any) -> None:
        """WorkflowExecutionSignaled."""
        self.add(
            events.WorkflowExecutionSignaled,
            signal_name=name,
            input=self.converter.to_payloads(arguments),
        )

    def request_cancel(self, reason: str = "") -> None:
        """WorkflowExecutionCancelRequested."""
        self.add(events.WorkflowExecutionCancelRequested, cause=reason)


_RECORDS: dict[type[Any], tuple[type[Any], tuple[str, ...]]] = {
    commands.ScheduleActivityTask: (
        events.ActivityTaskScheduled,
        ("activity_id", "activity_type", "input", "start_to_close_timeout_ms"),
    ),
    commands.RequestCancelActivityTask: (
        events.ActivityTaskCancelRequested,
        ("scheduled_event_id",),
    ),
    commands.StartTimer: (events.TimerStarted, ("timer_id", "start_to_fire_timeout_ms")),
    commands.CancelTimer: (events.TimerCanceled, ("timer_id",)),
    commands.SignalExternalWorkflowExecution: (
        events.SignalExternalWorkflowExecutionInitiated,
        ("signal_name", "input"),
    ),
    commands.RequestCancelExternalWorkflowExecution: (
        events.RequestCancelExternalWorkflowExecutionInitiated,
        ("reason", "child_workflow_only"),
    ),
    commands.StartChildWorkflowExecution: (
        events.StartChildWorkflowExecutionInitiated,
        ("workflow_type", "input", "parent_close_policy"),
    ),
    commands.CompleteWorkflowExecution: (events.WorkflowExecutionCompleted, ("result",)),
    commands.FailWorkflowExecution: (events.WorkflowExecutionFailed, ("failure",)),
    commands.RecordMarker: (events.MarkerRecorded, ("marker_name", "details", "failure")),
    commands.UpsertWorkflowSearchAttributes: (
        events.UpsertWorkflowSearchAttributes,
        ("search_attributes",),
    ),
    commands.ModifyWorkflowProperties: (events.WorkflowPropertiesModified, ("upserted_memo",)),
    commands.CancelWorkflowExecution: (events.WorkflowExecutionCanceled, ("details",)),
    commands.ContinueAsNewWorkflowExecution: (
        events.WorkflowExecutionContinuedAsNew,
        ("workflow_type", "task_queue", "input"),
    ),
}
