"""Policies of starts and retries, with Temporal's names, defaults and checks."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from enum import IntEnum
from typing import ClassVar, Protocol

from duralog.schemas import payloads


@dataclass
class RetryPolicy:
    """When a failed Workflow or Activity runs again.

    maximum_interval: None: 100 times the initial interval.
    maximum_attempts: 0: no limit; 1: no retry.
    non_retryable_error_types: Error types, as `ApplicationError.type`, that end the retries.
    """

    initial_interval: timedelta = timedelta(seconds=1)
    backoff_coefficient: float = 2.0
    maximum_interval: timedelta | None = None
    maximum_attempts: int = 0
    non_retryable_error_types: Sequence[str] | None = None

    @staticmethod
    def from_record(record: payloads.RetryPolicy) -> "RetryPolicy":
        """The policy of a record."""
        longest_ms = record.maximum_interval_ms
        return RetryPolicy(
            initial_interval=timedelta(milliseconds=record.initial_interval_ms),
            backoff_coefficient=record.backoff_coefficient,
            maximum_interval=timedelta(milliseconds=longest_ms) if longest_ms else None,
            maximum_attempts=record.maximum_attempts,
            non_retryable_error_types=record.non_retryable_error_types or None,
        )

    def to_record(self) -> payloads.RetryPolicy:
        """The record of this policy. Raises ValueError for a policy that cannot be."""
        self._validate()
        longest = self.maximum_interval or self.initial_interval * 100
        return payloads.RetryPolicy(
            initial_interval_ms=round(self.initial_interval.total_seconds() * 1000),
            backoff_coefficient=self.backoff_coefficient,
            maximum_interval_ms=round(longest.total_seconds() * 1000),
            maximum_attempts=self.maximum_attempts,
            non_retryable_error_types=list(self.non_retryable_error_types or ()),
        )

    def _validate(self) -> None:
        if self.maximum_attempts == 1:
            return  # Nothing is retried, so that nothing else counts. Source: Temporal's check.
        if self.initial_interval < timedelta():
            raise ValueError("Initial interval cannot be negative")
        if self.backoff_coefficient < 1:
            raise ValueError("Backoff coefficient cannot be less than 1")
        if self.maximum_interval:
            if self.maximum_interval < timedelta():
                raise ValueError("Maximum interval cannot be negative")
            if self.maximum_interval < self.initial_interval:
                raise ValueError("Maximum interval cannot be less than initial interval")
        if self.maximum_attempts < 0:
            raise ValueError("Maximum attempts cannot be negative")


class WorkflowIDReusePolicy(IntEnum):
    """Whether the Workflow ID of a closed Workflow Execution may be used again."""

    ALLOW_DUPLICATE = 1
    ALLOW_DUPLICATE_FAILED_ONLY = 2
    REJECT_DUPLICATE = 3
    TERMINATE_IF_RUNNING = 4
    """The same as ALLOW_DUPLICATE with WorkflowIDConflictPolicy.TERMINATE_EXISTING."""


class WorkflowIDConflictPolicy(IntEnum):
    """What a start does when the Workflow ID belongs to an open Workflow Execution."""

    UNSPECIFIED = 0
    FAIL = 1
    USE_EXISTING = 2
    TERMINATE_EXISTING = 3


class HeaderCodecBehavior(IntEnum):
    """Whether headers go through the Payload codec."""

    NO_CODEC = 1
    CODEC = 2
    WORKFLOW_ONLY_CODEC = 3
    """Only those that Workflow code reads and sets."""


class QueryRejectCondition(IntEnum):
    """Whether a query of a Workflow Execution in some states is rejected."""

    NONE = 1
    NOT_OPEN = 2
    NOT_COMPLETED_CLEANLY = 3


@dataclass(frozen=True)
class RawValue:
    """A Payload as it is: as argument or result type, it passes values through unconverted."""

    payload: payloads.Payload


@dataclass(frozen=True)
class Priority:
    """Order within a Task Queue, and fair shares of it. Recorded and carried, not acted on yet.

    priority_key: From 1 (first) on. Raises TypeError or ValueError for another.
    """

    priority_key: int | None = None
    fairness_key: str | None = None
    fairness_weight: float | None = None

    default: ClassVar["Priority"]

    def __post_init__(self) -> None:
        if self.priority_key is None:
            return
        if type(self.priority_key) is not int:
            raise TypeError("priority_key must be an integer")
        if self.priority_key < 1:
            raise ValueError("priority_key must be a positive integer")

    @staticmethod
    def from_record(record: "PrioritizedRecord") -> "Priority":
        """The priority that a record carries."""
        return Priority(
            priority_key=record.priority_key or None,
            fairness_key=record.fairness_key or None,
            fairness_weight=record.fairness_weight or None,
        )

    def write_to(self, record: "PrioritizedRecord") -> None:
        """Have a record carry it."""
        record.priority_key = self.priority_key or 0
        record.fairness_key = self.fairness_key or ""
        record.fairness_weight = self.fairness_weight or 0.0


class PrioritizedRecord(Protocol):
    """A record with a priority, in flat fields."""

    priority_key: int
    fairness_key: str
    fairness_weight: float


Priority.default = Priority()
