"""What users call inside Workflow code."""

from duralog.workflow.definition import WorkflowDefinition, defn, init, run
from duralog.workflow.signals import (
    HandlerUnfinishedPolicy,
    SignalDefinition,
    UnfinishedSignalHandlersWarning,
    signal,
)

__all__ = [
    "HandlerUnfinishedPolicy",
    "SignalDefinition",
    "UnfinishedSignalHandlersWarning",
    "WorkflowDefinition",
    "defn",
    "init",
    "run",
    "signal",
]
