"""A changelog that has lost its end is refused by name, with a Store or without."""

import pytest

from duralog.orchestrator.partitions import Status
from sim.truncated import cut

SEEDS = 60
NAMED = ("log lost: ", "log corrupt: ", "input lost: ")


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_a_log_that_lost_its_end_is_refused_by_name() -> None:
    cuts = {seed: cut(seed) for seed in range(SEEDS)}
    told = {seed: one for seed, one in cuts.items() if one.is_told}
    assert len(told) > SEEDS // 3
    assert {len(one.kinds) for one in told.values()} == {1, 4}
    for seed, one in told.items():
        assert one.status is Status.REFUSED, (seed, one)
        assert one.cause.startswith(NAMED), (seed, one)
    for seed, one in cuts.items():
        assert one.records or one.status is Status.READY, (seed, one)
