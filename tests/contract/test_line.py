"""What a client or worker may rely on: the same tests on the line in memory and on Kafka's."""

import itertools
from collections.abc import Callable, Iterator
from contextlib import closing

import pytest

from duralog.connectors.broker import OutRecord, Record, TopicPartition
from duralog.connectors.channel import Channel, ChannelError
from duralog.connectors.clock import SystemClock, monotonic_ms
from duralog.connectors.embedded import EmbeddedKafka
from duralog.connectors.kafka.clients import open_admin
from duralog.connectors.kafka.ensure import create_topic
from duralog.connectors.kafka.line import KafkaLine
from duralog.connectors.kafka.settings import KafkaSettings
from duralog.connectors.memory import MemoryBroker, MemoryLine
from duralog.connectors.topic_plan import TopicSizes, plan_topics
from duralog.connectors.transport import Delivery, Feed, Line, TransportError
from duralog.schemas.requests import Ping
from duralog.schemas.topics import TOPIC_SIZE_BYTES_MAX, TopicNames

WAIT_MS = 30_000
PARTITIONS = 2
SIZES = TopicSizes(partitions=PARTITIONS, inbox_partitions=2, replication=1)
COUNTER = itertools.count(1)

pytestmark = pytest.mark.timeout(120)


class Harness:
    """One namespace on one broker; every line is another process's."""

    def __init__(
        self, names: TopicNames, open_line: Callable[[], Line], *, handed_over_ms: int
    ) -> None:
        self.names = names
        self.handed_over_ms = handed_over_ms
        self.topic = names.of("activities", "q")
        self._open_line = open_line
        self._lines: list[Line] = []
        self.deliveries: list[Delivery] = []
        self.line = self.another()
        self.line.ensure_topic(self.topic, "activities", names.of("requests"))

    def another(self) -> Line:
        line = self._open_line()
        line.connect()
        self._lines.append(line)
        return line

    def close(self) -> None:
        for line in self._lines:
            line.close()

    def produce(self, topic: str, value: bytes, partition: int = 0) -> None:
        out = OutRecord(topic, partition, b"k", value, [("h", b"1")])
        self.line.produce(out, self.deliveries.append)

    def delivered(self, count: int) -> list[Delivery]:
        until(lambda: len(self.deliveries) >= count, lambda: self.line.serve(100))
        return self.deliveries


@pytest.fixture(params=["memory", pytest.param("kafka", marks=pytest.mark.integration)])
def harness(request: pytest.FixtureRequest) -> Iterator[Harness]:
    names = TopicNames(prefix=f"l{next(COUNTER)}", namespace="default")
    if request.param == "memory":
        broker = MemoryBroker(SystemClock())
        broker.create_topics(names, SIZES)
        yield Harness(names, lambda: MemoryLine(broker), handed_over_ms=100)
        return
    kafka: EmbeddedKafka = request.getfixturevalue("kafka")
    settings = KafkaSettings({"bootstrap.servers": kafka.bootstrap_servers})
    admin = open_admin(settings)
    for plan in plan_topics(names, SIZES):
        create_topic(admin, plan)
    harness = Harness(
        names, lambda: KafkaLine(settings, client_id="contract"), handed_over_ms=5_000
    )
    yield harness
    harness.close()


def until(condition: Callable[[], bool], step: Callable[[], object]) -> None:
    deadline_ms = monotonic_ms() + WAIT_MS
    while not condition():
        assert monotonic_ms() < deadline_ms, "it did not happen in time"
        step()


class Member:
    """A member of the task group, polled by hand."""

    def __init__(self, line: Line, topic: str) -> None:
        self.assigned: dict[TopicPartition, int] = {}
        self.records: list[Record] = []
        self.to_commit: dict[TopicPartition, int] = {}
        self.feed: Feed = line.feed(topic, f"{topic}.group", self._before_revoke)

    def poll(self) -> None:
        fed = self.feed.poll(wait_ms=50, records_max=10)
        self.assigned |= fed.assigned
        self.records += fed.records

    def _before_revoke(self, partitions: list[TopicPartition]) -> dict[TopicPartition, int]:
        for tp in partitions:
            self.assigned.pop(tp, None)
        return {tp: offset for tp, offset in self.to_commit.items() if tp in partitions}


def test_a_delivery_tells_where_the_record_stands(harness: Harness) -> None:
    topic = harness.names.of("requests")
    harness.produce(topic, b"a", 1)
    harness.produce(topic, b"b", 1)
    found = harness.delivered(2)
    assert [(d.partition, d.offset, d.error) for d in found] == [(1, 0, ""), (1, 1, "")]


def test_what_can_never_be_written_is_told_so(harness: Harness) -> None:
    topic = harness.names.of("requests")
    try:
        harness.produce(topic, b"x" * (TOPIC_SIZE_BYTES_MAX + 1_000))
    except TransportError:  # A refusal at once is as good.
        return
    (delivery,) = harness.delivered(1)
    assert delivery.error
    assert delivery.is_permanent


def test_a_listener_gets_what_comes_after_it(harness: Harness) -> None:
    inbox = harness.names.of("inbox")
    harness.produce(inbox, b"before")
    harness.delivered(1)
    harness.line.listen(TopicPartition(inbox, 0))
    harness.produce(inbox, b"after")
    found: list[Record] = []
    until(lambda: bool(found), lambda: found.extend(harness.line.receive(100)))
    assert [(r.value, r.headers) for r in found] == [(b"after", [("h", b"1")])]


def test_topics_are_counted_and_made(harness: Harness) -> None:
    assert harness.line.partitions(harness.topic) == 4 * PARTITIONS
    assert harness.line.partitions(harness.names.of("requests")) == PARTITIONS
    assert harness.line.partitions("nowhere") == 0
    harness.line.ensure_topic(harness.topic, "activities", harness.names.of("requests"))


def test_a_member_learns_the_ends_and_reads_from_the_first_record_on(harness: Harness) -> None:
    harness.produce(harness.topic, b"old", 3)
    harness.delivered(1)
    member = Member(harness.line, harness.topic)
    until(lambda: len(member.assigned) == 8 and bool(member.records), member.poll)
    assert member.assigned[TopicPartition(harness.topic, 3)] == 1
    assert member.assigned[TopicPartition(harness.topic, 4)] == 0
    assert [r.value for r in member.records] == [b"old"]
    member.feed.close()


def test_a_paused_member_reads_nothing_until_it_resumes(harness: Harness) -> None:
    member = Member(harness.line, harness.topic)
    until(lambda: len(member.assigned) == 8, member.poll)
    member.feed.pause()
    harness.produce(harness.topic, b"task")
    harness.delivered(1)
    for _ in range(10):
        member.poll()
    assert member.records == []
    member.feed.resume()
    until(lambda: bool(member.records), member.poll)
    member.feed.close()


def test_what_is_committed_is_not_read_again(harness: Harness) -> None:
    for value in (b"1", b"2", b"3"):
        harness.produce(harness.topic, value)
    harness.delivered(3)
    member = Member(harness.line, harness.topic)
    until(lambda: len(member.records) == 3, member.poll)
    member.feed.commit({TopicPartition(harness.topic, 0): 2}, wait=True)
    member.feed.close()
    again = Member(harness.another(), harness.topic)
    until(lambda: bool(again.records), again.poll)
    assert [r.value for r in again.records] == [b"3"]
    again.feed.close()


def test_partitions_are_shared_and_the_last_commit_goes_with_them(harness: Harness) -> None:
    for partition in range(8):
        harness.produce(harness.topic, b"%d" % partition, partition)
    harness.delivered(8)
    first = Member(harness.line, harness.topic)
    until(lambda: len(first.records) == 8, first.poll)
    first.to_commit = {TopicPartition(harness.topic, p): 1 for p in range(8)}
    second = Member(harness.another(), harness.topic)

    def both() -> None:
        first.poll()
        second.poll()

    until(lambda: len(second.assigned) == 4 and len(first.assigned) == 4, both)
    assert not first.assigned.keys() & second.assigned.keys()
    for _ in range(10):
        both()
    assert second.records == []
    first.feed.close()
    until(lambda: len(second.assigned) == 8, second.poll)
    second.feed.close()


def test_a_channel_runs_on_it(harness: Harness) -> None:
    channel = Channel(harness.another(), names=harness.names, identity="me")
    with closing(channel):
        channel.start()
        channel.send(Ping(workflow_id="w")).result(30)
        with pytest.raises(ChannelError, match=r"the ping is on .*\.requests\[\d\]@1, no engine"):
            channel.call(Ping(workflow_id="w"), timeout_ms=harness.handed_over_ms).result(60)


def test_a_bystander_reads_what_was_committed_and_takes_part_in_nothing(harness: Harness) -> None:
    topic, other = harness.names.of("requests"), harness.names.of("ingress")
    for number in range(3):
        harness.produce(topic, b"%d" % number, partition=number % 2)
    harness.delivered(3)
    with closing(harness.line.bystander()) as bystander:
        assert bystander.topic_id(topic) == bystander.topic_id(topic) != bystander.topic_id(other)
        assert bystander.cluster_id() == bystander.cluster_id()
        assert bystander.extents(topic) == {0: (0, 2), 1: (0, 1)}
        offsets = {TopicPartition(topic, 0): 1, TopicPartition(topic, 1): 0}
        found: list[Record] = []
        with closing(bystander.reader(offsets)) as reader:
            result = reader.read(records_max=10, wait_ms=100)
            found += result.records
            while len(result.finished) < 2:
                result = reader.read(records_max=10, wait_ms=100)
                found += result.records
        assert sorted(r.value or b"" for r in found) == [b"1", b"2"]
        assert result.positions == {TopicPartition(topic, 0): 2, TopicPartition(topic, 1): 1}
