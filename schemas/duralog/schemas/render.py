"""One short line for every record: for people who read histories, scenarios and failures.

Fields that stand at their default are left out. Payloads are shown by type and size only, unless asked for.
"""

from dataclasses import MISSING, fields, is_dataclass
from typing import Any, Final

from duralog.schemas.payloads import Failure, Payload

TEXT_LENGTH_MAX: Final = 80  # Of one value: a line stays readable.
_SKIPPED: Final = frozenset({"workflow_id", "run_id", "event_id", "event_time_ms"})


def render_event(event: Any, *, payloads: bool = False) -> str:
    """`  7 ActivityTaskCompleted scheduled_event_id=5 …`."""
    return f"{event.event_id:3} {render(event, payloads=payloads)}"


def render(record: Any, *, payloads: bool = False, skipped: frozenset[str] = _SKIPPED) -> str:
    """`Name field=value …`; ids of the run and times of events are left out, for they stand beside it."""
    words = [type(record).__name__]
    for one in fields(record):
        value = getattr(record, one.name)
        if one.name in skipped or value == _default(one):
            continue
        words.append(f"{one.name}={_value(value, payloads)}")
    return " ".join(words)


def _default(one: Any) -> Any:
    if one.default_factory is not MISSING:
        return one.default_factory()
    return one.default


def _value(value: Any, payloads: bool) -> str:
    if isinstance(value, Payload):
        return _payload(value, payloads)
    if isinstance(value, Failure):
        return _failure(value)
    if isinstance(value, list):
        return "[" + ",".join(_value(v, payloads) for v in value) + "]"
    if isinstance(value, dict):
        return "{" + ",".join(f"{k}:{_value(v, payloads)}" for k, v in value.items()) + "}"
    if isinstance(value, bytes):
        return f"<{len(value)} B>"
    if is_dataclass(value):
        return "(" + " ".join(render(value, payloads=payloads).split(" ")[1:]) + ")"
    text = f"{value:g}" if isinstance(value, float) else str(value)
    if isinstance(value, str) and (" " in text or not text):
        text = f"'{text}'"
    return text if len(text) <= TEXT_LENGTH_MAX else text[:TEXT_LENGTH_MAX] + "…"


def _payload(payload: Payload, shown: bool) -> str:
    encoding = payload.metadata.get("encoding", b"?").decode("ascii", "replace")
    if shown and encoding.startswith("json/"):
        return _value(payload.data.decode("utf-8", "replace"), shown)
    return f"<{encoding} {len(payload.data)} B>"


def _failure(failure: Failure) -> str:
    kind = failure.type or failure.timeout_type or failure.kind
    cause = f" <- {_failure(failure.cause)[1:-1]}" if failure.cause is not None else ""
    message = failure.message
    if len(message) > TEXT_LENGTH_MAX:
        message = message[:TEXT_LENGTH_MAX] + "…"
    return f"({kind}: {message}{cause})"
