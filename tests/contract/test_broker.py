"""What a partition loop may rely on: the same tests on the broker in memory and on a real Kafka."""

import threading

import pytest

from contract.slots import (
    PARTITIONS,
    WAIT_S,
    Harness,
    Loop,
    assigned,
    read_all,
    received,
    transaction,
    values,
)
from duralog.connectors.broker import (
    Abort,
    AbortableError,
    Begin,
    Commit,
    EnsureTopic,
    FatalError,
    Fence,
    Flush,
    IsLive,
    OutRecord,
    Poll,
    Polled,
    Produce,
    ReadAnchor,
    ReadExtents,
    ReadOffsets,
    Record,
    RecordError,
    Resume,
    Seek,
    Send,
    SendOffsets,
    TopicPartition,
)
from duralog.connectors.clock import monotonic_ms
from duralog.schemas.changelog import SETTLED_KEY
from duralog.schemas.topics import TOPIC_SIZE_BYTES_MAX

pytestmark = pytest.mark.timeout(120)


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
        yield Fence(h.driver("dead").transactional_id, h.at("requests"), [h.at("history")])
        while (yield ReadExtents([h.at("history")]))[h.at("history")].stable < 2:
            pass
        (record,) = (yield from read_all(h.at("history"))).records
        assert (record.key, record.value) == (SETTLED_KEY, None)
        assert (yield ReadAnchor(h.at("requests"))) == (-1, "")

    h.run(dead(), slot="dead")
    h.run(loop(), slot="alive")


def test_a_slot_ends_its_own_doubts_before_it_is_in_the_group(harness: Harness) -> None:
    h = harness

    def loop() -> Loop:
        yield Fence(h.driver().transactional_id, h.at("requests"), [h.at("history")])
        (record,) = (yield from read_all(h.at("history"))).records
        assert (record.key, record.value) == (SETTLED_KEY, None)
        assert (yield ReadAnchor(h.at("requests"))) == (-1, "")
        yield from assigned()
        yield from transaction([h.out("history", b"new")], {h.at("requests"): (3, "new")})
        while (yield ReadAnchor(h.at("requests"))) != (3, "new"):
            pass

    h.run(loop())


def test_fencing_ourselves_changes_nothing(harness: Harness) -> None:
    h = harness

    def loop() -> Loop:
        yield from assigned()
        for value in (b"1", b"2"):
            yield Begin()
            yield Produce([h.out("history", value)])
            yield Flush()
            yield SendOffsets({h.at("requests"): (int(value), "note")})
            yield Commit()
            yield Fence(h.driver("0").transactional_id, h.at("requests"), [])
        while (offsets := (yield ReadOffsets([h.at("requests")], 200))) is None:
            pass
        assert offsets == {h.at("requests"): 2}
        assert values((yield from read_all(h.at("history"))).records) == [b"1", b"2"]

    h.run(loop())


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
        # What a stranger's request names may be no partition at all.
        yield Send([h.out("inbox", b"lost", partition=p) for p in (99, 2**31, 2**62)])
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
