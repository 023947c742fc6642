"""`start_activity` and `execute_activity`: functions and names; activity_methods has the rest."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from datetime import timedelta
from enum import IntEnum
from functools import lru_cache
from typing import Any, TypedDict, TypeVar, Unpack, overload

from duralog.activity.definition import ActivityDefinition
from duralog.common import Priority, RetryPolicy
from duralog.common.hints import UNSET, argument_list
from duralog.workflow.callables import (
    CallableAsyncNoParam,
    CallableAsyncSingleParam,
    CallableSyncNoParam,
    CallableSyncSingleParam,
    ParamType,
    ReturnType,
)
from duralog.workflow.runtime import ActivityStart, current

HandleType = TypeVar("HandleType")


class ActivityHandle(asyncio.Future[HandleType]):
    """A started Activity: await it for its result, cancel it to request its cancellation.

    What a cancellation leads to depends on the `cancellation_type` that the Activity was started
    with; awaiting a cancelled Activity raises ActivityError, whose cause is a CancelledError.
    """


class ActivityCancellationType(IntEnum):
    """What cancelling an Activity's handle does."""

    TRY_CANCEL = 0
    """Request the cancellation and raise at once."""
    WAIT_CANCELLATION_COMPLETED = 1
    """Request the cancellation and wait for how the Activity ends."""
    ABANDON = 2
    """Request nothing and raise at once."""


class ActivityConfig(TypedDict, total=False):
    """Options of `start_activity` and `execute_activity`.

    One of `start_to_close_timeout` and `schedule_to_close_timeout` must be set.

    task_queue: None: the Workflow's.
    schedule_to_close_timeout: From the first schedule to the end, all attempts together.
    schedule_to_start_timeout: How long an attempt may wait for a worker.
    start_to_close_timeout: How long one attempt may run.
    heartbeat_timeout: How long an attempt may be silent.
    retry_policy: None: the engine's, which retries without end.
    activity_id: Unique in the Workflow; None: the next number.
    summary: One line for people; recorded.
    priority: Order within the Task Queue; recorded.
    """

    task_queue: str | None
    schedule_to_close_timeout: timedelta | None
    schedule_to_start_timeout: timedelta | None
    start_to_close_timeout: timedelta | None
    heartbeat_timeout: timedelta | None
    retry_policy: RetryPolicy | None
    cancellation_type: ActivityCancellationType
    activity_id: str | None
    summary: str | None
    priority: Priority


@lru_cache(maxsize=4096)
def _name_and_result_type(activity: Callable[..., Any]) -> tuple[str, Any]:
    """Activity Type and result type hint; cached: reading hints costs more than the call."""
    definition = ActivityDefinition.must_find(activity)
    if definition.name is None:
        raise ValueError("Cannot invoke dynamic activity explicitly")
    return definition.name, definition.types()[1]


def named(
    activity: Any, arg: Any, args: Sequence[Any], result_type: Any
) -> tuple[str, Sequence[Any], Any]:
    """Activity Type, arguments and result type hint of a call. Raises TypeError, ValueError."""
    if isinstance(activity, str):
        name = activity
    elif callable(activity):
        name, result_type = _name_and_result_type(activity)
    else:
        raise TypeError("Activity must be a string or callable")
    return name, argument_list(arg, args), result_type


def start(
    activity: Any, arg: Any, args: Sequence[Any], result_type: Any, config: ActivityConfig
) -> ActivityHandle[Any]:
    """What all forms of `start_activity` do."""
    name, arguments, hint = named(activity, arg, args, result_type)
    return current().start_activity(
        ActivityStart(activity_type=name, arguments=arguments, result_type=hint, config=config)
    )


@overload
def start_activity(
    activity: CallableAsyncNoParam[ReturnType], **config: Unpack[ActivityConfig]
) -> ActivityHandle[ReturnType]: ...


@overload
def start_activity(
    activity: CallableSyncNoParam[ReturnType], **config: Unpack[ActivityConfig]
) -> ActivityHandle[ReturnType]: ...


@overload
def start_activity(
    activity: CallableAsyncSingleParam[ParamType, ReturnType],
    arg: ParamType,
    **config: Unpack[ActivityConfig],
) -> ActivityHandle[ReturnType]: ...


@overload
def start_activity(
    activity: CallableSyncSingleParam[ParamType, ReturnType],
    arg: ParamType,
    **config: Unpack[ActivityConfig],
) -> ActivityHandle[ReturnType]: ...


@overload
def start_activity(
    activity: Callable[..., Awaitable[ReturnType]],
    *,
    args: Sequence[Any],
    **config: Unpack[ActivityConfig],
) -> ActivityHandle[ReturnType]: ...


@overload
def start_activity(
    activity: Callable[..., ReturnType], *, args: Sequence[Any], **config: Unpack[ActivityConfig]
) -> ActivityHandle[ReturnType]: ...


@overload
def start_activity(
    activity: str,
    arg: Any = ...,
    *,
    args: Sequence[Any] = ...,
    result_type: type[ReturnType] | None = ...,
    **config: Unpack[ActivityConfig],
) -> ActivityHandle[Any]: ...


def start_activity(
    activity: Any,
    arg: Any = UNSET,
    *,
    args: Sequence[Any] = (),
    result_type: type[Any] | None = None,
    **config: Unpack[ActivityConfig],
) -> ActivityHandle[Any]:
    """Schedule an Activity and return its handle; see ActivityConfig for the options.

    activity: A function decorated with `@activity.defn`, or an Activity Type.
    arg: The only argument; `args` for several.
    result_type: Type hint of the result when the Activity is given by name.

    Raises ValueError when no timeout is set.
    """
    return start(activity, arg, args, result_type, config)


@overload
async def execute_activity(
    activity: CallableAsyncNoParam[ReturnType], **config: Unpack[ActivityConfig]
) -> ReturnType: ...


@overload
async def execute_activity(
    activity: CallableSyncNoParam[ReturnType], **config: Unpack[ActivityConfig]
) -> ReturnType: ...


@overload
async def execute_activity(
    activity: CallableAsyncSingleParam[ParamType, ReturnType],
    arg: ParamType,
    **config: Unpack[ActivityConfig],
) -> ReturnType: ...


@overload
async def execute_activity(
    activity: CallableSyncSingleParam[ParamType, ReturnType],
    arg: ParamType,
    **config: Unpack[ActivityConfig],
) -> ReturnType: ...


@overload
async def execute_activity(
    activity: Callable[..., Awaitable[ReturnType]],
    *,
    args: Sequence[Any],
    **config: Unpack[ActivityConfig],
) -> ReturnType: ...


@overload
async def execute_activity(
    activity: Callable[..., ReturnType], *, args: Sequence[Any], **config: Unpack[ActivityConfig]
) -> ReturnType: ...


@overload
async def execute_activity(
    activity: str,
    arg: Any = ...,
    *,
    args: Sequence[Any] = ...,
    result_type: type[ReturnType] | None = ...,
    **config: Unpack[ActivityConfig],
) -> Any: ...


async def execute_activity(
    activity: Any,
    arg: Any = UNSET,
    *,
    args: Sequence[Any] = (),
    result_type: type[Any] | None = None,
    **config: Unpack[ActivityConfig],
) -> Any:
    """Schedule an Activity and wait for its result; as `start_activity`.

    Raises ActivityError, whose cause says why the Activity failed.
    """
    return await start(activity, arg, args, result_type, config)
