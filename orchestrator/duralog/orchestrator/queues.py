"""What a slot knows about Task Queues: topics, tasks that are out, the last taken. All soft.

A queue is named by the kind of its topic and its name: ("activities", "email"). One `Queues` per
engine partition; `known` is shared by all partitions of a namespace in a slot.
"""

from collections import deque
from dataclasses import dataclass, field

from duralog.orchestrator.door import Door
from duralog.state.limits import (
    LATE_MS,
    ROOM_MS,
    TASKS_PER_PARTITION,
    WINDOW_FIRST,
    WINDOW_FORGET_MS,
    WINDOW_MIN,
    WINDOW_MS,
)

Queue = tuple[str, str]


@dataclass(slots=True)
class _Window:
    """Tasks of one queue that are neither started nor answered, and what was taken lately.

    out: when each went out, to which partition, and since when it was due.
    """

    out: dict[tuple[str, int], tuple[int, int, int]] = field(
        default_factory=dict[tuple[str, int], tuple[int, int, int]]
    )
    taken_ms: deque[int] = field(default_factory=deque[int])
    newest_taken_ms: int = 0
    loads: dict[int, int] = field(default_factory=dict[int, int])

    def forget_taken(self, now_ms: int) -> None:
        """Drop what was taken too long ago to count."""
        while self.taken_ms and self.taken_ms[0] <= now_ms - WINDOW_MS:
            self.taken_ms.popleft()


class Queues:
    """Task Queues as one engine partition sees them. partitions: of the engine."""

    def __init__(
        self, *, partition: int, partitions: int, activity_copies: int, known: set[Queue]
    ) -> None:
        self.partitions = partitions
        self.known_queues = known
        self.freed: set[Queue] = set()
        self._waits: dict[Queue, bool] = {}
        self._rollbacks = 0
        self._mine = [partition + partitions * i for i in range(activity_copies)]
        self._windows: dict[Queue, _Window] = {}
        self._doors: dict[str, Door] = {}  # Of queues whose Workflow Tasks have waited.

    def known(self, kind: str, queue: str) -> bool:
        """The queue's topic exists, with leaders for all its partitions."""
        return (kind, queue) in self.known_queues

    def checked(self, kind: str, queue: str) -> bool:
        """It is known whether tasks wait for a place in the queue."""
        return (kind, queue) in self._waits

    def check(self, kind: str, queue: str, *, waits: bool) -> None:
        """Tasks wait for a place in the queue, or none does: new ones join the tail, or go."""
        self._waits[kind, queue] = waits

    def waits(self, kind: str, queue: str) -> bool:
        """Tasks wait for a place in the queue, as far as is known."""
        return self._waits.get((kind, queue), True)

    def follow(self, rollbacks: int) -> None:
        """After a rollback tasks that seemed to be out wait again: begin anew with every queue."""
        if rollbacks != self._rollbacks:
            self._rollbacks = rollbacks
            self._waits.clear()
            self.freed.update(self._windows)
            for window in self._windows.values():
                window.out.clear()
                window.loads.clear()

    def has_place(self, kind: str, queue: str, now_ms: int) -> bool:
        """One more task may be out."""
        window = self._windows.get((kind, queue))
        if window is None or len(window.out) < WINDOW_MIN:
            return True
        if len(window.out) < self._size(window, now_ms):
            return True
        key, (time_ms, *_) = next(iter(window.out.items()))
        if now_ms - time_ms > WINDOW_FORGET_MS:
            del window.out[key]
            return True
        return False

    def dispatched(
        self,
        kind: str,
        queue: str,
        run_id: str,
        event_id: int,
        now_ms: int,
        partition: int = -1,
        *,
        due_ms: int = 0,
    ) -> None:
        """A task is out; `partition` of the activities topic. due_ms: since when; 0: now."""
        window = self._windows.get((kind, queue))
        if window is None:
            window = self._windows[kind, queue] = _Window()
        before = window.out.pop((run_id, event_id), None)  # To the end: `out` is in time order.
        if before is not None and before[1] >= 0:
            window.loads[before[1]] = window.loads.get(before[1], 1) - 1
        window.out[run_id, event_id] = (now_ms, partition, due_ms or now_ms)
        if partition >= 0:
            window.loads[partition] = window.loads.get(partition, 0) + 1

    def taken(self, kind: str, queue: str, run_id: str, event_id: int, now_ms: int) -> None:
        """A task was started or answered."""
        window = self._windows.get((kind, queue))
        place = None if window is None else window.out.pop((run_id, event_id), None)
        if window is None or place is None:
            return
        if kind == "workflow-tasks":
            self._note(queue, now_ms - place[2], now_ms)
        window.taken_ms.append(now_ms)
        # Here too: nobody asks for the window's size while few tasks are out.
        window.forget_taken(now_ms)
        window.newest_taken_ms = max(window.newest_taken_ms, place[0])
        self._unload((kind, queue), window, place[1])

    def dropped(self, kind: str, queue: str, run_id: str, event_id: int) -> None:
        """A task is not wanted any more, and nobody took it."""
        window = self._windows.get((kind, queue))
        place = None if window is None else window.out.pop((run_id, event_id), None)
        if window is not None and place is not None:
            self._unload((kind, queue), window, place[1])

    def overtook(self, kind: str, queue: str, dispatch_time_ms: int) -> bool:
        """A task dispatched after `dispatch_time_ms` was taken."""
        window = self._windows.get((kind, queue))
        return window is not None and window.newest_taken_ms > dispatch_time_ms

    def activity_partition(self, queue: str, chosen: dict[str, tuple[int, int]]) -> int:
        """The partition of the activities topic for the next task; one for up to 64 of them."""
        partition, count = chosen.get(queue, (-1, TASKS_PER_PARTITION))
        if count >= TASKS_PER_PARTITION:
            window = self._windows.get(("activities", queue))
            loads: dict[int, int] = {} if window is None else window.loads
            partition, count = min(self._mine, key=lambda p: loads.get(p, 0)), 0
            # To the end: among equals they take turns, so that idle workers share the work.
            self._mine.remove(partition)
            self._mine.append(partition)
        chosen[queue] = (partition, count + 1)
        return partition

    def refuses(self, queue: str, now_ms: int, *, late: bool) -> bool:
        """No more starts now: its Workflow Tasks stand, or the engine is late, and enough are out.

        Enough is what workers take in ROOM_MS: as they take some, as many starts are let in, so
        that they always have work, and nobody waits much longer than that.
        """
        door = self._doors.get(queue)
        if not late and (door is None or not door.refuses(now_ms)):
            return False
        window = self._windows.get(("workflow-tasks", queue))
        if window is None:
            return True  # The engine is late, and nobody is known to take these tasks.
        window.forget_taken(now_ms)
        enough = len(window.out) * WINDOW_MS >= len(window.taken_ms) * ROOM_MS
        return enough or self._waits.get(("workflow-tasks", queue), False)

    def remembered(self, kind: str, queue: str) -> int:
        """How many taken tasks of a queue are remembered; for tests of its bound."""
        window = self._windows.get((kind, queue))
        return 0 if window is None else len(window.taken_ms)

    def take_freed(self) -> list[Queue]:
        """Queues that got a place since the last call."""
        freed = sorted(self.freed)
        self.freed.clear()
        return freed

    def _unload(self, queue: Queue, window: _Window, partition: int) -> None:
        self.freed.add(queue)
        if partition >= 0:
            window.loads[partition] = window.loads.get(partition, 1) - 1

    def _note(self, queue: str, waited_ms: int, now_ms: int) -> None:
        """A Workflow Task was taken so long after it was due.

        Activities say nothing: a fan-out of thousands is no reason to refuse another workflow.
        """
        door = self._doors.get(queue)
        if door is None:
            if waited_ms < LATE_MS:
                return
            door = self._doors[queue] = Door()
        door.note(waited_ms=waited_ms, now_ms=now_ms)

    @staticmethod
    def _size(window: _Window, now_ms: int) -> int:
        """How many tasks may be out: what was taken lately, and more while workers keep up."""
        window.forget_taken(now_ms)
        oldest_ms, *_ = next(iter(window.out.values()))
        keeps_up = now_ms - oldest_ms < WINDOW_MS
        return max(WINDOW_FIRST if keeps_up else WINDOW_MIN, len(window.taken_ms))
