"""Where a setting comes from: flag, environment, file, default."""

import re
from pathlib import Path

import pytest

from duralog.cli.connection import connect
from duralog.cli.options import Options
from duralog.cli.shell import UserError
from duralog.cli.slot import engine_settings
from duralog.orchestrator.settings import EngineSettings
from duralog.schemas.topics import DAY_MS


def test_silence_gives_the_defaults() -> None:
    connection = connect(Options(), {})
    assert connection.bootstrap_servers == "localhost:9092"
    assert connection.names.of("history") == "duralog.default.history"


def test_flag_wins_over_environment_wins_over_file(tmp_path: Path) -> None:
    path = tmp_path / "duralog.toml"
    path.write_text(
        'namespace = "file"\nprefix = "file"\n'
        '[kafka]\n"bootstrap.servers" = "file:1"\n"client.rack" = "file"\n'
    )
    environ = {"DURALOG_NAMESPACE": "environment", "DURALOG_PREFIX": "environment"}
    connection = connect(Options(config=path, namespace="flag"), environ)
    assert connection.namespace == "flag"
    assert connection.prefix == "environment"
    assert connection.bootstrap_servers == "file:1"
    assert connection.kafka["client.rack"] == "file"


def test_the_environment_names_librdkafkas_settings_with_underscores() -> None:
    environ = {"DURALOG_KAFKA_SASL_USERNAME": "ada", "DURALOG_KAFKA_SASL_PASSWORD_FILE": "/secret"}
    kafka = connect(Options(), environ).kafka
    assert kafka == {"sasl.username": "ada", "sasl.password_file": "/secret"}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("namespace = [", "is no TOML"),
        ("namespaces = 1", "has 'namespaces' at the top"),
        ("kafka = 1", "must be a table"),
    ],
)
def test_a_bad_file_is_refused_by_name(tmp_path: Path, text: str, expected: str) -> None:
    path = tmp_path / "duralog.toml"
    path.write_text(text)
    with pytest.raises(UserError, match=expected):
        connect(Options(config=path), {})


def test_a_missing_file_is_refused_by_name(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"cannot read .*none\.toml"):
        connect(Options(config=tmp_path / "none.toml"), {})


def settings_of(tmp_path: Path, table: str) -> EngineSettings:
    path = tmp_path / "duralog.toml"
    path.write_text(f"[engine]\n{table}\n")
    return engine_settings(connect(Options(config=path), {}), data_dir=tmp_path, slot=3)


def test_a_file_sets_what_an_engine_knows(tmp_path: Path) -> None:
    settings = settings_of(tmp_path, 'retention_ms = 5\nnamespaces = ["a", "b"]')
    assert (settings.retention_ms, settings.namespaces, settings.slot) == (5, ("a", "b"), 3)


@pytest.mark.parametrize(
    ("table", "expected"),
    [
        ("retentoin_ms = 5", "has 'retentoin_ms'; known are"),
        ("slot = 1", "has 'slot'; known are"),
        ("data_dir = '/data'", "has 'data_dir'; known are"),
        ("partitions = 4", "has 'partitions'; known are"),
        ("retention_ms = -1", "retention_ms: "),
    ],
)
def test_a_file_that_sets_anything_else_is_refused(
    tmp_path: Path, table: str, expected: str
) -> None:
    with pytest.raises(UserError, match=re.escape(expected)):
        settings_of(tmp_path, table)


def test_the_environment_wins_over_an_engines_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DURALOG_RETENTION_MS", "7")
    settings = settings_of(tmp_path, "retention_ms = 5\nrecords_max = 6")
    assert (settings.retention_ms, settings.records_max) == (7, 6)


def test_a_file_that_nobody_named_is_not_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "duralog.toml").write_text("retention_ms = 5\n")
    monkeypatch.chdir(tmp_path)
    assert engine_settings(connect(Options(), {}), data_dir=tmp_path).retention_ms == 7 * DAY_MS
