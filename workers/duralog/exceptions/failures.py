"""Errors that travel: what a Failure record becomes in Python, and the other way round."""

from collections.abc import Sequence
from datetime import timedelta
from enum import IntEnum
from typing import Any

from duralog.schemas.payloads import Failure


class TemporalError(Exception):
    """Base of all errors of the SDK; named as in Temporal's, so that programs move by a rename."""

    @property
    def cause(self) -> BaseException | None:
        """The same as `__cause__`."""
        return self.__cause__


class FailureError(TemporalError):
    """Base of the errors that fail a Workflow or an Activity, and are recorded in its history.

    failure: The record this error was read from; an error that has one is written back unchanged.
    """

    def __init__(
        self,
        message: str,
        *,
        failure: Failure | None = None,
        exc_args: tuple[Any, ...] | None = None,
    ) -> None:
        super().__init__(*((message,) if exc_args is None else exc_args))
        self._message = message
        self._failure = failure

    @property
    def message(self) -> str:
        """What happened, without the type."""
        return self._message

    @property
    def failure(self) -> Failure | None:
        """The record this error was read from, if it was."""
        return self._failure

    def attach(self, failure: Failure) -> None:
        """Remember the record this error was read from. For converters."""
        self._failure = failure


class WorkflowAlreadyStartedError(FailureError):
    """A Workflow Execution of this Workflow ID is open, or its ID may not be used again."""

    def __init__(
        self,
        workflow_id: str,
        workflow_type: str,
        *,
        run_id: str | None = None,
        first_run_id: str | None = None,
    ) -> None:
        super().__init__("Workflow execution already started")
        self.workflow_id = workflow_id
        self.workflow_type = workflow_type
        self.run_id = run_id
        self.first_run_id = first_run_id


class ApplicationErrorCategory(IntEnum):
    """How loud an application error is."""

    UNSPECIFIED = 0
    BENIGN = 1
    """Logged at DEBUG and not counted."""


class ApplicationError(FailureError):
    """An error that users raise, or any other exception of theirs once it was recorded.

    details: Any values the converter can encode.
    type: What a retry policy's `non_retryable_error_types` names.
    next_retry_delay: Wait this long before the next attempt, whatever the retry policy says.
    """

    def __init__(
        self,
        message: str,
        *details: Any,
        type: str | None = None,
        non_retryable: bool = False,
        next_retry_delay: timedelta | None = None,
        category: ApplicationErrorCategory = ApplicationErrorCategory.UNSPECIFIED,
    ) -> None:
        super().__init__(message, exc_args=(f"{type}: {message}" if type else message,))
        self._details = details
        self._type = type
        self._non_retryable = non_retryable
        self._next_retry_delay = next_retry_delay
        self._category = category

    @property
    def details(self) -> Sequence[Any]:
        """The values given to the error."""
        return self._details

    @property
    def type(self) -> str | None:
        """The error type."""
        return self._type

    @property
    def non_retryable(self) -> bool:
        """Whether the error was made as one that is not retried; a retry policy may say so too."""
        return self._non_retryable

    @property
    def next_retry_delay(self) -> timedelta | None:
        """The wait before the next attempt; None: as the retry policy says."""
        return self._next_retry_delay

    @property
    def category(self) -> ApplicationErrorCategory:
        """How loud the error is."""
        return self._category


class CancelledError(FailureError):
    """A Workflow or an Activity was cancelled."""

    def __init__(self, message: str = "Cancelled", *details: Any) -> None:
        super().__init__(message)
        self._details = details

    @property
    def details(self) -> Sequence[Any]:
        """The values given to the error."""
        return self._details


class TerminatedError(FailureError):
    """A Workflow Execution was terminated."""

    def __init__(self, message: str, *details: Any) -> None:
        super().__init__(message)
        self._details = details

    @property
    def details(self) -> Sequence[Any]:
        """The values given with the termination."""
        return self._details


class TimeoutType(IntEnum):
    """Which of its timeouts an Activity or a Workflow missed."""

    START_TO_CLOSE = 1
    SCHEDULE_TO_START = 2
    SCHEDULE_TO_CLOSE = 3
    HEARTBEAT = 4


class TimeoutError(FailureError):
    """A timeout passed."""

    def __init__(
        self, message: str, *, type: TimeoutType | None, last_heartbeat_details: Sequence[Any]
    ) -> None:
        super().__init__(message)
        self._type = type
        self._last_heartbeat_details = last_heartbeat_details

    @property
    def type(self) -> TimeoutType | None:
        """Which timeout passed."""
        return self._type

    @property
    def last_heartbeat_details(self) -> Sequence[Any]:
        """What the Activity heartbeated last."""
        return self._last_heartbeat_details


class ServerError(FailureError):
    """An error that the engine made."""

    def __init__(self, message: str, *, non_retryable: bool = False) -> None:
        super().__init__(message)
        self._non_retryable = non_retryable

    @property
    def non_retryable(self) -> bool:
        """Whether another attempt is useless."""
        return self._non_retryable
