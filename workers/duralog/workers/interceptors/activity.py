"""Interceptors of Activities: around their execution, and around what their code asks for."""

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass
from typing import Any

from duralog.activity.info import Info
from duralog.schemas.payloads import Payload


@dataclass
class ExecuteActivityInput:
    """One attempt. executor: of a sync Activity. headers: What the Workflow sent along."""

    fn: Callable[..., Any]
    args: Sequence[Any]
    executor: Executor | None
    headers: Mapping[str, Payload]


class ActivityInboundInterceptor:
    """A link before an Activity's code; every method calls the next link."""

    def __init__(self, next: "ActivityInboundInterceptor") -> None:
        self.next = next

    def init(self, outbound: "ActivityOutboundInterceptor") -> None:
        """Called once; pass on an interceptor of your own to see what the code asks for."""
        self.next.init(outbound)

    async def execute_activity(self, input: ExecuteActivityInput) -> Any:
        """Run the Activity; on the worker's event loop, also for a sync one."""
        return await self.next.execute_activity(input)


class ActivityOutboundInterceptor:
    """A link before what an Activity's code asks for; every method calls the next link."""

    def __init__(self, next: "ActivityOutboundInterceptor") -> None:
        self.next = next

    def info(self) -> Info:
        """`activity.info()`."""
        return self.next.info()

    def heartbeat(self, *details: Any) -> None:
        """`activity.heartbeat()`."""
        self.next.heartbeat(*details)
