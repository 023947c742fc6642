"""What workers and clients cannot read goes to `dead-letters`, with its bytes and its place."""

import threading
from collections.abc import Callable, Iterator
from typing import Any, Final

import pytest

from duralog.connectors.broker import OutRecord, TopicPartition
from duralog.connectors.channel import Channel
from duralog.connectors.clock import SystemClock
from duralog.connectors.memory import MemoryBroker, MemoryLine
from duralog.connectors.memory.line import MemoryFeed
from duralog.connectors.task_source import BACKLOG_MAX, TaskSource
from duralog.connectors.topic_plan import TopicSizes
from duralog.schemas.codec import decode, encode
from duralog.schemas.replies import Reply
from duralog.schemas.tasks import ActivityTask, WorkflowTask
from duralog.schemas.topics import TopicNames
from duralog.schemas.transitions import DeadLetter
from unit.schemas.samples import sample

NAMES = TopicNames(prefix="t", namespace="default")
WAIT_MS = 30_000
GROUPS: Final[dict[str, type[Any]]] = {"activities": ActivityTask, "workflow-tasks": WorkflowTask}


@pytest.fixture
def broker() -> MemoryBroker:
    broker = MemoryBroker(SystemClock())
    broker.create_topics(NAMES, TopicSizes(partitions=2))
    return broker


@pytest.fixture
def channel(broker: MemoryBroker) -> Iterator[Channel]:
    channel = Channel(MemoryLine(broker), names=NAMES, identity="test")
    channel.start()
    yield channel
    channel.close()


def letter_in(broker: MemoryBroker) -> DeadLetter:
    """The only dead letter, once it is there."""
    topic = NAMES.of("dead-letters")

    def found() -> list[DeadLetter]:
        places = range(broker.partitions(topic))
        return [decode(r.value or b"") for p in places for r in broker.records(topic, p)]

    _until(broker, lambda: bool(found()))
    (letter,) = found()
    assert isinstance(letter, DeadLetter)
    return letter


def _until(broker: MemoryBroker, ready: Callable[[], bool]) -> None:
    broker.wait(ready, WAIT_MS)
    assert ready()


@pytest.mark.parametrize("kind", GROUPS)
@pytest.mark.parametrize(
    ("value", "cause"),
    [
        (b"\x00bad", "not framed"),
        (None, "not framed"),
        (encode(Reply(recipient="a", correlation_id="b", code="OK")), "a Reply is no task"),
    ],
    ids=["bytes", "null", "reply"],
)
def test_a_task_that_cannot_be_read(
    broker: MemoryBroker, channel: Channel, kind: str, value: bytes | None, cause: str
) -> None:
    topic = NAMES.of(kind, "q")
    broker.create_queue_topic(topic, kind, NAMES.of("requests"))
    place = TopicPartition(topic, 1)
    offset = broker.append(OutRecord(*place, b"k", value, [("h", b"1")]))
    source: TaskSource[Any] = TaskSource(
        channel, GROUPS[kind], task_queue="q", tasks_max=1, deliver=lambda _: None
    )
    source.start()
    try:
        letter = letter_in(broker)
        group = f"t.default.workers.{kind}.q"
        # The next task of the partition is taken: this one's offset is committed.
        _until(broker, lambda: broker.committed(group, place)[0] == offset + 1)
    finally:
        source.close()
    found = (letter.source_topic, letter.source_partition, letter.source_offset)
    assert found == (*place, offset)
    assert (letter.key, letter.value, letter.code) == (b"k", value, "UNDECODABLE")
    assert [(h.name, h.value) for h in letter.header_list] == [("h", b"1")]
    assert cause in letter.cause
    assert letter.source_time_ms > 0


def test_a_reply_that_cannot_be_read(broker: MemoryBroker, channel: Channel) -> None:
    place = TopicPartition(NAMES.of("inbox"), channel.reply_partition)
    broker.append(OutRecord(*place, channel.recipient.encode(), b"bad"))
    letter = letter_in(broker)
    assert (letter.source_topic, letter.value) == (place.topic, b"bad")
    assert letter.key == channel.recipient.encode()


def test_tasks_taken_while_all_places_are_busy_are_bounded(
    broker: MemoryBroker, channel: Channel, monkeypatch: pytest.MonkeyPatch
) -> None:
    topic = NAMES.of("activities", "q")
    broker.create_queue_topic(topic, "activities", NAMES.of("requests"))
    place = TopicPartition(topic, 1)
    for _ in range(20 * BACKLOG_MAX):
        broker.append(OutRecord(*place, b"k", encode(sample(ActivityTask))))
    paused, taken = threading.Event(), list[int]()
    poll, pause = MemoryFeed.poll, MemoryFeed.pause

    def counted(feed: MemoryFeed, **options: Any) -> Any:
        fed = poll(feed, **options)
        taken.append(len(fed.records))
        return fed

    def told(feed: MemoryFeed) -> None:
        pause(feed)
        paused.set()

    monkeypatch.setattr(MemoryFeed, "poll", counted)
    monkeypatch.setattr(MemoryFeed, "pause", told)
    delivered: list[object] = []
    source: TaskSource[Any] = TaskSource(
        channel, ActivityTask, task_queue="q", tasks_max=1, deliver=delivered.append
    )
    source.start()
    try:
        assert paused.wait(WAIT_MS / 1000)
    finally:
        source.close()
    assert len(delivered) == 1
    assert sum(taken) <= 2 * BACKLOG_MAX + 1
