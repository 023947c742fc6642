"""Where a setting comes from: flag, environment, file, default."""

from pathlib import Path

import pytest

from duralog.cli.connection import connect
from duralog.cli.options import Options
from duralog.cli.shell import UserError


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
