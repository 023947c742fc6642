"""Runs in memory are bounded in number and by the history that they hold."""

from duralog.schemas.states import RunState
from duralog.state.execution import Execution
from duralog.state.memory import MemoryStore
from duralog.state.partition import PartitionState
from duralog.state.run_cache import RunCache, weight_of


def run(name: str, size_bytes: int = 100, events: int = 2) -> Execution:
    """A run that holds all of its events."""
    state = RunState(workflow_id="w", run_id=name)
    state.next_event_id, state.history_size_bytes = events + 1, size_bytes
    return Execution(state=state, events=[b""] * events)


def cache(runs_max: int = 10, bytes_max: int = 1_000) -> RunCache:
    return RunCache(runs_max=runs_max, bytes_max=bytes_max)


def test_the_one_used_longest_ago_goes_first() -> None:
    kept = cache(runs_max=2)
    for name in ("a", "b"):
        kept.keep(name, run(name))
    assert kept.get("a") is not None
    kept.keep("c", run("c"))
    kept.trim([])
    assert [kept.get(name) is not None for name in ("a", "b", "c")] == [True, False, True]


def test_heavy_runs_make_room_for_others_and_one_is_always_left() -> None:
    kept, heavy = cache(), [run(str(n), size_bytes=600) for n in range(3)]
    for one in heavy:
        kept.keep(one.run_id, one)
        kept.trim([one])
    assert (len(kept), kept.size_bytes) == (1, 600)
    huge = run("huge", size_bytes=5_000)
    kept.keep("huge", huge)
    kept.trim([huge])
    assert (len(kept), kept.size_bytes) == (1, 5_000)
    kept.drop("huge")
    assert (len(kept), kept.size_bytes) == (0, 0)


def test_a_run_is_weighed_anew_by_what_it_holds() -> None:
    kept, one = cache(), run("a", size_bytes=800, events=8)
    kept.keep("a", one)
    kept.trim([one])
    assert kept.size_bytes == 800
    one.events = one.events[:2] if one.events else None
    kept.trim([one])
    assert kept.size_bytes == weight_of(one) == 200


def test_a_partition_keeps_no_more_history_in_memory_than_it_may() -> None:
    state = PartitionState(MemoryStore(), "default", 0, cached_bytes_max=10_000)
    runs = [state.create(RunState(workflow_id="w", run_id=f"r{number}")) for number in range(50)]
    for execution in runs:
        state.touch(execution)
        state.append(execution, bytes(1_000))
        state.write()
    assert state._runs.size_bytes <= 10_000
    assert state.run("r0") is not None, "it is read again"
    assert state.event(runs[0], 1) == bytes(1_000)
