"""`@workflow.signal`: which method takes which Signal."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Any, Final, Literal, TypeVar, cast, overload

from duralog.common import RawValue
from duralog.common.hints import type_hints_of

SignalType = TypeVar("SignalType", bound=Callable[..., Awaitable[None] | None])

_SIGNAL: Final = "__duralog_signal_definition"


class HandlerUnfinishedPolicy(Enum):
    """What happens when the Workflow ends while one of its handlers still runs."""

    WARN_AND_ABANDON = 1
    ABANDON = 2


class UnfinishedSignalHandlersWarning(RuntimeWarning):
    """The Workflow ended while Signal handlers still ran."""


@dataclass(slots=True, frozen=True, kw_only=True)
class SignalDefinition:
    """A Signal handler.

    name: None: the dynamic handler, which takes every Signal that has no other.
    fn: Unbound for a method; for a handler set at run time, called as it is.
    description: One line for people, in the answer to `__temporal_workflow_metadata`.
    """

    name: str | None
    fn: Callable[..., Any]
    is_method: bool = True
    unfinished_policy: HandlerUnfinishedPolicy = HandlerUnfinishedPolicy.WARN_AND_ABANDON
    argument_types: Sequence[Any] | None = None
    description: str = ""

    @staticmethod
    def find(fn: object) -> "SignalDefinition | None":
        """The definition of a method; None when it takes no Signal."""
        return cast(SignalDefinition | None, getattr(fn, _SIGNAL, None))

    @staticmethod
    def must_name(signal: str | Callable[..., Any]) -> str:
        """The Signal's name, of a method or a name. Raises RuntimeError for another method."""
        if isinstance(signal, str):
            return signal
        found = SignalDefinition.find(signal)
        if found is None:
            name = getattr(signal, "__qualname__", "<unknown>")
            raise RuntimeError(
                f"Signal definition not found on {name}, is it decorated with @workflow.signal?"
            )
        if found.name is None:
            raise RuntimeError("Cannot invoke dynamic signal definition")
        return found.name

    @staticmethod
    def make(
        name: str | None,
        fn: Callable[..., Any],
        *,
        is_method: bool,
        unfinished_policy: HandlerUnfinishedPolicy = HandlerUnfinishedPolicy.WARN_AND_ABANDON,
        description: str = "",
    ) -> "SignalDefinition":
        """A handler with its type hints. Raises RuntimeError for a dynamic one that is none."""
        argument_types, _ = type_hints_of(fn)
        if name is None and argument_types != [str, Sequence[RawValue]]:
            raise RuntimeError(
                "Dynamic handler must have 3 arguments: self, str, and Sequence[RawValue]"
            )
        return SignalDefinition(
            name=name,
            fn=fn,
            is_method=is_method,
            unfinished_policy=unfinished_policy,
            argument_types=argument_types,
            description=description,
        )


@overload
def signal(fn: SignalType) -> SignalType: ...


@overload
def signal(
    *,
    name: str | None = None,
    unfinished_policy: HandlerUnfinishedPolicy = HandlerUnfinishedPolicy.WARN_AND_ABANDON,
    description: str | None = None,
) -> Callable[[SignalType], SignalType]: ...


@overload
def signal(
    *,
    dynamic: Literal[True],
    unfinished_policy: HandlerUnfinishedPolicy = HandlerUnfinishedPolicy.WARN_AND_ABANDON,
    description: str | None = None,
) -> Callable[[SignalType], SignalType]: ...


def signal(
    fn: SignalType | None = None,
    *,
    name: str | None = None,
    dynamic: bool = False,
    unfinished_policy: HandlerUnfinishedPolicy = HandlerUnfinishedPolicy.WARN_AND_ABANDON,
    description: str | None = None,
) -> SignalType | Callable[[SignalType], SignalType]:
    """Decorator of a method, async or not, that takes a Signal.

    name: The Signal's name; the method's when left out.
    dynamic: Take every Signal that has no other handler; the method's parameters are the name and a
        Sequence[RawValue]. Not with `name`.
    description: One line for people.
    """
    if name is not None and dynamic:
        raise RuntimeError("Cannot provide name and dynamic boolean")

    def decorate(fn: SignalType) -> SignalType:
        definition = SignalDefinition.make(
            None if dynamic else (name or fn.__name__),
            fn,
            is_method=True,
            unfinished_policy=unfinished_policy,
            description=description or "",
        )
        setattr(fn, _SIGNAL, definition)
        return fn

    return decorate if fn is None else decorate(fn)
