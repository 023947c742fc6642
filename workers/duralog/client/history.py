"""`WorkflowHistory`: the Event History of one run, and its JSON form."""

import base64
import json
import types
from collections.abc import Sequence
from dataclasses import dataclass, fields, is_dataclass
from functools import cache
from typing import Any, Final, Union, cast, get_args, get_origin, get_type_hints

from duralog.client.temporal_json import is_temporal_event, read_events
from duralog.schemas import events as event_classes
from duralog.schemas.events import Event

_CLASSES: Final[dict[str, type]] = {c.__name__: c for c in event_classes.CODECS}


@dataclass(slots=True, frozen=True)
class WorkflowHistory:
    """The events of one run, by event id."""

    workflow_id: str
    events: Sequence[Event]

    @property
    def run_id(self) -> str:
        """The run these events are of. Raises RuntimeError when there is no event."""
        if not self.events:
            raise RuntimeError("No events")
        return self.events[0].run_id

    def to_json_dict(self) -> dict[str, Any]:
        """One dict for each event: `type` and the fields of its schema; bytes as base64."""
        return {"events": [{"type": type(e).__name__, **_to_json(e)} for e in self.events]}

    def to_json(self) -> str:
        """The events as JSON; `from_json` reads it."""
        return json.dumps(self.to_json_dict(), indent=2)

    @staticmethod
    def from_json(workflow_id: str, history: str | dict[str, Any]) -> "WorkflowHistory":
        """Read what `to_json` wrote, or what Temporal's CLI and UI export.

        Raises ValueError when it is something else, or has an event that Duralog has not.
        """
        data = json.loads(history) if isinstance(history, str) else history
        try:
            if data["events"] and is_temporal_event(data["events"][0]):
                return WorkflowHistory(workflow_id, read_events(workflow_id, data["events"]))
            return WorkflowHistory(workflow_id, [_event(e) for e in data["events"]])
        except (KeyError, TypeError, AttributeError) as error:
            raise ValueError(f"not a history in JSON: {error}") from error


def _event(data: dict[str, Any]) -> Event:
    values = {name: value for name, value in data.items() if name != "type"}
    return cast(Event, _from_json(_CLASSES[data["type"]], values))


def _to_json(value: Any) -> Any:  # any field of any record
    if is_dataclass(value) and not isinstance(value, type):
        return {f.name: _to_json(getattr(value, f.name)) for f in fields(value)}
    if isinstance(value, bytes):
        return base64.b64encode(value).decode()
    if isinstance(value, list):
        return [_to_json(v) for v in cast(list[object], value)]
    if isinstance(value, dict):
        return {k: _to_json(v) for k, v in cast(dict[str, Any], value).items()}
    return value


@cache
def _hints(record: type) -> dict[str, Any]:
    return get_type_hints(record)


def _from_json(kind: Any, value: Any) -> Any:  # any field of any record
    origin = get_origin(kind)
    if origin in (Union, types.UnionType):
        kind = next(k for k in get_args(kind) if k is not type(None))
        return None if value is None else _from_json(kind, value)
    if origin is list:
        return [_from_json(get_args(kind)[0], v) for v in value]
    if origin is dict:
        return {k: _from_json(get_args(kind)[1], v) for k, v in value.items()}
    if kind is bytes:
        return base64.b64decode(value)
    if is_dataclass(kind):
        hints = _hints(cast(type, kind))
        return cast(type, kind)(**{k: _from_json(hints[k], v) for k, v in value.items()})
    return value
