"""What a workflow thread does now, and what it will come back to; how both are told of."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from duralog.connectors.task_source import TaskHandle
from duralog.schemas.payloads import Failure
from duralog.schemas.tasks import QueryTask, WorkflowTask

Handle = TaskHandle[WorkflowTask]


@dataclass(slots=True, kw_only=True, eq=False)
class Activation:
    """What the workflow thread does now. fail: Answers for it when it blocks."""

    task: WorkflowTask | QueryTask
    fail: Callable[[Failure], None]
    since_ms: int
    thread_id: int
    reported: bool = False
    abandoned: bool = False


@dataclass(slots=True, kw_only=True, eq=False)
class Wait:
    """A Workflow Task that local Activities keep open; `due_ms`: when it needs a heartbeat."""

    handle: Handle
    task: WorkflowTask
    since_ms: int
    due_ms: int


def codec_failure(error: BaseException, doing: str) -> Failure:
    """Without the error's text, in which a codec may show what it should hide."""
    text = f"the payload codec raised {type(error).__name__} while {doing}; see the worker's log"
    return Failure(message=text, type="PayloadCodecError", source="PythonSDK")


def log_details(task: WorkflowTask | QueryTask) -> dict[str, Any]:
    """What every log line about a Workflow Task, or a query between two, says."""
    attempt = {"attempt": task.attempt} if isinstance(task, WorkflowTask) else {}
    return {
        **attempt,
        "task_queue": task.task_queue,
        "workflow_id": task.workflow_id,
        "workflow_run_id": task.run_id,
        "workflow_type": task.workflow_type,
    }
