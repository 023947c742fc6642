"""Which topics a namespace needs, and how they are set. Pure."""

from dataclasses import dataclass
from typing import Final

from duralog.schemas.topics import DAY_MS, TOPIC_SIZE_BYTES_MAX, TOPICS, TopicKind, TopicNames

DELETE_RETENTION_MS: Final = (
    7 * DAY_MS
)  # How long a slot may be away and still see every tombstone.
# How long a torn transaction may wait for the one that declares it void, and writes again what it
# has written over: a night without engines.
COMPACTION_LAG_MS: Final = DAY_MS // 2
SEGMENT_BYTES: Final = (
    256 * 1024 * 1024
)  # A quarter of the default: compaction skips the open segment.
ACTIVITY_PARTITIONS_PER_ENGINE_PARTITION: Final = 4
DEAD_LETTER_PARTITIONS: Final = 4


@dataclass(slots=True, frozen=True, kw_only=True)
class TopicSizes:
    """What an operator chooses.

    partitions: engine partitions, P; it can never be changed afterwards.
    ingress_partitions: 0 for P. replication: 0 for the brokers' default; min_insync: 0 likewise.
    """

    partitions: int = 8
    ingress_partitions: int = 0
    inbox_partitions: int = 8
    replication: int = 0
    min_insync: int = 0


@dataclass(slots=True, frozen=True, kw_only=True)
class TopicPlan:
    """One topic as it should be."""

    name: str
    kind: str
    partitions: int
    replication: int  # 0: the brokers' default.
    config: dict[str, str]


def plan_topic(kind: str, name: str, sizes: TopicSizes) -> TopicPlan:
    """The topic `name` of `kind` (of TOPICS)."""
    spec = TOPICS[kind]
    return TopicPlan(
        name=name,
        kind=kind,
        partitions=_partitions(spec, sizes),
        replication=sizes.replication,
        config=_config(spec, sizes),
    )


def plan_topics(names: TopicNames, sizes: TopicSizes) -> list[TopicPlan]:
    """All topics of a namespace but those of its Task Queues, which workers and engine create."""
    return [
        plan_topic(spec.name, names.of(spec.name), sizes)
        for spec in TOPICS.values()
        if not spec.per_queue
    ]


def _partitions(spec: TopicKind, sizes: TopicSizes) -> int:
    return {
        "engine": sizes.partitions,
        "ingress": sizes.ingress_partitions or sizes.partitions,
        "activities": sizes.partitions * ACTIVITY_PARTITIONS_PER_ENGINE_PARTITION,
        "inbox": sizes.inbox_partitions,
        "dead_letters": DEAD_LETTER_PARTITIONS,
    }[spec.partitions]


def _config(spec: TopicKind, sizes: TopicSizes) -> dict[str, str]:
    config = {
        "cleanup.policy": spec.cleanup,
        "max.message.bytes": str(TOPIC_SIZE_BYTES_MAX),
    }
    if spec.cleanup == "delete":
        config["retention.ms"] = str(spec.retention_ms)
    else:
        config["delete.retention.ms"] = str(DELETE_RETENTION_MS)
        config["min.compaction.lag.ms"] = str(COMPACTION_LAG_MS)
        config["segment.bytes"] = str(SEGMENT_BYTES)
    if spec.log_append_time:
        config["message.timestamp.type"] = "LogAppendTime"
    if sizes.min_insync:
        config["min.insync.replicas"] = str(sizes.min_insync)
    return config
