"""The end of a closed run's retention: tombstones in event order, and it is forgotten."""

from duralog.orchestrator.outbox import Change
from duralog.orchestrator.step import Step
from duralog.schemas.changelog import history_key
from duralog.state.folding import forget_history


def expire(step: Step, until_ms: int) -> None:
    """Tombstone the history when its time is over."""
    state, context, retention_ms = step.state, step.context, step.partition.retention_ms
    if not retention_ms or state.transfers_count or state.close_time_ms + retention_ms > until_ms:
        return
    first = 0 if state.stalled_time_ms else 1  # Under 0 stands what once stalled it.
    for event_id in range(first, state.next_event_id):
        key = history_key(state.run_id, event_id)
        context.out.changelog.append(Change("history", key, None, context.source))
    forget_history(step.partition, step.execution)
