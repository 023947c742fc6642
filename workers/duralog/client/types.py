"""Shapes of workflow methods and handlers, so that type checkers know arguments and results."""

from collections.abc import Awaitable, Callable
from typing import Any, Protocol, TypeVar

SelfType = TypeVar("SelfType")
ReturnType_co = TypeVar("ReturnType_co", covariant=True)
ParamType_contra = TypeVar("ParamType_contra", contravariant=True)
SelfType_contra = TypeVar("SelfType_contra", contravariant=True)

AnyMethod = Callable[..., Any]


class MethodAsyncNoParam(Protocol[SelfType_contra, ReturnType_co]):
    """An async method without arguments."""

    def __call__(self, __self: SelfType_contra, /) -> Awaitable[ReturnType_co]:
        """Call it."""
        ...


class MethodAsyncSingleParam(Protocol[SelfType_contra, ParamType_contra, ReturnType_co]):
    """An async method with one argument."""

    def __call__(
        self, __self: SelfType_contra, __arg: ParamType_contra, /
    ) -> Awaitable[ReturnType_co]:
        """Call it."""
        ...


class MethodSyncOrAsyncNoParam(Protocol[SelfType_contra, ReturnType_co]):
    """A handler without arguments."""

    def __call__(self, __self: SelfType_contra, /) -> Awaitable[ReturnType_co] | ReturnType_co:
        """Call it."""
        ...


class MethodSyncOrAsyncSingleParam(Protocol[SelfType_contra, ParamType_contra, ReturnType_co]):
    """A handler with one argument."""

    def __call__(
        self, __self: SelfType_contra, __arg: ParamType_contra, /
    ) -> Awaitable[ReturnType_co] | ReturnType_co:
        """Call it."""
        ...
