"""Drivers in memory and on Kafka behind one harness, and what loops in tests do again and again."""

import threading
from collections.abc import Callable, Generator
from typing import Any, Protocol

from duralog.connectors.broker import (
    Begin,
    CloseReader,
    Commit,
    Effect,
    Flush,
    OpenReader,
    OutRecord,
    Poll,
    Polled,
    Produce,
    ReadMore,
    ReadResult,
    Record,
    SendOffsets,
    TopicPartition,
)
from duralog.connectors.topic_plan import TopicSizes
from duralog.connectors.transport import Line
from duralog.schemas.topics import TopicNames

Loop = Generator[Effect, Any, None]
PARTITIONS = 2
WAIT_S = 30
SIZES = TopicSizes(partitions=PARTITIONS, ingress_partitions=3, inbox_partitions=2, replication=1)


class Driver(Protocol):
    """Either driver."""

    transactional_id: str

    def run(self, loop: Loop) -> None: ...

    def stop(self) -> None: ...


class Harness:
    """One namespace on one broker."""

    def __init__(self, names: TopicNames, drive: Callable[[str], Driver], line: Line) -> None:
        self.names = names
        self._drive = drive
        self.line = line

    def driver(self, slot: str = "0") -> Driver:
        return self._drive(slot)

    def run(self, loop: Loop, slot: str = "0") -> None:
        """Run to its end; a loop that hangs is stopped, and fails."""
        driver = self.driver(slot)
        hung = threading.Event()

        def stop() -> None:
            hung.set()
            driver.stop()

        timer = threading.Timer(WAIT_S, stop)
        timer.start()
        try:
            driver.run(loop)
        finally:
            timer.cancel()
        assert not hung.is_set(), f"the loop did not end in {WAIT_S} s"

    def at(self, kind: str, partition: int = 0) -> TopicPartition:
        return TopicPartition(self.names.of(kind), partition)

    def out(self, kind: str, value: bytes, partition: int = 0) -> OutRecord:
        return OutRecord(self.names.of(kind), partition, b"k", value, [("h", b"1")])

    def publish(self, kind: str, *values: bytes, partition: int = 0) -> None:
        """As a client does: outside any transaction."""
        for value in values:
            self.line.produce(self.out(kind, value, partition), lambda _: None)
        self.line.flush(10_000)


def assigned(count: int = PARTITIONS) -> Generator[Effect, Any, list[TopicPartition]]:
    """Poll until `count` anchors are ours."""
    found: list[TopicPartition] = []
    while len(found) < count:
        polled: Polled = yield Poll(200, 100, 1_000_000)
        found.extend(polled.assigned)
    return sorted(found)


def received(count: int, *, records_max: int = 100) -> Generator[Effect, Any, list[Record]]:
    """Poll until `count` records are there."""
    found: list[Record] = []
    while len(found) < count:
        polled: Polled = yield Poll(200, records_max, 1_000_000)
        found.extend(polled.records)
    return found


def transaction(
    records: list[OutRecord], offsets: dict[TopicPartition, tuple[int, str]]
) -> Generator[Effect, Any, int]:
    """One that commits; returns the incarnation."""
    incarnation: int = yield Begin()
    yield Produce(records)
    yield Flush()
    yield SendOffsets(offsets)
    yield Commit()
    return incarnation


def read_all(tp: TopicPartition) -> Generator[Effect, Any, ReadResult]:
    """All committed records of a changelog partition."""
    handle: int = yield OpenReader({tp: 0})
    records: list[Record] = []
    while True:
        result: ReadResult = yield ReadMore(handle, 10, 100)
        records += result.records
        if tp in result.finished:
            yield CloseReader(handle)
            result.records = records
            return result


def values(records: list[Record]) -> list[bytes | None]:
    return [r.value for r in records]
