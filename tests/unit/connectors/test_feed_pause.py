"""When a source pauses its feed: a pause throws away what was fetched, so a burst is no reason."""

import threading
from collections.abc import Iterator
from typing import Any, Final

import pytest

from duralog.connectors import task_source
from duralog.connectors.broker import OutRecord, TopicPartition
from duralog.connectors.channel import Channel
from duralog.connectors.clock import SystemClock
from duralog.connectors.memory import MemoryBroker, MemoryLine
from duralog.connectors.memory.line import MemoryFeed
from duralog.connectors.task_source import BACKLOG_MAX, FULL_MS_MAX, TaskSource
from duralog.connectors.topic_plan import TopicSizes
from duralog.connectors.transport import Fed
from duralog.schemas.codec import encode
from duralog.schemas.tasks import ActivityTask
from duralog.schemas.topics import TopicNames
from unit.schemas.samples import sample

NAMES: Final = TopicNames(prefix="t", namespace="default")
TASKS: Final = 3 * BACKLOG_MAX
WAIT_S: Final = 30


class Workers:
    """Places that are all taken until somebody is there; and whatever the source did, in order."""

    def __init__(self) -> None:
        self.now_ms = 0  # The source's clock.
        self.are_there = False
        self.done: list[str] = []
        self._rounds = 0
        self._more = threading.Condition()

    def reserve(self) -> object | None:
        self.went_round()
        return self if self.are_there else None

    def begin(self, permit: object, task: object) -> None:
        self.done.append("task")

    def release(self, permit: object, task: object) -> None: ...

    def went_round(self) -> None:
        with self._more:
            self._rounds += 1
            self._more.notify_all()

    def wait(self) -> None:
        """Until the source has looked at everything that is so now."""
        with self._more:
            # One round polls once and asks for a place once at least; the first may be under way.
            enough = self._rounds + 6
            assert self._more.wait_for(lambda: self._rounds >= enough, WAIT_S)

    def wait_for_tasks(self) -> None:
        """Until all tasks have been delivered."""
        with self._more:
            assert self._more.wait_for(lambda: self.done.count("task") == TASKS, WAIT_S)

    @property
    def pauses(self) -> list[str]:
        return [what for what in self.done if what != "task"]


@pytest.fixture
def workers(monkeypatch: pytest.MonkeyPatch) -> Iterator[Workers]:
    """Nobody is there yet, and the source's backlog is full."""
    workers = Workers()
    poll, pause, resume = MemoryFeed.poll, MemoryFeed.pause, MemoryFeed.resume

    def polled(feed: MemoryFeed, **options: Any) -> Fed:
        workers.went_round()
        return poll(feed, **options)

    def paused(feed: MemoryFeed) -> None:
        workers.done.append("pause")
        pause(feed)

    def resumed(feed: MemoryFeed) -> None:
        workers.done.append("resume")
        resume(feed)

    monkeypatch.setattr(MemoryFeed, "poll", polled)
    monkeypatch.setattr(MemoryFeed, "pause", paused)
    monkeypatch.setattr(MemoryFeed, "resume", resumed)
    monkeypatch.setattr(task_source, "monotonic_ms", lambda: workers.now_ms)
    broker = MemoryBroker(SystemClock())
    broker.create_topics(NAMES, TopicSizes(partitions=2))
    place = TopicPartition(NAMES.of("activities", "q"), 1)
    broker.create_queue_topic(place.topic, "activities", NAMES.of("requests"))
    for _ in range(TASKS):
        broker.append(OutRecord(*place, b"k", encode(sample(ActivityTask))))
    channel = Channel(MemoryLine(broker), names=NAMES, identity="test")
    channel.start()
    source: TaskSource[Any] = TaskSource(
        channel, ActivityTask, task_queue="q", tasks_max=1, deliver=lambda _: None, places=workers
    )
    source.start()
    workers.wait()
    yield workers
    source.close()
    channel.close()


def test_a_burst_that_is_soon_worked_off_pauses_nothing(workers: Workers) -> None:
    workers.now_ms += FULL_MS_MAX - 1
    workers.wait()
    assert workers.done == []
    workers.are_there = True
    workers.wait_for_tasks()
    workers.now_ms += 10 * FULL_MS_MAX
    workers.wait()
    assert workers.pauses == []


def test_a_backlog_that_stays_full_pauses_until_it_is_empty(workers: Workers) -> None:
    workers.now_ms += FULL_MS_MAX
    workers.wait()
    assert workers.done == ["pause"]
    workers.now_ms += 10 * FULL_MS_MAX
    workers.wait()
    assert workers.done == ["pause"]
    workers.are_there = True
    workers.wait_for_tasks()
    at = workers.done.index("resume")
    # What had been taken, and nothing more, before it reads on.
    assert BACKLOG_MAX <= at - 1 < TASKS
    assert workers.pauses == ["pause", "resume"]
