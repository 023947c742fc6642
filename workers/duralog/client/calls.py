"""One call to the engine and what its reply means to a user."""

import asyncio
from datetime import timedelta
from typing import Any, Final

from duralog.client.errors import STATUS_OF_REPLY, RPCError, RPCStatusCode
from duralog.connectors.channel import (
    Channel,
    ChannelError,
    ReplyTimeoutError,
    RequestTooLargeError,
)
from duralog.schemas.replies import Reply

RPC_TIMEOUT: Final = timedelta(seconds=10)  # As Temporal's clients; covers a failover of a slot.
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


async def call(channel: Channel, request: Any, rpc_timeout: timedelta | None) -> Reply:
    """Send `request` and return the reply, whatever its code. Raises RPCError when none came."""
    span = RPC_TIMEOUT if rpc_timeout is None else rpc_timeout
    try:
        return await asyncio.wrap_future(channel.call(request, timeout_ms=milliseconds(span)))
    except ReplyTimeoutError as error:
        raise RPCError(str(error), RPCStatusCode.DEADLINE_EXCEEDED) from error
    except RequestTooLargeError as error:
        raise RPCError(str(error), RPCStatusCode.RESOURCE_EXHAUSTED) from error
    except ChannelError as error:
        raise RPCError(str(error), RPCStatusCode.UNAVAILABLE) from error


def check(reply: Reply) -> Reply:
    """`reply`, if it is OK. Raises RPCError otherwise."""
    if reply.code != "OK":
        status = STATUS_OF_REPLY.get(reply.code, RPCStatusCode.UNKNOWN)
        raise RPCError(reply.text or reply.code, status)
    return reply
