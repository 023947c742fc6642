"""What the door does to a loop that is asked for twice what it can do: a model, in virtual time.

One queue, first in first out, as `requests` is. A workflow is a start and three answers, of a
Workflow Task, an activity and a Workflow Task; each comes back once what it answers was processed.
Everything costs the same, a refusal less.
"""

from collections import deque
from dataclasses import dataclass, field

import pytest

from duralog.orchestrator.door import Door
from duralog.orchestrator.queues import Queues

KIND, QUEUE = "workflow-tasks", "q"

COST_MS = 0.625  # 1,600 inputs a second: 400 workflows a second at the most.
REFUSAL_MS = 0.08
ANSWERS = 3
WORKFLOW_TASKS = (1, 3)  # Which answers are theirs.
PEAK_PER_S = 1_000 / COST_MS / (1 + ANSWERS)


@dataclass(slots=True)
class Model:
    """Inputs as (arrival, answers so far, when its workflow was asked for)."""

    with_door: bool
    now_ms: float = 0.0
    queue: deque[tuple[float, int, float]] = field(default_factory=deque[tuple[float, int, float]])
    door: Door = field(default_factory=Door)
    queues: Queues = field(
        default_factory=lambda: Queues(partition=0, partitions=1, activity_copies=4, known=set())
    )
    done: list[tuple[float, float]] = field(default_factory=list[tuple[float, float]])
    refused: int = 0

    def run(self, per_s: float, seconds: float) -> None:
        """Starts at this rate for so long, and work meanwhile."""
        begin_ms, sent = self.now_ms, 0
        while self.now_ms < begin_ms + seconds * 1_000:
            while sent < (self.now_ms - begin_ms) * per_s / 1_000:
                self.queue.append((self.now_ms, 0, self.now_ms))
                sent += 1
            self._process()

    def _process(self) -> None:
        if not self.queue:
            self.now_ms += 1.0
            return
        came_ms, answers, asked_ms = self.queue.popleft()
        now = int(self.now_ms)
        self.door.note(waited_ms=int(self.now_ms - came_ms), now_ms=now)
        late = self.door.refuses(now)
        if answers == 0 and self.with_door and self.queues.refuses(QUEUE, now, late=late):
            self.refused += 1
            self.now_ms += REFUSAL_MS
            return
        self.now_ms += COST_MS
        if answers in WORKFLOW_TASKS:
            self.queues.taken(KIND, QUEUE, str(asked_ms), 0, now)
        if answers + 1 in WORKFLOW_TASKS:
            self.queues.dispatched(KIND, QUEUE, str(asked_ms), 0, now)
        if answers == ANSWERS:
            self.done.append((self.now_ms, asked_ms))
        else:
            self.queue.append((self.now_ms, answers + 1, asked_ms))

    def done_per_s(self, begin_ms: float, end_ms: float) -> float:
        """Workflows that ended in this time, a second."""
        count = sum(begin_ms <= at < end_ms for at, _ in self.done)
        return 1_000 * count / (end_ms - begin_ms)

    def latencies_ms(self, begin_ms: float) -> list[float]:
        """Of workflows that were asked for since then, the shortest first."""
        return sorted(at - asked for at, asked in self.done if asked >= begin_ms)


def overloaded(*, with_door: bool) -> Model:
    model = Model(with_door)
    model.run(PEAK_PER_S * 2, 60.0)
    return model


def test_with_the_door_throughput_stays_and_all_is_normal_ten_seconds_later() -> None:
    model = overloaded(with_door=True)
    assert model.done_per_s(0.0, 60_000.0) >= 0.9 * PEAK_PER_S
    assert model.refused > 10_000
    model.run(PEAK_PER_S * 0.2, 10.0)
    calm_ms = model.now_ms
    model.run(PEAK_PER_S * 0.2, 5.0)
    latencies = model.latencies_ms(calm_ms)
    assert latencies[-1] < 50.0
    assert not model.door.is_shut


def test_without_it_nothing_is_normal_for_long() -> None:
    model = overloaded(with_door=False)
    assert model.refused == 0
    model.run(PEAK_PER_S * 0.2, 10.0)
    assert len(model.queue) > 10_000


@pytest.mark.parametrize("share", [0.5, 0.9])
def test_a_load_that_can_be_done_is_never_refused(share: float) -> None:
    model = Model(with_door=True)
    model.run(PEAK_PER_S * share, 60.0)
    assert model.refused == 0
