"""What a partition loop may rely on: the same tests on the broker in memory and on a real Kafka."""

import itertools
import re
import threading
from collections.abc import Callable, Generator, Iterator
from typing import Any, Protocol

import pytest

from duralog.connectors.broker import (
    Abort,
    AbortableError,
    Begin,
    CloseReader,
    Commit,
    Effect,
    EnsureTopic,
    FatalError,
    Fence,
    Flush,
    IsLive,
    OpenReader,
    OutRecord,
    Poll,
    Polled,
    Produce,
    ReadAnchor,
    ReadExtents,
    ReadMore,
    ReadOffsets,
    ReadResult,
    Record,
    RecordError,
    Resume,
    Seek,
    Send,
    SendOffsets,
    TopicPartition,
)
from duralog.connectors.clock import SystemClock, monotonic_ms
from duralog.connectors.embedded import EmbeddedKafka
from duralog.connectors.kafka.clients import open_admin
from duralog.connectors.kafka.driver import KafkaDriver
from duralog.connectors.kafka.ensure import create_topic
from duralog.connectors.kafka.line import KafkaLine
from duralog.connectors.kafka.settings import KafkaSettings
from duralog.connectors.memory import MemoryBroker, MemoryDriver, MemoryLine
from duralog.connectors.topic_plan import TopicSizes, plan_topics
from duralog.connectors.transport import Line
from duralog.schemas.topics import TOPIC_SIZE_BYTES_MAX, TopicNames

Loop = Generator[Effect, Any, None]
PARTITIONS = 2
WAIT_S = 30
SIZES = TopicSizes(partitions=PARTITIONS, ingress_partitions=3, inbox_partitions=2, replication=1)
COUNTER = itertools.count(1)


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


@pytest.fixture(params=["memory", pytest.param("kafka", marks=pytest.mark.integration)])
def harness(request: pytest.FixtureRequest) -> Iterator[Harness]:
    name = re.sub(r"[^a-z0-9]+", "-", request.node.originalname.lower())[5:45].strip("-")
    names = TopicNames(prefix=f"c{next(COUNTER)}-{name}", namespace="default")
    if request.param == "memory":
        broker = MemoryBroker(SystemClock())
        broker.create_topics(names, SIZES)
        yield Harness(
            names,
            lambda slot: MemoryDriver(broker, names=[names], slot=slot),
            MemoryLine(broker),
        )
        return
    kafka: EmbeddedKafka = request.getfixturevalue("kafka")
    settings = KafkaSettings({"bootstrap.servers": kafka.bootstrap_servers})
    admin = open_admin(settings)
    for plan in plan_topics(names, SIZES):
        create_topic(admin, plan)
    line = KafkaLine(settings, client_id="contract")
    yield Harness(names, lambda slot: KafkaDriver(settings, names=[names], slot=slot), line)
    line.close()


pytestmark = pytest.mark.timeout(120)


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


def test_a_record_arrives_with_all_its_parts(harness: Harness) -> None:
    h, seen = harness, list[Record]()
    h.publish("requests", b"v", partition=1)

    def loop() -> Loop:
        anchors = yield from assigned()
        assert anchors == [h.at("requests", 0), h.at("requests", 1)]
        yield Resume({h.at("requests", 1): 0})
        seen.extend((yield from received(1)))

    h.run(loop())
    (record,) = seen
    assert record[:3] == (*h.at("requests", 1), 0)
    assert (record.key, record.value, record.headers) == (b"k", b"v", [("h", b"1")])
    assert record.timestamp_ms > 0


def test_anchors_are_paused_until_resumed_and_start_where_told(harness: Harness) -> None:
    h = harness
    h.publish("requests", b"a", b"b", b"c")

    def loop() -> Loop:
        yield from assigned()
        polled: Polled = yield Poll(300, 100, 1_000_000)
        assert polled.records == []
        yield Resume({h.at("requests"): 1, h.at("requests", 1): 0})
        assert values((yield from received(2))) == [b"b", b"c"]

    h.run(loop())


def test_requests_transfers_and_ingress_are_read(harness: Harness) -> None:
    h = harness
    for kind in ("requests", "transfers", "ingress"):
        h.publish(kind, kind.encode())

    def loop() -> Loop:
        yield from assigned()
        yield Resume({h.at(kind): 0 for kind in ("requests", "transfers", "ingress")})
        found = yield from received(3)
        assert sorted(values(found), key=str) == [b"ingress", b"requests", b"transfers"]

    h.run(loop())


def test_at_most_half_of_a_batch_is_ingress(harness: Harness) -> None:
    h = harness
    h.publish("ingress", *[b"i"] * 40)
    h.publish("requests", *[b"r"] * 4)

    def loop() -> Loop:
        yield from assigned()
        yield Resume({h.at("ingress"): 0, h.at("requests"): 0})
        total = 0
        while total < 44:
            polled: Polled = yield Poll(200, 10, 1_000_000)
            total += len(polled.records)
            assert len(polled.records) <= 10
            assert sum(r.value == b"i" for r in polled.records) <= 5

    h.run(loop())


def test_drained_says_whether_requests_wait(harness: Harness) -> None:
    h = harness
    h.publish("requests", *[b"r"] * 8)

    def loop() -> Loop:
        yield from assigned()
        yield Resume({h.at("requests"): 0, h.at("requests", 1): 0})
        seen, drained = 0, list[bool]()
        while seen < 8:
            polled: Polled = yield Poll(200, 4, 1_000_000)
            seen += len(polled.records)
            drained.append(polled.requests_drained)
        assert not any(drained[:-1])
        while not (yield Poll(50, 4, 1_000_000)).requests_drained:
            pass

    h.run(loop())


def test_a_transaction_is_visible_when_it_is_committed(harness: Harness) -> None:
    h = harness

    def loop() -> Loop:
        yield from assigned()
        yield Begin()
        yield Produce([h.out("history", b"1")])
        yield Flush()
        extents = yield ReadExtents([h.at("history")])
        assert (extents[h.at("history")].stable, extents[h.at("history")].end) == (0, 1)
        yield SendOffsets({h.at("requests"): (0, "note")})
        assert (yield ReadOffsets([h.at("requests")], 200)) is None
        assert (yield ReadAnchor(h.at("requests"))) == (-1, "")
        yield Commit()
        result = yield from read_all(h.at("history"))
        assert values(result.records) == [b"1"]
        assert result.records[0].headers == [("h", b"1")]
        while (offsets := (yield ReadOffsets([h.at("requests")], 200))) is None:
            pass
        assert offsets == {h.at("requests"): 0}
        assert (yield ReadAnchor(h.at("requests"))) == (0, "note")

    h.run(loop())


def test_an_aborted_transaction_leaves_nothing_and_changes_the_incarnation(
    harness: Harness,
) -> None:
    h = harness

    def loop() -> Loop:
        yield from assigned()
        first = yield Begin()
        yield Produce([h.out("history", b"gone")])
        yield Flush()
        yield SendOffsets({h.at("requests"): (5, "gone")})
        yield Abort()
        second = yield from transaction([h.out("history", b"kept")], {h.at("requests"): (1, "m")})
        third = yield from transaction([h.out("history", b"too")], {h.at("requests"): (2, "m")})
        assert first != second
        assert second == third
        result = yield from read_all(h.at("history"))
        assert values(result.records) == [b"kept", b"too"]
        extents = yield ReadExtents([h.at("history")])
        assert result.positions == {h.at("history"): extents[h.at("history")].end}
        assert (yield ReadAnchor(h.at("requests"))) == (2, "m")

    h.run(loop())


def test_a_seek_brings_the_same_records_again(harness: Harness) -> None:
    h = harness
    h.publish("requests", b"a", b"b")
    h.publish("ingress", b"i", partition=2)

    def loop() -> Loop:
        yield from assigned()
        inputs = {h.at("requests"): 0, h.at("ingress", 2): 0, h.at("transfers"): 0}
        yield Resume(inputs)
        first = yield from received(3)
        yield Seek(inputs)
        again = yield from received(3)
        assert sorted(first) == sorted(again)

    h.run(loop())


@pytest.mark.parametrize("size", [TOPIC_SIZE_BYTES_MAX + 1_000])
def test_a_record_that_cannot_be_written_is_named(harness: Harness, size: int) -> None:
    h = harness

    def refused(record: OutRecord) -> Loop:
        yield Begin()
        with pytest.raises(RecordError) as error:  # noqa: PT012 (either effect may tell)
            yield Produce([h.out("history", b"neighbour"), record])
            yield Flush()
        assert error.value.topic == record.topic
        yield Abort()

    def loop() -> Loop:
        yield from assigned()
        yield from refused(h.out("history", b"x" * size))
        yield from refused(h.out("history", b"x", partition=77))
        yield from transaction([h.out("history", b"ok")], {h.at("requests"): (0, "")})
        assert values((yield from read_all(h.at("history"))).records) == [b"ok"]

    h.run(loop())


def test_a_newer_process_of_the_slot_fences_the_older(harness: Harness) -> None:
    h = harness
    fenced = list[BaseException]()

    def newer() -> Loop:
        yield from assigned()
        yield from transaction([h.out("history", b"new")], {h.at("requests"): (3, "new")})
        result = yield from read_all(h.at("history"))
        assert values(result.records) == [b"new"]
        assert (yield ReadAnchor(h.at("requests"))) == (3, "new")

    def older() -> Loop:
        yield from assigned()
        yield Begin()
        yield Produce([h.out("history", b"zombie")])
        yield Flush()
        h.run(newer())
        try:
            yield SendOffsets({h.at("requests"): (9, "zombie")})
            yield Commit()
        except (FatalError, AbortableError) as error:
            fenced.append(error)

    h.run(older())
    assert isinstance(fenced[0], FatalError)


def test_what_a_dead_owner_left_open_can_be_fenced(harness: Harness) -> None:
    h = harness

    def dead() -> Loop:
        yield from assigned()
        yield Begin()
        yield Produce([h.out("history", b"open")])
        yield Flush()
        yield SendOffsets({h.at("requests"): (9, "open")})

    def loop() -> Loop:
        extents = yield ReadExtents([h.at("history")])
        assert extents[h.at("history")].stable < extents[h.at("history")].end
        assert (yield ReadAnchor(h.at("requests"))) == (-1, "")
        yield Fence(h.driver("dead").transactional_id)
        while (yield ReadExtents([h.at("history")]))[h.at("history")].stable == 0:
            pass
        assert values((yield from read_all(h.at("history"))).records) == []

    h.run(dead(), slot="dead")
    h.run(loop(), slot="alive")


def test_a_live_member_is_told_from_others(harness: Harness) -> None:
    h = harness

    def loop() -> Loop:
        yield from assigned()
        assert (yield IsLive(h.driver("0").transactional_id)) is True
        assert (yield IsLive(h.driver("77").transactional_id)) is False

    h.run(loop())


def test_a_missing_topic_is_made_and_announced(harness: Harness) -> None:
    h = harness
    topic = h.names.of("activities", "orders")

    def loop() -> Loop:
        yield from assigned()
        yield EnsureTopic(topic, "activities")
        while topic not in (yield Poll(100, 10, 1_000_000)).topics_ready:
            pass
        last = OutRecord(topic, PARTITIONS * 4 - 1, None, b"task")
        yield from transaction([last], {h.at("requests"): (0, "")})

    h.run(loop())


def test_replies_are_sent_outside_transactions(harness: Harness) -> None:
    h = harness
    h.line.listen(h.at("inbox", 1))

    def loop() -> Loop:
        yield from assigned()
        yield Send([h.out("inbox", b"reply", partition=1)])

    h.run(loop())
    found: list[Record] = []
    until_ms = monotonic_ms() + 10_000
    while not found and monotonic_ms() < until_ms:
        found = h.line.receive(200)
    assert values(found) == [b"reply"]


def test_partitions_move_to_a_second_slot_with_their_inputs(harness: Harness) -> None:
    h = harness
    moved = threading.Event()
    done = threading.Event()
    late: list[Record] = []

    def first() -> Loop:
        anchors = yield from assigned()
        yield Resume(dict.fromkeys(anchors, 0))
        yield Resume({h.at("ingress", q): 0 for q in range(3)})
        yield Resume({h.at("transfers", p): 0 for p in range(PARTITIONS)})
        second.start()
        gone: list[TopicPartition] = []
        while not gone:
            polled: Polled = yield Poll(100, 100, 1_000_000)
            gone = polled.revoked
        assert len(gone) == 1
        kept = 1 - gone[0].partition
        moved.wait(WAIT_S)
        for partition in range(3):
            h.publish("ingress", b"%d" % partition, partition=partition)
        for partition in range(PARTITIONS):
            h.publish("transfers", b"%d" % partition, partition=partition)
        expected = 1 + sum(q % PARTITIONS == kept for q in range(3))
        late.extend((yield from received(expected)))
        late.extend((yield Poll(500, 100, 1_000_000)).records)
        assert len(late) == expected
        assert all(r.partition % PARTITIONS == kept for r in late)
        done.set()

    def other() -> Loop:
        yield from assigned(1)
        moved.set()
        while not done.is_set():
            yield Poll(100, 100, 1_000_000)

    second = threading.Thread(target=lambda: h.run(other(), slot="1"), daemon=True)
    h.run(first())
    second.join(WAIT_S)
    assert late
