"""Whether a failed attempt of a local Activity is followed by another, and when.

Source: the rules that Temporal's core applies to local Activities, which are the engine's.
"""

from dataclasses import dataclass

from duralog.schemas.payloads import Failure
from duralog.workers.machines.local_activity import LocalCall


@dataclass(slots=True, kw_only=True)
class Decision:
    """retry_state: Why there is no other attempt; empty: it follows after `backoff_ms`."""

    retry_state: str = ""
    backoff_ms: int = 0


def decide(call: LocalCall, failure: Failure, attempt: int, elapsed_ms: int) -> Decision:
    """After attempt number `attempt` failed, `elapsed_ms` after the first schedule."""
    policy = call.retry_policy
    if failure.kind == "timeout" and failure.timeout_type != "START_TO_CLOSE":
        return Decision(retry_state="TIMEOUT")
    named = "TemporalTimeout:StartToClose" if failure.kind == "timeout" else failure.type
    if failure.non_retryable or (named and named in policy.non_retryable_error_types):
        return Decision(retry_state="NON_RETRYABLE_FAILURE")
    if policy.maximum_attempts and attempt >= policy.maximum_attempts:
        return Decision(retry_state="MAXIMUM_ATTEMPTS_REACHED")
    backoff_ms = _backoff_ms(call, failure, attempt)
    close_ms = call.schedule_to_close_timeout_ms
    if close_ms and elapsed_ms + backoff_ms >= close_ms:
        return Decision(retry_state="TIMEOUT")
    return Decision(backoff_ms=backoff_ms)


def _backoff_ms(call: LocalCall, failure: Failure, attempt: int) -> int:
    if failure.next_retry_delay_ms >= 0:
        return failure.next_retry_delay_ms
    policy = call.retry_policy
    longest_ms = policy.maximum_interval_ms or policy.initial_interval_ms * 100
    try:
        grown = policy.initial_interval_ms * policy.backoff_coefficient ** (attempt - 1)
    except OverflowError:
        return longest_ms
    return round(min(grown, longest_ms))


def timeout_failure(timeout_type: str) -> Failure:
    """A timeout, worded as the engine's."""
    words = "".join(word.capitalize() for word in timeout_type.split("_"))
    return Failure(
        kind="timeout",
        message=f"activity {words} timeout",
        source="Server",
        timeout_type=timeout_type,
    )


def cancelled_failure() -> Failure:
    """The local Activity ended as cancelled."""
    return Failure(kind="canceled", message="Cancelled")
