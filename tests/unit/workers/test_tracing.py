"""OpenTelemetry: one trace from the client over the workflow to its activities; none twice."""

from datetime import timedelta

import pytest
from opentelemetry import trace
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from duralog import activity, workflow
from duralog.client import WithStartWorkflowOperation, WorkflowFailureError
from duralog.common import WorkflowIDConflictPolicy
from duralog.contrib.opentelemetry import TracingInterceptor
from duralog.contrib.opentelemetry import workflow as spans
from duralog.exceptions import ApplicationError, ApplicationErrorCategory
from duralog.testing import WorkflowEnvironment
from duralog.worker import Replayer, Worker

QUEUE = "q"
RUN = [
    "StartWorkflow:Traced",
    "  RunWorkflow:Traced",
    "  HandleSignal:go",
    "  StartActivity:work",
    "    RunActivity:work",
    "    RunActivity:work",
    "  mine",
    "  CompleteWorkflow:Traced",
]

# The signal may come with the first Workflow Task, and is then handled before the code begins.
ORDERS = [
    order
    for run in (RUN, [RUN[0], RUN[2], RUN[1], *RUN[3:]])
    for order in ([*run, "SignalWorkflow:go"], ["SignalWorkflow:go", *run])
]


@activity.defn
async def work(fails: bool) -> str:
    if fails and activity.info().attempt == 1:
        raise ApplicationError("again", category=ApplicationErrorCategory.BENIGN)
    with trace.get_tracer("user").start_as_current_span("inside"):
        pass
    return trace.format_trace_id(trace.get_current_span().get_span_context().trace_id)


@workflow.defn
class Traced:
    def __init__(self) -> None:
        self.may_go = False

    @workflow.run
    async def run(self, fails: bool) -> str:
        await workflow.wait_condition(lambda: self.may_go)
        result = await workflow.execute_activity(
            work, fails, start_to_close_timeout=timedelta(seconds=5)
        )
        spans.completed_span("mine", attributes={"answer": 42})
        if not fails:
            raise ApplicationError("no")
        return result

    @workflow.signal
    def go(self) -> None:
        self.may_go = True


@pytest.fixture
def exporter() -> InMemorySpanExporter:
    return InMemorySpanExporter()


@pytest.fixture
def interceptor(exporter: InMemorySpanExporter) -> TracingInterceptor:
    provider = TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    return TracingInterceptor(provider.get_tracer("test"))


def tree(found: tuple[ReadableSpan, ...]) -> list[str]:
    """Each span below its parent, by the order of their starts."""

    def below(parent: int | None, depth: int) -> list[str]:
        lines: list[str] = []
        for span in found:
            if (span.parent.span_id if span.parent else None) == parent:
                assert span.context is not None
                lines.append(f"{'  ' * depth}{span.name}")
                lines += below(span.context.span_id, depth + 1)
        return lines

    return below(None, 0)


async def test_a_trace_goes_through_client_workflow_and_activity_and_is_not_replayed(
    exporter: InMemorySpanExporter, interceptor: TracingInterceptor
) -> None:
    async with (
        await WorkflowEnvironment.start_time_skipping(interceptors=[interceptor]) as environment,
        Worker(
            environment.client,
            task_queue=QUEUE,
            workflows=[Traced],
            activities=[work],
            max_cached_workflows=0,  # Every task is a replay of those before.
        ),
    ):
        client = environment.client
        handle = await client.start_workflow(Traced.run, True, id="t", task_queue=QUEUE)
        await handle.signal(Traced.go)
        trace_id = await handle.result()
        found = exporter.get_finished_spans()
        assert tree(found) in ORDERS
        by_name = {span.name: span for span in found}
        start, signal = by_name["StartWorkflow:Traced"], by_name["SignalWorkflow:go"]
        assert start.context is not None
        assert trace_id == trace.format_trace_id(start.context.trace_id)
        assert signal.context is not None
        link = by_name["HandleSignal:go"].links[0]
        assert link.context.span_id == signal.context.span_id
        assert by_name["mine"].attributes is not None
        assert by_name["mine"].attributes["answer"] == 42
        assert by_name["mine"].attributes["temporalWorkflowID"] == "t"
        exporter.clear()
        history = await handle.fetch_history()
        replayer = Replayer(workflows=[Traced], interceptors=[interceptor])
        await replayer.replay_workflow(history)
        assert exporter.get_finished_spans() == ()


async def test_a_workflow_that_fails_says_so_in_its_last_span(
    exporter: InMemorySpanExporter, interceptor: TracingInterceptor
) -> None:
    async with (
        await WorkflowEnvironment.start_time_skipping(interceptors=[interceptor]) as environment,
        Worker(environment.client, task_queue=QUEUE, workflows=[Traced], activities=[work]),
    ):
        client = environment.client
        handle = await client.start_workflow(Traced.run, False, id="f", task_queue=QUEUE)
        await handle.signal(Traced.go)
        with pytest.raises(WorkflowFailureError):
            await handle.result()
    found = {span.name: span for span in exporter.get_finished_spans()}
    assert found["CompleteWorkflow:Traced"].events[0].name == "exception"


@pytest.mark.parametrize("always", [False, True])
async def test_a_workflow_started_without_a_span_has_spans_only_when_told_so(
    exporter: InMemorySpanExporter, interceptor: TracingInterceptor, always: bool
) -> None:
    interceptor.always_create_workflow_spans = always
    async with (
        await WorkflowEnvironment.start_time_skipping() as environment,
        Worker(
            environment.client,
            task_queue=QUEUE,
            workflows=[Traced],
            activities=[work],
            interceptors=[interceptor],
        ),
    ):
        client = environment.client
        handle = await client.start_workflow(Traced.run, True, id="f", task_queue=QUEUE)
        await handle.signal(Traced.go)
        await handle.result()
    names = [span.name for span in exporter.get_finished_spans()]
    assert ("RunWorkflow:Traced" in names) is always
    assert "RunActivity:work" in names


ASKED = [
    "StartUpdateWithStartWorkflow:Asked",
    "  ValidateUpdate:add",
    "  HandleUpdate:add",
    "  in update",
    "  RunWorkflow:Asked",
    "  HandleSignal:add_one",
    "  ValidateUpdate:add",
    "  HandleUpdate:add",
    "  in update",
    "  CompleteWorkflow:Asked",
    "QueryWorkflow:so_far",
    "  HandleQuery:so_far",
    "  in query",
    "SignalWithStartWorkflow:Asked",
    "StartWorkflowUpdate:add",
]
LINKS = (
    ("HandleUpdate:add", "StartWorkflowUpdate:add"),
    ("HandleQuery:so_far", "StartUpdateWithStartWorkflow:Asked"),
    ("HandleSignal:add_one", "SignalWithStartWorkflow:Asked"),
)


@workflow.defn
class Asked:
    def __init__(self) -> None:
        self.total = 0

    @workflow.run
    async def run(self) -> int:
        await workflow.wait_condition(lambda: self.total > 2)
        await workflow.wait_condition(workflow.all_handlers_finished)
        return self.total

    @workflow.signal
    def add_one(self) -> None:
        self.total += 1

    @workflow.query
    def so_far(self) -> int:
        spans.completed_span("in query")
        return self.total

    @workflow.update
    async def add(self, more: int) -> int:
        spans.completed_span("in update")
        self.total += more
        return self.total

    @add.validator
    def check(self, more: int) -> None:
        if more < 0:
            raise ValueError("negative")


async def test_queries_and_updates_are_linked_to_who_asked(
    exporter: InMemorySpanExporter, interceptor: TracingInterceptor
) -> None:
    async with (
        await WorkflowEnvironment.start_time_skipping(interceptors=[interceptor]) as environment,
        Worker(environment.client, task_queue=QUEUE, workflows=[Asked]),
    ):
        client = environment.client
        start = WithStartWorkflowOperation(
            Asked.run, id="a", task_queue=QUEUE, id_conflict_policy=WorkflowIDConflictPolicy.FAIL
        )
        added = await client.execute_update_with_start_workflow(
            Asked.add, 1, start_workflow_operation=start, id="first"
        )
        handle = await start.workflow_handle()
        assert (added, await handle.query(Asked.so_far)) == (1, 1)
        again = await client.start_workflow(
            Asked.run,
            id="a",
            task_queue=QUEUE,
            start_signal="add_one",
            id_conflict_policy=WorkflowIDConflictPolicy.USE_EXISTING,
        )
        assert await again.execute_update(Asked.add, 1) == 3
        await handle.result()
    found = {span.name: span for span in exporter.get_finished_spans()}
    assert tree(exporter.get_finished_spans()) == ASKED
    for handled, asked in LINKS:
        context = found[asked].context
        assert context is not None
        assert found[handled].links[0].context.span_id == context.span_id


@workflow.defn
class Kid:
    def __init__(self) -> None:
        self.may_end = False

    @workflow.run
    async def run(self) -> None:
        await workflow.wait_condition(lambda: self.may_end)

    @workflow.signal
    def end(self) -> None:
        self.may_end = True


@workflow.defn
class Parent:
    @workflow.run
    async def run(self, again: bool) -> None:
        if again:
            workflow.continue_as_new(False)
        await workflow.execute_local_activity(
            work, False, start_to_close_timeout=timedelta(seconds=5)
        )
        first = await workflow.start_child_workflow(Kid.run, id="k1")
        await first.signal(Kid.end)
        await first
        second = await workflow.start_child_workflow(Kid.run, id="k2")
        await workflow.get_external_workflow_handle("k2").signal("end")
        await second


async def test_a_trace_goes_through_children_other_workflows_and_the_next_run(
    exporter: InMemorySpanExporter, interceptor: TracingInterceptor
) -> None:
    async with (
        await WorkflowEnvironment.start_time_skipping(interceptors=[interceptor]) as environment,
        Worker(environment.client, task_queue=QUEUE, workflows=[Parent, Kid], activities=[work]),
    ):
        await environment.client.execute_workflow(Parent.run, True, id="p", task_queue=QUEUE)
    found = exporter.get_finished_spans()
    kid = ["    RunWorkflow:Kid", "    HandleSignal:end", "    CompleteWorkflow:Kid"]
    # A signal that comes with the first Workflow Task is handled before the code begins.
    assert sorted(tree(found)) == sorted(
        [
            "StartWorkflow:Parent",
            "  RunWorkflow:Parent",
            "  RunWorkflow:Parent",
            "  StartActivity:work",
            "    RunActivity:work",
            "  StartChildWorkflow:Kid",
            *kid,
            "  SignalChildWorkflow:end",
            "  StartChildWorkflow:Kid",
            *kid,
            "  SignalExternalWorkflow:end",
            "  CompleteWorkflow:Parent",
        ]
    )
