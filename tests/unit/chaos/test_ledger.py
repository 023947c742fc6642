"""The ledger keeps one line for each beginning and each end, whatever ends an activity."""

from pathlib import Path

import pytest

from chaos import ledger
from chaos.programs import flaky, step
from duralog.testing import ActivityEnvironment
from evidence.model import BEGIN, DONE, FAILED
from evidence.payloads import digest_of_value


@pytest.fixture
def path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    place = tmp_path / "ledger.jsonl"
    monkeypatch.setenv(ledger.LEDGER, str(place))
    return place


async def test_what_was_done_is_kept_with_its_result(path: Path) -> None:
    assert await ActivityEnvironment().run(step, "a", 0) == "a done"
    begin, done = ledger.read(path)
    assert (begin.what, done.what) == (BEGIN, DONE)
    assert begin.execution == done.execution
    assert done.digest == digest_of_value("a done")


async def test_what_failed_is_kept_as_such(path: Path) -> None:
    with pytest.raises(ConnectionError):
        await ActivityEnvironment().run(flaky, "a", 9)
    assert [effect.what for effect in ledger.read(path)] == [BEGIN, FAILED]


def test_a_ledger_that_nobody_wrote_is_empty(path: Path) -> None:
    assert ledger.read(path) == []
