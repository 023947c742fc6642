"""What came before: the results and failures of earlier runs, and who asked this one to end."""

from typing import Any, TypeVar, overload

from duralog.workflow.runtime import current

ResultType = TypeVar("ResultType")


def has_last_completion_result() -> bool:
    """Whether an earlier run of the chain completed with a result."""
    return bool(current().last_completion_result)


@overload
def get_last_completion_result() -> Any | None: ...


@overload
def get_last_completion_result(type_hint: type[ResultType]) -> ResultType | None: ...


def get_last_completion_result(type_hint: type[Any] | None = None) -> Any | None:
    """What the last run of the chain that completed returned; None also when there was none."""
    runtime = current()
    payloads = runtime.last_completion_result
    if not payloads:
        return None
    return runtime.payload_converter.from_payload(payloads[0], type_hint)


def get_last_failure() -> BaseException | None:
    """Why the run before failed, if it did and its retry policy made this one."""
    return current().last_failure


def cancellation_reason() -> str | None:
    """The reason given with the request to cancel this Workflow; None: there was no request."""
    return current().cancellation_reason
