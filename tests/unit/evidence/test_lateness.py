"""How late timers fire, for reports and for the simulator's bound."""

from typing import Any

from duralog.schemas import events as e
from evidence.histories import lateness

NAMES: dict[str, Any] = {"workflow_id": "w", "run_id": "r"}


def test_it_is_counted_from_the_end_of_the_faults_at_most() -> None:
    events = [
        e.TimerStarted(
            timer_id="t", start_to_fire_timeout_ms=150, event_id=5, event_time_ms=600, **NAMES
        ),
        e.TimerFired(timer_id="t", started_event_id=5, event_id=6, event_time_ms=900, **NAMES),
    ]
    assert lateness(events) == [900 - 600 - 150]
    assert lateness(events, quiet_ms=860) == [40]
