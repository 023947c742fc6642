"""Fixtures for users' tests; pytest finds them by itself once duralog is installed.

    async def test_it_reminds(workflow_environment: WorkflowEnvironment) -> None:
        async with Worker(workflow_environment.client, task_queue="q", workflows=[Remind]):
            ...

Override `workflow_data_converter` or `workflow_interceptors` to test with your own. Nothing of
Duralog is imported until a test asks for one of these.
"""

import asyncio
from collections.abc import Coroutine, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any, TypeVar

import pytest

if TYPE_CHECKING:
    from duralog.client import Interceptor
    from duralog.converter import DataConverter
    from duralog.testing import ActivityEnvironment, WorkflowEnvironment

Result = TypeVar("Result")


@pytest.fixture
def workflow_data_converter() -> "DataConverter":
    """The converter of `workflow_environment`."""
    from duralog.converter import DataConverter  # noqa: PLC0415

    return DataConverter.default


@pytest.fixture
def workflow_interceptors() -> "Sequence[Interceptor]":
    """The interceptors of `workflow_environment`."""
    return ()


@pytest.fixture
def workflow_environment(
    workflow_data_converter: "DataConverter", workflow_interceptors: "Sequence[Interceptor]"
) -> "Iterator[WorkflowEnvironment]":
    """An engine in this process whose time skips, new for each test; for async tests."""
    from duralog.testing import WorkflowEnvironment  # noqa: PLC0415

    environment = _run(
        WorkflowEnvironment.start_time_skipping(
            data_converter=workflow_data_converter, interceptors=workflow_interceptors
        )
    )
    yield environment
    _run(environment.shutdown())


@pytest.fixture
def activity_environment() -> "ActivityEnvironment":
    """What runs an activity alone."""
    from duralog.testing import ActivityEnvironment  # noqa: PLC0415

    return ActivityEnvironment()


def _run(coroutine: Coroutine[Any, Any, Result]) -> Result:
    """On a thread: a loop of pytest's own may be set on this one."""
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(asyncio.run, coroutine).result()
