"""How many partitions topics have, asked once at start."""

from typing import Any

from confluent_kafka import KafkaException

from duralog.connectors.broker import FatalError
from duralog.connectors.kafka.clients import (
    CALL_TIMEOUT_S,
    error_of,
    open_admin,
    patiently,
    unreachable,
)
from duralog.connectors.kafka.settings import KafkaSettings


def partition_counts(settings: KafkaSettings, topics: list[str]) -> dict[str, int]:
    """Partitions of each topic. Raises FatalError when one is missing or no broker answers."""
    try:
        with patiently(settings):
            found: Any = open_admin(settings).list_topics(timeout=CALL_TIMEOUT_S).topics
    except KafkaException as error:
        raise FatalError(unreachable(settings, error_of(error))) from None
    missing = [topic for topic in topics if topic not in found]
    if missing:
        raise FatalError(f"topic {missing[0]} is missing: run 'duralog topics apply'")
    return {topic: len(found[topic].partitions) for topic in topics}
