"""What refuses the completion of a Workflow Task, and checks that many Commands share."""

from duralog.schemas.identifiers import IDENTIFIER_LENGTH_MAX
from duralog.schemas.payloads import RetryPolicy
from duralog.state.limits import DURATION_MS_MAX


class BadCommand(Exception):
    """The completion is refused: the Workflow Task fails with Temporal's cause."""

    def __init__(self, cause: str, text: str) -> None:
        super().__init__(text)
        self.cause = cause
        self.text = text


def check_text(name: str, value: str, cause: str) -> None:
    """Raises BadCommand when `value` is no identifier."""
    if not value or len(value) > IDENTIFIER_LENGTH_MAX or "\x00" in value:
        raise BadCommand(
            cause, f"{name} must have 1 to {IDENTIFIER_LENGTH_MAX} characters, no zero"
        )


def policy_problem(policy: RetryPolicy | None) -> str:
    """What is wrong with a retry policy; empty: nothing."""
    if policy is None:
        return ""
    numbers = (policy.initial_interval_ms, policy.maximum_interval_ms, policy.maximum_attempts)
    if min(numbers) < 0 or max(numbers[:2]) > DURATION_MS_MAX:
        return "intervals and attempts must not be negative, nor an interval past a century"
    if policy.backoff_coefficient and not 1.0 <= policy.backoff_coefficient < float("inf"):
        return "the backoff coefficient must be 1 or more"
    if 0 < policy.maximum_interval_ms < policy.initial_interval_ms:
        return "the maximum interval is below the initial interval"
    return ""
