"""One short line for every record: for people who read histories, scenarios and failures.

Fields that stand at their default are left out. Payloads are shown by type and size only, unless
asked for.
"""

from collections.abc import Callable
from dataclasses import MISSING, Field, fields, is_dataclass
from typing import TYPE_CHECKING, Any, Final

from duralog.schemas.events import Event
from duralog.schemas.payloads import Failure, Payload

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

TEXT_LENGTH_MAX: Final = 80  # Of one value: a line stays readable.
_SKIPPED: Final = frozenset({"workflow_id", "run_id", "event_id", "event_time_ms"})


def render_event(event: Event, *, payloads: bool = False) -> str:
    """`  7 ActivityTaskCompleted scheduled_event_id=5 …`."""
    return f"{event.event_id:3} {render(event, payloads=payloads)}"


def render(
    record: "DataclassInstance", *, payloads: bool = False, skipped: frozenset[str] = _SKIPPED
) -> str:
    """`Name field=value …`; `skipped` are left out: ids and times, which stand beside it."""
    words = [type(record).__name__]
    for one in fields(record):
        value = getattr(record, one.name)
        if one.name not in skipped and value != _default(one):
            words.append(f"{one.name}={_value(value, payloads)}")
    return " ".join(words)


def _default(one: Field[object]) -> object:
    return one.default if one.default_factory is MISSING else one.default_factory()


def _value(value: object, payloads: bool) -> str:
    shape = _SHAPES.get(type(value))
    if shape is not None:
        return shape(value, payloads)
    if is_dataclass(value) and not isinstance(value, type):
        return "(" + " ".join(render(value, payloads=payloads).split(" ")[1:]) + ")"
    return _short(str(value))


def _text(value: str, _: bool) -> str:
    return _short(f"'{value}'" if " " in value or not value else value)


def _short(text: str) -> str:
    return text if len(text) <= TEXT_LENGTH_MAX else text[:TEXT_LENGTH_MAX] + "…"


def _list(value: list[object], payloads: bool) -> str:
    return "[" + ",".join(_value(v, payloads) for v in value) + "]"


def _map(value: dict[str, object], payloads: bool) -> str:
    return "{" + ",".join(f"{k}:{_value(v, payloads)}" for k, v in value.items()) + "}"


def _payload(payload: Payload, shown: bool) -> str:
    encoding = payload.metadata.get("encoding", b"?").decode("ascii", "replace")
    if shown and encoding.startswith("json/"):
        return _value(payload.data.decode("utf-8", "replace"), shown)
    return f"<{encoding} {len(payload.data)} B>"


def _failure(failure: Failure, payloads: bool = False) -> str:
    del payloads  # Details stay out: they may be large, and the message says it.
    kind = failure.type or failure.timeout_type or failure.kind
    cause = f" <- {_failure(failure.cause)[1:-1]}" if failure.cause is not None else ""
    message = failure.message
    if len(message) > TEXT_LENGTH_MAX:
        message = message[:TEXT_LENGTH_MAX] + "…"
    return f"({kind}: {message}{cause})"


_SHAPES: dict[type, Callable[[Any, bool], str]] = {
    Payload: _payload,
    Failure: _failure,
    str: _text,
    list: _list,
    dict: _map,
    bytes: lambda value, _: f"<{len(value)} B>",
    float: lambda value, _: f"{value:g}",
}
