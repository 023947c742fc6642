"""A broker that has lost the end of a changelog: the partition must be refused, by name.

What nothing tells of is served: one changelog's records since the ends were noted last (a minute,
here 5 s), and all of them if the Store was noted to have read just so far.
"""

import random  # noqa: TID251 every draw comes from the seed
from dataclasses import dataclass

from duralog.connectors.broker import TopicPartition
from duralog.orchestrator.partitions import Status, Unit
from duralog.orchestrator.witness import read_witness
from duralog.schemas.changelog import TX_HEADER, unpack_mark
from duralog.schemas.topics import CHANGELOGS
from sim.log import Log
from sim.running import logger
from sim.slot import Slot
from sim.world import PARTITIONS, World

STEPS_MAX = 20_000


@dataclass(slots=True, frozen=True)
class Cut:
    """What was lost: of which changelogs, how many records at the end; and what became of it.

    is_told: whether the anchor or the Store knew that there was more.
    """

    kinds: tuple[str, ...]
    records: int
    lost_store: bool
    is_told: bool
    status: Status
    cause: str


def cut(seed: int) -> Cut:
    """Tell a calm story, kill all, take the end of some changelogs away, begin again."""
    world = World.calm(seed, kill_at=-1, lose_store=False, log=logger())
    world.run()
    chance = random.Random(seed)
    for slot in world.slots:
        slot._die("by the test")
    partition = chance.randrange(PARTITIONS)
    kinds = chance.choice((CHANGELOGS, tuple(chance.sample(CHANGELOGS, 1))))
    topics = {kind: TopicPartition(world.names.of(kind), partition) for kind in kinds}
    logs = {kind: world.broker.log(tp) for kind, tp in topics.items()}
    last = max((seq for log in logs.values() for seq in _seqs(log)), default=0)
    first = chance.randint(1, last) if last else 1
    records = sum(_take_away(log, first) for log in logs.values())
    lost_store = chance.random() < 0.5
    if lost_store:
        for slot in world.slots:
            slot.disk.lose()
    _, metadata = world.broker.offsets.get(world.broker.anchors[partition], (-1, ""))
    ends = read_witness(metadata).ends
    is_told = any(len(log.entries) < ends.get(kind, 0) for kind, log in logs.items())
    is_told = is_told or (records > 0 and lost_store and kinds == CHANGELOGS)
    unit = _begin(world, world.slots[0], partition)
    return Cut(tuple(kinds), records, lost_store, is_told, unit.status, unit.cause)


def _seqs(log: Log) -> list[int]:
    return [
        unpack_mark(dict(record.headers or [])[TX_HEADER] or b"").seq for record in log.committed()
    ]


def _take_away(log: Log, first: int) -> int:
    """All from the first record of transaction `first` on; how many records."""
    for offset, entry in enumerate(log.entries):
        if entry.record is not None:
            mark = unpack_mark(dict(entry.record.headers or [])[TX_HEADER] or b"")
            if mark.seq >= first:
                lost = sum(other.record is not None for other in log.entries[offset:])
                del log.entries[offset:]
                log._stable = min(log._stable, offset)
                return lost
    return 0


def _begin(world: World, slot: Slot, partition: int) -> Unit:
    """Step a slot alone until the partition is served or refused."""
    broker = world.broker
    for other in world.slots:
        if other is not slot and other.settings.transactional_id in broker.members:
            broker.leave(other.settings.transactional_id)
    anchor = broker.anchors[partition]
    for _ in range(STEPS_MAX):
        broker.now_ms = max(broker.now_ms, slot.wake_ms)
        broker.tick()
        slot.step()
        frame = slot._loop.gi_frame  # type: ignore[attr-defined]
        loop = None if frame is None else frame.f_locals.get("loop")
        unit: Unit | None = loop and loop.units.get(anchor)
        if unit is not None and unit.status is not Status.RECOVERING:
            return unit
    raise AssertionError("the partition is neither served nor refused")
