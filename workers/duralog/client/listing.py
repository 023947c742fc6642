"""`Client.list_workflows` and `count_workflows`: what they return."""

import json
from collections.abc import AsyncIterator, Callable, Coroutine, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Self

from duralog.client.description import WorkflowExecutionStatus, aware
from duralog.client.events import ALL_EVENT, WorkflowHistoryEventFilterType
from duralog.client.handle import WorkflowHandle
from duralog.client.history import WorkflowHistory
from duralog.client.interceptor import ListWorkflowsInput
from duralog.common import SearchAttributes, SearchAttributeValue, TypedSearchAttributes
from duralog.common.hints import UNSET
from duralog.connectors.visibility import Place, place_of
from duralog.converter import (
    DataConverter,
    decode_search_attributes,
    decode_typed_search_attributes,
)
from duralog.schemas.runs import RunRow
from duralog.schemas.states import RunProperties

if TYPE_CHECKING:
    from duralog.client.connection import HandleClient


@dataclass(slots=True, frozen=True, kw_only=True)
class WorkflowExecution:
    """A run as lists show it. Times are aware and UTC.

    close_time: None while open.
    parent_id, parent_run_id: None when it is no child.
    raw_info: The row of the index.
    """

    id: str
    run_id: str
    workflow_type: str
    task_queue: str
    namespace: str
    status: WorkflowExecutionStatus | None
    start_time: datetime
    execution_time: datetime | None
    close_time: datetime | None
    history_length: int
    parent_id: str | None
    parent_run_id: str | None
    root_id: str | None
    root_run_id: str | None
    raw_info: RunRow
    data_converter: DataConverter

    async def memo(self) -> Mapping[str, Any]:
        """The memo as it was when it was listed."""
        record = RunProperties(memo=dict(self.raw_info.memo))
        await self.data_converter.decode_record(record)
        values = self.data_converter.from_payloads(list(record.memo.values()))
        return dict(zip(record.memo, values, strict=True))

    async def memo_value(
        self, key: str, default: Any = UNSET, *, type_hint: type | None = None
    ) -> Any:  # the user's type
        """One memo value. Raises KeyError when it is missing and there is no default."""
        if key not in self.raw_info.memo:
            if default is UNSET:
                raise KeyError(f"Memo does not have a value for key {key}")
            return default
        record = RunProperties(memo={key: self.raw_info.memo[key]})
        await self.data_converter.decode_record(record)
        hints = None if type_hint is None else [type_hint]
        return self.data_converter.from_payloads([record.memo[key]], hints)[0]

    @property
    def typed_search_attributes(self) -> TypedSearchAttributes:
        """Search attributes as they were when it was listed."""
        return decode_typed_search_attributes(self.raw_info.search_attributes)

    @property
    def search_attributes(self) -> SearchAttributes:
        """The same, untyped; deprecated by Temporal."""
        return decode_search_attributes(self.raw_info.search_attributes)


@dataclass(slots=True, frozen=True)
class WorkflowExecutionCountAggregationGroup:
    """How many runs have the values that a count groups by."""

    count: int
    group_values: Sequence[SearchAttributeValue]


@dataclass(slots=True, frozen=True)
class WorkflowExecutionCount:
    """How many runs match. groups: empty unless the query groups."""

    count: int
    groups: Sequence[WorkflowExecutionCountAggregationGroup]


FetchPage = Callable[[int, Place | None], Coroutine[Any, Any, list[RunRow]]]


class WorkflowExecutionAsyncIterator:
    """Runs, page by page; nothing is asked before the first is wanted."""

    def __init__(self, client: "HandleClient", input: ListWorkflowsInput, fetch: FetchPage) -> None:
        self._client = client
        self._input = input
        self._fetch = fetch
        self._token = input.next_page_token
        self._page: list[WorkflowExecution] | None = None
        self._page_index = 0
        self._yielded = 0

    @property
    def current_page_index(self) -> int:
        """Of the run that is next, in the current page."""
        return self._page_index

    @property
    def current_page(self) -> Sequence[WorkflowExecution] | None:
        """None before the first is fetched."""
        return self._page

    @property
    def next_page_token(self) -> bytes | None:
        """For another iterator to go on behind the current page; None: it is the last."""
        return self._token

    async def fetch_next_page(self, *, page_size: int | None = None) -> None:
        """Fetch the next page."""
        size = page_size or self._input.page_size
        if self._input.limit is not None:
            size = min(size, self._input.limit - self._yielded)
        rows = await self._fetch(size, _place(self._token))
        # A page that is full may have another one behind it, which may be empty.
        self._token = _token(rows[-1]) if rows and len(rows) == size else None
        self._page = [execution(self._client, row) for row in rows]
        self._page_index = 0

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> WorkflowExecution:
        if self._input.limit is not None and self._yielded >= self._input.limit:
            raise StopAsyncIteration
        while self._page is None or self._page_index >= len(self._page):
            if self._page is not None and self._token is None:
                raise StopAsyncIteration
            await self.fetch_next_page()
        found = self._page[self._page_index]
        self._page_index += 1
        self._yielded += 1
        return found

    async def map_histories(
        self,
        *,
        event_filter_type: WorkflowHistoryEventFilterType = ALL_EVENT,
        skip_archival: bool = False,
        rpc_timeout: timedelta | None = None,
    ) -> AsyncIterator[WorkflowHistory]:
        """The Event History of each run, fetched one by one; see `WorkflowHandle.fetch_history`."""
        async for found in self:
            handle = WorkflowHandle[Any, Any](self._client, found.id, run_id=found.run_id)
            yield await handle.fetch_history(
                event_filter_type=event_filter_type,
                skip_archival=skip_archival,
                rpc_timeout=rpc_timeout,
            )


def execution(client: "HandleClient", row: RunRow) -> WorkflowExecution:
    """The user's view of a row."""
    start_time = aware(row.start_time_ms)
    assert start_time is not None, f"run {row.run_id} without a start time"
    return WorkflowExecution(
        id=row.workflow_id,
        run_id=row.run_id,
        workflow_type=row.workflow_type,
        task_queue=row.task_queue,
        namespace=client.namespace,
        status=WorkflowExecutionStatus.__members__.get(row.status),
        start_time=start_time,
        execution_time=aware(row.execution_time_ms),
        close_time=aware(row.close_time_ms),
        history_length=row.history_length,
        parent_id=row.parent_workflow_id or None,
        parent_run_id=row.parent_run_id or None,
        root_id=row.root_workflow_id or None,
        root_run_id=row.root_run_id or None,
        raw_info=row,
        data_converter=client.data_converter,
    )


def counted(found: Sequence[tuple[str, int]]) -> WorkflowExecutionCount:
    """The user's view of a count by status, or of one without."""
    groups = [
        WorkflowExecutionCountAggregationGroup(number, [_status_text(status)])
        for status, number in found
        if status
    ]
    return WorkflowExecutionCount(sum(number for _, number in found), groups)


def _status_text(status: str) -> str:
    """As queries write it: ContinuedAsNew."""
    return status.title().replace("_", "")


def _token(row: RunRow) -> bytes:
    return json.dumps(place_of(row)).encode()


def _place(token: bytes | None) -> Place | None:
    return Place(*json.loads(token)) if token else None
