"""Shapes of the functions that Workflows name: a type checker then knows arguments and results."""

from collections.abc import Awaitable
from typing import Protocol, TypeVar

ParamType = TypeVar("ParamType")
ReturnType = TypeVar("ReturnType")
SelfType = TypeVar("SelfType")
Param_contra = TypeVar("Param_contra", contravariant=True)
Return_co = TypeVar("Return_co", covariant=True)
Self_contra = TypeVar("Self_contra", contravariant=True)


class CallableAsyncNoParam(Protocol[Return_co]):
    """An async function without parameters."""

    def __call__(self) -> Awaitable[Return_co]:
        """The call."""
        ...


class CallableSyncNoParam(Protocol[Return_co]):
    """A function without parameters."""

    def __call__(self) -> Return_co:
        """The call."""
        ...


class CallableAsyncSingleParam(Protocol[Param_contra, Return_co]):
    """An async function with one parameter."""

    def __call__(self, arg: Param_contra, /) -> Awaitable[Return_co]:
        """The call."""
        ...


class CallableSyncSingleParam(Protocol[Param_contra, Return_co]):
    """A function with one parameter."""

    def __call__(self, arg: Param_contra, /) -> Return_co:
        """The call."""
        ...


class MethodAsyncNoParam(Protocol[Self_contra, Return_co]):
    """An async method without parameters, through its class."""

    def __call__(self, myself: Self_contra, /) -> Awaitable[Return_co]:
        """The call."""
        ...


class MethodSyncNoParam(Protocol[Self_contra, Return_co]):
    """A method without parameters, through its class."""

    def __call__(self, myself: Self_contra, /) -> Return_co:
        """The call."""
        ...


class MethodAsyncSingleParam(Protocol[Self_contra, Param_contra, Return_co]):
    """An async method with one parameter, through its class."""

    def __call__(self, myself: Self_contra, arg: Param_contra, /) -> Awaitable[Return_co]:
        """The call."""
        ...


class MethodSyncSingleParam(Protocol[Self_contra, Param_contra, Return_co]):
    """A method with one parameter, through its class."""

    def __call__(self, myself: Self_contra, arg: Param_contra, /) -> Return_co:
        """The call."""
        ...


class MethodSyncOrAsyncNoParam(Protocol[Self_contra]):
    """A Signal handler without parameters, through its class."""

    def __call__(self, myself: Self_contra, /) -> Awaitable[None] | None:
        """The call."""
        ...


class MethodSyncOrAsyncSingleParam(Protocol[Self_contra, Param_contra]):
    """A Signal handler with one parameter, through its class."""

    def __call__(self, myself: Self_contra, arg: Param_contra, /) -> Awaitable[None] | None:
        """The call."""
        ...
