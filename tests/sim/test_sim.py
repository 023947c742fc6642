"""The simulator's first seeds, and that a seed always tells the same story."""

import os
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from sim import corpus, rare
from sim.__main__ import hash_of
from sim.deaths import STORIES, deaths
from sim.running import run_seed

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


def show_nowhere(seed: int, *, first: int, every: int, lose_store: bool) -> None:
    died, violations = deaths(seed, first=first, every=every, lose_store=lose_store)
    assert violations == []
    assert died > 300 // every


@pytest.mark.parametrize("lose_store", [False, True])
def test_a_death_at_some_effects_shows_nowhere(lose_store: bool) -> None:
    show_nowhere(STORIES[0], first=1, every=97, lose_store=lose_store)


# Every other effect is met in one of the two; `make sim-long` meets all in both.
@pytest.mark.slow
@pytest.mark.timeout(900)
@pytest.mark.parametrize("lose_store", [False, True])
@pytest.mark.parametrize("seed", STORIES)
def test_a_death_at_many_effects_shows_nowhere(seed: int, lose_store: bool) -> None:
    show_nowhere(seed, first=1 + 2 * lose_store, every=4, lose_store=lose_store)


@pytest.mark.slow
@pytest.mark.timeout(300)  # 20 s of CPU, on a machine that others may use.
def test_the_rare_paths_are_reached() -> None:
    """As often as may be expected of so few seeds; `make sim` counts more strictly."""
    seen: Counter[str] = Counter()
    left = set(rare.MINIMUMS)
    for seed in range(100, 400):
        seen.update(run_seed(seed).counts.seen)
        left -= seen.keys()
        if not left:
            return
    raise AssertionError(f"never reached: {sorted(left)}")


def test_old_seeds_hold() -> None:
    entries = corpus.entries()
    assert all(entry.commit and entry.why for entry in entries)
    for entry in entries:
        assert run_seed(entry.seed).violations == [], entry


@pytest.mark.slow
def test_the_order_of_hashes_changes_no_story() -> None:
    """Nor does it matter whether somebody traces it."""
    folder = Path(__file__).parent.parent
    command = [sys.executable, "-m", "sim", "--hash", "--start", "150"]
    told = {
        subprocess.run(
            command,
            env={**os.environ, "PYTHONPATH": str(folder), "PYTHONHASHSEED": seed},
            cwd=folder,
            capture_output=True,
            check=True,
            text=True,
        ).stdout
        for seed in ("1", "2")
    }
    traced, untraced = run_seed(150, trace=True), run_seed(150)
    assert told == {f"{hash_of(traced)}\n"}
    assert (traced.steps, traced.runs) == (untraced.steps, untraced.runs)
