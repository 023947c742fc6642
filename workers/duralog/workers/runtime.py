"""What Workflow code sees of its run: implements `duralog.workflow.runtime.Runtime`."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from hashlib import sha512
from random import Random  # noqa: TID251 # seeded by the Run ID: the same at every replay
from typing import Any, Final, NoReturn
from uuid import UUID

from duralog.common import SearchAttributes, SearchAttributeUpdate
from duralog.converter import PayloadConverter
from duralog.schemas.events import WorkflowExecutionStarted
from duralog.schemas.payloads import Failure, Payload
from duralog.workers.activities import Activities
from duralog.workers.children import Children
from duralog.workers.continuing import RunContinueAsNewError, continue_command
from duralog.workers.event_loop import WorkflowEventLoop
from duralog.workers.execution import Execution
from duralog.workers.externals import Externals, RunExternalHandle
from duralog.workers.interceptors import WorkflowOutboundInterceptor
from duralog.workers.local_activities import LocalActivities
from duralog.workers.properties import Properties
from duralog.workers.queries import Queries
from duralog.workers.timers import RunTimers
from duralog.workers.updates import Updates
from duralog.workers.workflow_outbound import (
    activity_input,
    child_input,
    continue_input,
    local_activity_input,
)
from duralog.workflow.activities import ActivityHandle
from duralog.workflow.children import ChildWorkflowHandle
from duralog.workflow.info import Info
from duralog.workflow.runtime import (
    ActivityStart,
    ChildStart,
    ContinueAsNew,
    LocalActivityStart,
)
from duralog.workflow.sandbox import SandboxRestrictions

# Source: Temporal's server suggests it from 4096 events or 4 MB on.
SUGGEST_CONTINUE_AS_NEW_EVENTS: Final = 4096
SUGGEST_CONTINUE_AS_NEW_BYTES: Final = 4 * 1024 * 1024


class RunRuntime:
    """The run, for Workflow code; WorkflowRun sets what changes with each Workflow Task."""

    def __init__(self, payload_converter: PayloadConverter) -> None:
        self.payload_converter = payload_converter
        self.is_replaying = False
        self.history_length = 0
        self.history_size_bytes = 0
        self.loop: WorkflowEventLoop
        self.activities: Activities
        self.children: Children
        self.externals: Externals
        self.local_activities: LocalActivities
        self.execution: Execution
        self.properties: Properties
        self.timers: RunTimers
        self.queries: Queries
        self.updates: Updates
        self.read_info: Callable[[], Info]
        self.read_failure: Callable[[Failure], BaseException]
        self.started: WorkflowExecutionStarted
        self.run_id = ""
        self.restrictions: SandboxRestrictions | None = None
        self.outbound: WorkflowOutboundInterceptor | None = None
        self._info: Info | None = None
        self._random: Random | None = None
        self._uuids: Random | None = None

    @property
    def info(self) -> Info:
        """What the Workflow can know about itself."""
        return self.plain_info() if self.outbound is None else self.outbound.info()

    def plain_info(self) -> Info:
        """The same without interceptors; made when it is asked for."""
        if self._info is None:
            self._info = self.read_info()
        return self._info

    @property
    def instance(self) -> Any:
        """The instance of the Workflow's class."""
        return self.execution.instance

    @property
    def time_ms(self) -> int:
        """When the current Workflow Task started."""
        return self.loop.time_ms

    @property
    def is_continue_as_new_suggested(self) -> bool:
        """Whether the history is long; computed here, so that it is the same at every replay."""
        return (
            self.history_length >= SUGGEST_CONTINUE_AS_NEW_EVENTS
            or self.history_size_bytes >= SUGGEST_CONTINUE_AS_NEW_BYTES
        )

    @property
    def random(self) -> Random:
        """Seeded by the Run ID."""
        self.loop.check_writable("random")
        if self._random is None:
            self._random = Random(self.run_id)  # noqa: S311 # not for secrets
        return self._random

    @property
    def random_seed(self) -> int:
        """What Python makes of a text as a seed: an int that seeds the same numbers."""
        text = self.run_id.encode()
        return int.from_bytes(text + sha512(text).digest(), "big")

    @property
    def is_read_only(self) -> bool:
        """Whether a Query handler or an Update validator runs."""
        return self.loop.read_only

    @property
    def current_details(self) -> str:
        """Where the Workflow stands, for people."""
        return self.queries.current_details

    def set_current_details(self, details: str) -> None:
        """Say where the Workflow stands."""
        self.loop.check_writable("set current details")
        self.queries.current_details = details

    @property
    def last_completion_result(self) -> Sequence[Payload]:
        """Of an earlier run of the chain."""
        return self.started.last_completion_result

    @property
    def last_failure(self) -> BaseException | None:
        """Of the run before."""
        failure = self.started.continued_failure
        return None if failure is None else self.read_failure(failure)

    @property
    def cancellation_reason(self) -> str | None:
        """None: nobody asked the run to cancel itself."""
        return self.execution.cancel_reason

    def uuid4(self) -> UUID:
        """The next UUID, of a source of its own: `random` does not change it."""
        self.loop.check_writable("random")
        if self._uuids is None:
            self._uuids = Random(f"{self.run_id}/uuid4")  # noqa: S311 # not for secrets
        return UUID(int=self._uuids.getrandbits(128), version=4)

    def start_activity(self, start: ActivityStart) -> ActivityHandle[Any]:
        """Schedule an Activity."""
        self.loop.check_writable("start activity")
        if self.outbound is None:
            return self.activities.start(start)
        return self.outbound.start_activity(activity_input(start))

    async def start_child_workflow(self, start: ChildStart) -> ChildWorkflowHandle[Any, Any]:
        """Start a child and wait until it is."""
        self.loop.check_writable("start child workflow")
        if self.outbound is None:
            return await self.children.start(start)
        return await self.outbound.start_child_workflow(child_input(start))

    def get_external_workflow_handle(
        self, workflow_id: str, *, run_id: str | None
    ) -> RunExternalHandle:
        """A handle of another Workflow."""
        return RunExternalHandle(self.externals, workflow_id, run_id, own_run_id=self.run_id)

    def start_local_activity(self, start: LocalActivityStart) -> ActivityHandle[Any]:
        """Run an Activity in this worker."""
        self.loop.check_writable("start local activity")
        if self.outbound is None:
            return self.local_activities.start(start)
        return self.outbound.start_local_activity(local_activity_input(start))

    def continue_as_new(self, call: ContinueAsNew) -> NoReturn:
        """Raise what ends the run and goes on as a new one."""
        self.loop.check_writable("continue as new")
        if self.outbound is not None:
            self.outbound.continue_as_new(continue_input(call))
        raise RunContinueAsNewError(continue_command(call, self.payload_converter))

    def upsert_memo(self, updates: Mapping[str, Any]) -> None:
        """Change the memo."""
        self.loop.check_writable("upsert memo")
        self.properties.upsert_memo(self.info, updates)

    def upsert_search_attributes(
        self, attributes: SearchAttributes | Sequence[SearchAttributeUpdate[Any]]
    ) -> None:
        """Change the search attributes."""
        self.loop.check_writable("upsert search attributes")
        self.properties.upsert_search_attributes(self.info, attributes)

    def name_next_timer(self, summary: str) -> None:
        """The timer that is started next gets this summary."""
        self.timers.next_summary = summary

    def patch(self, patch_id: str, *, deprecated: bool) -> bool:
        """Whether to take the newer path."""
        return self.properties.patch(
            patch_id, deprecated=deprecated, is_replaying=self.is_replaying
        )

    async def wait_condition(
        self, fn: Callable[[], bool], *, timeout_seconds: float | None
    ) -> None:
        """Wait until `fn` is true."""
        await asyncio.wait_for(self.loop.add_condition(fn), timeout_seconds)

    def is_failure_exception(self, error: BaseException) -> bool:
        """Whether this error fails the Workflow Execution."""
        return self.execution.is_failure_exception(error)

    def get_signal_handler(self, name: str | None) -> Callable[..., Any] | None:
        """The handler of a Signal, bound."""
        return self.execution.get_handler(name)

    def set_signal_handler(self, name: str | None, handler: Callable[..., Any] | None) -> None:
        """Set or remove a handler."""
        self.loop.check_writable("set signal handler")
        self.execution.set_handler(name, handler)

    def get_query_handler(self, name: str | None) -> Callable[..., Any] | None:
        """The handler of a Query, bound."""
        return self.queries.get_handler(name)

    def set_query_handler(self, name: str | None, handler: Callable[..., Any] | None) -> None:
        """Set or remove a handler."""
        self.loop.check_writable("set query handler")
        self.queries.set_handler(name, handler)

    def get_update_handler(self, name: str | None) -> Callable[..., Any] | None:
        """The handler of an Update, bound."""
        return self.updates.get_handler(name)

    def set_update_handler(
        self,
        name: str | None,
        handler: Callable[..., Any] | None,
        validator: Callable[..., None] | None,
    ) -> None:
        """Set or remove a handler, with its validator."""
        self.loop.check_writable("set update handler")
        self.updates.set_handler(name, handler, validator)

    def all_handlers_finished(self) -> bool:
        """Whether no Signal or Update handler runs."""
        return self.execution.handlers_finished and self.updates.finished
