"""When a failed attempt runs again."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from duralog.orchestrator.retry import interval_ms, normalized
from duralog.schemas.payloads import RetryPolicy
from duralog.state.limits import DURATION_MS_MAX


@pytest.mark.parametrize(
    ("attempt", "pause_ms"), [(1, 1_000), (2, 2_000), (3, 4_000), (8, 100_000)]
)
def test_the_default_policy_doubles_up_to_a_hundred_times(attempt: int, pause_ms: int) -> None:
    assert interval_ms(normalized(None), attempt) == pause_ms


def test_unset_fields_get_temporals_defaults() -> None:
    policy = normalized(RetryPolicy(initial_interval_ms=0, backoff_coefficient=0))
    assert policy == RetryPolicy(maximum_interval_ms=100_000)


@given(
    st.integers(1, 10**9),
    st.floats(1, 1e300),
    st.integers(0, 10**12),
    st.integers(1, 10**6),
)
def test_no_policy_gives_a_pause_out_of_range(
    initial_ms: int, coefficient: float, maximum_ms: int, attempt: int
) -> None:
    policy = RetryPolicy(
        initial_interval_ms=initial_ms,
        backoff_coefficient=coefficient,
        maximum_interval_ms=maximum_ms,
    )
    assert 0 < interval_ms(policy, attempt) <= DURATION_MS_MAX
