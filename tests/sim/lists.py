"""The index of lists and counts over the simulator's `history`: it dies, is lost, comes back."""

import contextlib
import random  # noqa: TID251 every draw comes from the seed
from typing import Any

from duralog.connectors.broker import ReadResult, TopicPartition
from duralog.connectors.visibility.catch_up import catch_up
from duralog.connectors.visibility.index import Index
from duralog.schemas.runs import RUNNING, STATUS_OF_EVENT
from sim.broker import Broker
from sim.faults import Counts

EVERY_MS = (2_000, 9_000)


class DiedError(Exception):
    """The process that brought the index up to date is gone."""


class Reader:
    """Reads a few records at a time, and may die in between."""

    def __init__(self, lists: "Lists", offsets: dict[TopicPartition, int]) -> None:
        self._lists = lists
        self._at = dict(offsets)

    def read(self, *, records_max: int, wait_ms: int) -> ReadResult:
        """What is there. Raises DiedError."""
        del wait_ms
        lists, result = self._lists, ReadResult([], set(), {})
        if lists.chance.random() < lists.dies:
            lists.counts.add("index died")
            raise DiedError
        for tp, at in self._at.items():
            log = lists.broker.log(tp)
            records, self._at[tp] = log.read(at, min(records_max, lists.chance.randint(1, 200)))
            result.records += records
            if self._at[tp] >= log.stable():
                result.finished.add(tp)
        result.positions = dict(self._at)
        return result

    def close(self) -> None:
        """Nothing to give back."""


class Lists:
    """An index, brought up to date now and then. dies: the chance at each read."""

    def __init__(
        self, *, topic: str, partitions: int, broker: Broker, chance: random.Random, counts: Counts
    ) -> None:
        self.topic = topic
        self.partitions = range(partitions)
        self.broker = broker
        self.chance = chance
        self.counts = counts
        self.dies = 0.1
        self.index = Index.open(None)
        self.wake_ms = broker.now_ms + chance.randint(*EVERY_MS)
        self.idle = False
        self.did = "index"

    def step(self) -> None:
        """Catch up; now and then the file is lost first."""
        if self.dies and self.chance.random() < 0.2:
            self.lose()
        with contextlib.suppress(DiedError):
            catch_up(self.index, self, self.topic)
        self.wake_ms = self.broker.now_ms + self.chance.randint(*EVERY_MS)

    def lose(self) -> None:
        """Somebody deleted the file, or the topic is another."""
        self.counts.add("index lost")
        if self.chance.random() < 0.5:
            self.index.close()
            self.index = Index.open(None)
        else:
            self.index.rebuild("of another topic", dict.fromkeys(self.partitions, 0), 0)

    def check(self, runs: dict[str, list[Any]]) -> list[str]:
        """At the end the index tells of each run what its history tells."""
        self.dies = 0.0
        catch_up(self.index, self, self.topic)
        rows = self.index.search(None, limit=len(runs) + 100)
        self.index.close()
        told = {row.run_id: (row.workflow_id, row.status, row.history_length) for row in rows}
        true = {
            run_id: (
                events[0].workflow_id,
                STATUS_OF_EVENT.get(type(events[-1]), RUNNING),
                len(events),
            )
            for run_id, events in runs.items()
        }
        return [
            f"I11 {run_id}: the index tells {told.get(run_id)}, the history {true.get(run_id)}"
            for run_id in sorted(told.keys() | true.keys())
            if told.get(run_id) != true.get(run_id)
        ]

    # What a Bystander is asked.

    def cluster_id(self) -> str:
        """It ends with the seed."""
        return ""

    def topic_id(self, topic: str) -> str:
        """Always the same topic."""
        return topic

    def extents(self, topic: str) -> dict[int, tuple[int, int]]:
        """First kept and last stable offset by partition."""
        extents = {p: self.broker.extent(TopicPartition(topic, p)) for p in self.partitions}
        return {p: (extent.low, extent.end) for p, extent in extents.items()}

    def reader(self, offsets: dict[TopicPartition, int]) -> Reader:
        """A reader from `offsets`."""
        return Reader(self, offsets)

    def close(self) -> None:
        """Nothing to give back."""
