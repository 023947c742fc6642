"""`@workflow.update`: which method takes which Update, and what checks it first."""

import inspect
from collections.abc import Awaitable, Callable, Sequence
from contextvars import ContextVar
from dataclasses import dataclass
from functools import partial
from typing import Any, Final, Generic, Literal, ParamSpec, Protocol, TypeVar, cast, overload

from duralog.common import RawValue
from duralog.common.hints import type_hints_of
from duralog.workflow.signals import HandlerUnfinishedPolicy

Params = ParamSpec("Params")
ReturnType = TypeVar("ReturnType")
ReturnType_co = TypeVar("ReturnType_co", covariant=True)

_UPDATE: Final = "__duralog_update_definition"
CURRENT: Final[ContextVar["UpdateInfo | None"]] = ContextVar("duralog_update", default=None)


class UnfinishedUpdateHandlersWarning(RuntimeWarning):
    """The Workflow ended while Update handlers still ran."""


@dataclass(slots=True, frozen=True)
class UpdateInfo:
    """The Update whose handler or validator runs."""

    id: str
    name: str


def current_update_info() -> UpdateInfo | None:
    """The Update that this code runs for; None outside of a handler and its validator."""
    return CURRENT.get()


@dataclass(slots=True, kw_only=True)
class UpdateDefinition:
    """An Update handler.

    name: None: the dynamic handler, which takes every Update that has no other.
    fn: Unbound for a method; for a handler set at run time, called as it is.
    validator: Called first, with the same arguments; what it raises rejects the Update.
    description: One line for people, in the answer to `__temporal_workflow_metadata`.
    """

    name: str | None
    fn: Callable[..., Any]
    is_method: bool = True
    unfinished_policy: HandlerUnfinishedPolicy = HandlerUnfinishedPolicy.WARN_AND_ABANDON
    description: str = ""
    argument_types: Sequence[Any] | None = None
    result_type: Any = None
    validator: Callable[..., None] | None = None

    @staticmethod
    def find(fn: object) -> "UpdateDefinition | None":
        """The definition of a method; None when it takes no Update."""
        return cast(UpdateDefinition | None, getattr(fn, _UPDATE, None))

    @staticmethod
    def must_find(fn: Callable[..., Any]) -> "UpdateDefinition":
        """As `find`. Raises RuntimeError for another method, or the dynamic handler."""
        found = UpdateDefinition.find(fn)
        if found is None:
            name = getattr(fn, "__qualname__", "<unknown>")
            raise RuntimeError(
                f"Update definition not found on {name}, is it decorated with @workflow.update?"
            )
        if found.name is None:
            raise RuntimeError("Cannot invoke dynamic update definition")
        return found

    @staticmethod
    def make(
        name: str | None,
        fn: Callable[..., Any],
        *,
        is_method: bool,
        unfinished_policy: HandlerUnfinishedPolicy = HandlerUnfinishedPolicy.WARN_AND_ABANDON,
        description: str = "",
    ) -> "UpdateDefinition":
        """A handler with its type hints. Raises RuntimeError for a dynamic one that is none."""
        argument_types, result_type = type_hints_of(fn)
        if name is None and argument_types != [str, Sequence[RawValue]]:
            raise RuntimeError(
                "Dynamic handler must have 3 arguments: self, str, and Sequence[RawValue]"
            )
        return UpdateDefinition(
            name=name,
            fn=fn,
            is_method=is_method,
            unfinished_policy=unfinished_policy,
            description=description,
            argument_types=argument_types,
            result_type=result_type,
        )

    def set_validator(self, validator: Callable[..., None]) -> None:
        """Check Updates with it. Raises RuntimeError for a second one, ValueError when async."""
        if self.validator is not None:
            raise RuntimeError(f"Validator already set for update {self.name}")
        if inspect.iscoroutinefunction(validator):
            raise ValueError("Update validator must be a regular function, not async")
        self.validator = validator


class UpdateMethodMultiParam(Protocol, Generic[Params, ReturnType_co]):
    """A method that is decorated with `@workflow.update`."""

    def __call__(
        self, *args: Params.args, **kwargs: Params.kwargs
    ) -> ReturnType_co | Awaitable[ReturnType_co]:
        """Call it."""
        ...

    def validator(self, vfunc: Callable[Params, None]) -> Callable[Params, None]:
        """Decorator of the method, not async, that checks what the handler is to get."""
        ...


@overload
def update(
    fn: Callable[Params, Awaitable[ReturnType]],
) -> UpdateMethodMultiParam[Params, ReturnType]: ...


@overload
def update(fn: Callable[Params, ReturnType]) -> UpdateMethodMultiParam[Params, ReturnType]: ...


@overload
def update(
    *,
    name: str | None = None,
    unfinished_policy: HandlerUnfinishedPolicy = HandlerUnfinishedPolicy.WARN_AND_ABANDON,
    description: str | None = None,
) -> Callable[[Callable[Params, ReturnType]], UpdateMethodMultiParam[Params, ReturnType]]: ...


@overload
def update(
    *,
    dynamic: Literal[True],
    unfinished_policy: HandlerUnfinishedPolicy = HandlerUnfinishedPolicy.WARN_AND_ABANDON,
    description: str | None = None,
) -> Callable[[Callable[Params, ReturnType]], UpdateMethodMultiParam[Params, ReturnType]]: ...


def update(
    fn: Callable[..., Any] | None = None,
    *,
    name: str | None = None,
    dynamic: bool = False,
    unfinished_policy: HandlerUnfinishedPolicy = HandlerUnfinishedPolicy.WARN_AND_ABANDON,
    description: str | None = None,
) -> Any:
    """Decorator of a method, async or not, that takes an Update and returns its result.

    name: The Update's name; the method's when left out.
    dynamic: Take every Update that has no other handler; the method's parameters are the name and a
        Sequence[RawValue]. Not with `name`.
    description: One line for people.
    """
    if name is not None and dynamic:
        raise RuntimeError("Cannot provide name and dynamic boolean")

    def decorate(fn: Callable[..., Any]) -> Callable[..., Any]:
        definition = UpdateDefinition.make(
            None if dynamic else (name or fn.__name__),
            fn,
            is_method=True,
            unfinished_policy=unfinished_policy,
            description=description or "",
        )
        setattr(fn, _UPDATE, definition)
        setattr(fn, "validator", partial(_validator, definition))  # noqa: B010 # a function has none
        return fn

    return decorate if fn is None else decorate(fn)


def _validator(definition: UpdateDefinition, fn: Callable[..., None]) -> Callable[..., None]:
    definition.set_validator(fn)
    return fn
