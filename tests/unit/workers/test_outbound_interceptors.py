"""What a workflow's code asks for goes through its interceptors, with headers that travel."""

from datetime import timedelta
from typing import Any, NoReturn

import pytest

from duralog import activity, client, worker, workflow
from duralog.converter import DataConverter
from duralog.testing import WorkflowEnvironment
from duralog.worker import Replayer, Worker

QUEUE = "q"
SECONDS = timedelta(seconds=5)
HEADER = "trace"
CONVERTER = DataConverter.default.payload_converter
CALLS: list[str] = []


@activity.defn
async def say(text: str) -> str:
    return f"says {text}"


@workflow.defn
class Child:
    def __init__(self) -> None:
        self.heard = ""

    @workflow.run
    async def run(self, text: str) -> str:
        await workflow.wait_condition(lambda: bool(self.heard))
        return f"{text} {self.heard}"

    @workflow.signal
    def hear(self, text: str) -> None:
        self.heard = text


@workflow.defn
class Asks:
    """Uses all that a workflow can ask for beside activities."""

    @workflow.run
    async def run(self, again: bool) -> list[str]:
        if again:
            workflow.continue_as_new(False)
        local = await workflow.execute_local_activity(say, "lo", start_to_close_timeout=SECONDS)
        found = [local]
        for name in ("c1", "c2"):
            child = await workflow.start_child_workflow(Child.run, name, id=name)
            if name == "c1":
                await child.signal(Child.hear, "one")
            else:
                await workflow.get_external_workflow_handle_for(Child.run, name).signal(
                    Child.hear, "two"
                )
            found.append(await child)
        return found


def header(of: str, headers: Any) -> dict[str, Any]:
    return {**headers, HEADER: CONVERTER.to_payload(f">{of}")}


def seen(of: str, headers: Any) -> None:
    CALLS.append(f"{of} {CONVERTER.from_payload(headers[HEADER]) if HEADER in headers else ''}")


class Marking(client.Interceptor, worker.Interceptor):
    """Sets a header wherever one can be set, and notes those that arrive."""

    def intercept_activity(
        self, next: worker.ActivityInboundInterceptor
    ) -> worker.ActivityInboundInterceptor:
        return ActivityLink(next)

    def workflow_interceptor_class(
        self, input: worker.WorkflowInterceptorClassInput
    ) -> type[worker.WorkflowInboundInterceptor]:
        return WorkflowLink


class ActivityLink(worker.ActivityInboundInterceptor):
    async def execute_activity(self, input: worker.ExecuteActivityInput) -> Any:
        seen(input.fn.__name__, input.headers)
        return await super().execute_activity(input)


class WorkflowLink(worker.WorkflowInboundInterceptor):
    def init(self, outbound: worker.WorkflowOutboundInterceptor) -> None:
        super().init(WorkflowOut(outbound))

    async def execute_workflow(self, input: worker.ExecuteWorkflowInput) -> Any:
        if not workflow.unsafe.is_replaying():
            seen("run", input.headers)
        return await super().execute_workflow(input)

    async def handle_signal(self, input: worker.HandleSignalInput) -> None:
        if not workflow.unsafe.is_replaying():
            seen(input.signal, input.headers)
        await super().handle_signal(input)


class WorkflowOut(worker.WorkflowOutboundInterceptor):
    def continue_as_new(self, input: worker.ContinueAsNewInput) -> NoReturn:
        input.headers = header("continue", input.headers)
        super().continue_as_new(input)

    async def signal_child_workflow(self, input: worker.SignalChildWorkflowInput) -> None:
        input.headers = header(f"child {input.child_workflow_id}", input.headers)
        await super().signal_child_workflow(input)

    async def signal_external_workflow(self, input: worker.SignalExternalWorkflowInput) -> None:
        input.headers = header(f"{input.namespace} {input.workflow_id}", input.headers)
        await super().signal_external_workflow(input)

    async def start_child_workflow(self, input: worker.StartChildWorkflowInput) -> Any:
        input.headers = header("parent", input.headers)
        input.args = [f"{input.args[0]}!"]
        return await super().start_child_workflow(input)

    def start_local_activity(
        self, input: worker.StartLocalActivityInput
    ) -> workflow.ActivityHandle[Any]:
        input.headers = header("local", input.headers)
        return super().start_local_activity(input)


@pytest.fixture(autouse=True)
def _no_calls() -> None:
    CALLS.clear()


async def test_all_that_a_workflow_asks_for_goes_through_the_chain() -> None:
    async with await WorkflowEnvironment.start_time_skipping(interceptors=[Marking()]) as env:
        async with Worker(env.client, task_queue=QUEUE, workflows=[Asks, Child], activities=[say]):
            handle = await env.client.start_workflow(Asks.run, True, id="a", task_queue=QUEUE)
            assert await handle.result() == ["says lo", "c1! one", "c2! two"]
        # A signal that comes with the first Workflow Task is handled before the code begins.
        assert sorted(CALLS) == sorted(
            [
                "run ",
                "run >continue",
                "say >local",
                "run >parent",
                "hear >child c1",
                "run >parent",
                "hear >default c2",
            ]
        )
        replayer = Replayer(workflows=[Asks, Child], interceptors=[Marking()])
        for workflow_id in ("a", "c1", "c2"):
            found = env.client.get_workflow_handle(workflow_id)
            await replayer.replay_workflow(await found.fetch_history())
