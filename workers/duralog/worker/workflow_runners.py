"""What a worker is told about the guard: with it, with changes, or without."""

from collections.abc import Iterable
from typing import Any

from duralog.workers.guard import guard_module
from duralog.workflow.sandbox import SandboxRestrictions


class WorkflowRunner:
    """How Workflow code is run. restrictions: What it may not call; None: it may call all."""

    restrictions: SandboxRestrictions | None = None


class UnsandboxedWorkflowRunner(WorkflowRunner):
    """Workflow code may call everything."""


class SandboxedWorkflowRunner(WorkflowRunner):
    """What Workflow code may not call raises RestrictedWorkflowAccessError."""

    def __init__(self, *, restrictions: SandboxRestrictions = SandboxRestrictions.default) -> None:
        self.restrictions = restrictions


def prepare(runner: WorkflowRunner, workflows: Iterable[type[Any]]) -> SandboxRestrictions | None:
    """The restrictions; guards also what the workflows' modules have imported by name."""
    restrictions = runner.restrictions
    if restrictions is not None:
        for workflow in workflows:
            if not restrictions.passes(workflow.__module__):
                guard_module(workflow.__module__)
    return restrictions
