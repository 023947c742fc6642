"""Pending timers: started, fired, cancelled."""

from duralog.schemas.codec import encode
from duralog.schemas.events import TimerStarted
from duralog.schemas.states import TimerEntry
from duralog.state import keys
from duralog.state.execution import Execution
from duralog.state.partition import PartitionState


def started(partition: PartitionState, execution: Execution, event: TimerStarted) -> None:
    """Pending until its due time."""
    due_ms = event.event_time_ms + event.start_to_fire_timeout_ms
    entry = TimerEntry(event_id=event.event_id, due_time_ms=due_ms)
    run_id = execution.run_id
    before = partition.timer(run_id, event.timer_id)
    if before is not None:  # It fired; in a compacted log that comes later, for it was held back.
        ended(partition, execution, event.timer_id, before.event_id)
    partition.put(keys.timer(run_id, event.timer_id), encode(entry))
    partition.put_deadline(due_ms, keys.DUE_TIMER, run_id, event.event_id)
    execution.state.timers_count += 1


def ended(
    partition: PartitionState, execution: Execution, timer_id: str, started_event_id: int
) -> None:
    """Not pending any more.

    Said twice when TimerFired was held first, and then the id may be in use again.
    """
    run_id = execution.run_id
    entry = partition.timer(run_id, timer_id)
    if entry is None or entry.event_id != started_event_id:
        return
    partition.delete(keys.timer(run_id, timer_id))
    partition.drop_deadline(entry.due_time_ms, keys.DUE_TIMER, run_id, entry.event_id)
    execution.state.timers_count -= 1
