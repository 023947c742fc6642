"""One call to the engine and what its reply means to a user."""

import asyncio
import random  # noqa: TID251 # a shell: clients that were refused together must not return together
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any, Final, Protocol

from duralog.client.errors import STATUS_OF_REPLY, RPCError, RPCStatusCode
from duralog.client.retry_budget import RetryBudget
from duralog.connectors.channel import (
    Channel,
    ChannelError,
    OverloadedError,
    ReplyTimeoutError,
    RequestTooLargeError,
)
from duralog.connectors.clock import monotonic_ms
from duralog.converter import DataConverter
from duralog.schemas.codec import decode
from duralog.schemas.replies import Reply
from duralog.schemas.requests import StartWorkflowExecution
from duralog.workers.meters import Meters

RPC_TIMEOUT: Final = timedelta(seconds=10)  # As Temporal's clients; covers a failover of a slot.
REFUSED_WAIT_MS: Final = 250  # A refusal costs the engine a tenth of a start.
REFUSED_WAIT_MS_MAX: Final = 2_000
FOREVER: Final = timedelta(0)  # A result is waited for until it is there.


def milliseconds(span: timedelta | None) -> int:
    """`span` in ms; 0 for None. A span above zero is never rounded down to zero.

    Raises ValueError when it is negative.
    """
    if span is None:
        return 0
    if span < timedelta(0):
        raise ValueError(f"a timeout cannot be negative, as {span} is")
    return -(-span // timedelta(milliseconds=1))


class LazyChannel(Channel):
    """A line that may connect when it is used first."""

    _is_open = False
    _opening: asyncio.Lock | None = None
    _budget: RetryBudget | None = None

    @property
    def budget(self) -> RetryBudget:
        """Of starts that were refused."""
        self._budget = self._budget or RetryBudget()
        return self._budget

    async def opened(self) -> None:
        """Connect, if that was not done. Raises RPCError; the next call tries again."""
        self._opening = self._opening or asyncio.Lock()
        async with self._opening:
            if self._is_open:
                return
            try:
                await asyncio.to_thread(self.start)
            except ChannelError as error:
                raise RPCError(str(error), RPCStatusCode.UNAVAILABLE) from error
            self._is_open = True


class Connection(Protocol):
    """What a call needs of its client."""

    @property
    def namespace(self) -> str:
        """Where the workflows live."""
        ...

    @property
    def data_converter(self) -> DataConverter:
        """Values to Payloads and back."""
        ...

    @property
    def channel(self) -> Channel:
        """The line to the engine."""
        ...

    @property
    def encodes_headers(self) -> bool:
        """Whether the codec is for headers too."""
        ...


async def call(client: Connection, request: Any, rpc_timeout: timedelta | None) -> Reply:
    """Send `request` and count it; see `_sent`. Raises RPCError when no reply came."""
    meters, began_ms = Meters(namespace=client.namespace), monotonic_ms()
    wait = getattr(request, "wait_close", False) or rpc_timeout == FOREVER
    name = "temporal_long_request" if wait else "temporal_request"
    operation = type(request).__name__
    meters.record(name, 1, operation=operation)
    status = RPCStatusCode.OK
    try:
        reply = await _sent(client, request, rpc_timeout)
        if reply.code != "OK":
            status = STATUS_OF_REPLY.get(reply.code, RPCStatusCode.UNKNOWN)
    except RPCError as error:
        status = error.status
        raise
    finally:
        latency_ms = monotonic_ms() - began_ms
        meters.record(f"{name}_latency", latency_ms, operation=operation)
        if status is not RPCStatusCode.OK:
            meters.record(f"{name}_failure", 1, operation=operation, status_code=status.name)
    return reply


async def _sent(client: Connection, request: Any, rpc_timeout: timedelta | None) -> Reply:
    """Send `request` through the codec and return the reply, whatever its code.

    The Payloads of the reply itself are decoded; see `decoded` for what its body holds.
    Raises RPCError when no reply came.
    """
    span = RPC_TIMEOUT if rpc_timeout is None else rpc_timeout
    converter, channel = client.data_converter, client.channel
    if isinstance(channel, LazyChannel):
        await channel.opened()
    await converter.encode_record(request, headers=client.encodes_headers)

    def ask(left_ms: int) -> Awaitable[Reply]:
        return asyncio.wrap_future(channel.call(request, timeout_ms=left_ms))

    try:
        if isinstance(request, StartWorkflowExecution):
            budget = channel.budget if isinstance(channel, LazyChannel) else RetryBudget()
            reply = await until_taken(ask, milliseconds(span), budget)
        else:
            reply = await ask(milliseconds(span))
    except ReplyTimeoutError as error:
        raise RPCError(str(error), RPCStatusCode.DEADLINE_EXCEEDED) from error
    except (RequestTooLargeError, OverloadedError) as error:
        raise RPCError(str(error), RPCStatusCode.RESOURCE_EXHAUSTED) from error
    except ChannelError as error:
        raise RPCError(str(error), RPCStatusCode.UNAVAILABLE) from error
    await converter.decode_record(reply)
    return reply


async def until_taken(
    ask: Callable[[int], Awaitable[Reply]], timeout_ms: int, budget: RetryBudget
) -> Reply:
    """The reply to a start; one that an overloaded engine refuses is asked for again meanwhile.

    As Temporal's clients do. What is refused was not recorded, so the last refusal is the answer.
    ask: takes the ms that are left of timeout_ms (0: no end).
    """
    end_ms, wait_ms, left_ms = monotonic_ms() + timeout_ms, REFUSED_WAIT_MS, timeout_ms
    while True:
        reply = await ask(left_ms)
        if reply.code != "RESOURCE_EXHAUSTED":
            budget.taken()
            return reply
        may_ask = False
        while not may_ask:
            # Some sooner, some later: those that were refused together come one by one.
            pause_ms = wait_ms - random.randrange(wait_ms // 2)  # noqa: S311
            left_ms = end_ms - monotonic_ms() - pause_ms if timeout_ms else 0
            if timeout_ms and left_ms <= 0:
                return reply
            await asyncio.sleep(pause_ms / 1000)
            wait_ms = min(wait_ms * 2, REFUSED_WAIT_MS_MAX)
            may_ask = budget.may_ask(monotonic_ms())


async def decoded(client: Connection, frame: bytes) -> Any:  # any record
    """A record of a reply's body, through the codec."""
    record = decode(frame)
    await client.data_converter.decode_record(record)
    return record


def check(reply: Reply) -> Reply:
    """`reply`, if it is OK. Raises RPCError otherwise."""
    if reply.code != "OK":
        status = STATUS_OF_REPLY.get(reply.code, RPCStatusCode.UNKNOWN)
        raise RPCError(reply.text or reply.code, status)
    return reply
