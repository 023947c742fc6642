"""What one history must be, whoever recorded it: I2, I3, I6, I7. Each gives words, or nothing."""

from collections import Counter
from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any, Final

from duralog.schemas import events as e

CLOSES: Final = (
    e.WorkflowExecutionCompleted,
    e.WorkflowExecutionFailed,
    e.WorkflowExecutionCanceled,
    e.WorkflowExecutionTerminated,
    e.WorkflowExecutionTimedOut,
    e.WorkflowExecutionContinuedAsNew,
)
ACTIVITY_CLOSES: Final = (
    e.ActivityTaskCompleted,
    e.ActivityTaskFailed,
    e.ActivityTaskTimedOut,
    e.ActivityTaskCanceled,
)
CHILD_CLOSES: Final = (
    e.ChildWorkflowExecutionCompleted,
    e.ChildWorkflowExecutionFailed,
    e.ChildWorkflowExecutionCanceled,
    e.ChildWorkflowExecutionTimedOut,
    e.ChildWorkflowExecutionTerminated,
)
# What comes from elsewhere, and is held back while a Workflow Task runs.
INCOMING: Final = (
    e.ChildWorkflowExecutionStarted,
    e.StartChildWorkflowExecutionFailed,
    e.TimerFired,
    e.WorkflowExecutionSignaled,
    e.WorkflowExecutionCancelRequested,
    e.ExternalWorkflowExecutionSignaled,
    e.SignalExternalWorkflowExecutionFailed,
    e.ExternalWorkflowExecutionCancelRequested,
    e.RequestCancelExternalWorkflowExecutionFailed,
)
# What may happen once for each value of a field of it.
ONCE: Final[tuple[tuple[str, tuple[type, ...], str], ...]] = (
    ("activity closed", ACTIVITY_CLOSES, "scheduled_event_id"),
    ("activity started", (e.ActivityTaskStarted,), "scheduled_event_id"),
    (
        "Workflow Task ended",
        (e.WorkflowTaskCompleted, e.WorkflowTaskFailed, e.WorkflowTaskTimedOut),
        "scheduled_event_id",
    ),
    ("update accepted", (e.WorkflowExecutionUpdateAccepted,), "protocol_instance_id"),
    ("update completed", (e.WorkflowExecutionUpdateCompleted,), "update_id"),
    ("child closed", CHILD_CLOSES, "initiated_event_id"),
)

AHEAD_MS_MAX: Final = 3_000  # A slot's clock may be two seconds wrong.
NEVER: Final = 1 << 62
LATE_MS_MAX: Final = 120_000  # Longer than any outage that a run of ours plants.


def is_closed(events: Sequence[Any]) -> bool:
    """True when the last event ends the run."""
    return bool(events) and isinstance(events[-1], CLOSES)


def closes_once(run_id: str, events: Sequence[Any]) -> list[str]:
    """I2: a close event is the only one, and the last."""
    closes = [event.event_id for event in events if isinstance(event, CLOSES)]
    if len(closes) > 1 or (closes and closes[0] != events[-1].event_id):
        return [f"{run_id}: close events {closes} of {len(events)}"]
    return []


def is_gapless(run_id: str, events: Sequence[Any]) -> list[str]:
    """I3: ids from 1 without gaps, and time never goes back."""
    found: list[str] = []
    ids = [event.event_id for event in events]
    if ids != list(range(1, len(ids) + 1)):
        found.append(f"{run_id}: event ids {ids}")
    for timed in _lines(events):
        for before, after in pairwise(timed):
            if after.event_time_ms < before.event_time_ms:
                early_ms = before.event_time_ms - after.event_time_ms
                found.append(
                    f"{run_id}: {type(after).__name__} {after.event_id} is {early_ms} ms before "
                    f"{type(before).__name__} {before.event_id}"
                )
    return found


def is_of_its_time(
    run_id: str, events: Sequence[Any], written: Mapping[tuple[str, int], int]
) -> list[str]:
    """I3: no event bears a time that was far ahead of us when it was written.

    A partition's time never goes back: once it is in the future, all its timers stand still.
    """
    return [
        f"{run_id}: {type(event).__name__} {event.event_id} is {ahead_ms} ms from the future"
        for event in events
        if (ahead_ms := event.event_time_ms - written.get((run_id, event.event_id), NEVER))
        > AHEAD_MS_MAX
    ]


def _lines(events: Sequence[Any]) -> tuple[list[Any], list[Any], list[Any]]:
    """The sequences of a history that time orders: what Workflow Tasks made, what came in, and
    ends of activities and children.

    What comes in while a Workflow Task runs keeps its time and is written behind the answer, such
    ends last. A Started event is written with its answer, too, and bears the time of the start.
    Source: Temporal's history builder reorders its buffer so.
    """
    ours: list[Any] = []
    others: list[Any] = []
    ends: list[Any] = []
    for event in events:
        if isinstance(event, (*ACTIVITY_CLOSES, *CHILD_CLOSES)):
            ends.append(event)
        elif isinstance(event, INCOMING):
            others.append(event)
        elif not isinstance(event, (e.ActivityTaskStarted, e.WorkflowTaskStarted)):
            ours.append(event)
    return ours, others, ends


def nothing_twice(run_id: str, events: Sequence[Any]) -> list[str]:
    """I6: one end of each activity, Workflow Task, update and child."""
    found: list[str] = []
    for what, kinds, name in ONCE:
        counts = Counter(getattr(event, name) for event in events if isinstance(event, kinds))
        found += [f"{run_id}: {what} {n} times: {key}" for key, n in counts.items() if n > 1]
    return found


def timers_fire(run_id: str, events: Sequence[Any]) -> list[str]:
    """I7: each timer ends once, and none early by the partition's clock."""
    found: list[str] = []
    started = {event.event_id: event for event in events if isinstance(event, e.TimerStarted)}
    ended: Counter[int] = Counter()
    for event in events:
        if not isinstance(event, e.TimerFired | e.TimerCanceled):
            continue
        ended[event.started_event_id] += 1
        timer = started.get(event.started_event_id)
        if timer is None:
            found.append(f"{run_id}: timer {event.timer_id} ended and was never started")
        elif isinstance(event, e.TimerFired):
            early_ms = _due_ms(timer) - event.event_time_ms
            if early_ms > 0:
                found.append(f"{run_id}: timer {event.timer_id} fired {early_ms} ms early")
    found += [f"{run_id}: timer ended {n} times: {key}" for key, n in ended.items() if n > 1]
    if events and isinstance(events[-1], e.WorkflowExecutionCompleted):
        # Which of them the workflow did not wait for is its own affair; that none is due is ours.
        end_ms = events[-1].event_time_ms
        found += [
            f"{run_id}: timer {timer.timer_id} was due and never fired"
            for key, timer in started.items()
            if key not in ended and _due_ms(timer) + LATE_MS_MAX < end_ms
        ]
    return found


def lateness(events: Sequence[Any], quiet_ms: int = 0) -> list[int]:
    """I7: how late each timer of a history fired, in ms, counted from `quiet_ms` on at most."""
    started = {event.event_id: event for event in events if isinstance(event, e.TimerStarted)}
    found: list[int] = []
    for event in events:
        if isinstance(event, e.TimerFired) and event.started_event_id in started:
            due_ms = _due_ms(started[event.started_event_id])
            found.append(event.event_time_ms - max(due_ms, quiet_ms))
    return found


def _due_ms(timer: e.TimerStarted) -> int:
    return timer.event_time_ms + timer.start_to_fire_timeout_ms


def check_history(run_id: str, events: Sequence[Any]) -> list[str]:
    """All of them for one history."""
    return [
        text
        for check in (closes_once, is_gapless, nothing_twice, timers_fire)
        for text in check(run_id, events)
    ]
