"""A Worker refuses at once what cannot work, with the texts of Temporal's SDK."""

import threading
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor

import pytest

from duralog import activity, workflow
from duralog.worker import SharedHeartbeatSender, SharedStateManager
from duralog.worker.checks import activity_table, check_limits, workflow_table


class NoState(SharedStateManager):
    """Is only looked at."""

    def new_event(self) -> threading.Event:
        raise NotImplementedError

    async def register_heartbeater(
        self, task_token: bytes, heartbeat: Callable[..., None]
    ) -> SharedHeartbeatSender:
        raise NotImplementedError

    async def unregister_heartbeater(self, task_token: bytes) -> None:
        raise NotImplementedError


@activity.defn
async def say() -> None: ...


@activity.defn(name="say")
async def say_again() -> None: ...


@activity.defn
def block() -> None: ...


@workflow.defn(name="W")
class First:
    @workflow.run
    async def run(self) -> None: ...


@workflow.defn(name="W")
class Second:
    @workflow.run
    async def run(self) -> None: ...


def test_activities_are_found_by_name() -> None:
    assert set(activity_table([say], None, 100)) == {"say"}


def test_two_activities_of_one_name_are_refused() -> None:
    with pytest.raises(ValueError, match="More than one activity named say"):
        activity_table([say, say_again], None, 100)


def test_a_sync_activity_needs_an_executor() -> None:
    with pytest.raises(ValueError, match="block is not async so an activity_executor"):
        activity_table([block], None, 100)


def test_a_small_executor_is_warned_about() -> None:
    with (
        ThreadPoolExecutor(2) as executor,
        pytest.warns(UserWarning, match="max_workers is only 2"),
    ):
        activity_table([block], executor, 100)


def test_processes_need_a_shared_state_manager_and_what_can_be_pickled() -> None:
    with ProcessPoolExecutor(1) as executor:
        with pytest.raises(ValueError, match="so a shared_state_manager must be present"):
            activity_table([block], executor, 1)

        @activity.defn
        def local() -> None: ...

        with pytest.raises(TypeError, match="local must be picklable"):
            activity_table([local], executor, 1, NoState())


def test_two_workflows_of_one_name_are_refused() -> None:
    with pytest.raises(ValueError, match="More than one workflow named W"):
        workflow_table([First, Second])


def test_a_class_without_defn_is_refused() -> None:
    with pytest.raises(ValueError, match=r"was it decorated with @workflow\.defn"):
        workflow_table([int])


def test_limits_must_let_something_run() -> None:
    with pytest.raises(ValueError, match="max_concurrent_activities must be at least 1"):
        check_limits(task_queue="q", max_concurrent_activities=0)
    with pytest.raises(ValueError, match="task_queue"):
        check_limits(task_queue="")
