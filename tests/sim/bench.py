"""One slot on the simulator's broker, without faults of its own: for tests of single behaviours."""

import random  # noqa: TID251 every draw comes from the seed
from typing import Any

from duralog.connectors.broker import OutRecord, TopicPartition
from duralog.orchestrator.settings import LoopSettings
from duralog.schemas.codec import decode, encode
from duralog.schemas.identifiers import partition_of
from duralog.schemas.replies import Reply
from duralog.schemas.topics import TopicNames
from sim.broker import Broker
from sim.faults import Counts, Faults
from sim.running import logger
from sim.slot import Slot

PARTITIONS = 2
NAMES = TopicNames(prefix="t", namespace="default")


def settings(**changes: Any) -> LoopSettings:
    """Of a slot with two partitions."""
    values: dict[str, Any] = {
        "transactional_id": "t.engine.0",
        "prefix": "t",
        "partitions": PARTITIONS,
        "ingress_partitions": {"default": 3},
        "idle_wait_ms": 250,  # Half of what would be late: input does not wake it here.
        **changes,
    }
    return LoopSettings(**values)


class Bench:
    """A broker, and a slot that is stepped until it has nothing to do."""

    def __init__(self, **changes: Any) -> None:
        self.broker = Broker([TopicPartition(NAMES.of("requests"), p) for p in range(PARTITIONS)])
        self.slot = self.another(**changes)

    def another(self, **changes: Any) -> Slot:
        """One more slot on the same broker."""
        return Slot(
            settings(**changes),
            broker=self.broker,
            chance=random.Random(0),
            faults=Faults(),
            counts=Counts(),
            log=logger(loud=False),
        )

    def run(self, steps: int = 3_000) -> None:
        """Step until the slot waits for input and none is there; timers that are due have fired."""
        for _ in range(steps):
            if self.slot.alive and self.slot.idle and not self.slot.has_input():
                return
            self.broker.now_ms = max(self.broker.now_ms, self.slot.wake_ms)
            self.slot.step()
        raise AssertionError("the slot does not come to rest")

    def advance(self, ms: int) -> None:
        """Let time pass, with the slot at work."""
        until_ms = self.broker.now_ms + ms
        while True:
            self.run()
            if self.slot.wake_ms > until_ms:
                self.broker.now_ms = until_ms
                return
            self.broker.now_ms = self.slot.wake_ms
            self.slot.idle = False

    def send(self, request: Any, *, partition: int = -1, kind: str = "requests") -> None:
        """Put a request on an input, as clients do."""
        workflow_id: str = request.workflow_id
        at = partition if partition >= 0 else partition_of(workflow_id, PARTITIONS)
        record = OutRecord(NAMES.of(kind), at, workflow_id.encode(), encode(request))
        self.broker.append(record)

    def ask(self, request: Any) -> Reply:
        """Send a request and run; the reply."""
        request.reply_partition, request.recipient = 0, "bench"
        request.correlation_id = str(len(self.records("inbox")))
        self.send(request)
        self.run()
        replies = [r for r in self.records("inbox") if isinstance(r, Reply)]  # And notices.
        mine = [r for r in replies if r.correlation_id == request.correlation_id]
        assert mine, "no reply"
        return mine[-1]

    def records(self, kind: str, queue: str = "") -> list[Any]:
        """The records of a kind of topic, decoded; tombstones as None."""
        topic = NAMES.of(kind, queue)
        logs = (log for tp, log in sorted(self.broker.logs.items()) if tp.topic == topic)
        records = (record for log in logs for record in log.committed())
        return [None if r.value is None else decode(r.value) for r in records]

    def crash(self) -> None:
        """Kill -9."""
        self.slot._die("by the test")
        self.slot.wake_ms = self.broker.now_ms
