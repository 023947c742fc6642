"""Whether and when a failed attempt of an activity, or a failed run, runs again."""

from dataclasses import dataclass
from typing import Final

from duralog.schemas.events import WorkflowExecutionStarted
from duralog.schemas.payloads import Failure, RetryPolicy
from duralog.state.execution import Activity
from duralog.state.limits import DURATION_MS_MAX

_INTERVALS_MAX: Final = 100  # Temporal's default cap: 100 × the initial interval.
_EXPONENT_MAX: Final = 1_000  # Keeps the power finite; far above every cap.
_FINAL_KINDS: Final = ("canceled", "terminated")  # Somebody wanted the end.
_TIMEOUT_NAMES: Final = {"START_TO_CLOSE": "StartToClose", "HEARTBEAT": "Heartbeat"}


@dataclass(slots=True, frozen=True)
class Decision:
    """retry_state: Temporal's, without prefix. due_ms: of the next attempt, if IN_PROGRESS."""

    retry_state: str
    due_ms: int = 0

    @property
    def again(self) -> bool:
        """There is another attempt."""
        return self.retry_state == "IN_PROGRESS"


def normalized(policy: RetryPolicy | None) -> RetryPolicy:
    """The policy with every default filled in, as it stands in ActivityTaskScheduled."""
    given = policy or RetryPolicy()
    initial_ms = given.initial_interval_ms or 1_000
    return RetryPolicy(
        initial_interval_ms=initial_ms,
        backoff_coefficient=given.backoff_coefficient or 2.0,
        maximum_interval_ms=given.maximum_interval_ms
        or min(initial_ms * _INTERVALS_MAX, DURATION_MS_MAX),
        maximum_attempts=given.maximum_attempts,
        non_retryable_error_types=given.non_retryable_error_types,
    )


def interval_ms(policy: RetryPolicy, attempt: int) -> int:
    """The pause after failed attempt `attempt` (1-based): exponential, capped, no jitter."""
    exponent = min(attempt - 1, _EXPONENT_MAX)
    try:
        pause = policy.initial_interval_ms * policy.backoff_coefficient**exponent
    except OverflowError:
        pause = float(DURATION_MS_MAX)
    cap = policy.maximum_interval_ms or DURATION_MS_MAX
    return int(min(pause, cap, DURATION_MS_MAX))


def decide(activity: Activity, failure: Failure, now_ms: int) -> Decision:
    """What becomes of the activity after `failure` of its current attempt.

    Order as Temporal's: cancel requested, non-retryable, attempts, schedule-to-close.
    """
    entry, scheduled = activity.entry, activity.scheduled
    policy = scheduled.retry_policy or normalized(None)
    if entry.cancel_requested_event_id:
        return Decision("CANCEL_REQUESTED")
    expires_ms = 0
    if scheduled.schedule_to_close_timeout_ms:
        expires_ms = scheduled.event_time_ms + scheduled.schedule_to_close_timeout_ms
    return _decide(policy, failure, attempt=entry.attempt, now_ms=now_ms, expires_ms=expires_ms)


def decide_run(started: WorkflowExecutionStarted, failure: Failure, now_ms: int) -> Decision:
    """What becomes of a Workflow Execution whose run ended with `failure`.

    Without a policy of its own a Workflow is not retried. Order as for activities.
    """
    if started.retry_policy is None:
        return Decision("RETRY_POLICY_NOT_SET")
    if failure.kind in _FINAL_KINDS:
        return Decision("NON_RETRYABLE_FAILURE")
    return _decide(
        normalized(started.retry_policy),
        failure,
        attempt=started.attempt,
        now_ms=now_ms,
        expires_ms=started.workflow_execution_expiration_time_ms,
    )


def _decide(
    policy: RetryPolicy, failure: Failure, *, attempt: int, now_ms: int, expires_ms: int
) -> Decision:
    if failure.non_retryable or _error_type(failure) in policy.non_retryable_error_types:
        return Decision("NON_RETRYABLE_FAILURE")
    if policy.maximum_attempts and attempt >= policy.maximum_attempts:
        return Decision("MAXIMUM_ATTEMPTS_REACHED")
    pause_ms = interval_ms(policy, attempt)
    if failure.next_retry_delay_ms >= 0:
        pause_ms = min(failure.next_retry_delay_ms, DURATION_MS_MAX)
    due_ms = now_ms + pause_ms
    if expires_ms and due_ms >= expires_ms:
        return Decision("TIMEOUT")
    return Decision("IN_PROGRESS", due_ms)


def _error_type(failure: Failure) -> str:
    """The name that `non_retryable_error_types` lists."""
    if failure.kind == "timeout":
        return f"TemporalTimeout:{_TIMEOUT_NAMES.get(failure.timeout_type, failure.timeout_type)}"
    return failure.type
