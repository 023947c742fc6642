"""How to reach Kafka: librdkafka's own settings by their own names, checked, never printed.

Where they come from (environment, files, flags) is decided above; here is what they may say.
Anything of librdkafka's CONFIGURATION.md passes through verbatim, except the keys each of our
clients must own to be correct: those are refused with the reason. `<key>_file` reads the value of
`<key>` from a file, for secrets.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

Value = str | int | float | bool

_ENGINE_IDENTITY: Final = "it is the slot's identity, which fences a zombie"
_EXACTLY_ONCE: Final = "exactly-once depends on it"
_GROUP: Final = "the group is named after the prefix and namespace"
_POSITION: Final = "positions are committed with the transaction that they belong to"
_ORDER: Final = "the partition of every record is computed by Duralog"
_TIMING: Final = "the engine's take-over and latency are tuned as a whole"
_CALLBACK: Final = "Duralog listens there itself"

OWNED: Final[dict[str, str]] = {
    "transactional.id": _ENGINE_IDENTITY,
    "group.instance.id": _ENGINE_IDENTITY,
    "client.id": _ENGINE_IDENTITY,
    "transaction.timeout.ms": _TIMING,
    "enable.idempotence": _EXACTLY_ONCE,
    "enable.gapless.guarantee": _EXACTLY_ONCE,
    "acks": _EXACTLY_ONCE,
    "request.required.acks": _EXACTLY_ONCE,
    "max.in.flight": _EXACTLY_ONCE,
    "max.in.flight.requests.per.connection": _EXACTLY_ONCE,
    "isolation.level": _EXACTLY_ONCE,
    "delivery.report.only.error": _EXACTLY_ONCE,
    "group.id": _GROUP,
    "group.protocol": _GROUP,
    "partition.assignment.strategy": _GROUP,
    "session.timeout.ms": _TIMING,
    "heartbeat.interval.ms": _TIMING,
    "max.poll.interval.ms": _TIMING,
    "enable.auto.commit": _POSITION,
    "enable.auto.offset.store": _POSITION,
    "auto.commit.interval.ms": _POSITION,
    "auto.offset.reset": _POSITION,
    "enable.partition.eof": _POSITION,
    "partitioner": _ORDER,
    "allow.auto.create.topics": "a misspelt name must be seen; `duralog topics apply` makes topics",
    "message.max.bytes": "the limits of requests and topics are part of the protocol",
    "plugin.library.paths": "it loads code into the process",
    "error_cb": _CALLBACK,
    "log_cb": _CALLBACK,
    "logger": _CALLBACK,
    "on_delivery": _CALLBACK,
    "on_commit": _CALLBACK,
}

# Only these are shown; whatever is not known to be harmless is masked.
SHOWN: Final = frozenset(
    {
        "bootstrap.servers",
        "broker.address.family",
        "client.dns.lookup",
        "client.rack",
        "compression.type",
        "metadata.broker.list",
        "sasl.mechanism",
        "sasl.mechanisms",
        "security.protocol",
        "socket.timeout.ms",
        "ssl.ca.location",
        "ssl.endpoint.identification.algorithm",
        "statistics.interval.ms",
    }
)

DEFAULT_BOOTSTRAP: Final = "localhost:9092"
ANY_ROLE: Final = "client or worker"  # One connection serves both.


class SettingsError(ValueError):
    """A setting is refused; the text names it, says why and what to do. It never holds a value."""


class KafkaSettings:
    """Checked settings. `repr` masks every value that is not known to be harmless.

    role: whose rights are meant when one is missing, of `duralog.connectors.acl`; for messages.
    """

    __slots__ = ("_values", "role")

    def __init__(self, values: Mapping[str, Value] | None = None, *, role: str = ANY_ROLE) -> None:
        """Check `values` and read the `_file` ones. Raises SettingsError."""
        checked: dict[str, Value] = {}
        for key, value in (values or {}).items():
            name, known = _checked(key, value)
            if name in checked:
                raise SettingsError(f"Kafka setting {name!r} is given twice; keep one of them")
            checked[name] = known
        if "metadata.broker.list" not in checked:
            checked.setdefault("bootstrap.servers", DEFAULT_BOOTSTRAP)
        self._values = checked
        self.role = role

    def of(self, role: str) -> "KafkaSettings":
        """The same, for another role."""
        other = KafkaSettings(role=role)
        other._values = self._values  # Never changed.
        return other

    @property
    def bootstrap_servers(self) -> str:
        """Where we connect to, for messages."""
        return str(
            self._values.get("bootstrap.servers") or self._values.get("metadata.broker.list")
        )

    def client(
        self, *, defaults: Mapping[str, Value] | None = None, owned: Mapping[str, Value]
    ) -> dict[str, Any]:
        """One client's configuration: `defaults` yield to the user's settings, `owned` win."""
        return {
            "allow.auto.create.topics": False,
            "log.connection.close": True,  # The sign of trouble that a dirty producer is known by.
            # A broker restart should cost little: the default is 10 s.
            "reconnect.backoff.max.ms": 1000,
            "socket.timeout.ms": 10_000,
            **(defaults or {}),
            **self._values,
            **owned,
        }

    def __repr__(self) -> str:
        shown = (f"{k}={v if k in SHOWN else '***'}" for k, v in sorted(self._values.items()))
        return f"KafkaSettings({', '.join(shown)})"


def _checked(key: str, value: object) -> tuple[str, Value]:
    """Name and value of one setting as librdkafka takes them."""
    if not isinstance(value, str | int | float | bool):
        raise SettingsError(f"Kafka setting {key!r} must be text, a number or true/false")
    if key.endswith("_file"):
        key = key.removesuffix("_file")
        value = _read(key, Path(str(value)))
    reason = OWNED.get(key)
    if reason is not None:
        raise SettingsError(f"Kafka setting {key!r} cannot be set: {reason}; remove it")
    return key, value


def _read(key: str, path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8").rstrip("\r\n")
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "not text"
        raise SettingsError(f"cannot read {path} for Kafka setting {key!r}: {reason}") from None
