"""The overlay: reads see it, a rollback forgets it, the Store gets it whole."""

from duralog.schemas.states import RunState
from duralog.state import keys
from duralog.state.limits import WAITERS_MAX, WAITERS_PER_RUN_MAX
from duralog.state.memory import MemoryStore
from duralog.state.partition import PartitionState


def new(store: MemoryStore | None = None) -> PartitionState:
    return PartitionState(store or MemoryStore(), "default", 0)


def test_a_scan_merges_store_and_overlay_in_key_order() -> None:
    state = new()
    for key in (b"ka", b"kc", b"ke"):
        state.put(key, b"old")
    state.write()
    state.put(b"kb", b"new")
    state.put(b"kc", b"new")
    state.delete(b"ke")
    state.put(b"kz", b"new")
    assert list(state.scan(b"k", b"l")) == [
        (b"ka", b"old"),
        (b"kb", b"new"),
        (b"kc", b"new"),
        (b"kz", b"new"),
    ]
    assert list(state.scan(b"k", b"l", 2)) == [(b"ka", b"old"), (b"kb", b"new")]


def test_an_entry_that_came_and_went_leaves_no_trace() -> None:
    state = new()
    state.put_new(b"k", b"1")
    state.delete(b"k")
    assert not state.dirty
    assert state.get(b"k") is None


def test_an_entry_deleted_and_put_anew_is_deleted_from_the_store() -> None:
    store = MemoryStore()
    state = new(store)
    state.put(b"k", b"1")
    state.write()
    state.delete(b"k")
    state.put_new(b"k", b"2")
    state.delete(b"k")
    state.write()
    assert store.get(b"k") is None


def test_a_rollback_forgets_runs_entries_and_positions() -> None:
    state = new()
    state.advance("requests", 0, 5)
    state.write()
    state.create(RunState(workflow_id="w", run_id="r"))
    state.put(b"k", b"1")
    state.advance("requests", 0, 9)
    state.seq = 3
    state.rollback()
    assert state.run("r") is None
    assert state.get(b"k") is None
    assert state.positions == {("requests", 0): 5}
    assert state.seq == 0


def test_positions_never_go_back() -> None:
    state = new()
    state.advance("ingress", 3, 9)
    state.advance("ingress", 3, 4)
    assert state.positions == {("ingress", 3): 9}


def test_meta_survives_a_reopening() -> None:
    store = MemoryStore()
    state = new(store)
    state.advance("requests", 0, 7)
    state.scan_offsets["history"] = 11
    state.seq, state.incarnation, state.time_ms = 4, 2, 99
    state.write()
    again = new(store)
    assert (again.seq, again.incarnation, again.time_ms) == (4, 2, 99)
    assert again.positions == {("requests", 0): 7}
    assert again.scan_offsets == {"history": 11}


def test_the_cache_keeps_dirty_runs_and_evicts_clean_ones() -> None:
    state = PartitionState(MemoryStore(), "default", 0, cached_runs_max=1)
    runs = [state.create(RunState(workflow_id="w", run_id=str(i))) for i in range(3)]
    assert [state.run(str(i)) is runs[i] for i in range(3)] == [True] * 3
    state.write()
    assert state.run("0") is not runs[0]
    assert state.run("2") is not None


def test_the_earliest_deadline_is_known_after_puts_and_drops() -> None:
    state = new()
    assert state.next_due_ms() is None
    state.put_deadline(500, keys.DUE_RUN, "r", 0)
    state.put_deadline(300, keys.DUE_TIMER, "r", 5)
    assert state.next_due_ms() == 300
    state.write()
    state.drop_deadline(300, keys.DUE_TIMER, "r", 5)
    assert state.next_due_ms() == 500
    state.rollback()
    assert state.next_due_ms() == 300
    assert [e[0] for e in state.due_entries(400, 10)] == [300]


def test_the_low_water_mark_follows_an_earlier_deadline_down() -> None:
    state = new()
    state.put_deadline(500, keys.DUE_RUN, "r", 0)
    assert state.next_due_ms() == 500
    state.put_deadline(100, keys.DUE_RUN, "s", 0)
    state.write()
    assert new(state.store).next_due_ms() == 100  # type: ignore[arg-type]


def test_waiters_are_bounded_per_run() -> None:
    state = new()
    for number in range(200):
        state.wait("r", (0, "me", str(number)))
    state.wait("r", (0, "me", "0"))
    assert len(state.take_waiters("r")) == 100
    assert state.take_waiters("r") == []


def test_waiting_clients_are_bounded_for_a_run_and_in_all() -> None:
    state = new()
    for number in range(WAITERS_PER_RUN_MAX + 5):
        state.wait("r", (0, f"client {number}", "c"))
    assert len(state.waiters["r"]) == WAITERS_PER_RUN_MAX
    for number in range(WAITERS_MAX):
        state.wait(f"r{number}", (0, "client", "c"))
    assert sum(map(len, state.waiters.values())) == WAITERS_MAX
    assert len(state.take_waiters("r")) == WAITERS_PER_RUN_MAX
    state.wait("one more", (0, "client", "c"))
    assert len(state.take_waiters("one more")) == 1
