"""Local Activities that are methods, named through their class, and classes that are Activities."""

from collections.abc import Awaitable, Callable, Sequence
from typing import Any, Concatenate, ParamSpec, Unpack, overload

from duralog.common.hints import UNSET
from duralog.workflow.activities import ActivityHandle
from duralog.workflow.callables import (
    CallableAsyncNoParam,
    CallableAsyncSingleParam,
    CallableSyncNoParam,
    CallableSyncSingleParam,
    MethodAsyncNoParam,
    MethodAsyncSingleParam,
    MethodSyncNoParam,
    MethodSyncSingleParam,
    ParamType,
    ReturnType,
    SelfType,
)
from duralog.workflow.local_activities import LocalActivityConfig, start_local

ManyParams = ParamSpec("ManyParams")


@overload
def start_local_activity_method(
    activity: MethodAsyncNoParam[SelfType, ReturnType],
    **config: Unpack[LocalActivityConfig],
) -> ActivityHandle[ReturnType]: ...


@overload
def start_local_activity_method(
    activity: MethodSyncNoParam[SelfType, ReturnType],
    **config: Unpack[LocalActivityConfig],
) -> ActivityHandle[ReturnType]: ...


@overload
def start_local_activity_method(
    activity: MethodAsyncSingleParam[SelfType, ParamType, ReturnType],
    arg: ParamType,
    **config: Unpack[LocalActivityConfig],
) -> ActivityHandle[ReturnType]: ...


@overload
def start_local_activity_method(
    activity: MethodSyncSingleParam[SelfType, ParamType, ReturnType],
    arg: ParamType,
    **config: Unpack[LocalActivityConfig],
) -> ActivityHandle[ReturnType]: ...


@overload
def start_local_activity_method(
    activity: Callable[Concatenate[SelfType, ManyParams], Awaitable[ReturnType]],
    *,
    args: Sequence[Any],
    **config: Unpack[LocalActivityConfig],
) -> ActivityHandle[ReturnType]: ...


@overload
def start_local_activity_method(
    activity: Callable[Concatenate[SelfType, ManyParams], ReturnType],
    *,
    args: Sequence[Any],
    **config: Unpack[LocalActivityConfig],
) -> ActivityHandle[ReturnType]: ...


def start_local_activity_method(
    activity: Any,
    arg: Any = UNSET,
    *,
    args: Sequence[Any] = (),
    **config: Unpack[LocalActivityConfig],
) -> ActivityHandle[Any]:
    """As `start_local_activity`, for a method named through its class."""
    return start_local(activity, arg, args, None, config)


@overload
async def execute_local_activity_method(
    activity: MethodAsyncNoParam[SelfType, ReturnType],
    **config: Unpack[LocalActivityConfig],
) -> ReturnType: ...


@overload
async def execute_local_activity_method(
    activity: MethodSyncNoParam[SelfType, ReturnType],
    **config: Unpack[LocalActivityConfig],
) -> ReturnType: ...


@overload
async def execute_local_activity_method(
    activity: MethodAsyncSingleParam[SelfType, ParamType, ReturnType],
    arg: ParamType,
    **config: Unpack[LocalActivityConfig],
) -> ReturnType: ...


@overload
async def execute_local_activity_method(
    activity: MethodSyncSingleParam[SelfType, ParamType, ReturnType],
    arg: ParamType,
    **config: Unpack[LocalActivityConfig],
) -> ReturnType: ...


@overload
async def execute_local_activity_method(
    activity: Callable[Concatenate[SelfType, ManyParams], Awaitable[ReturnType]],
    *,
    args: Sequence[Any],
    **config: Unpack[LocalActivityConfig],
) -> ReturnType: ...


@overload
async def execute_local_activity_method(
    activity: Callable[Concatenate[SelfType, ManyParams], ReturnType],
    *,
    args: Sequence[Any],
    **config: Unpack[LocalActivityConfig],
) -> ReturnType: ...


async def execute_local_activity_method(
    activity: Any,
    arg: Any = UNSET,
    *,
    args: Sequence[Any] = (),
    **config: Unpack[LocalActivityConfig],
) -> Any:
    """As `execute_local_activity`, for a method named through its class."""
    return await start_local(activity, arg, args, None, config)


@overload
def start_local_activity_class(
    activity: type[CallableAsyncNoParam[ReturnType]],
    **config: Unpack[LocalActivityConfig],
) -> ActivityHandle[ReturnType]: ...


@overload
def start_local_activity_class(
    activity: type[CallableSyncNoParam[ReturnType]],
    **config: Unpack[LocalActivityConfig],
) -> ActivityHandle[ReturnType]: ...


@overload
def start_local_activity_class(
    activity: type[CallableAsyncSingleParam[ParamType, ReturnType]],
    arg: ParamType,
    **config: Unpack[LocalActivityConfig],
) -> ActivityHandle[ReturnType]: ...


@overload
def start_local_activity_class(
    activity: type[CallableSyncSingleParam[ParamType, ReturnType]],
    arg: ParamType,
    **config: Unpack[LocalActivityConfig],
) -> ActivityHandle[ReturnType]: ...


@overload
def start_local_activity_class(
    activity: type[Any],
    *,
    args: Sequence[Any],
    **config: Unpack[LocalActivityConfig],
) -> ActivityHandle[Any]: ...


def start_local_activity_class(
    activity: Any,
    arg: Any = UNSET,
    *,
    args: Sequence[Any] = (),
    **config: Unpack[LocalActivityConfig],
) -> ActivityHandle[Any]:
    """As `start_local_activity`, for a class whose `__call__` is the Activity."""
    return start_local(activity.__call__, arg, args, None, config)


@overload
async def execute_local_activity_class(
    activity: type[CallableAsyncNoParam[ReturnType]],
    **config: Unpack[LocalActivityConfig],
) -> ReturnType: ...


@overload
async def execute_local_activity_class(
    activity: type[CallableSyncNoParam[ReturnType]],
    **config: Unpack[LocalActivityConfig],
) -> ReturnType: ...


@overload
async def execute_local_activity_class(
    activity: type[CallableAsyncSingleParam[ParamType, ReturnType]],
    arg: ParamType,
    **config: Unpack[LocalActivityConfig],
) -> ReturnType: ...


@overload
async def execute_local_activity_class(
    activity: type[CallableSyncSingleParam[ParamType, ReturnType]],
    arg: ParamType,
    **config: Unpack[LocalActivityConfig],
) -> ReturnType: ...


@overload
async def execute_local_activity_class(
    activity: type[Any],
    *,
    args: Sequence[Any],
    **config: Unpack[LocalActivityConfig],
) -> Any: ...


async def execute_local_activity_class(
    activity: Any,
    arg: Any = UNSET,
    *,
    args: Sequence[Any] = (),
    **config: Unpack[LocalActivityConfig],
) -> Any:
    """As `execute_local_activity`, for a class whose `__call__` is the Activity."""
    return await start_local(activity.__call__, arg, args, None, config)
