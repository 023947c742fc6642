"""A channel's threads outlive what goes wrong in one of their rounds."""

from typing import Any

import pytest

from duralog.connectors.channel import OverloadedError
from unit.workers.desk import Desk, open_channel, wait_until


def test_no_room_for_a_question_about_the_clock_does_not_end_the_sending_thread(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    channel = open_channel(Desk())
    call, refused = channel.call, list[Any]()

    def overloaded(request: Any, **options: Any) -> Any:
        if not refused:
            refused.append(request)
            raise OverloadedError("10000 calls are open; wait for some of them")
        return call(request, **options)

    monkeypatch.setattr(channel, "call", overloaded)
    channel.clock(0)
    wait_until(lambda: bool(refused))

    def is_known() -> bool:
        channel.clock(0)
        return channel.engine_time_ms(0) is not None

    wait_until(is_known)
    channel.close()
