"""Plugins: they change what clients, workers and replayers are made of, and stand around them."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from datetime import timedelta

import pytest

from duralog import activity, client, worker, workflow
from duralog.client import Client, ClientConfig, ConnectConfig, RPCError, RPCStatusCode
from duralog.client.calls import LazyChannel
from duralog.client.plugin import Connect
from duralog.connectors.channel import Channel
from duralog.converter import DataConverter, DefaultPayloadConverter
from duralog.plugin import SimplePlugin
from duralog.testing import WorkflowEnvironment
from duralog.worker import Replayer, Worker

SEEN: list[str] = []


class Converter(DefaultPayloadConverter):
    """Another one than the default."""


class Seeing(client.Interceptor, worker.Interceptor):
    """For clients and workers; says which of both it was asked for."""

    def intercept_client(self, next: client.OutboundInterceptor) -> client.OutboundInterceptor:
        SEEN.append("client")
        return next

    def intercept_activity(
        self, next: worker.ActivityInboundInterceptor
    ) -> worker.ActivityInboundInterceptor:
        SEEN.append("activity")
        return next


@activity.defn
async def greet(name: str) -> str:
    return f"Hello, {name}"


@workflow.defn
class Greet:
    """Is given to the worker by the plugin alone."""

    @workflow.run
    async def run(self, name: str) -> str:
        answer = await workflow.execute_activity(
            greet, name, start_to_close_timeout=timedelta(seconds=5)
        )
        if name == "nobody":
            raise LookupError(name)
        return answer


@asynccontextmanager
async def block() -> AsyncGenerator[None]:
    SEEN.append("begin")
    yield
    SEEN.append("end")


def greeting() -> SimplePlugin:
    SEEN.clear()
    return SimplePlugin(
        "greeting",
        data_converter=DataConverter(payload_converter_class=Converter),
        interceptors=[Seeing()],
        activities=[greet],
        workflows=lambda workflows: [*(workflows or []), Greet],
        workflow_failure_exception_types=[LookupError],
        run_context=block,
    )


async def test_a_plugin_of_the_client_serves_its_workers_and_replayers() -> None:
    plugin = greeting()
    async with await WorkflowEnvironment.start_time_skipping(plugins=[plugin]) as environment:
        ours = environment.client
        assert ours.data_converter.payload_converter_class is Converter
        async with Worker(ours, task_queue="q") as working:
            assert working.config()["workflows"] == ()
            assert working.config(active_config=True)["workflows"] == [Greet]
            handle = await ours.start_workflow(Greet.run, "Ana", id="g", task_queue="q")
            assert await handle.result() == "Hello, Ana"
            with pytest.raises(client.WorkflowFailureError):
                await ours.execute_workflow(Greet.run, "nobody", id="n", task_queue="q")
        history = await handle.fetch_history()
    assert SEEN == ["client", "begin", "activity", "activity", "end"]
    assert (await Replayer(workflows=[], plugins=[plugin]).replay_workflow(history)) is not None
    assert SEEN[-2:] == ["begin", "end"]


async def test_a_second_client_of_a_config_has_the_plugins_once() -> None:
    async with await WorkflowEnvironment.start_time_skipping(plugins=[greeting()]) as environment:
        second = Client(**environment.client.config())
        assert len(second.interceptors) == len(environment.client.interceptors) == 1
        active = environment.client.config(active_config=True)
        assert len(active["interceptors"]) == 1


class Rerouting(client.Plugin):
    """Connects elsewhere."""

    def __init__(self, target_host: str) -> None:
        self.target_host = target_host
        self.asked: list[ConnectConfig] = []

    def configure_client(self, config: ClientConfig) -> ClientConfig:
        return config

    async def connect_service_client(self, config: ConnectConfig, next: Connect) -> Channel:
        self.asked.append(config)
        config.target_host = self.target_host
        return await next(config)


async def test_a_lazy_client_connects_with_its_first_call() -> None:
    plugin = Rerouting("127.0.0.1:1")
    lazy = await Client.connect("elsewhere:1", plugins=[plugin], lazy=True)
    assert plugin.asked[0].lazy
    assert plugin.name().endswith("test_plugins.Rerouting")
    assert lazy.channel.partitions == 0
    await lazy.close()
    async with await WorkflowEnvironment.start_time_skipping() as environment:
        there = environment.client.channel
        channel = LazyChannel(there.line, names=there.names, identity="lazy")
        late = Client(channel)
        with pytest.raises(RPCError) as raised:
            await late.get_workflow_handle("w").describe()
        assert raised.value.status is RPCStatusCode.NOT_FOUND, "the engine has answered"
        await late.close()
