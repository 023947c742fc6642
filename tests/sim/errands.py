"""What the simulator's workers say beside answers: starts, heartbeats, failures, answers by id."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from duralog.schemas import requests as r
from duralog.schemas.payloads import Payload
from duralog.schemas.replies import ActivityCancelNotice, Reply
from duralog.schemas.tasks import ActivityTask, WorkflowTask

BEAT_MS = 800


def start_report(
    task: WorkflowTask | ActivityTask,
    delivery_id: str,
    *,
    claimed_by: tuple[int, str] | None,
    now_ms: int,
    reset_sticky: bool,
) -> r.RecordWorkflowTaskStarted | r.RecordActivityTaskStarted:
    """A claim, or the word that a task has run unasked since `now_ms`."""
    common: dict[str, Any] = {**token(task, delivery_id), "correlation_id": delivery_id}
    if claimed_by is None:
        common["started_time_ms"] = now_ms
    else:
        common["claim"] = True
        common["reply_partition"], common["recipient"] = claimed_by
    if isinstance(task, ActivityTask):
        return r.RecordActivityTaskStarted(**common)
    return r.RecordWorkflowTaskStarted(
        **common,
        started_event_id=task.started_event_id,
        reset_sticky=claimed_by is not None and reset_sticky,
    )


def failed(
    task: WorkflowTask, delivery_id: str, started_event_id: int
) -> r.RespondWorkflowTaskFailed:
    """As of code with a bug."""
    cause = "WORKFLOW_WORKER_UNHANDLED_FAILURE"
    common = token(task, delivery_id)
    return r.RespondWorkflowTaskFailed(**common, started_event_id=started_event_id, cause=cause)


def token(task: WorkflowTask | ActivityTask, delivery_id: str) -> dict[str, Any]:
    """What every answer to a task begins with."""
    return {
        "workflow_id": task.workflow_id,
        "run_id": task.run_id,
        "scheduled_event_id": task.scheduled_event_id,
        "attempt": task.attempt,
        "dispatch_time_ms": task.dispatch_time_ms,
        "delivery_id": delivery_id,
    }


def duration_ms(task: Any) -> int:
    """How long an activity works at least, as its workflow wants it; other tasks: no time."""
    inputs = task.input if isinstance(task, ActivityTask) else []
    return int(inputs[1].data) if len(inputs) > 1 else 0


def beat_ms(task: Any, now_ms: int) -> int:
    """When to tell next that an activity is alive; -1: never."""
    beats = isinstance(task, ActivityTask) and task.heartbeat_timeout_ms
    return now_ms + BEAT_MS if beats else -1


def heartbeat(
    task: ActivityTask,
    delivery_id: str,
    *,
    begun_ms: int,
    now_ms: int,
    address: tuple[int, str],
) -> r.RecordActivityTaskHeartbeat:
    """The activity is alive; the reply says whether it is cancelled."""
    partition, recipient = address
    return r.RecordActivityTaskHeartbeat(
        **token(task, delivery_id),
        reply_partition=partition,
        recipient=recipient,
        correlation_id=f"beat/{delivery_id}",
        details=[Payload(metadata={"encoding": b"json/plain"}, data=json.dumps(now_ms).encode())],
        started_time_ms=begun_ms,
    )


def is_cancelled(task: Any, delivery_id: str, told: Reply | ActivityCancelNotice) -> bool:
    """Whether `told` says that somebody wants this attempt to end."""
    if not isinstance(task, ActivityTask):
        return False
    if isinstance(told, Reply):
        return told.cancel_requested and told.correlation_id == f"beat/{delivery_id}"
    mine = (task.run_id, task.scheduled_event_id, task.attempt)
    is_mine = mine == (told.run_id, told.scheduled_event_id, told.attempt)
    return is_mine and told.reason == "cancel requested"


@dataclass(slots=True)
class Late:
    """Activities that are completed by their id, by nobody's task: lost with the process."""

    waiting: list[tuple[int, ActivityTask]] = field(default_factory=list[tuple[int, ActivityTask]])

    def add(self, task: ActivityTask, due_ms: int) -> None:
        """Complete it at `due_ms`."""
        self.waiting.append((due_ms, task))

    def next_ms(self) -> list[int]:
        """When one is due."""
        return [due_ms for due_ms, _ in self.waiting]

    def due(self, now_ms: int) -> Iterator[tuple[ActivityTask, r.RespondActivityTaskCompleted]]:
        """What is sent now."""
        ready = [(due_ms, task) for due_ms, task in self.waiting if due_ms <= now_ms]
        for one in ready:
            self.waiting.remove(one)
            task = one[1]
            yield (
                task,
                r.RespondActivityTaskCompleted(
                    workflow_id=task.workflow_id,
                    run_id=task.run_id,
                    activity_id=task.activity_id,
                    scheduled_event_id=0,
                    attempt=0,
                    dispatch_time_ms=0,
                ),
            )
