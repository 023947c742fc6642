"""Beyond the contract: a slot killed between effects, a broker that goes away, lost input."""

import os
import signal
import sys
import threading
from collections.abc import Generator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from duralog.connectors.broker import (
    Abort,
    AbortableError,
    Begin,
    Commit,
    Effect,
    FatalError,
    Flush,
    OpenReader,
    OutRecord,
    Poll,
    Polled,
    Produce,
    ReadMore,
    ReadResult,
    Record,
    RecordError,
    Resume,
    SendOffsets,
    TopicPartition,
)
from duralog.connectors.clock import monotonic_ms
from duralog.connectors.crash import CRASH_AT
from duralog.connectors.embedded import EmbeddedKafka
from duralog.connectors.kafka.clients import open_admin
from duralog.connectors.kafka.driver import KafkaDriver
from duralog.connectors.kafka.line import KafkaLine
from duralog.connectors.kafka.settings import KafkaSettings
from duralog.schemas.topics import TopicNames
from integration.processes import Processes
from integration.records import Log
from integration.toy_engine import create_topics

Loop = Generator[Effect, Any, None]


@pytest.fixture
def settings(kafka: EmbeddedKafka) -> KafkaSettings:
    return KafkaSettings({"bootstrap.servers": kafka.bootstrap_servers})


@pytest.fixture
def names(settings: KafkaSettings, topic_prefix: str) -> TopicNames:
    names = TopicNames(prefix=topic_prefix, namespace="default")
    create_topics(settings, names)
    return names


def publish(settings: KafkaSettings, topic: str, *values: bytes) -> None:
    line = KafkaLine(settings, client_id="publisher")
    for value in values:
        line.produce(OutRecord(topic, 0, b"k", value), lambda _: None)
    line.flush(30_000)


def assigned() -> Generator[Effect, Any, None]:
    count = 0
    while count < 2:
        polled: Polled = yield Poll(200, 100, 1_000_000)
        count += len(polled.assigned)


def history(names: TopicNames, count: int) -> Generator[Effect, Any, list[bytes | None]]:
    """Committed values of `history`, once there are `count`."""
    tp = TopicPartition(names.of("history"), 0)
    handle: int = yield OpenReader({tp: 0})
    found: list[Record] = []
    until_ms = monotonic_ms() + 30_000
    while len(found) < count and monotonic_ms() < until_ms:
        result: ReadResult = yield ReadMore(handle, 100, 200)
        found += result.records
    return [r.value for r in found]


@pytest.mark.parametrize("point", ["after-flush", "after-send-offsets:2", "after-commit:3"])
def test_a_killed_slot_goes_on_where_it_was(
    kafka: EmbeddedKafka,
    settings: KafkaSettings,
    names: TopicNames,
    processes: Processes,
    point: str,
) -> None:
    values = [b"%d" % i for i in range(5)]
    publish(settings, names.of("requests"), *values)
    arguments = ["-m", "integration.crashing_slot", kafka.bootstrap_servers, names.prefix]
    path = {"PYTHONPATH": os.pathsep.join(sys.path)}
    killed = processes.start(arguments, environment={**path, CRASH_AT: point})
    assert killed.wait(60) == -signal.SIGKILL
    processes.start(arguments, environment=path)
    # By a consumer of no group: a member that leaves in the middle of a rebalance may hang.
    with closing(Log(kafka.bootstrap_servers, names.of("history"))) as log:
        log.until(lambda records: len(records) >= len(values))
        assert [record.value for record in log.all()] == values


def test_a_missing_topic_is_a_record_error_before_the_transaction_ends(
    settings: KafkaSettings, names: TopicNames
) -> None:
    missing = names.of("activities", "nobody")

    def loop() -> Loop:
        yield from assigned()
        yield Begin()
        began_ms = monotonic_ms()
        with pytest.raises(RecordError) as error:  # noqa: PT012 (either effect may tell)
            yield Produce([OutRecord(missing, 0, None, b"task")])
            yield Flush()
        assert error.value.topic == missing
        assert monotonic_ms() - began_ms < 5_500
        yield Abort()

    KafkaDriver(settings, names=[names], slot="0").run(loop())


def test_input_below_the_logs_start_is_told_not_skipped(
    settings: KafkaSettings, names: TopicNames
) -> None:
    publish(settings, names.of("requests"), b"1", b"2", b"3")
    from confluent_kafka import TopicPartition as KafkaPartition  # noqa: PLC0415

    admin = open_admin(settings)
    deleted = admin.delete_records([KafkaPartition(names.of("requests"), 0, 2)])
    for future in deleted.values():
        future.result(30)

    def loop() -> Loop:
        yield from assigned()
        yield Resume({TopicPartition(names.of("requests"), 0): 0})
        while True:
            yield Poll(200, 100, 1_000_000)

    with pytest.raises(FatalError, match="input lost"):
        KafkaDriver(settings, names=[names], slot="0").run(loop())


def test_stop_ends_a_loop_that_waits(settings: KafkaSettings, names: TopicNames) -> None:
    driver = KafkaDriver(settings, names=[names], slot="0")
    ended: list[str] = []

    def loop() -> Loop:
        try:
            yield from assigned()
            threading.Timer(0.1, driver.stop).start()
            while True:
                yield Poll(60_000, 100, 1_000_000)
        finally:
            ended.append("between transactions")

    began_ms = monotonic_ms()
    driver.run(loop())
    assert ended == ["between transactions"]
    assert monotonic_ms() - began_ms < 30_000


def written(
    names: TopicNames, anchor: TopicPartition, value: bytes, offset: int
) -> Generator[Effect, Any, int]:
    """One transaction; the incarnation that wrote it."""
    incarnation: int = yield Begin()
    yield Produce([OutRecord(names.of("history"), 0, b"k", value)])
    yield Flush()
    yield SendOffsets({anchor: (offset, "")})
    yield Commit()
    return incarnation


def written_after_a_restart(names: TopicNames, anchor: TopicPartition, first: int) -> Loop:
    """A transaction of another incarnation than `first`; then both are in the log, once."""
    last = first
    for attempt in range(30):
        yield Poll(500, 100, 1_000_000)
        try:
            last = yield from written(names, anchor, b"after", 2)
            break
        except AbortableError:
            assert attempt < 29
            yield Abort()
    assert last != first
    values = yield from history(names, 2)
    assert values == [b"before", b"after"]


def test_a_broker_that_comes_back_makes_the_producer_new(tmp_path: Path) -> None:
    with EmbeddedKafka(data_dir=tmp_path) as own:
        settings = KafkaSettings({"bootstrap.servers": own.bootstrap_servers})
        names = TopicNames(prefix="restart", namespace="default")
        create_topics(settings, names)
        anchor = TopicPartition(names.of("requests"), 0)

        def loop() -> Loop:
            yield from assigned()
            yield Resume({anchor: 0})
            first = yield from written(names, anchor, b"before", 1)
            # Committed is decided, visible is marked: a broker that dies between may never mark it.
            assert (yield from history(names, 1)) == [b"before"]
            own.kill()
            own.start()
            yield from written_after_a_restart(names, anchor, first)

        def again() -> Loop:
            yield from assigned()
            yield Resume({anchor: 0})
            yield from written_after_a_restart(names, anchor, 0)

        try:
            KafkaDriver(settings, names=[names], slot="0").run(loop())
        except FatalError:
            # A join that the dead broker had taken may fence us: the supervisor's restart follows.
            KafkaDriver(settings, names=[names], slot="0").run(again())
