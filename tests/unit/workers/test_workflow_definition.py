"""`@workflow.defn`: what is a Workflow, and what is refused with which reason."""

from collections.abc import Callable, Sequence
from typing import Any

import pytest

from duralog import workflow
from duralog.common import RawValue
from duralog.workflow import SignalDefinition, WorkflowDefinition
from unit.workers import programs


@workflow.run
async def run(self: Any, name: str) -> int:
    """A run method for classes that are made in tests."""
    return len(name)


@workflow.run
async def other_run(self: Any) -> None:
    """Another."""


@workflow.signal
def signal(self: Any) -> None:
    """A Signal handler."""


@workflow.signal(name="signal")
def same_signal(self: Any) -> None:
    """A handler of the same Signal."""


@workflow.init
def __init__(self: Any, name: str) -> None:  # noqa: N807 # the name is checked
    """An `__init__` with the run method's parameters."""


@workflow.signal(dynamic=True)
def dynamic(self: Any, name: str, args: Sequence[RawValue]) -> None:
    """Takes every Signal."""


@workflow.run
async def raw_run(self: Any, args: Sequence[RawValue]) -> None:
    """The run method of a dynamic Workflow."""


@workflow.dynamic_config
def configure(self: Any) -> workflow.DynamicWorkflowConfig:
    """Configures one."""
    return workflow.DynamicWorkflowConfig()


def made(*bases: type[Any], **members: Any) -> type[Any]:
    return type("Made", bases, members)


def test_a_class_is_a_workflow_by_its_name_or_a_given_one() -> None:
    definition = WorkflowDefinition.must_find(workflow.defn(made(run=run)))
    assert definition.name == "Made"
    assert definition.argument_types == [str]
    assert definition.result_type is int
    assert WorkflowDefinition.must_find(programs.Many).name == "many"
    assert WorkflowDefinition.must_find(programs.Greet).argument_types == [str]


def test_a_run_method_names_its_workflow() -> None:
    assert WorkflowDefinition.name_and_result_type(programs.Greet.run) == ("Greet", str)
    assert WorkflowDefinition.name_and_result_type("any") == ("any", None)
    with pytest.raises(ValueError, match=r"missing attributes.*@workflow.run"):
        WorkflowDefinition.name_and_result_type(other_run)
    with pytest.raises(TypeError, match="must be a string or callable"):
        WorkflowDefinition.name_and_result_type(5)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("members", "reason"),
    [
        ({}, "Missing @workflow.run method"),
        ({"a": run, "b": other_run}, "Multiple @workflow.run methods found"),
        ({"run": run, "a": signal, "b": same_signal}, "Multiple signal methods found for signal"),
        ({"run": other_run, "__init__": __init__}, "parameters do not match"),
    ],
)
def test_what_cannot_be_a_workflow_is_refused(members: dict[str, Any], reason: str) -> None:
    with pytest.raises(ValueError, match=rf"Invalid workflow class.*{reason}"):
        workflow.defn(made(**members))


def test_a_dynamic_workflow_takes_raw_values_and_has_no_name() -> None:
    with pytest.raises(RuntimeError, match="Cannot provide name and dynamic boolean"):
        workflow.defn(name="any", dynamic=True)
    with pytest.raises(TypeError, match="must accept a single Sequence"):
        workflow.defn(dynamic=True)(made(run=run))
    raw = workflow.defn(dynamic=True)(made(run=raw_run))
    assert WorkflowDefinition.must_find(raw).name is None
    with pytest.raises(ValueError, match="Cannot invoke dynamic workflow explicitly"):
        WorkflowDefinition.name_and_result_type(raw_run)


def test_only_a_dynamic_workflow_is_configured() -> None:
    with pytest.raises(ValueError, match="can only be used in dynamic workflows"):
        workflow.defn(made(run=run, configure=configure))
    with pytest.raises(ValueError, match="can only be defined once per workflow"):
        workflow.defn(dynamic=True)(made(run=raw_run, a=configure, b=configure))
    with pytest.raises(ValueError, match="must only take self parameter"):
        workflow.dynamic_config(lambda self, more: workflow.DynamicWorkflowConfig())  # type: ignore[arg-type,misc]


def test_a_base_class_does_not_lend_its_run_method() -> None:
    base = made(run=run, signal=signal)
    with pytest.raises(ValueError, match="but not on the override"):
        workflow.defn(made(base))
    with pytest.raises(ValueError, match=r"@workflow.signal defined on signal but not"):
        workflow.defn(made(base, run=run, signal=lambda self: None))


def test_a_class_is_decorated_once() -> None:
    with pytest.raises(ValueError, match="already contains workflow definition"):
        workflow.defn(programs.Greet)


def test_a_subclass_is_no_workflow_by_itself() -> None:
    assert WorkflowDefinition.find(made(programs.Greet)) is None
    with pytest.raises(ValueError, match="Workflow Made missing attributes"):
        WorkflowDefinition.must_find(made(programs.Greet))


def test_a_run_method_is_async_and_can_be_named() -> None:
    with pytest.raises(ValueError, match="must be an async function"):
        workflow.run(lambda self: None)  # type: ignore[type-var]

    async def local(self: Any) -> None:
        """Has no name from outside."""

    with pytest.raises(ValueError, match="Local classes unsupported"):
        workflow.run(local)


def test_init_is_for_init() -> None:
    with pytest.raises(ValueError, match=r"may only be used on the __init__ method"):
        workflow.init(signal)


def test_a_signal_is_named_by_its_method_or_by_name() -> None:
    assert SignalDefinition.must_name(programs.Counter.add_slowly) == "add-slowly"
    assert SignalDefinition.must_name("any") == "any"
    with pytest.raises(RuntimeError, match=r"is it decorated with @workflow\.signal"):
        SignalDefinition.must_name(programs.Counter.run)
    with pytest.raises(RuntimeError, match="Cannot invoke dynamic signal"):
        SignalDefinition.must_name(dynamic)


def bad_dynamic(self: Any, name: str) -> None:
    """Has not what a dynamic handler has."""


@pytest.mark.parametrize("handler", [bad_dynamic, signal])
def test_a_dynamic_handler_takes_a_name_and_raw_values(handler: Callable[..., None]) -> None:
    with pytest.raises(RuntimeError, match="Dynamic handler must have 3 arguments"):
        workflow.signal(dynamic=True)(handler)
