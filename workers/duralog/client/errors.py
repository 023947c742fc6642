"""What a client may raise, named as in Temporal's SDK."""

from enum import IntEnum
from typing import Final

from duralog.activity.info import ActivityCancellationDetails
from duralog.client.description import WorkflowExecutionStatus
from duralog.exceptions import TemporalError


class RPCStatusCode(IntEnum):
    """Why a call failed. Numbers as in gRPC, so that programs can be moved unchanged."""

    OK = 0
    CANCELLED = 1
    UNKNOWN = 2
    INVALID_ARGUMENT = 3
    DEADLINE_EXCEEDED = 4
    NOT_FOUND = 5
    ALREADY_EXISTS = 6
    PERMISSION_DENIED = 7
    RESOURCE_EXHAUSTED = 8
    FAILED_PRECONDITION = 9
    ABORTED = 10
    OUT_OF_RANGE = 11
    UNIMPLEMENTED = 12
    INTERNAL = 13
    UNAVAILABLE = 14
    DATA_LOSS = 15
    UNAUTHENTICATED = 16


STATUS_OF_REPLY: Final[dict[str, RPCStatusCode]] = {
    "ALREADY_EXISTS": RPCStatusCode.ALREADY_EXISTS,
    "NOT_FOUND": RPCStatusCode.NOT_FOUND,
    "INVALID_ARGUMENT": RPCStatusCode.INVALID_ARGUMENT,
    "FAILED_PRECONDITION": RPCStatusCode.FAILED_PRECONDITION,
    "REFUSED": RPCStatusCode.ABORTED,
    "RESOURCE_EXHAUSTED": RPCStatusCode.RESOURCE_EXHAUSTED,
}
"""Code of a Reply -> status; a code that is not here came from a newer engine: UNKNOWN."""


class RPCError(Exception):
    """The engine refused a call, or did not answer in time.

    DEADLINE_EXCEEDED says nothing about the effect: the request may still be handled.
    """

    def __init__(self, message: str, status: RPCStatusCode) -> None:
        super().__init__(message)
        self._message = message
        self._status = status

    @property
    def cause(self) -> BaseException | None:
        """The same as `__cause__`."""
        return self.__cause__

    @property
    def message(self) -> str:
        """What is true and what to do."""
        return self._message

    @property
    def status(self) -> RPCStatusCode:
        """Why it failed."""
        return self._status


class WorkflowContinuedAsNewError(TemporalError):
    """The run goes on as another, and the caller did not want to follow."""

    def __init__(self, new_execution_run_id: str) -> None:
        super().__init__("Workflow continued as new")
        self._new_execution_run_id = new_execution_run_id

    @property
    def new_execution_run_id(self) -> str:
        """The run it goes on as."""
        return self._new_execution_run_id


class AsyncActivityCancelledError(TemporalError):
    """An Activity that is completed from elsewhere should stop: its heartbeat was told so."""

    def __init__(self, details: ActivityCancellationDetails | None = None) -> None:
        super().__init__("Activity cancelled")
        self.details = details or ActivityCancellationDetails(cancel_requested=True)


class WorkflowQueryFailedError(TemporalError):
    """The query's handler raised, or there is none."""

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self._message = message

    @property
    def message(self) -> str:
        """What the handler's error says."""
        return self._message


class WorkflowQueryRejectedError(TemporalError):
    """The query's reject condition was met."""

    def __init__(self, status: WorkflowExecutionStatus | None) -> None:
        super().__init__(f"Query rejected, status: {status}")
        self._status = status

    @property
    def status(self) -> WorkflowExecutionStatus | None:
        """How the run stands."""
        return self._status


class WorkflowUpdateFailedError(TemporalError):
    """The update was rejected, or its handler failed: `cause` says why."""

    def __init__(self, cause: BaseException) -> None:
        super().__init__("Workflow update failed")
        self.__cause__ = cause

    @property
    def cause(self) -> BaseException:
        """What the validator or the handler raised."""
        assert self.__cause__ is not None
        return self.__cause__


class RPCTimeoutOrCancelledError(TemporalError):
    """A call took too long, or was cancelled."""


class WorkflowUpdateRPCTimeoutOrCancelledError(RPCTimeoutOrCancelledError):
    """The call of an update took too long, or was cancelled; the update itself may go on."""

    def __init__(self) -> None:
        super().__init__("Timeout or cancellation waiting for update")


class WorkflowFailureError(Exception):
    """The Workflow Execution did not complete: `cause` says how it ended."""

    def __init__(self, *, cause: BaseException) -> None:
        super().__init__("Workflow execution failed")
        self.__cause__ = cause

    @property
    def cause(self) -> BaseException:
        """ApplicationError, CancelledError, TerminatedError, TimeoutError or another."""
        assert self.__cause__ is not None
        return self.__cause__
