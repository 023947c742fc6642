"""Words that Workflows, Activities and Clients share: RetryPolicy, priorities, reuse policies."""

from duralog.common.policies import (
    Priority,
    RawValue,
    RetryPolicy,
    WorkflowIDConflictPolicy,
    WorkflowIDReusePolicy,
)

__all__ = [
    "Priority",
    "RawValue",
    "RetryPolicy",
    "WorkflowIDConflictPolicy",
    "WorkflowIDReusePolicy",
]
