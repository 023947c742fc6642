"""The columns of a list filter, and the values that may be compared with each. Pure."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Final

from duralog.schemas.runs import STATUSES

Value = str | int | float | bool
Literals = tuple[Value, ...]
INT64_MAX: Final = (1 << 63) - 1  # A larger one does not fit SQLite.
_EPOCH: Final = datetime.fromtimestamp(0, UTC)
_STATUS: Final = {status.replace("_", "").lower(): status for status in STATUSES}
# Kinds of columns -> what the column of the index holds.
COLUMNS: Final[dict[str, tuple[str, str]]] = {
    "WorkflowId": ("text", "workflow_id"),
    "RunId": ("text", "run_id"),
    "WorkflowType": ("text", "workflow_type"),
    "TaskQueue": ("text", "task_queue"),
    "ExecutionStatus": ("status", "status"),
    "Stalled": ("text", "stalled"),
    "StartTime": ("time", "start_time_ms"),
    "ExecutionTime": ("time", "execution_time_ms"),
    "CloseTime": ("time", "close_time_ms"),
    "HistoryLength": ("int", "history_length"),
    "HistorySizeBytes": ("int", "history_size_bytes"),
    "ParentWorkflowId": ("text", "parent_workflow_id"),
    "ParentRunId": ("text", "parent_run_id"),
    "RootWorkflowId": ("text", "root_workflow_id"),
    "RootRunId": ("text", "root_run_id"),
}
_ORDERED: Final = frozenset({"<", "<=", ">", ">=", "BETWEEN"})


class FilterError(ValueError):
    """A query that cannot be read. position: 1-based, in characters. column: if one is to blame."""

    def __init__(self, text: str, position: int, *, column: str = "") -> None:
        super().__init__(f"invalid query at character {position}: {text}")
        self.position = position
        self.column = column


def check(column: str, operator: str, literals: Sequence[tuple[str, str, int]]) -> Literals:
    """The values of kind, text and position, as the column's kind has them. Raises FilterError."""
    kind = COLUMNS[column][0] if column in COLUMNS else "attribute"
    if operator == "STARTS_WITH" and kind not in ("text", "attribute"):
        raise FilterError(
            f"{column} holds no text, so it has no STARTS_WITH", literals[0][2], column=column
        )
    if operator in _ORDERED and kind == "status":
        raise FilterError(f"{column} has no order; use = or IN", literals[0][2], column=column)
    found: list[Value] = []
    for literal in literals:
        problem, value = _READ[kind](literal[0], literal[1])
        if not problem and operator == "STARTS_WITH" and not isinstance(value, str):
            problem = "STARTS_WITH needs a text in quotes"
        if not problem and operator in _ORDERED and isinstance(value, bool):
            problem = "true and false have no order"
        if problem:
            raise FilterError(f"{column}: {problem}", literal[2], column=column)
        found.append(value)
    return tuple(found)


def time_ms(text: str) -> int | None:
    """Ms since the epoch of an ISO 8601 time or date; UTC unless it says otherwise. None: none."""
    try:
        moment = datetime.fromisoformat(text)
        aware = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
        return (aware - _EPOCH) // timedelta(milliseconds=1)
    except (ValueError, OverflowError):
        return None


def _text(kind: str, text: str) -> tuple[str, Value]:
    if kind != "text":
        return f"compare with a text in quotes, not {text}", ""
    quote = text[0]
    return "", text[1:-1].replace(quote * 2, quote)


def _int(kind: str, text: str) -> tuple[str, Value]:
    try:
        value = int(text) if kind == "number" else None
    except ValueError:
        value = None
    if value is None or abs(value) > INT64_MAX:
        return f"compare with a whole number, not {text}", 0
    return "", value


def _status(kind: str, text: str) -> tuple[str, Value]:
    _, value = _text(kind, text)
    status = _STATUS.get(str(value).replace("_", "").lower())
    if status is None:
        names = "Running, Completed, Failed, Canceled, Terminated, ContinuedAsNew, TimedOut"
        return f"{text} is none of {names}", ""
    return "", status


def _time(kind: str, text: str) -> tuple[str, Value]:
    _, value = _text(kind, text)
    found = time_ms(str(value))
    if found is None:
        return f"{text} is no time such as '2026-11-22T13:00:00Z'", 0
    return "", found


def _attribute(kind: str, text: str) -> tuple[str, Value]:
    if kind == "text":
        return _text(kind, text)
    if kind == "bool":
        return "", text.lower() == "true"
    if all(c in "-0123456789" for c in text):
        return _int(kind, text)
    number = float(text)
    return ("", number) if abs(number) < float("inf") else (f"{text} is too large", 0.0)


_READ: Final[dict[str, Callable[[str, str], tuple[str, Value]]]] = {
    "text": _text,
    "int": _int,
    "status": _status,
    "time": _time,
    "attribute": _attribute,
}
