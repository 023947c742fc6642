"""Activities that are completed from elsewhere, in an engine of this process."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any

import pytest

from duralog import activity, workflow
from duralog.client import (
    AsyncActivityCancelledError,
    AsyncActivityHandle,
    Client,
    CompleteAsyncActivityInput,
    FailAsyncActivityInput,
    HeartbeatAsyncActivityInput,
    Interceptor,
    OutboundInterceptor,
    ReportCancellationAsyncActivityInput,
    RPCError,
    RPCStatusCode,
    WorkflowFailureError,
)
from duralog.common import RetryPolicy
from duralog.exceptions import ActivityError, ApplicationError
from duralog.testing import WorkflowEnvironment
from duralog.worker import Worker

TOKENS: list[asyncio.Queue[bytes]] = []


@activity.defn
async def ask_a_person(question: str) -> str:
    del question
    await TOKENS[-1].put(activity.info().task_token)
    activity.raise_complete_async()


@workflow.defn
class Ask:
    @workflow.run
    async def run(self, attempts: int) -> str:
        answer = workflow.start_activity(
            ask_a_person,
            "why?",
            activity_id="ask",
            start_to_close_timeout=timedelta(days=1),
            retry_policy=RetryPolicy(maximum_attempts=attempts),
            cancellation_type=workflow.ActivityCancellationType.WAIT_CANCELLATION_COMPLETED,
        )
        return await answer


@asynccontextmanager
async def asked(attempts: int = 0) -> AsyncGenerator[tuple[Client, Any, bytes]]:
    """A client, the handle of a run that waits for its answer, and the attempt's token."""
    TOKENS.append(asyncio.Queue())
    async with (
        await WorkflowEnvironment.start_time_skipping() as environment,
        Worker(environment.client, task_queue="main", workflows=[Ask], activities=[ask_a_person]),
    ):
        handle = await environment.client.start_workflow(
            Ask.run, attempts, id="w", task_queue="main"
        )
        yield environment.client, handle, await TOKENS[-1].get()


async def test_completed_by_token_and_once() -> None:
    async with asked() as (client, handle, token):
        answer = client.get_async_activity_handle(task_token=token)
        await answer.heartbeat("thinking")
        await answer.complete("because")
        assert await handle.result() == "because"
        with pytest.raises(RPCError) as raised:
            await answer.complete("again")
    assert raised.value.status is RPCStatusCode.NOT_FOUND


async def test_completed_by_id() -> None:
    async with asked(attempts=1) as (client, handle, _):
        answer = client.get_async_activity_handle(workflow_id="w", run_id=None, activity_id="ask")
        await answer.complete("because")
        assert await handle.result() == "because"


async def test_a_failure_is_retried_as_ever() -> None:
    async with asked(attempts=2) as (client, handle, token):
        await client.get_async_activity_handle(task_token=token).fail(ApplicationError("hm"))
        waiting = asyncio.create_task(handle.result())
        again = client.get_async_activity_handle(task_token=await TOKENS[-1].get())
        await again.fail(ApplicationError("no", type="No"), last_heartbeat_details=["half"])
        with pytest.raises(WorkflowFailureError) as raised:
            await waiting
    assert isinstance(raised.value.cause, ActivityError)
    cause = raised.value.cause.cause
    assert isinstance(cause, ApplicationError)
    assert cause.type == "No"


async def heartbeat_for_ever(answer: AsyncActivityHandle) -> None:
    while True:
        await answer.heartbeat()


async def test_a_heartbeat_tells_of_the_cancellation() -> None:
    async with asked() as (client, handle, token):
        answer = client.get_async_activity_handle(task_token=token)
        with pytest.raises(RPCError) as raised:
            await answer.report_cancellation()
        assert raised.value.status is RPCStatusCode.INVALID_ARGUMENT
        await handle.cancel()
        with pytest.raises(AsyncActivityCancelledError):
            await heartbeat_for_ever(answer)
        await answer.report_cancellation("sorry")
        with pytest.raises(WorkflowFailureError):
            await handle.result()


def test_a_handle_needs_a_token_or_ids() -> None:
    client = Client.__new__(Client)
    find: Any = client.get_async_activity_handle
    for wrong in (
        {},
        {"activity_id": "a"},
        {"workflow_id": "w"},
        {"task_token": b"", "run_id": ""},
    ):
        with pytest.raises(ValueError, match=r"Task token|must all be given"):
            find(**wrong)


class Signing(Interceptor):
    """Signs what is answered from outside of the worker."""

    def intercept_client(self, next: OutboundInterceptor) -> OutboundInterceptor:
        class Outbound(OutboundInterceptor):
            async def heartbeat_async_activity(self, input: HeartbeatAsyncActivityInput) -> None:
                ANSWERED.append(input.details)
                await super().heartbeat_async_activity(input)

            async def complete_async_activity(self, input: CompleteAsyncActivityInput) -> None:
                input.result = f"{input.result}, signed"
                await super().complete_async_activity(input)

            async def fail_async_activity(self, input: FailAsyncActivityInput) -> None:
                ANSWERED.append((str(input.error), input.last_heartbeat_details))
                await super().fail_async_activity(input)

            async def report_cancellation_async_activity(
                self, input: ReportCancellationAsyncActivityInput
            ) -> None:
                ANSWERED.append(input.details)
                await super().report_cancellation_async_activity(input)

        return Outbound(next)


ANSWERED: list[Any] = []


async def test_answers_go_through_the_interceptors_of_the_client() -> None:
    ANSWERED.clear()
    async with asked() as (plain, handle, token):
        client = Client(plain.channel, interceptors=[Signing()])
        first = client.get_async_activity_handle(task_token=token)
        await first.heartbeat("thinking")
        with pytest.raises(RPCError):
            await first.report_cancellation("too early")
        await first.fail(ApplicationError("not now"), last_heartbeat_details=["half"])
        again = client.get_async_activity_handle(task_token=await TOKENS[-1].get())
        await again.complete("because")
        assert await handle.result() == "because, signed"
    assert ANSWERED == [("thinking",), ("too early",), ("not now", ["half"])]
