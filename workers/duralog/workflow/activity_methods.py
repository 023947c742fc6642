"""Activities that are methods, named through their class, and classes that are Activities."""

from collections.abc import Awaitable, Callable, Sequence
from typing import Any, Concatenate, ParamSpec, Unpack, overload

from duralog.common.hints import UNSET
from duralog.workflow.activities import ActivityConfig, ActivityHandle, start
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

ManyParams = ParamSpec("ManyParams")


@overload
def start_activity_method(
    activity: MethodAsyncNoParam[SelfType, ReturnType],
    **config: Unpack[ActivityConfig],
) -> ActivityHandle[ReturnType]: ...


@overload
def start_activity_method(
    activity: MethodSyncNoParam[SelfType, ReturnType],
    **config: Unpack[ActivityConfig],
) -> ActivityHandle[ReturnType]: ...


@overload
def start_activity_method(
    activity: MethodAsyncSingleParam[SelfType, ParamType, ReturnType],
    arg: ParamType,
    **config: Unpack[ActivityConfig],
) -> ActivityHandle[ReturnType]: ...


@overload
def start_activity_method(
    activity: MethodSyncSingleParam[SelfType, ParamType, ReturnType],
    arg: ParamType,
    **config: Unpack[ActivityConfig],
) -> ActivityHandle[ReturnType]: ...


@overload
def start_activity_method(
    activity: Callable[Concatenate[SelfType, ManyParams], Awaitable[ReturnType]],
    *,
    args: Sequence[Any],
    **config: Unpack[ActivityConfig],
) -> ActivityHandle[ReturnType]: ...


@overload
def start_activity_method(
    activity: Callable[Concatenate[SelfType, ManyParams], ReturnType],
    *,
    args: Sequence[Any],
    **config: Unpack[ActivityConfig],
) -> ActivityHandle[ReturnType]: ...


def start_activity_method(
    activity: Any,
    arg: Any = UNSET,
    *,
    args: Sequence[Any] = (),
    **config: Unpack[ActivityConfig],
) -> ActivityHandle[Any]:
    """As `start_activity`, for a method named through its class."""
    return start(activity, arg, args, None, config)


@overload
async def execute_activity_method(
    activity: MethodAsyncNoParam[SelfType, ReturnType],
    **config: Unpack[ActivityConfig],
) -> ReturnType: ...


@overload
async def execute_activity_method(
    activity: MethodSyncNoParam[SelfType, ReturnType],
    **config: Unpack[ActivityConfig],
) -> ReturnType: ...


@overload
async def execute_activity_method(
    activity: MethodAsyncSingleParam[SelfType, ParamType, ReturnType],
    arg: ParamType,
    **config: Unpack[ActivityConfig],
) -> ReturnType: ...


@overload
async def execute_activity_method(
    activity: MethodSyncSingleParam[SelfType, ParamType, ReturnType],
    arg: ParamType,
    **config: Unpack[ActivityConfig],
) -> ReturnType: ...


@overload
async def execute_activity_method(
    activity: Callable[Concatenate[SelfType, ManyParams], Awaitable[ReturnType]],
    *,
    args: Sequence[Any],
    **config: Unpack[ActivityConfig],
) -> ReturnType: ...


@overload
async def execute_activity_method(
    activity: Callable[Concatenate[SelfType, ManyParams], ReturnType],
    *,
    args: Sequence[Any],
    **config: Unpack[ActivityConfig],
) -> ReturnType: ...


async def execute_activity_method(
    activity: Any,
    arg: Any = UNSET,
    *,
    args: Sequence[Any] = (),
    **config: Unpack[ActivityConfig],
) -> Any:
    """As `execute_activity`, for a method named through its class."""
    return await start(activity, arg, args, None, config)


@overload
def start_activity_class(
    activity: type[CallableAsyncNoParam[ReturnType]],
    **config: Unpack[ActivityConfig],
) -> ActivityHandle[ReturnType]: ...


@overload
def start_activity_class(
    activity: type[CallableSyncNoParam[ReturnType]],
    **config: Unpack[ActivityConfig],
) -> ActivityHandle[ReturnType]: ...


@overload
def start_activity_class(
    activity: type[CallableAsyncSingleParam[ParamType, ReturnType]],
    arg: ParamType,
    **config: Unpack[ActivityConfig],
) -> ActivityHandle[ReturnType]: ...


@overload
def start_activity_class(
    activity: type[CallableSyncSingleParam[ParamType, ReturnType]],
    arg: ParamType,
    **config: Unpack[ActivityConfig],
) -> ActivityHandle[ReturnType]: ...


@overload
def start_activity_class(
    activity: type[Any],
    *,
    args: Sequence[Any],
    **config: Unpack[ActivityConfig],
) -> ActivityHandle[Any]: ...


def start_activity_class(
    activity: Any,
    arg: Any = UNSET,
    *,
    args: Sequence[Any] = (),
    **config: Unpack[ActivityConfig],
) -> ActivityHandle[Any]:
    """As `start_activity`, for a class whose `__call__` is the Activity."""
    return start(activity.__call__, arg, args, None, config)


@overload
async def execute_activity_class(
    activity: type[CallableAsyncNoParam[ReturnType]],
    **config: Unpack[ActivityConfig],
) -> ReturnType: ...


@overload
async def execute_activity_class(
    activity: type[CallableSyncNoParam[ReturnType]],
    **config: Unpack[ActivityConfig],
) -> ReturnType: ...


@overload
async def execute_activity_class(
    activity: type[CallableAsyncSingleParam[ParamType, ReturnType]],
    arg: ParamType,
    **config: Unpack[ActivityConfig],
) -> ReturnType: ...


@overload
async def execute_activity_class(
    activity: type[CallableSyncSingleParam[ParamType, ReturnType]],
    arg: ParamType,
    **config: Unpack[ActivityConfig],
) -> ReturnType: ...


@overload
async def execute_activity_class(
    activity: type[Any],
    *,
    args: Sequence[Any],
    **config: Unpack[ActivityConfig],
) -> Any: ...


async def execute_activity_class(
    activity: Any,
    arg: Any = UNSET,
    *,
    args: Sequence[Any] = (),
    **config: Unpack[ActivityConfig],
) -> Any:
    """As `execute_activity`, for a class whose `__call__` is the Activity."""
    return await start(activity.__call__, arg, args, None, config)
