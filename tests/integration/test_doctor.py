"""The doctor against a real broker: planted settings are told with their fix, and refused."""

import json
from pathlib import Path

import pytest
from confluent_kafka import Producer
from confluent_kafka.admin import AdminClient
from confluent_kafka.admin._config import AlterConfigOpType, ConfigEntry, ConfigResource
from confluent_kafka.admin._resource import ResourceType

from duralog.connectors.doctor import examine
from duralog.connectors.embedded import EmbeddedKafka
from duralog.connectors.kafka.describe import describe
from duralog.connectors.kafka.settings import KafkaSettings
from duralog.connectors.kafka.traffic import look
from duralog.schemas.topics import TopicNames
from integration.stack import Stack

PLANTED = {
    ("history", "cleanup.policy"): "delete",
    ("pending", "delete.retention.ms"): "60000",
    ("requests", "message.timestamp.type"): "CreateTime",
    ("ingress", "retention.ms"): "3600000",
    ("transfers", "max.message.bytes"): "1000",
}


@pytest.fixture
def own(kafka: EmbeddedKafka, topic_prefix: str, tmp_path: Path) -> Stack:
    """Topics of its own, and no engine."""
    stack = Stack(address=kafka.bootstrap_servers, prefix=topic_prefix, directory=tmp_path)
    stack.create_topics()
    return stack


def alter(stack: Stack, planted: dict[tuple[str, str], str]) -> None:
    """Set topics' settings, as an operator's tool does."""
    resources = [
        ConfigResource(
            ResourceType.TOPIC,
            stack.topic(kind),
            incremental_configs=[
                ConfigEntry(setting, value, incremental_operation=AlterConfigOpType.SET)
            ],
        )
        for (kind, setting), value in planted.items()
    ]
    admin = AdminClient({"bootstrap.servers": stack.address})
    for future in admin.incremental_alter_configs(resources).values():
        future.result(10)


def test_planted_settings_are_told_with_their_fix_and_refused(own: Stack) -> None:
    alter(own, PLANTED)
    done = own.duralog("doctor", "-o", "json")
    assert done.returncode == 1, done.stderr
    *findings, counts = (json.loads(line) for line in done.stdout.splitlines())
    errors = [found for found in findings if found["severity"] == "error"]
    assert counts["errors"] == len(errors)
    assert {(f["subject"], f["setting"]): f["found"] for f in errors} == {
        (own.topic(kind), setting): value for (kind, setting), value in PLANTED.items()
    }
    assert all(f"--add-config {f['setting']}={f['wanted']}" in f["fix"] for f in errors)
    refused = own.duralog("engine", "--data-dir", str(own.directory / "state"))
    assert refused.returncode == 1
    assert "5 settings would lose data" in refused.stderr
    assert "--add-config retention.ms=1209600000" in refused.stderr


def test_a_cluster_at_work_tells_what_is_open_and_what_waits(own: Stack) -> None:
    names = TopicNames(prefix=own.prefix, namespace="default")
    settings = KafkaSettings({"bootstrap.servers": own.address})
    facts = describe(settings, names)
    (alone,) = examine(facts)
    assert alone.subject == "cluster"
    producer = Producer(
        {"bootstrap.servers": own.address, "transactional.id": f"{own.prefix}.service"}
    )
    producer.init_transactions(30)
    producer.begin_transaction()
    producer.produce(own.topic("ingress"), b"{}", b"w", 1)
    producer.flush(30)
    found = look(settings, names, facts)
    producer.abort_transaction(30)
    (hidden,) = found.transactions
    assert (hidden.topic, hidden.partition, hidden.offset) == (own.topic("ingress"), 1, 0)
    assert hidden.age_ms >= 0
    assert sum(backlog.records for backlog in found.backlogs) == 1
    assert found.unserved == (0, 1)
    assert found.refused == {}
