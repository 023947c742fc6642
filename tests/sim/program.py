"""What the simulator's workflows do: a list of steps, walked over the history as replay would.

Steps: ["act", failures], ["fan", count], ["timer", ms], ["signal", count], ["again", times] (goes
on as new), ["fail", times] (fails, and its retry policy runs it again), ["note", changes] (a
marker, the memo and a search attribute), ["child", what is wanted of it], ["beat", ms] (an activity
that tells that it is alive), ["late", ms] (one that is completed by its id), ["cut", ms] (one that
is cancelled after so long), ["race", ms] (an activity against a timer; who loses is cancelled),
["local", changes] (local activities and patches: markers, and straight on), ["tell", whom] (a
signal and a cancel request that reach nobody). The walk is a pure function of the events, so that
any worker, cached or not, comes to the same Commands.
"""

import json
import math
import random  # noqa: TID251 every draw comes from the seed
from collections.abc import Sequence
from typing import Any

from duralog.schemas import commands as c
from duralog.schemas import events as e
from duralog.schemas.codec import decode
from duralog.schemas.payloads import Failure, Payload, RetryPolicy
from duralog.schemas.requests import QueryWorkflow, RespondQueryTaskCompleted
from sim import family

QUEUE = "work"
HEARTBEAT_MS = 2_500
ACTIVITY_CLOSES = (
    e.ActivityTaskCompleted,
    e.ActivityTaskFailed,
    e.ActivityTaskTimedOut,
    e.ActivityTaskCanceled,
)
Step = list[Any]


def payload(value: object) -> Payload:
    """`value` as JSON."""
    return Payload(metadata={"encoding": b"json/plain"}, data=json.dumps(value).encode())


def draw(chance: random.Random) -> list[Step]:
    """A program."""
    kinds: list[Step] = [
        ["act", 0],
        ["act", chance.randint(0, 2)],
        ["fan", chance.randint(2, 4)],
        ["timer", chance.choice((0, 50, 1_000, 7_000))],
        ["signal", chance.randint(1, 3)],
        ["note", chance.randint(1, 2)],
        ["beat", chance.choice((0, 3_500))],
        ["late", chance.choice((0, 400, 9_000))],
        ["cut", chance.choice((5, 300, 4_000))],
        ["race", chance.choice((20, 9_000))],
        ["local", chance.randint(1, 2)],
        ["tell", chance.choice(("nobody", "self"))],
    ]
    steps = [chance.choice(kinds) for _ in range(chance.randint(0, 3))]
    if chance.random() < 0.25:
        of_child = [chance.choice(kinds[:4]) for _ in range(chance.randint(0, 2))]
        if chance.random() < 0.3:
            of_child.insert(0, ["again", chance.randint(1, 2)])
        steps.insert(chance.randint(0, len(steps)), ["child", family.draw(chance, of_child)])
    if chance.random() < 0.2:
        steps.insert(chance.randint(0, len(steps)), ["again", chance.randint(1, 3)])
    elif chance.random() < 0.2 and not signals_needed(steps):  # A retry knows of no signal.
        steps.insert(chance.randint(0, len(steps)), ["fail", chance.randint(1, 2)])
    return steps


def policy(steps: list[Step]) -> RetryPolicy | None:
    """The retry policy that lets it complete."""
    fails = any(kind == "fail" for kind, _ in steps)
    return RetryPolicy(initial_interval_ms=300) if fails else None


def signals_needed(steps: list[Step]) -> int:
    """How many signals let it complete."""
    return max((s[1] for s in steps if s[0] == "signal"), default=0)


def decide(history: list[Any], updates: Sequence[bytes] = ()) -> list[Any]:
    """The Commands that the history and the updates of the task ask for now."""
    return [*settle(history, updates), *_decide(history)]


def settle(history: list[Any], updates: Sequence[bytes]) -> list[Any]:
    """Reject, accept and complete: at once, or when a timer has fired that came with the accept."""
    found: list[Any] = []
    for update in map(decode, updates):
        update_id = update.update_id
        if update.update_name == "refuse":
            found.append(
                c.RejectWorkflowExecutionUpdate(update_id=update_id, failure=Failure(type="No"))
            )
            continue
        found.append(c.AcceptWorkflowExecutionUpdate(update_id=update_id))
        if update.update_name == "later":
            found.append(c.StartTimer(timer_id=f"u.{update_id}", start_to_fire_timeout_ms=700))
        else:
            found.append(c.CompleteWorkflowExecutionUpdate(update_id=update_id))
    fired = {event.timer_id for event in history if isinstance(event, e.TimerFired)}
    ended = {e_.update_id for e_ in history if isinstance(e_, e.WorkflowExecutionUpdateCompleted)}
    for event in history:
        if isinstance(event, e.WorkflowExecutionUpdateAccepted):
            update_id = event.protocol_instance_id
            if f"u.{update_id}" in fired and update_id not in ended:
                found.append(c.CompleteWorkflowExecutionUpdate(update_id=update_id))
    return found


def _decide(history: list[Any]) -> list[Any]:
    facts, found = _Facts(history), list[Any]()
    if facts.cancel_requested:
        return [c.CancelWorkflowExecution()]
    for index, step in enumerate(facts.steps):
        if step[0] == "again" and step[1]:
            left = [["seen", facts.signals], ["again", step[1] - 1], *facts.steps[index + 1 :]]
            return [*found, c.ContinueAsNewWorkflowExecution(input=[payload(left)])]
        if step[0] == "fail" and facts.attempt <= step[1]:
            failure = Failure(type="Planned", message="as planned")
            return [*found, c.FailWorkflowExecution(failure=failure)]
        if step[0] == "child":
            name = f"{facts.run_id}.s{index}"
            commands, done = facts.family.walk(name, step[1], payload(step[1]["steps"]))
        else:
            commands, done = _walk(facts, f"s{index}", step)
        found += commands
        if not done:
            return found
    return [*found, c.CompleteWorkflowExecution(result=[payload("done")])]


def answer(
    query: QueryWorkflow, history: list[Any], *, ran: bool = False
) -> RespondQueryTaskCompleted:
    """How many signals a workflow has seen: up to its last Workflow Task, or the one that ran."""
    done = [event for event in history if isinstance(event, e.WorkflowTaskCompleted)]
    until = math.inf if ran else done[-1].started_event_id
    signals = [event for event in history if isinstance(event, e.WorkflowExecutionSignaled)]
    return RespondQueryTaskCompleted(
        workflow_id=query.workflow_id,
        run_id=query.run_id,
        reply_partition=query.reply_partition,
        recipient=query.recipient,
        correlation_id=query.correlation_id,
        answer=[payload(sum(event.event_id < until for event in signals))],
    )


class _Facts:
    """What the events say."""

    def __init__(self, history: list[Any]) -> None:
        self.steps: list[Step] = []
        self.activities: dict[str, int] = {}
        self.closed: set[int] = set()
        self.timers: set[str] = set()
        self.fired: set[str] = set()
        self.signals = 0
        self.attempt = 1
        self.notes: set[str] = set()
        self.cut: set[int] = set()
        self.run_id = history[0].run_id
        self.workflow_id = history[0].workflow_id
        self.family = family.Family()
        self.cancel_requested = False
        for event in history:
            self.family.see(event)
            match event:
                case e.WorkflowExecutionStarted():
                    self.steps = json.loads(event.input[0].data)
                    self.attempt = event.attempt
                    self.signals = sum(n for kind, n in self.steps if kind == "seen")
                case e.ActivityTaskScheduled():
                    self.activities[event.activity_id] = event.event_id
                case e.ActivityTaskCancelRequested():
                    self.cut.add(event.scheduled_event_id)
                case _ if isinstance(event, ACTIVITY_CLOSES):
                    self.closed.add(event.scheduled_event_id)
                case e.TimerStarted():
                    self.timers.add(event.timer_id)
                case e.TimerFired() | e.TimerCanceled():
                    self.fired.add(event.timer_id)
                case e.MarkerRecorded():
                    self.notes.add(event.marker_name)
                case e.WorkflowExecutionSignaled():
                    self.signals += 1
                case e.WorkflowExecutionCancelRequested():
                    self.cancel_requested = True
                case _:
                    pass


def _walk(facts: _Facts, name: str, step: Step) -> tuple[list[Any], bool]:
    kind, argument = step
    if kind in ("seen", "again", "fail", "signal"):
        return [], kind != "signal" or facts.signals >= argument
    if kind == "timer":
        if name in facts.timers:
            return [], name in facts.fired
        return [c.StartTimer(timer_id=name, start_to_fire_timeout_ms=argument)], False
    if kind == "note":
        noted = name in facts.notes
        return ([] if noted else _notes(name, argument)), noted
    if kind == "local":
        return ([] if name in facts.notes else _locally(name, argument)), True
    return {"tell": _tell, "cut": _against_time, "race": _against_time}.get(kind, _activities)(
        facts, name, step
    )


def _tell(facts: _Facts, name: str, step: Step) -> tuple[list[Any], bool]:
    """Nobody is there, and no run may signal or cancel itself: both fail."""
    target = facts.workflow_id if step[1] == "self" else f"{name}.{step[1]}"
    sent = facts.family.signals.get(target, []) + facts.family.cancels.get(target, [])
    if sent:
        return [], facts.family.answered >= set(sent)
    return [
        c.SignalExternalWorkflowExecution(workflow_id=target, signal_name="go"),
        c.RequestCancelExternalWorkflowExecution(workflow_id=target),
    ], False


def _against_time(facts: _Facts, name: str, step: Step) -> tuple[list[Any], bool]:
    """An activity, and a timer whose end cancels it; `race` does not wait for what it cancelled."""
    kind, argument = step
    scheduled = facts.activities.get(name)
    if scheduled is None:
        timer = c.StartTimer(timer_id=name, start_to_fire_timeout_ms=argument)
        return [_schedule(name, 0, kind="beat", duration_ms=3_000), timer], False
    if scheduled in facts.closed:
        return ([] if name in facts.fired else [c.CancelTimer(timer_id=name)]), True
    if name not in facts.fired or scheduled in facts.cut:
        return [], kind == "race" and scheduled in facts.cut
    return [c.RequestCancelActivityTask(scheduled_event_id=scheduled)], kind == "race"


def _activities(facts: _Facts, name: str, step: Step) -> tuple[list[Any], bool]:
    kind, argument = step
    names = [f"{name}.{i}" for i in range(argument)] if kind == "fan" else [name]
    failures = argument if kind == "act" else 0
    missing = [n for n in names if n not in facts.activities]
    if missing:
        if kind in ("beat", "late"):
            return [_schedule(n, 0, kind=kind, duration_ms=argument) for n in missing], False
        return [_schedule(n, failures) for n in missing], False
    return [], all(facts.activities[n] in facts.closed for n in names)


def _notes(name: str, changes: int) -> list[c.Command]:
    """What a run notes; the timer brings the next Workflow Task."""
    values = {f"k{i}": payload(name) for i in range(changes)}
    return [
        c.RecordMarker(marker_name=name, details=values),
        c.ModifyWorkflowProperties(upserted_memo={**values, "gone": payload([])}),
        c.UpsertWorkflowSearchAttributes(search_attributes=values),
        c.StartTimer(timer_id=f"{name}.note", start_to_fire_timeout_ms=5),
    ]


def _locally(name: str, changes: int) -> list[c.Command]:
    """What local activities and patches leave: no Workflow Task follows from it."""
    marker = c.RecordMarker(marker_name=name, details={"data": payload(changes)})
    return [marker, *(c.RecordMarker(marker_name=f"{name}.{i}") for i in range(changes))]


def _schedule(
    activity_id: str, failures: int, *, kind: str = "work", duration_ms: int = 0
) -> c.ScheduleActivityTask:
    return c.ScheduleActivityTask(
        activity_id=activity_id,
        activity_type=kind,
        task_queue=QUEUE,
        input=[payload(failures), payload(duration_ms)],
        start_to_close_timeout_ms=8_000,
        heartbeat_timeout_ms=HEARTBEAT_MS if kind == "beat" else 0,
        retry_policy=RetryPolicy(initial_interval_ms=200),
    )
