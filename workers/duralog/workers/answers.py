"""The requests that answer a task; each carries the token that fences stale answers."""

import json
from collections.abc import Sequence
from typing import Any, Final, TypedDict

from duralog.schemas.codec import encode
from duralog.schemas.commands import Command
from duralog.schemas.payloads import Failure, Payload
from duralog.schemas.requests import (
    RespondActivityTaskCanceled,
    RespondActivityTaskCompleted,
    RespondActivityTaskFailed,
    RespondQueryTaskCompleted,
    RespondWorkflowTaskCompleted,
    RespondWorkflowTaskFailed,
)
from duralog.schemas.tasks import ActivityTask, WorkflowTask
from duralog.schemas.topics import REQUEST_SIZE_BYTES_MAX
from duralog.workers.sizes import warn_of_bytes, warn_of_size

RESULTS_BYTES_MAX: Final = 1024 * 1024  # Of the queries that a Workflow Task's answer carries.


class Token(TypedDict):
    """Names one dispatch of one task."""

    workflow_id: str
    run_id: str
    scheduled_event_id: int
    attempt: int
    dispatch_time_ms: int


def token(task: WorkflowTask | ActivityTask) -> Token:
    """The token of `task`."""
    return Token(
        workflow_id=task.workflow_id,
        run_id=task.run_id,
        scheduled_event_id=task.scheduled_event_id,
        attempt=task.attempt,
        dispatch_time_ms=task.dispatch_time_ms,
    )


def task_token(task: ActivityTask, delivery_id: str) -> bytes:
    """Names one attempt for whoever completes it from elsewhere."""
    fields = [*token(task).values(), delivery_id]
    return json.dumps(fields, separators=(",", ":")).encode()


def read_task_token(data: bytes) -> dict[str, Any]:
    """The fields of a Respond request that a task token holds. Raises ValueError."""
    values: list[Any] = json.loads(data)
    names = (*Token.__annotations__, "delivery_id")
    return dict(zip(names, values, strict=True))


def activity_completed(task: ActivityTask, result: list[Payload]) -> RespondActivityTaskCompleted:
    """The activity returned."""
    warn_of_size(result, f"the result of activity {task.activity_type}")
    return RespondActivityTaskCompleted(**token(task), result=result)


def activity_failed(
    task: ActivityTask, failure: Failure, last_heartbeat_details: list[Payload]
) -> RespondActivityTaskFailed:
    """The attempt raised; heartbeat details that were not sent yet go with it."""
    return RespondActivityTaskFailed(
        **token(task), failure=failure, last_heartbeat_details=last_heartbeat_details
    )


def activity_canceled(task: ActivityTask, details: list[Payload]) -> RespondActivityTaskCanceled:
    """The activity obeyed its cancellation."""
    return RespondActivityTaskCanceled(**token(task), details=details)


def workflow_task_completed(
    task: WorkflowTask,
    *,
    started_event_id: int,
    commands: list[Command],
    completion_id: str,
    force_create: bool = False,
    query_results: Sequence[RespondQueryTaskCompleted] = (),
) -> RespondWorkflowTaskCompleted:
    """The workflow's Commands, and answers to queries: those that find room, others come again.

    force_create: The worker is still at it.
    """
    framed = [encode(command) for command in commands]
    for command, data in zip(commands, framed, strict=True):
        warn_of_bytes(len(data), f"a {type(command).__name__} of workflow {task.workflow_type}")
    room = min(RESULTS_BYTES_MAX, REQUEST_SIZE_BYTES_MAX // 2 - sum(map(len, framed)))
    results: list[bytes] = []
    for data in map(encode, query_results):
        room -= len(data)
        if room >= 0:
            results.append(data)
    return RespondWorkflowTaskCompleted(
        **token(task),
        started_event_id=started_event_id,
        commands=framed,
        completion_id=completion_id,
        force_create_new_workflow_task=force_create,
        query_results=results,
    )


def workflow_task_failed(
    task: WorkflowTask, *, started_event_id: int, cause: str, failure: Failure
) -> RespondWorkflowTaskFailed:
    """The Workflow Task failed; the Workflow Execution goes on."""
    return RespondWorkflowTaskFailed(
        **token(task), started_event_id=started_event_id, cause=cause, failure=failure
    )
