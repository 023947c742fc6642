"""The events of a run, one by one: `WorkflowHandle.fetch_history_events`."""

from collections.abc import Sequence
from enum import IntEnum
from typing import Final

from duralog.client.calls import FOREVER, call, check
from duralog.client.connection import HandleClient
from duralog.client.interceptor import FetchWorkflowHistoryEventsInput
from duralog.schemas.codec import decode
from duralog.schemas.events import Event
from duralog.schemas.requests import GetWorkflowExecutionHistory

FIRST: Final = 1  # Event ids begin with it.


class WorkflowHistoryEventFilterType(IntEnum):
    """All events, or only the one that closed the run."""

    ALL_EVENT = 1
    CLOSE_EVENT = 2


ALL_EVENT: Final = WorkflowHistoryEventFilterType.ALL_EVENT


class WorkflowHistoryEventAsyncIterator:
    """Events by `async for`, with Payloads as the codec left them. Asks when the first is wanted.

    A page is what one request brings: all events so far; then, if they are waited for, the others
    when the run is closed. Raises RPCError.
    """

    def __init__(self, client: HandleClient, input: FetchWorkflowHistoryEventsInput) -> None:
        self._client = client
        self._input = input
        self._page: Sequence[Event] | None = None
        self._index = 0
        self._next = _event_id(input.next_page_token)
        self._waits = False

    @property
    def current_page_index(self) -> int:
        """Of the event that comes next."""
        return self._index

    @property
    def current_page(self) -> Sequence[Event] | None:
        """What the last request brought; None before the first."""
        return self._page

    @property
    def next_page_token(self) -> bytes | None:
        """Where the next page begins; None: there is none."""
        return None if self._next is None else str(self._next).encode()

    async def fetch_next_page(self, *, page_size: int | None = None) -> None:
        """Ask for the next page. page_size: Taken and not needed: a page is all there is."""
        del page_size
        if self._next is None:
            self._page, self._index = [], 0
            return
        wants_close = self._input.event_filter_type is WorkflowHistoryEventFilterType.CLOSE_EVENT
        if self._input.wait_new_event and (wants_close or self._waits):
            closed = await self._ask(FIRST, wait_close=True)
            events = closed if wants_close else await self._ask(self._next, wait_close=False)
            self._next = None
        else:
            events = await self._ask(self._next, wait_close=False)
            if wants_close:
                events = [event for event in events[-1:] if _is_close(event)]
            self._waits = self._input.wait_new_event and not (events and _is_close(events[-1]))
            self._next = self._next + len(events) if self._waits else None
        self._page, self._index = events, 0

    async def _ask(self, first_event_id: int, *, wait_close: bool) -> list[Event]:
        request = GetWorkflowExecutionHistory(
            workflow_id=self._input.id,
            run_id=self._input.run_id or "",
            first_event_id=first_event_id,
            wait_close=wait_close,
        )
        timeout = self._input.rpc_timeout or (FOREVER if wait_close else None)
        reply = check(await call(self._client, request, timeout))
        return [decode(data) for data in reply.body]

    def __aiter__(self) -> "WorkflowHistoryEventAsyncIterator":
        return self

    async def __anext__(self) -> Event:
        while self._page is None or self._index >= len(self._page):
            if self._page is not None and self._next is None:
                raise StopAsyncIteration
            await self.fetch_next_page()
        event = self._page[self._index]
        self._index += 1
        return event


def _event_id(token: bytes | None) -> int | None:
    """Where a page begins. Raises ValueError for what is no token."""
    return FIRST if token is None else int(token)


def _is_close(event: Event) -> bool:
    name = type(event).__name__
    return name.startswith("WorkflowExecution") and name.endswith(_CLOSES)


_CLOSES: Final = ("Completed", "Failed", "Canceled", "Terminated", "TimedOut", "ContinuedAsNew")
