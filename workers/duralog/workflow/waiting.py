"""`asyncio.wait` and `asyncio.as_completed` without their sets: the same order at every replay."""

import asyncio
from collections.abc import Awaitable, Coroutine, Iterable, Iterator
from typing import Any, TypeVar

from duralog.workflow.runtime import current

AnyType = TypeVar("AnyType")


def as_completed(
    fs: Iterable[Awaitable[AnyType]],
    *,
    timeout: float | None = None,
) -> Iterator[Coroutine[Any, Any, AnyType]]:
    """As `asyncio.as_completed`, deterministic: equal ends come in the order they were given.

    Raises asyncio.TimeoutError out of the awaitables once `timeout` seconds have passed.
    """
    current()
    done: asyncio.Queue[asyncio.Future[AnyType] | None] = asyncio.Queue()
    waiting = _futures(fs)
    loop = asyncio.get_running_loop()

    def finished(future: asyncio.Future[AnyType]) -> None:
        if future in waiting:
            waiting.remove(future)
            done.put_nowait(future)
            if not waiting and timer is not None:
                timer.cancel()

    def timed_out() -> None:
        for future in waiting:
            future.remove_done_callback(finished)
            done.put_nowait(None)
        waiting.clear()

    async def next_one() -> AnyType:
        future = await done.get()
        if future is None:
            raise TimeoutError
        return future.result()

    timer = loop.call_later(timeout, timed_out) if timeout is not None and waiting else None
    count = len(waiting)
    for future in list(waiting):
        future.add_done_callback(finished)
    for _ in range(count):
        yield next_one()


async def wait(
    fs: Iterable[asyncio.Future[AnyType] | asyncio.Task[AnyType]],
    *,
    timeout: float | None = None,  # noqa: ASYNC109 # asyncio's name
    return_when: str = asyncio.ALL_COMPLETED,
) -> tuple[list[asyncio.Future[AnyType]], list[asyncio.Future[AnyType]]]:
    """As `asyncio.wait`, deterministic: (done, pending), both as lists in the order given."""
    futures = _futures(fs)
    if not futures:
        raise ValueError("Sequence of Tasks/Futures must not be empty.")
    current()
    await asyncio.wait(futures, timeout=timeout, return_when=return_when)
    return [f for f in futures if f.done()], [f for f in futures if not f.done()]


def _futures(fs: Iterable[Awaitable[AnyType]]) -> list[asyncio.Future[AnyType]]:
    """Futures of these awaitables, each once, in order."""
    return list(dict.fromkeys(asyncio.ensure_future(f) for f in dict.fromkeys(fs)))
