"""Shapes of workflow and signal methods, so that type checkers know arguments and results."""

from collections.abc import Awaitable, Callable
from typing import Any, Protocol, TypeVar

SelfType = TypeVar("SelfType")
ReturnType = TypeVar("ReturnType", covariant=True)
ParamType = TypeVar("ParamType", contravariant=True)
ProtocolSelfType = TypeVar("ProtocolSelfType", contravariant=True)

AnyMethod = Callable[..., Any]


class MethodAsyncNoParam(Protocol[ProtocolSelfType, ReturnType]):
    """An async method without arguments."""

    def __call__(self, __self: ProtocolSelfType, /) -> Awaitable[ReturnType]:
        """Call it."""
        ...


class MethodAsyncSingleParam(Protocol[ProtocolSelfType, ParamType, ReturnType]):
    """An async method with one argument."""

    def __call__(self, __self: ProtocolSelfType, __arg: ParamType, /) -> Awaitable[ReturnType]:
        """Call it."""
        ...


class MethodSyncOrAsyncNoParam(Protocol[ProtocolSelfType]):
    """A signal handler without arguments."""

    def __call__(self, __self: ProtocolSelfType, /) -> None | Awaitable[None]:
        """Call it."""
        ...


class MethodSyncOrAsyncSingleParam(Protocol[ProtocolSelfType, ParamType]):
    """A signal handler with one argument."""

    def __call__(self, __self: ProtocolSelfType, __arg: ParamType, /) -> None | Awaitable[None]:
        """Call it."""
        ...
