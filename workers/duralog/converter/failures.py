"""Exceptions to Failure records and back."""

import traceback
from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import fields, replace
from datetime import timedelta
from typing import Any, ClassVar, Final

from duralog.converter.encodings import PayloadConverter
from duralog.converter.fields import ENCODED_ATTRIBUTES
from duralog.exceptions import (
    ActivityError,
    ApplicationError,
    CancelledError,
    ChildWorkflowError,
    FailureError,
    RetryState,
    ServerError,
    TerminatedError,
    TimeoutError,
    TimeoutType,
)
from duralog.schemas.payloads import Failure

CAUSES_MAX: Final = (
    20  # Deeper chains are loops or noise, and every level costs bytes in the history.
)
STACK_TRACE_CHARACTERS_MAX: Final = 10_000  # The end is kept: that is where the error was raised.
MESSAGE_CHARACTERS_MAX: Final = 20_000  # A record is at most 4 MiB; a chain of 20 stays far below.


class FailureConverter(ABC):
    """Exceptions to Failure records and back. Runs inside Workflows too: must be deterministic."""

    default: ClassVar["FailureConverter"]

    @abstractmethod
    def to_failure(
        self, exception: BaseException, payload_converter: PayloadConverter, failure: Failure
    ) -> None:
        """Write an exception with its causes into `failure`."""

    @abstractmethod
    def from_failure(self, failure: Failure, payload_converter: PayloadConverter) -> BaseException:
        """The exception of a record with its causes."""


class DefaultFailureConverter(FailureConverter):
    """Our own errors by kind; any other is an ApplicationError whose type is its class name."""

    def __init__(self, *, encode_common_attributes: bool = False) -> None:
        """encode_common_attributes: Message and stack trace travel as a Payload, for a codec."""
        self._encode_common_attributes = encode_common_attributes

    def to_failure(
        self, exception: BaseException, payload_converter: PayloadConverter, failure: Failure
    ) -> None:
        """Write an exception with its causes, at most CAUSES_MAX deep, into `failure`."""
        made = _to_failure(exception, payload_converter, CAUSES_MAX)
        if self._encode_common_attributes:
            made = _encoded(made, payload_converter)
        for field in fields(Failure):
            setattr(failure, field.name, getattr(made, field.name))

    def from_failure(self, failure: Failure, payload_converter: PayloadConverter) -> BaseException:
        """The exception of a record; always a FailureError, and its `failure` is the record."""
        failure = _decoded(failure, payload_converter)
        make = _READERS.get(failure.kind)
        error = (
            make(failure, payload_converter)
            if make
            else FailureError(failure.message or "Failure error")
        )
        error.attach(failure)
        if failure.cause is not None:
            error.__cause__ = self.from_failure(failure.cause, payload_converter)
        return error


class DefaultFailureConverterWithEncodedAttributes(DefaultFailureConverter):
    """As its parent, with message and stack trace hidden by the codec."""

    def __init__(self) -> None:
        super().__init__(encode_common_attributes=True)


def _encoded(failure: Failure, converter: PayloadConverter) -> Failure:
    """A copy whose message and stack trace are the last detail, in all causes too."""
    if failure.details and ENCODED_ATTRIBUTES in failure.details[-1].metadata:
        return failure  # A cause that was read and is now sent on.
    attributes = {"message": failure.message, "stack_trace": failure.stack_trace}
    payload = converter.to_payload(attributes)
    payload.metadata[ENCODED_ATTRIBUTES] = b"1"
    return replace(
        failure,
        message="Encoded failure",
        stack_trace="",
        details=[*failure.details, payload],
        cause=None if failure.cause is None else _encoded(failure.cause, converter),
    )


def _decoded(failure: Failure, converter: PayloadConverter) -> Failure:
    """A copy whose message and stack trace are back, if this failure had them encoded.

    Where the codec that hides them is missing, the failure stays as it came.
    """
    if not failure.details or ENCODED_ATTRIBUTES not in failure.details[-1].metadata:
        return failure
    details, payload = failure.details[:-1], failure.details[-1]
    try:
        attributes = converter.from_payload(payload)
        message, stack_trace = str(attributes["message"]), str(attributes["stack_trace"])
    except (RuntimeError, LookupError, TypeError, ValueError):
        message, stack_trace = failure.message, failure.stack_trace
    return replace(failure, message=message, stack_trace=stack_trace, details=details)


def _to_failure(exception: BaseException, converter: PayloadConverter, depth: int) -> Failure:
    if isinstance(exception, FailureError):
        if exception.failure is not None:
            return exception.failure
        failure = _write(exception, converter)
    else:
        failure = Failure(message=str(exception), type=type(exception).__name__)
    failure.message = _writable(failure.message[:MESSAGE_CHARACTERS_MAX])
    failure.type = _writable(failure.type)
    failure.source = "PythonSDK"
    if exception.__traceback__ is not None:
        trace = "\n".join(traceback.format_tb(exception.__traceback__))
        failure.stack_trace = _writable(trace[-STACK_TRACE_CHARACTERS_MAX:])
    cause = exception.__cause__
    if cause is None and not exception.__suppress_context__:
        cause = exception.__context__
    if cause is not None and depth > 1:
        failure.cause = _to_failure(cause, converter, depth - 1)
    return failure


def _writable(text: str) -> str:
    """Half a surrogate pair, as in the name of a file that is not UTF-8, shown as its escape."""
    return text.encode("utf-8", "backslashreplace").decode()


def _write_application(error: ApplicationError, converter: PayloadConverter) -> Failure:
    delay = error.next_retry_delay
    return Failure(
        message=error.message,
        type=error.type or "",
        non_retryable=error.non_retryable,
        details=converter.to_payloads(error.details),
        next_retry_delay_ms=-1 if delay is None else round(delay.total_seconds() * 1000),
    )


def _write_timeout(error: TimeoutError, converter: PayloadConverter) -> Failure:
    return Failure(
        kind="timeout",
        message=error.message,
        timeout_type=error.type.name if error.type else "",
        details=converter.to_payloads(error.last_heartbeat_details),
    )


def _write_cancelled(error: CancelledError, converter: PayloadConverter) -> Failure:
    return Failure(
        kind="canceled", message=error.message, details=converter.to_payloads(error.details)
    )


def _write_terminated(error: TerminatedError, converter: PayloadConverter) -> Failure:
    return Failure(
        kind="terminated", message=error.message, details=converter.to_payloads(error.details)
    )


def _write_server(error: ServerError, converter: PayloadConverter) -> Failure:
    return Failure(kind="server", message=error.message, non_retryable=error.non_retryable)


def _write_activity(error: ActivityError, converter: PayloadConverter) -> Failure:
    return Failure(
        kind="activity",
        message=error.message,
        activity_id=error.activity_id,
        activity_type=error.activity_type,
        identity=error.identity,
        scheduled_event_id=error.scheduled_event_id,
        started_event_id=error.started_event_id,
        retry_state=error.retry_state.name if error.retry_state else "",
    )


def _write_child_workflow(error: ChildWorkflowError, converter: PayloadConverter) -> Failure:
    return Failure(
        kind="child_workflow",
        message=error.message,
        namespace=error.namespace,
        workflow_id=error.workflow_id,
        run_id=error.run_id,
        workflow_type=error.workflow_type,
        initiated_event_id=error.initiated_event_id,
        started_event_id=error.started_event_id,
        retry_state=error.retry_state.name if error.retry_state else "",
    )


_WRITERS: Final[dict[type[Any], Callable[[Any, PayloadConverter], Failure]]] = {
    ApplicationError: _write_application,
    ActivityError: _write_activity,
    CancelledError: _write_cancelled,
    TimeoutError: _write_timeout,
    ChildWorkflowError: _write_child_workflow,
    TerminatedError: _write_terminated,
    ServerError: _write_server,
}
"""By class, so that a user's own subclasses are written as what they extend."""


def _write(error: FailureError, converter: PayloadConverter) -> Failure:
    for kind, write in _WRITERS.items():
        if isinstance(error, kind):
            return write(error, converter)
    return Failure(message=error.message, type=type(error).__name__)


def _read_application(failure: Failure, converter: PayloadConverter) -> FailureError:
    delay_ms = failure.next_retry_delay_ms
    return ApplicationError(
        failure.message or "Application error",
        *converter.from_payloads(failure.details),
        type=failure.type or None,
        non_retryable=failure.non_retryable,
        next_retry_delay=None if delay_ms < 0 else timedelta(milliseconds=delay_ms),
    )


def _read_timeout(failure: Failure, converter: PayloadConverter) -> FailureError:
    name = failure.timeout_type
    return TimeoutError(
        failure.message or "Timeout",
        type=TimeoutType[name] if name in TimeoutType.__members__ else None,
        last_heartbeat_details=converter.from_payloads(failure.details),
    )


def _read_cancelled(failure: Failure, converter: PayloadConverter) -> FailureError:
    return CancelledError(failure.message or "Cancelled", *converter.from_payloads(failure.details))


def _read_terminated(failure: Failure, converter: PayloadConverter) -> FailureError:
    return TerminatedError(
        failure.message or "Terminated", *converter.from_payloads(failure.details)
    )


def _read_server(failure: Failure, converter: PayloadConverter) -> FailureError:
    return ServerError(failure.message or "Server error", non_retryable=failure.non_retryable)


def _read_activity(failure: Failure, converter: PayloadConverter) -> FailureError:
    return ActivityError(
        failure.message or "Activity error",
        scheduled_event_id=failure.scheduled_event_id,
        started_event_id=failure.started_event_id,
        identity=failure.identity,
        activity_type=failure.activity_type,
        activity_id=failure.activity_id,
        retry_state=_retry_state(failure.retry_state),
    )


def _read_child_workflow(failure: Failure, converter: PayloadConverter) -> FailureError:
    return ChildWorkflowError(
        failure.message or "Child workflow error",
        namespace=failure.namespace,
        workflow_id=failure.workflow_id,
        run_id=failure.run_id,
        workflow_type=failure.workflow_type,
        initiated_event_id=failure.initiated_event_id,
        started_event_id=failure.started_event_id,
        retry_state=_retry_state(failure.retry_state),
    )


_READERS: Final[dict[str, Callable[[Failure, PayloadConverter], FailureError]]] = {
    "application": _read_application,
    "timeout": _read_timeout,
    "canceled": _read_cancelled,
    "terminated": _read_terminated,
    "server": _read_server,
    "activity": _read_activity,
    "child_workflow": _read_child_workflow,
}


def _retry_state(name: str) -> RetryState | None:
    return RetryState[name] if name in RetryState.__members__ else None


FailureConverter.default = DefaultFailureConverter()
