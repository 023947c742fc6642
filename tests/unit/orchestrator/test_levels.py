"""Two engine versions side by side and back: the next one is planted, one feature level higher."""

import pytest

from duralog.orchestrator.partitions import Status
from duralog.schemas import requests as r
from duralog.schemas.codec import decode
from duralog.schemas.identifiers import partition_of
from duralog.schemas.levels import LEVEL_MAX
from duralog.schemas.transitions import FeatureLevel
from duralog.state import keys, stamp
from duralog.state.memory import MemoryStore
from duralog.state.store import Store
from sim.bench import PARTITIONS, Bench, settings
from sim.slot import Slot

NEXT = LEVEL_MAX + 1
PARTITION = partition_of("w", PARTITIONS)


def level(bench: Bench, wanted: int = 0) -> FeatureLevel:
    """Ask the partition of "w" for a level; how it is then."""
    reply = bench.ask(r.SetFeatureLevel(workflow_id="w", level=wanted))
    assert reply.code == "OK", reply.text
    found: FeatureLevel = decode(reply.body[0])
    return found


def swap(bench: Bench, *, level_max: int) -> None:
    """Kill the slot; the process that takes its place knows that much."""
    bench.crash()
    bench.slot.settings = settings(level_max=level_max)


def causes(bench: Bench) -> list[str]:
    """Why units are refused."""
    bench.run()
    units = bench.slot._loop.gi_frame.f_locals["loop"].units.values()  # type: ignore[attr-defined]
    return [unit.cause for unit in units if unit.status is Status.REFUSED]


def start(bench: Bench, name: str) -> str:
    request = r.StartWorkflowExecution(
        workflow_id=name, workflow_type="T", task_queue="q", request_id=name
    )
    return bench.ask(request).code


def test_until_it_is_raised_the_older_version_can_come_back() -> None:
    bench = Bench()
    assert start(bench, "w") == "OK"
    swap(bench, level_max=NEXT)
    assert level(bench) == FeatureLevel(level=LEVEL_MAX, known=NEXT)
    assert start(bench, "w2") == "OK"
    swap(bench, level_max=LEVEL_MAX)
    assert causes(bench) == []
    assert level(bench) == FeatureLevel(level=LEVEL_MAX, known=LEVEL_MAX)
    for name in ("w", "w2"):
        assert bench.ask(r.DescribeWorkflowExecution(workflow_id=name)).code == "OK"


@pytest.mark.parametrize("keep_disk", [True, False], ids=["disk kept", "disk lost"])
def test_what_a_newer_level_wrote_is_refused_by_name(keep_disk: bool) -> None:
    bench = Bench(level_max=NEXT)
    assert start(bench, "w") == "OK"
    assert level(bench, NEXT).level == NEXT
    swap(bench, level_max=LEVEL_MAX)
    if not keep_disk:
        bench.slot.disk.images.clear()
    (cause,) = causes(bench)
    assert cause.startswith("log newer: ")
    assert f"partition {PARTITION} of 'default' is at feature level {NEXT}" in cause
    swap(bench, level_max=NEXT)
    assert causes(bench) == []
    assert level(bench).level == NEXT


def test_a_level_never_goes_back_and_never_beyond_what_the_engine_knows() -> None:
    bench = Bench(level_max=NEXT)
    for wrong in (NEXT + 1, NEXT):
        reply = bench.ask(r.SetFeatureLevel(workflow_id="w", level=wrong))
        assert (reply.code == "OK") == (wrong == NEXT)
    assert bench.ask(r.SetFeatureLevel(workflow_id="w", level=LEVEL_MAX)).code == (
        "FAILED_PRECONDITION"
    )
    assert level(bench).level == NEXT
    assert len([x for x in bench.records("pending") if isinstance(x, FeatureLevel)]) == 1


def restamped(store: Store, data: bytes, meta: bytes = b"") -> None:
    """Make `store` one of another version."""
    batch = store.batch()
    if data:
        batch.put(keys.STAMP, data)
    else:
        batch.delete(keys.STAMP)
    if meta:
        batch.put(keys.META, meta)
    store.write(batch)


def test_a_store_of_another_version_is_known_as_such() -> None:
    store = MemoryStore()
    assert stamp.problem(store) == ""
    stamp.stamp(store)
    assert stamp.problem(store) == ""
    own = store.get(keys.STAMP) or b""
    ids = own.partition(b":")[2]
    restamped(store, own + b",80199")
    assert "newer" in stamp.problem(store)
    assert "80199" in stamp.problem(store)
    restamped(store, b"%d:%b" % (stamp.DERIVATION + 1, ids))
    assert "newer" in stamp.problem(store)
    restamped(store, b"%d:%b" % (stamp.DERIVATION - 1, ids))
    assert "older" in stamp.problem(store)
    restamped(store, b"", meta=b"m")
    assert "before directories had a stamp" in stamp.problem(store)


def test_a_store_that_a_newer_version_wrote_is_rebuilt() -> None:
    bench = Bench()
    assert start(bench, "w") == "OK"
    bench.crash()
    store = bench.slot.disk.open(f"default/{PARTITION}")
    restamped(store, b"1:80199", meta=b"what only a newer version can read")
    store.close()
    assert causes(bench) == []
    assert bench.ask(r.DescribeWorkflowExecution(workflow_id="w")).code == "OK"


def side_by_side(bench: Bench, other: Slot) -> None:
    """Step both slots until both wait and nothing is left for either."""
    for _ in range(5_000):
        busy = [s for s in (bench.slot, other) if not (s.alive and s.idle and not s.has_input())]
        if not busy and all(
            len(bench.broker.members[s.settings.transactional_id].owned) == 1
            for s in (bench.slot, other)
        ):
            return
        for one in busy or (bench.slot, other):
            bench.broker.now_ms = max(bench.broker.now_ms, one.wake_ms)
            one.step()
    raise AssertionError("two slots do not come to rest")


def test_two_versions_serve_side_by_side_and_only_the_newer_takes_the_new_level() -> None:
    bench = Bench()
    other = bench.another(transactional_id="t.engine.1", level_max=NEXT)
    names = {partition_of(f"w{n}", PARTITIONS): f"w{n}" for n in range(9)}
    side_by_side(bench, other)
    for partition in range(PARTITIONS):
        bench.send(
            r.StartWorkflowExecution(
                workflow_id=names[partition],
                workflow_type="T",
                task_queue="q",
                request_id="1",
                reply_partition=0,
                recipient="me",
                correlation_id=f"start-{partition}",
            )
        )
        bench.send(
            r.SetFeatureLevel(
                workflow_id="",
                level=NEXT,
                reply_partition=0,
                recipient="me",
                correlation_id=f"level-{partition}",
            ),
            partition=partition,
        )
    side_by_side(bench, other)
    codes = {reply.correlation_id: reply.code for reply in bench.records("inbox")}
    assert [codes[f"start-{p}"] for p in range(PARTITIONS)] == ["OK"] * PARTITIONS
    levels = sorted(codes[f"level-{p}"] for p in range(PARTITIONS))
    assert levels == ["FAILED_PRECONDITION", "OK"]
    # The newer one goes: the older takes what it can read, and names what it cannot.
    other._die("by the test")
    bench.broker.leave("t.engine.1")
    bench.slot.idle = False  # It has heard of it.
    (cause,) = causes(bench)
    assert cause.startswith("log newer: ")
    (partition,) = (p for p in range(PARTITIONS) if codes[f"level-{p}"] != "OK")
    assert bench.ask(r.DescribeWorkflowExecution(workflow_id=names[partition])).code == "OK"
