"""A right that is missing is no run's fault, and is told with what to do."""

import pytest
from confluent_kafka import KafkaError

from duralog.connectors.broker import FatalError, RecordError, RightsError
from duralog.connectors.kafka.clients import lacks_right, unreachable
from duralog.connectors.kafka.producer import TransactionalProducer
from duralog.connectors.kafka.settings import KafkaSettings

DENIED = KafkaError(KafkaError.TOPIC_AUTHORIZATION_FAILED)


@pytest.fixture
def producer() -> TransactionalProducer:
    settings = KafkaSettings(role="engine")
    return TransactionalProducer(settings, transactional_id="my.prefix.engine.0")


def test_a_topic_of_ours_that_may_not_be_written_ends_the_slot(
    producer: TransactionalProducer,
) -> None:
    error = producer._translated(DENIED, topic="my.prefix.orders.history")
    assert isinstance(error, FatalError)
    assert str(error) == (
        "the role engine lacks Write on topic my.prefix.orders.history"
        " (TOPIC_AUTHORIZATION_FAILED): 'duralog acl print' tells what it needs"
    )


def test_the_topic_for_which_a_transaction_fails_is_told_though_its_records_are_only_purged(
    producer: TransactionalProducer,
) -> None:
    line = 'TxnCoordinator/1: Failed to add partition "my.prefix.orders.timers" [0] to transaction'
    text = f"{line}: Broker: Topic authorization failed"
    producer._hook.log(4, "", "ADDPARTS", "slot", text)
    producer._failed.append((KafkaError(KafkaError._PURGE_QUEUE), "my.prefix.orders.history"))
    with pytest.raises(RightsError, match=r"Write on topic my\.prefix\.orders\.timers "):
        producer._raise_failed()


def test_a_desks_rights_are_its_own() -> None:
    desk = TransactionalProducer(
        KafkaSettings(role="operator"), transactional_id="my.orders.dead-letters", own="my.orders."
    )
    error = desk._translated(DENIED, topic="my.orders.ingress")
    assert isinstance(error, RightsError)
    assert "operator" in str(error)


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
    assert text.startswith("the role client or worker lacks DescribeConfigs on cluster")
    assert "no Kafka broker answered" not in text
    assert not lacks_right(KafkaError(KafkaError._TRANSPORT))
