"""What earlier owners left in doubt is decided before a unit is served (DESIGN 5, ADR 0011).

A transaction is in doubt when it is open, and also when it is complete but a dying broker never
marked a part of it: then until its producer ends another there. Offsets in doubt are dropped, for
the changelogs know better and the inputs are read again. Changelog records in doubt come out as
committed: if the transaction was, nothing else is right; if not, it is torn, or its inputs are read
again.
"""

from collections.abc import Generator
from dataclasses import dataclass
from typing import Any, Final

from structlog.typing import FilteringBoundLogger

from duralog.connectors.broker import (
    Checkpoint,
    Effect,
    Extent,
    Fence,
    IsLive,
    ReadAnchor,
    ReadExtents,
    ReadOffsets,
    TopicPartition,
)
from duralog.orchestrator.partitions import Unit
from duralog.orchestrator.settings import LoopSettings
from duralog.orchestrator.witness import read_witness
from duralog.schemas.topics import CHANGELOGS, TopicNames

_HANGS_MS: Final = 12_000  # No transaction of a slot that lives is open for so long.


@dataclass(slots=True, frozen=True)
class Pause:
    """Step me again at the next turn, with the clock, if need be after `wait_ms`."""

    wait_ms: int


PAUSE: Final = Pause(0)
WAIT: Final = Pause(20)  # Somebody else must do something first.
Logger = FilteringBoundLogger
Steps = Generator[Effect | Pause, Any, None]
Fenced = dict[str, int]  # Owners that were ended, and the highest incarnation seen of each.


def end_own(settings: LoopSettings, log: Logger) -> Generator[Effect, Any, None]:
    """End what earlier processes of this slot left in doubt, before its first transaction.

    Later is too late for offsets: with its first commit they would count, whatever became of them.
    Changelogs: of all partitions, for nobody else may know that it was us. Those in which another
    slot has a transaction open get a record that says nothing.
    """
    partitions = {
        kind: [
            TopicPartition(TopicNames(prefix=settings.prefix, namespace=n).of(kind), p)
            for n in settings.namespaces
            for p in range(settings.partitions)
        ]
        for kind in (*CHANGELOGS, "requests")
    }
    anchors = partitions.pop("requests")
    extents = yield ReadExtents([tp for logs in partitions.values() for tp in logs])
    undecided = _undecided(extents)
    if undecided or (yield ReadOffsets(anchors, 500)) is None:
        log.warning("ending what an earlier process left in doubt", changelogs=len(undecided))
        yield Fence(settings.transactional_id, anchors[0], undecided)


def fence_last_owner(unit: Unit, log: Logger, settings: LoopSettings, fenced: Fenced) -> Steps:
    """End the producer of who served the unit last, unless that is us, or a member, or has left.

    It may only sleep, between two effects: what it wrote when it wakes would stand among ours. Once
    for all units that it served.
    """
    _, metadata = yield ReadAnchor(unit.anchor)
    witness = read_witness(metadata)
    owner, incarnation = witness.transactional_id, witness.incarnation
    if owner in ("", settings.transactional_id) or witness.left:
        return
    if fenced.get(owner, -1) >= incarnation:
        return
    if not (yield IsLive(owner)):
        yield Checkpoint("recovery-before-fence")
        log.info("fencing the last owner", owner=owner)
        yield Fence(owner, unit.anchor, [], settles=False)
        fenced[owner] = incarnation


def decided_extents(
    unit: Unit, settings: LoopSettings, log: Logger
) -> Generator[Effect | Pause, Any, dict[TopicPartition, Extent]]:
    """Extents of the changelogs, once no transaction is open on them."""
    began_ms: int = yield PAUSE
    fenced_ms = began_ms
    while True:
        extents: dict[TopicPartition, Extent] = yield ReadExtents(list(unit.changelogs))
        undecided = _undecided(extents)
        if not undecided:
            return extents
        now_ms: int = yield WAIT
        if now_ms - fenced_ms > settings.undecided_ms_max:
            fenced_ms = now_ms
            log.warning("a transaction is open", waited_s=(now_ms - began_ms) // 1000)
            yield from _fence(unit, undecided, settings, log, hangs=now_ms - began_ms > _HANGS_MS)


def decided_offsets(
    unit: Unit, settings: LoopSettings, log: Logger
) -> Generator[Effect | Pause, Any, dict[TopicPartition, int]]:
    """The group's offsets, once none is in doubt."""
    began_ms: int = yield PAUSE
    fenced_ms = began_ms
    while True:
        offsets: dict[TopicPartition, int] | None = yield ReadOffsets(list(unit.inputs), 100)
        if offsets is not None:
            return offsets
        now_ms: int = yield WAIT
        if now_ms - fenced_ms > settings.undecided_ms_max:
            fenced_ms = now_ms
            log.warning("the group's offsets are in doubt", waited_s=(now_ms - began_ms) // 1000)
            yield from _fence(unit, [], settings, log, hangs=now_ms - began_ms > _HANGS_MS)


def _undecided(extents: dict[TopicPartition, Extent]) -> list[TopicPartition]:
    return [tp for tp, extent in extents.items() if extent.stable < extent.end]


def _fence(
    unit: Unit, undecided: list[TopicPartition], settings: LoopSettings, log: Logger, *, hangs: bool
) -> Steps:
    """Have ended what our own id left in doubt, and who served the unit last if that is dead.

    A live owner's transaction ends by itself, unless it `hangs`. Ours: none is open here, but a
    broker that died a moment after our commit may not have marked it.
    """
    _, metadata = yield ReadAnchor(unit.anchor)
    owner = read_witness(metadata).transactional_id
    yield Checkpoint("recovery-before-fence")
    if owner not in ("", settings.transactional_id) and (hangs or not (yield IsLive(owner))):
        log.warning("fencing the last owner", owner=owner)
        yield Fence(owner, unit.anchor, undecided)
    yield Fence(settings.transactional_id, unit.anchor, undecided)
