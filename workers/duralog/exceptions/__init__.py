"""Every error a user of the SDK may see."""

from duralog.exceptions.failures import (
    ApplicationError,
    ApplicationErrorCategory,
    CancelledError,
    FailureError,
    ServerError,
    TemporalError,
    TerminatedError,
    TimeoutError,
    TimeoutType,
    WorkflowAlreadyStartedError,
)
from duralog.exceptions.wrappers import (
    ActivityError,
    ChildWorkflowError,
    RetryState,
    is_cancelled_exception,
)

__all__ = [
    "ActivityError",
    "ApplicationError",
    "ApplicationErrorCategory",
    "CancelledError",
    "ChildWorkflowError",
    "FailureError",
    "RetryState",
    "ServerError",
    "TemporalError",
    "TerminatedError",
    "TimeoutError",
    "TimeoutType",
    "WorkflowAlreadyStartedError",
    "is_cancelled_exception",
]
