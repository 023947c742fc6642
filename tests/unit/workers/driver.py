"""Driver: a small engine for one run; every task is answered by a cached run and by a replay."""

from typing import Any

from duralog.converter import DataConverter
from duralog.schemas.commands import Command
from duralog.schemas.payloads import Failure
from duralog.workers.outcomes import Completed, Failed, Outcome
from duralog.workers.processor import WorkflowTaskProcessor
from duralog.workflow import WorkflowDefinition
from unit.workers.histories import RUN_ID, HistoryBuilder


def processor_of(*workflows: type[Any], **options: Any) -> WorkflowTaskProcessor:
    """A processor of these Workflows."""
    definitions = [WorkflowDefinition.must_find(workflow) for workflow in workflows]
    return WorkflowTaskProcessor(definitions={d.name: d for d in definitions}, **options)


class Driver:
    """Runs one Workflow; `history` is what the test adds Events to."""

    def __init__(self, workflow: type[Any], *arguments: Any, **options: Any) -> None:
        name = WorkflowDefinition.must_find(workflow).name
        self.history = HistoryBuilder(workflow_type=name or "").start(*arguments)
        self.cached = processor_of(workflow, **options)
        self.replayer = processor_of(workflow, cache_size=0, **options)
        self.tasks = 0

    def outcome(self) -> Outcome:
        """What the last scheduled task leads to, cached and replayed the same."""
        task = self.history.task(full=self.tasks == 0)
        outcome = self.cached.process(task)
        replayed = self.replayer.process(self.history.task())
        if isinstance(outcome, Completed):
            assert isinstance(replayed, Completed), replayed
            assert outcome.commands == replayed.commands
            assert self.cached.counters.cache_hits == self.tasks
        else:
            assert type(outcome) is type(replayed)
        return outcome

    def step(self) -> tuple[list[Command], list[int]]:
        """Run the task and record its Commands: these, and the ids of their Events."""
        outcome = self.outcome()
        assert isinstance(outcome, Completed), outcome
        self.tasks += 1
        completion_id = f"completion-{self.tasks}"
        self.cached.accepted(RUN_ID, completion_id)
        return outcome.commands, self.history.complete_task(outcome.commands, completion_id)

    def next(self) -> tuple[list[Command], list[int]]:
        """Schedule the next task for what was added, and run it."""
        self.history.schedule_task()
        return self.step()

    def failed(self) -> Failed:
        """Schedule the next task, which must fail."""
        self.history.schedule_task()
        outcome = self.outcome()
        assert isinstance(outcome, Failed), outcome
        return outcome

    def result_of(self, command: Command) -> Any:
        """The result in CompleteWorkflowExecution."""
        return DataConverter.default.from_payloads(command.result)[0]  # type: ignore[union-attr]


def names(made: list[Command]) -> list[str]:
    """The Commands' names."""
    return [type(command).__name__ for command in made]


def application_failure(message: str = "boom", type: str = "Boom") -> Failure:
    """What a worker sends for an Activity that raised."""
    return Failure(message=message, type=type, source="PythonSDK")
