"""Time, randomness, waiting and the Workflow's own facts, all the same at every replay."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from random import Random  # noqa: TID251 # only its type: the source is seeded by the Run ID
from typing import Any
from uuid import UUID

from duralog.common import MetricMeter, SearchAttributes, SearchAttributeUpdate
from duralog.common.hints import UNSET
from duralog.converter import PayloadConverter
from duralog.workflow.info import Info
from duralog.workflow.runtime import current, maybe_current


def info() -> Info:
    """The running Workflow Execution."""
    return current().info


def instance() -> Any:
    """The instance of the Workflow's class."""
    return current().instance


def in_workflow() -> bool:
    """Whether this code runs in a Workflow."""
    return maybe_current() is not None


def get_current_details() -> str:
    """What `set_current_details` has set; empty at the begin."""
    return current().current_details


def set_current_details(description: str) -> None:
    """Say where this Workflow stands, for people; `__temporal_workflow_metadata` tells them."""
    current().set_current_details(description)


def now() -> datetime:
    """When the current Workflow Task started: aware, UTC."""
    return datetime.fromtimestamp(time(), UTC)


def time() -> float:
    """The same as `now`, in seconds since the epoch."""
    return current().time_ms / 1000


def time_ns() -> int:
    """The same as `now`, in nanoseconds since the epoch."""
    return current().time_ms * 1_000_000


def random() -> Random:
    """The Workflow's random generator; not for secrets."""
    return current().random


def uuid4() -> UUID:
    """A random UUID, the same at every replay; not for secrets."""
    return current().uuid4()


def metric_meter() -> MetricMeter:
    """What makes metrics of this Workflow; nothing is recorded twice, by a replay."""
    runtime = current()
    known = runtime.info
    attributes = {
        "namespace": known.namespace,
        "task_queue": known.task_queue,
        "workflow_type": known.workflow_type,
    }
    return MetricMeter(attributes, is_silent=lambda: runtime.is_replaying)


def payload_converter() -> PayloadConverter:
    """The worker's payload converter."""
    return current().payload_converter


def memo() -> Mapping[str, Any]:
    """The memo, decoded without type hints."""
    runtime = current()
    return {
        key: runtime.payload_converter.from_payload(payload)
        for key, payload in runtime.info.raw_memo.items()
    }


def memo_value(key: str, default: Any = UNSET, *, type_hint: Any = None) -> Any:
    """One memo value. Raises KeyError when it is missing and there is no default."""
    runtime = current()
    payload = runtime.info.raw_memo.get(key)
    if payload is not None:
        return runtime.payload_converter.from_payload(payload, type_hint)
    if default is UNSET:
        raise KeyError(f"Memo does not have a value for key {key}")
    return default


def upsert_memo(updates: Mapping[str, Any]) -> None:
    """Set entries of the memo; None removes one. Others stay as they are."""
    current().upsert_memo(updates)


def upsert_search_attributes(
    attributes: SearchAttributes | Sequence[SearchAttributeUpdate[Any]],
) -> None:
    """Set or remove search attributes: `[CITY.value_set("Bern"), YEAR.value_unset()]`.

    The form with lists by name is deprecated by Temporal.
    """
    if attributes:
        current().upsert_search_attributes(attributes)


def patched(id: str) -> bool:
    """Whether to take the newer path: False only in the replay of a run that took the older one."""
    return current().patch(id, deprecated=False)


def deprecate_patch(id: str) -> None:
    """Say that no run on the older path is left; later, this call may go as well."""
    current().patch(id, deprecated=True)


async def sleep(duration: float | timedelta, *, summary: str | None = None) -> None:
    """Wait as long, in seconds or as a timedelta, however long the worker is away.

    summary: One line for people; recorded with the timer.
    """
    runtime = current()  # Outside of a Workflow this would be a sleep that no engine knows.
    seconds = duration.total_seconds() if isinstance(duration, timedelta) else duration
    if summary and seconds > 0:
        runtime.name_next_timer(summary)
    await asyncio.sleep(seconds)


async def wait_condition(
    fn: Callable[[], bool],
    *,
    timeout: timedelta | float | None = None,  # noqa: ASYNC109 # Temporal's name
    timeout_summary: str | None = None,
) -> None:
    """Wait until `fn` returns true; it is asked whenever anything has happened in the Workflow.

    timeout: In seconds or as a timedelta. Raises asyncio.TimeoutError when it passes.
    timeout_summary: One line for people; recorded with the timer.
    """
    seconds = timeout.total_seconds() if isinstance(timeout, timedelta) else timeout
    runtime = current()
    if timeout_summary and seconds and seconds > 0:
        runtime.name_next_timer(timeout_summary)
    await runtime.wait_condition(fn, timeout_seconds=seconds)


def is_failure_exception(err: BaseException) -> bool:
    """Whether this error, raised by the Workflow, fails it; others fail the Workflow Task."""
    return current().is_failure_exception(err)


def get_signal_handler(name: str) -> Callable[..., Any] | None:
    """The handler of a Signal; None when there is none."""
    return current().get_signal_handler(name)


def set_signal_handler(name: str, handler: Callable[..., Any] | None) -> None:
    """Set or remove the handler of a Signal; Signals that waited for it are handled now."""
    current().set_signal_handler(name, handler)


def get_dynamic_signal_handler() -> Callable[..., Any] | None:
    """The handler of all Signals that have no other."""
    return current().get_signal_handler(None)


def set_dynamic_signal_handler(handler: Callable[..., Any] | None) -> None:
    """Set or remove the handler of all Signals that have no other."""
    current().set_signal_handler(None, handler)


def get_query_handler(name: str) -> Callable[..., Any] | None:
    """The handler of a Query; None when there is none."""
    return current().get_query_handler(name)


def set_query_handler(name: str, handler: Callable[..., Any] | None) -> None:
    """Set or remove the handler of a Query."""
    current().set_query_handler(name, handler)


def get_dynamic_query_handler() -> Callable[..., Any] | None:
    """The handler of all Queries that have no other."""
    return current().get_query_handler(None)


def set_dynamic_query_handler(handler: Callable[..., Any] | None) -> None:
    """Set or remove the handler of all Queries that have no other."""
    current().set_query_handler(None, handler)


def get_update_handler(name: str) -> Callable[..., Any] | None:
    """The handler of an Update; None when there is none."""
    return current().get_update_handler(name)


def set_update_handler(
    name: str,
    handler: Callable[..., Any] | None,
    *,
    validator: Callable[..., None] | None = None,
) -> None:
    """Set or remove the handler of an Update."""
    current().set_update_handler(name, handler, validator)


def get_dynamic_update_handler() -> Callable[..., Any] | None:
    """The handler of all Updates that have no other."""
    return current().get_update_handler(None)


def set_dynamic_update_handler(
    handler: Callable[..., Any] | None, *, validator: Callable[..., None] | None = None
) -> None:
    """Set or remove the handler of all Updates that have no other."""
    current().set_update_handler(None, handler, validator)


def all_handlers_finished() -> bool:
    """Whether no Signal or Update handler runs; to wait for before a Workflow returns."""
    return current().all_handlers_finished()
