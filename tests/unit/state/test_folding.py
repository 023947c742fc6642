"""What compaction and retention leave is folded; a tombstone must explain every hole."""

import pytest

from duralog.schemas.changelog import (
    POSITIONS_KEY,
    admitted_update_key,
    held_event_key,
    history_key,
    parked_key,
    void_key,
    workflow_task_key,
)
from duralog.schemas.codec import encode
from duralog.schemas.events import (
    WorkflowExecutionCompleted,
    WorkflowExecutionSignaled,
    WorkflowExecutionStarted,
    WorkflowExecutionUpdateAccepted,
)
from duralog.schemas.transitions import (
    AdmittedUpdate,
    ParkedRequest,
    Positions,
    Void,
    WorkflowExecutionStalled,
    WorkflowTaskState,
)
from duralog.state.appliers import update
from duralog.state.digest import digest
from duralog.state.folding import fold
from duralog.state.memory import MemoryStore
from duralog.state.partition import PartitionState

RUN = "0f"


@pytest.fixture
def state() -> PartitionState:
    return PartitionState(MemoryStore(), "default", 0)


def started() -> bytes:
    return encode(
        WorkflowExecutionStarted(
            workflow_id="w",
            run_id=RUN,
            event_id=1,
            event_time_ms=5,
            workflow_type="T",
            task_queue="q",
            request_id="x",
        )
    )


def signaled(event_id: int, time_ms: int = 6) -> bytes:
    return encode(
        WorkflowExecutionSignaled(
            workflow_id="w", run_id=RUN, event_id=event_id, event_time_ms=time_ms, signal_name="s"
        )
    )


def stalled(cause: str) -> bytes:
    return encode(
        WorkflowExecutionStalled(workflow_id="w", run_id=RUN, event_time_ms=7, cause=cause)
    )


def test_what_stalled_a_run_is_known_until_it_goes_on_or_is_closed(state: PartitionState) -> None:
    fold(state, "history", history_key(RUN, 0), stalled("NO_WORKER"))  # Its run is gone.
    assert state.run(RUN) is None
    fold(state, "history", history_key(RUN, 1), started())
    run = state.run(RUN)
    assert run is not None
    told = ["NO_WORKER", "QUARANTINED", "", "NO_QUEUE"]
    for cause in told:
        fold(state, "history", history_key(RUN, 0), stalled(cause))
        assert run.state.stalled == cause
    end = WorkflowExecutionCompleted(workflow_id="w", run_id=RUN, event_id=2, event_time_ms=8)
    fold(state, "history", history_key(RUN, 2), encode(end))
    assert run.state.stalled == ""


def test_the_tombstone_of_what_stalled_a_run_is_not_the_runs(state: PartitionState) -> None:
    fold(state, "history", history_key(RUN, 1), started())
    fold(state, "history", history_key(RUN, 0), None)
    assert state.run(RUN) is not None


def test_a_run_without_its_first_event_is_past_its_retention(state: PartitionState) -> None:
    fold(state, "history", history_key(RUN, 2), signaled(2))
    task = WorkflowTaskState(workflow_id="w", run_id=RUN, scheduled_event_id=2, attempt=1)
    fold(state, "pending", workflow_task_key(RUN), encode(task))
    assert state.run(RUN) is None
    assert not state.holes


def test_an_event_that_is_known_is_not_applied_again(state: PartitionState) -> None:
    for _ in range(2):
        fold(state, "history", history_key(RUN, 1), started())
        fold(state, "history", history_key(RUN, 2), signaled(2))
    run = state.run(RUN)
    assert run is not None
    assert run.state.next_event_id == 3


def test_a_hole_is_remembered_until_a_tombstone_of_the_run_follows(state: PartitionState) -> None:
    fold(state, "history", history_key(RUN, 1), started())
    fold(state, "history", history_key(RUN, 3), signaled(3))
    assert state.holes == {RUN: 3}
    fold(state, "history", history_key(RUN, 2), None)
    assert not state.holes
    assert state.run(RUN) is None


def test_the_first_tombstone_forgets_the_run_and_all_of_it(state: PartitionState) -> None:
    fold(state, "history", history_key(RUN, 1), started())
    fold(state, "history", history_key(RUN, 2), signaled(2))
    state.write()
    fold(state, "history", history_key(RUN, 1), None)
    fold(state, "history", history_key(RUN, 2), None)
    state.write()
    # What is left: positions, and that no run is open.
    assert [key[:1] for key, _ in state.store.scan(b"", b"\xff")] == [b"m", b"n"]
    assert state.current_run_id("w") is None
    assert state.run_of_request("w", "x") is None


def test_positions_and_voids_change_no_run(state: PartitionState) -> None:
    positions = Positions(topics=["requests"], partitions=[0], offsets=[9], time_ms=77)
    fold(state, "pending", POSITIONS_KEY, encode(positions))
    fold(state, "pending", void_key(1, 2), encode(Void(incarnation=1, seq=2)))
    fold(state, "pending", void_key(1, 2), None)
    assert state.positions == {("requests", 0): 9}
    assert state.time_ms == 77


def test_time_is_at_least_that_of_every_event(state: PartitionState) -> None:
    fold(state, "history", history_key(RUN, 1), started())
    assert state.time_ms == 5


def test_time_is_at_least_that_of_every_transition_but_not_of_what_is_due(
    state: PartitionState,
) -> None:
    fold(state, "history", history_key(RUN, 1), started())
    task = WorkflowTaskState(
        workflow_id="w",
        run_id=RUN,
        scheduled_event_id=2,
        attempt=1,
        scheduled_time_ms=8,
        dispatch_time_ms=9,
        retry_time_ms=99,
    )
    fold(state, "pending", workflow_task_key(RUN), encode(task))
    assert state.time_ms == 9


def admitted(index: int, update_id: str) -> bytes:
    return encode(
        AdmittedUpdate(
            workflow_id="w", run_id=RUN, index=index, update_id=update_id, update_name="u"
        )
    )


def parked(index: int, request: bytes) -> bytes:
    return encode(ParkedRequest(workflow_id="w", run_id=RUN, index=index, request=request))


def test_a_number_that_a_rebuilt_store_took_again_is_that_of_the_new_entry(
    state: PartitionState,
) -> None:
    """Its tombstone went to a compaction, and this Store still has what stood there before."""
    fold(state, "history", history_key(RUN, 1), started())
    fold(state, "pending", held_event_key(RUN, 0), signaled(0))
    fold(state, "pending", parked_key(RUN, 0), parked(0, b"old"))
    fold(state, "pending", admitted_update_key(RUN, 0), admitted(0, "old"))
    fold(state, "history", history_key(RUN, 2), signaled(2))
    accepted = WorkflowExecutionUpdateAccepted(
        workflow_id="w", run_id=RUN, event_id=3, event_time_ms=7, protocol_instance_id="old"
    )
    fold(state, "history", history_key(RUN, 3), encode(accepted))
    fold(state, "pending", held_event_key(RUN, 0), held := signaled(7))
    fold(state, "pending", parked_key(RUN, 0), parked(0, b"anew"))
    fold(state, "pending", admitted_update_key(RUN, 0), admitted(0, "new"))
    run = state.run(RUN)
    assert run is not None
    assert state.held(run) == [(0, held)]
    assert (run.state.held_count, run.state.held_bytes) == (1, len(held))
    assert (run.state.parked_count, run.state.parked_bytes) == (1, 4)
    assert run.state.updates_admitted == 1
    assert [u.update_id for u in update.waiting(state, run)] == ["new"]
    old = update.entry_of(state, RUN, "old")
    assert old is not None
    assert old.accepted_event_id == 3


Records = list[tuple[bytes, bytes | None]]  # Of `pending`.


def behind_and_rebuilt(old: Records, log: Records) -> tuple[PartitionState, PartitionState]:
    """A Store that had folded `old` before `log`, and one that is made of the compacted log."""
    behind = PartitionState(MemoryStore(), "default", 0)
    rebuilt = PartitionState(MemoryStore(), "default", 0)
    told = {key for key, _ in log}
    left = [(key, value) for key, value in old if key not in told]
    for store, records in ((behind, [*old, *log]), (rebuilt, [*left, *log])):
        fold(store, "history", history_key(RUN, 1), started())
        for key, value in records:
            fold(store, "pending", key, value)
        store.write()
    return behind, rebuilt


def test_an_update_that_came_again_under_a_lower_number_is_known() -> None:
    old: Records = [(admitted_update_key(RUN, i), admitted(i, name)) for i, name in enumerate("AB")]
    log: Records = [(admitted_update_key(RUN, i), admitted(i, name)) for i, name in enumerate("BC")]
    behind, rebuilt = behind_and_rebuilt(old, log)
    assert update.entry_of(behind, RUN, "B") is not None
    assert digest(behind) == digest(rebuilt)


def test_events_are_held_since_the_first_of_those_that_are_still_held() -> None:
    old: Records = [(held_event_key(RUN, i), signaled(i, 6 + i)) for i in range(2)]
    log: Records = [(held_event_key(RUN, i), signaled(i, 90_000 + i)) for i in range(2)]
    behind, rebuilt = behind_and_rebuilt(old, log)
    run = behind.run(RUN)
    assert run is not None
    assert run.state.held_since_ms == 90_000
    assert digest(behind) == digest(rebuilt)


def test_every_quarantine_parks_from_zero_on() -> None:
    old: Records = [(parked_key(RUN, i), parked(i, b"old")) for i in range(3)]
    log: Records = [(parked_key(RUN, 2), None)]
    log += [(parked_key(RUN, i), parked(i, b"new")) for i in range(2)]
    behind, rebuilt = behind_and_rebuilt(old, log)
    assert digest(behind) == digest(rebuilt)
