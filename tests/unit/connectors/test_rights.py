"""A right that is missing is no run's fault, and is told with what to do."""

import pytest
from confluent_kafka import KafkaError

from duralog.connectors.broker import FatalError, RecordError
from duralog.connectors.kafka.clients import lacks_right, unreachable
from duralog.connectors.kafka.producer import TransactionalProducer
from duralog.connectors.kafka.settings import KafkaSettings

DENIED = KafkaError(KafkaError.TOPIC_AUTHORIZATION_FAILED)


@pytest.fixture
def producer() -> TransactionalProducer:
    return TransactionalProducer(KafkaSettings(), transactional_id="my.prefix.engine.0")


def test_a_topic_of_ours_that_may_not_be_written_ends_the_slot(
    producer: TransactionalProducer,
) -> None:
    error = producer._translated(DENIED, topic="my.prefix.orders.history")
    assert isinstance(error, FatalError)
    assert "my.prefix.orders.history: TOPIC_AUTHORIZATION_FAILED" in str(error)
    assert "duralog acl print" in str(error)


def test_a_topic_of_others_is_one_records_fault(producer: TransactionalProducer) -> None:
    error = producer._translated(DENIED, topic="invoices")
    assert isinstance(error, RecordError)
    assert error.topic == "invoices"


@pytest.mark.parametrize(
    "code",
    [
        KafkaError.GROUP_AUTHORIZATION_FAILED,
        KafkaError.TRANSACTIONAL_ID_AUTHORIZATION_FAILED,
    ],
)
def test_other_rights_end_it_too(producer: TransactionalProducer, code: int) -> None:
    error = producer._translated(KafkaError(code))
    assert isinstance(error, FatalError)
    assert "duralog acl print" in str(error)


def test_brokers_that_refuse_are_not_called_unreachable() -> None:
    denied = KafkaError(KafkaError.CLUSTER_AUTHORIZATION_FAILED)
    assert lacks_right(denied)
    text = unreachable(KafkaSettings(), denied)
    assert "refuse: CLUSTER_AUTHORIZATION_FAILED" in text
    assert "no Kafka broker answered" not in text
    assert not lacks_right(KafkaError(KafkaError._TRANSPORT))
