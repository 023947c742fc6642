"""The consumer groups of the simulator's workers: who reads which task topic, and how far."""

from duralog.connectors.broker import TopicPartition
from duralog.schemas.topics import TopicNames
from sim import program
from sim.broker import Broker


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

    def wanted(self, worker: int) -> set[TopicPartition]:
        """What a worker should read."""
        members = sorted(self.members)
        return {tp for i, tp in enumerate(self.topics) if members[i % len(members)] == worker}
