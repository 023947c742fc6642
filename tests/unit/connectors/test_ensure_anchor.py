"""Which topic a Task Queue's is made like, whatever namespace and queue are called."""

from typing import Any

import pytest

from duralog.connectors.broker import EnsureTopic
from duralog.connectors.kafka.driver import KafkaDriver
from duralog.schemas.topics import TopicNames


@pytest.mark.parametrize("namespace", ["activities", "activities-eu", "workflow-tasks", "default"])
@pytest.mark.parametrize("kind", ["activities", "workflow-tasks"])
def test_it_is_the_namespaces_own_requests(namespace: str, kind: str) -> None:
    driver = KafkaDriver.__new__(KafkaDriver)
    wanted: list[tuple[str, str, str]] = []

    class Ensurer:
        def want(self, *args: Any) -> None:
            wanted.append(args)

    names = [TopicNames(prefix="p", namespace=n) for n in ("default", namespace)]
    driver._names, driver._ensurer = names, Ensurer()  # type: ignore[assignment]
    topic = names[1].of(kind, "activities.email")
    driver._ensure_topic(EnsureTopic(topic, kind))
    assert wanted == [(topic, kind, names[1].of("requests"))]
