"""What stands behind the functions of `duralog.workflow`: the run that is executing now."""

import asyncio
from collections.abc import Callable, Coroutine, Mapping, Sequence
from dataclasses import dataclass, field
from random import Random  # noqa: TID251 # seeded by the Run ID: the same at every replay
from typing import TYPE_CHECKING, Any, NoReturn, Protocol, cast
from uuid import UUID

from duralog.common import SearchAttributes, SearchAttributeUpdate
from duralog.converter import PayloadConverter
from duralog.schemas.payloads import Payload
from duralog.workflow.errors import NotInWorkflowEventLoopError
from duralog.workflow.sandbox import SandboxRestrictions

if TYPE_CHECKING:
    from duralog.workflow.activities import ActivityConfig, ActivityHandle
    from duralog.workflow.children import ChildWorkflowConfig, ChildWorkflowHandle
    from duralog.workflow.continuing import ContinueAsNewConfig
    from duralog.workflow.external import ExternalWorkflowHandle
    from duralog.workflow.info import Info
    from duralog.workflow.local_activities import LocalActivityConfig


@dataclass(slots=True, kw_only=True)
class ActivityStart:
    """One call of `start_activity`, with its names looked up."""

    activity_type: str
    arguments: Sequence[Any]
    result_type: Any
    config: "ActivityConfig"
    headers: Mapping[str, Payload] = field(default_factory=dict[str, Payload])


@dataclass(slots=True, kw_only=True)
class ChildStart:
    """One call of `start_child_workflow`, with its names looked up."""

    workflow_type: str
    workflow_id: str
    arguments: Sequence[Any]
    result_type: Any
    config: "ChildWorkflowConfig"
    headers: Mapping[str, Payload] = field(default_factory=dict[str, Payload])


@dataclass(slots=True, kw_only=True)
class ContinueAsNew:
    """One call of `continue_as_new`; workflow_type: empty: this Workflow's."""

    workflow_type: str
    arguments: Sequence[Any]
    config: "ContinueAsNewConfig"
    headers: Mapping[str, Payload] = field(default_factory=dict[str, Payload])


@dataclass(slots=True, kw_only=True)
class LocalActivityStart:
    """One call of `start_local_activity`, with its names looked up."""

    activity_type: str
    arguments: Sequence[Any]
    result_type: Any
    config: "LocalActivityConfig"
    headers: Mapping[str, Payload] = field(default_factory=dict[str, Payload])


class Runtime(Protocol):
    """The run that is executing now, as Workflow code sees it."""

    @property
    def info(self) -> "Info":
        """What the Workflow can know about itself."""
        ...

    @property
    def instance(self) -> Any:
        """The instance of the Workflow's class."""
        ...

    @property
    def is_replaying(self) -> bool:
        """Whether what runs now has run before."""
        ...

    @property
    def restrictions(self) -> SandboxRestrictions | None:
        """What its code may not call; None: it may call everything."""
        ...

    @property
    def time_ms(self) -> int:
        """When the current Workflow Task started."""
        ...

    @property
    def history_length(self) -> int:
        """Events up to the current Workflow Task."""
        ...

    @property
    def history_size_bytes(self) -> int:
        """Bytes up to the current Workflow Task."""
        ...

    @property
    def is_continue_as_new_suggested(self) -> bool:
        """Whether the history is long."""
        ...

    @property
    def random(self) -> Random:
        """Seeded by the Run ID."""
        ...

    @property
    def random_seed(self) -> int:
        """The seed of `random`."""
        ...

    @property
    def is_read_only(self) -> bool:
        """Whether a Query handler or an Update validator runs."""
        ...

    @property
    def current_details(self) -> str:
        """Where the Workflow stands, for people."""
        ...

    def set_current_details(self, details: str) -> None:
        """Say where the Workflow stands."""
        ...

    @property
    def payload_converter(self) -> PayloadConverter:
        """The worker's."""
        ...

    @property
    def last_completion_result(self) -> Sequence[Payload]:
        """Of an earlier run of the chain."""
        ...

    @property
    def last_failure(self) -> BaseException | None:
        """Of the run before."""
        ...

    @property
    def cancellation_reason(self) -> str | None:
        """None: nobody asked the run to cancel itself."""
        ...

    def uuid4(self) -> UUID:
        """The next UUID, of a source of its own: `random` does not change it."""
        ...

    def start_activity(self, start: ActivityStart) -> "ActivityHandle[Any]":
        """Schedule an Activity."""
        ...

    async def start_child_workflow(self, start: ChildStart) -> "ChildWorkflowHandle[Any, Any]":
        """Start a child and wait until it is."""
        ...

    def get_external_workflow_handle(
        self, workflow_id: str, *, run_id: str | None
    ) -> "ExternalWorkflowHandle[Any]":
        """A handle of another Workflow."""
        ...

    def start_local_activity(self, start: LocalActivityStart) -> "ActivityHandle[Any]":
        """Run an Activity in this worker."""
        ...

    def continue_as_new(self, call: ContinueAsNew) -> NoReturn:
        """Raise what ends the run and goes on as a new one."""
        ...

    def upsert_memo(self, updates: Mapping[str, Any]) -> None:
        """Change the memo."""
        ...

    def upsert_search_attributes(
        self, attributes: SearchAttributes | Sequence[SearchAttributeUpdate[Any]]
    ) -> None:
        """Change the search attributes."""
        ...

    def name_next_timer(self, summary: str) -> None:
        """The timer that is started next gets this summary."""
        ...

    def patch(self, patch_id: str, *, deprecated: bool) -> bool:
        """Whether to take the newer path."""
        ...

    def wait_condition(
        self, fn: Callable[[], bool], *, timeout_seconds: float | None
    ) -> Coroutine[Any, Any, None]:
        """Wait until `fn` is true."""
        ...

    def is_failure_exception(self, error: BaseException) -> bool:
        """Whether this error fails the Workflow Execution."""
        ...

    def get_signal_handler(self, name: str | None) -> Callable[..., Any] | None:
        """The handler of a Signal, bound; None for the name: the dynamic one."""
        ...

    def set_signal_handler(self, name: str | None, handler: Callable[..., Any] | None) -> None:
        """Set or remove a handler; Signals that waited for it are handled now."""
        ...

    def get_query_handler(self, name: str | None) -> Callable[..., Any] | None:
        """The handler of a Query, bound; None for the name: the dynamic one."""
        ...

    def set_query_handler(self, name: str | None, handler: Callable[..., Any] | None) -> None:
        """Set or remove a handler."""
        ...

    def get_update_handler(self, name: str | None) -> Callable[..., Any] | None:
        """The handler of an Update, bound; None for the name: the dynamic one."""
        ...

    def set_update_handler(
        self,
        name: str | None,
        handler: Callable[..., Any] | None,
        validator: Callable[..., None] | None,
    ) -> None:
        """Set or remove a handler, with its validator."""
        ...

    def all_handlers_finished(self) -> bool:
        """Whether no Signal or Update handler runs."""
        ...


def maybe_current() -> Runtime | None:
    """The run that is executing now; None outside of a Workflow."""
    try:
        loop = asyncio.get_running_loop()
    except RuntimeError:
        return None
    return cast(Runtime | None, getattr(loop, "runtime", None))


def current() -> Runtime:
    """The run that is executing now. Raises NotInWorkflowEventLoopError outside of a Workflow."""
    runtime = maybe_current()
    if runtime is None:
        raise NotInWorkflowEventLoopError("Not in workflow event loop")
    return runtime
