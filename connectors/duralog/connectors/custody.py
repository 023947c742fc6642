"""Which task records are in our hands, and up to where their offsets may be committed. Pure.

A record is done when its answer or fresh start report is acknowledged by the broker, or its claim
is decided; from then on the engine answers for it. Offsets are committed in order: the finished
prefix of each partition.
"""

from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final

from duralog.connectors.broker import TopicPartition
from duralog.schemas.tasks import ActivityTask, WorkflowTask

FRESH_MS: Final = 2_000  # Younger tasks may run unasked (DESIGN 7).


@dataclass(slots=True)
class Entry:
    """One record in custody. is_new: appended after its partition was assigned to this process."""

    offset: int
    is_new: bool
    is_done: bool = False
    is_ours: bool = True  # False once the partition is revoked.


@dataclass(slots=True)
class _Partition:
    end: int  # When it was assigned.
    entries: deque[Entry] = field(default_factory=deque[Entry])


class Custody:
    """Entries of all assigned partitions."""

    def __init__(self) -> None:
        self._partitions: dict[TopicPartition, _Partition] = {}

    def assign(self, partition: TopicPartition, end: int) -> None:
        """A partition is ours from now on; `end` is its end offset."""
        self._partitions[partition] = _Partition(end)

    def take(self, partition: TopicPartition, offset: int) -> Entry | None:
        """A record arrived; None if its partition is not ours."""
        found = self._partitions.get(partition)
        if found is None:
            return None
        entry = Entry(offset, is_new=offset >= found.end)
        found.entries.append(entry)
        return entry

    def commits(self, only: Iterable[TopicPartition] | None = None) -> dict[TopicPartition, int]:
        """Next offsets to read, of (these) partitions whose finished prefix has grown."""
        offsets: dict[TopicPartition, int] = {}
        for tp in list(self._partitions) if only is None else only:
            if tp not in self._partitions:
                continue
            entries = self._partitions[tp].entries
            while entries and entries[0].is_done:
                offsets[tp] = entries.popleft().offset + 1
        return offsets

    def disown(self, partitions: Iterable[TopicPartition]) -> None:
        """These are about to be revoked: nothing more of them begins; it may still be committed."""
        for tp in partitions:
            for entry in self._partitions[tp].entries if tp in self._partitions else ():
                entry.is_ours = False

    def revoke(self, partitions: Iterable[TopicPartition]) -> None:
        """These are no longer ours: nothing of them is committed any more."""
        self.disown(partitions)
        for tp in partitions:
            self._partitions.pop(tp, None)


def may_run_unasked(
    task: WorkflowTask | ActivityTask, entry: Entry, engine_time_ms: int | None
) -> bool:
    """True on the fresh path: nobody else can have run this task, or been told it is over."""
    if engine_time_ms is None or not entry.is_new or not entry.is_ours or task.copy > 0:
        return False
    if engine_time_ms - task.dispatch_time_ms >= FRESH_MS:
        return False
    if isinstance(task, WorkflowTask):
        return True
    once = task.retry_policy is not None and task.retry_policy.maximum_attempts == 1
    return not (task.claim_first or once or task.schedule_to_start_timeout_ms)
