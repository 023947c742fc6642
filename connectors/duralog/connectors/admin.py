"""Compares the topics of a namespace with what is there, and creates what is missing.

Nothing that exists is changed: a number of engine partitions is for ever, and settings of a topic
may be an operator's own. Differences are told.
"""

from dataclasses import dataclass, field
from typing import Any, Final

from confluent_kafka import KafkaError, KafkaException
from confluent_kafka.admin import ConfigResource, ResourceType  # type: ignore[attr-defined]

from duralog.connectors.kafka.clients import (
    CALL_TIMEOUT_S,
    answer_of,
    error_of,
    lacks_right,
    open_admin,
    patiently,
    unreachable,
)
from duralog.connectors.kafka.ensure import Admin, create_topic
from duralog.connectors.kafka.settings import KafkaSettings
from duralog.connectors.topic_plan import TopicPlan, TopicSizes, plan_topics
from duralog.schemas.topics import TopicNames

MISSING: Final = "missing"
SAME: Final = "as planned"
DIFFERENT: Final = "different"


class AdminError(Exception):
    """The brokers do not answer or refuse; the text says why and what to do."""


@dataclass(slots=True, frozen=True, kw_only=True)
class TopicState:
    """A planned topic and what is there.

    state: MISSING, SAME or DIFFERENT. partitions: those that are there, 0 for a missing topic.
    differences: setting -> what is there instead, with `partitions` among them.
    """

    plan: TopicPlan
    state: str
    partitions: int = 0
    differences: dict[str, str] = field(default_factory=dict[str, str])


def plan(settings: KafkaSettings, names: TopicNames, sizes: TopicSizes) -> list[TopicState]:
    """The topics of a namespace and how they stand. Raises AdminError.

    The number of partitions of an existing `requests` wins over `sizes.partitions`: it is for ever.
    """
    admin = open_admin(settings)
    try:
        with patiently(settings):
            found: Any = admin.list_topics(timeout=CALL_TIMEOUT_S).topics
        anchor = found.get(names.of("requests"))
        if anchor is not None and sizes.partitions != len(anchor.partitions):
            sizes = _resized(sizes, len(anchor.partitions))
        plans = plan_topics(names, sizes)
        configs = _configs(admin, [p.name for p in plans if p.name in found])
    except KafkaException as error:
        name, operation = names.of("requests"), "DescribeConfigs"
        raise explained(settings, error, name=name, operation=operation) from None
    return [_state(p, found.get(p.name), configs.get(p.name, {})) for p in plans]


def apply(settings: KafkaSettings, names: TopicNames, sizes: TopicSizes) -> list[TopicState]:
    """Create what is missing; returns how each topic stood before. Raises AdminError."""
    states = plan(settings, names, sizes)
    admin = open_admin(settings)
    for state in states:
        if state.state == MISSING:
            try:
                create_topic(admin, state.plan)
            except KafkaException as error:
                name = state.plan.name
                raise explained(settings, error, name=name, operation="Create") from None
    return states


def _resized(sizes: TopicSizes, partitions: int) -> TopicSizes:
    return TopicSizes(
        partitions=partitions,
        ingress_partitions=sizes.ingress_partitions,
        inbox_partitions=sizes.inbox_partitions,
        replication=sizes.replication,
        min_insync=sizes.min_insync,
    )


def _configs(admin: Admin, names: list[str]) -> dict[str, dict[str, str]]:
    """Settings of topics that exist. Raises KafkaException."""
    if not names:
        return {}
    resources = [ConfigResource(ResourceType.TOPIC, name) for name in names]
    futures: Any = admin.describe_configs(resources, request_timeout=CALL_TIMEOUT_S)
    return {
        resource.name: {key: entry.value for key, entry in answer_of(future).items()}
        for resource, future in futures.items()
    }


def _state(planned: TopicPlan, found: Any, config: dict[str, str]) -> TopicState:  # noqa: ANN401
    if found is None:
        return TopicState(plan=planned, state=MISSING)
    differences = {
        key: config[key] for key, value in planned.config.items() if config.get(key, value) != value
    }
    partitions = len(found.partitions)
    if partitions != planned.partitions:
        differences["partitions"] = str(partitions)
    return TopicState(
        plan=planned,
        state=DIFFERENT if differences else SAME,
        partitions=partitions,
        differences=differences,
    )


def explained(
    settings: KafkaSettings, error: KafkaException, *, name: str = "", operation: str = ""
) -> AdminError:
    """The error of an administrative call, in words. May take some seconds.

    name, operation: of what was asked for.
    """
    reason = error_of(error)
    is_away = reason.code() in (KafkaError._TRANSPORT, KafkaError._ALL_BROKERS_DOWN)  # noqa: SLF001
    if is_away or lacks_right(reason):
        return AdminError(unreachable(settings, reason, name=name, operation=operation))
    return AdminError(f"the brokers at {settings.bootstrap_servers} refuse: {reason.str()}")
