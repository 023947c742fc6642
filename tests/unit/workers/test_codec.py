"""A payload codec sees every value on its way out and in, and never runs in a workflow."""

import asyncio
import dataclasses
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from encryption.codecs import CompressionCodec, EncryptionCodec, encrypted
from hypothesis import given
from hypothesis import strategies as st

from duralog import activity, workflow
from duralog.api.common.v1 import Payload
from duralog.client import (
    Client,
    WorkflowFailureError,
    WorkflowQueryFailedError,
    WorkflowUpdateFailedError,
)
from duralog.converter import (
    DataConverter,
    DefaultFailureConverterWithEncodedAttributes,
    PayloadCodec,
)
from duralog.exceptions import ActivityError, ApplicationError
from duralog.schemas.codec import encode
from duralog.testing import WorkflowEnvironment
from duralog.worker import Replayer, Worker

KEYS = {"new": b"k" * 32, "old": b"o" * 32}
SECRET = "the-card-number-4711"
QUEUE = "q"


@activity.defn
async def charge(card: str) -> str:
    activity.heartbeat(card)
    if activity.info().attempt == 1:
        raise ApplicationError(f"declined {card}", card, type="Declined")
    assert activity.info().heartbeat_details == [card]
    return f"charged {card}"


@activity.defn
def charge_in_a_thread(card: str) -> str:
    activity.heartbeat(card)
    return f"charged {card}"


@activity.defn
async def refuse(card: str) -> str:
    raise ApplicationError(f"refused {card}", card, non_retryable=True)


@workflow.defn
class Pay:
    def __init__(self) -> None:
        self.cards: list[str] = []

    @workflow.run
    async def run(self, card: str) -> list[str]:
        timeout = timedelta(seconds=5)
        first = await workflow.execute_activity(charge, card, start_to_close_timeout=timeout)
        second = await workflow.execute_activity(
            charge_in_a_thread, card, start_to_close_timeout=timeout
        )
        await workflow.wait_condition(lambda: bool(self.cards))
        assert workflow.memo_value("card") == card
        return [first, second, *self.cards]

    @workflow.signal
    def also(self, card: str) -> None:
        self.cards.append(card)

    @workflow.query
    def known(self, card: str) -> str:
        if card != SECRET:
            raise ValueError(f"not {SECRET}")
        return f"{card} {self.cards}"

    @workflow.update
    def charge_too(self, card: str) -> str:
        return f"too {card}"

    @charge_too.validator
    def check(self, card: str) -> None:
        if card != SECRET:
            raise ApplicationError(f"not {SECRET}", SECRET)


@workflow.defn
class Fail:
    @workflow.run
    async def run(self, card: str) -> None:
        await workflow.execute_activity(refuse, card, start_to_close_timeout=timedelta(seconds=5))


class LoopCodec(PayloadCodec):
    """Marks what it encodes; fails a test in which it runs anywhere but on the user's loop."""

    def __init__(self) -> None:
        self.loop = asyncio.get_running_loop()
        self.breaks = False

    async def encode(self, payloads: Sequence[Payload]) -> list[Payload]:
        await self._check()
        return [Payload(metadata={"encoding": b"x"}, data=p.SerializeToString()) for p in payloads]

    async def decode(self, payloads: Sequence[Payload]) -> list[Payload]:
        await self._check()
        return [Payload.FromString(p.data) for p in payloads]

    async def _check(self) -> None:
        assert asyncio.get_running_loop() is self.loop
        assert not workflow.in_workflow()
        if self.breaks:
            raise ValueError(SECRET)
        await asyncio.sleep(0)


async def run_pay(environment: WorkflowEnvironment) -> Any:
    client = environment.client
    worker = Worker(
        client,
        task_queue=QUEUE,
        workflows=[Pay, Fail],
        activities=[charge, charge_in_a_thread, refuse],
        activity_executor=ThreadPoolExecutor(1),
        max_concurrent_activities=1,
    )
    async with worker:
        handle = await client.start_workflow(
            Pay.run, SECRET, id="pay", task_queue=QUEUE, memo={"card": SECRET}
        )
        assert await handle.execute_update(Pay.charge_too, SECRET) == f"too {SECRET}"
        with pytest.raises(WorkflowUpdateFailedError) as rejected:
            await handle.execute_update(Pay.charge_too, "other")
        assert isinstance(rejected.value.cause, ApplicationError)
        assert list(rejected.value.cause.details) == [SECRET]
        await handle.signal(Pay.also, SECRET)
        assert await handle.query(Pay.known, SECRET) == f"{SECRET} ['{SECRET}']"
        with pytest.raises(WorkflowQueryFailedError, match=f"not {SECRET}"):
            await handle.query(Pay.known, "other")
        description = await handle.describe()
        assert await description.memo() == {"card": SECRET}
        assert await handle.result() == [f"charged {SECRET}", f"charged {SECRET}", SECRET]
        with pytest.raises(WorkflowFailureError) as caught:
            await client.execute_workflow(Fail.run, SECRET, id="fail", task_queue=QUEUE)
        return caught.value.cause


async def test_nothing_readable_leaves_client_and_worker() -> None:
    converter = encrypted(KEYS)
    async with await WorkflowEnvironment.start_time_skipping(data_converter=converter) as env:
        error = await run_pay(env)
        assert isinstance(error, ActivityError)
        assert isinstance(error.cause, ApplicationError)
        assert error.cause.message == f"refused {SECRET}"
        assert list(error.cause.details) == [SECRET]
        for workflow_id in ("pay", "fail"):
            history = await env.client.get_workflow_handle(workflow_id).fetch_history()
            recorded = b"".join(encode(event) for event in history.events)
            assert SECRET.encode() not in recorded
            assert b"encryption-key-id" in recorded
            await Replayer(workflows=[Pay, Fail], data_converter=converter).replay_workflow(history)


async def test_the_codec_runs_on_the_event_loop_only() -> None:
    converter = dataclasses.replace(DataConverter.default, payload_codec=LoopCodec())
    async with await WorkflowEnvironment.start_time_skipping(data_converter=converter) as env:
        await run_pay(env)


async def test_a_broken_codec_fails_the_query_and_says_no_secret() -> None:
    codec = LoopCodec()
    converter = dataclasses.replace(DataConverter.default, payload_codec=codec)
    plain = dataclasses.replace(DataConverter.default, payload_codec=LoopCodec())
    async with await WorkflowEnvironment.start_time_skipping(data_converter=plain) as env:
        config = env.client.config()
        config["data_converter"] = converter
        client = Client(**config)
        async with Worker(client, task_queue=QUEUE, workflows=[Pay], activities=[refuse]):
            handle = await env.client.start_workflow(Pay.run, SECRET, id="p", task_queue=QUEUE)
            assert await handle.query(Pay.known, SECRET) == f"{SECRET} []"
            codec.breaks = True
            with pytest.raises(WorkflowQueryFailedError, match="codec raised ValueError") as error:
                await handle.query(Pay.known, SECRET)
            assert SECRET not in error.value.message
            codec.breaks = False
            await handle.terminate()


async def test_a_broken_codec_fails_the_workflow_task_and_says_no_secret() -> None:
    codec = LoopCodec()
    converter = dataclasses.replace(DataConverter.default, payload_codec=codec)
    async with await WorkflowEnvironment.start_time_skipping(data_converter=converter) as env:
        handle = await env.client.start_workflow(Fail.run, SECRET, id="f", task_queue=QUEUE)
        codec.breaks = True
        async with Worker(env.client, task_queue=QUEUE, workflows=[Fail], activities=[refuse]):
            while True:
                events = (await handle.fetch_history()).events
                failed = [e for e in events if type(e).__name__ == "WorkflowTaskFailed"]
                if failed:
                    break
            assert SECRET.encode() not in encode(failed[0])
            codec.breaks = False
            with pytest.raises(WorkflowFailureError):
                await handle.result()


@given(st.binary(max_size=2000), st.dictionaries(st.text(max_size=9), st.binary(max_size=9)))
def test_what_a_codec_sealed_it_opens(data: bytes, metadata: dict[str, bytes]) -> None:
    payload = Payload(metadata=metadata, data=data)
    old = EncryptionCodec({"old": KEYS["old"]})
    for codec, reader in ((CompressionCodec(0), CompressionCodec()), (old, EncryptionCodec(KEYS))):
        sealed = asyncio.run(codec.encode([payload]))
        assert asyncio.run(reader.decode(sealed)) == [payload]


def test_a_failure_read_without_its_codec_stays_closed() -> None:
    converter = dataclasses.replace(
        DataConverter.default,
        payload_codec=EncryptionCodec(KEYS),
        failure_converter_class=DefaultFailureConverterWithEncodedAttributes,
    )
    failure = converter.to_failure(ApplicationError(SECRET, SECRET))
    assert failure.message == "Encoded failure"
    assert failure.stack_trace == ""
    asyncio.run(EncryptionCodec(KEYS).encode_failure(failure))
    assert SECRET not in repr(failure)
    again = asyncio.run(converter.decode_failure(failure))
    assert isinstance(again, ApplicationError)
    assert again.message == SECRET
    assert list(again.details) == [SECRET]
