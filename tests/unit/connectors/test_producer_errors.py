"""How confluent-kafka tells a fatal error from within callbacks, and what we make of it."""

import pytest
from confluent_kafka import KafkaError, KafkaException

from duralog.connectors.broker import FatalError
from duralog.connectors.kafka.producer import TransactionalProducer
from duralog.connectors.kafka.settings import KafkaSettings

FENCED = KafkaException(KafkaError(KafkaError._FENCED, "fenced by a newer one", fatal=True))


def raise_plainly() -> int:
    raise FENCED


def raise_from_a_callback() -> int:
    raise SystemError("topic returned a result with an exception set") from FENCED


def lose_it() -> int:
    raise SystemError("flush returned NULL without setting an exception")


@pytest.mark.parametrize("call", [raise_plainly, raise_from_a_callback, lose_it])
def test_it_ends_the_slot_with_a_name(call: object) -> None:
    producer = TransactionalProducer(KafkaSettings(), transactional_id="slot")
    with pytest.raises(FatalError, match=r"fenced by a newer one|fatal error of the producer"):
        producer._served(call)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
