"""Records as JSON and as lines of text, for people and for scripts.

JSON keeps the schemas' field names. A payload becomes its value when it is JSON or null, else an
object that says its encoding and holds base64.
"""

import base64
import json
from dataclasses import fields, is_dataclass
from datetime import UTC, datetime
from typing import Any, Final, cast

from duralog.schemas import codec
from duralog.schemas.payloads import Failure, Payload
from duralog.schemas.transitions import WorkflowTaskState

TEXT_WIDTH_MAX: Final = 72  # What is left of a line of 120 columns beside the other columns.
# Not shown in one line of text: they stand in a column of their own, or are for machines only.
HIDDEN: Final = frozenset(
    {
        "workflow_id",
        "run_id",
        "event_id",
        "event_time_ms",
        "original_execution_run_id",
        "first_execution_run_id",
        "continued_execution_run_id",
        "completion_id",
        "request_id",
        "retry_policy",
    }
)


def as_json(value: Any) -> Any:
    """`value`, a record or a part of one, as what `json.dumps` takes."""
    if isinstance(value, Payload):
        return payload_as_json(value)
    if is_dataclass(value) and not isinstance(value, type):
        return {f.name: as_json(getattr(value, f.name)) for f in fields(value)}
    if isinstance(value, dict):
        return {key: as_json(item) for key, item in cast(dict[str, object], value).items()}
    if isinstance(value, list):
        return [as_json(item) for item in cast(list[object], value)]
    if isinstance(value, bytes):
        return bytes_as_json(value)
    return value


def payload_as_json(payload: Payload) -> Any:
    """The value of a payload that holds JSON or nothing; else an object with base64."""
    encoding = payload.metadata.get("encoding", b"").decode(errors="replace")
    if encoding == "binary/null":
        return None
    if encoding == "json/plain":
        try:
            return json.loads(payload.data)
        except ValueError:
            pass  # Shown as the bytes it is: a tail must not stop at one bad payload.
    return {"encoding": encoding, "base64": base64.b64encode(payload.data).decode()}


def bytes_as_json(data: bytes) -> Any:
    """A framed record as an object with its type; other bytes as base64."""
    try:
        record = codec.decode(data)
    except codec.DecodeError:
        return base64.b64encode(data).decode()
    return record_as_json(record)


def record_as_json(record: object) -> dict[str, Any]:  # Any: JSON.
    """A record as an object whose first field is `type`."""
    return {"type": type(record).__name__, **as_json(record)}


def line(document: Any) -> str:
    """One line of JSON."""
    return json.dumps(document, ensure_ascii=False, separators=(",", ":"))


def time_text(time_ms: int) -> str:
    """`2026-11-22T13:40:01.250Z`; empty for 0."""
    if not time_ms:
        return ""
    moment = datetime.fromtimestamp(time_ms / 1000, tz=UTC)
    return f"{moment:%Y-%m-%dT%H:%M:%S}.{time_ms % 1000:03d}Z"


def details(record: object) -> str:
    """What a record says beside its identity, in one line: only fields that are not empty."""
    parts: list[str] = []
    for spec in fields(record):  # type: ignore[arg-type] # Every record is a dataclass.
        value = getattr(record, spec.name)
        if spec.name in HIDDEN or value in (None, "", 0, [], {}, False, -1):
            continue
        parts.append(f"{spec.name}={_short(value)}")
    return " ".join(parts)


def failure_text(failure: Failure | None) -> str:
    """The chain of an error, outermost first: `ActivityError: … <- GreetingError: …`."""
    parts: list[str] = []
    while failure is not None:
        name = failure.type or failure.timeout_type or failure.kind
        parts.append(f"{name}: {failure.message}" if failure.message else name)
        failure = failure.cause
    return " <- ".join(parts)


def workflow_task_text(task: WorkflowTaskState) -> str:
    """How a pending Workflow Task stands: `attempt 1, scheduled …, dispatched …, not started`."""
    parts = [f"attempt {task.attempt}", f"scheduled {time_text(task.scheduled_time_ms)}"]
    if task.retry_time_ms:
        parts.append(f"again at {time_text(task.retry_time_ms)}")
    elif not task.dispatch_time_ms:
        parts.append(f"not dispatched: {task.stalled or 'it waits for its Task Queue'}")
    else:
        parts.append(f"dispatched {time_text(task.dispatch_time_ms)}")
        by = f" by {task.identity}" if task.identity else ""
        since = f"started {time_text(task.started_time_ms)}{by}"
        parts.append(since if task.started_time_ms else "no start reported")
    return ", ".join(parts)


def _short(value: Any) -> str:
    if isinstance(value, Failure):
        text = failure_text(value)
    elif isinstance(value, str):
        text = value
    else:
        text = line(as_json(value))
    return text if len(text) <= TEXT_WIDTH_MAX else f"{text[: TEXT_WIDTH_MAX - 1]}…"
