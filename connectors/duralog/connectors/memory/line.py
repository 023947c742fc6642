"""A client's or worker's connection to a MemoryBroker, for tests without Kafka."""

import queue

from duralog.connectors.broker import OutRecord, ReadResult, Record, TopicPartition
from duralog.connectors.memory.broker import MemoryBroker, RecordTooLargeError, UnknownTopicError
from duralog.connectors.transport import BeforeRevoke, Delivery, Fed, OnDelivery

RECORDS_MAX = 500


class MemoryLine:
    """See `transport.Line`."""

    def __init__(self, broker: MemoryBroker) -> None:
        self._broker = broker
        # No SimpleQueue: of two threads that take from one, CPython 3.11 may let one wait for ever.
        self._delivered: queue.Queue[tuple[OnDelivery, Delivery]] = queue.Queue()
        self._place: tuple[TopicPartition, int] | None = None

    def connect(self) -> None:
        """Always there."""

    def partitions(self, topic: str) -> int:
        """How many partitions `topic` has; 0: it does not exist."""
        return self._broker.partitions(topic)

    def produce(self, record: OutRecord, on_delivery: OnDelivery) -> None:
        """Append at once; tell it when served."""
        try:
            offset = self._broker.append(record)
            delivery = Delivery(record.partition, offset, "", False)
        except (UnknownTopicError, RecordTooLargeError) as error:
            delivery = Delivery(record.partition, -1, str(error), True)
        self._delivered.put((on_delivery, delivery))

    def serve(self, wait_ms: int) -> None:
        """Call back for deliveries, after waiting for a first one."""
        try:
            on_delivery, delivery = self._delivered.get(timeout=wait_ms / 1000)
        except queue.Empty:
            return
        on_delivery(delivery)
        self.flush(0)

    def flush(self, wait_ms: int) -> None:
        """Call back for all deliveries."""
        while True:
            try:
                on_delivery, delivery = self._delivered.get_nowait()
            except queue.Empty:
                return
            on_delivery(delivery)

    def listen(self, partition: TopicPartition) -> None:
        """Receive what is appended from now on."""
        self._place = (partition, self._broker.extent(partition).end)

    def receive(self, wait_ms: int) -> list[Record]:
        """Records of the partition listened to."""
        assert self._place is not None, "listen first"
        tp, at = self._place
        self._broker.wait(lambda: self._broker.has_more(tp, at), wait_ms)
        records, at = self._broker.read(tp, at, records_max=RECORDS_MAX)
        self._place = (tp, at)
        return records

    def ensure_topic(self, topic: str, kind: str, anchor: str) -> None:
        """Create a Task Queue's topic if it is missing."""
        self._broker.create_queue_topic(topic, kind, anchor)

    def feed(self, topic: str, group: str, before_revoke: BeforeRevoke) -> "MemoryFeed":
        """Join `group` on `topic`."""
        return MemoryFeed(self._broker, topic=topic, group=group, before_revoke=before_revoke)

    def bystander(self) -> "MemoryBystander":
        """Look at the broker's topics."""
        return MemoryBystander(self._broker)

    def close(self) -> None:
        """Nothing is held."""


class MemoryBystander:
    """See `transport.Bystander`; it is its own reader."""

    def __init__(self, broker: MemoryBroker) -> None:
        self._broker = broker
        self._positions: dict[TopicPartition, int] = {}

    def cluster_id(self) -> str:
        """None: it ends with this process."""
        return ""

    def topic_id(self, topic: str) -> str:
        """A topic is never made twice."""
        return topic

    def extents(self, topic: str) -> dict[int, tuple[int, int]]:
        """First kept and last stable offset by partition."""
        found = {
            p: self._broker.extent(TopicPartition(topic, p))
            for p in range(self._broker.partitions(topic))
        }
        return {p: (extent.low, extent.stable) for p, extent in found.items()}

    def reader(self, offsets: dict[TopicPartition, int]) -> "MemoryBystander":
        """A reader that begins at `offsets`."""
        reader = MemoryBystander(self._broker)
        reader._positions = dict(offsets)
        return reader

    def read(self, *, records_max: int, wait_ms: int) -> ReadResult:
        """What is there; nothing is waited for."""
        records: list[Record] = []
        finished: set[TopicPartition] = set()
        for tp, at in self._positions.items():
            found, self._positions[tp] = self._broker.read(
                tp, at, records_max=records_max - len(records)
            )
            records += found
            if not self._broker.has_more(tp, self._positions[tp]):
                finished.add(tp)
        return ReadResult(records=records, finished=finished, positions=dict(self._positions))

    def close(self) -> None:
        """Nothing is held."""


class MemoryFeed:
    """See `transport.Feed`."""

    def __init__(
        self, broker: MemoryBroker, *, topic: str, group: str, before_revoke: BeforeRevoke
    ) -> None:
        self._broker = broker
        self._group = group
        self._before_revoke = before_revoke
        self._positions: dict[TopicPartition, int] = {}
        self._is_paused = False
        self._member = broker.join(group, instance="", topics=frozenset({topic}))

    def poll(self, *, wait_ms: int, records_max: int) -> Fed:
        """Wait for a first record, or a change of the assignment, then take what is there."""
        self._broker.wait(self._has_news, wait_ms)
        self._revoke(self._broker.revoked(self._group, self._member))
        fed = Fed()
        for tp in self._broker.assignable(self._group, self._member):
            self._broker.take(self._member, [tp])
            self._positions[tp] = max(0, self._broker.committed(self._group, tp)[0])
            fed.assigned[tp] = self._broker.extent(tp).end
        for tp in sorted(self._positions):
            if self._is_paused or len(fed.records) >= records_max:
                break
            found, self._positions[tp] = self._broker.read(
                tp, self._positions[tp], records_max=records_max - len(fed.records)
            )
            fed.records.extend(found)
        return fed

    def pause(self) -> None:
        """Read no more records."""
        self._is_paused = True

    def resume(self) -> None:
        """Read on."""
        self._is_paused = False

    def commit(self, offsets: dict[TopicPartition, int], *, wait: bool) -> None:
        """Commit the next offsets to read."""
        self._broker.commit_offsets(self._group, offsets)

    def close(self) -> None:
        """Leave the group."""
        self._revoke(sorted(self._positions))
        self._broker.leave(self._group, self._member)

    def _has_news(self) -> bool:
        return bool(
            self._broker.revoked(self._group, self._member)
            or self._broker.assignable(self._group, self._member)
            or (
                not self._is_paused
                and any(self._broker.has_more(tp, at) for tp, at in self._positions.items())
            )
        )

    def _revoke(self, partitions: list[TopicPartition]) -> None:
        if not partitions:
            return
        self.commit(self._before_revoke(partitions), wait=True)
        for tp in partitions:
            self._positions.pop(tp, None)
        self._broker.give_up(self._member, partitions)
