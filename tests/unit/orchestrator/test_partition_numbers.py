"""The number of engine partitions is for ever: a slot that finds another one does not serve."""

from pathlib import Path

import pytest

from duralog.connectors.kafka.settings import SettingsError
from duralog.orchestrator.settings import EngineSettings, LoopSettings
from duralog.orchestrator.slot import loop_settings
from duralog.schemas import requests as r
from duralog.schemas.identifiers import partition_of
from duralog.schemas.topics import TOPICS, TopicNames
from sim.bench import Bench
from unit.orchestrator.test_recovery import cause

NAMES = TopicNames(prefix="p", namespace="default")
OTHERS = TopicNames(prefix="p", namespace="orders")
CO_PARTITIONED = ("transfers", "history", "pending", "retries", "timers")


def counts(names: TopicNames, partitions: int) -> dict[str, int]:
    """Topics of a namespace as `topics apply` makes them."""
    return {names.of(k): partitions for k, kind in TOPICS.items() if not kind.per_queue}


def settings_of(names: list[TopicNames], found: dict[str, int]) -> LoopSettings:
    namespaces = tuple(n.namespace for n in names)
    settings = EngineSettings(prefix="p", namespaces=namespaces, data_dir=Path("never-made"))
    return loop_settings(settings, names, found)


def test_topics_as_they_were_made_are_served() -> None:
    found = {**counts(NAMES, 2), NAMES.of("ingress"): 3, NAMES.of("dead-letters"): 1}
    settings = settings_of([NAMES], found)
    assert (settings.partitions, settings.ingress_partitions) == (2, {"default": 3})


@pytest.mark.parametrize("kind", CO_PARTITIONED)
def test_a_topic_with_another_number_than_its_anchor_is_refused(kind: str) -> None:
    found = {**counts(NAMES, 2), NAMES.of("requests"): 4, NAMES.of(kind): 2}
    found |= {NAMES.of(other): 4 for other in CO_PARTITIONED if other != kind}
    with pytest.raises(SettingsError, match=rf"'p\.default\.{kind}' has 2 partitions.* has 4"):
        settings_of([NAMES], found)


def test_namespaces_of_one_slot_have_one_number() -> None:
    with pytest.raises(SettingsError, match="equally many"):
        settings_of([NAMES, OTHERS], {**counts(NAMES, 2), **counts(OTHERS, 4)})


def moved() -> str:
    """A Workflow ID that four partitions place elsewhere than two do."""
    ids = (f"w{n}" for n in range(100))
    return next(i for i in ids if partition_of(i, 2) == 0 and partition_of(i, 4) == 2)


def start(workflow_id: str) -> r.StartWorkflowExecution:
    return r.StartWorkflowExecution(
        workflow_id=workflow_id, workflow_type="T", task_queue="q", request_id=workflow_id
    )


@pytest.mark.parametrize("store", ["kept", "lost"])
def test_state_of_another_number_is_refused(store: str) -> None:
    bench = Bench()
    assert bench.ask(start(moved())).code == "OK"
    bench.crash()
    if store == "lost":
        bench.slot.disk.images.clear()
    other = bench.another(partitions=4)
    other.disk = bench.slot.disk
    bench.slot = other
    assert cause(bench, partition=0).startswith("partitions changed: ")


def test_an_anchor_beyond_the_number_stops_the_slot() -> None:
    bench = Bench(partitions=1)  # Its broker has two: somebody has added one since the start.
    with pytest.raises(AssertionError, match="come to rest"):
        bench.run(steps=300)
    assert bench.slot.counts.seen["fatal exits"] >= 1
