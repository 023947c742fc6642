"""`continue_as_new`: go on as a new run with an empty history."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import timedelta
from typing import Any, Concatenate, NoReturn, ParamSpec, TypedDict, TypeVar, Unpack, overload

from duralog.common import RetryPolicy, SearchAttributes, TypedSearchAttributes
from duralog.common.hints import UNSET, argument_list
from duralog.workflow.callables import MethodAsyncNoParam, MethodAsyncSingleParam
from duralog.workflow.definition import WorkflowDefinition
from duralog.workflow.runtime import ContinueAsNew, current

SelfType = TypeVar("SelfType")
ParamType = TypeVar("ParamType")
Params = ParamSpec("Params")


class ContinueAsNewConfig(TypedDict, total=False):
    """Options of `continue_as_new`; what is left out stays as it is.

    run_timeout, task_timeout: Of the new run, and of one of its Workflow Tasks.
    backoff_start_interval: The new run's first Workflow Task waits this long.
    memo: Takes the place of all that the memo holds.
    search_attributes: Take the place of all that there are.
    """

    task_queue: str | None
    run_timeout: timedelta | None
    task_timeout: timedelta | None
    backoff_start_interval: timedelta | None
    retry_policy: RetryPolicy | None
    memo: Mapping[str, Any] | None
    search_attributes: TypedSearchAttributes | SearchAttributes | None


@overload
def continue_as_new(
    arg: Any = ..., *, args: Sequence[Any] = ..., **config: Unpack[ContinueAsNewConfig]
) -> NoReturn: ...


@overload
def continue_as_new(
    *, workflow: MethodAsyncNoParam[SelfType, Any], **config: Unpack[ContinueAsNewConfig]
) -> NoReturn: ...


@overload
def continue_as_new(
    arg: ParamType,
    *,
    workflow: MethodAsyncSingleParam[SelfType, ParamType, Any],
    **config: Unpack[ContinueAsNewConfig],
) -> NoReturn: ...


@overload
def continue_as_new(
    *,
    workflow: Callable[Concatenate[SelfType, Params], Awaitable[Any]],
    args: Sequence[Any],
    **config: Unpack[ContinueAsNewConfig],
) -> NoReturn: ...


@overload
def continue_as_new(
    *, workflow: str, args: Sequence[Any] = ..., **config: Unpack[ContinueAsNewConfig]
) -> NoReturn: ...


def continue_as_new(
    arg: Any = UNSET,
    *,
    args: Sequence[Any] = (),
    workflow: Callable[..., Awaitable[Any]] | str | None = None,
    **config: Unpack[ContinueAsNewConfig],
) -> NoReturn:
    """End this run and go on as a new one, of the same Workflow ID and with an empty history.

    arg, args: Its argument, or its arguments. workflow: The `@workflow.run` method or the Workflow
    Type of another Workflow; None: this one. See ContinueAsNewConfig for the options.

    Never returns: raises ContinueAsNewError, which must not be caught.
    """
    name = "" if workflow is None else WorkflowDefinition.name_and_result_type(workflow)[0]
    current().continue_as_new(
        ContinueAsNew(workflow_type=name, arguments=argument_list(arg, args), config=config)
    )
