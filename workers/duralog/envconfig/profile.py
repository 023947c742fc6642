"""How to connect, as environment and file say: what `Client.connect(**config)` takes.

Environment: as the command line's (DURALOG_BOOTSTRAP_SERVERS, DURALOG_NAMESPACE, DURALOG_PREFIX,
DURALOG_KAFKA_<KEY>), and DURALOG_CONFIG_FILE and DURALOG_PROFILE. File (TOML): the command line's,
whose top is the profile `default`, and further ones as `[profile.<name>]`, with `address`,
`namespace`, `prefix` and a table `kafka` each. The environment has the last word.
"""

import os
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, TypedDict, cast

from duralog.connectors.kafka.settings import Value

ENVIRONMENT: Final = "DURALOG_"
ENVIRONMENT_KAFKA: Final = "DURALOG_KAFKA_"
DEFAULT: Final = "default"
PROFILES: Final = "profile"
KEYS: Final = frozenset({"address", "namespace", "prefix", "kafka"})
KEYS_OF_OTHERS: Final = frozenset({PROFILES, "topics", "engine"})  # Of the command line.

DataSource = Path | str | bytes


class ClientConnectConfig(TypedDict, total=False):
    """Arguments of `Client.connect`; only what was said."""

    target_host: str
    namespace: str
    prefix: str
    kafka: Mapping[str, Value]


class ClientConfigProfileDict(TypedDict, total=False):
    """A profile as in TOML."""

    address: str
    namespace: str
    prefix: str
    kafka: Mapping[str, Value]


@dataclass(frozen=True)
class ClientConfigProfile:
    """One way to connect. kafka: librdkafka's properties, TLS and logins among them."""

    address: str | None = None
    namespace: str | None = None
    prefix: str | None = None
    kafka: Mapping[str, Value] = field(default_factory=dict[str, Value])

    @staticmethod
    def from_dict(d: ClientConfigProfileDict) -> "ClientConfigProfile":
        """Of what `to_dict` makes."""
        return ClientConfigProfile(
            d.get("address"), d.get("namespace"), d.get("prefix"), dict(d.get("kafka", {}))
        )

    def to_dict(self) -> ClientConfigProfileDict:
        """What was said, as in TOML."""
        said = {name: getattr(self, name) for name in sorted(KEYS) if getattr(self, name)}
        return cast(ClientConfigProfileDict, said)

    def to_client_connect_config(self) -> ClientConnectConfig:
        """What was said, for `Client.connect(**config)`."""
        said: dict[str, Any] = dict(self.to_dict())
        if "address" in said:
            said["target_host"] = said.pop("address")
        return cast(ClientConnectConfig, said)

    @staticmethod
    def load(
        profile: str | None = None,
        *,
        config_source: DataSource | None = None,
        disable_file: bool = False,
        disable_env: bool = False,
        config_file_strict: bool = False,
        override_env_vars: Mapping[str, str] | None = None,
    ) -> "ClientConfigProfile":
        """The profile of this name (DURALOG_PROFILE, or `default`), then the environment.

        config_source: A path, or what a file holds; None: the file of DURALOG_CONFIG_FILE.
        config_file_strict: Refuse keys that nobody knows.
        override_env_vars: In place of this process's environment.
        Raises RuntimeError when the file cannot be read, or has no such profile.
        """
        environ = _environ(override_env_vars, disabled=disable_env)
        name = profile or environ.get(f"{ENVIRONMENT}PROFILE") or DEFAULT
        source = config_source
        if source is None and not disable_file:
            source = _default_file(_environ(override_env_vars, disabled=False))
        profiles = {} if source is None else read_profiles(source, strict=config_file_strict)
        if name not in profiles and name != DEFAULT:
            raise RuntimeError(f"there is no profile {name!r}; known: {sorted(profiles)}")
        said: dict[str, Any] = dict(profiles.get(name, ClientConfigProfile()).to_dict())
        for key, variable in (
            ("address", "BOOTSTRAP_SERVERS"),
            ("namespace", "NAMESPACE"),
            ("prefix", "PREFIX"),
        ):
            if environ.get(ENVIRONMENT + variable):
                said[key] = environ[ENVIRONMENT + variable]
        said["kafka"] = {**said.get("kafka", {}), **kafka_of(environ)}
        return ClientConfigProfile(**said)


@dataclass
class ClientConfig:
    """All profiles of a file."""

    profiles: Mapping[str, ClientConfigProfile]

    def to_dict(self) -> Mapping[str, ClientConfigProfileDict]:
        """As in TOML, by name."""
        return {name: profile.to_dict() for name, profile in self.profiles.items()}

    @staticmethod
    def from_dict(d: Mapping[str, ClientConfigProfileDict]) -> "ClientConfig":
        """Of what `to_dict` makes."""
        return ClientConfig({name: ClientConfigProfile.from_dict(one) for name, one in d.items()})

    @staticmethod
    def load(
        *,
        config_source: DataSource | None = None,
        config_file_strict: bool = False,
        override_env_vars: Mapping[str, str] | None = None,
    ) -> "ClientConfig":
        """Those of the file, or none; the environment only says which file."""
        source = config_source or _default_file(_environ(override_env_vars, disabled=False))
        if source is None:
            return ClientConfig({})
        return ClientConfig(read_profiles(source, strict=config_file_strict))

    @staticmethod
    def load_client_connect_config(
        profile: str | None = None,
        *,
        config_file: str | None = None,
        disable_file: bool = False,
        disable_env: bool = False,
        config_file_strict: bool = False,
        override_env_vars: Mapping[str, str] | None = None,
    ) -> ClientConnectConfig:
        """`ClientConfigProfile.load`, for `Client.connect(**config)`."""
        return ClientConfigProfile.load(
            profile,
            config_source=Path(config_file) if config_file and not disable_file else None,
            disable_file=disable_file,
            disable_env=disable_env,
            config_file_strict=config_file_strict,
            override_env_vars=override_env_vars,
        ).to_client_connect_config()


def read_profiles(source: DataSource, *, strict: bool) -> dict[str, ClientConfigProfile]:
    """All profiles of a file, by name. Raises RuntimeError."""
    try:
        text = source.read_bytes() if isinstance(source, Path) else source
        document = tomllib.loads(text if isinstance(text, str) else text.decode())
    except OSError as error:
        raise RuntimeError(f"cannot read {error.filename}: {error.strerror}") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise RuntimeError(f"the configuration is no TOML: {error}") from None
    tables: dict[str, dict[str, Any]] = dict(document.get(PROFILES, {}))
    top = {key: value for key, value in document.items() if key not in KEYS_OF_OTHERS}
    if top:
        tables.setdefault(DEFAULT, top)
    unknown = sorted({key for table in tables.values() for key in table} - KEYS)
    if strict and unknown:
        raise RuntimeError(f"a profile has {unknown[0]!r}; known are {sorted(KEYS)}")
    return {
        name: ClientConfigProfile(**{key: table[key] for key in KEYS & table.keys()})
        for name, table in tables.items()
    }


def kafka_of(environ: Mapping[str, str]) -> dict[str, Value]:
    """Librdkafka's settings in the environment: its names hold dots and no underscore."""
    found: dict[str, Value] = {}
    for name, value in environ.items():
        if not name.startswith(ENVIRONMENT_KAFKA):
            continue
        key = name.removeprefix(ENVIRONMENT_KAFKA).lower()
        is_file = key.endswith("_file")
        key = key.removesuffix("_file").replace("_", ".")
        found[f"{key}_file" if is_file else key] = value
    return found


def _environ(override: Mapping[str, str] | None, *, disabled: bool) -> Mapping[str, str]:
    if disabled:
        return {}
    return os.environ if override is None else override


def _default_file(environ: Mapping[str, str]) -> Path | None:
    named = environ.get(f"{ENVIRONMENT}CONFIG_FILE")
    return Path(named) if named else None
