"""A warning comes before a limit, and says where and how much."""

import pytest

from duralog.schemas.payloads import Payload
from duralog.workers.sizes import warn_of_history, warn_of_memo_size, warn_of_size


def payload(size: int) -> Payload:
    return Payload(metadata={}, data=b"secret".ljust(size, b"x"))


def test_what_is_small_is_not_mentioned(caplog: pytest.LogCaptureFixture) -> None:
    warn_of_size([payload(512 * 1024)], "the input")
    warn_of_memo_size({"k": payload(2 * 1024)})
    assert not warn_of_history("w", events=10_240, size_bytes=10 * 1024 * 1024)
    assert caplog.text == ""


def test_what_is_large_is_and_never_its_data(caplog: pytest.LogCaptureFixture) -> None:
    warn_of_size([payload(300 * 1024), payload(300 * 1024)], "the input of workflow T")
    warn_of_memo_size({"k": payload(2 * 1024 + 1)})
    assert warn_of_history("w", events=10_241, size_bytes=0)
    assert warn_of_history("w", events=1, size_bytes=10 * 1024 * 1024 + 1)
    assert "the input of workflow T has 614400 bytes" in caplog.text
    assert "a memo has 2049 bytes" in caplog.text
    assert "workflow w has 10241 events" in caplog.text
    assert "secret" not in caplog.text
