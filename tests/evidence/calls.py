"""What clients were told, against the histories: I1 (starts) and I8 (signals, updates)."""

from collections import Counter, defaultdict
from collections.abc import Sequence
from typing import Any

from duralog.schemas import events as e
from evidence.model import Call, Histories
from evidence.register import is_linearizable


def starts_made_one_run(calls: Sequence[Call], histories: Histories) -> list[str]:
    """I1: of a workflow whose start was acknowledged there is one first run; else 0 or 1."""
    firsts: dict[str, list[str]] = defaultdict(list)
    for run_id, events in histories.items():
        first = events[0]
        if isinstance(first, e.WorkflowExecutionStarted) and not first.continued_execution_run_id:
            firsts[first.workflow_id].append(run_id)
    found: list[str] = []
    for call in calls:
        if call.kind != "start":
            continue
        runs = firsts.get(call.workflow_id, [])
        if call.outcome == "ok" and not runs:
            found.append(f"{call.workflow_id}: its start was acknowledged, and there is no run")
        if call.outcome == "ok" and call.run_id and call.run_id not in runs:
            found.append(f"{call.workflow_id}: told of run {call.run_id}, there is {runs}")
    started = {call.workflow_id for call in calls if call.kind == "start"}
    for workflow_id in sorted(started):
        runs = firsts.get(workflow_id, [])
        if len(runs) > 1:
            found.append(f"{workflow_id}: was started once and has the first runs {runs}")
    return found


def signals_came_once(calls: Sequence[Call], histories: Histories) -> list[str]:
    """I8: an acknowledged signal is recorded once, any other at most once, in its sender's order.

    Those of a run that closed before may be missing; the caller's workflow waits for all of them.
    """
    recorded: dict[str, list[str]] = defaultdict(list)
    for events in histories.values():
        for event in events:
            if isinstance(event, e.WorkflowExecutionSignaled):
                recorded[event.workflow_id].append(_text(event.input))
    found: list[str] = []
    sent: dict[tuple[str, str], list[Call]] = defaultdict(list)
    for call in calls:
        if call.kind == "signal":
            sent[call.workflow_id, call.sender].append(call)
    for (workflow_id, sender), mine in sent.items():
        counts = Counter(recorded[workflow_id])
        for call in mine:
            times = counts[call.argument]
            if times > 1 or (times == 0 and call.outcome == "ok"):
                found.append(f"{workflow_id}: signal {call.argument} is recorded {times} times")
        # One that was sent after another was acknowledged is recorded behind it.
        order = {call.argument: call.number for call in mine if call.outcome == "ok"}
        numbers = [order[text] for text in recorded[workflow_id] if text in order]
        if numbers != sorted(numbers):
            found.append(f"{workflow_id}: signals of {sender} came in the order {numbers}")
    return found


def updates_are_a_register(calls: Sequence[Call]) -> list[str]:
    """I8: what updates of one workflow answered fits one order in which each took effect once."""
    registers: dict[str, list[Call]] = defaultdict(list)
    for call in calls:
        if call.kind == "update" and call.outcome != "fail":
            registers[call.workflow_id].append(call)
    return [
        f"{workflow_id}: no order of its {len(mine)} updates gives these answers"
        for workflow_id, mine in registers.items()
        if not is_linearizable(mine)
    ]


def results_are_recorded(calls: Sequence[Call], histories: Histories) -> list[str]:
    """I1: what a client was told of a workflow's end is how its last run ended."""
    ends: dict[str, list[str]] = defaultdict(list)
    for events in histories.values():
        ends[events[0].workflow_id].append(type(events[-1]).__name__)
    return [
        f"{call.workflow_id}: a client was told {call.answer}, its runs ended {ends}"
        for call in calls
        if call.kind == "result" and call.outcome == "ok"
        if call.answer not in ends[call.workflow_id]
    ]


def _text(payloads: Sequence[Any]) -> str:
    """The first argument, which is a JSON text."""
    data: bytes = payloads[0].data if payloads else b""
    return data.decode(errors="replace").strip('"')
