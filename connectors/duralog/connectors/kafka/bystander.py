"""A look at topics from aside, on Kafka: `duralog.connectors.transport.Bystander`."""

from typing import Any, Final

from confluent_kafka import Consumer, KafkaError, KafkaException, TopicCollection
from confluent_kafka import TopicPartition as KafkaPartition

from duralog.connectors.broker import FatalError, ReadResult, TopicPartition
from duralog.connectors.kafka.clients import (
    CALL_TIMEOUT_S,
    answer_of,
    close_client,
    consumer_config,
    error_of,
    lacks_right,
    open_admin,
    open_client,
    patiently,
    unreachable,
)
from duralog.connectors.kafka.reader import Reader
from duralog.connectors.kafka.settings import KafkaSettings
from duralog.connectors.transport import TransportError

Metadata = Any  # Of confluent-kafka, where it is untyped.
GROUP: Final = (
    "duralog-index"  # librdkafka wants a name; nobody joins it, nothing is committed to it.
)


class KafkaBystander:
    """See `transport.Bystander`."""

    def __init__(self, settings: KafkaSettings) -> None:
        self._settings = settings
        config = consumer_config(settings, group=GROUP, read_committed=True, owned={})
        self._consumer = open_client(Consumer, config)

    def cluster_id(self) -> str:
        """As the brokers have it."""
        return str(self._metadata(None).cluster_id)

    def topic_id(self, topic: str) -> str:
        """As the brokers have it."""
        admin: Any = open_admin(self._settings)
        futures = admin.describe_topics(TopicCollection([topic]), request_timeout=CALL_TIMEOUT_S)
        try:
            return str(answer_of(futures[topic]).topic_id)
        except KafkaException as error:
            raise TransportError(self._refused(topic, error_of(error))) from None

    def extents(self, topic: str) -> dict[int, tuple[int, int]]:
        """First kept and end offset by partition; behind an open transaction's begin, too."""
        found = self._metadata(topic).topics[topic]
        if found.error is not None and lacks_right(found.error):
            raise TransportError(self._refused(topic, found.error))
        if found.error is not None:
            text = f"no topic {topic!r}: {found.error.str()}; does 'duralog topics plan' list it?"
            raise TransportError(text)
        try:
            return {
                p: self._consumer.get_watermark_offsets(KafkaPartition(topic, p), CALL_TIMEOUT_S)
                for p in sorted(found.partitions)
            }
        except KafkaException as error:
            raise TransportError(self._refused(topic, error_of(error))) from None

    def reader(self, offsets: dict[TopicPartition, int]) -> "KafkaTopicReader":
        """A reader that begins at `offsets`."""
        return KafkaTopicReader(self._settings, offsets)

    def close(self) -> None:
        """Give the connections back."""
        close_client(self._consumer.close)

    def _refused(self, topic: str, error: KafkaError) -> str:
        return unreachable(self._settings, error, name=topic)

    def _metadata(self, topic: str | None) -> Metadata:
        try:
            known: Any = self._consumer
            with patiently(self._settings):
                return known.list_topics(topic, timeout=CALL_TIMEOUT_S)
        except KafkaException as error:
            raise TransportError(unreachable(self._settings, error_of(error))) from None


class KafkaTopicReader:
    """See `transport.TopicReader`."""

    def __init__(self, settings: KafkaSettings, offsets: dict[TopicPartition, int]) -> None:
        self._reader = Reader(settings, group=GROUP, offsets=offsets)

    def read(self, *, records_max: int, wait_ms: int) -> ReadResult:
        """What is there, after waiting for a first record."""
        try:
            return self._reader.read(records_max=records_max, wait_ms=wait_ms)
        except FatalError as error:
            raise TransportError(str(error)) from None

    def close(self) -> None:
        """Give the connections back."""
        self._reader.close()
