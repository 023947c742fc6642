"""Runs are counted as they are written, whatever happens in between."""

from duralog.schemas.states import RunState
from duralog.state import keys
from duralog.state.memory import MemoryStore
from duralog.state.partition import PartitionState
from duralog.state.tally import NAMES


def opened(store: MemoryStore) -> PartitionState:
    return PartitionState(store, "default", 0)


def counts(state: PartitionState) -> dict[str, int]:
    return dict(zip(NAMES, state.tally.counts, strict=True))


def two_runs(store: MemoryStore) -> PartitionState:
    state = opened(store)
    for run_id in ("a", "b"):
        state.create(RunState(workflow_id="w", run_id=run_id, status="RUNNING"))
    state.write()
    return state


def test_a_run_counts_until_it_is_closed() -> None:
    state = two_runs(MemoryStore())
    assert counts(state) == {"open": 2, "quarantined": 0, "stalled": 0}
    run = state.run("a")
    assert run is not None
    state.touch(run)
    run.state.status = "COMPLETED"
    assert counts(state)["open"] == 2
    state.write()
    assert counts(state)["open"] == 1


def test_a_quarantined_run_is_stalled_too_until_it_goes_on() -> None:
    store = MemoryStore()
    two_runs(store)
    state = opened(store)
    run = state.run("a")
    assert run is not None
    for cause, expected in (("bug", 1), ("", 0)):
        state.touch(run)
        run.state.quarantine_cause = cause
        state.write()
        assert counts(state) == {"open": 2, "quarantined": expected, "stalled": expected}


def test_what_is_rolled_back_does_not_count() -> None:
    state = two_runs(MemoryStore())
    run = state.run("a")
    assert run is not None
    state.forget_run(run)
    state.rollback()
    state.create(RunState(workflow_id="w", run_id="c", status="RUNNING"))
    state.rollback()
    state.write()
    assert counts(state)["open"] == 2


def test_a_run_that_is_forgotten_while_open_counts_no_more() -> None:
    state = two_runs(MemoryStore())
    run = state.run("a")
    assert run is not None
    state.forget_run(run)
    state.write()
    assert counts(state)["open"] == 1


def test_a_store_without_counts_is_counted_once() -> None:
    store = MemoryStore()
    two_runs(store)
    batch = store.batch()
    batch.delete(keys.TALLY)
    store.write(batch)
    assert counts(opened(store))["open"] == 2
