"""Clients that keep a number of workflows in flight, with a journal of every request.

Each workflow has one driver: it starts it (through the client, or as plain records, one to four
times), does what its kind needs, waits for its end. A request without an answer is `unknown`; what
must happen (a start, the last signal) is asked for again, with the id it had.
"""

import asyncio
import json
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import timedelta
from random import Random  # noqa: TID251 (seeded)
from typing import Any, Final, Literal, TypeVar

from confluent_kafka import KafkaError, Message, Producer

from chaos import programs
from chaos.system import TASK_QUEUE
from duralog.client import (
    Client,
    RPCError,
    RPCStatusCode,
    WorkflowFailureError,
    WorkflowHandle,
    WorkflowUpdateRPCTimeoutOrCancelledError,
)
from duralog.common import WorkflowIDReusePolicy
from duralog.connectors.clock import now_ms
from duralog.exceptions import CancelledError, WorkflowAlreadyStartedError
from evidence.model import Call

RPC: Final = timedelta(seconds=10)
AGAIN_S: Final = 0.5
SHARE_AS_RECORDS: Final = 0.3
COPIES_MAX: Final = 4
POISON_SHARE: Final = 0.01
POISON_FIRST: Final = 5  # A short run has some, too.
Outcome = Literal["ok", "unknown", "fail"]
Handle = WorkflowHandle[Any, Any]
Answer = TypeVar("Answer")


@dataclass(slots=True, kw_only=True)
class Load:
    """The clients. planted: poison, by its content. finished: kinds of what came to an end.

    producer: None: everything goes through the client.
    """

    client: Client
    producer: Producer | None
    ingress: str
    partitions: int
    chance: Random
    in_flight: int
    prefix: str
    calls: list[Call] = field(default_factory=list[Call])
    planted: list[str] = field(default_factory=list[str])
    finished: Counter[str] = field(default_factory=Counter[str])
    open: set[str] = field(default_factory=set[str])
    started: int = 0
    stopping: bool = False

    async def run(self) -> None:
        """Drive until `stopping`, and then until all that was started has ended."""
        async with asyncio.TaskGroup() as group:
            for _ in range(self.in_flight):
                group.create_task(self._drive())

    async def _drive(self) -> None:
        while not self.stopping:
            number = self.started
            self.started += 1
            name = list(KINDS)[number % len(KINDS)]
            workflow_id = f"{self.prefix}-{name}-{number}"
            self.open.add(workflow_id)
            if self.chance.random() < POISON_SHARE or number == POISON_FIRST:
                self._poison(number)
            await KINDS[name](self, workflow_id)
            self.open.discard(workflow_id)
            self.finished[name] += 1

    def _poison(self, number: int) -> None:
        assert self.producer is not None
        text = f"{self.prefix}: no request, number {number}"
        self.planted.append(text)
        # Where it comes from no key says; half of it claims to be JSON.
        headers = {"content-type": "application/json"} if number % 2 else dict[str, str]()
        self.producer.produce(
            self.ingress,
            text.encode(),
            f"poison-{number}",
            number % self.partitions,
            headers=dict(headers),
        )

    async def start(self, workflow_id: str, workflow: type, *arguments: object) -> Handle:
        """Start it, by whichever door; returns when that is acknowledged."""
        if self.producer is not None and self.chance.random() < SHARE_AS_RECORDS:
            while not await self._start_by_record(workflow_id, workflow, arguments):
                pass  # None of them came through; they bear one request id.
            return self.client.get_workflow_handle(workflow_id)

        async def ask() -> Handle:
            return await self.client.start_workflow(
                workflow.__name__,
                args=list(arguments),
                id=workflow_id,
                task_queue=TASK_QUEUE,
                id_reuse_policy=WorkflowIDReusePolicy.REJECT_DUPLICATE,
                rpc_timeout=RPC,
            )

        while True:
            begin_ms = now_ms()
            try:
                handle = await ask()
            except WorkflowAlreadyStartedError:  # By a request of ours without an answer.
                self._note("start", workflow_id, "ok", begin_ms)
                return self.client.get_workflow_handle(workflow_id)
            except RPCError as error:
                self._note("start", workflow_id, "unknown", begin_ms, answer=error.message)
                await asyncio.sleep(AGAIN_S)
                continue
            run_id = handle.first_execution_run_id or ""
            self._note("start", workflow_id, "ok", begin_ms, run_id=run_id)
            return handle

    async def _start_by_record(
        self, workflow_id: str, workflow: type, arguments: tuple[object, ...]
    ) -> int:
        """One to four copies of one record, wherever; returns how many were acknowledged."""
        assert self.producer is not None
        begin_ms = now_ms()
        body = {
            "workflow_type": workflow.__name__,
            "task_queue": TASK_QUEUE,
            "input": list(arguments),
        }
        headers = {"content-type": "application/json", "id": f"request-{workflow_id}"}
        copies = self.chance.randint(1, COPIES_MAX)
        done: asyncio.Queue[bool] = asyncio.Queue()
        loop = asyncio.get_running_loop()

        def delivered(error: KafkaError | None, _message: Message) -> None:
            loop.call_soon_threadsafe(done.put_nowait, error is None)

        for copy in range(copies):
            self.producer.produce(
                self.ingress,
                json.dumps(body).encode(),
                workflow_id,
                (self.started + copy) % self.partitions,
                headers=dict(headers),
                on_delivery=delivered,
            )
        taken = 0
        for _ in range(copies):
            while done.empty():
                self.producer.poll(0)
                await asyncio.sleep(0.02)
            is_taken = done.get_nowait()
            taken += is_taken
            self._note("start", workflow_id, "ok" if is_taken else "unknown", begin_ms)
        return taken

    async def ask(
        self,
        kind: str,
        workflow_id: str,
        request: Callable[[], Awaitable[Answer]],
        **more: Any,
    ) -> Answer | None:
        """One request, in the journal; None: no answer came, or it was refused."""
        begin_ms = now_ms()
        try:
            answer = await request()
        except WorkflowUpdateRPCTimeoutOrCancelledError:
            self._note(kind, workflow_id, "unknown", begin_ms, **more)
            return None
        except RPCError as error:
            gone = error.status is RPCStatusCode.NOT_FOUND
            outcome: Outcome = "fail" if gone else "unknown"
            self._note(kind, workflow_id, outcome, begin_ms, **{**more, "answer": error.message})
            return None
        text = answer if isinstance(answer, str) else ""
        self._note(kind, workflow_id, "ok", begin_ms, **{"answer": text, **more})
        return answer

    async def end_of(self, workflow_id: str) -> None:
        """Wait until it has ended, and note how."""
        handle = self.client.get_workflow_handle(workflow_id)
        while True:
            begin_ms = now_ms()
            answer = "WorkflowExecutionCompleted"
            try:
                await handle.result(rpc_timeout=RPC)
            except WorkflowFailureError as error:
                is_cancel = isinstance(error.cause, CancelledError)
                answer = f"WorkflowExecution{'Canceled' if is_cancel else 'Failed'}"
            except RPCError:  # Not ended yet; or started by a record that nobody has read yet.
                await asyncio.sleep(AGAIN_S)
                continue
            self._note("result", workflow_id, "ok", begin_ms, answer=answer)
            return

    def _note(
        self, kind: str, workflow_id: str, outcome: Outcome, begin_ms: int, **more: Any
    ) -> None:
        self.calls.append(
            Call(
                kind=kind,
                workflow_id=workflow_id,
                outcome=outcome,
                begin_ms=begin_ms,
                end_ms=now_ms(),
                **more,
            )
        )


Driver = Callable[[Load, str], Awaitable[None]]


def _plain(workflow: type, *more: object) -> Driver:
    """Start it with its id as the first argument, wait for its end."""

    async def drive(load: Load, workflow_id: str) -> None:
        await load.start(workflow_id, workflow, workflow_id, *more)
        await load.end_of(workflow_id)

    return drive


async def _signals(load: Load, workflow_id: str) -> None:
    """Two senders send until as many are recorded as the workflow waits for."""
    wanted = 6
    handle = await load.start(workflow_id, programs.Signals, wanted)
    await _known(load, workflow_id, handle)

    async def send(sender: str) -> None:
        acknowledged = number = 0
        while acknowledged < wanted // 2:
            number += 1
            text = f"{sender}-{number}"

            async def signal(text: str = text) -> str:
                await handle.signal(programs.Signals.add, text, rpc_timeout=RPC)
                return text

            # One without an answer may be the last that was missing: the next is refused then.
            sent = await load.ask(
                "signal", workflow_id, signal, sender=sender, number=number, argument=text
            )
            if sent is None and load.calls[-1].outcome == "fail":
                return
            acknowledged += sent is not None

    async with asyncio.TaskGroup() as group:
        for sender in ("a", "b"):
            group.create_task(send(sender))
    await load.end_of(workflow_id)


async def _register(load: Load, workflow_id: str) -> None:
    """Two clients change and read one value at the same time."""
    handle = await load.start(workflow_id, programs.Register, workflow_id)
    await _known(load, workflow_id, handle)

    async def operate(name: str) -> None:
        for number in range(4):
            kind = load.chance.choice(["get", "set", "cas"])
            values = {
                "get": "",
                "set": f" {name}{number}",
                "cas": f" {load.chance.choice('ab')}0 x",
            }
            text = kind + values[kind]

            async def update(text: str = text) -> str:
                return await handle.execute_update(programs.Register.apply, text, rpc_timeout=RPC)

            await load.ask("update", workflow_id, update, argument=text)

    async with asyncio.TaskGroup() as group:
        for name in ("a", "b"):
            group.create_task(operate(name))
    await _surely(lambda: handle.signal(programs.Register.close, "", rpc_timeout=RPC))
    await load.end_of(workflow_id)


async def _race(load: Load, workflow_id: str) -> None:
    """A cancel request about when the activity ends."""
    handle = await load.start(workflow_id, programs.Race, workflow_id)
    await _known(load, workflow_id, handle)
    await asyncio.sleep(load.chance.uniform(0, 3))
    await load.ask("cancel", workflow_id, lambda: handle.cancel(rpc_timeout=RPC))
    await load.end_of(workflow_id)


async def _known(load: Load, workflow_id: str, handle: Handle) -> None:
    """Until the engine has read a start that is only a record so far."""

    async def ask() -> str:
        return (await handle.describe(rpc_timeout=RPC)).run_id

    while await load.ask("describe", workflow_id, ask) is None:  # noqa: ASYNC110 (of an engine)
        await asyncio.sleep(AGAIN_S)


async def _surely(request: Callable[[], Awaitable[object]]) -> None:
    """Ask until it is acknowledged, or the workflow is gone."""
    while True:
        try:
            await request()
        except RPCError as error:
            if error.status is RPCStatusCode.NOT_FOUND:
                return
            await asyncio.sleep(AGAIN_S)
        else:
            return


KINDS: Final[dict[str, Driver]] = {
    "chain": _plain(programs.Chain),
    "fan-out": _plain(programs.FanOut),
    "timers": _plain(programs.Timers),
    "signals": _signals,
    "register": _register,
    "tree": _plain(programs.Tree, 2),
    "again": _plain(programs.Again, 3),
    "retries": _plain(programs.Retries),
    "heartbeats": _plain(programs.Heartbeats),
    "race": _race,
    "saga": _plain(programs.Saga),
}
