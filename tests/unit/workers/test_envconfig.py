"""Connection settings of environment and file."""

from pathlib import Path

import pytest

from duralog.envconfig import ClientConfig, ClientConfigProfile

FILE = """
namespace = "shop"
[kafka]
"sasl.mechanism" = "PLAIN"
[profile.test]
address = "test:9092"
prefix = "t"
[topics]
replication_factor = 3
"""


def test_nothing_said_is_nothing_given() -> None:
    config = ClientConfig.load_client_connect_config(override_env_vars={})
    assert config == {}
    config.setdefault("target_host", "localhost:9092")


def test_the_top_of_the_file_is_the_default_profile(tmp_path: Path) -> None:
    file = tmp_path / "duralog.toml"
    file.write_text(FILE)
    environ = {"DURALOG_CONFIG_FILE": str(file)}
    config = ClientConfig.load_client_connect_config(override_env_vars=environ)
    assert config == {"namespace": "shop", "kafka": {"sasl.mechanism": "PLAIN"}}
    disabled = ClientConfig.load_client_connect_config(disable_file=True, override_env_vars=environ)
    assert disabled == {}


def test_a_profile_is_named_by_argument_or_environment() -> None:
    named = ClientConfigProfile.load("test", config_source=FILE, override_env_vars={})
    assert named.to_client_connect_config() == {"target_host": "test:9092", "prefix": "t"}
    environ = {"DURALOG_PROFILE": "test"}
    assert ClientConfigProfile.load(config_source=FILE, override_env_vars=environ) == named
    with pytest.raises(RuntimeError, match="no profile 'live'; known"):
        ClientConfigProfile.load("live", config_source=FILE, override_env_vars={})


def test_the_environment_has_the_last_word() -> None:
    environ = {
        "DURALOG_BOOTSTRAP_SERVERS": "a:1,b:2",
        "DURALOG_NAMESPACE": "mine",
        "DURALOG_KAFKA_SASL_USERNAME": "me",
        "DURALOG_KAFKA_SASL_PASSWORD_FILE": "/run/secret",
    }
    loaded = ClientConfigProfile.load(config_source=FILE.encode(), override_env_vars=environ)
    assert loaded.to_client_connect_config() == {
        "target_host": "a:1,b:2",
        "namespace": "mine",
        "kafka": {
            "sasl.mechanism": "PLAIN",
            "sasl.username": "me",
            "sasl.password_file": "/run/secret",
        },
    }
    bare = ClientConfigProfile.load(config_source=FILE, override_env_vars=environ, disable_env=True)
    assert bare.namespace == "shop"


def test_all_profiles_and_back() -> None:
    config = ClientConfig.load(config_source=FILE)
    assert sorted(config.profiles) == ["default", "test"]
    assert ClientConfig.from_dict(config.to_dict()) == config


def test_what_cannot_be_read_is_told(tmp_path: Path) -> None:
    with pytest.raises(RuntimeError, match="is no TOML"):
        ClientConfig.load(config_source="a = ")
    with pytest.raises(RuntimeError, match=r"cannot read .*No such file"):
        ClientConfig.load(config_source=tmp_path / "none.toml")
    with pytest.raises(RuntimeError, match="a profile has 'adress'"):
        ClientConfig.load(config_source='adress = "x"', config_file_strict=True)
    assert ClientConfig.load(config_source='adress = "x"').profiles
