"""The part of `Client` that starts a Workflow with an Update; a base, for its size alone."""

from collections.abc import Sequence
from typing import Any, ParamSpec, TypeVar, Unpack

from duralog.client.connection import HandleClient
from duralog.client.update import UpdateOptions, WorkflowUpdateHandle, WorkflowUpdateStage
from duralog.client.with_start import WithStartWorkflowOperation, update_with_start
from duralog.common.hints import UNSET, argument_list
from duralog.workflow.updates import UpdateMethodMultiParam

ReturnType = TypeVar("ReturnType")
Params = ParamSpec("Params")


class UpdateCalls(HandleClient):
    """What a client can do with a start and an Update in one."""

    async def execute_update_with_start_workflow(
        self,
        update: UpdateMethodMultiParam[Params, ReturnType] | str,
        arg: Any = UNSET,
        *,
        start_workflow_operation: WithStartWorkflowOperation[Any, Any],
        args: Sequence[Any] = (),
        result_type: type | None = None,
        **options: Unpack[UpdateOptions],
    ) -> ReturnType:
        """`start_update_with_start_workflow`, then `WorkflowUpdateHandle.result`."""
        handle: WorkflowUpdateHandle[ReturnType] = await self.start_update_with_start_workflow(
            update,
            arg,
            start_workflow_operation=start_workflow_operation,
            wait_for_stage=WorkflowUpdateStage.COMPLETED,
            args=args,
            result_type=result_type,
            **options,
        )
        return await handle.result(rpc_timeout=options.get("rpc_timeout"))

    async def start_update_with_start_workflow(
        self,
        update: UpdateMethodMultiParam[Params, ReturnType] | str,
        arg: Any = UNSET,
        *,
        start_workflow_operation: WithStartWorkflowOperation[Any, Any],
        wait_for_stage: WorkflowUpdateStage,
        args: Sequence[Any] = (),
        result_type: type | None = None,
        **options: Unpack[UpdateOptions],
    ) -> WorkflowUpdateHandle[ReturnType]:
        """Send an update to the open workflow; without one, to a new one, from its beginning.

        Raises WorkflowAlreadyStartedError, as `start_workflow_operation.workflow_handle()` does
        then; further as `WorkflowHandle.start_update`.
        """
        return await update_with_start(
            self,
            update,
            argument_list(arg, args),
            start_workflow_operation,
            stage=wait_for_stage,
            result_type=result_type,
            options=options,
        )
