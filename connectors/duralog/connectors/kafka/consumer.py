"""The slot's two consumers: a group member, and an assigned-only one for `ingress`.

With a single consumer a backlog of starts holds back every completion (interleaving 9). Rebalance
callbacks run inside `poll`; they unassign what is revoked together with the inputs that go with
it, before `poll` returns.
"""

from collections.abc import Callable, Iterable
from operator import methodcaller
from typing import Any, Final, cast

from confluent_kafka import Consumer, KafkaError, KafkaException, Message
from confluent_kafka import TopicPartition as KafkaPartition

from duralog.connectors.broker import (
    UNREADABLE,
    FatalError,
    Polled,
    Record,
    TopicPartition,
)
from duralog.connectors.clock import monotonic_ms, now_ms
from duralog.connectors.kafka.clients import (
    CALL_TIMEOUT_S,
    LOG,
    close_client,
    consumer_config,
    drop_member,
    error_of,
    lacking,
    lacks_right,
    leave_group,
    member_config,
    open_client,
    unreachable,
)
from duralog.connectors.kafka.settings import KafkaSettings, Value
from duralog.schemas.topics import TopicNames

SLICE_MS: Final = 5  # How long `ingress` waits while we listen to the anchors.
LEAVE_MS_MAX: Final = 2_000  # The coordinator answers in milliseconds, or the session must end.
LATE_MS: Final = 500  # A batch takes 40 ms; tasks that are 2 s old cost a round trip more.
_HEADERS: Final = methodcaller("headers")
TAKE_MAX: Final = 250  # Records taken at once; between two takes their size is looked at.


def to_record(m: "Message[bytes, bytes]") -> Record:
    """A message as a Record; the fields of a message without error are never None."""
    return Record(
        m.topic(),  # type: ignore[arg-type]
        m.partition(),  # type: ignore[arg-type]
        m.offset(),  # type: ignore[arg-type]
        m.timestamp()[1],
        m.key(),
        m.value(),
        headers_of(m),
    )


def headers_of(m: "Message[Any, Any]") -> list[tuple[str, bytes | None]] | None:
    """Headers of a message; UNREADABLE instead of those whose names are not UTF-8.

    confluent-kafka 2.16 then returns a list with holes in it and leaves the error behind. The
    interpreter turns that into a SystemError, but not where it has specialised the call: there
    the holes end the process when somebody looks at them. So the call is made in C, which checks.
    """
    try:
        return cast("list[tuple[str, bytes | None]] | None", _HEADERS(m))
    except (SystemError, UnicodeDecodeError):
        return [UNREADABLE]


def ingress_room(records_max: int, taken: int, late_ms: int) -> int:
    """How many records of `ingress` a batch may have that has taken so many requests already.

    At most half, and little while requests are late: what is under way is finished first, and what
    is not begun loses nothing by waiting in the log.
    """
    share = records_max // 16 if late_ms > LATE_MS else records_max // 2
    return min(share or 1, records_max - taken)


def placed(offsets: dict[TopicPartition, int]) -> list[KafkaPartition]:
    """Partitions with offsets as confluent-kafka takes them."""
    return [KafkaPartition(t, p, offset) for (t, p), offset in offsets.items()]


def bare(partitions: Iterable[TopicPartition]) -> list[KafkaPartition]:
    """Partitions as confluent-kafka takes them."""
    return [KafkaPartition(t, p) for t, p in partitions]


class Inputs:
    """All inputs of a slot."""

    def __init__(
        self, settings: KafkaSettings, *, names: list[TopicNames], group: str, instance: str
    ) -> None:
        self._settings = settings
        self._group = group
        self._anchors = {n.of("requests"): n for n in names}
        self._ingress_topics = {n.of("ingress"): n.of("requests") for n in names}
        self._transfers = {n.of("transfers"): n.of("requests") for n in names}
        self._partitions: dict[str, int] = {}  # Of each anchor topic.
        self._member = open_client(
            Consumer,
            # The end of a partition is told once after each time it is reached.
            member_config(
                settings, group=group, instance=instance, extra={"enable.partition.eof": True}
            ),
        )
        eof: dict[str, Value] = {"enable.partition.eof": True}
        config = consumer_config(settings, group=group, read_committed=True, owned=eof)
        self._ingress = open_client(Consumer, config)
        self._positions: dict[TopicPartition, int] = {}  # Of all that is being read.
        self._held: set[TopicPartition] = set()  # Anchors that are ours.
        self._fetched: set[TopicPartition] = set()  # Anchors that were, since they were resumed.
        self._polled = Polled(now_ms=0)
        self._size_average = 1_000.0

    def subscribe(self) -> None:
        """Join the group. Raises FatalError when a topic is missing or no broker answers."""
        try:
            found: Any = self._member.list_topics(timeout=CALL_TIMEOUT_S).topics
        except KafkaException as error:
            raise FatalError(unreachable(self._settings, error_of(error))) from None
        for topic in self._anchors:
            if topic not in found:
                raise FatalError(f"topic {topic} is missing: run 'duralog topics apply'")
            self._partitions[topic] = len(found[topic].partitions)
        self._member.subscribe(
            list(self._anchors),
            on_assign=self._on_assign,
            on_revoke=self._on_revoke,
            on_lost=self._on_lost,
        )

    def partitions_of(self, anchor: str) -> int:
        """How many partitions an anchor topic has."""
        return self._partitions[anchor]

    def group_metadata(self) -> object:
        """Of this moment; a stale one is refused by the coordinator."""
        found: object = self._member.consumer_group_metadata()
        return found

    def poll(
        self, *, wait_ms: int, records_max: int, bytes_max: int, wake: Callable[[], bool]
    ) -> Polled:
        """Wait up to `wait_ms` for the first record, or `wake`, then take what is there."""
        polled = self._polled = Polled(now_ms=0)
        records = polled.records
        deadline_ms = monotonic_ms() + wait_ms
        while True:
            left_ms = deadline_ms - monotonic_ms()
            first = self._member.poll(max(0, min(left_ms, SLICE_MS)) / 1000)
            size = 0
            if first is not None:
                size = self._accept([first], records)
                size = self._take(records, records_max, bytes_max, size, ingress=False)
            late_ms = now_ms() - records[-1].timestamp_ms if records else 0
            room = ingress_room(records_max, len(records), late_ms)
            if self._positions and room > 0 and size < bytes_max:
                self._take(records, len(records) + room, bytes_max // 2, 0, ingress=True)
            if records or polled.assigned or polled.revoked or polled.lost:
                break
            if left_ms <= 0 or wake():
                break
        if polled.revoked or polled.lost:  # What was taken just before is no longer ours.
            polled.records = [r for r in records if (r[0], r[1]) in self._positions]
        polled.now_ms = now_ms()
        polled.requests_drained = len(records) < records_max and self._is_drained()
        return polled

    def resume(self, offsets: dict[TopicPartition, int]) -> None:
        """Start to read: anchors are seeked and resumed, others assigned."""
        anchors = {tp: o for tp, o in offsets.items() if tp.topic in self._anchors}
        ingress = {tp: o for tp, o in offsets.items() if tp.topic in self._ingress_topics}
        others = {tp: o for tp, o in offsets.items() if tp not in anchors and tp not in ingress}
        missing = anchors.keys() - self._held
        assert not missing, f"not assigned to this slot: {missing}"
        if anchors:
            self._fetched.difference_update(anchors)
            # Assigned anew: a seek needs a fetcher that already runs.
            self._member.incremental_unassign(bare(anchors))
        if anchors or others:
            self._member.incremental_assign(placed(anchors | others))
            self._member.resume(bare(anchors | others))
        if ingress:
            self._ingress.incremental_assign(placed(ingress))
        self._positions.update(offsets)

    def seek(self, offsets: dict[TopicPartition, int]) -> None:
        """Read again from these offsets; of partitions that are being read."""
        for tp, offset in offsets.items():
            if tp not in self._positions:
                continue
            consumer = self._ingress if tp.topic in self._ingress_topics else self._member
            try:
                consumer.seek(KafkaPartition(tp.topic, tp.partition, offset))
            except KafkaException:  # Not fetched yet: assign it there.
                consumer.incremental_unassign(bare([tp]))
                consumer.incremental_assign(placed({tp: offset}))
            self._positions[tp] = offset

    def leave(self) -> None:
        """Give up our partitions at once: `close` leaves them to us until the session ends."""
        leave_group(self._member, max_ms=LEAVE_MS_MAX)

    def backlogs(self) -> dict[TopicPartition, int]:
        """Records behind our position in each partition that is read, as of its last fetch."""
        found: dict[TopicPartition, int] = {}
        for tp, position in self._positions.items():
            consumer = self._ingress if tp.topic in self._ingress_topics else self._member
            _, end = consumer.get_watermark_offsets(KafkaPartition(*tp), cached=True)
            if end >= 0:
                found[tp] = max(0, end - position)
        return found

    def close(self) -> None:
        """End both. A static member keeps its partitions, until its session ends: see `leave`."""
        close_client(lambda: drop_member(self, "_member"))
        close_client(self._ingress.close)

    def _take(
        self, records: list[Record], records_max: int, bytes_max: int, size: int, *, ingress: bool
    ) -> int:
        """Consume what is there already, in takes sized by what records weighed lately."""
        while len(records) < records_max and size < bytes_max:
            fit = int((bytes_max - size) / self._size_average)
            wanted = max(1, min(records_max - len(records), TAKE_MAX, fit))
            # Kept in no variable: the traceback of an error would keep it from its end.
            messages = (self._ingress if ingress else self._member).consume(wanted, 0)
            size += self._accept(messages, records)
            if len(messages) < wanted:
                break
        return size

    def _accept(self, messages: "list[Message[Any, Any]]", records: list[Record]) -> int:
        """Append the records of `messages`; returns their size."""
        positions, fetched, size, before = self._positions, self._fetched, 0, len(records)
        for m in messages:
            error = m.error()
            if error is not None:
                self._on_error(error, m)
                continue
            record = to_record(m)
            tp = TopicPartition(record.topic, record.partition)
            # A message fetched before a seek or an unassignment is stale.
            if record.offset < positions.get(tp, 1 << 62):
                continue
            positions[tp] = record.offset + 1
            fetched.add(tp)
            records.append(record)
            size += len(record.value or b"") + len(record.key or b"")
        if len(records) > before:
            self._size_average += (size / (len(records) - before) - self._size_average) * 0.2
        return size

    def _on_error(self, error: KafkaError, m: "Message[Any, Any]") -> None:
        if error.code() == KafkaError._PARTITION_EOF:  # noqa: SLF001
            tp = TopicPartition(m.topic() or "", m.partition() or 0)
            self._fetched.add(tp)
            # What stands before was delivered before: one queue, and a seek empties it.
            if tp in self._positions and tp not in self._held:
                self._polled.ends[tp] = m.offset() or 0
            return
        where = f"{m.topic()}[{m.partition()}]"
        if lacks_right(error):
            name = m.topic() or self._group
            raise FatalError(lacking(self._settings, error, name=name))
        if error.code() in (KafkaError._AUTO_OFFSET_RESET, KafkaError.OFFSET_OUT_OF_RANGE):  # noqa: SLF001
            raise FatalError(f"input lost: {where} no longer holds our position: {error.str()}")
        if error.fatal() or error.code() == KafkaError._FATAL:  # noqa: SLF001
            # As an event it does not say that it is fatal: fenced by another of our instance id.
            raise FatalError(f"{error.name()}: {error.str()}")
        LOG.warning("%s: %s", where, error.str())

    def _is_drained(self) -> bool:
        """No anchor has records behind our position, as far as its last fetch saw.

        What was seen before it was resumed is of the past.
        """
        for tp in self._held:
            position = self._positions.get(tp)
            if position is None:
                continue
            if tp not in self._fetched:
                return False
            _, end = self._member.get_watermark_offsets(KafkaPartition(*tp), cached=True)
            if end < 0 or position < end:
                return False
        return True

    def _on_assign(self, consumer: Consumer, partitions: list[KafkaPartition]) -> None:
        anchors = [TopicPartition(p.topic, p.partition) for p in partitions]
        # An explicit offset, so that nobody asks for the committed one, which may wait for a dead
        # owner.
        consumer.incremental_assign(placed(dict.fromkeys(anchors, 0)))
        consumer.pause(bare(anchors))
        self._held.update(anchors)
        self._polled.assigned.extend(anchors)

    def _on_revoke(self, consumer: Consumer, partitions: list[KafkaPartition]) -> None:
        self._polled.revoked.extend(self._drop(consumer, partitions))

    def _on_lost(self, consumer: Consumer, partitions: list[KafkaPartition]) -> None:
        self._polled.lost.extend(self._drop(consumer, partitions))

    def _drop(self, consumer: Consumer, partitions: list[KafkaPartition]) -> list[TopicPartition]:
        """Unassign anchors and everything that is read with them."""
        anchors = [TopicPartition(p.topic, p.partition) for p in partitions]
        gone = {
            tp for tp in self._positions if tp not in self._held and self._anchor(tp) in anchors
        }
        ingress = {tp for tp in gone if tp.topic in self._ingress_topics}
        consumer.incremental_unassign(bare([*anchors, *(gone - ingress)]))
        if ingress:
            self._ingress.incremental_unassign(bare(ingress))
        for tp in gone.union(anchors):
            self._positions.pop(tp, None)
        self._held.difference_update(anchors)
        # A partition that came and went within one poll was never announced.
        announced = [a for a in anchors if a not in self._polled.assigned]
        self._polled.assigned[:] = [a for a in self._polled.assigned if a not in anchors]
        return announced

    def _anchor(self, tp: TopicPartition) -> TopicPartition:
        """The anchor that an input goes with: same number, of `ingress` modulo P."""
        topic = self._ingress_topics.get(tp.topic)
        if topic is None:
            return TopicPartition(self._transfers[tp.topic], tp.partition)
        return TopicPartition(topic, tp.partition % self._partitions[topic])
