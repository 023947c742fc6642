"""From flags, environment and file to one connection.

Environment: DURALOG_BOOTSTRAP_SERVERS, DURALOG_NAMESPACE, DURALOG_PREFIX, and DURALOG_KAFKA_<KEY>
for librdkafka's settings (`DURALOG_KAFKA_SASL_USERNAME` is `sasl.username`; a last `_FILE` reads
the value from a file). File (TOML): `namespace`, `prefix`, and a table `[kafka]` of librdkafka's
settings by their own names.
"""

import logging
import os
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from duralog.cli.options import Options
from duralog.cli.shell import UserError
from duralog.connectors.kafka.settings import KafkaSettings, Value
from duralog.envconfig.profile import ENVIRONMENT, kafka_of
from duralog.schemas.topics import TopicNames

NAMESPACE_DEFAULT: Final = "default"
PREFIX_DEFAULT: Final = "duralog"
FILE_KEYS: Final = frozenset({"namespace", "prefix", "kafka", "profile", "topics", "engine"})


@dataclass(slots=True, frozen=True, kw_only=True)
class Connection:
    """Where to, and as whom.

    kafka: librdkafka's settings as given, the brokers' addresses among them.
    document: the whole file, for the commands that know its other tables.
    """

    namespace: str
    prefix: str
    kafka: dict[str, Value]
    document: dict[str, Any] = field(default_factory=dict[str, Any])  # Any: TOML.

    @property
    def settings(self) -> KafkaSettings:
        """The settings, checked, for operators. Raises SettingsError."""
        return KafkaSettings(self.kafka, role="operator")

    @property
    def bootstrap_servers(self) -> str:
        """The brokers, for messages."""
        return self.settings.bootstrap_servers

    @property
    def names(self) -> TopicNames:
        """The topics' names."""
        return TopicNames(prefix=self.prefix, namespace=self.namespace)


def connect(options: Options, environment: Mapping[str, str] | None = None) -> Connection:
    """What all sources together say; nothing is opened. Raises UserError.

    Also sets the level of what the libraries log: what the user must know is told by an error, so
    it is silence unless DURALOG_LOG_LEVEL says otherwise; but not while no broker answers.
    """
    environ = os.environ if environment is None else environment
    level = environ.get(f"{ENVIRONMENT}LOG_LEVEL", "CRITICAL").upper()
    if level not in logging.getLevelNamesMapping():
        raise UserError(f"DURALOG_LOG_LEVEL is {level!r}, not one of DEBUG, INFO, WARNING, ERROR")
    logging.basicConfig(level=level)
    _show_waiting()
    document = _read(options.config) if options.config else {}
    kafka: dict[str, Value] = {**document.get("kafka", {}), **kafka_of(environ), **options.kafka}
    brokers = options.bootstrap_servers or environ.get(f"{ENVIRONMENT}BOOTSTRAP_SERVERS")
    if brokers:
        kafka["bootstrap.servers"] = brokers
    return Connection(
        namespace=options.namespace
        or environ.get(f"{ENVIRONMENT}NAMESPACE")
        or document.get("namespace", NAMESPACE_DEFAULT),
        prefix=options.prefix
        or environ.get(f"{ENVIRONMENT}PREFIX")
        or document.get("prefix", PREFIX_DEFAULT),
        kafka=kafka,
        document=document,
    )


def _show_waiting() -> None:
    """On stderr, in a line: `duralog.connectors.kafka.clients.patiently`."""
    waiting = logging.getLogger("duralog.waiting")
    if not waiting.handlers:
        waiting.addHandler(logging.StreamHandler())
        waiting.setLevel(logging.WARNING)
        waiting.propagate = False


def _read(path: Path) -> dict[str, Any]:  # Any: TOML.
    try:
        document = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise UserError(f"cannot read {path}: {error.strerror}") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise UserError(f"{path} is no TOML: {error}") from None
    unknown = sorted(document.keys() - FILE_KEYS)
    if unknown:
        raise UserError(
            f"{path} has {unknown[0]!r} at the top; known are {', '.join(sorted(FILE_KEYS))}"
        )
    if not isinstance(document.get("kafka", {}), dict):
        raise UserError(f"{path}: [kafka] must be a table of librdkafka's settings")
    return document
