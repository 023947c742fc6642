"""What a transaction writes survives any compaction of it, and tells of every input."""

import pytest

from duralog.connectors.broker import TopicPartition
from duralog.orchestrator.batch import Work
from duralog.orchestrator.outbox import Change, Outbox
from duralog.orchestrator.partitions import open_unit
from duralog.orchestrator.settings import LoopSettings
from duralog.schemas.changelog import (
    NO_SOURCE,
    POSITIONS_KEY,
    SOURCE_REQUESTS,
    SOURCE_TRANSFERS,
    Source,
)
from duralog.schemas.topics import TopicNames
from duralog.state.memory import MemoryDisk

ANCHOR = TopicPartition(TopicNames(prefix="t", namespace="default").of("requests"), 0)
SETTINGS = LoopSettings(transactional_id="t.engine.0", prefix="t", partitions=1)
FIRST = Source(SOURCE_REQUESTS, 0, 5)
LATER = Source(SOURCE_REQUESTS, 0, 6)


def pending(key: bytes, value: bytes, source: Source) -> Change:
    return Change("pending", key, value, source)


@pytest.mark.parametrize(
    ("second", "is_told"),
    [
        ([pending(b"a", b"2", NO_SOURCE)], True),
        ([pending(b"a", b"2", Source(SOURCE_TRANSFERS, 0, 1))], True),
        ([pending(b"a", b"2", LATER)], False),
        ([pending(b"a", b"2", NO_SOURCE), pending(b"b", b"1", LATER)], False),
        ([pending(b"b", b"1", NO_SOURCE)], False),
    ],
)
def test_of_each_key_one_change_is_written_and_positions_where_it_hides_an_input(
    second: list[Change], is_told: bool
) -> None:
    unit = open_unit(ANCHOR, "default", SETTINGS, disk=MemoryDisk(), known=set())
    unit.offsets = dict.fromkeys(unit.inputs, 0)
    made = [pending(b"a", b"1", FIRST), *second]
    work = Work(unit=unit, out=Outbox(changelog=made), offsets={ANCHOR: 7})
    work.close(1_000, interval_ms=60_000)
    written = {change.key: change.value for change in work.out.changelog}
    assert len(written) == len(work.out.changelog)
    assert {key: value for key, value in written.items() if key != POSITIONS_KEY} == {
        change.key: change.value for change in made
    }
    assert (POSITIONS_KEY in written) == is_told
