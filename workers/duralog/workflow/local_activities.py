"""`start_local_activity` and `execute_local_activity`: Activities in the Workflow's own worker.

For what is short: no Task Queue, no heartbeats; the result is recorded in a marker, and while it
runs the Workflow Task is kept alive. local_activity_methods has the forms for methods and classes.
"""

from collections.abc import Awaitable, Callable, Sequence
from datetime import timedelta
from typing import Any, TypedDict, Unpack, overload

from duralog.common import RetryPolicy
from duralog.common.hints import UNSET
from duralog.workflow.activities import ActivityCancellationType, ActivityHandle, named
from duralog.workflow.callables import (
    CallableAsyncNoParam,
    CallableAsyncSingleParam,
    CallableSyncNoParam,
    CallableSyncSingleParam,
    ParamType,
    ReturnType,
)
from duralog.workflow.runtime import LocalActivityStart, current


class LocalActivityConfig(TypedDict, total=False):
    """Options of `start_local_activity` and `execute_local_activity`.

    One of `start_to_close_timeout` and `schedule_to_close_timeout` must be set.

    schedule_to_close_timeout: From the first schedule to the end, all attempts together.
    schedule_to_start_timeout: How long an attempt may wait for a place in the worker.
    start_to_close_timeout: How long one attempt may run.
    retry_policy: None: retries without end.
    local_retry_threshold: A longer pause between attempts is a timer of the Workflow; 1 min.
    activity_id: Unique in the Workflow; None: the next number.
    summary: One line for people; taken, not recorded.
    """

    schedule_to_close_timeout: timedelta | None
    schedule_to_start_timeout: timedelta | None
    start_to_close_timeout: timedelta | None
    retry_policy: RetryPolicy | None
    local_retry_threshold: timedelta | None
    cancellation_type: ActivityCancellationType
    activity_id: str | None
    summary: str | None


def start_local(
    activity: Any, arg: Any, args: Sequence[Any], result_type: Any, config: LocalActivityConfig
) -> ActivityHandle[Any]:
    """What all forms of `start_local_activity` do."""
    name, arguments, hint = named(activity, arg, args, result_type)
    return current().start_local_activity(
        LocalActivityStart(activity_type=name, arguments=arguments, result_type=hint, config=config)
    )


@overload
def start_local_activity(
    activity: CallableAsyncNoParam[ReturnType], **config: Unpack[LocalActivityConfig]
) -> ActivityHandle[ReturnType]: ...


@overload
def start_local_activity(
    activity: CallableSyncNoParam[ReturnType], **config: Unpack[LocalActivityConfig]
) -> ActivityHandle[ReturnType]: ...


@overload
def start_local_activity(
    activity: CallableAsyncSingleParam[ParamType, ReturnType],
    arg: ParamType,
    **config: Unpack[LocalActivityConfig],
) -> ActivityHandle[ReturnType]: ...


@overload
def start_local_activity(
    activity: CallableSyncSingleParam[ParamType, ReturnType],
    arg: ParamType,
    **config: Unpack[LocalActivityConfig],
) -> ActivityHandle[ReturnType]: ...


@overload
def start_local_activity(
    activity: Callable[..., Awaitable[ReturnType]],
    *,
    args: Sequence[Any],
    **config: Unpack[LocalActivityConfig],
) -> ActivityHandle[ReturnType]: ...


@overload
def start_local_activity(
    activity: Callable[..., ReturnType],
    *,
    args: Sequence[Any],
    **config: Unpack[LocalActivityConfig],
) -> ActivityHandle[ReturnType]: ...


@overload
def start_local_activity(
    activity: str,
    arg: Any = ...,
    *,
    args: Sequence[Any] = ...,
    result_type: type[ReturnType] | None = ...,
    **config: Unpack[LocalActivityConfig],
) -> ActivityHandle[Any]: ...


def start_local_activity(
    activity: Any,
    arg: Any = UNSET,
    *,
    args: Sequence[Any] = (),
    result_type: type[Any] | None = None,
    **config: Unpack[LocalActivityConfig],
) -> ActivityHandle[Any]:
    """Run an Activity in the worker that runs the Workflow; see LocalActivityConfig.

    activity: A function decorated with `@activity.defn`, or an Activity Type.
    arg: The only argument; `args` for several.
    result_type: Type hint of the result when the Activity is given by name.

    Raises ValueError when no timeout is set.
    """
    return start_local(activity, arg, args, result_type, config)


@overload
async def execute_local_activity(
    activity: CallableAsyncNoParam[ReturnType], **config: Unpack[LocalActivityConfig]
) -> ReturnType: ...


@overload
async def execute_local_activity(
    activity: CallableSyncNoParam[ReturnType], **config: Unpack[LocalActivityConfig]
) -> ReturnType: ...


@overload
async def execute_local_activity(
    activity: CallableAsyncSingleParam[ParamType, ReturnType],
    arg: ParamType,
    **config: Unpack[LocalActivityConfig],
) -> ReturnType: ...


@overload
async def execute_local_activity(
    activity: CallableSyncSingleParam[ParamType, ReturnType],
    arg: ParamType,
    **config: Unpack[LocalActivityConfig],
) -> ReturnType: ...


@overload
async def execute_local_activity(
    activity: Callable[..., Awaitable[ReturnType]],
    *,
    args: Sequence[Any],
    **config: Unpack[LocalActivityConfig],
) -> ReturnType: ...


@overload
async def execute_local_activity(
    activity: Callable[..., ReturnType],
    *,
    args: Sequence[Any],
    **config: Unpack[LocalActivityConfig],
) -> ReturnType: ...


@overload
async def execute_local_activity(
    activity: str,
    arg: Any = ...,
    *,
    args: Sequence[Any] = ...,
    result_type: type[ReturnType] | None = ...,
    **config: Unpack[LocalActivityConfig],
) -> Any: ...


async def execute_local_activity(
    activity: Any,
    arg: Any = UNSET,
    *,
    args: Sequence[Any] = (),
    result_type: type[Any] | None = None,
    **config: Unpack[LocalActivityConfig],
) -> Any:
    """Run a local Activity and wait for its result; as `start_local_activity`.

    Raises ActivityError, whose cause says why the Activity failed.
    """
    return await start_local(activity, arg, args, result_type, config)
