"""The simulator's first seeds, and that a seed always tells the same story."""

import pytest

from sim.__main__ import logger, run_seed
from sim.world import Outcome, World

SEEDS = 200  # In `make check`.
SEEDS_ALL = 1_000  # In `make test`.
EACH = 20


def hold(seeds: range) -> None:
    """No seed breaks an invariant."""
    for seed in seeds:
        outcome = run_seed(seed)
        assert outcome.violations == [], f"seed {seed}: `make sim SEEDS=1 START={seed}`"


@pytest.mark.parametrize("first", range(0, SEEDS, EACH))
def test_no_invariant_breaks(first: int) -> None:
    hold(range(first, first + EACH))


@pytest.mark.slow
@pytest.mark.timeout(300)
@pytest.mark.parametrize("first", range(SEEDS, SEEDS_ALL, 4 * EACH))
def test_no_invariant_breaks_in_many_more(first: int) -> None:
    hold(range(first, first + 4 * EACH))


def test_a_seed_tells_the_same_story_twice() -> None:
    first, second = run_seed(7), run_seed(7)
    assert (first.steps, first.counts, first.runs) == (second.steps, second.counts, second.runs)


def calm(kill_at: int, *, lose_store: bool = False) -> tuple[Outcome, int]:
    """A fixed story with one death; its outcome, and how many effects the slot had."""
    world = World.calm(3, kill_at=kill_at, lose_store=lose_store, log=logger(loud=False))
    return world.run(), world.slots[0].effects


def deaths(*, every: int, lose_store: bool) -> None:
    """Die at each `every`th effect of the story, one after the other."""
    _, count = calm(-1)
    assert count > 300
    for kill_at in range(1, count - 60, every):  # The last ones belong to the quiet at the end.
        outcome, _ = calm(kill_at, lose_store=lose_store)
        assert outcome.violations == [], f"killed at effect {kill_at} of {count}"
        assert outcome.counts.seen["starts"] > 1


@pytest.mark.parametrize("lose_store", [False, True])
def test_a_death_at_some_effects_shows_nowhere(lose_store: bool) -> None:
    deaths(every=97, lose_store=lose_store)


@pytest.mark.slow
@pytest.mark.timeout(900)
@pytest.mark.parametrize("lose_store", [False, True])
def test_a_death_at_any_effect_shows_nowhere(lose_store: bool) -> None:
    deaths(every=1, lose_store=lose_store)


RARE = {
    "Workflow Task heartbeats",
    "aborts",
    "answers by id",
    "cancelled activities",
    "claims",
    "compactions",
    "doubled answers",
    "failed Workflow Tasks",
    "fatal exits",
    "fenced owners",
    "forgotten offsets",
    "heartbeats",
    "lost replies",
    "offsets that went back",
    "pauses",
    "queries answered alone",
    "queries answered with a task",
    "refused claims",
    "restart without store",
    "torn transactions",
    "unknown commits",
    "unmarked changelogs",
    "unmarked offsets",
    "worker deaths",
}


@pytest.mark.slow
@pytest.mark.timeout(300)  # 11 s of CPU, on a machine that others may use.
def test_the_rare_paths_are_reached() -> None:
    """Which seed reaches what may change with what programs learn; that one does, must not."""
    seen: set[str] = set()
    for seed in range(100, 300):
        seen |= run_seed(seed).counts.seen.keys()
        if seen >= RARE:
            return
    raise AssertionError(f"never reached: {sorted(RARE - seen)}")
