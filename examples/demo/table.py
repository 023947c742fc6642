"""Prints one history and the retries."""

from typing import Any, Final

from demo.log import Histories
from duralog.cli.output import emit_table
from duralog.cli.render import details, failure_text, time_text
from duralog.schemas.transitions import ActivityRetry

RETRIES_SHOWN: Final = 8


def print_history(runs: Histories, retries: list[ActivityRetry]) -> None:
    """The history of a run whose activity was retried, if there is one."""
    retried = {retry.run_id for retry in retries}
    chosen = next((run for run in runs if run in retried), next(iter(runs), None))
    if chosen is None:
        return
    events = runs[chosen]
    print(f"\nhistory of {events[0].workflow_id}, run {chosen}")
    emit_table(("id", "time", "event", "details"), [_row(event) for event in events])


def print_retries(retries: list[ActivityRetry]) -> None:
    """The first records of the topic `retries`."""
    print(f"\nretries: {len(retries)}, of them the first {min(RETRIES_SHOWN, len(retries))}")
    rows = [
        (
            retry.workflow_id,
            retry.activity_type,
            retry.attempt,
            time_text(retry.due_time_ms)[11:],
            failure_text(retry.last_failure),
        )
        for retry in retries[:RETRIES_SHOWN]
    ]
    emit_table(("workflow", "activity", "attempt", "due", "last failure"), rows)
    print()


def _row(event: Any) -> tuple[object, ...]:
    name = type(event).__name__
    return event.event_id, time_text(event.event_time_ms)[11:], name, details(event)
