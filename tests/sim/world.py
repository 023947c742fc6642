"""One seeded run: slots, workers and clients on one clock, faults for a while, then quiet."""

import random  # noqa: TID251 every draw comes from the seed
from dataclasses import dataclass, field
from typing import Any

from structlog.typing import FilteringBoundLogger

from duralog.connectors.broker import TopicPartition
from duralog.orchestrator.settings import LoopSettings
from duralog.schemas.topics import TopicNames
from sim import checks, family
from sim.broker import COMPACTED, Broker
from sim.client import Client
from sim.slot import Counts, Faults, Slot
from sim.worker import Tasks, Worker

PARTITIONS = 2
INGRESS_PARTITIONS = 3  # Not a multiple of P: strangers' keys must be forwarded.
FAULTS_MS = 40_000
QUIET_MS = 600_000  # Far more than any timeout: what is not done then is stuck.


@dataclass(slots=True)
class Outcome:
    """What a seed came to."""

    seed: int
    violations: list[str]
    counts: Counts
    runs: dict[str, list[Any]] = field(default_factory=dict[str, list[Any]])
    steps: int = 0


class World:
    """All actors of one seed."""

    def __init__(self, seed: int, *, log: FilteringBoundLogger) -> None:
        chance = self.chance = random.Random(seed)
        self.seed = seed
        self.names = TopicNames(prefix="t", namespace="default")
        anchors = [TopicPartition(self.names.of("requests"), p) for p in range(PARTITIONS)]
        # Also longer than a session: what a dead owner left open must then be fenced.
        self.broker = Broker(anchors, transaction_timeout_ms=chance.choice((6_000, 60_000)))
        self.counts = Counts()
        self.faults = self._swarm()
        self.until_ms = self.broker.now_ms + FAULTS_MS
        shared: dict[str, Any] = {
            "broker": self.broker,
            "chance": chance,
            "faults": self.faults,
            "counts": self.counts,
        }
        self.slots = [
            Slot(self._settings(i), **shared, log=log) for i in range(chance.choice((1, 2, 2)))
        ]
        tasks = Tasks(self.broker, self.names, PARTITIONS)
        self.workers = [
            Worker(i, tasks=tasks, names=self.names, **shared) for i in range(chance.randint(1, 2))
        ]
        self.clients = [
            Client(
                i,
                names=self.names,
                partitions=PARTITIONS,
                ingress_partitions=INGRESS_PARTITIONS,
                broker=self.broker,
                chance=chance,
            )
            for i in range(chance.randint(1, 8))
        ]

    def run(self) -> Outcome:
        """Faults until `until_ms`, then quiet until all clients are done, then the checks."""
        broker, chance, steps = self.broker, self.chance, 0
        actors: list[Slot | Worker | Client] = [*self.slots, *self.workers, *self.clients]
        end_ms = self.until_ms + QUIET_MS
        settled_ms = version = 0
        while broker.now_ms < end_ms:
            steps += 1
            if version != broker.version:
                version = broker.version
                for actor in actors:
                    if actor.idle:
                        actor.wake_ms = min(actor.wake_ms, broker.now_ms + chance.randint(1, 5))
            next_ms = min(actor.wake_ms for actor in actors)
            broker.now_ms = max(broker.now_ms, next_ms)
            broker.tick()
            if broker.now_ms > self.until_ms:
                self._end_faults()
            else:
                self._break()
            chance.choice([a for a in actors if a.wake_ms <= broker.now_ms]).step()
            if all(client.done for client in self.clients) and broker.now_ms > self.until_ms:
                # A transfer that was lost is sent again after a minute.
                settled_ms = settled_ms or broker.now_ms + 70_000
                if broker.now_ms > settled_ms:
                    break
        return self._outcome(steps)

    def _outcome(self, steps: int) -> Outcome:
        outcome = Outcome(self.seed, [], self.counts, steps=steps)
        for partition in range(PARTITIONS):
            found, violations = self._check(partition)
            outcome.runs.update(found)
            outcome.violations += violations
        for run_id, events in outcome.runs.items():
            outcome.violations += checks.check_history(run_id, events)
        outcome.violations += checks.check_clients(self.clients, outcome.runs)
        outcome.violations += family.check(outcome.runs)
        for client in self.clients:
            if not client.done:
                outcome.violations.append(f"{client.workflow_id}: not answered to the end")
        letters = sum(
            len(log.committed()) for tp, log in self.broker.logs.items() if "dead" in tp.topic
        )
        if letters:
            outcome.violations.append(f"{letters} dead letters")
        return outcome

    @classmethod
    def calm(
        cls, seed: int, *, kill_at: int, lose_store: bool, log: FilteringBoundLogger
    ) -> "World":
        """A seed without faults, but that the first slot dies at its `kill_at`th effect."""
        world = cls(seed, log=log)
        for name in ("kill", "pause", "unknown_commit", "abort", "tear", "unmarked"):
            setattr(world.faults, name, 0.0)
        world.faults.lost_store = float(lose_store)
        world.slots[0].kill_at = kill_at
        return world

    def _check(self, partition: int) -> tuple[dict[str, list[Any]], list[str]]:
        anchor = self.broker.anchors[partition]
        owner = next((s for s in self.slots if s.alive and anchor in s.held), None)
        if owner is None:
            return {}, [f"partition {partition}: nobody serves it"]
        return checks.check_partition(self.broker, self.names, partition, owner.disk)

    def _swarm(self) -> Faults:
        """Each seed arms some faults, so that they are met in all combinations."""
        chance = self.chance

        def some(rate: float) -> float:
            return rate if chance.random() < 0.5 else 0.0

        return Faults(
            kill=some(0.006),
            pause=some(chance.choice((0.003, 0.02))),
            unknown_commit=some(0.03),
            abort=some(0.05),
            tear=some(0.02),
            lost_store=some(0.5),
            unmarked=some(0.02),
        )

    def _end_faults(self) -> None:
        faults = self.faults
        faults.kill = faults.pause = faults.unknown_commit = faults.abort = faults.tear = 0.0
        faults.unmarked = 0.0

    def _break(self) -> None:
        chance = self.chance
        if chance.random() < 0.002:
            self._damage()
        # It matters most when somebody is about to read the offsets.
        if self.faults.tear and chance.random() < 0.05 and not all(s.alive for s in self.slots):
            self._offset_goes_back()

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

    def _settings(self, slot: int) -> LoopSettings:
        return LoopSettings(
            transactional_id=f"t.engine.{slot}",
            prefix="t",
            partitions=PARTITIONS,
            ingress_partitions={"default": INGRESS_PARTITIONS},
            positions_interval_ms=5_000,
            idle_wait_ms=2_000,
        )
