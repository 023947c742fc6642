"""A log as an engine writes it, of as many runs as are wanted, made in seconds.

Stories that the scenarios tell are played once on the real core; then their records are written
again and again with other ids, run by run, ten runs to a transaction. Some runs stay open.
"""

import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import count
from pathlib import Path
from typing import Final

from duralog.orchestrator.outbox import Change
from duralog.schemas.changelog import NO_SOURCE, POSITIONS_KEY, pack_mark
from duralog.schemas.codec import decode, encode
from duralog.schemas.identifiers import partition_of
from duralog.schemas.transitions import Positions
from scenario import Story, blocks

SCENARIOS: Final = Path(__file__).parents[1] / "scenarios"
STORIES: Final = (
    "activity_completes",
    "activity_completes",
    "activity_retry",
    "timer_fires",
    "workflow_task_held_event",
)
IN_STEP: Final = 10  # Runs that go on in the same transactions.
OPEN_EVERY: Final = 25  # One group of runs in so many stays where half of its story is told.
_ID: Final = "rebuild-000000000"  # Stands for the Workflow ID: others are as long.


@dataclass(slots=True)
class Written:
    """One record of a changelog, and its `tx` header."""

    kind: str
    key: bytes
    value: bytes | None
    mark: bytes


@dataclass(slots=True)
class Template:
    """One run's changes, transaction by transaction, and the run id in them."""

    steps: list[list[Change]]
    run_id: bytes


def changelog(*, partition: int, partitions: int, history_records: int) -> Iterator[Written]:
    """Records of one engine partition with about so many events; the last tells the positions."""
    templates = [_template(name) for name in STORIES]
    numbers = count()
    seq = events = 0
    for group in count():
        if events >= history_records:
            break
        template = templates[group % len(templates)]
        is_open = group % OPEN_EVERY == 0
        steps = template.steps[: len(template.steps) // 2 + 1] if is_open else template.steps
        ids = [_next_id(numbers, partition, partitions) for _ in range(IN_STEP)]
        for step in steps:
            seq += 1
            total = len(step) * IN_STEP
            for index, (change, (workflow_id, run_id)) in enumerate(
                (change, one) for one in ids for change in step
            ):
                events += change.kind == "history"
                value = change.value
                if value is not None:
                    value = value.replace(_ID.encode(), workflow_id)
                    value = value.replace(template.run_id, run_id)
                key = change.key.replace(template.run_id, run_id)
                yield Written(change.kind, key, value, _mark(seq, index, total))
    yield Written("pending", POSITIONS_KEY, _positions(partition), _mark(seq + 1, 0, 1))


def _mark(seq: int, index: int, total: int) -> bytes:
    return pack_mark(incarnation=1, seq=seq, index=index, count=total, source=NO_SOURCE)


def _positions(partition: int) -> bytes:
    kinds = ["ingress", "requests", "transfers"]
    return encode(
        Positions(
            topics=kinds,
            partitions=[partition] * len(kinds),
            offsets=[0] * len(kinds),
            time_ms=time.time_ns() // 1_000_000,
        )
    )


def _next_id(numbers: "count[int]", partition: int, partitions: int) -> tuple[bytes, bytes]:
    """Workflow ID and Run ID of the partition's next run."""
    for number in numbers:
        workflow_id = f"rebuild-{number:09d}"
        if partition_of(workflow_id, partitions) == partition:
            return workflow_id.encode(), f"{number:036d}".encode()
    raise AssertionError("numbers never end")


def _template(name: str) -> Template:
    story = Story()
    story.now_ms = time.time_ns() // 1_000_000  # Or all would be past its retention at once.
    steps: list[list[Change]] = []
    for _, inputs in blocks((SCENARIOS / f"{name}.txt").read_text(encoding="utf-8")):
        before = len(story.log)
        story.play(inputs)
        if len(story.log) > before:
            steps.append([_renamed(change) for change in story.log[before:]])
    (run_id,) = story.runs
    assert len(run_id) == 36, run_id
    return Template(steps, run_id.encode())


def _renamed(change: Change) -> Change:
    if change.value is None:
        return change
    record = decode(change.value)
    assert record.workflow_id == "w", change.key
    return replace(change, value=encode(replace(record, workflow_id=_ID)))
