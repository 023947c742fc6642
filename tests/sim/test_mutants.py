"""Each planted bug is found, and a failing seed is told and made small."""

import pytest

from sim.mutants import MUTANTS, Mutant, find
from sim.running import run_seed, tag_of
from sim.shrink import shrink
from sim.world import Less


def test_fifteen_bugs_are_planted() -> None:
    assert len({mutant.name for mutant in MUTANTS}) == 15


@pytest.mark.slow
@pytest.mark.timeout(600)
@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: mutant.plant.__name__)
def test_a_planted_bug_is_found(mutant: Mutant) -> None:
    """From where it was found last; `make mutants` begins at seed 0."""
    seed, violation = find(mutant, first=mutant.hint)
    assert seed >= 0, f"{mutant.name}: no seed shows it"
    assert tag_of(violation).startswith("I")


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_a_failing_story_is_made_small_and_told() -> None:
    mutant = next(m for m in MUTANTS if m.plant.__name__ == "no_request_ids")
    with pytest.MonkeyPatch.context() as patch:
        mutant.plant(patch)
        seed, violation = find(mutant, first=mutant.hint)
        least = shrink(seed, tag_of(violation), Less())
        outcome = run_seed(seed, less=least, trace=True)
    assert tag_of(violation) in {tag_of(text) for text in outcome.violations}
    whole = run_seed(seed)
    assert outcome.clients <= whole.clients
    assert set(outcome.armed) < set(whole.armed)
    assert outcome.trace is not None
    assert len(outcome.trace.lines) > 100
