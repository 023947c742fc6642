"""A client's or worker's connection to Kafka: `duralog.connectors.transport` on confluent-kafka."""

import threading
import time
from collections.abc import Callable
from typing import Any, Final

from confluent_kafka import Consumer, KafkaError, KafkaException, Message, Producer
from confluent_kafka import TopicPartition as KafkaPartition

from duralog.connectors.broker import OutRecord, Record, TopicPartition
from duralog.connectors.kafka.bystander import KafkaBystander
from duralog.connectors.kafka.clients import (
    CALL_TIMEOUT_S,
    LOG,
    close_client,
    consumer_config,
    drop_member,
    error_of,
    lacking,
    lacking_on,
    lacks_right,
    leave_group,
    member_config,
    open_admin,
    open_client,
    patiently,
    plain_config,
    unreachable,
)
from duralog.connectors.kafka.consumer import bare, placed, to_record
from duralog.connectors.kafka.ensure import create_topic, sizes_like, too_small
from duralog.connectors.kafka.settings import KafkaSettings
from duralog.connectors.topic_plan import plan_topic
from duralog.connectors.transport import (
    BeforeRevoke,
    Delivery,
    Fed,
    OnDelivery,
    QueueFullError,
    TransportError,
)

Metadata = Any  # Of confluent-kafka, where it is untyped.

# Refusals of one record; everything else may succeed when tried again.
_PERMANENT: Final = frozenset(
    {
        KafkaError.MSG_SIZE_TOO_LARGE,
        KafkaError.RECORD_LIST_TOO_LARGE,
        KafkaError.TOPIC_AUTHORIZATION_FAILED,
        KafkaError.CLUSTER_AUTHORIZATION_FAILED,
        KafkaError.INVALID_RECORD,
        KafkaError.POLICY_VIOLATION,
        KafkaError._UNKNOWN_TOPIC,  # noqa: SLF001 (librdkafka's own codes begin with an underscore)
        KafkaError._UNKNOWN_PARTITION,  # noqa: SLF001
    }
)
_NO_LEADER: Final = frozenset(
    {
        KafkaError.NOT_LEADER_FOR_PARTITION,
        KafkaError.LEADER_NOT_AVAILABLE,
        KafkaError.UNKNOWN_TOPIC_OR_PART,
    }
)
LEAVE_MS_MAX: Final = 6_000  # As long as a rebalance waits for a member that is gone.
WRITTEN: Final = (".requests", ".dead-letters")  # What clients and workers only write.
LEADER_TRIES: Final = 50
LEADER_WAIT_S: Final = 0.1


class KafkaLine:
    """See `transport.Line`."""

    def __init__(self, settings: KafkaSettings, *, client_id: str) -> None:
        self._settings = settings
        self._client_id = client_id
        self._lock = threading.Lock()
        self._producer = self._new_producer()
        self._broken: list[Producer] = []  # What they held is reported failed, then they go.
        self._listener: Consumer | None = None

    def connect(self) -> None:
        """Ask for the cluster's metadata."""
        self._metadata(None)

    def partitions(self, topic: str) -> int:
        """How many partitions `topic` has; 0: it does not exist."""
        found = self._metadata(topic).topics.get(topic)
        if found is not None and found.error is not None and lacks_right(found.error):
            operation = "Write" if topic.endswith(WRITTEN) else "Read"
            text = lacking(self._settings, found.error, name=topic, operation=operation)
            raise TransportError(text)
        return 0 if found is None or found.error is not None else len(found.partitions)

    def produce(self, record: OutRecord, on_delivery: OnDelivery) -> None:
        """Hand over to librdkafka."""
        topic, partition, key, value, headers = record

        def delivered(error: KafkaError | None, message: "Message[bytes, bytes]") -> None:
            if error is None:
                on_delivery(Delivery(message.partition() or 0, message.offset() or 0, "", False))
                return
            text = f"{topic}[{partition}]: {error.name()}: {error.str()}"
            if lacks_right(error):
                text = self._may_not_write(topic, error)
            is_permanent = error.code() in _PERMANENT
            on_delivery(Delivery(partition, -1, text, is_permanent))

        for is_last in (False, True):
            producer = self._producer
            try:
                producer.produce(
                    topic,
                    value,
                    key,
                    partition,
                    delivered,
                    headers=headers,  # type: ignore[arg-type]
                )
            except KafkaException as error:
                found = error_of(error)
                if is_last or found.code() != KafkaError._FATAL:  # noqa: SLF001
                    raise TransportError(f"{topic}: {found.name()}: {found.str()}") from None
                self._replace(producer)
            except BufferError:
                raise QueueFullError("too much is waiting to be sent; slow down") from None
            else:
                return

    def serve(self, wait_ms: int) -> None:
        """Call back for deliveries; also sends what the log says."""
        self._call_back(self._producer, lambda producer: producer.poll(wait_ms / 1000))
        for broken in list(self._broken):
            self._call_back(broken, lambda producer: producer.poll(0))
            if not len(broken):
                self._broken.remove(broken)

    def flush(self, wait_ms: int) -> None:
        """Wait until all that was handed over is delivered."""
        self._call_back(self._producer, lambda producer: producer.flush(wait_ms / 1000))

    def _call_back(self, producer: Producer, call: Callable[[Producer], object]) -> None:
        """confluent-kafka raises a fatal error from there: see `TransactionalProducer._served`."""
        try:
            call(producer)
        except (KafkaException, SystemError) as error:
            LOG.warning("the producer: %s", error)
            self._replace(producer)

    def listen(self, partition: TopicPartition) -> None:
        """Read what is appended from now on: a queried offset, OFFSET_END resolves too late."""
        config = consumer_config(
            self._settings,
            group=f"{self._client_id}.inbox",
            read_committed=False,
            # After an hour without a network our place is gone, and with it what we missed.
            owned={"auto.offset.reset": "latest"},
        )
        # One partition, read for good: nothing waits for a fetch.
        config["fetch.wait.max.ms"] = 500
        listener = open_client(Consumer, config)
        end = _end_offset(listener, partition, self._settings)
        listener.assign(placed({partition: end}))
        self._listener = listener

    def receive(self, wait_ms: int) -> list[Record]:
        """Records of the partition listened to."""
        assert self._listener is not None, "listen first"
        first = self._listener.poll(wait_ms / 1000)
        if first is None:
            return []
        return _records(self._settings, [first, *self._listener.consume(500, 0)])

    def ensure_topic(self, topic: str, kind: str, anchor: str) -> None:
        """Create a Task Queue's topic if it is missing; one that is too small is refused."""
        count = self.partitions(topic)
        if count:
            needed = self.partitions(anchor)
            if count < needed:
                raise TransportError(too_small(topic, count, needed))
            return
        admin = open_admin(self._settings)
        try:
            create_topic(admin, plan_topic(kind, topic, sizes_like(admin, anchor)))
        except KafkaException as error:
            found = error_of(error)
            if lacks_right(found):
                own = self._settings.of("worker")
                text = lacking(own, found, name=topic, operation="Create")
                raise TransportError(text) from None
            raise TransportError(f"cannot create {topic}: {found.name()}: {found.str()}") from None

    def feed(self, topic: str, group: str, before_revoke: BeforeRevoke) -> "KafkaFeed":
        """Join `group` on `topic`."""
        return KafkaFeed(self._settings, topic=topic, group=group, before_revoke=before_revoke)

    def bystander(self) -> KafkaBystander:
        """Another connection, to look at topics."""
        return KafkaBystander(self._settings)

    def close(self) -> None:
        """Close the listener; the producer was flushed by whoever closes."""
        if self._listener is not None:
            close_client(self._listener.close)
            self._listener = None

    def _may_not_write(self, topic: str, error: KafkaError) -> str:
        # Who may write nothing at all is told that it may not write idempotently in the cluster.
        return lacking_on(self._settings, error, resource=f"topic {topic}", operation="Write")

    def _metadata(self, topic: str | None) -> Metadata:
        try:
            with patiently(self._settings):
                return self._producer.list_topics(topic, timeout=CALL_TIMEOUT_S)
        except KafkaException as error:
            raise TransportError(unreachable(self._settings, error_of(error))) from None

    def _new_producer(self) -> Producer:
        return open_client(
            Producer, plain_config(self._settings, client_id=self._client_id, reliable=True)
        )

    def _replace(self, broken: Producer) -> None:
        """A producer that failed for good makes place; what it held is reported failed."""
        with self._lock:
            if self._producer is broken:
                LOG.warning("the producer failed for good; opening a new one")
                self._broken.append(broken)
                self._producer = self._new_producer()


class KafkaFeed:
    """See `transport.Feed`."""

    def __init__(
        self,
        settings: KafkaSettings,
        *,
        topic: str,
        group: str,
        before_revoke: BeforeRevoke,
    ) -> None:
        self._settings = settings.of("worker")
        self._group = group
        self._before_revoke = before_revoke
        self._paused = False
        self._fed = Fed()
        self._mine: set[TopicPartition] = set()
        config = member_config(settings, group=group, instance="")
        config["auto.offset.reset"] = "earliest"  # Whoever joins first takes what was waiting.
        self._consumer = open_client(Consumer, config)
        self._consumer.subscribe(
            [topic],
            on_assign=self._on_assign,
            on_revoke=self._on_revoke,
            on_lost=self._on_lost,
        )

    def poll(self, *, wait_ms: int, records_max: int) -> Fed:
        """Wait for a first record, then take what is there."""
        self._fed = Fed()
        first = self._consumer.poll(wait_ms / 1000)
        if first is not None:
            rest = self._consumer.consume(records_max - 1, 0) if records_max > 1 else []
            records = _records(self._settings, [first, *rest], group=self._group)
            self._fed.records = [r for r in records if (r[0], r[1]) in self._mine]
        return self._fed

    def pause(self) -> None:
        """Read no more records."""
        self._paused = True
        self._consumer.pause(bare(self._mine))

    def resume(self) -> None:
        """Read on."""
        self._paused = False
        self._consumer.resume(bare(self._mine))

    def commit(self, offsets: dict[TopicPartition, int], *, wait: bool) -> None:
        """Commit the next offsets to read."""
        if not offsets:
            return
        try:
            if wait:
                self._consumer.commit(offsets=placed(offsets), asynchronous=False)
            else:
                self._consumer.commit(offsets=placed(offsets), asynchronous=True)
        except KafkaException as error:
            LOG.warning("commit: %s", error_of(error).str())

    def close(self) -> None:
        """Leave the group; `before_revoke` runs in it."""
        close_client(self._end)

    def _end(self) -> None:
        leave_group(self._consumer, max_ms=LEAVE_MS_MAX)
        if self._mine:  # Nobody has asked for them back in time.
            self.commit(self._before_revoke(sorted(self._mine)), wait=True)
        drop_member(self, "_consumer")

    def _on_assign(self, consumer: Consumer, partitions: list[KafkaPartition]) -> None:
        consumer.incremental_assign(partitions)
        for p in partitions:
            tp = TopicPartition(p.topic, p.partition)
            self._mine.add(tp)
            try:
                self._fed.assigned[tp] = _end_offset(consumer, tp, self._settings)
            except TransportError as error:
                LOG.warning("%s: every task there is claimed", error)
                self._fed.assigned[tp] = 1 << 62
        if self._paused:
            consumer.pause(partitions)

    def _on_revoke(self, consumer: Consumer, partitions: list[KafkaPartition]) -> None:
        revoked = [TopicPartition(p.topic, p.partition) for p in partitions]
        self.commit(self._before_revoke(revoked), wait=True)
        self._forget(consumer, revoked)

    def _on_lost(self, consumer: Consumer, partitions: list[KafkaPartition]) -> None:
        lost = [TopicPartition(p.topic, p.partition) for p in partitions]
        LOG.warning("lost %d task partitions: polled too late, or the session ended", len(lost))
        self._before_revoke(lost)
        self._forget(consumer, lost)

    def _forget(self, consumer: Consumer, partitions: list[TopicPartition]) -> None:
        self._mine.difference_update(partitions)
        for tp in partitions:
            self._fed.assigned.pop(tp, None)
        consumer.incremental_unassign(bare(partitions))


def _end_offset(consumer: Consumer, tp: TopicPartition, settings: KafkaSettings) -> int:
    """The end of a partition just assigned. A topic just created has no leader for a moment."""
    for tries_left in reversed(range(LEADER_TRIES)):
        try:
            return consumer.get_watermark_offsets(KafkaPartition(*tp), CALL_TIMEOUT_S)[1]
        except KafkaException as error:
            if tries_left == 0 or error_of(error).code() not in _NO_LEADER:
                text = unreachable(settings, error_of(error), name=tp.topic)
                raise TransportError(text) from None
            time.sleep(LEADER_WAIT_S)
    raise AssertionError("the last try returns or raises")


def _records(
    settings: KafkaSettings, messages: "list[Message[Any, Any]]", *, group: str = ""
) -> list[Record]:
    """The records among messages; errors go to the log, librdkafka tries again by itself.

    It asks for the coordinator of any group that it has a name of, also of one that nobody joins.
    group: that we are in.
    """
    records: list[Record] = []
    for m in messages:
        error = m.error()
        if error is None:
            records.append(to_record(m))
        elif error.code() == KafkaError.GROUP_AUTHORIZATION_FAILED and not group:
            continue
        elif lacks_right(error):
            LOG.error("%s", lacking(settings, error, name=m.topic() or group))
        else:
            LOG.warning("%s[%s]: %s", m.topic(), m.partition(), error.str())
    return records
