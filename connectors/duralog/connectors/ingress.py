"""One record of the public topic `ingress`, from any language, as a request.

Two forms are read. Framed Avro: a record of duralog.schemas.requests, as the SDK writes it. JSON,
said by a header `content-type: application/json`:

    {"action": "start", "workflow_type": "Order", "task_queue": "orders", "input": [{"sku": 7}]}
    {"action": "signal", "signal_name": "paid", "input": [42]}
    {"action": "signal_with_start", "workflow_type": "Order", "task_queue": "orders", "input": [7],
     "signal_name": "paid", "signal_input": [42]}
    {"action": "cancel", "reason": "customer called"}
    {"action": "terminate", "reason": "duplicate", "details": ["see ticket"]}

`action` is `start` when left out. `workflow_id` is the field of that name, else the record's key.
`input` (and `signal_input`, `details`) is the list of arguments; a value that is no list is the one
argument. Further fields are those of the Avro record (`run_id`, `workflow_run_timeout_ms`,
`start_delay_ms`, `workflow_id_reuse_policy`, `retry_policy`, `memo`, …). Every JSON value arrives
as a json/plain Payload; a search attribute's type (Keyword, KeywordList, Int, Double, Bool) follows
from its value.

In both forms the request id is the field, else the header `id` or `ce_id` (CloudEvents). A start
without one cannot be told from its repetition: its conflict policy becomes USE_EXISTING. A header
`traceparent` is taken over.
"""

import json
from collections.abc import Callable
from dataclasses import MISSING, fields
from typing import Any, Final, NoReturn, cast

from duralog.connectors.broker import Record
from duralog.schemas.codec import DecodeError, decode
from duralog.schemas.payloads import Payload, RetryPolicy
from duralog.schemas.requests import (
    RequestCancelWorkflowExecution,
    RespondActivityTaskCanceled,
    RespondActivityTaskCompleted,
    RespondActivityTaskFailed,
    SignalWithStartWorkflowExecution,
    SignalWorkflowExecution,
    StartWorkflowExecution,
    TerminateWorkflowExecution,
)
from duralog.schemas.topics import REQUEST_SIZE_BYTES_MAX

IngressRequest = (
    StartWorkflowExecution
    | SignalWorkflowExecution
    | SignalWithStartWorkflowExecution
    | RequestCancelWorkflowExecution
    | TerminateWorkflowExecution
    | RespondActivityTaskCompleted
    | RespondActivityTaskFailed
    | RespondActivityTaskCanceled
)

_ACTIONS: Final[dict[str, type[Any]]] = {
    "start": StartWorkflowExecution,
    "signal": SignalWorkflowExecution,
    "signal_with_start": SignalWithStartWorkflowExecution,
    "cancel": RequestCancelWorkflowExecution,
    "terminate": TerminateWorkflowExecution,
}
_ALLOWED: Final = (
    StartWorkflowExecution,
    SignalWorkflowExecution,
    SignalWithStartWorkflowExecution,
    RequestCancelWorkflowExecution,
    TerminateWorkflowExecution,
    RespondActivityTaskCompleted,
    RespondActivityTaskFailed,
    RespondActivityTaskCanceled,
)
# A reply goes to an inbox, and only a Channel has one; headers are for programs.
_NOT_IN_JSON: Final = frozenset({"reply_partition", "recipient", "correlation_id", "header"})
_MS_MAX: Final = 100 * 366 * 24 * 60 * 60 * 1000  # A hundred years; more is a mistake in the unit.
_NAMES_MAX: Final = 1_000  # Of memo entries and error types; a request is no database.


class IngressError(ValueError):
    """The record is no request. code: a stable name. The text never holds payload data."""

    def __init__(self, code: str, text: str) -> None:
        super().__init__(text)
        self.code = code


def decode_ingress(record: Record) -> IngressRequest:
    """The request in `record`. Raises IngressError, and nothing else."""
    if not record.value:
        raise IngressError("EMPTY", "the record has no value; delete nothing from `ingress`")
    if len(record.value) > REQUEST_SIZE_BYTES_MAX:
        raise IngressError(
            "TOO_LARGE",
            f"{len(record.value)} bytes, the limit is {REQUEST_SIZE_BYTES_MAX}: keep large values "
            "elsewhere and pass references",
        )
    headers = _headers(record)
    content_type = headers.get("content-type", "").split(";")[0].strip().lower()
    if content_type == "application/json":
        request = _from_json(record.value)
    else:
        request = _from_avro(record.value)
    if not request.workflow_id:
        request.workflow_id = _text_of(record.key or b"", "key")
    if not request.workflow_id:
        raise IngressError(
            "NO_WORKFLOW_ID", "neither a field workflow_id nor a key names the workflow"
        )
    if not request.request_id:
        request.request_id = headers.get("id") or headers.get("ce_id") or ""
    if isinstance(request, StartWorkflowExecution) and (
        not request.request_id and request.workflow_id_conflict_policy == "FAIL"
    ):
        request.workflow_id_conflict_policy = "USE_EXISTING"
    if isinstance(request, StartWorkflowExecution | SignalWithStartWorkflowExecution):
        request.traceparent = request.traceparent or headers.get("traceparent", "")
    return request


def _headers(record: Record) -> dict[str, str]:
    """Headers by lower-case name, those that are text; of several the last."""
    found: dict[str, str] = {}
    for name, value in record.headers or ():
        try:
            found[name.lower()] = (value or b"").decode()
        except UnicodeDecodeError:
            continue
    return found


def _from_avro(value: bytes) -> IngressRequest:
    try:
        request: object = decode(value)
    except DecodeError as error:
        raise IngressError(
            "UNDECODABLE", f"{error}; JSON needs a header content-type: application/json"
        ) from None
    if not isinstance(request, _ALLOWED):
        name = type(request).__name__
        raise IngressError("NOT_ALLOWED", f"a {name} is not taken from `ingress`")
    return request


def _from_json(value: bytes) -> IngressRequest:
    try:
        found: object = json.loads(value, parse_constant=_refuse_constant)
    except (ValueError, RecursionError) as error:
        raise IngressError("UNDECODABLE", f"not JSON: {type(error).__name__}") from None
    if not isinstance(found, dict):
        raise IngressError("INVALID_ARGUMENT", "the JSON value must be an object")
    document: dict[str, object] = found  # pyright: ignore[reportUnknownVariableType]
    action = document.pop("action", "start")
    record_type = _ACTIONS.get(action) if isinstance(action, str) else None
    if record_type is None:
        raise IngressError("INVALID_ARGUMENT", f"action must be one of {', '.join(_ACTIONS)}")
    names = {f.name for f in fields(record_type)} - _NOT_IN_JSON
    unknown = len(document.keys() - names)
    if unknown:
        raise IngressError(
            "INVALID_ARGUMENT",
            f"{unknown} unknown fields; {action} knows {', '.join(sorted(names))}",
        )
    document.setdefault("workflow_id", "")
    required = {f.name for f in fields(record_type) if _is_required(f)}
    missing = sorted(required - document.keys())
    if missing:
        raise IngressError("INVALID_ARGUMENT", f"{action} needs {', '.join(missing)}")
    values = {name: _field(name, content) for name, content in document.items()}
    request: IngressRequest = record_type(**values)
    return request


def _is_required(field: Any) -> bool:  # noqa: ANN401 (of dataclasses, generic without use)
    return field.default is MISSING and field.default_factory is MISSING


def _field(name: str, value: object) -> object:
    """The value of one field as the request's class has it."""
    return _FIELDS.get(name, _text)(name, value)


def _text(name: str, value: object) -> str:
    if not isinstance(value, str):
        raise IngressError("INVALID_ARGUMENT", f"{name} must be a string")
    try:
        value.encode()
    except UnicodeEncodeError:
        raise IngressError("INVALID_ARGUMENT", f"{name} is not valid Unicode") from None
    return value


def _text_of(data: bytes, name: str) -> str:
    try:
        return data.decode()
    except UnicodeDecodeError:
        raise IngressError("INVALID_ARGUMENT", f"the {name} is not UTF-8 text") from None


def _one_of(*names: str) -> Callable[[str, object], str]:
    def read(name: str, value: object) -> str:
        if value not in names:
            raise IngressError("INVALID_ARGUMENT", f"{name} must be one of {', '.join(names)}")
        return str(value)

    return read


def _ms(name: str, value: object) -> int:
    # True is an int in Python, and no duration.
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value <= _MS_MAX:
        raise IngressError("INVALID_ARGUMENT", f"{name} must be whole milliseconds, 0 to {_MS_MAX}")
    return value


def _payloads(name: str, value: object) -> list[Payload]:
    if value is None:
        return []
    values: list[object] = value if isinstance(value, list) else [value]  # pyright: ignore
    return [_payload(name, v) for v in values]


def _payload(name: str, value: object) -> Payload:
    try:
        data = json.dumps(
            value, ensure_ascii=False, allow_nan=False, separators=(",", ":")
        ).encode()
    except (ValueError, RecursionError):
        raise IngressError(
            "INVALID_ARGUMENT", f"{name} holds a number or text that JSON cannot write again"
        ) from None
    return Payload(metadata={"encoding": b"json/plain"}, data=data)


def _memo(name: str, value: object) -> dict[str, Payload]:
    if not isinstance(value, dict) or len(value) > _NAMES_MAX:  # pyright: ignore
        raise IngressError("INVALID_ARGUMENT", f"{name} must be an object of at most {_NAMES_MAX}")
    entries: dict[str, object] = value  # pyright: ignore[reportUnknownVariableType]
    return {_text(name, key): _payload(name, entry) for key, entry in entries.items()}


def _retry_policy(name: str, value: object) -> RetryPolicy | None:
    if value is None:
        return None
    if not isinstance(value, dict):
        raise IngressError("INVALID_ARGUMENT", f"{name} must be an object")
    document: dict[str, object] = value  # pyright: ignore[reportUnknownVariableType]
    known = {f.name for f in fields(RetryPolicy)}
    if document.keys() - known:
        raise IngressError("INVALID_ARGUMENT", f"{name} knows {', '.join(sorted(known))}")
    policy: dict[str, Any] = {
        key: _POLICY_FIELDS[key](f"{name}.{key}", entry) for key, entry in document.items()
    }
    return RetryPolicy(**policy)


def _coefficient(name: str, value: object) -> float:
    if not isinstance(value, int | float) or isinstance(value, bool) or not 1 <= value <= 1000:
        raise IngressError("INVALID_ARGUMENT", f"{name} must be a number from 1 to 1000")
    return float(value)


def _attempts(name: str, value: object) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value < 1 << 31:
        raise IngressError("INVALID_ARGUMENT", f"{name} must be a whole number from 0")
    return value


def _weight(name: str, value: object) -> float:
    if not isinstance(value, int | float) or isinstance(value, bool) or not 0 <= value <= 1000:
        raise IngressError("INVALID_ARGUMENT", f"{name} must be a number from 0 to 1000")
    return float(value)


def _search_attributes(name: str, value: object) -> dict[str, Payload]:
    """Values by name; their types follow from the values: a text is a Keyword."""
    found = _memo(name, value)
    for key, entry in cast(dict[str, object], value).items():
        kind = _KINDS.get(type(entry), "")
        if isinstance(entry, list) and _texts(name, entry):  # pyright: ignore
            kind = "KeywordList"
        if not kind:
            raise IngressError(
                "INVALID_ARGUMENT", f"{name} holds texts, numbers, booleans and lists of texts"
            )
        found[key].metadata["type"] = kind.encode()
    return found


def _texts(name: str, value: object) -> list[str]:
    if not isinstance(value, list) or len(value) > _NAMES_MAX:  # pyright: ignore
        raise IngressError("INVALID_ARGUMENT", f"{name} must be a list of at most {_NAMES_MAX}")
    entries: list[object] = value  # pyright: ignore[reportUnknownVariableType]
    return [_text(name, entry) for entry in entries]


def _refuse_constant(_: str) -> NoReturn:
    raise ValueError


_KINDS: Final[dict[type, str]] = {str: "Keyword", int: "Int", float: "Double", bool: "Bool"}
_POLICY_FIELDS: Final[dict[str, Callable[[str, object], object]]] = {
    "initial_interval_ms": _ms,
    "backoff_coefficient": _coefficient,
    "maximum_interval_ms": _ms,
    "maximum_attempts": _attempts,
    "non_retryable_error_types": _texts,
}

# Fields that are no plain text.
_FIELDS: Final[dict[str, Callable[[str, object], object]]] = {
    "input": _payloads,
    "signal_input": _payloads,
    "details": _payloads,
    "memo": _memo,
    "search_attributes": _search_attributes,
    "user_metadata_summary": _payload,
    "user_metadata_details": _payload,
    "priority_key": _attempts,
    "fairness_weight": _weight,
    "retry_policy": _retry_policy,
    "workflow_execution_timeout_ms": _ms,
    "workflow_run_timeout_ms": _ms,
    "workflow_task_timeout_ms": _ms,
    "start_delay_ms": _ms,
    "workflow_id_reuse_policy": _one_of(
        "ALLOW_DUPLICATE",
        "ALLOW_DUPLICATE_FAILED_ONLY",
        "REJECT_DUPLICATE",
        "TERMINATE_IF_RUNNING",
    ),
    "workflow_id_conflict_policy": _one_of("FAIL", "USE_EXISTING", "TERMINATE_EXISTING"),
}
