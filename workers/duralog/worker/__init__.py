"""Runs users' Workflows and Activities for one Task Queue."""

from duralog.worker.replayer import Replayer, WorkflowReplayResult, WorkflowReplayResults
from duralog.worker.worker import Worker

__all__ = ["Replayer", "Worker", "WorkflowReplayResult", "WorkflowReplayResults"]
