"""A slot that has missed a rebalance: what it commits under its old generation is refused."""

import pytest

from duralog.connectors.broker import AbortableError, OutRecord, TopicPartition
from duralog.connectors.clock import monotonic_ms
from duralog.connectors.embedded import EmbeddedKafka
from duralog.connectors.kafka.consumer import Inputs
from duralog.connectors.kafka.producer import TransactionalProducer
from duralog.connectors.kafka.settings import KafkaSettings
from duralog.schemas.topics import TopicNames
from integration.records import Log
from integration.toy_engine import create_topics

WAIT_MS = 60_000
PARTITIONS = 2


class Member:
    """A slot's inputs, polled by the test."""

    def __init__(self, settings: KafkaSettings, names: TopicNames, instance: str) -> None:
        group = f"{names.prefix}.engine"
        self.inputs = Inputs(settings, names=[names], group=group, instance=instance)
        self.inputs.subscribe()
        self.held: set[TopicPartition] = set()

    def poll(self) -> None:
        polled = self.inputs.poll(wait_ms=100, records_max=1, bytes_max=1_000, wake=lambda: False)
        self.held -= {*polled.revoked, *polled.lost}
        self.held |= {*polled.assigned}


def poll_until_shared(*members: Member) -> None:
    """All partitions are held, by each member as many."""
    deadline_ms = monotonic_ms() + WAIT_MS
    while any(len(m.held) != PARTITIONS // len(members) for m in members):
        assert monotonic_ms() < deadline_ms, [m.held for m in members]
        for member in members:
            member.poll()


def test_a_transaction_under_an_old_generation_aborts_and_the_next_one_commits(
    kafka: EmbeddedKafka, topic_prefix: str
) -> None:
    settings = KafkaSettings({"bootstrap.servers": kafka.bootstrap_servers})
    names = TopicNames(prefix=topic_prefix, namespace="default")
    create_topics(settings, names)
    history, anchor = names.of("history"), TopicPartition(names.of("requests"), 0)
    first = Member(settings, names, "first")
    poll_until_shared(first)
    stale = first.inputs.group_metadata()
    second = Member(settings, names, "second")
    poll_until_shared(first, second)
    producer = TransactionalProducer(settings, transactional_id=f"{topic_prefix}.engine.0")

    producer.begin()
    producer.produce([OutRecord(history, 0, b"k", b"stale")])
    producer.flush()
    with pytest.raises(AbortableError, match="ILLEGAL_GENERATION"):
        producer.send_offsets({anchor: (1, "")}, stale)
    producer.abort()
    producer.begin()
    producer.produce([OutRecord(history, 0, b"k", b"fresh")])
    producer.flush()
    producer.send_offsets({anchor: (2, "")}, first.inputs.group_metadata())
    producer.commit()

    assert [r.value for r in Log(kafka.bootstrap_servers, history).all()] == [b"fresh"]
    first.inputs.close()
    second.inputs.close()
