"""One real Kafka for all integration tests, and a topic prefix of its own for each of them.

Every test below this folder is marked `integration` and has time for the broker's first start.
"""

import itertools
import re
from collections.abc import Generator, Iterator
from pathlib import Path
from typing import Any

import pytest

from duralog.connectors.embedded import EmbeddedKafka
from duralog.connectors.embedded.configuration import last_lines
from integration.certificates import Authority
from integration.guarded import add_scram_512, guarded_kafka
from integration.processes import Processes
from integration.stack import Stack, new_id
from integration.topic_dump import dump_topics

HERE = Path(__file__).parent
TIMEOUT_S = 240  # The first test may have to fetch the jars and start the broker.
COUNTER = itertools.count(1)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark all tests of this folder."""
    for item in items:
        if HERE in item.path.parents:
            item.add_marker(pytest.mark.integration)
            if item.get_closest_marker("timeout") is None:
                item.add_marker(pytest.mark.timeout(TIMEOUT_S))


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item,
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """A failed test's report ends with the broker's last lines and the place of the rest.

    And with the place of a dump of its topics.
    """
    report = yield
    if not report.failed:
        return report
    fixtures: dict[str, Any] = getattr(item, "funcargs", {})
    kafka = fixtures.get("kafka")
    stacks = [fixture for fixture in fixtures.values() if isinstance(fixture, Stack)]
    if isinstance(kafka, EmbeddedKafka) and kafka.log_path.exists():
        end = last_lines(kafka.log_path.read_text(errors="replace"))
        report.sections.append(("Kafka", f"{kafka.log_path}\n{end}"))
        prefixes = {stack.prefix for stack in stacks} | {fixtures.get("topic_prefix", "")} - {""}
        report.sections.append(("topics", dumps(kafka, sorted(prefixes))))
    processes = fixtures.get("processes")
    if isinstance(processes, Processes):
        report.sections.append(("processes", processes.output()))
    for stack in stacks:
        report.sections.append(("stack", stack.report()))
    return report


def dumps(kafka: EmbeddedKafka, prefixes: list[str]) -> str:
    """Dump what stands below each prefix beside the broker's log; where, in a line each."""
    if not kafka.is_running():
        return "no dump: the broker is down"
    places = [(prefix, kafka.log_path.with_name(f"topics-{prefix}.jsonl")) for prefix in prefixes]
    return "\n".join(dump_topics(kafka.bootstrap_servers, *place) for place in places)


@pytest.fixture(scope="session")
def kafka(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedKafka]:
    """The broker that all integration tests share; a test that stops it starts it again."""
    with EmbeddedKafka(data_dir=tmp_path_factory.mktemp("kafka")) as broker:
        yield broker


@pytest.fixture(scope="session")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    """Whom everybody here trusts."""
    return Authority(tmp_path_factory.mktemp("authority"), "Duralog tests")


@pytest.fixture(scope="session")
def guarded(
    tmp_path_factory: pytest.TempPathFactory, authority: Authority
) -> Iterator[EmbeddedKafka]:
    """A broker that asks who you are, and lets nobody do what was not granted."""
    with guarded_kafka(tmp_path_factory.mktemp("guarded"), authority) as kafka:
        add_scram_512(kafka)
        yield kafka


@pytest.fixture
def topic_prefix(request: pytest.FixtureRequest) -> str:
    """A prefix no other test has: a number, and the test's name for the eye."""
    node: pytest.Item = request.node
    name = re.sub(r"[^a-z0-9]+", "-", node.name.lower()).strip("-")[:40]
    return f"t{next(COUNTER)}-{name}"


@pytest.fixture
def processes(tmp_path: Path) -> Iterator[Processes]:
    """Starts child processes and ends them by pid when the test is over."""
    started = Processes(tmp_path)
    yield started
    started.end()


@pytest.fixture(scope="session")
def stack(kafka: EmbeddedKafka, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """One engine for all tests that need no other; `ingress` has another number of partitions."""
    directory = tmp_path_factory.mktemp("stack")
    with Stack(
        address=kafka.bootstrap_servers, prefix=new_id("shared"), directory=directory
    ) as stack:
        stack.create_topics(partitions=2, ingress_partitions=3)
        stack.start_engine()
        yield stack
