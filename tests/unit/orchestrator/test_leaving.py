"""Who follows a slot that has left in order need not end its producer; else it must."""

import pytest

from duralog.connectors.broker import AbortableError, Begin, FatalError
from duralog.orchestrator.witness import Witness, read_witness
from sim.bench import Bench
from unit.orchestrator.test_recovery import ANCHOR, cause, signal, start


def told_to_stop(bench: Bench) -> None:
    slot = bench.slot
    slot.faults.stop = 1.0
    while slot.alive:
        bench.broker.now_ms = max(bench.broker.now_ms, slot.wake_ms)
        slot.step()
    slot.faults.stop = 0.0


def taken_over(bench: Bench) -> int:
    """How many owners another slot has ended when it serves."""
    bench.slot = bench.another(transactional_id="t.engine.1")
    assert cause(bench) == ""
    assert bench.ask(signal("later")).code == "OK"
    return bench.slot.counts.seen.get("fenced owners", 0)


def witness(bench: Bench) -> Witness:
    return read_witness(bench.broker.offsets[ANCHOR][1])


def test_a_slot_that_is_told_to_stop_says_so_and_is_not_ended() -> None:
    bench = Bench()
    assert bench.ask(start()).code == "OK"
    seq = witness(bench).seq
    told_to_stop(bench)
    assert (witness(bench).left, witness(bench).seq) == (True, seq)
    assert "t.engine.0" not in bench.broker.members
    assert taken_over(bench) == 0
    assert not witness(bench).left


def test_one_that_died_is_ended_once_for_all_its_partitions() -> None:
    bench = Bench()
    assert bench.ask(start()).code == "OK"
    bench.crash()
    bench.broker.now_ms += 7_000
    bench.broker.tick()
    assert taken_over(bench) == 1


@pytest.mark.parametrize("error", [AbortableError("no"), FatalError("no")])
def test_one_that_cannot_say_so_leaves_all_the_same(error: Exception) -> None:
    bench = Bench()
    assert bench.ask(start()).code == "OK"

    def refuse(_: Begin) -> None:
        raise error

    bench.slot._performers[Begin] = refuse
    told_to_stop(bench)
    assert "t.engine.0" not in bench.broker.members
    assert taken_over(bench) == 1
