"""Kafka settings pass through, the ones we own are refused, secrets stay secret."""

from pathlib import Path

import pytest

from duralog.connectors.kafka.clients import open_admin, transactional_config
from duralog.connectors.kafka.settings import OWNED, KafkaSettings, SettingsError, Value


def test_settings_of_librdkafka_pass_through_verbatim() -> None:
    given: dict[str, Value] = {
        "bootstrap.servers": "a:1,b:2",
        "sasl.username": "u",
        "statistics.interval.ms": 500,
    }
    config = KafkaSettings(given).client(owned={})
    assert given.items() <= config.items()


def test_without_servers_it_is_this_machine() -> None:
    assert KafkaSettings().bootstrap_servers == "localhost:9092"


@pytest.mark.parametrize("key", sorted(OWNED))
def test_what_a_client_owns_is_refused_with_the_reason(key: str) -> None:
    with pytest.raises(SettingsError, match=f"'{key}' cannot be set: .+; remove it"):
        KafkaSettings({key: "x"})


def test_our_own_values_win_and_ours_by_default_yield() -> None:
    settings = KafkaSettings({"socket.timeout.ms": 99_000, "compression.type": "zstd"})
    config = transactional_config(settings, transactional_id="t")
    assert config["compression.type"] == "zstd"
    assert config["socket.timeout.ms"] <= config["transaction.timeout.ms"]
    assert config["enable.idempotence"] is True


def test_a_secret_is_read_from_a_file(tmp_path: Path) -> None:
    (tmp_path / "password").write_text("hunter2\n")
    settings = KafkaSettings({"sasl.password_file": str(tmp_path / "password")})
    assert settings.client(owned={})["sasl.password"] == "hunter2"


def test_a_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"sasl\.password.*No such file"):
        KafkaSettings({"sasl.password_file": str(tmp_path / "none")})
    with pytest.raises(SettingsError, match="given twice"):
        KafkaSettings({"ssl.key.pem": "x", "ssl.key.pem_file": __file__})


def test_nothing_is_shown_that_is_not_known_to_be_harmless() -> None:
    shown = repr(KafkaSettings({"sasl.password": "hunter2", "unheard.of": "hunter2"}))
    assert "hunter2" not in shown
    assert "bootstrap.servers=localhost:9092" in shown


def test_a_misspelt_setting_is_the_users_error() -> None:
    with pytest.raises(SettingsError, match=r"bootstrap\.sirvers"):
        open_admin(KafkaSettings({"bootstrap.sirvers": "x"}))
