"""RecordMarker of a local Activity: its outcome, as a replay must find it again.

Source: Temporal's core: marker `core_local_activity` with details `data` (JSON) and `result`, and
the failure beside them.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Final

from duralog.schemas.commands import RecordMarker
from duralog.schemas.events import MarkerRecorded
from duralog.schemas.payloads import Failure, Payload, RetryPolicy
from duralog.workers.machines.recorded import mismatch, unexpected

MARKER: Final = "core_local_activity"


@dataclass(slots=True, frozen=True)
class LocalRun:
    """Whose local Activities they are. key: Names one cached run; a replay has another."""

    key: int
    workflow_id: str
    run_id: str
    workflow_type: str


@dataclass(slots=True, kw_only=True)
class LocalCall:
    """One local Activity to run; attempts up to the retry threshold are the worker's own affair.

    seq: Its number in the run.
    original_schedule_time_ms: Of the first attempt, also when a timer lies between.
    elapsed_ms: Since then, when this was scheduled.
    header: For its code; what interceptors have set.
    """

    seq: int
    activity_id: str
    activity_type: str
    input: list[Payload]
    attempt: int = 1
    original_schedule_time_ms: int = 0
    elapsed_ms: int = 0
    schedule_to_close_timeout_ms: int = 0
    schedule_to_start_timeout_ms: int = 0
    start_to_close_timeout_ms: int = 0
    local_retry_threshold_ms: int = 60_000
    retry_policy: RetryPolicy = field(default_factory=RetryPolicy)
    header: Mapping[str, Payload] = field(default_factory=dict[str, Payload])


@dataclass(slots=True, kw_only=True)
class LocalOutcome:
    """How a local Activity ended.

    complete_time_ms: By the Workflow's clock; 0: not known.
    backoff_ms: Above 0: the next attempt follows after a timer of the Workflow.
    """

    seq: int
    attempt: int = 1
    result: list[Payload] = field(default_factory=list[Payload])
    failure: Failure | None = None
    complete_time_ms: int = 0
    backoff_ms: int = 0


def local_marker(call: LocalCall, outcome: LocalOutcome) -> RecordMarker:
    """The Command that notes an outcome."""
    data = {
        "seq": call.seq,
        "attempt": outcome.attempt,
        "activity_id": call.activity_id,
        "activity_type": call.activity_type,
        "complete_time": _text(outcome.complete_time_ms),
        "backoff": f"{outcome.backoff_ms / 1000}s" if outcome.backoff_ms else None,
        "original_schedule_time": _text(call.original_schedule_time_ms),
    }
    json_data = json.dumps(data, separators=(",", ":")).encode()
    details = {"data": Payload(metadata={"encoding": b"json/plain"}, data=json_data)}
    if outcome.result:
        details["result"] = outcome.result[0]
    return RecordMarker(marker_name=MARKER, details=details, failure=outcome.failure)


def outcome_of(event: MarkerRecorded) -> LocalOutcome:
    """The outcome that a history notes. Raises NondeterminismError for one that cannot be read."""
    try:
        data = _data(event)
        result = event.details.get("result")
        backoff = str(data.get("backoff") or "0s").removesuffix("s")
        return LocalOutcome(
            seq=int(data["seq"]),
            attempt=int(data.get("attempt") or 1),
            result=[] if result is None else [result],
            failure=event.failure,
            complete_time_ms=_time_ms(data.get("complete_time")),
            backoff_ms=round(float(backoff) * 1000),
        )
    except (AttributeError, KeyError, TypeError, ValueError):
        raise unexpected(event, "the marker of a local Activity cannot be read") from None


def is_local_marker(event: Any) -> bool:
    """Whether an Event notes the outcome of a local Activity."""
    return isinstance(event, MarkerRecorded) and event.marker_name == MARKER


def same_call(call: LocalCall, command: RecordMarker, event: MarkerRecorded) -> None:
    """Raises NondeterminismError when the history notes another local Activity."""
    if not is_local_marker(event):
        raise mismatch(event, command)
    data = _data(event)
    noted = (data.get("seq"), data.get("activity_id"), data.get("activity_type"))
    if noted != (call.seq, call.activity_id, call.activity_type):
        text = f"local Activity {call.activity_id} {call.activity_type} ended here"
        raise unexpected(event, text)


def _data(event: MarkerRecorded) -> dict[str, Any]:
    payload = event.details.get("data")
    found: dict[str, Any] = json.loads(payload.data) if payload is not None else {}
    return found


def _text(time_ms: int) -> str | None:
    if not time_ms:
        return None
    text = datetime.fromtimestamp(time_ms / 1000, UTC).isoformat(timespec="milliseconds")
    return text.replace("+00:00", "Z")


def _time_ms(value: Any) -> int:
    """Milliseconds of a time as text, or as Temporal's seconds and nanos; 0 for none."""
    if not value:
        return 0
    if isinstance(value, str):
        return round(datetime.fromisoformat(value).timestamp() * 1000)
    return int(value.get("seconds") or 0) * 1000 + int(value.get("nanos") or 0) // 1_000_000
