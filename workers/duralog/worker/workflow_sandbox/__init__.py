"""How a worker guards its workflows against calls that are not deterministic.

Worker(client, task_queue="q", workflows=[Order], workflow_runner=SandboxedWorkflowRunner(
restrictions=SandboxRestrictions.default.with_passthrough_modules("my_money")))
"""

from duralog.worker.workflow_runners import SandboxedWorkflowRunner
from duralog.workflow.sandbox import RestrictedWorkflowAccessError, SandboxRestrictions

__all__ = ["RestrictedWorkflowAccessError", "SandboxRestrictions", "SandboxedWorkflowRunner"]
