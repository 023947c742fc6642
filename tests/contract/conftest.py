"""The brokers of the contract tests: in memory, and the real Kafka of those marked integration."""

import itertools
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from contract.slots import SIZES, Harness
from duralog.connectors.clock import SystemClock
from duralog.connectors.embedded import EmbeddedKafka
from duralog.connectors.kafka.clients import open_admin
from duralog.connectors.kafka.driver import KafkaDriver
from duralog.connectors.kafka.ensure import create_topic
from duralog.connectors.kafka.line import KafkaLine
from duralog.connectors.kafka.settings import KafkaSettings
from duralog.connectors.memory import MemoryBroker, MemoryDriver, MemoryLine
from duralog.connectors.topic_plan import plan_topics
from duralog.schemas.topics import TopicNames

COUNTER = itertools.count(1)


@pytest.fixture(scope="session")
def kafka(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedKafka]:
    """The broker that all contract tests share."""
    with EmbeddedKafka(data_dir=Path(tmp_path_factory.mktemp("kafka"))) as broker:
        yield broker


@pytest.fixture(params=["memory", pytest.param("kafka", marks=pytest.mark.integration)])
def harness(request: pytest.FixtureRequest) -> Iterator[Harness]:
    name = re.sub(r"[^a-z0-9]+", "-", request.node.originalname.lower())[5:45].strip("-")
    names = TopicNames(prefix=f"c{next(COUNTER)}-{name}", namespace="default")
    if request.param == "memory":
        broker = MemoryBroker(SystemClock())
        broker.create_topics(names, SIZES)
        yield Harness(
            names,
            lambda slot: MemoryDriver(broker, names=[names], slot=slot),
            MemoryLine(broker),
        )
        return
    kafka: EmbeddedKafka = request.getfixturevalue("kafka")
    settings = KafkaSettings({"bootstrap.servers": kafka.bootstrap_servers})
    admin = open_admin(settings)
    for plan in plan_topics(names, SIZES):
        create_topic(admin, plan)
    line = KafkaLine(settings, client_id="contract")
    yield Harness(names, lambda slot: KafkaDriver(settings, names=[names], slot=slot), line)
    line.close()
