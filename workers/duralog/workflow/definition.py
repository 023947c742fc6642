"""`@workflow.defn` and the decorators of its methods: how a class becomes a Workflow Type."""

import inspect
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, TypeVar, cast, overload

from duralog.common import RawValue
from duralog.common.hints import type_hints_of
from duralog.workflow.queries import QueryDefinition
from duralog.workflow.signals import SignalDefinition
from duralog.workflow.updates import UpdateDefinition

ClassType = TypeVar("ClassType", bound=type[Any])
CallableType = TypeVar("CallableType", bound=Callable[..., Any])
CallableAsyncType = TypeVar("CallableAsyncType", bound=Callable[..., Awaitable[Any]])
Handler = TypeVar("Handler", SignalDefinition, QueryDefinition, UpdateDefinition)

_DEFINITION: Final = "__duralog_workflow_definition"
_RUN: Final = "__duralog_workflow_run"
_INIT: Final = "__duralog_workflow_init"
_DYNAMIC_CONFIG: Final = "__duralog_workflow_dynamic_config"


@dataclass(slots=True, frozen=True)
class DynamicWorkflowConfig:
    """What a `@workflow.dynamic_config` method returns.

    failure_exception_types: In place of those of `@workflow.defn`; None: those.
    """

    failure_exception_types: Sequence[type[BaseException]] | None = None


@dataclass(slots=True, frozen=True, kw_only=True)
class WorkflowDefinition:
    """A Workflow Type that a worker can run.

    name: None: of every type that has no other.
    run_fn: The `@workflow.run` method, unbound.
    signals, queries, updates: By name; None: the dynamic handler.
    sandboxed: Its code is guarded, if its worker guards any.
    takes_input_on_init: `__init__` is marked with `@workflow.init` and gets the input too.
    failure_exception_types: Exceptions that fail the Workflow Execution, not the Workflow Task.
    argument_types: Type hints of the input; None when one is missing.
    result_type: Type hint of the result; None when it is missing.
    """

    name: str | None
    cls: type[Any]
    run_fn: Callable[..., Awaitable[Any]]
    signals: Mapping[str | None, SignalDefinition] = field(
        default_factory=dict[str | None, SignalDefinition]
    )
    sandboxed: bool = True
    queries: Mapping[str | None, QueryDefinition] = field(
        default_factory=dict[str | None, QueryDefinition]
    )
    updates: Mapping[str | None, UpdateDefinition] = field(
        default_factory=dict[str | None, UpdateDefinition]
    )
    takes_input_on_init: bool = False
    failure_exception_types: Sequence[type[BaseException]] = ()
    argument_types: Sequence[Any] | None = None
    result_type: Any = None
    dynamic_config_fn: Callable[[Any], DynamicWorkflowConfig] | None = None

    @staticmethod
    def find(workflow: type[Any]) -> "WorkflowDefinition | None":
        """The definition of this class itself; a base class's does not count."""
        return cast(WorkflowDefinition | None, vars(workflow).get(_DEFINITION))

    @staticmethod
    def must_find(workflow: type[Any]) -> "WorkflowDefinition":
        """As `find`. Raises ValueError when the class is no Workflow."""
        found = WorkflowDefinition.find(workflow)
        if found is None:
            name = getattr(workflow, "__name__", "<unknown>")
            raise ValueError(
                f"Workflow {name} missing attributes, was it decorated with @workflow.defn?"
            )
        return found

    @staticmethod
    def name_and_result_type(workflow: str | Callable[..., Awaitable[Any]]) -> tuple[str, Any]:
        """Workflow Type and result type hint of a run method or a name.

        Raises ValueError for a method that is no `@workflow.run`, TypeError for anything else.
        """
        if isinstance(workflow, str):
            return workflow, None
        if not callable(workflow):
            raise TypeError("Workflow must be a string or callable")
        found = cast(WorkflowDefinition | None, getattr(workflow, _DEFINITION, None))
        if found is None:
            name = getattr(workflow, "__qualname__", "<unknown>")
            raise ValueError(
                f"Function {name} missing attributes, was it decorated with @workflow.run "
                "and was its class decorated with @workflow.defn?"
            )
        if found.name is None:
            raise ValueError("Cannot invoke dynamic workflow explicitly")
        return found.name, found.result_type


@overload
def defn(cls: ClassType) -> ClassType: ...


@overload
def defn(
    *,
    name: str | None = None,
    sandboxed: bool = True,
    dynamic: bool = False,
    failure_exception_types: Sequence[type[BaseException]] = (),
) -> Callable[[ClassType], ClassType]: ...


def defn(
    cls: ClassType | None = None,
    *,
    name: str | None = None,
    sandboxed: bool = True,
    dynamic: bool = False,
    failure_exception_types: Sequence[type[BaseException]] = (),
) -> ClassType | Callable[[ClassType], ClassType]:
    """Decorator of a Workflow class.

    name: The Workflow Type; the class's name when left out.
    sandboxed: False: its code may call what is not deterministic.
    dynamic: Runs every Workflow Type that the worker has no class for; takes one
        `Sequence[RawValue]`.
    failure_exception_types: Exceptions that fail the Workflow Execution, not the Workflow Task.

    Raises ValueError when the class cannot be a Workflow, with all reasons.
    """
    if name is not None and dynamic:
        raise RuntimeError("Cannot provide name and dynamic boolean")

    def decorate(cls: ClassType) -> ClassType:
        known_as = None if dynamic else name or cls.__name__
        _attach(cls, known_as, failure_exception_types, sandboxed=sandboxed)
        return cls

    return decorate if cls is None else decorate(cls)


def run(fn: CallableAsyncType) -> CallableAsyncType:
    """Decorator of the one async method that is the Workflow."""
    if not inspect.iscoroutinefunction(fn):
        raise ValueError("Workflow run method must be an async function")
    if "<locals>" in fn.__qualname__:
        raise ValueError("Local classes unsupported, @workflow.run cannot be on a local class")
    setattr(fn, _RUN, True)
    return cast(CallableAsyncType, fn)


def init(init_fn: CallableType) -> CallableType:
    """Decorator of an `__init__` that gets the same input as the `@workflow.run` method."""
    if init_fn.__name__ != "__init__":
        raise ValueError("@workflow.init may only be used on the __init__ method")
    setattr(init_fn, _INIT, True)
    return init_fn


def dynamic_config(
    fn: Callable[[Any], DynamicWorkflowConfig],
) -> Callable[[Any], DynamicWorkflowConfig]:
    """Decorator of the method that configures a dynamic Workflow, between `__init__` and run."""
    if inspect.iscoroutinefunction(fn):
        raise ValueError("Workflow dynamic_config method must be synchronous")
    if len(inspect.signature(fn).parameters) != 1:
        raise ValueError("Workflow dynamic_config method must only take self parameter")
    setattr(fn, _DYNAMIC_CONFIG, True)
    return fn


def _attach(
    cls: type[Any],
    name: str | None,
    failure_exception_types: Sequence[type[BaseException]],
    *,
    sandboxed: bool,
) -> None:
    if WorkflowDefinition.find(cls) is not None:
        raise ValueError("Class already contains workflow definition")
    issues: list[str] = []
    run_fn, dynamic_config_fn = _find_run(cls, issues), _find_dynamic_config(cls, name, issues)
    signals = _find_handlers(cls, "signal", SignalDefinition.find, issues)
    queries = _find_handlers(cls, "query", QueryDefinition.find, issues)
    updates = _find_handlers(cls, "update", UpdateDefinition.find, issues)
    takes_input = hasattr(cls.__init__, _INIT)
    if takes_input and run_fn is not None and _shape(cls.__init__) != _shape(run_fn):
        issues.append("@workflow.init and @workflow.run method parameters do not match")
    if issues or run_fn is None:
        reasons = ", ".join(issues)
        many = f" for {len(issues)} reasons" if len(issues) > 1 else ""
        raise ValueError(f"Invalid workflow class{many}: {reasons}")
    argument_types, result_type = type_hints_of(run_fn)
    if name is None and argument_types != [Sequence[RawValue]]:
        raise TypeError("Dynamic workflow must accept a single Sequence[duralog.common.RawValue]")
    definition = WorkflowDefinition(
        name=name,
        cls=cls,
        run_fn=run_fn,
        signals=signals,
        sandboxed=sandboxed,
        queries=queries,
        updates=updates,
        takes_input_on_init=takes_input,
        failure_exception_types=tuple(failure_exception_types),
        argument_types=argument_types,
        result_type=result_type,
        dynamic_config_fn=dynamic_config_fn,
    )
    setattr(cls, _DEFINITION, definition)
    setattr(run_fn, _DEFINITION, definition)


def _find_run(cls: type[Any], issues: list[str]) -> Callable[..., Awaitable[Any]] | None:
    """The run method, which must be defined on the class itself."""
    own = [member for member in vars(cls).values() if hasattr(member, _RUN)]
    if len(own) > 1:
        names = " and ".join(member.__name__ for member in own)
        issues.append(f"Multiple @workflow.run methods found (at least on {names})")
    inherited = [m for base in cls.__mro__[1:] for m in vars(base).values() if hasattr(m, _RUN)]
    issues.extend(
        f"@workflow.run defined on {member.__qualname__} but not on the override"
        for member in inherited
        if not own or own[0].__name__ != member.__name__
    )
    if not own and not inherited:
        issues.append("Missing @workflow.run method")
    return own[0] if own else None


def _find_dynamic_config(
    cls: type[Any], name: str | None, issues: list[str]
) -> Callable[[Any], DynamicWorkflowConfig] | None:
    found = [m for _, m in inspect.getmembers(cls) if hasattr(m, _DYNAMIC_CONFIG)]
    if found and name is not None:
        issues.append(
            "@workflow.dynamic_config can only be used in dynamic workflows, but "
            f"workflow class {name} ({cls.__name__}) is not dynamic"
        )
    if len(found) > 1:
        issues.append("@workflow.dynamic_config can only be defined once per workflow")
    return found[0] if found else None


def _find_handlers(
    cls: type[Any], kind: str, find: Callable[[object], Handler | None], issues: list[str]
) -> dict[str | None, Handler]:
    """The handlers of one kind, by name; whatever is wrong with them goes to `issues`."""
    handlers: dict[str | None, Handler] = {}
    for attribute, member in inspect.getmembers(cls):
        handler = find(member)
        if handler is None:
            continue
        if handler.name in handlers:
            other = handlers[handler.name].fn.__name__
            issues.append(
                f"Multiple {kind} methods found for {handler.name or '<dynamic>'} "
                f"(at least on {attribute} and {other})"
            )
        handlers[handler.name] = handler
    for base in cls.__mro__[1:]:
        for member in vars(base).values():
            handler = find(member)
            if handler is not None and handler.name not in handlers:
                issues.append(
                    f"@workflow.{kind} defined on {member.__qualname__} but not on the override"
                )
    return handlers


def _shape(fn: Callable[..., Any]) -> list[inspect.Parameter]:
    """The parameters, whatever their names."""
    return [p.replace(name="x") for p in inspect.signature(fn).parameters.values()]
