"""Runs kept in memory, those used last, within a number and a size.

A run is estimated, when it is written, by the share of its history that it holds and by its
activities: one that waits with its inputs of 2 MiB weighs as much as hundreds of others.
"""

from collections import OrderedDict
from collections.abc import Iterable, Iterator

from duralog.state.execution import Execution


class RunCache:
    """Runs by run id. runs_max, bytes_max: what `trim` leaves; one run is always left."""

    __slots__ = ("_bytes_max", "_runs", "_runs_max", "_sizes", "size_bytes")

    def __init__(self, *, runs_max: int, bytes_max: int) -> None:
        self._runs_max = runs_max
        self._bytes_max = bytes_max
        self._runs: OrderedDict[str, Execution] = OrderedDict()
        self._sizes: dict[str, int] = {}
        self.size_bytes = 0

    def __len__(self) -> int:
        return len(self._runs)

    def __iter__(self) -> Iterator[str]:
        """Run ids, the one used longest ago first."""
        return iter(self._runs)

    def get(self, run_id: str) -> Execution | None:
        """A run that is kept; it is used now."""
        execution = self._runs.get(run_id)
        if execution is not None:
            self._runs.move_to_end(run_id)
        return execution

    def keep(self, run_id: str, execution: Execution) -> None:
        """Keep a run, until others are used later."""
        self._runs[run_id] = execution

    def drop(self, run_id: str) -> None:
        """Keep a run no more."""
        self._runs.pop(run_id, None)
        self.size_bytes -= self._sizes.pop(run_id, 0)

    def trim(self, written: Iterable[Execution]) -> None:
        """Weigh those that were written, then leave what may be kept."""
        sizes = self._sizes
        for execution in written:
            run_id, size = execution.state.run_id, weight_of(execution)
            self.size_bytes += size - sizes.get(run_id, 0)
            sizes[run_id] = size
        runs = self._runs
        while len(runs) > self._runs_max or (self.size_bytes > self._bytes_max and len(runs) > 1):
            run_id, _ = runs.popitem(last=False)
            self.size_bytes -= sizes.pop(run_id, 0)


def weight_of(execution: Execution) -> int:
    """About how many bytes of its history a run holds in memory, also in its activities."""
    state = execution.state
    held = len(execution.activities) + (len(execution.events) if execution.events else 0)
    return state.history_size_bytes * held // max(1, state.next_event_id - 1)
