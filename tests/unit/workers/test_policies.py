"""RetryPolicy: its record and its checks."""

from datetime import timedelta

import pytest

from duralog.common import RetryPolicy
from duralog.common.durations import duration_of, milliseconds
from duralog.schemas import payloads

SECOND = timedelta(seconds=1)


def test_the_default_is_temporals() -> None:
    record = RetryPolicy().to_record()
    assert record == payloads.RetryPolicy(
        initial_interval_ms=1000, backoff_coefficient=2.0, maximum_interval_ms=100_000
    )


def test_a_policy_comes_back() -> None:
    policy = RetryPolicy(
        initial_interval=SECOND / 2,
        backoff_coefficient=1.5,
        maximum_interval=SECOND * 3,
        maximum_attempts=4,
        non_retryable_error_types=["Refused"],
    )
    assert RetryPolicy.from_record(policy.to_record()) == policy


@pytest.mark.parametrize(
    ("policy", "text"),
    [
        (RetryPolicy(initial_interval=-SECOND), "Initial interval cannot be negative"),
        (RetryPolicy(backoff_coefficient=0.5), "coefficient cannot be less than 1"),
        (RetryPolicy(maximum_interval=-SECOND), "Maximum interval cannot be negative"),
        (RetryPolicy(maximum_interval=SECOND / 2), "cannot be less than initial interval"),
        (RetryPolicy(maximum_attempts=-1), "Maximum attempts cannot be negative"),
    ],
)
def test_a_policy_that_cannot_be_is_refused(policy: RetryPolicy, text: str) -> None:
    with pytest.raises(ValueError, match=text):
        policy.to_record()


def test_without_retries_nothing_else_counts() -> None:
    RetryPolicy(maximum_attempts=1, backoff_coefficient=0).to_record()


@pytest.mark.parametrize(
    ("duration", "expected"),
    [(None, 0), (timedelta(), 0), (SECOND, 1000), (timedelta(microseconds=1), 1), (0.5705, 570)],
)
def test_durations_are_whole_milliseconds_and_never_vanish(
    duration: timedelta | float | None, expected: int
) -> None:
    assert milliseconds(duration) == expected


def test_zero_milliseconds_mean_that_none_was_set() -> None:
    assert duration_of(0) is None
    assert duration_of(1500) == SECOND * 1.5
