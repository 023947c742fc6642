"""What a record of the Store says beside the folded state: left out of its hash, by name."""

from typing import Final

from duralog.schemas.states import ActivityEntry, RunState

# Not part of the folded state: lost with the process, or only a bound of the truth.
SOFT_FIELDS: Final[dict[type, tuple[str, ...]]] = {
    RunState: (
        *("deadline_entry_ms", "held_first_index", "held_next_index", "updates_next_index"),
        *("signals_total", "signals_pending", "cancels_pending"),  # Of older runs, since they are.
        *("parked_first_index", "parked_next_index"),  # As those of held events.
        "stalled_time_ms",  # Of a closed run, which nobody tells of again.
        "discarded_completion_id",
    ),
    ActivityEntry: ("deadline_entry_ms",),
}
