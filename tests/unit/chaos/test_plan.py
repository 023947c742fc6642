"""Faults are planned from a seed, each kind before any comes again; figures are made of times."""

from collections import Counter

from chaos.load import KINDS as LOADS
from chaos.nemesis import KINDS
from chaos.plan import OF_BROKERS, OF_ENGINES, OF_NETWORK, plan
from chaos.programs import WORKFLOWS
from chaos.report import share_of, stalls, takeovers
from evidence.model import Fault

ALL = (*OF_ENGINES, *OF_BROKERS, *OF_NETWORK)


def test_one_seed_gives_one_plan() -> None:
    first = plan(7, seconds=100, pace_s=3, kinds=ALL)
    assert first == plan(7, seconds=100, pace_s=3, kinds=ALL)
    assert first != plan(8, seconds=100, pace_s=3, kinds=ALL)


def test_each_kind_comes_before_any_comes_again() -> None:
    found = plan(3, seconds=1_000, pace_s=3, kinds=ALL)
    counts = Counter(fault.kind for fault in found)
    assert set(counts) == set(ALL)
    assert max(counts.values()) - min(counts.values()) <= 1
    assert sum(fault.after_s for fault in found) <= 1_000


def test_each_planned_kind_can_be_done() -> None:
    assert set(KINDS) == set(ALL)


def test_each_workflow_has_a_driver() -> None:
    assert len(LOADS) == len(WORKFLOWS) >= 10


def test_a_stall_is_the_longest_silence_of_a_partition_under_load() -> None:
    progress = {0: [900, 1_100, 1_500, 2_900], 1: [1_000, 1_900]}
    assert stalls(progress, 1_000, 2_000) == {0: 500, 1: 900}


def test_a_takeover_lasts_from_the_kill_until_the_last_partition_goes_on() -> None:
    progress = {0: [900, 1_100], 1: [950, 4_000]}
    kill = Fault(kind="engine-kill", target="slot 0", begin_ms=1_000, end_ms=1_000)
    other = Fault(kind="worker-kill", target="worker", begin_ms=1_000, end_ms=1_000)
    assert takeovers(progress, [kill, other]) == [3_000]


def test_a_percentile_of_nothing_is_nothing() -> None:
    assert [share_of([], 0.5), share_of([1, 2, 3, 4], 0.5), share_of([1, 2], 0.99)] == [0, 3, 2]
