"""The doctor on plain settings: a healthy cluster, then one thing wrong at a time."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from duralog.connectors.doctor import ClusterFacts, TopicFacts, errors_of, examine
from duralog.connectors.doctor.facts import OFFSETS, TRANSACTIONS
from duralog.connectors.doctor.topics import REPEATED
from duralog.connectors.doctor.traffic import Backlog, OpenTransaction, Traffic, examine_traffic
from duralog.connectors.topic_plan import TopicSizes, plan_topic
from duralog.schemas.topics import HOUR_MS, TOPICS, TopicNames

NAMES = TopicNames(prefix="duralog", namespace="default")
SAFE = {"min.insync.replicas": "2", "unclean.leader.election.enable": "false"}
BROKER = {
    "auto.create.topics.enable": "false",
    "group.max.session.timeout.ms": "1800000",
    "group.min.session.timeout.ms": "6000",
    "offsets.retention.minutes": "10080",
    "offsets.topic.replication.factor": "3",
    "socket.request.max.bytes": "104857600",
    "transaction.max.timeout.ms": "900000",
    "transaction.state.log.min.isr": "2",
    "transaction.state.log.replication.factor": "3",
    "transactional.id.expiration.ms": "604800000",
}
BROKER_ALONE = {
    **BROKER,
    "offsets.topic.replication.factor": "1",
    "transaction.state.log.min.isr": "1",
    "transaction.state.log.replication.factor": "1",
}


def name_of(kind: str) -> str:
    if kind not in TOPICS:
        return kind
    return NAMES.of(kind, "mail" if TOPICS[kind].per_queue else "")


def topic(kind: str, *, brokers: int) -> TopicFacts:
    replication = min(3, brokers)
    safe = SAFE if brokers > 1 else {**SAFE, "min.insync.replicas": "1"}
    if kind not in TOPICS:
        config = {"cleanup.policy": "compact"}
        return TopicFacts(
            name=kind, kind=kind, partitions=50, replication=replication, config={**config, **safe}
        )
    plan = plan_topic(kind, name_of(kind), TopicSizes())
    defaults = {"retention.bytes": "-1", "message.timestamp.type": "CreateTime"}
    return TopicFacts(
        name=plan.name,
        kind=kind,
        partitions=plan.partitions,
        replication=replication,
        config={**defaults, **plan.config, **safe},
    )


def cluster(*, brokers: int = 3, without: tuple[str, ...] = ()) -> ClusterFacts:
    """As `duralog topics apply` and a careful operator make it."""
    kinds = [kind for kind in (*TOPICS, OFFSETS, TRANSACTIONS) if kind not in without]
    settings = BROKER if brokers > 1 else BROKER_ALONE
    return ClusterFacts(
        role="engine",
        servers="kafka:9092",
        brokers=brokers,
        topics=tuple(topic(kind, brokers=brokers) for kind in kinds),
        settings={str(broker): settings for broker in range(1, brokers + 1)},
    )


def altered(
    facts: ClusterFacts, kind: str, *, config: Mapping[str, str] | None = None, **changes: Any
) -> ClusterFacts:
    """One topic of it changed; `config` is added to the topic's."""
    topics = tuple(
        replace(t, config={**t.config, **(config or {})}, **changes) if t.kind == kind else t
        for t in facts.topics
    )
    assert topics != facts.topics
    return replace(facts, topics=topics)


def broken(kind: str, setting: str, value: str) -> ClusterFacts:
    return altered(cluster(), kind, config={setting: value})


def broker_with(setting: str, value: str, *, without: tuple[str, ...] = ()) -> ClusterFacts:
    facts = cluster(without=without)
    return replace(facts, settings={**facts.settings, "2": {**BROKER, setting: value}})


def test_what_topics_apply_makes_is_healthy() -> None:
    assert examine(cluster()) == []


def test_one_broker_is_a_warning_and_nothing_else() -> None:
    (alone,) = examine(cluster(brokers=1))
    assert (alone.severity, alone.subject, alone.found) == ("warning", "cluster", "1")


# Each is one planted misconfiguration: kind, setting, value, and a word of the fix.
REFUSED = {
    "history is deleted": ("history", "cleanup.policy", "delete", "cleanup.policy=compact"),
    "timers are compacted and deleted": (
        "timers",
        "cleanup.policy",
        "compact,delete",
        "cleanup.policy=compact",
    ),
    "requests are compacted": ("requests", "cleanup.policy", "compact", "cleanup.policy=delete"),
    "ingress is compacted": ("ingress", "cleanup.policy", "compact,delete", "policy=delete"),
    "transfers are compacted": ("transfers", "cleanup.policy", "compact", "policy=delete"),
    "requests are kept an hour": ("requests", "retention.ms", str(HOUR_MS), "retention.ms=1209"),
    "ingress is bounded by size": ("ingress", "retention.bytes", "1000000", "retention.bytes=-1"),
    "what is torn is compacted at once": (
        "pending",
        "min.compaction.lag.ms",
        "0",
        "min.compaction.lag.ms=43200000",
    ),
    "tombstones go after a day": (
        "pending",
        "delete.retention.ms",
        "86400000",
        "delete.retention.ms=604800000",
    ),
    "requests have their senders' time": (
        "requests",
        "message.timestamp.type",
        "CreateTime",
        "message.timestamp.type=LogAppendTime",
    ),
    "history takes small records only": (
        "history",
        "max.message.bytes",
        "1048588",
        "max.message.bytes=5242880",
    ),
    "one replica acknowledges alone": (
        "retries",
        "min.insync.replicas",
        "1",
        "min.insync.replicas=2",
    ),
    "no write is ever acknowledged": ("requests", "min.insync.replicas", "4", "replicas=2"),
    "leaders may lack records": (
        "history",
        "unclean.leader.election.enable",
        "true",
        "unclean.leader.election.enable=false",
    ),
    "a commit is known to one broker": (TRANSACTIONS, "min.insync.replicas", "1", "replicas=2"),
    "positions may be lost by an election": (
        OFFSETS,
        "unclean.leader.election.enable",
        "true",
        "enable=false",
    ),
}


@pytest.mark.parametrize("case", REFUSED)
def test_a_topic_that_would_lose_data_is_refused_with_the_fix(case: str) -> None:
    kind, setting, value, fix = REFUSED[case]
    (found,) = examine(broken(kind, setting, value))
    assert found.is_error
    assert (found.subject, found.setting, found.found) == (name_of(kind), setting, value)
    assert fix in found.fix
    assert f"--topic {name_of(kind)}" in found.fix


@pytest.mark.parametrize("kind", [*TOPICS, OFFSETS, TRANSACTIONS])
def test_one_replica_on_many_brokers_is_refused(kind: str) -> None:
    facts = altered(cluster(), kind, replication=1, config={"min.insync.replicas": "1"})
    (found,) = examine(facts)
    assert found.is_error == (kind not in REPEATED)
    assert (found.found, found.wanted) == ("1", "3")
    assert "kafka-reassign-partitions.sh" in found.fix


@pytest.mark.parametrize(
    ("kind", "partitions", "fix"),
    [
        ("history", 4, "duralog topics apply"),
        ("transfers", 16, "duralog topics apply"),
        ("workflow-tasks", 4, "--alter --topic duralog.default.workflow-tasks.mail --partitions 8"),
        ("activities", 8, "--partitions 32"),
    ],
)
def test_another_number_of_partitions_is_refused(kind: str, partitions: int, fix: str) -> None:
    (found,) = examine(altered(cluster(), kind, partitions=partitions))
    assert found.is_error
    assert (found.setting, found.found) == ("partitions", str(partitions))
    assert fix in found.fix


BROKER_REFUSED = {
    "transactions may not take so long": ("transaction.max.timeout.ms", "5000"),
    "groups may not wait so long": ("group.max.session.timeout.ms", "5000"),
    "groups must wait longer": ("group.min.session.timeout.ms", "10000"),
    "large transactions are cut off": ("socket.request.max.bytes", "1048576"),
    "outcomes will be on one disk": ("transaction.state.log.replication.factor", "1"),
    "commits will be known to one broker": ("transaction.state.log.min.isr", "1"),
    "positions will be on one disk": ("offsets.topic.replication.factor", "1"),
}


@pytest.mark.parametrize("case", BROKER_REFUSED)
def test_a_broker_that_would_lose_data_is_refused_with_the_fix(case: str) -> None:
    setting, value = BROKER_REFUSED[case]
    (found,) = examine(broker_with(setting, value, without=(OFFSETS, TRANSACTIONS)))
    assert found.is_error
    assert (found.subject, found.setting, found.found) == ("broker 2", setting, value)
    assert f"set {setting}=" in found.fix


@pytest.mark.parametrize(
    ("setting", "value"),
    [
        ("auto.create.topics.enable", "true"),
        ("offsets.retention.minutes", "60"),
        ("transactional.id.expiration.ms", "3600000"),
    ],
)
def test_what_a_broker_may_do_is_a_warning(setting: str, value: str) -> None:
    (found,) = examine(broker_with(setting, value))
    assert (found.severity, found.setting) == ("warning", setting)


@pytest.mark.parametrize(
    ("kind", "setting", "value"),
    [
        ("requests", "retention.ms", str(3 * 24 * HOUR_MS)),
        ("activities", "retention.ms", str(HOUR_MS)),
        ("dead-letters", "retention.bytes", "1000000"),
        ("history", "delete.retention.ms", str(5 * 24 * HOUR_MS)),
        ("ingress", "max.message.bytes", "1048588"),
        ("inbox", "min.insync.replicas", "1"),
        ("history", "min.insync.replicas", "3"),
        ("inbox", "unclean.leader.election.enable", "true"),
    ],
)
def test_what_loses_nothing_by_itself_is_a_warning(kind: str, setting: str, value: str) -> None:
    (found,) = examine(broken(kind, setting, value))
    assert (found.severity, found.setting) == ("warning", setting)


def test_of_an_own_topic_that_is_there_its_own_settings_count() -> None:
    assert examine(broker_with("transaction.state.log.replication.factor", "1")) == []


def test_what_is_wrong_on_every_broker_is_told_once() -> None:
    facts = cluster()
    settings = {broker: {**BROKER, "auto.create.topics.enable": "true"} for broker in "123"}
    assert len(examine(replace(facts, settings=settings))) == 1


def test_retention_for_ever_is_fine() -> None:
    assert examine(broken("requests", "retention.ms", "-1")) == []


def test_a_missing_topic_is_refused_and_a_hidden_one_by_another_name() -> None:
    facts = altered(cluster(), "timers", partitions=0)
    (missing,) = examine(facts)
    assert missing.is_error
    assert "duralog topics apply" in missing.fix
    refused = {name_of("timers"): "TOPIC_AUTHORIZATION_FAILED"}
    (hidden,) = examine(replace(facts, refused=refused))
    assert "TOPIC_AUTHORIZATION_FAILED" in str(hidden)
    assert "duralog acl print" in hidden.fix


def test_settings_that_may_not_be_read_are_a_warning() -> None:
    (unread,) = examine(replace(cluster(), refused={"broker 1": "CLUSTER_AUTHORIZATION_FAILED"}))
    assert (unread.severity, unread.subject) == ("warning", "broker 1")


def test_errors_come_first() -> None:
    facts = broker_with("auto.create.topics.enable", "true")
    findings = examine(altered(facts, "dead-letters", config={"cleanup.policy": "compact"}))
    assert [f.severity for f in findings] == ["error", "warning"]
    assert errors_of(findings) == findings[:1]


def test_a_partition_without_leader_is_told() -> None:
    (found,) = examine(altered(cluster(), "history", leaderless=2))
    assert (found.severity, found.found) == ("warning", "2")


def traffic(**changes: Any) -> Traffic:
    return replace(Traffic(group="duralog.engine", anchor="duralog.default.requests"), **changes)


def test_a_namespace_at_rest_has_nothing_to_tell() -> None:
    small = Backlog(topic="t", partition=0, records=10)
    young = OpenTransaction(topic="t", partition=0, offset=5, age_ms=100)
    busy = traffic(backlogs=(small,), transactions=(young,), unserved=(1,), settling=True)
    assert list(examine_traffic(busy, "kafka:9092")) == []


def test_what_stands_still_is_told_with_its_place() -> None:
    found = list(
        examine_traffic(
            traffic(
                backlogs=(Backlog(topic="requests", partition=1, records=10_001),),
                transactions=(
                    OpenTransaction(topic="ingress", partition=3, offset=1042, age_ms=45_000),
                    OpenTransaction(topic="ingress", partition=4, offset=7, age_ms=-1),
                ),
                unserved=(0, 2),
                refused={"group duralog.engine": "GROUP_AUTHORIZATION_FAILED"},
            ),
            "kafka:9092",
        )
    )
    assert [f.setting for f in found] == [
        "state",
        "partitions without engine",
        "backlog",
        "open transaction",
        "open transaction",
    ]
    assert {f.severity for f in found} == {"warning"}
    assert (found[1].found, found[2].found, found[3].found) == ("0, 2", "10001", "45 s")
    assert found[3].subject == "ingress[3]@1042"
    assert "abort --topic ingress --partition 3 --start-offset 1042" in found[3].fix
