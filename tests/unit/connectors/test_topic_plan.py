"""Every topic of the table gets a plan that says what the table says."""

import pytest

from duralog.connectors.topic_plan import TopicSizes, plan_topic, plan_topics
from duralog.schemas.topics import CHANGELOGS, TOPICS, TopicNames

NAMES = TopicNames(prefix="duralog", namespace="default")
SIZES = TopicSizes(partitions=8, ingress_partitions=5, inbox_partitions=3, replication=3)


def test_all_topics_but_those_of_queues_are_planned() -> None:
    planned = {plan.kind for plan in plan_topics(NAMES, SIZES)}
    assert planned == {kind for kind, spec in TOPICS.items() if not spec.per_queue}


@pytest.mark.parametrize("kind", CHANGELOGS)
def test_changelogs_are_compacted_and_as_many_as_engine_partitions(kind: str) -> None:
    plan = plan_topic(kind, NAMES.of(kind), SIZES)
    assert (plan.partitions, plan.config["cleanup.policy"]) == (8, "compact")
    assert int(plan.config["delete.retention.ms"]) == 7 * 24 * 60 * 60 * 1000


def test_inputs_have_the_brokers_time() -> None:
    for kind in ("requests", "ingress", "transfers"):
        plan = plan_topic(kind, NAMES.of(kind), SIZES)
        assert plan.config["message.timestamp.type"] == "LogAppendTime"


def test_partitions_by_kind() -> None:
    counts = {plan.kind: plan.partitions for plan in plan_topics(NAMES, SIZES)}
    assert (counts["requests"], counts["ingress"], counts["inbox"]) == (8, 5, 3)
    queue = plan_topic("activities", NAMES.of("activities", "q"), SIZES)
    assert queue.partitions == 32
    assert plan_topic("ingress", NAMES.of("ingress"), TopicSizes(partitions=4)).partitions == 4


def test_min_insync_is_set_only_when_chosen() -> None:
    plain = plan_topic("requests", NAMES.of("requests"), SIZES)
    assert "min.insync.replicas" not in plain.config
    chosen = TopicSizes(min_insync=2)
    assert plan_topic("requests", "r", chosen).config["min.insync.replicas"] == "2"
