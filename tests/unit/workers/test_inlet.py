"""The inlet loses nothing, keeps the order and wakes the loop once for many."""

import asyncio
import threading

from duralog.workers.inlet import Inlet


async def test_items_of_a_thread_arrive_in_order() -> None:
    taken: list[int] = []
    done = asyncio.Event()

    def take(item: int) -> None:
        taken.append(item)
        if item == 9_999:
            done.set()

    inlet = Inlet(asyncio.get_running_loop(), take)

    def put_all() -> None:
        for number in range(10_000):
            inlet.put(number)

    thread = threading.Thread(target=put_all)
    thread.start()
    await done.wait()
    thread.join()
    assert taken == list(range(10_000))


async def test_many_items_wake_the_loop_once() -> None:
    loop = asyncio.get_running_loop()
    wakes: list[int] = []
    inlet = Inlet[int](loop, wakes.append)
    for item in range(3):
        inlet.put(item)
    assert wakes == []
    await asyncio.sleep(0)
    assert wakes == [0, 1, 2]


async def test_a_closed_loop_is_no_error() -> None:
    loop = asyncio.new_event_loop()
    loop.close()
    Inlet[int](loop, lambda _: None).put(1)
