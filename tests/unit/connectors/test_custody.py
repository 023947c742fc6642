"""Offsets are committed in order, and only a task that nobody else can have run is run unasked."""

from dataclasses import replace
from typing import Any

import pytest

from duralog.connectors.broker import TopicPartition
from duralog.connectors.custody import Custody, Entry, may_run_unasked
from duralog.schemas.payloads import RetryPolicy
from duralog.schemas.tasks import ActivityTask, WorkflowTask

A, B = TopicPartition("t", 0), TopicPartition("t", 1)
ACTIVITY = ActivityTask(
    workflow_id="w",
    run_id="r",
    workflow_type="t",
    task_queue="q",
    partition=0,
    activity_id="1",
    activity_type="a",
    scheduled_event_id=5,
    attempt=1,
    dispatch_time_ms=10_000,
)
WORKFLOW = WorkflowTask(
    workflow_id="w",
    run_id="r",
    workflow_type="t",
    task_queue="q",
    partition=0,
    scheduled_event_id=2,
    started_event_id=3,
    started_time_ms=10_000,
    attempt=1,
    dispatch_time_ms=10_000,
)


def taken(custody: Custody, tp: TopicPartition, offset: int) -> Entry:
    entry = custody.take(tp, offset)
    assert entry is not None
    return entry


def test_the_finished_prefix_is_committed() -> None:
    custody = Custody()
    custody.assign(A, 0)
    entries = [taken(custody, A, offset) for offset in (4, 5, 9)]
    entries[1].is_done = True
    assert custody.commits() == {}
    entries[0].is_done = True
    assert custody.commits() == {A: 6}
    assert custody.commits() == {}
    entries[2].is_done = True
    assert custody.commits([B]) == {}
    assert custody.commits([A]) == {A: 10}


def test_a_revoked_partition_is_committed_no_more() -> None:
    custody = Custody()
    custody.assign(A, 0)
    custody.assign(B, 0)
    entry, other = taken(custody, A, 1), taken(custody, B, 1)
    custody.revoke([A])
    entry.is_done = other.is_done = True
    assert custody.commits() == {B: 2}
    assert (entry.is_ours, other.is_ours) == (False, True)
    assert custody.take(A, 2) is None


def test_a_record_is_new_from_the_end_at_assignment_on() -> None:
    custody = Custody()
    custody.assign(A, 7)
    assert not taken(custody, A, 6).is_new
    assert taken(custody, A, 7).is_new


@pytest.mark.parametrize("task", [ACTIVITY, WORKFLOW])
def test_a_young_first_copy_runs_unasked(task: Any) -> None:
    entry = Entry(1, is_new=True)
    assert may_run_unasked(task, entry, 11_999)
    assert not may_run_unasked(task, entry, 12_000)
    assert not may_run_unasked(task, entry, None)
    assert not may_run_unasked(replace(task, copy=1), entry, 10_000)
    assert not may_run_unasked(task, Entry(1, is_new=False), 10_000)
    assert not may_run_unasked(task, Entry(1, is_new=True, is_ours=False), 10_000)


@pytest.mark.parametrize(
    "changes",
    [
        {"claim_first": True},
        {"retry_policy": RetryPolicy(maximum_attempts=1)},
        {"schedule_to_start_timeout_ms": 60_000},
    ],
)
def test_some_activities_are_always_claimed(changes: dict[str, Any]) -> None:
    assert not may_run_unasked(replace(ACTIVITY, **changes), Entry(1, is_new=True), 10_000)
