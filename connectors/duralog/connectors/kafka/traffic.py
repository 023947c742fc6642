"""Looks at a namespace at work, for the doctor (`duralog.connectors.doctor.traffic`)."""

from typing import Any, Final

from confluent_kafka import Consumer, KafkaError, KafkaException
from confluent_kafka import TopicPartition as KafkaPartition

from duralog.connectors.broker import Extent, FatalError, TopicPartition
from duralog.connectors.clock import now_ms
from duralog.connectors.doctor.facts import ClusterFacts
from duralog.connectors.doctor.traffic import Backlog, OpenTransaction, Traffic
from duralog.connectors.kafka.clients import (
    CALL_TIMEOUT_S,
    answer_of,
    close_client,
    consumer_config,
    error_of,
    open_admin,
    open_client,
)
from duralog.connectors.kafka.reader import GroupReader
from duralog.connectors.kafka.settings import KafkaSettings
from duralog.schemas.topics import CHANGELOGS, TopicNames

INPUTS: Final = ("requests", "transfers", "ingress")


def look(settings: KafkaSettings, names: TopicNames, facts: ClusterFacts) -> Traffic:
    """What is going on in the topics of a namespace that `facts` found."""
    group = f"{names.prefix}.engine"
    there = {t.kind: t for t in facts.topics if t.partitions}
    refused: dict[str, str] = {}
    extents: dict[TopicPartition, Extent] = {}
    backlogs: list[Backlog] = []
    unserved, settling = _unserved(settings, group, facts, refused)
    is_known = not refused  # Else each question about the group's offsets would wait in vain.
    reader = GroupReader(settings, group=group)
    try:
        for kind in (*INPUTS, *CHANGELOGS):
            if kind not in there:
                continue
            tps = [TopicPartition(there[kind].name, p) for p in range(there[kind].partitions)]
            try:
                extents |= reader.extents(tps)
                if kind in INPUTS and is_known:
                    backlogs += _backlogs(reader, tps, extents)
            except FatalError as error:
                refused[there[kind].name] = str(error)
    finally:
        reader.close()
    return Traffic(
        group=group,
        anchor=names.of("requests"),
        backlogs=tuple(backlogs),
        transactions=tuple(_open_transactions(settings, extents)),
        unserved=unserved,
        settling=settling,
        refused=refused,
    )


def _backlogs(
    reader: GroupReader, tps: list[TopicPartition], extents: dict[TopicPartition, Extent]
) -> list[Backlog]:
    found: list[Backlog] = []
    for tp in tps:
        offset, _ = reader.anchor(tp)
        records = extents[tp].end - max(offset, extents[tp].low)
        found.append(Backlog(topic=tp.topic, partition=tp.partition, records=max(0, records)))
    return found


def _unserved(
    settings: KafkaSettings, group: str, facts: ClusterFacts, refused: dict[str, str]
) -> tuple[tuple[int, ...], bool]:
    """Partitions of the anchor without a member, and whether the group is on the move."""
    anchor = facts.topic("requests")
    if anchor is None:
        return (), False
    admin: Any = open_admin(settings)
    try:
        futures = admin.describe_consumer_groups([group], request_timeout=CALL_TIMEOUT_S)
        told = answer_of(futures[group])
    except KafkaException as error:
        if error_of(error).code() == KafkaError.GROUP_ID_NOT_FOUND:
            return tuple(range(anchor.partitions)), False
        refused[f"group {group}"] = error_of(error).name()
        return (), False
    served = {
        tp.partition
        for member in told.members
        for tp in member.assignment.topic_partitions
        if tp.topic == anchor.name
    }
    settling = told.state.name.endswith("REBALANCING")
    return tuple(p for p in range(anchor.partitions) if p not in served), settling


def _open_transactions(
    settings: KafkaSettings, extents: dict[TopicPartition, Extent]
) -> list[OpenTransaction]:
    """Where readers of committed records have to stop, and for how long they do."""
    stopped = {tp: e.stable for tp, e in extents.items() if e.stable < e.end}
    if not stopped:
        return []
    config = consumer_config(settings, group="duralog-doctor", read_committed=False, owned={})
    consumer = open_client(Consumer, config)
    try:
        return [
            OpenTransaction(
                topic=tp.topic,
                partition=tp.partition,
                offset=offset,
                age_ms=_age_ms(consumer, tp, offset),
            )
            for tp, offset in stopped.items()
        ]
    finally:
        close_client(consumer.close)


def _age_ms(consumer: Consumer, tp: TopicPartition, offset: int) -> int:
    consumer.assign([KafkaPartition(tp.topic, tp.partition, offset)])
    message = consumer.poll(CALL_TIMEOUT_S / 2)
    if message is None or message.error() is not None:
        return -1
    _, time_ms = message.timestamp()
    return max(0, now_ms() - time_ms)
