"""The units a slot serves: one engine partition of one namespace each."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import Enum
from typing import Final

from duralog.connectors.broker import Record, TopicPartition
from duralog.orchestrator.door import Door
from duralog.orchestrator.progress import Progress
from duralog.orchestrator.queues import Queues
from duralog.orchestrator.settings import LoopSettings
from duralog.schemas.changelog import (
    SOURCE_INGRESS,
    SOURCE_REQUESTS,
    SOURCE_TRANSFERS,
)
from duralog.schemas.topics import CHANGELOGS, DAY_MS, TopicNames, slug
from duralog.schemas.transitions import Positions
from duralog.state import stamp
from duralog.state.partition import PartitionState
from duralog.state.store import Disk, Store

KIND_OF_SOURCE: Final[dict[int, str]] = {
    SOURCE_REQUESTS: "requests",
    SOURCE_INGRESS: "ingress",
    SOURCE_TRANSFERS: "transfers",
}
SOURCE_OF_KIND: Final[dict[str, int]] = {kind: source for source, kind in KIND_OF_SOURCE.items()}

# An idle unit's Store does not look abandoned for half a week, and the group keeps the offsets of
# inputs that it does not subscribe to, which a broker forgets after a week.
_REMIND_MS: Final = DAY_MS
_MOVED_MS: Final = 60_000  # Markers were stepped over: retention leaves days, a restart none.


class Status(Enum):
    """Where a unit stands."""

    RECOVERING = "recovering"
    READY = "ready"
    REFUSED = "refused"


@dataclass(slots=True, kw_only=True)
class Unit:
    """One (namespace, partition) and what the loop knows of it.

    inputs: what it reads and the kind of each; the anchor comes first.
    offsets: of each input, the next to read: all before it were consumed by committed transactions.
    received_time_ms: broker time of the last consumed request: due entries up to it may fire.
    recorded: kinds and partitions that the Store, or the newest Positions record behind it, knows.
    recorded_time_ms: when a Positions record was written last because it was time.
    consumed: anything, since the last Positions record.
    polled: its inputs have been read since it is ready, so that "drained" speaks of them, too.
    ends: offsets that its changelogs have reached, by kind, as they were seen last.
    doubted_seq: what the anchor told at the last recovery, while inputs are read again that a torn
    transaction may not have forwarded; told again until they are, or a crash would forget them.
    torn: (incarnation, seq) of the highest transactions, if the next one must declare them void.
    hidden: kind and key of the entries that those have written over.
    claim: a transaction is wanted even without inputs: to name us in the anchor's metadata, and to
    tell where all inputs stand. claimed_time_ms: when that was done last.
    moved: an input stands further than its last record says, and no transaction has told it yet.
    door: whether starts that somebody waits for are taken.
    reader: the handle of the reader that its recovery has open; progress: how far that has come.
    """

    namespace: str
    partition: int
    names: TopicNames
    inputs: dict[TopicPartition, str]
    store_name: str
    store: Store
    state: PartitionState
    queues: Queues
    status: Status = Status.RECOVERING
    cause: str = ""
    offsets: dict[TopicPartition, int] = field(default_factory=dict[TopicPartition, int])
    received_time_ms: int = 0
    recorded: set[tuple[str, int]] = field(default_factory=set[tuple[str, int]])
    recorded_time_ms: int = 0
    consumed: bool = False
    polled: bool = False
    ends: dict[str, int] = field(default_factory=dict[str, int])
    doubted_seq: int | None = None
    torn: list[tuple[int, int]] = field(default_factory=list[tuple[int, int]])
    hidden: set[tuple[str, bytes]] = field(default_factory=set[tuple[str, bytes]])
    claim: bool = False
    claimed_time_ms: int = 0
    moved: bool = False
    reader: int | None = None
    progress: Progress | None = None
    door: Door = field(default_factory=Door)

    @property
    def anchor(self) -> TopicPartition:
        """Its partition of `requests`, which decides who owns it."""
        return next(iter(self.inputs))

    @property
    def changelogs(self) -> dict[TopicPartition, str]:
        """Its partition of each changelog, and the kind."""
        return {TopicPartition(self.names.of(k), self.partition): k for k in CHANGELOGS}

    def is_claim_due(self, now_ms: int) -> bool:
        """It is time to tell again where all inputs stand, also when nothing comes: ADR 0021."""
        return now_ms - self.claimed_time_ms >= (_MOVED_MS if self.moved else _REMIND_MS)

    def reads_again(self, consumed: dict[TopicPartition, int]) -> bool:
        """True while inputs stand behind what was processed; `consumed` wins over `offsets`."""
        known = self.state.positions
        return any(
            consumed.get(tp, self.offsets[tp]) < known.get((kind, tp.partition), 0)
            for tp, kind in self.inputs.items()
        )

    def positions(self, now_ms: int) -> Positions:
        """All positions, as they are in the open transaction."""
        known = dict(self.state.positions)
        for tp, kind in self.inputs.items():
            known.setdefault((kind, tp.partition), self.offsets[tp])
        inputs = sorted(known.items())
        return Positions(
            topics=[kind for (kind, _), _ in inputs],
            partitions=[partition for (_, partition), _ in inputs],
            offsets=[offset for _, offset in inputs],
            time_ms=now_ms,
        )


def step_over(
    owners: dict[TopicPartition, Unit],
    ends: dict[TopicPartition, int],
    *,
    besides: Iterable[Record] = (),
) -> None:
    """Where inputs end with markers of transactions, stand behind these: ADR 0021.

    besides: what is still to be read; their partitions' ends are told again.
    """
    unread = {TopicPartition(record.topic, record.partition) for record in besides}
    for tp, end in ends.items():
        unit = None if tp in unread else owners.get(tp)
        if unit is not None and end > unit.offsets[tp]:
            unit.offsets[tp] = end
            unit.moved = True


def open_unit(
    anchor: TopicPartition,
    namespace: str,
    settings: LoopSettings,
    *,
    disk: Disk,
    known: set[tuple[str, str]],
) -> Unit:
    """The unit of `anchor`, its Store opened, nothing recovered yet.

    known: the queues of the namespace whose topics are known to be there, shared by its units.
    """
    names = TopicNames(prefix=settings.prefix, namespace=namespace)
    count = settings.ingress_partitions.get(namespace, settings.partitions)
    inputs = {
        anchor: "requests",
        TopicPartition(names.of("transfers"), anchor.partition): "transfers",
    }
    for partition in range(anchor.partition, count, settings.partitions):
        inputs[TopicPartition(names.of("ingress"), partition)] = "ingress"
    store_name = f"{slug(namespace)}/{anchor.partition}"
    store = open_store(disk, store_name)
    return Unit(
        namespace=namespace,
        partition=anchor.partition,
        names=names,
        inputs=inputs,
        store_name=store_name,
        store=store,
        state=PartitionState(
            store, namespace, anchor.partition, retention_ms=settings.retention_ms
        ),
        queues=Queues(
            partition=anchor.partition,
            partitions=settings.partitions,
            activity_copies=settings.activity_partitions_per_engine_partition,
            known=known,
        ),
    )


def reopen_empty(unit: Unit, disk: Disk, cause: str) -> None:
    """Set the unit's Store aside and begin with an empty one."""
    unit.store.close()
    disk.set_aside(unit.store_name, cause)
    unit.store = open_store(disk, unit.store_name)
    retention_ms = unit.state.retention_ms
    unit.state = PartitionState(
        unit.store, unit.namespace, unit.partition, retention_ms=retention_ms
    )


def open_store(disk: Disk, name: str) -> Store:
    """The Store `name`; empty, and what was there set aside, when a newer version wrote it."""
    store = disk.open(name)
    newer = stamp.problem(store)
    if newer:
        store.close()
        disk.set_aside(name, newer)
        store = disk.open(name)
    stamp.stamp(store)
    return store
