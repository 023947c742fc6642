"""Histories of Temporal's CLI and UI: protobuf's JSON names to ours.

The names differ by rule (`startToCloseTimeout: "10s"` is `start_to_close_timeout_ms: 10000`), so
the fields of our records say what to look for. What they do not have is left out: task ids,
versions, links. Both spellings of enums are read: `EVENT_TYPE_TIMER_FIRED` and `TimerFired`.
"""

import base64
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import MISSING, fields, is_dataclass
from datetime import datetime
from decimal import Decimal
from functools import cache
from typing import Any, Final, cast, get_args, get_origin, get_type_hints

from duralog.schemas import events as event_classes
from duralog.schemas.events import Event
from duralog.schemas.payloads import Failure, Payload

Json = Mapping[str, Any]

_NONE: Final[Json] = {}
_CLASSES: Final[dict[str, type]] = {c.__name__: c for c in event_classes.CODECS}
_ENUM_FIELDS: Final[Mapping[str, str]] = {
    "retry_state": "RETRY_STATE",
    "timeout_type": "TIMEOUT_TYPE",
    "initiator": "CONTINUE_AS_NEW_INITIATOR",
    "parent_close_policy": "PARENT_CLOSE_POLICY",
    "workflow_id_reuse_policy": "WORKFLOW_ID_REUSE_POLICY",
}
"""Our field -> the prefix of its enum's names; `cause` has one in failed Workflow Tasks only."""
_CAUSES: Final = (
    "WORKFLOW_TASK_FAILED_CAUSE",
    "START_CHILD_WORKFLOW_EXECUTION_FAILED_CAUSE",
    "SIGNAL_EXTERNAL_WORKFLOW_EXECUTION_FAILED_CAUSE",
    "CANCEL_EXTERNAL_WORKFLOW_EXECUTION_FAILED_CAUSE",
)
_NESTED: Final[Mapping[str, tuple[str, str]]] = {
    "parent_workflow_id": ("parentWorkflowExecution", "workflowId"),
    "parent_run_id": ("parentWorkflowExecution", "runId"),
    "root_workflow_id": ("rootWorkflowExecution", "workflowId"),
    "root_run_id": ("rootWorkflowExecution", "runId"),
    "child_workflow_id": ("workflowExecution", "workflowId"),
    "child_run_id": ("workflowExecution", "runId"),
    "target_workflow_id": ("workflowExecution", "workflowId"),
    "target_run_id": ("workflowExecution", "runId"),
}
"""Our field -> the message and its field."""
_FAILURE_KINDS: Final[Mapping[str, str]] = {
    "applicationFailureInfo": "application",
    "timeoutFailureInfo": "timeout",
    "canceledFailureInfo": "canceled",
    "terminatedFailureInfo": "terminated",
    "serverFailureInfo": "server",
    "activityFailureInfo": "activity",
    "childWorkflowExecutionFailureInfo": "child_workflow",
}


def is_temporal_event(event: Json) -> bool:
    """Whether it is one of Temporal's; ours say `type`."""
    return "eventType" in event


def read_events(workflow_id: str, events: list[Json]) -> list[Event]:
    """Temporal's events as ours. Raises ValueError for a kind of event that Duralog has not."""
    first = _attributes(events[0]) if events else _NONE
    run_id = str(first.get("originalExecutionRunId") or first.get("firstExecutionRunId") or "")
    return [_event(event, workflow_id, run_id) for event in events]


def _event(event: Json, workflow_id: str, run_id: str) -> Event:
    name = _class_name(str(event["eventType"]))
    record = _CLASSES.get(name)
    if record is None:
        raise ValueError(f"event {event.get('eventId')} is of a kind that cannot be read: {name}")
    values = _values(record, _attributes(event))
    values["workflow_id"], values["run_id"] = workflow_id, run_id
    values["event_id"] = int(event["eventId"])
    values["event_time_ms"] = _milliseconds(event.get("eventTime", "0s"))
    return cast(Event, record(**values))


def _class_name(event_type: str) -> str:
    if not event_type.startswith("EVENT_TYPE_"):
        return event_type
    words = event_type.removeprefix("EVENT_TYPE_").split("_")
    return "".join(word.capitalize() for word in words)


def _attributes(event: Json) -> Json:
    found = next((v for k, v in event.items() if k.endswith("EventAttributes")), _NONE)
    return _of_update(found) if "meta" in found or "acceptedRequest" in found else found


def _of_update(data: Json) -> Json:
    """The attributes of an Update's event: what Temporal has in messages within."""
    request: Json = data.get("acceptedRequest") or _NONE
    meta: Json = request.get("meta") or data.get("meta") or _NONE
    asked: Json = request.get("input") or _NONE
    outcome: Json = data.get("outcome") or _NONE
    found: dict[str, Any] = {
        **data,
        "updateId": meta.get("updateId"),
        "identity": meta.get("identity"),
        "updateName": asked.get("name"),
        "input": asked.get("args"),
        "header": asked.get("header"),
        "result": outcome.get("success"),
        "failure": outcome.get("failure"),
    }
    return {name: value for name, value in found.items() if value is not None}


@cache
def _hints(record: type) -> dict[str, Any]:
    return get_type_hints(record)


def _values(record: type, data: Json) -> dict[str, Any]:
    """The fields of a record that `data` has; others keep their defaults."""
    hints = _hints(record)
    values: dict[str, Any] = {}
    for field in fields(cast(Any, record)):
        found = _lookup(field.name, data)
        if found is not None:
            values[field.name] = _value(field.name, hints[field.name], found)
        elif field.default is MISSING and field.default_factory is MISSING:
            values[field.name] = (
                hints[field.name]() if isinstance(hints[field.name], type) else None
            )
    return values


def _lookup(name: str, data: Json) -> Any:
    if name in _NESTED:
        message, inner = _NESTED[name]
        nested: Json = data.get(message) or _NONE
        if name == "child_workflow_id" and not nested:
            return data.get("workflowId")  # It has not been started yet.
        return nested.get(inner)
    return data.get(_camel(name.removesuffix("_ms")))


def _camel(name: str) -> str:
    return re.sub(r"_([a-z])", lambda match: match[1].upper(), name)


def _value(name: str, hint: Any, value: Any) -> Any:
    if name.endswith("_ms"):
        return _milliseconds(value)
    if hint is str:
        return _text(name, value)
    return int(value) if hint is int else _message(hint, value)


def _message(hint: Any, value: Json) -> Any:
    """What is no plain value: Payloads, or a record of ours."""
    arguments: Sequence[Any] = get_args(hint)
    if get_origin(hint) is dict:
        entries: Json = value.get("fields") or value.get("indexedFields") or _NONE
        return {key: _payload(entry) for key, entry in entries.items()}
    if get_origin(hint) is list and arguments[0] is Payload:
        listed: Sequence[Json] = value.get("payloads", ())
        return [_payload(entry) for entry in listed]
    inner: Any = next((a for a in arguments if is_dataclass(a)), None)
    if inner in _READERS:
        return _READERS[inner](value)
    return value if inner is None else inner(**_values(inner, value))


def _text(name: str, value: Any) -> str:
    if isinstance(value, Mapping):  # workflowType, activityType, taskQueue
        return str(cast(Json, value).get("name", ""))
    text = str(value)
    prefixes = _CAUSES if name == "cause" else (_ENUM_FIELDS.get(name),)
    for prefix in prefixes:
        if prefix is not None and text.startswith(f"{prefix}_"):
            text = text.removeprefix(f"{prefix}_")
    if name in _ENUM_FIELDS and not text.isupper():
        text = re.sub(r"(?<!^)(?=[A-Z])", "_", text).upper()
    return "" if text == "UNSPECIFIED" else text


def _milliseconds(value: Any) -> int:
    """Of `1.5s`, or of a moment as RFC 3339 has it."""
    text = str(value)
    if text.endswith("s"):
        return int(Decimal(text[:-1]) * 1000)
    shortened = re.sub(r"(\.\d{6})\d+", r"\1", text).replace("Z", "+00:00")
    return round(datetime.fromisoformat(shortened).timestamp() * 1000)


def _payload(value: Json) -> Payload:
    metadata = {k: base64.b64decode(v) for k, v in value.get("metadata", {}).items()}
    return Payload(metadata=metadata, data=base64.b64decode(value.get("data", "")))


def _failure(value: Json) -> Failure:
    """One flat record of a failure, whose info says of which kind it is."""
    info_name = next((name for name in _FAILURE_KINDS if name in value), "applicationFailureInfo")
    info: dict[str, Any] = dict(value.get(info_name) or _NONE)
    info |= info.pop("workflowExecution", _NONE)  # Of a child.
    if "lastHeartbeatDetails" in info:
        info["details"] = info.pop("lastHeartbeatDetails")
    plain = {k: v for k, v in value.items() if k not in _FAILURE_KINDS}
    failure = Failure(**_values(Failure, {**info, **plain}))
    failure.kind = _FAILURE_KINDS[info_name]
    encoded = value.get("encodedAttributes")
    if encoded is not None:
        payload = _payload(encoded)
        payload.metadata["encoded-attributes"] = b"1"
        failure.details.append(payload)
    return failure


_READERS: Final[Mapping[Any, Callable[[Json], Any]]] = {Failure: _failure, Payload: _payload}
