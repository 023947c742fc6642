"""Asks a cluster for what the doctor wants to know (`duralog.connectors.doctor`)."""

from typing import Any

from confluent_kafka import KafkaError, KafkaException
from confluent_kafka.admin import ConfigResource, ResourceType  # type: ignore[attr-defined]

from duralog.connectors.admin import explained
from duralog.connectors.doctor.facts import OFFSETS, TRANSACTIONS, ClusterFacts, TopicFacts
from duralog.connectors.kafka.clients import (
    CALL_TIMEOUT_S,
    answer_of,
    error_of,
    open_admin,
    patiently,
)
from duralog.connectors.kafka.ensure import Admin
from duralog.connectors.kafka.settings import KafkaSettings
from duralog.schemas.topics import TOPICS, TopicNames

Configs = dict[str, dict[str, str]]


def describe(settings: KafkaSettings, names: TopicNames) -> ClusterFacts:
    """The brokers, the topics of a namespace, those of its Task Queues, and Kafka's own.

    Settings that we may not read are named in `refused`. Raises AdminError when nothing is told.
    """
    admin = open_admin(settings)
    try:
        with patiently(settings):
            found: Any = admin.list_topics(timeout=CALL_TIMEOUT_S)
        kinds = topic_kinds(names, set(found.topics))
        there = [name for name in kinds if name in found.topics]
        refused = _hidden(
            admin, [n for n, k in kinds.items() if n not in found.topics and k in TOPICS]
        )
        configs = _configs(admin, ResourceType.TOPIC, there, refused)
        brokers = _configs(admin, ResourceType.BROKER, [str(b) for b in found.brokers], refused)
    except KafkaException as error:
        raise explained(settings, error) from None
    return ClusterFacts(
        servers=settings.bootstrap_servers,
        role=settings.role,
        brokers=len(found.brokers),
        topics=tuple(
            _facts(name, kind, found.topics.get(name), configs.get(name, {}))
            for name, kind in kinds.items()
        ),
        settings=brokers,
        refused=refused,
    )


def topic_kinds(names: TopicNames, found: set[str]) -> dict[str, str]:
    """Kind of each topic that a namespace needs, of its queues' as they are there, of Kafka's."""
    kinds = {names.of(spec.name): spec.name for spec in TOPICS.values() if not spec.per_queue}
    base = names.of("requests").removesuffix("requests")
    for spec in TOPICS.values():
        if spec.per_queue:
            queues = sorted(name for name in found if name.startswith(f"{base}{spec.name}."))
            kinds.update(dict.fromkeys(queues, spec.name))
    return {**kinds, OFFSETS: OFFSETS, TRANSACTIONS: TRANSACTIONS}


def _hidden(admin: Admin, names: list[str]) -> dict[str, str]:
    """Of topics that are not listed, those that we may not see, and the brokers' word for it."""
    hidden: dict[str, str] = {}
    for name in names:
        error: Any = admin.list_topics(name, timeout=CALL_TIMEOUT_S).topics[name].error
        if error is not None and error.code() == KafkaError.TOPIC_AUTHORIZATION_FAILED:
            hidden[name] = error.name()
    return hidden


def _configs(
    admin: Admin,
    kind: Any,  # noqa: ANN401 (an enumeration of confluent-kafka that its types leave out)
    names: list[str],
    refused: dict[str, str],
) -> Configs:
    """Effective settings by name; of what is not told, the reason goes into `refused`."""
    if not names:
        return {}
    # One call for each broker: only a broker itself knows its settings.
    resources = [ConfigResource(kind, name) for name in names]
    futures: Any = admin.describe_configs(resources, request_timeout=CALL_TIMEOUT_S)
    configs: Configs = {}
    for resource, future in futures.items():
        try:
            entries = answer_of(future)
        except KafkaException as error:
            what = resource.name if kind == ResourceType.TOPIC else f"broker {resource.name}"
            refused[what] = error_of(error).name()
        else:
            configs[resource.name] = {
                key: entry.value for key, entry in entries.items() if entry.value is not None
            }
    return configs


def _facts(name: str, kind: str, found: Any, config: dict[str, str]) -> TopicFacts:  # noqa: ANN401
    if found is None or found.error is not None:
        return TopicFacts(name=name, kind=kind, partitions=0)
    partitions = found.partitions.values()
    return TopicFacts(
        name=name,
        kind=kind,
        partitions=len(partitions),
        replication=min((len(p.replicas) for p in partitions), default=1),
        leaderless=sum(p.leader < 0 for p in partitions),
        config=config,
    )
