"""Exceptions to Failure records and back."""

from datetime import timedelta
from typing import Any

import pytest

from duralog.converter import DataConverter
from duralog.converter.failures import CAUSES_MAX, STACK_TRACE_CHARACTERS_MAX
from duralog.exceptions import (
    ActivityError,
    ApplicationError,
    CancelledError,
    FailureError,
    RetryState,
    ServerError,
    TerminatedError,
    TimeoutError,
    TimeoutType,
    is_cancelled_exception,
)
from duralog.schemas.codec import decode, encode
from duralog.schemas.events import WorkflowTaskFailed
from duralog.schemas.payloads import Failure

CONVERTER = DataConverter.default
HEAD: dict[str, Any] = {"workflow_id": "w", "run_id": "r", "event_id": 3, "event_time_ms": 1}


def back(error: BaseException) -> Any:
    failure = CONVERTER.to_failure(error)
    again = CONVERTER.from_failure(failure)
    assert isinstance(again, FailureError)
    assert again.failure is failure
    assert CONVERTER.to_failure(again) == failure
    return again


def test_a_text_that_is_no_unicode_is_shown_as_its_escape() -> None:
    failure = CONVERTER.to_failure(FileNotFoundError("caf\udce9.txt"))
    assert failure.message == "caf\\udce9.txt"
    assert decode(encode(WorkflowTaskFailed(failure=failure, **HEAD))).failure == failure


def test_an_application_error_keeps_all_it_says() -> None:
    error = ApplicationError(
        "no", 1, {"a": 2}, type="Refused", non_retryable=True, next_retry_delay=timedelta(seconds=3)
    )
    again = back(error)
    assert isinstance(again, ApplicationError)
    assert (again.message, again.type, again.non_retryable) == ("no", "Refused", True)
    assert again.details == (1, {"a": 2})
    assert again.next_retry_delay == timedelta(seconds=3)
    assert str(again) == "Refused: no"


def test_any_other_exception_is_an_application_error_of_its_class() -> None:
    again = back(KeyError("k"))
    assert isinstance(again, ApplicationError)
    assert (again.type, again.message, again.non_retryable) == ("KeyError", "'k'", False)


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (CancelledError("stop", 1), "canceled"),
        (TerminatedError("end", "why"), "terminated"),
        (ServerError("oops", non_retryable=True), "server"),
        (
            TimeoutError("late", type=TimeoutType.HEARTBEAT, last_heartbeat_details=[5]),
            "timeout",
        ),
        (
            ActivityError(
                "failed",
                scheduled_event_id=5,
                started_event_id=6,
                identity="w",
                activity_type="t",
                activity_id="1",
                retry_state=RetryState.TIMEOUT,
            ),
            "activity",
        ),
    ],
    ids=lambda v: v if isinstance(v, str) else "",
)
def test_our_errors_come_back_as_they_were(error: FailureError, kind: str) -> None:
    again = back(error)
    assert CONVERTER.to_failure(again).kind == kind
    assert type(again) is type(error)
    mine, others = vars(error), vars(again)
    for name in set(mine) - {"_failure"}:
        assert _plain(others[name]) == _plain(mine[name]), name


def _plain(value: Any) -> Any:
    return list(value) if isinstance(value, tuple) else value


def test_causes_are_kept_in_order() -> None:
    try:
        try:
            raise ValueError("inner")
        except ValueError as inner:
            raise ApplicationError("outer") from inner
    except ApplicationError as error:
        again = back(error)
    assert isinstance(again.cause, ApplicationError)
    assert again.cause.type == "ValueError"


def raise_in_handler(outer: ApplicationError, *, suppress: bool) -> None:
    try:
        raise ValueError("inner")
    except ValueError:
        if suppress:
            raise outer from None
        raise outer  # noqa: B904 # the case to be tested


def raised_in_handler(*, suppress: bool) -> ApplicationError:
    with pytest.raises(ApplicationError) as caught:
        raise_in_handler(ApplicationError("outer"), suppress=suppress)
    return caught.value


def test_an_error_raised_while_handling_another_has_it_as_cause() -> None:
    assert back(raised_in_handler(suppress=False)).cause.type == "ValueError"


def test_a_suppressed_context_is_no_cause() -> None:
    assert back(raised_in_handler(suppress=True)).cause is None


def test_a_loop_of_causes_ends() -> None:
    first, second = ValueError("a"), ValueError("b")
    first.__cause__, second.__cause__ = second, first
    failure: Failure | None = CONVERTER.to_failure(first)
    depth = 0
    while failure is not None:
        failure, depth = failure.cause, depth + 1
    assert depth == CAUSES_MAX


def test_the_stack_trace_names_the_place_and_has_a_limit() -> None:
    def deep(levels: int) -> None:
        if levels == 0:
            raise ValueError("here")
        deep(levels - 1)

    with pytest.raises(ValueError, match="here") as caught:
        deep(300)
    failure = CONVERTER.to_failure(caught.value)
    assert len(failure.stack_trace) <= STACK_TRACE_CHARACTERS_MAX
    assert 'raise ValueError("here")' in failure.stack_trace


def test_an_unknown_kind_is_still_a_failure() -> None:
    error = CONVERTER.from_failure(Failure(kind="of the future", message="what"))
    assert type(error) is FailureError
    assert str(error) == "what"


def test_a_cancellation_is_known_by_its_cause() -> None:
    error = CONVERTER.from_failure(Failure(kind="activity", cause=Failure(kind="canceled")))
    assert is_cancelled_exception(error)
    assert not is_cancelled_exception(CONVERTER.from_failure(Failure(kind="activity")))
