"""The consumer groups of the simulator's workers: who reads which task topic, and how far."""

from collections.abc import Iterable

from duralog.connectors.broker import TopicPartition
from duralog.schemas.topics import TopicNames
from sim import program
from sim.broker import SESSION_TIMEOUT_MS, Broker


class Tasks:
    """The task topics and their consumer groups: who reads what, and committed offsets."""

    def __init__(self, broker: Broker, names: TopicNames, partitions: int) -> None:
        self.broker = broker
        queue = program.QUEUE
        counts = {"workflow-tasks": partitions, "activities": 4 * partitions}
        self.topics = [
            TopicPartition(names.of(kind, queue), p)
            for kind, count in counts.items()
            for p in range(count)
        ]
        self.committed: dict[TopicPartition, int] = {}
        self.owners: dict[TopicPartition, int] = {}
        self.members: list[int] = []
        self.asleep: dict[int, int] = {}  # Members that are paused: when their session ends.

    def wanted(self, worker: int) -> set[TopicPartition]:
        """What a worker should read."""
        members = sorted(self.members)
        return {tp for i, tp in enumerate(self.topics) if members[i % len(members)] == worker}

    def sleep(self, worker: int) -> None:
        """SIGSTOP: nobody knows of it before the session is over."""
        self.asleep[worker] = self.broker.now_ms + SESSION_TIMEOUT_MS

    def expire(self) -> None:
        """Sessions of those that sleep for long are over: others read on."""
        for worker, due_ms in list(self.asleep.items()):
            if self.broker.now_ms >= due_ms:
                del self.asleep[worker]
                self.leave(worker)

    def leave(self, worker: int) -> None:
        """A member is gone."""
        if worker in self.members:
            self.members.remove(worker)
            self.disown(worker, [tp for tp, owner in self.owners.items() if owner == worker])
            self.broker.version += 1

    def disown(self, worker: int, partitions: Iterable[TopicPartition]) -> None:
        """These may be read by others now."""
        for tp in partitions:
            if self.owners.get(tp) == worker:
                del self.owners[tp]
