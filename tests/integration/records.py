"""Reading and writing topics as strangers do, with plain confluent-kafka."""

import json
import time
from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from confluent_kafka import Consumer, KafkaError, Message, Producer, TopicPartition

READ_S = 30.0
Outgoing = tuple[str | None, bytes, dict[str, str]]  # Key, value, headers.


@dataclass(slots=True, frozen=True)
class Seen:
    """One record."""

    partition: int
    offset: int
    key: bytes
    value: bytes | None
    headers: dict[str, bytes]


class Log:
    """All committed records of a topic, in the order they are read."""

    def __init__(self, address: str, topic: str) -> None:
        self._consumer = Consumer(
            {
                "bootstrap.servers": address,
                "group.id": "reader",
                "isolation.level": "read_committed",
                "enable.auto.commit": False,
                "auto.offset.reset": "earliest",
                "enable.partition.eof": True,
            }
        )
        partitions = self._consumer.list_topics(topic, timeout=10).topics[topic].partitions
        self._consumer.assign([TopicPartition(topic, p, 0) for p in partitions])
        self.records: list[Seen] = []
        self._behind = set(partitions)  # Those whose end was not seen after their last record.

    def all(self) -> list[Seen]:
        """All that is committed now."""
        self.until(lambda _: not self._behind)
        return self.records

    def until(self, is_enough: Callable[[list[Seen]], bool], *, timeout_s: float = READ_S) -> None:
        """Read on until `is_enough` says so of all records so far."""
        deadline_s = time.monotonic() + timeout_s
        while not is_enough(self.records):
            assert time.monotonic() < deadline_s, f"{len(self.records)} records are not enough"
            for message in self._consumer.consume(1_000, 0.1):  # Thousands may have come before.
                error = message.error()
                if error is None:
                    seen = _seen(message)
                    self.records.append(seen)
                    self._behind.add(seen.partition)
                elif error.code() == KafkaError._PARTITION_EOF:
                    self._behind.discard(message.partition())

    def close(self) -> None:
        """Give the connection back."""
        self._consumer.close()


def _seen(message: Message) -> Seen:
    headers: Any = message.headers() or []
    partition, offset = message.partition(), message.offset()
    assert partition is not None
    assert offset is not None
    key: Any = message.key() or b""
    value: Any = message.value()
    return Seen(partition, offset, key, value, dict(headers))


@contextmanager
def reading(address: str, topic: str) -> Generator[Log]:
    """A `Log` for as long as it is needed."""
    log = Log(address, topic)
    try:
        yield log
    finally:
        log.close()


def publish(
    address: str,
    topic: str,
    records: Sequence[Outgoing],
    **settings: str,
) -> None:
    """Produce key, value and headers of each, as a service would; returns when all are written."""
    producer = Producer({"bootstrap.servers": address, **settings})
    failed: list[KafkaError] = []

    def delivered(error: KafkaError | None, _message: Message) -> None:
        if error is not None:
            failed.append(error)

    for key, value, headers in records:
        producer.produce(topic, value, key, headers=dict(headers), on_delivery=delivered)
    assert producer.flush(READ_S) == 0
    assert failed == []


def as_json(document: Mapping[str, object], key: str | None = None, **headers: str) -> Outgoing:
    """A record of `ingress` in JSON."""
    said = {"content-type": "application/json", **headers}
    return key, json.dumps(document).encode(), said
