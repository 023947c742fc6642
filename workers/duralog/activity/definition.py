"""`@activity.defn`: how a callable becomes an Activity, and how its definition is found again."""

import inspect
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final, TypeVar, cast, overload

from duralog.common import RawValue
from duralog.common.hints import type_hints_of

CallableType = TypeVar("CallableType", bound=Callable[..., Any])

_ATTRIBUTE: Final = "__duralog_activity_definition"


@dataclass(slots=True, frozen=True, kw_only=True)
class ActivityDefinition:
    """An Activity that a worker can run.

    name: The Activity Type; None for the dynamic Activity, which takes what no other takes.
    fn: What is called; bound, when found through an instance.
    is_async: True runs on the worker's event loop, False on its `activity_executor`.
    no_thread_cancel_exception: True: a cancellation is not raised in the thread of a sync Activity.
    """

    name: str | None
    fn: Callable[..., Any]
    is_async: bool
    no_thread_cancel_exception: bool = False

    @staticmethod
    def find(fn: Callable[..., Any]) -> "ActivityDefinition | None":
        """The definition of a function, a method or an instance with `__call__`; None: none."""
        found = getattr(fn, _ATTRIBUTE, None)
        if found is None and not inspect.isroutine(fn) and not inspect.isclass(fn):
            found = getattr(fn.__call__, _ATTRIBUTE, None)  # type: ignore[operator] # an instance
        if found is None:
            return None
        return replace(cast(ActivityDefinition, found), fn=fn)

    @staticmethod
    def must_find(fn: Callable[..., Any]) -> "ActivityDefinition":
        """As `find`. Raises ValueError when `fn` is no Activity."""
        found = ActivityDefinition.find(fn)
        if found is None:
            name = getattr(fn, "__name__", "<unknown>")
            raise ValueError(
                f"Activity {name} missing attributes, was it decorated with @activity.defn?"
            )
        return found

    def types(self) -> tuple[list[Any] | None, Any]:
        """Type hints of the positional arguments and of the result.

        None for the arguments when one has no hint or the count is open; None for a missing result.
        """
        return _types(self.fn)


def _types(fn: Callable[..., Any]) -> tuple[list[Any] | None, Any]:
    target = fn if inspect.isroutine(fn) else fn.__call__  # type: ignore[operator] # an instance
    try:
        return type_hints_of(target)
    except (NameError, TypeError):
        return None, None  # A hint that only a type checker can resolve: values stay plain JSON.


@overload
def defn(fn: CallableType) -> CallableType: ...


@overload
def defn(
    *, name: str | None = None, no_thread_cancel_exception: bool = False, dynamic: bool = False
) -> Callable[[CallableType], CallableType]: ...


def defn(
    fn: CallableType | None = None,
    *,
    name: str | None = None,
    no_thread_cancel_exception: bool = False,
    dynamic: bool = False,
) -> CallableType | Callable[[CallableType], CallableType]:
    """Decorator of an Activity: a function, a method, or the `__call__` of a class; async or not.

    name: The Activity Type; the function's name when left out.
    no_thread_cancel_exception: True: a cancellation is not raised in the thread of a sync Activity.
    dynamic: Take every Activity Type that has no other definition; not with `name`. Its one
    argument is a Sequence[RawValue]; `info().activity_type` says what was asked for.
    """

    def decorate(fn: CallableType) -> CallableType:
        if name is not None and dynamic:
            raise RuntimeError("Cannot provide name and dynamic boolean")
        type_name = None if dynamic else (name or fn.__name__)
        _attach(fn, type_name, no_thread_cancel_exception)
        return fn

    return decorate if fn is None else decorate(fn)


def _attach(fn: Callable[..., Any], name: str | None, no_thread_cancel_exception: bool) -> None:
    if not callable(fn):
        raise TypeError("Activity is not callable")
    if hasattr(fn, _ATTRIBUTE):
        raise ValueError("Function already contains activity definition")
    for parameter in inspect.signature(fn).parameters.values():
        if parameter.kind is parameter.KEYWORD_ONLY:
            raise TypeError("Activity cannot have keyword-only arguments")
    if name is None and _types(fn)[0] != [Sequence[RawValue]]:
        raise TypeError("Dynamic activity must accept a single Sequence[duralog.common.RawValue]")
    definition = ActivityDefinition(
        name=name,
        fn=fn,
        is_async=inspect.iscoroutinefunction(fn),
        no_thread_cancel_exception=no_thread_cancel_exception,
    )
    setattr(fn, _ATTRIBUTE, definition)
