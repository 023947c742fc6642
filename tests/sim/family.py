"""The simulator's children: what a program wants of one, and what its history says of it."""

import random  # noqa: TID251 every draw comes from the seed
from typing import Any

from duralog.schemas import commands as c
from duralog.schemas import events as e
from duralog.schemas.payloads import Payload
from evidence.histories import is_closed

Want = dict[str, Any]
POLICIES = ("TERMINATE", "ABANDON", "REQUEST_CANCEL")
CLOSES = (
    e.ChildWorkflowExecutionCompleted,
    e.ChildWorkflowExecutionFailed,
    e.ChildWorkflowExecutionCanceled,
    e.ChildWorkflowExecutionTimedOut,
    e.ChildWorkflowExecutionTerminated,
)
ANSWERS = (
    e.ExternalWorkflowExecutionSignaled,
    e.SignalExternalWorkflowExecutionFailed,
    e.ExternalWorkflowExecutionCancelRequested,
    e.RequestCancelExternalWorkflowExecutionFailed,
)


def draw(chance: random.Random, steps: list[list[Any]]) -> Want:
    """A child that walks `steps`; its parent signals, cancels and awaits it, or does not."""
    signals = chance.choice((0, 0, 1, 2))
    if signals:
        steps = [*steps, ["signal", signals]]
    return {
        "steps": steps,
        "policy": chance.choice(POLICIES),
        "signals": signals,
        "cancel": chance.random() < 0.2,
        "only": chance.random() < 0.5,
        "wait": chance.random() < 0.7,
    }


class Family:
    """What a history says of children and of what was sent to them."""

    def __init__(self) -> None:
        self.children: dict[str, int] = {}
        self.started: set[int] = set()
        self.closed: set[int] = set()
        self.signals: dict[str, list[int]] = {}
        self.cancels: dict[str, list[int]] = {}
        self.answered: set[int] = set()

    def see(self, event: Any) -> None:
        """The next event."""
        match event:
            case e.StartChildWorkflowExecutionInitiated():
                self.children[event.child_workflow_id] = event.event_id
            case e.ChildWorkflowExecutionStarted():
                self.started.add(event.initiated_event_id)
            case e.SignalExternalWorkflowExecutionInitiated():
                self.signals.setdefault(event.target_workflow_id, []).append(event.event_id)
            case e.RequestCancelExternalWorkflowExecutionInitiated():
                self.cancels.setdefault(event.target_workflow_id, []).append(event.event_id)
            case _ if isinstance(event, (*CLOSES, e.StartChildWorkflowExecutionFailed)):
                self.closed.add(event.initiated_event_id)
            case _ if isinstance(event, ANSWERS):
                self.answered.add(event.initiated_event_id)
            case _:
                pass

    def walk(self, name: str, want: Want, input: Payload) -> tuple[list[Any], bool]:
        """The Commands that bring the child on, and whether the parent is through with it."""
        initiated = self.children.get(name)
        if initiated is None:
            start = c.StartChildWorkflowExecution(
                workflow_id=name,
                workflow_type="steps",
                input=[input],
                workflow_task_timeout_ms=6_000,
                parent_close_policy=want["policy"],
            )
            return [start], False
        if initiated not in self.started | self.closed:
            return [], False
        sent = self.signals.get(name, [])
        if len(sent) < want["signals"]:
            signal = c.SignalExternalWorkflowExecution(
                workflow_id=name, signal_name="go", child_workflow_only=want["only"]
            )
            return [signal] * (want["signals"] - len(sent)), False
        cancels = self.cancels.get(name, [])
        if want["cancel"] and not cancels:
            cancel = c.RequestCancelExternalWorkflowExecution(
                workflow_id=name, child_workflow_only=want["only"]
            )
            return [cancel], False
        if not self.answered >= {*sent, *cancels}:
            return [], False
        return [], initiated in self.closed or not want["wait"]


def check(runs: dict[str, list[Any]]) -> list[str]:
    """Every child was started once, told everything once, and its end was told as it was."""
    found: list[str] = []
    firsts: dict[tuple[str, int], list[str]] = {}
    for run_id, events in runs.items():
        first = events[0]
        if first.parent_run_id and not first.continued_execution_run_id:
            key = (first.parent_run_id, first.parent_initiated_event_id)
            firsts.setdefault(key, []).append(run_id)
        seen: set[tuple[str, int]] = set()
        for event in events:
            sender = getattr(event, "external_run_id", "")
            key = (sender, getattr(event, "external_initiated_event_id", 0))
            if sender and key in seen:
                found.append(f"{run_id}: told twice by {key}")
            seen.add(key)
    for run_id, events in runs.items():
        for event in events:
            if isinstance(event, e.StartChildWorkflowExecutionInitiated):
                mine = firsts.pop((run_id, event.event_id), [])
                found += _check_child(run_id, event, events, mine, runs)
    found += [f"{key}: a child without a parent that wanted it" for key in firsts]
    return found


def _check_child(
    run_id: str, initiated: Any, events: list[Any], mine: list[str], runs: dict[str, list[Any]]
) -> list[str]:
    name = f"{run_id}/{initiated.event_id}"
    about = [v for v in events if getattr(v, "initiated_event_id", 0) == initiated.event_id]
    ends = [v for v in about if isinstance(v, CLOSES)]
    starts = [v for v in about if isinstance(v, e.ChildWorkflowExecutionStarted)]
    if len(mine) != 1:
        return [f"{name}: {len(mine)} first runs of one child"]
    if len(ends) > 1 or len(starts) > 1 or (ends and not starts):
        return [f"{name}: started {len(starts)} times, ended {len(ends)} times"]
    last = mine[0]
    while following := getattr(runs[last][-1], "new_execution_run_id", ""):
        last = following
    close = type(runs[last][-1]).__name__
    if ends and type(ends[0]).__name__ != f"Child{close}":
        return [f"{name}: told {type(ends[0]).__name__}, was {close}"]
    runs_on = not is_closed(runs[last])
    is_left = is_closed(events) and runs_on
    if is_left and initiated.parent_close_policy == "TERMINATE":
        return [f"{name}: runs on without its parent, {close}"]
    return []
