"""One seeded run: slots, workers and clients on one clock, faults for a while, then quiet."""

import random  # noqa: TID251 every draw comes from the seed
from collections import Counter
from dataclasses import dataclass, field
from typing import Any, Protocol

from structlog.typing import FilteringBoundLogger

from duralog.connectors.broker import OutRecord, TopicPartition
from duralog.orchestrator.settings import LoopSettings
from duralog.schemas.topics import TopicNames
from sim import checks
from sim.broker import COMPACTED, Broker
from sim.client import Client
from sim.faults import SKEW_MS, Counts, swarm
from sim.groups import Tasks
from sim.lists import Lists
from sim.slot import Slot
from sim.trace import Trace
from sim.worker import Worker

PARTITIONS = 2
INGRESS_PARTITIONS = 3  # Not a multiple of P: strangers' keys must be forwarded.
FAULTS_MS = 40_000
QUIET_MS = 600_000  # Far more than any timeout: what is not done then is stuck.
NARROW_MS = 1_500
DAMAGE = 0.002  # At a step: what a broker does to us.
DAMAGE_OFTEN = 0.02  # In every third seed: compactions under Stores of all ages.
STEPS_MAX = 60_000  # Ten times what a story takes: something turns in circles.
# After these a transaction may be torn, or seems so: what it consumed is read again.
DOUBTS = {
    "torn transactions",
    "unmarked changelogs",
    "unmarked offsets",
    "offsets that went back",
}
# What explains that an attempt ran twice: somebody died, slept, or a transaction was no whole one.
UNCALM = (
    "worker deaths",
    "deaths",
    "pauses",
    "worker pauses",
    "torn",
    "unknown",
    "unmarked",
    "late",
    "clocks",
)


class Actor(Protocol):
    """Somebody who makes steps."""

    wake_ms: int
    idle: bool

    def step(self) -> None:
        """The next."""


@dataclass(slots=True)
class Outcome:
    """What a seed came to. armed: its faults. trace: if it was asked for."""

    seed: int
    violations: list[str]
    counts: Counts
    runs: dict[str, list[Any]] = field(default_factory=dict[str, list[Any]])
    steps: int = 0
    clients: int = 0
    armed: list[str] = field(default_factory=list[str])
    trace: Trace | None = None


@dataclass(slots=True, frozen=True)
class Less:
    """A part of a seed's story: fewer clients, fewer kinds of faults."""

    clients: int = 100
    without: frozenset[str] = frozenset()


class World:
    """All actors of one seed."""

    def __init__(
        self, seed: int, *, log: FilteringBoundLogger, less: Less | None = None, trace: bool = False
    ) -> None:
        less = less or Less()
        chance = self.chance = random.Random(seed)
        self.seed = seed
        self.names = TopicNames(prefix="t", namespace="default")
        anchors = [TopicPartition(self.names.of("requests"), p) for p in range(PARTITIONS)]
        # Also longer than a session: what a dead owner left open must then be fenced.
        self.broker = Broker(anchors, transaction_timeout_ms=chance.choice((6_000, 60_000)))
        self.counts = Counts()
        self.faults = swarm(chance)
        self.faults.leave_out(less.without)
        self.armed = self.faults.armed()
        self.poison: set[tuple[TopicPartition, int]] = set()
        self.until_ms = self.broker.now_ms + FAULTS_MS
        self.narrow_until_ms = 0
        self._people(log, less)
        self.trace = Trace(self.broker) if trace else None

    def _people(self, log: FilteringBoundLogger, less: Less) -> None:
        """All actors. What is left out is drawn, too, so that the rest is the same."""
        broker, chance = self.broker, self.chance
        shared: dict[str, Any] = {
            "broker": broker,
            "chance": chance,
            "faults": self.faults,
            "counts": self.counts,
        }
        small = chance.random() < 0.3
        self.slots = [
            Slot(self._settings(i, small=small), **shared, log=log)
            for i in range(chance.choice((1, 2, 2)))
        ]
        tasks = Tasks(broker, self.names, PARTITIONS)
        self.workers = [
            Worker(i, tasks=tasks, names=self.names, **shared) for i in range(chance.randint(1, 2))
        ]
        self.clients = [
            Client(
                i,
                names=self.names,
                partitions=PARTITIONS,
                ingress_partitions=INGRESS_PARTITIONS,
                broker=broker,
                chance=chance,
            )
            for i in range(chance.randint(1, 8))
        ][: less.clients]
        self.lists: Lists | None = None
        if chance.random() < 0.5 and "lists" not in less.without:
            topic = self.names.of("history")
            about: dict[str, Any] = {"broker": broker, "chance": chance, "counts": self.counts}
            self.lists = Lists(topic=topic, partitions=PARTITIONS, **about)

    def run(self) -> Outcome:
        """Faults until `until_ms`, then quiet until all clients are done, then the checks."""
        broker, chance, steps = self.broker, self.chance, 0
        waiting = self._actors()
        end_ms = self.until_ms + QUIET_MS
        settled_ms = version = 0
        is_quiet = False
        while broker.now_ms < end_ms and steps < STEPS_MAX:
            steps += 1
            if version != broker.version:
                version = broker.version
                for _, actor in waiting:
                    if actor.idle:
                        actor.wake_ms = min(actor.wake_ms, broker.now_ms + chance.randint(1, 5))
            next_ms = min([actor.wake_ms for _, actor in waiting])
            broker.now_ms = max(broker.now_ms, next_ms)
            broker.tick()
            if broker.now_ms <= self.until_ms:
                self._break()
            elif not is_quiet:
                is_quiet = True
                self._end_faults()
            name, actor = chance.choice([a for a in waiting if a[1].wake_ms <= broker.now_ms])
            actor.step()
            if self.trace is not None:
                self.trace.step(name, str(getattr(actor, "did", "")))
            if broker.now_ms > self.until_ms and all(client.done for client in self.clients):
                # A transfer that was lost is sent again after a minute.
                settled_ms = settled_ms or broker.now_ms + 70_000
                if broker.now_ms > settled_ms and all(slot.rests for slot in self.slots):
                    break
        return self._outcome(steps)

    def _actors(self) -> list[tuple[str, Actor]]:
        """Each with its name in the trace."""
        actors: list[tuple[str, Actor]] = [(f"slot {i}", slot) for i, slot in enumerate(self.slots)]
        actors += [(f"worker {i}", worker) for i, worker in enumerate(self.workers)]
        actors += [(client.workflow_id, client) for client in self.clients]
        return actors if self.lists is None else [*actors, ("index", self.lists)]

    def _outcome(self, steps: int) -> Outcome:
        broker, counts = self.broker, self.counts
        counts.seen.update(broker.late_came)
        evidence = checks.Evidence(
            broker=broker,
            names=self.names,
            partitions=PARTITIONS,
            stores=[self._store(partition) for partition in range(PARTITIONS)],
            clients=self.clients,
            poison=self.poison,
            torn=not DOUBTS.isdisjoint(counts.seen),
            compacted="compactions" in counts.seen,
            calm=not any(name.startswith(UNCALM) for name in counts.seen),
            executions=sum((Counter(w.executions) for w in self.workers), Counter()),
            lists=self.lists,
            # What a disk did to a dead process may be found long after.
            quiet_ms=max(self.until_ms, *(slot.hurt_ms for slot in self.slots)),
        )
        runs, violations = checks.check(evidence)
        for slot in self.slots:
            violations += slot.violations
        return Outcome(
            self.seed,
            violations,
            counts,
            runs,
            steps=steps,
            clients=len(self.clients),
            armed=self.armed,
            trace=self.trace,
        )

    @classmethod
    def calm(
        cls,
        seed: int,
        *,
        kill_at: int,
        lose_store: bool,
        log: FilteringBoundLogger,
    ) -> "World":
        """A seed without faults, but that the first slot dies at its `kill_at`th effect."""
        world = cls(seed, log=log)
        world.faults.leave_out(frozenset(world.faults.armed()))
        world.faults.lost_store = float(lose_store)
        world.slots[0].kill_at = kill_at
        return world

    def _store(self, partition: int) -> Any:
        """The Store of whoever serves a partition; None: nobody does."""
        anchor = self.broker.anchors[partition]
        owner = next((s for s in self.slots if s.alive and anchor in s.held), None)
        return owner and owner.disk.peek(f"{self.names.namespace}/{partition}")

    def _end_faults(self) -> None:
        self.faults.end()
        self.broker.narrow = False
        for slot in self.slots:
            slot.skew_ms = 0

    def _break(self) -> None:
        chance, faults, broker = self.chance, self.faults, self.broker
        if chance.random() < (DAMAGE_OFTEN if self.seed % 3 == 2 else DAMAGE):
            self._damage()
        # It matters most when somebody is about to read the offsets.
        if faults.tear and chance.random() < 0.05 and not all(s.alive for s in self.slots):
            self._offset_goes_back()
        if chance.random() < faults.narrow:
            self.narrow_until_ms = broker.now_ms + NARROW_MS
        broker.narrow = broker.now_ms < self.narrow_until_ms
        if broker.members and chance.random() < faults.rebalance:
            self.counts.add("rebalances for no reason")
            broker.regroup()
        if chance.random() < faults.skew:
            self.counts.add("clocks set")
            chance.choice(self.slots).skew_ms = chance.randint(-SKEW_MS, SKEW_MS)
        if chance.random() < faults.poison:
            self._poison()

    def _damage(self) -> None:
        """What a broker does to us: compaction, offsets that go back or are forgotten."""
        broker, chance = self.broker, self.chance
        if chance.random() < 0.7:
            kind = chance.choice(COMPACTED)
            tp = TopicPartition(self.names.of(kind), chance.randrange(PARTITIONS))
            end = broker.extent(tp).end - chance.randint(0, 10)
            if broker.compact(tp, end):
                self.counts.add("compactions")
        elif chance.random() < 0.5:
            self._forget_unused()
        elif self.faults.tear:
            self._offset_goes_back()

    def _forget_unused(self) -> None:
        """The offsets of topics that a live group does not subscribe to expire."""
        topic = self.names.of("ingress")
        for tp, (offset, _) in list(self.broker.offsets.items()):
            if tp.topic == topic and not offset:
                del self.broker.offsets[tp]
                self.counts.add("forgotten offsets")

    def _offset_goes_back(self) -> None:
        """A delayed TxnOffsetCommit arrives."""
        broker = self.broker
        if broker.older_offsets:
            tp = self.chance.choice(sorted(broker.older_offsets))
            broker.offsets[tp] = broker.older_offsets[tp]
            self.counts.add("offsets that went back")

    def _poison(self) -> None:
        """Somebody writes what nobody can read."""
        chance = self.chance
        kind, count = chance.choice((("requests", PARTITIONS), ("ingress", INGRESS_PARTITIONS)))
        tp = TopicPartition(self.names.of(kind), chance.randrange(count))
        key = chance.choice((None, b"", b"w0", b"\xff\xfe"))
        value = chance.choice((None, b"", b"\x00", b"\x00\x00\x00\x00\x07junk", b"{", b"\xff" * 40))
        self.counts.add("poison")
        self.poison.add((tp, self.broker.append(OutRecord(*tp, key, value))))

    def _settings(self, slot: int, *, small: bool) -> LoopSettings:
        return LoopSettings(
            transactional_id=f"t.engine.{slot}",
            prefix="t",
            partitions=PARTITIONS,
            ingress_partitions={"default": INGRESS_PARTITIONS},
            positions_interval_ms=5_000,
            idle_wait_ms=2_000,
            records_max=4 if small else 500,
            due_max=2 if small else 100,
        )
