"""A partition that restores blocks no other one, and a rebalance in the middle costs nothing."""

from collections.abc import Callable

from duralog.connectors.broker import ReadMore, ReadResult
from duralog.schemas import requests as r
from duralog.schemas.identifiers import partition_of
from duralog.schemas.replies import Reply
from sim.bench import PARTITIONS, Bench
from sim.slot import Slot

ZERO, ONE = (
    next(f"w{n}" for n in range(99) if partition_of(f"w{n}", PARTITIONS) == p) for p in (0, 1)
)
STEPS = 4_000


def start(workflow_id: str) -> r.StartWorkflowExecution:
    return r.StartWorkflowExecution(
        workflow_id=workflow_id, workflow_type="T", task_queue="q", request_id=workflow_id
    )


class Restoring(Bench):
    """A bench whose slot has a run in each partition, has lost its Stores, and reads as told.

    held: the partitions whose changelogs bring nothing for now.
    """

    def __init__(self) -> None:
        super().__init__()
        for workflow_id in (ZERO, ONE):
            assert self.ask(start(workflow_id)).code == "OK"
        self.crash()
        self.slot.disk.images.clear()
        self.held: set[int] = set()
        self.slots = [self.slot]
        self._hold(self.slot)

    def join(self) -> Slot:
        """One more slot, which reads as told, too."""
        other = self.another(transactional_id="t.engine.1")
        self._hold(other)
        self.slots.append(other)
        return other

    def until(self, is_so: Callable[[], bool]) -> None:
        """Step all slots in turn until it is so."""
        for step in range(STEPS):
            if is_so():
                return
            slot = self.slots[step % len(self.slots)]
            self.broker.now_ms = max(self.broker.now_ms, min(s.wake_ms for s in self.slots))
            self.broker.tick()
            if slot.wake_ms <= self.broker.now_ms:
                slot.step()
        raise AssertionError(f"not so after {STEPS} steps")

    def answered(self, request: r.DescribeWorkflowExecution) -> Callable[[], bool]:
        """Send it; true once it is answered with a run that is there."""
        request.reply_partition, request.recipient = 0, "bench"
        request.correlation_id = f"{request.workflow_id}-{self.broker.now_ms}"
        self.send(request)

        def is_so() -> bool:
            replies: list[Reply] = self.records("inbox")
            return any(
                x.correlation_id == request.correlation_id and x.code == "OK" for x in replies
            )

        return is_so

    def describe(self, workflow_id: str) -> Callable[[], bool]:
        return self.answered(r.DescribeWorkflowExecution(workflow_id=workflow_id))

    def restoring(self, slot: Slot) -> set[int]:
        """The partitions whose changelogs a slot is reading."""
        return {tp.partition for positions in slot._readers.values() for tp in positions}

    def _hold(self, slot: Slot) -> None:
        def read(effect: ReadMore) -> ReadResult:
            positions = slot._readers[effect.handle]
            if {tp.partition for tp in positions} & self.held:
                return ReadResult([], set(), dict(positions))
            return slot._read_more(effect)

        slot._performers[ReadMore] = read


def test_the_other_partition_is_served_meanwhile() -> None:
    bench = Restoring()
    bench.held = {0}
    bench.until(bench.describe(ONE))
    assert bench.restoring(bench.slot) == {0}
    is_answered = bench.describe(ZERO)
    assert not is_answered()
    bench.held = set()
    bench.until(is_answered)


def test_a_partition_that_is_taken_away_in_the_middle_is_restored_elsewhere() -> None:
    bench = Restoring()
    bench.held = {0, 1}
    bench.until(lambda: bench.slot.alive and bench.restoring(bench.slot) == {0, 1})
    second = bench.join()
    bench.until(lambda: second.alive and len(bench.restoring(second)) == 1)
    assert len(bench.restoring(bench.slot)) == 1, "the reader of what is gone is closed"
    bench.held = set()
    bench.until(bench.describe(ZERO))
    bench.until(bench.describe(ONE))


def test_what_comes_back_is_restored_again() -> None:
    bench = Restoring()
    bench.held = {0, 1}
    bench.until(lambda: bench.slot.alive and bench.restoring(bench.slot) == {0, 1})
    second = bench.join()
    bench.until(lambda: second.alive and len(bench.restoring(second)) == 1)
    second._die("by the test")
    bench.slots.remove(second)
    bench.broker.leave("t.engine.1")  # Its session has ended.
    bench.until(lambda: bench.restoring(bench.slot) == {0, 1})
    bench.held = set()
    bench.until(bench.describe(ZERO))
    bench.until(bench.describe(ONE))
    started = [type(e).__name__ for e in bench.records("history")]
    assert started.count("WorkflowExecutionStarted") == PARTITIONS
