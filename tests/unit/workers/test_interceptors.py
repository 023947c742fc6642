"""Interceptors of client, workflow and activity: each sees, changes, and hands headers on."""

import asyncio
import dataclasses
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from status.interceptor import REPORT, Status, StatusInterceptor

from duralog import activity, client, worker, workflow
from duralog.api.common.v1 import Payload
from duralog.client import WorkflowFailureError
from duralog.client.options import StartOptions
from duralog.common import WorkflowIDConflictPolicy
from duralog.converter import DataConverter
from duralog.exceptions import ApplicationError
from duralog.testing import WorkflowEnvironment
from duralog.worker import Replayer, Worker

QUEUE = "q"
SECONDS = timedelta(seconds=5)
HEADER = "trace"
CONVERTER = DataConverter.default.payload_converter
CALLS: list[str] = []
SPINNING = asyncio.Event()


@activity.defn
async def say(text: str) -> str:
    activity.heartbeat(text)
    return f"{activity.info().activity_id} says {text}"


@activity.defn
def say_in_a_thread(text: str) -> str:
    activity.heartbeat(text)
    return f"{activity.info().activity_id} says {text}"


@activity.defn
def spin() -> None:
    while True:
        time.sleep(0.001)


@workflow.defn
class Talk:
    def __init__(self) -> None:
        self.heard: list[str] = []

    @workflow.run
    async def run(self, text: str) -> list[str]:
        await workflow.wait_condition(lambda: bool(self.heard))
        first = await workflow.execute_activity(say, text, start_to_close_timeout=SECONDS)
        second = await workflow.execute_activity(
            say_in_a_thread, text, start_to_close_timeout=SECONDS
        )
        return [workflow.info().task_queue, *self.heard, first, second]

    @workflow.signal
    def hear(self, text: str) -> None:
        self.heard.append(text)

    @workflow.query
    def asked(self, text: str) -> str:
        return f"{text} {self.heard}"

    @workflow.update
    async def change(self, text: str) -> str:
        self.heard.append(text)
        return text

    @change.validator
    def check(self, text: str) -> None:
        if not text:
            raise ValueError("empty")


@workflow.defn
class Refuse:
    @workflow.run
    async def run(self) -> None:
        raise ApplicationError("no")


@workflow.defn
class Cancelled:
    @workflow.run
    async def run(self) -> None:
        await workflow.execute_activity(spin, start_to_close_timeout=SECONDS)


def header(of: str, headers: Any) -> dict[str, Payload]:
    """The headers with one more step in ours."""
    steps = CONVERTER.from_payload(headers[HEADER]) if HEADER in headers else ""
    return {**headers, HEADER: CONVERTER.to_payload(f"{steps}>{of}")}


def seen(of: str, headers: Any) -> None:
    steps = CONVERTER.from_payload(headers[HEADER]) if HEADER in headers else ""
    CALLS.append(f"{of} {steps}")


class Tracing(client.Interceptor, worker.Interceptor):
    """Both kinds in one, as tracing is."""

    def intercept_client(self, next: client.OutboundInterceptor) -> client.OutboundInterceptor:
        return ClientLink(next)

    def intercept_activity(
        self, next: worker.ActivityInboundInterceptor
    ) -> worker.ActivityInboundInterceptor:
        return ActivityLink(next)

    def workflow_interceptor_class(
        self, input: worker.WorkflowInterceptorClassInput
    ) -> type[worker.WorkflowInboundInterceptor]:
        return WorkflowLink


class ClientLink(client.OutboundInterceptor):
    async def start_workflow(self, input: client.StartWorkflowInput) -> Any:
        input.headers = header("start", input.headers)
        input.args = [f"{input.args[0]}!"] if input.args else []
        return await super().start_workflow(input)

    async def signal_workflow(self, input: client.SignalWorkflowInput) -> None:
        input.headers = header("signal", input.headers)
        await super().signal_workflow(input)

    async def query_workflow(self, input: client.QueryWorkflowInput) -> Any:
        input.headers = header("query", input.headers)
        return await super().query_workflow(input)

    async def start_workflow_update(self, input: client.StartWorkflowUpdateInput) -> Any:
        input.headers = header("update", input.headers)
        return await super().start_workflow_update(input)

    async def start_update_with_start_workflow(
        self, input: client.StartWorkflowUpdateWithStartInput
    ) -> Any:
        start, update = input.start_workflow_input, input.update_workflow_input
        start.headers = header("both", start.headers)
        start.args = ["both"]
        update.headers = header("both", update.headers)
        return await super().start_update_with_start_workflow(input)

    async def describe_workflow(self, input: client.DescribeWorkflowInput) -> Any:
        CALLS.append("describe")
        return await super().describe_workflow(input)

    async def cancel_workflow(self, input: client.CancelWorkflowInput) -> None:
        CALLS.append("cancel")
        await super().cancel_workflow(input)

    async def terminate_workflow(self, input: client.TerminateWorkflowInput) -> None:
        CALLS.append("terminate")
        await super().terminate_workflow(input)


class WorkflowLink(worker.WorkflowInboundInterceptor):
    def init(self, outbound: worker.WorkflowOutboundInterceptor) -> None:
        super().init(WorkflowOut(outbound))

    async def execute_workflow(self, input: worker.ExecuteWorkflowInput) -> Any:
        if not workflow.unsafe.is_replaying():
            seen("execute", input.headers)
        return await super().execute_workflow(input)

    async def handle_signal(self, input: worker.HandleSignalInput) -> None:
        if not workflow.unsafe.is_replaying():
            seen(f"handle {input.signal}", input.headers)
        input.args = [f"{input.args[0]}?"]
        await super().handle_signal(input)

    async def handle_query(self, input: worker.HandleQueryInput) -> Any:
        seen(f"handle {input.query}", input.headers)
        input.args = [f"{input.args[0]}?"]
        return f"<{await super().handle_query(input)}>"

    def handle_update_validator(self, input: worker.HandleUpdateInput) -> None:
        seen(f"validate {input.update}", input.headers)
        super().handle_update_validator(input)

    async def handle_update_handler(self, input: worker.HandleUpdateInput) -> Any:
        if not workflow.unsafe.is_replaying():
            seen(f"handle {input.update}", input.headers)
        return f"<{await super().handle_update_handler(input)}>"


class WorkflowOut(worker.WorkflowOutboundInterceptor):
    def info(self) -> workflow.Info:
        return dataclasses.replace(super().info(), task_queue="seen")

    def start_activity(self, input: worker.StartActivityInput) -> workflow.ActivityHandle[Any]:
        input.headers = header("workflow", input.headers)
        return super().start_activity(input)


class ActivityLink(worker.ActivityInboundInterceptor):
    def init(self, outbound: worker.ActivityOutboundInterceptor) -> None:
        super().init(ActivityOut(outbound))

    async def execute_activity(self, input: worker.ExecuteActivityInput) -> Any:
        seen(input.fn.__name__, input.headers)
        if input.fn is spin:
            SPINNING.set()
        return f"<{await super().execute_activity(input)}>"


class ActivityOut(worker.ActivityOutboundInterceptor):
    def info(self) -> activity.Info:
        CALLS.append("activity info")
        return super().info()

    def heartbeat(self, *details: Any) -> None:
        CALLS.append(f"heartbeat {details[0]}")
        super().heartbeat(*details)


@pytest.fixture(autouse=True)
def _no_calls() -> None:
    CALLS.clear()


def worker_of(environment: WorkflowEnvironment, **options: Any) -> Worker:
    return Worker(
        environment.client,
        task_queue=QUEUE,
        workflows=[Talk, Refuse, Cancelled],
        activities=[say, say_in_a_thread, spin, *options.pop("more", [])],
        activity_executor=ThreadPoolExecutor(1),
        max_concurrent_activities=1,
        **options,
    )


async def test_every_call_goes_through_the_chain_and_headers_travel() -> None:
    async with await WorkflowEnvironment.start_time_skipping(interceptors=[Tracing()]) as env:
        async with worker_of(env):
            handle = await env.client.start_workflow(Talk.run, "hi", id="t", task_queue=QUEUE)
            await handle.signal(Talk.hear, "you")
            result = await handle.result()
        assert result == ["seen", "you?", "<1 says hi!>", "<2 says hi!>"]
        # A signal that comes with the first Workflow Task is handled before the code begins.
        assert sorted(CALLS[:2]) == ["execute >start", "handle hear >signal"]
        assert CALLS[2:] == [
            "say >workflow",
            "heartbeat hi!",
            "activity info",
            "say_in_a_thread >workflow",
            "heartbeat hi!",
            "activity info",
        ]
        history = await handle.fetch_history()
        replayer = Replayer(workflows=[Talk], interceptors=[Tracing()])
        await replayer.replay_workflow(history)
        await handle.describe()
        assert CALLS[-1] == "describe"


async def test_queries_and_updates_go_through_the_chain_and_headers_travel() -> None:
    async with await WorkflowEnvironment.start_time_skipping(interceptors=[Tracing()]) as env:
        async with worker_of(env, max_cached_workflows=0):
            start = client.WithStartWorkflowOperation(
                Talk.run,
                "hi",
                id="t",
                task_queue=QUEUE,
                id_conflict_policy=WorkflowIDConflictPolicy.FAIL,
            )
            with pytest.raises(client.WorkflowUpdateFailedError):
                await env.client.execute_update_with_start_workflow(
                    Talk.change, "", start_workflow_operation=start
                )
            handle = await start.workflow_handle()
            assert await handle.query(Talk.asked, "x") == "<x? []>"
            assert await handle.execute_update(Talk.change, "a") == "<a>"
            assert (await handle.result())[1:] == ["a", "<1 says both>", "<2 says both>"]
        calls = [call for call in CALLS if "handle" in call or "validate" in call]
        assert calls == [
            "validate change >both",
            "handle asked >query",
            "validate change >update",
            "handle change >update",
        ]
        replayer = Replayer(workflows=[Talk], interceptors=[Tracing()])
        await replayer.replay_workflow(await handle.fetch_history())


async def test_a_cancelled_activity_thread_is_interrupted_within_its_chain() -> None:
    async with await WorkflowEnvironment.start_time_skipping(interceptors=[Tracing()]) as env:
        async with worker_of(env):
            handle = await env.client.start_workflow(Cancelled.run, id="c", task_queue=QUEUE)
            await asyncio.wait_for(SPINNING.wait(), 30)
            await handle.cancel()
            with pytest.raises(WorkflowFailureError):
                await handle.result()
        assert "cancel" in CALLS


async def test_the_first_interceptor_is_the_outermost() -> None:
    class Named(worker.Interceptor):
        def __init__(self, name: str) -> None:
            self.name = name

        def intercept_activity(
            self, next: worker.ActivityInboundInterceptor
        ) -> worker.ActivityInboundInterceptor:
            name = self.name

            class Link(worker.ActivityInboundInterceptor):
                async def execute_activity(self, input: worker.ExecuteActivityInput) -> Any:
                    CALLS.append(name)
                    return await super().execute_activity(input)

            return Link(next)

    async with (
        await WorkflowEnvironment.start_time_skipping() as env,
        worker_of(env, interceptors=[Named("outer"), Named("inner")]),
    ):
        handle = await env.client.start_workflow(Talk.run, "hi", id="t", task_queue=QUEUE)
        await handle.signal(Talk.hear, "you")
        await handle.result()
    assert CALLS == ["outer", "inner"] * 2


async def test_the_status_example_reports_the_begin_and_the_end_of_every_workflow() -> None:
    reports: list[str] = []

    @activity.defn(name=REPORT)
    async def report(status: Status) -> None:
        if activity.info().attempt == 1:
            raise ApplicationError("the status service is down")
        reports.append(f"{status.workflow_id} {status.number} {status.status}")

    async with await WorkflowEnvironment.start_time_skipping() as env:
        async with worker_of(env, more=[report], interceptors=[StatusInterceptor()]):
            talk = await env.client.start_workflow(Talk.run, "hi", id="talk", task_queue=QUEUE)
            await talk.signal(Talk.hear, "you")
            await talk.result()
            with pytest.raises(WorkflowFailureError):
                await env.client.execute_workflow(Refuse.run, id="refuse", task_queue=QUEUE)
        history = await talk.fetch_history()
        replayer = Replayer(workflows=[Talk], interceptors=[StatusInterceptor()])
        await replayer.replay_workflow(history)
    assert reports == [
        "talk 1 running",
        "talk 2 completed after say, say_in_a_thread",
        "refuse 1 running",
        "refuse 2 ApplicationError after no activity",
    ]


def test_every_option_of_a_start_reaches_the_interceptors() -> None:
    assert StartOptions.__annotations__.keys() <= client.StartWorkflowInput.__annotations__.keys()
