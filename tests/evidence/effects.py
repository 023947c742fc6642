"""What the world outside saw, against what is recorded: I4, I5, I6."""

from collections import defaultdict
from collections.abc import Sequence
from itertools import pairwise
from typing import Any, Final

from duralog.schemas import events as e
from evidence.histories import ACTIVITY_CLOSES, is_closed
from evidence.model import BEGIN, DONE, FAILED, Effect, Fault, Histories, Report
from evidence.payloads import digest_of

# A fault explains a second execution when it was felt between the two. What it does may be felt
# before (an answer that is on its way is lost) and after it (sessions, rebalances, restarts).
BEFORE_MS: Final = 5_000
AFTER_MS: Final = 30_000
MARGIN_MS: Final = 3_000  # Clocks of broker and engine may differ by two seconds.


class Activities:
    """The activities of all histories: what was scheduled, started and closed, by run and event."""

    def __init__(self, histories: Histories) -> None:
        self.scheduled: dict[tuple[str, int], e.ActivityTaskScheduled] = {}
        self.started: dict[tuple[str, int], e.ActivityTaskStarted] = {}
        self.closed: dict[tuple[str, int], Any] = {}
        for run_id, events in histories.items():
            for event in events:
                if isinstance(event, e.ActivityTaskScheduled):
                    self.scheduled[run_id, event.event_id] = event
                elif isinstance(event, e.ActivityTaskStarted):
                    self.started[run_id, event.scheduled_event_id] = event
                elif isinstance(event, ACTIVITY_CLOSES):
                    self.closed[run_id, event.scheduled_event_id] = event


def results_were_done(histories: Histories, effects: Sequence[Effect]) -> list[str]:
    """I4: each recorded result was done, at that attempt, and is what was done."""
    if not effects:
        return []
    done: dict[tuple[str, str, int], set[str]] = defaultdict(set)
    for effect in effects:
        if effect.what == DONE:
            done[effect.run_id, effect.activity_id, effect.attempt].add(effect.digest)
    found: list[str] = []
    known = Activities(histories)
    for key, close in known.closed.items():
        if isinstance(close, e.ActivityTaskCompleted) and key in known.scheduled:
            name = known.scheduled[key].activity_id
            attempt = known.started[key].attempt if key in known.started else 0
            digests = done.get((key[0], name, attempt), set())
            if digest_of(close.result) not in digests:
                what = "with another result" if digests else "and never done"
                found.append(f"{key[0]}: activity {name} is recorded at attempt {attempt} {what}")
    return found


def reports_were_taken(histories: Histories, reports: Sequence[Report]) -> list[str]:
    """I5: an acknowledged answer of a run that went on is in its history, if it came in time."""
    found: list[str] = []
    known = Activities(histories)
    first: dict[tuple[str, int, int], Report] = {}
    for report in sorted(reports, key=lambda r: r.time_ms):
        first.setdefault((report.run_id, report.scheduled_event_id, report.attempt), report)
    for (run_id, event_id, attempt), report in first.items():
        close = known.closed.get((run_id, event_id))
        where = f"{run_id}: activity of event {event_id}"
        if close is None:
            if run_id in histories and not is_closed(histories[run_id]):
                found.append(f"{where}: the answer of attempt {attempt} was taken and is lost")
            continue
        started = known.started.get((run_id, event_id))
        is_its_own = started is not None and started.attempt == attempt
        if isinstance(close, e.ActivityTaskTimedOut) and is_its_own:
            late_ms = report.time_ms - close.event_time_ms
            if late_ms < -MARGIN_MS:
                found.append(f"{where} timed out {-late_ms} ms after its answer had come")
        elif isinstance(close, e.ActivityTaskCompleted) and is_its_own:
            found += _other_result(where, close, report)
    return found


def _other_result(where: str, close: e.ActivityTaskCompleted, report: Report) -> list[str]:
    if digest_of(close.result) == report.digest:
        return []
    return [f"{where}: another result than attempt {report.attempt} reported first"]


def attempts_ran_once(
    histories: Histories, effects: Sequence[Effect], faults: Sequence[Fault]
) -> tuple[list[str], int]:
    """I6: no attempt runs twice unless a fault explains it; no more attempts than the policy has.

    And how many executions were repeated, all explained.
    """
    limits = {
        (run_id, scheduled.activity_id): scheduled.retry_policy.maximum_attempts
        for (run_id, _), scheduled in Activities(histories).scheduled.items()
        if scheduled.retry_policy is not None and scheduled.retry_policy.maximum_attempts
    }
    ended = {effect.execution: effect for effect in effects if effect.what in (DONE, FAILED)}
    begun: dict[tuple[str, str], list[Effect]] = defaultdict(list)
    for effect in sorted(effects, key=lambda one: one.time_ms):
        if effect.what == BEGIN:
            begun[effect.run_id, effect.activity_id].append(effect)
    found: list[str] = []
    repeats = 0
    for key, executions in begun.items():
        limit, most = limits.get(key, 0), max(one.attempt for one in executions)
        if limit and most > limit:
            found.append(f"{key[0]}: activity {key[1]} had attempt {most}, of {limit} at most")
        for before, after in pairwise(executions):
            end = ended.get(before.execution)
            if end is not None and end.what == FAILED and after.attempt > before.attempt:
                continue  # A retry, as its policy asks for.
            repeats += 1
            if not any(explains(fault, before, after) for fault in faults):
                found.append(
                    f"{key[0]}: activity {key[1]} ran at attempt {before.attempt} (pid "
                    f"{before.pid}), again {after.time_ms - before.time_ms} ms later at attempt "
                    f"{after.attempt} (pid {after.pid}), and nothing explains it"
                )
    return found, repeats


def explains(fault: Fault, before: Effect, after: Effect) -> bool:
    """True when `fault` may have made the system run the activity of `before` again."""
    if fault.pid and fault.pid not in (before.pid, after.pid):
        return False
    return fault.begin_ms <= after.time_ms and fault.end_ms + AFTER_MS >= before.time_ms - BEFORE_MS
