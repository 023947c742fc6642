"""The simulator's first seeds, and that a seed always tells the same story."""

import pytest

from sim.__main__ import run_seed

SEEDS = 100
EACH = 20


@pytest.mark.parametrize("first", range(0, SEEDS, EACH))
def test_no_invariant_breaks(first: int) -> None:
    for seed in range(first, first + EACH):
        outcome = run_seed(seed)
        assert outcome.violations == [], f"seed {seed}: `python -m sim --seeds 1 --start {seed}`"


def test_a_seed_tells_the_same_story_twice() -> None:
    first, second = run_seed(7), run_seed(7)
    assert (first.steps, first.counts, first.runs) == (second.steps, second.counts, second.runs)
