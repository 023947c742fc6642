"""Runs users' Workflows and Activities for one Task Queue."""

from duralog.worker.worker import Worker

__all__ = ["Worker"]
