"""The SDK against the real core: whatever happens when, its histories can be replayed."""

from collections.abc import Callable

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from duralog.schemas import commands, events
from duralog.schemas.codec import decode
from duralog.schemas.tasks import WorkflowTask
from duralog.workers.answers import workflow_task_completed
from duralog.workers.instance import WorkflowRun
from duralog.workers.machines.complete import CloseCommand
from duralog.workers.outcomes import Completed, NeedsFullHistory, Outcome
from duralog.workers.processor import WorkflowTaskProcessor
from duralog.workflow import WorkflowDefinition
from unit.workers import programs
from unit.workers.core import Core
from unit.workers.driver import names, processor_of
from unit.workers.test_replay_property import PROGRAMS, Interpreter, Program


class Sdk:
    """A worker with a cache, and one that replays everything; both must agree."""

    def __init__(self, core: Core, workflow: type) -> None:
        self.core = core
        self.cached: WorkflowTaskProcessor = processor_of(workflow)
        self.replayer: WorkflowTaskProcessor = processor_of(workflow, cache_size=0)
        self.answers = 0

    def answer(self, meanwhile: Callable[[], None] = lambda: None) -> list[commands.Command]:
        """Run the oldest Workflow Task, let something happen, and answer it."""
        task = self.core.workflow_tasks.pop(0)
        history = self.core.history()[: task.started_event_id - 1]
        outcome = self.run(task, history)
        replayed = self.replayer.process(task, history)
        assert isinstance(outcome, Completed), outcome
        assert isinstance(replayed, Completed), replayed
        assert outcome.commands == replayed.commands
        meanwhile()
        self.answers += 1
        completion_id = f"completion-{self.answers}"
        self.cached.accepted(task.run_id, completion_id)
        self.core.send(
            workflow_task_completed(
                task,
                started_event_id=task.started_event_id,
                commands=outcome.commands,
                completion_id=completion_id,
            )
        )
        return outcome.commands

    def run(self, task: WorkflowTask, history: list[bytes]) -> Outcome:
        """With the cache; with the whole history when it is asked for."""
        outcome = self.cached.process(task)
        if isinstance(outcome, NeedsFullHistory):
            return self.cached.process(task, history)
        return outcome


def run_to_end(core: Core, sdk: Sdk, draw: st.DataObject) -> None:
    """Let anything happen before, between and during Workflow Tasks, then bring it to an end."""
    signals = 0

    def happen() -> None:
        nonlocal signals
        for _ in range(draw.draw(st.integers(0, 2), "how many")):
            pending = sorted(core.activity_tasks)
            choices = ["sleep", "signal"] + ["complete", "fail"] * bool(pending)
            what = draw.draw(st.sampled_from(choices), "what")
            if what == "sleep":
                core.sleep(1000)
            elif what == "signal" and signals < 3:
                signals += 1
                core.signal("poke", signals)
            elif pending:
                scheduled = draw.draw(st.sampled_from(pending), "which")
                (core.complete_activity if what == "complete" else core.fail_activity)(scheduled)

    for turn in range(60):
        if core.workflow_tasks:
            made = sdk.answer(happen if turn < 12 else lambda: None)
            if any(isinstance(c, CloseCommand) for c in made) and not core.workflow_tasks:
                return
        elif turn < 12:
            happen()
        elif core.activity_tasks:
            core.complete_activity(min(core.activity_tasks))
        else:
            core.sleep(4000)
    raise AssertionError("the Workflow does not end")


@settings(
    max_examples=30,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.too_slow],
)
@given(program=PROGRAMS, draw=st.data())
def test_what_the_core_writes_can_be_replayed(program: Program, draw: st.DataObject) -> None:
    core = Core("Interpreter", program)
    sdk = Sdk(core, Interpreter)
    run_to_end(core, sdk, draw)
    history = core.history()
    ends = events.WorkflowExecutionCompleted | events.WorkflowExecutionFailed
    assert isinstance(decode(history[-1]), ends)
    WorkflowRun(WorkflowDefinition.must_find(Interpreter)).replay(history)


def test_an_end_that_came_too_early_is_taken_back() -> None:
    core = Core("Counter")
    sdk = Sdk(core, programs.Counter)
    sdk.answer()
    core.signal("end")
    made = sdk.answer(meanwhile=lambda: core.signal("add", "late"))
    assert names(made) == ["CompleteWorkflowExecution"]
    assert names(sdk.answer()) == ["CompleteWorkflowExecution"]
    assert [type(decode(f)).__name__ for f in core.history()][5:] == [
        "WorkflowTaskScheduled",
        "WorkflowTaskStarted",
        "WorkflowTaskFailed",
        "WorkflowExecutionSignaled",
        "WorkflowTaskScheduled",
        "WorkflowTaskStarted",
        "WorkflowTaskCompleted",
        "WorkflowExecutionCompleted",
    ]


def test_a_cancelled_workflow_closes_as_cancelled() -> None:
    core = Core("Greet", "Bob")
    sdk = Sdk(core, programs.Greet)
    sdk.answer()
    core.cancel()
    assert names(sdk.answer()) == ["RequestCancelActivityTask", "CancelWorkflowExecution"]
    assert isinstance(decode(core.history()[-1]), events.WorkflowExecutionCanceled)
