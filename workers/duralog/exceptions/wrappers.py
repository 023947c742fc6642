"""Errors that wrap another: which Activity or child Workflow failed, with the reason as cause."""

import asyncio
from enum import IntEnum

from duralog.exceptions.failures import CancelledError, FailureError


class RetryState(IntEnum):
    """Why there was no further attempt."""

    IN_PROGRESS = 1
    NON_RETRYABLE_FAILURE = 2
    TIMEOUT = 3
    MAXIMUM_ATTEMPTS_REACHED = 4
    RETRY_POLICY_NOT_SET = 5
    INTERNAL_SERVER_ERROR = 6
    CANCEL_REQUESTED = 7


class ActivityError(FailureError):
    """An Activity failed, timed out or was cancelled; `cause` says why."""

    def __init__(
        self,
        message: str,
        *,
        scheduled_event_id: int,
        started_event_id: int,
        identity: str,
        activity_type: str,
        activity_id: str,
        retry_state: RetryState | None,
    ) -> None:
        super().__init__(message)
        self._scheduled_event_id = scheduled_event_id
        self._started_event_id = started_event_id
        self._identity = identity
        self._activity_type = activity_type
        self._activity_id = activity_id
        self._retry_state = retry_state

    @property
    def scheduled_event_id(self) -> int:
        """Event ID of ActivityTaskScheduled."""
        return self._scheduled_event_id

    @property
    def started_event_id(self) -> int:
        """Event ID of ActivityTaskStarted; 0: never started."""
        return self._started_event_id

    @property
    def identity(self) -> str:
        """The worker of the last attempt."""
        return self._identity

    @property
    def activity_type(self) -> str:
        """The Activity Type."""
        return self._activity_type

    @property
    def activity_id(self) -> str:
        """The Activity ID."""
        return self._activity_id

    @property
    def retry_state(self) -> RetryState | None:
        """Why there was no further attempt."""
        return self._retry_state


class ChildWorkflowError(FailureError):
    """A child Workflow failed, timed out, was cancelled or terminated; `cause` says why."""

    def __init__(
        self,
        message: str,
        *,
        namespace: str,
        workflow_id: str,
        run_id: str,
        workflow_type: str,
        initiated_event_id: int,
        started_event_id: int,
        retry_state: RetryState | None,
    ) -> None:
        super().__init__(message)
        self._namespace = namespace
        self._workflow_id = workflow_id
        self._run_id = run_id
        self._workflow_type = workflow_type
        self._initiated_event_id = initiated_event_id
        self._started_event_id = started_event_id
        self._retry_state = retry_state

    @property
    def namespace(self) -> str:
        """The child's namespace."""
        return self._namespace

    @property
    def workflow_id(self) -> str:
        """The child's Workflow ID."""
        return self._workflow_id

    @property
    def run_id(self) -> str:
        """The child's Run ID."""
        return self._run_id

    @property
    def workflow_type(self) -> str:
        """The child's Workflow Type."""
        return self._workflow_type

    @property
    def initiated_event_id(self) -> int:
        """Event ID of the child's initiation in the parent's history."""
        return self._initiated_event_id

    @property
    def started_event_id(self) -> int:
        """Event ID of the child's start in the parent's history."""
        return self._started_event_id

    @property
    def retry_state(self) -> RetryState | None:
        """Why there was no further run."""
        return self._retry_state


def is_cancelled_exception(exception: BaseException) -> bool:
    """Whether it means a cancellation: asyncio's, ours, or a wrapper whose cause is ours."""
    if isinstance(exception, ActivityError | ChildWorkflowError):
        return isinstance(exception.cause, CancelledError)
    return isinstance(exception, asyncio.CancelledError | CancelledError)
