"""PayloadGate: the codec's place on a worker, before user code is run and after it.

Codecs are the user's and async, so they run on the user's event loop; Workflow code runs on a
thread of its own and never meets one. Records are copied on their way out: what Workflow code
still holds is not changed under its hands.
"""

import asyncio
import dataclasses
from collections.abc import Callable, Coroutine, Sequence
from concurrent.futures import Future
from typing import Any, TypeVar, cast

from duralog.converter import DataConverter, PayloadCodec
from duralog.converter.fields import Transform, apply_to_record, payload_fields
from duralog.schemas.codec import decode, encode
from duralog.schemas.payloads import Payload
from duralog.schemas.requests import RespondWorkflowTaskCompleted
from duralog.schemas.tasks import ActivityTask, QueryTask, WorkflowTask

T = TypeVar("T")


class PayloadGate:
    """Puts tasks and answers through a codec. Any thread; none of its methods blocks.

    headers: Also those that Workflow code reads and sets.
    """

    def __init__(
        self, codec: PayloadCodec, loop: asyncio.AbstractEventLoop, *, headers: bool
    ) -> None:
        self._codec = codec
        self._loop = loop
        self._headers = headers

    @staticmethod
    def of(
        converter: DataConverter, loop: asyncio.AbstractEventLoop, *, headers: bool = False
    ) -> "PayloadGate | None":
        """The gate of a converter; None when it has no codec."""
        codec = converter.payload_codec
        return None if codec is None else PayloadGate(codec, loop, headers=headers)

    def start(self, work: Coroutine[Any, Any, T], done: Callable[[Future[T]], None]) -> None:
        """Do `work` on the event loop, then call `done` there."""
        future: Future[T]
        try:
            future = asyncio.run_coroutine_threadsafe(work, self._loop)
        except RuntimeError as error:  # The loop is closed.
            work.close()
            future = Future[T]()
            future.set_exception(error)
        future.add_done_callback(done)

    async def decoded_workflow_task(self, task: WorkflowTask) -> WorkflowTask:
        """The task with decoded events, queries and updates."""
        return dataclasses.replace(
            task,
            events=await self.decoded_frames(task.events),
            queries=await self.decoded_frames(task.queries),
            updates=await self.decoded_frames(task.updates),
        )

    async def decoded_query_task(self, task: QueryTask) -> QueryTask:
        """The task with a decoded query and decoded events."""
        (query,) = await self.decoded_frames([task.query])
        return dataclasses.replace(task, events=await self.decoded_frames(task.events), query=query)

    async def decoded_frames(self, frames: Sequence[bytes]) -> list[bytes]:
        """Framed records with decoded Payloads."""
        return await _through(frames, self._codec.decode, headers=self._headers)

    async def decode_activity_task(self, task: ActivityTask) -> None:
        """Decode the task in place."""
        await apply_to_record(task, self._codec.decode)

    async def encoded_answer(self, request: Any) -> Any:  # any Respond request
        """A copy of the request with encoded Payloads, in its Commands too."""
        if isinstance(request, RespondWorkflowTaskCompleted):
            encode_all, headers = self._codec.encode, self._headers
            commands = await _through(request.commands, encode_all, headers=headers)
            results = await _through(request.query_results, encode_all, headers=headers)
            return dataclasses.replace(request, commands=commands, query_results=results)
        copy = decode(encode(request))
        await apply_to_record(copy, self._codec.encode)
        return copy

    async def encoded(self, payloads: list[Payload]) -> list[Payload]:
        """The encoded Payloads."""
        return await self._codec.encode(payloads) if payloads else payloads


async def _through(frames: Sequence[bytes], transform: Transform, *, headers: bool) -> list[bytes]:
    """Framed records with changed Payloads; those without any are not even copied."""
    changed: list[bytes] = []
    for frame in frames:
        record = decode(frame)
        if payload_fields(cast(Any, type(record))):
            await apply_to_record(record, transform, headers=headers)
            changed.append(encode(record))
        else:
            changed.append(frame)
    return changed
