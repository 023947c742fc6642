"""Bugs planted in the product or its driver, each to be found (`python -m sim.mutants`).

Each takes away one rule that the design rests on, by a patch that lives here alone. A bug that is
not found within SEEDS_MAX seeds shows a hole in the faults or in the checks.
"""

import argparse
import sys
import time
import zlib
from collections.abc import Callable, Generator
from dataclasses import dataclass
from typing import Any, Final

import pytest

from duralog.connectors.broker import (
    Begin,
    Commit,
    Flush,
    OutRecord,
    Poll,
    Produce,
    Send,
    SendOffsets,
)
from duralog.connectors.visibility.catch_up import catch_up
from duralog.orchestrator import batch, inputs, loop, recovery
from duralog.orchestrator.handlers import activity_task, due
from duralog.orchestrator.process import process
from duralog.state.partition import PartitionState
from sim import lists
from sim.producer import Producer
from sim.running import run_seed

SEEDS_MAX: Final = 2_000
Patch = pytest.MonkeyPatch
Steps = Generator[Any, Any, None]


@dataclass(slots=True, frozen=True)
class Mutant:
    """One bug: what it is, how it is planted, and a seed that showed it."""

    name: str
    plant: Callable[[Patch], None]
    hint: int = 0


def dirty_producer(patch: Patch) -> None:
    """A producer is used again after connection trouble."""
    patch.setattr(Producer, "rebuilds", False)


def store_first(patch: Patch) -> None:
    """The Store is written before the commit."""

    def transact(self: Any, works: list[batch.Work]) -> Steps:
        for work in works:
            work.close(self.now_ms, interval_ms=self.settings.positions_interval_ms)
        self.incarnation = incarnation = yield Begin()
        records = batch.transaction_records(works, incarnation)
        records += [letter for work in works for letter in work.letters]
        if records:
            yield Produce(records)
            yield Flush()
        own = self.settings.transactional_id
        yield SendOffsets(batch.transaction_offsets(works, own, incarnation, leaves=self.parts))
        for work in works:
            work.written(self.now_ms, incarnation)
        yield Commit()
        yield from self._after(works)

    patch.setattr(loop.Loop, "_transact", transact)


def group_offset_only(patch: Patch) -> None:
    """After a recovery the group's offsets are believed, and nothing else."""

    def resume(unit: Any, tp: Any, group: int, extent: Any, settings: Any) -> int:
        del settings
        offset: int = max(group, extent.low)
        unit.state.positions[unit.inputs[tp], tp.partition] = offset
        return offset

    patch.setattr(recovery, "resume_offset", resume)


def no_attempt_check(patch: Patch) -> None:
    """Whoever answers for an activity is heard, whatever attempt it was."""
    original = activity_task._activity

    def any_attempt(step: Any, request: Any) -> Any:
        activity = step.partition.activity(step.execution, request.scheduled_event_id)
        return original(step, request) if activity is None else activity

    patch.setattr(activity_task, "_activity", any_attempt)


def no_request_ids(patch: Patch) -> None:
    """A request that comes again is a new one."""
    patch.setattr(PartitionState, "run_of_request", lambda *_: None)
    patch.setattr(PartitionState, "seen", lambda *_: False)


def _sent_after_the_commit(patch: Patch, topic: str) -> None:
    """Records of a topic leave the transaction, and are sent when it is committed."""
    assemble, after = batch.transaction_records, loop.Loop._after
    left: dict[int, list[OutRecord]] = {}

    def transaction_records(works: list[batch.Work], incarnation: int) -> list[OutRecord]:
        letters = [letter for work in works for letter in work.letters]
        records = [*letters, *assemble(works, incarnation)]
        left[id(works[0].unit)] = [r for r in records if r.topic.endswith(topic)]
        for work in works:
            work.letters.clear()
        return [r for r in records if not r.topic.endswith(topic)]

    def then(self: Any, works: list[batch.Work]) -> Steps:
        late = left.pop(id(works[0].unit), [])
        if late:
            yield Send(late)
        yield from after(self, works)

    patch.setattr(loop, "transaction_records", transaction_records)
    patch.setattr(loop.Loop, "_after", then)


def timers_outside(patch: Patch) -> None:
    """Changes of timers are no part of the transaction."""
    _sent_after_the_commit(patch, ".timers")


def dead_letter_after_commit(patch: Patch) -> None:
    """What cannot be read is consumed first, and put aside then."""
    _sent_after_the_commit(patch, ".dead-letters")


def no_sweeper(patch: Patch) -> None:
    """A task that nobody answers for is never dispatched again."""
    patch.setattr(due, "_lost", lambda *_: False)


def no_anchor(patch: Patch) -> None:
    """A transaction sends the anchor's offset only if it read the anchor: a zombie is served.

    Nor is the last owner's producer ended at a takeover, which would hide it.
    """
    original = batch.transaction_offsets

    def offsets(works: list[batch.Work], *own: Any, leaves: bool) -> Any:
        found = original(works, *own, leaves=leaves)
        for work in works:
            if not work.unit.claim and work.unit.anchor not in work.offsets:
                del found[work.unit.anchor]
        return found

    patch.setattr(loop, "transaction_offsets", offsets)
    patch.setattr(recovery, "fence_last_owner", lambda *_: iter(()))


def wrong_hash(patch: Patch) -> None:
    """The owner of a Workflow ID is found with librdkafka's own hash."""
    patch.setattr(inputs, "partition_of", lambda key, count: zlib.crc32(key.encode()) % count)


def no_delivery_id(patch: Patch) -> None:
    """The token's last field, whose claim was accepted, is not looked at."""
    patch.setattr(activity_task, "_check_owner", lambda *_: None)


def unbounded_batch(patch: Patch) -> None:
    """A batch takes all that is there."""
    patch.setattr(loop, "Poll", lambda wait_ms, _, size: Poll(wait_ms, 1 << 30, size))


def clock_not_clamped(patch: Patch) -> None:
    """Time is what this slot's clock says, also when the partition has seen a later one."""
    original = process

    def unclamped(partition: PartitionState, request: Any, context: Any) -> None:
        partition.time_ms = 0
        original(partition, request, context)

    def time_of(self: Any, work: Any, record: Any, kind: str, now_ms: int) -> int:
        del self
        if kind == "requests":
            work.unit.received_time_ms = max(work.unit.received_time_ms, record.timestamp_ms)
        return now_ms

    patch.setattr(inputs, "process", unclamped)
    patch.setattr(inputs.Intake, "_time", time_of)


def reordered(patch: Patch) -> None:
    """The records of a transaction are written in another order than they were made."""
    original = batch.compacted
    patch.setattr(batch, "compacted", lambda changes: original(changes)[::-1])


def index_not_rebuilt(patch: Patch) -> None:
    """An index that was lost goes on at the end of the log."""
    original = catch_up

    def from_the_end(index: Any, bystander: Any, topic: str) -> None:
        if index.source()[0] != topic:
            ends = {p: end for p, (_, end) in bystander.extents(topic).items()}
            index.rebuild(topic, ends, int(time.time() * 1_000))  # noqa: TID251 as the product
        original(index, bystander, topic)

    patch.setattr(lists, "catch_up", from_the_end)


MUTANTS: Final = (
    Mutant("the dirty producer rule is dropped", dirty_producer, 5),
    Mutant("the Store is written before the commit", store_first, 24),
    Mutant("the group's offset is trusted alone", group_offset_only, 2),
    Mutant("the attempt of an answer is not checked", no_attempt_check, 14),
    Mutant("requests are not told apart by their ids", no_request_ids),
    Mutant("timers change outside of the transaction", timers_outside, 24),
    Mutant("the sweeper dispatches nothing again", no_sweeper, 7),
    Mutant("a zombie serves: the anchor's offset is not sent", no_anchor, 45),
    Mutant("the owner is found with the wrong hash", wrong_hash),
    Mutant("a field of the token is skipped", no_delivery_id, 15),
    Mutant("the commit comes before the dead letter", dead_letter_after_commit, 13),
    Mutant("a batch has no bound", unbounded_batch, 2),
    Mutant("the clock is not clamped", clock_not_clamped, 13),
    Mutant("a transaction's records are reordered", reordered),
    Mutant("the index is not rebuilt", index_not_rebuilt),
)


def find(mutant: Mutant, *, first: int = 0, seeds_max: int = SEEDS_MAX) -> tuple[int, str]:
    """A seed that shows the bug, and the violation; -1 and an empty text: none does.

    first: where to begin; those before it come last.
    """
    with pytest.MonkeyPatch.context() as patch:
        mutant.plant(patch)
        for number in range(seeds_max):
            seed = (first + number) % seeds_max
            violations = run_seed(seed).violations
            if violations:
                return seed, violations[0]
    return -1, ""


def main() -> int:
    """Exit status 1 when a bug was not found."""
    parser = argparse.ArgumentParser(prog="sim.mutants")
    parser.add_argument("--seeds", type=int, default=SEEDS_MAX)
    parser.add_argument("--only", default="", help="a part of the name")
    arguments = parser.parse_args()
    mutants = [mutant for mutant in MUTANTS if arguments.only in mutant.name]
    found = 0
    for mutant in mutants:
        seed, violation = find(mutant, seeds_max=arguments.seeds)
        found += seed >= 0
        told = f"seed {seed:4}  {violation.splitlines()[0][:90]}" if violation else "NOT FOUND"
        print(f"{mutant.name:50} {told}", flush=True)
    print(f"{found}/{len(mutants)} planted bugs found")
    return 0 if found == len(mutants) else 1


if __name__ == "__main__":
    sys.exit(main())
