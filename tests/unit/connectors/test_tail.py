"""A bystander reads every record of a topic, tombstones too, of librdkafka's own mock broker."""

import pytest
from confluent_kafka import Producer

from duralog.connectors.kafka.settings import KafkaSettings
from duralog.connectors.tail import Start, tail


@pytest.fixture
def producer() -> Producer:
    """Of a cluster that lives in it."""
    return Producer({"test.mock.num.brokers": 1, "allow.auto.create.topics": True, "log_level": 0})


@pytest.mark.parametrize("values", [[None], [None, b"a", None, b"b"], [b"a", None]])
def test_a_tombstone_is_a_record_wherever_it_stands(
    producer: Producer, values: list[bytes | None]
) -> None:
    broker = next(iter(producer.list_topics(timeout=10).brokers.values()))
    for value in values:
        producer.produce("t", value, b"k", 0)
    assert producer.flush(10) == 0
    settings = KafkaSettings({"bootstrap.servers": f"{broker.host}:{broker.port}"})
    found = list(tail(settings, "t", start=Start.earliest(), follow=False))
    assert [record.value for record in found] == values
