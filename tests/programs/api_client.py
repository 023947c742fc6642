"""A client of a flaky API: what may be tried again is, with backoff; what may not fails at once."""

import asyncio
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

from temporalio import activity, workflow
from temporalio.client import Client
from temporalio.common import RetryPolicy
from temporalio.exceptions import ActivityError, ApplicationError, RetryState
from temporalio.worker import Worker

TASK_QUEUE = "api"


class Api:
    """Somebody's HTTP API: answers by path and by how often it was asked."""

    def __init__(self) -> None:
        self.calls: dict[str, int] = {}
        self.lock = threading.Lock()

    def get(self, path: str) -> int:
        with self.lock:
            self.calls[path] = call = self.calls.get(path, 0) + 1
        if path == "/busy" and call == 1:
            return 429
        if path == "/flaky" and call < 4:
            return 503
        return {"/missing": 404, "/down": 503}.get(path, 200)


class NotFoundError(Exception):
    """Asking again does not help."""


class Calls:
    def __init__(self, api: Api) -> None:
        self._api = api

    @activity.defn
    def get(self, path: str) -> str:
        status = self._api.get(path)
        if status == 404:
            raise NotFoundError(path)
        if status == 429:
            raise ApplicationError(
                "slow down", type="TooMany", next_retry_delay=timedelta(milliseconds=300)
            )
        if status != 200:
            raise ConnectionError(f"{path} answered {status}")
        return f"{path} at attempt {activity.info().attempt}"


@workflow.defn
class Fetch:
    @workflow.run
    async def run(self, paths: list[str]) -> dict[str, str]:
        return dict(zip(paths, await asyncio.gather(*map(self._get, paths)), strict=True))

    async def _get(self, path: str) -> str:
        try:
            return await workflow.execute_activity_method(
                Calls.get,
                path,
                start_to_close_timeout=timedelta(seconds=10),
                retry_policy=RetryPolicy(
                    initial_interval=timedelta(milliseconds=100),
                    backoff_coefficient=1.5,
                    maximum_interval=timedelta(milliseconds=200),
                    maximum_attempts=5,
                    non_retryable_error_types=["NotFoundError"],
                ),
            )
        except ActivityError as error:
            assert isinstance(error.cause, ApplicationError)
            state = error.retry_state or RetryState.IN_PROGRESS
            return f"{error.cause.type}: {state.name}"


async def main(client: Client) -> tuple[dict[str, str], dict[str, int]]:
    """What became of each path, and how often each was asked."""
    api = Api()
    with ThreadPoolExecutor(8) as executor:
        async with Worker(
            client,
            task_queue=TASK_QUEUE,
            workflows=[Fetch],
            activities=[Calls(api).get],
            activity_executor=executor,
            max_concurrent_activities=8,
        ):
            answers = await client.execute_workflow(
                Fetch.run,
                ["/good", "/flaky", "/busy", "/missing", "/down"],
                id="fetch",
                task_queue=TASK_QUEUE,
            )
    return answers, api.calls
