"""The supervisor against slots that cannot start; with a broker it is proved in integration."""

import threading
from pathlib import Path

import pytest

from duralog.orchestrator import supervise
from duralog.orchestrator.settings import EngineSettings
from duralog.orchestrator.supervise import EXIT_FAILED, EXIT_OK, EXIT_SETTINGS, Supervisor


def settings(tmp_path: Path, **kafka: str) -> EngineSettings:
    return EngineSettings(bootstrap_servers="127.0.0.1:1", data_dir=tmp_path, kafka=kafka)


def test_wrong_settings_end_it_at_once_and_are_named(tmp_path: Path) -> None:
    told: list[str] = []
    supervisor = Supervisor(settings(tmp_path, group="mine"), tell=told.append)
    assert supervisor.run() == EXIT_SETTINGS
    (line,) = told
    assert line.startswith("slot 0 cannot start: ")
    assert "group" in line


@pytest.mark.slow
def test_a_slot_that_never_serves_is_given_up(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(supervise, "ENDS_MAX", 2)
    told: list[str] = []
    wrong = settings(tmp_path)
    (tmp_path / "slot-0").write_text("a file where its directory should be")
    supervisor = Supervisor(wrong, tell=told.append)
    assert supervisor.run() == EXIT_FAILED
    assert [line.split(" (")[0].split("; giving")[0] for line in told] == [
        "slot 0 ended",
        "slot 0 ended 2 times in a row",
    ]


def test_it_stops_when_told_before_it_serves(tmp_path: Path) -> None:
    supervisor = Supervisor(settings(tmp_path), tell=lambda _: None)
    result: list[int] = []
    thread = threading.Thread(target=lambda: result.append(supervisor.run()))
    supervisor.stop()
    thread.start()
    thread.join(30)
    assert result in ([EXIT_OK], [EXIT_FAILED])
    assert not supervisor.ready.is_set()
