"""A payload codec: what workflows say is compressed and sealed before it leaves the process."""

import dataclasses
import hashlib
import hmac
import zlib
from collections.abc import Iterable
from datetime import timedelta

from temporalio import activity, workflow
from temporalio.api.common.v1 import Payload
from temporalio.client import Client, WorkflowFailureError
from temporalio.converter import (
    DataConverter,
    DefaultFailureConverterWithEncodedAttributes,
    PayloadCodec,
)
from temporalio.exceptions import ActivityError, ApplicationError
from temporalio.worker import Worker

TASK_QUEUE = "secrets"
ENCODING = b"binary/sealed"


class SealingCodec(PayloadCodec):
    def __init__(self, key: bytes) -> None:
        self._key = key

    async def encode(self, payloads: Iterable[Payload]) -> list[Payload]:
        return [self._sealed(payload.SerializeToString()) for payload in payloads]

    async def decode(self, payloads: Iterable[Payload]) -> list[Payload]:
        return [self._opened(payload) for payload in payloads]

    def _sealed(self, data: bytes) -> Payload:
        packed = zlib.compress(data)
        return Payload(metadata={"encoding": ENCODING, "seal": self._seal(packed)}, data=packed)

    def _opened(self, payload: Payload) -> Payload:
        if payload.metadata.get("encoding") != ENCODING:
            return payload
        if not hmac.compare_digest(payload.metadata["seal"], self._seal(payload.data)):
            raise ValueError("broken seal")
        return Payload.FromString(zlib.decompress(payload.data))

    def _seal(self, data: bytes) -> bytes:
        return hmac.new(self._key, data, hashlib.sha256).digest()


@activity.defn
async def whisper(secret: str) -> str:
    if not secret:
        raise ApplicationError("nothing to whisper", "hush", non_retryable=True)
    return secret.upper()


@workflow.defn
class Confide:
    @workflow.run
    async def run(self, secret: str) -> str:
        return await workflow.execute_activity(
            whisper, secret, start_to_close_timeout=timedelta(seconds=10)
        )


def sealed(client: Client, key: bytes) -> Client:
    """A second client of the same connection, with the codec."""
    config = client.config()
    config["data_converter"] = dataclasses.replace(
        DataConverter.default,
        payload_codec=SealingCodec(key),
        failure_converter_class=DefaultFailureConverterWithEncodedAttributes,
    )
    return Client(**config)


async def main(client: Client) -> tuple[str, ApplicationError]:
    """What comes back, and a failure whose text was sealed too."""
    client = sealed(client, b"key")
    async with Worker(client, task_queue=TASK_QUEUE, workflows=[Confide], activities=[whisper]):
        answer = await client.execute_workflow(
            Confide.run, "the cake is a lie" * 100, id="confide", task_queue=TASK_QUEUE
        )
        try:
            await client.execute_workflow(Confide.run, "", id="confide-2", task_queue=TASK_QUEUE)
        except WorkflowFailureError as error:
            assert isinstance(error.cause, ActivityError)
            assert isinstance(error.cause.cause, ApplicationError)
            return answer, error.cause.cause
        raise AssertionError("it did not fail")
