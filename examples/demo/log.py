"""What the topics say: histories and retries."""

from collections import defaultdict
from collections.abc import Iterable
from typing import Any, Final

from duralog.connectors.kafka.settings import KafkaSettings
from duralog.connectors.tail import Start, tail
from duralog.schemas import codec
from duralog.schemas.events import (
    ActivityTaskCompleted,
    ActivityTaskScheduled,
    WorkflowExecutionCompleted,
    WorkflowExecutionStarted,
)
from duralog.schemas.topics import TopicNames
from duralog.schemas.transitions import ActivityRetry

NAMES: Final = TopicNames(prefix="duralog", namespace="default")
Histories = dict[str, list[Any]]


def histories(kafka: str) -> Histories:
    """All committed events, by run, in the order of the log."""
    found: Histories = defaultdict(list)
    for event in _records(kafka, NAMES.of("history")):
        if event.event_id:  # What stalls a run stands beside its history.
            found[event.run_id].append(event)
    return dict(found)


def retries(kafka: str) -> list[ActivityRetry]:
    """Every retry that was ever scheduled; the tombstones that follow are left out."""
    return list(_records(kafka, NAMES.of("retries")))


def count(runs: Histories, event_type: type) -> int:
    """How many events of a type there are."""
    return sum(isinstance(event, event_type) for events in runs.values() for event in events)


def started(runs: Histories) -> int:
    """How many workflows were started."""
    return count(runs, WorkflowExecutionStarted)


def completed(runs: Histories) -> int:
    """How many have completed."""
    return count(runs, WorkflowExecutionCompleted)


def faults(runs: Histories) -> list[str]:
    """What is wrong with the histories; nothing, if all is well."""
    found: list[str] = []
    for run_id, events in runs.items():
        ids = [event.event_id for event in events]
        if ids != list(range(1, len(ids) + 1)):
            found.append(f"{run_id}: event ids {ids}")
        if not isinstance(events[-1], WorkflowExecutionCompleted):
            found.append(f"{run_id}: ends with {type(events[-1]).__name__}")
        done = [e.scheduled_event_id for e in events if isinstance(e, ActivityTaskCompleted)]
        scheduled = [e.event_id for e in events if isinstance(e, ActivityTaskScheduled)]
        if sorted(done) != scheduled:
            found.append(f"{run_id}: scheduled {scheduled}, completed {done}")
    return found


def open_runs(runs: Histories) -> str:
    """The runs that have not completed, each with its last event."""
    return "\n".join(
        f"{events[0].workflow_id} stands at {events[-1]}"
        for events in runs.values()
        if not isinstance(events[-1], WorkflowExecutionCompleted)
    )


def _records(kafka: str, topic: str) -> Iterable[Any]:
    settings = KafkaSettings({"bootstrap.servers": kafka})
    for record in tail(settings, topic, start=Start.earliest(), follow=False):
        if record.value is not None:
            yield codec.decode(record.value)
