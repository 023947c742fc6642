"""Lists and counts for a client: its index is asked on a thread, errors become a client's."""

import asyncio
from collections.abc import Callable
from datetime import timedelta
from typing import TypeVar

from duralog.client.calls import milliseconds
from duralog.client.connection import HandleClient
from duralog.client.errors import RPCError, RPCStatusCode
from duralog.client.interceptor import CountWorkflowsInput, ListWorkflowsInput
from duralog.client.listing import (
    WorkflowExecutionAsyncIterator,
    WorkflowExecutionCount,
    counted,
)
from duralog.connectors.transport import TransportError
from duralog.connectors.visibility import (
    CatchUpTimeoutError,
    FilterError,
    IndexFileError,
    Lists,
    Place,
)
from duralog.schemas.runs import RunRow

Result = TypeVar("Result")


def list_runs(client: HandleClient, input: ListWorkflowsInput) -> WorkflowExecutionAsyncIterator:
    """Runs that match; nothing is asked before the first is wanted."""
    query = input.query or ""

    async def fetch(size: int, after: Place | None) -> list[RunRow]:
        lists = _lists(client, input.rpc_timeout)
        return await _asked(lambda: lists.page(query, limit=size, after=after))

    return WorkflowExecutionAsyncIterator(client, input, fetch)


async def count_runs(client: HandleClient, input: CountWorkflowsInput) -> WorkflowExecutionCount:
    """How many match."""
    lists = _lists(client, input.rpc_timeout)
    return counted(await _asked(lambda: lists.count(input.query or "")))


def _lists(client: HandleClient, rpc_timeout: timedelta | None) -> Lists:
    channel = client.channel
    return Lists(
        bystander=channel.line.bystander,
        topic=channel.names.of("history"),
        timeout_ms=milliseconds(rpc_timeout),
    )


async def _asked(ask: Callable[[], Result]) -> Result:
    """What the index answers. Raises RPCError."""
    try:
        return await asyncio.to_thread(ask)
    except FilterError as error:
        raise RPCError(str(error), RPCStatusCode.INVALID_ARGUMENT) from error
    except CatchUpTimeoutError as error:
        raise RPCError(str(error), RPCStatusCode.DEADLINE_EXCEEDED) from error
    except IndexFileError as error:
        raise RPCError(str(error), RPCStatusCode.FAILED_PRECONDITION) from error
    except TransportError as error:
        raise RPCError(str(error), RPCStatusCode.UNAVAILABLE) from error
