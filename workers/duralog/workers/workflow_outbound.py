"""What the code of one run asks for: as interceptors see it, and the last link, which does it."""

from collections.abc import Mapping
from typing import Any, NoReturn, Protocol, TypeVar, cast

from duralog.common import Priority, WorkflowIDReusePolicy
from duralog.converter import PayloadConverter
from duralog.workers.activities import Activities
from duralog.workers.children import Children
from duralog.workers.continuing import RunContinueAsNewError, continue_command
from duralog.workers.externals import Externals
from duralog.workers.interceptors import (
    ContinueAsNewInput,
    SignalChildWorkflowInput,
    SignalExternalWorkflowInput,
    StartActivityInput,
    StartChildWorkflowInput,
    StartLocalActivityInput,
    WorkflowOutboundInterceptor,
)
from duralog.workers.local_activities import LocalActivities
from duralog.workflow.activities import ActivityCancellationType, ActivityConfig, ActivityHandle
from duralog.workflow.children import (
    ChildWorkflowCancellationType,
    ChildWorkflowConfig,
    ChildWorkflowHandle,
    ParentClosePolicy,
)
from duralog.workflow.continuing import ContinueAsNewConfig
from duralog.workflow.info import Info
from duralog.workflow.local_activities import LocalActivityConfig
from duralog.workflow.runtime import (
    ActivityStart,
    ChildStart,
    ContinueAsNew,
    LocalActivityStart,
)

Config = TypeVar("Config")


class Run(Protocol):
    """What a run does itself; see RunRuntime."""

    payload_converter: PayloadConverter
    activities: Activities
    children: Children
    externals: Externals
    local_activities: LocalActivities

    def plain_info(self) -> Info:
        """What the Workflow can know about itself."""
        ...


class LastOutbound(WorkflowOutboundInterceptor):
    """Does what the code asks for."""

    def __init__(self, run: Run) -> None:
        self._run = run

    def continue_as_new(self, input: ContinueAsNewInput) -> NoReturn:
        """Raise what ends the run."""
        call = ContinueAsNew(
            workflow_type=input.workflow or "",
            arguments=input.args,
            config=_config(input, ContinueAsNewConfig),
            headers=input.headers,
        )
        raise RunContinueAsNewError(continue_command(call, self._run.payload_converter))

    def info(self) -> Info:
        """What the Workflow can know about itself."""
        return self._run.plain_info()

    async def signal_child_workflow(self, input: SignalChildWorkflowInput) -> None:
        """Send it and wait."""
        await self._run.externals.send_to_child(input)

    async def signal_external_workflow(self, input: SignalExternalWorkflowInput) -> None:
        """Send it and wait."""
        await self._run.externals.send_to_external(input)

    def start_activity(self, input: StartActivityInput) -> ActivityHandle[Any]:
        """Schedule the Activity."""
        return self._run.activities.start(
            ActivityStart(
                activity_type=input.activity,
                arguments=input.args,
                result_type=input.ret_type,
                config=_config(input, ActivityConfig),
                headers=input.headers,
            )
        )

    async def start_child_workflow(
        self, input: StartChildWorkflowInput
    ) -> ChildWorkflowHandle[Any, Any]:
        """Start the child and wait until it is."""
        return await self._run.children.start(
            ChildStart(
                workflow_type=input.workflow,
                workflow_id=input.id,
                arguments=input.args,
                result_type=input.ret_type,
                config=_config(input, ChildWorkflowConfig),
                headers=input.headers,
            )
        )

    def start_local_activity(self, input: StartLocalActivityInput) -> ActivityHandle[Any]:
        """Run the Activity in this worker."""
        return self._run.local_activities.start(
            LocalActivityStart(
                activity_type=input.activity,
                arguments=input.args,
                result_type=input.ret_type,
                config=_config(input, LocalActivityConfig),
                headers=input.headers,
            )
        )


def _config(input: object, kind: type[Config]) -> Config:
    """The options that a chain of interceptors has left; both have the same names."""
    return cast(Config, {name: getattr(input, name) for name in kind.__annotations__})


def _options(config: Mapping[str, Any], kind: type, **defaults: Any) -> dict[str, Any]:
    """All options of a call; those that were left out have their defaults."""
    options: dict[str, Any] = dict.fromkeys(kind.__annotations__)
    return {**options, **defaults, **config}


def activity_input(start: ActivityStart) -> StartActivityInput:
    """What interceptors are given for a call of `start_activity`."""
    options = _options(
        cast(Mapping[str, Any], start.config),
        ActivityConfig,
        cancellation_type=ActivityCancellationType.TRY_CANCEL,
        priority=Priority.default,
    )
    return StartActivityInput(
        activity=start.activity_type,
        args=start.arguments,
        headers=start.headers,
        disable_eager_execution=False,
        arg_types=None,
        ret_type=start.result_type,
        **options,
    )


def local_activity_input(start: LocalActivityStart) -> StartLocalActivityInput:
    """What interceptors are given for a call of `start_local_activity`."""
    options = _options(
        cast(Mapping[str, Any], start.config),
        LocalActivityConfig,
        cancellation_type=ActivityCancellationType.TRY_CANCEL,
    )
    return StartLocalActivityInput(
        activity=start.activity_type,
        args=start.arguments,
        headers=start.headers,
        arg_types=None,
        ret_type=start.result_type,
        **options,
    )


def child_input(start: ChildStart) -> StartChildWorkflowInput:
    """What interceptors are given for a call of `start_child_workflow`."""
    options = _options(
        cast(Mapping[str, Any], start.config),
        ChildWorkflowConfig,
        cancellation_type=ChildWorkflowCancellationType.WAIT_CANCELLATION_COMPLETED,
        parent_close_policy=ParentClosePolicy.TERMINATE,
        id_reuse_policy=WorkflowIDReusePolicy.ALLOW_DUPLICATE,
        priority=Priority.default,
    )
    options["id"] = start.workflow_id
    return StartChildWorkflowInput(
        workflow=start.workflow_type,
        args=start.arguments,
        headers=start.headers,
        arg_types=None,
        ret_type=start.result_type,
        **options,
    )


def continue_input(call: ContinueAsNew) -> ContinueAsNewInput:
    """What interceptors are given for a call of `continue_as_new`."""
    return ContinueAsNewInput(
        workflow=call.workflow_type or None,
        args=call.arguments,
        headers=call.headers,
        arg_types=None,
        **_options(cast(Mapping[str, Any], call.config), ContinueAsNewConfig),
    )
