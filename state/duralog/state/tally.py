"""How many runs of a partition are open, and how many of those cannot go on, for its metrics.

Counted when runs are written, from what each of them counted for before: a scan of all runs would
hold the loop back. Kept in the Store beside them; derived, so no part of the folded state's hash.
"""

from collections.abc import Iterable
from typing import Final

from duralog.schemas.codec import decode
from duralog.schemas.states import RunState
from duralog.state import keys
from duralog.state.execution import Execution
from duralog.state.store import Batch, Store

NAMES: Final = ("open", "quarantined", "stalled")
Counts = tuple[int, int, int]
_NOTHING: Final[Counts] = (0, 0, 0)
_QUIET: Final[Counts] = (1, 0, 0)


def counts_of(state: RunState) -> Counts:
    """What one run counts for, in the order of NAMES."""
    if state.status != "RUNNING":
        return _NOTHING
    quarantined = state.quarantine_cause != ""
    stalled = quarantined or state.stalled != ""
    return (1, 1 if quarantined else 0, 1) if stalled else _QUIET


class Tally:
    """The counts of one partition, as of its last write."""

    __slots__ = ("_forgotten", "_store", "counts")

    def __init__(self, store: Store) -> None:
        self._store = store
        self._forgotten: list[Counts] = []
        data = store.get(keys.TALLY)
        self.counts: Counts = counted(store) if data is None else _unpack(data)

    def loaded(self, state: RunState) -> Execution:
        """A run from the Store, which counts already."""
        return Execution(state=state, counts=counts_of(state))

    def forget(self, execution: Execution) -> None:
        """A run goes with all of its entries."""
        self._forgotten.append(execution.counts)

    def write_into(self, batch: Batch, written: Iterable[Execution]) -> None:
        """Put the counts into `batch` when these runs change them."""
        opened, quarantined, stalled = before = self.counts
        for gone in self._forgotten:
            opened, quarantined, stalled = (
                opened - gone[0],
                quarantined - gone[1],
                stalled - gone[2],
            )
        for execution in written:
            was, now = execution.counts, counts_of(execution.state)
            if was != now:
                opened += now[0] - was[0]
                quarantined += now[1] - was[1]
                stalled += now[2] - was[2]
                execution.counts = now
        self._forgotten.clear()
        self.counts = (opened, quarantined, stalled)
        if self.counts != before:
            batch.put(keys.TALLY, b"".join(keys.number(n) for n in self.counts))

    def clear(self) -> None:
        """The open transaction is forgotten."""
        self._forgotten.clear()


def counted(store: Store) -> Counts:
    """By a scan, of a Store without counts: it is new, or older than they are."""
    total = [0, 0, 0]
    for _, value in store.scan(b"r", b"s"):
        for index, count in enumerate(counts_of(decode(value))):
            total[index] += count
    return total[0], total[1], total[2]


def _unpack(data: bytes) -> Counts:
    opened, quarantined, stalled = (int.from_bytes(data[i : i + 8], "big") for i in (0, 8, 16))
    return opened, quarantined, stalled
