"""What a local broker is told: server.properties, log4j2, java's command lines; text, no I/O."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

HOST: Final = "127.0.0.1"
MESSAGE_MAX_BYTES: Final = 5 * 1024 * 1024  # The limit of Duralog's topics.

_PROTOCOLS: Final = "listener.security.protocol.map"
DEVELOPMENT_PROPERTIES: Final[Mapping[str, str]] = {
    "process.roles": "broker,controller",
    "controller.listener.names": "CONTROLLER",
    "inter.broker.listener.name": "PLAINTEXT",
    _PROTOCOLS: ("PLAINTEXT:PLAINTEXT,SASL:SASL_PLAINTEXT,CONTROLLER:PLAINTEXT"),
    # A typing error in a topic's name must be seen, not served.
    "auto.create.topics.enable": "false",
    # One broker: every replica is here.
    "default.replication.factor": "1",
    "min.insync.replicas": "1",
    "offsets.topic.replication.factor": "1",
    "transaction.state.log.replication.factor": "1",
    "transaction.state.log.min.isr": "1",
    "share.coordinator.state.topic.replication.factor": "1",
    "share.coordinator.state.topic.min.isr": "1",
    # The defaults, 50 each, cost a second at every start.
    "offsets.topic.num.partitions": "4",
    "transaction.state.log.num.partitions": "4",
    "share.coordinator.state.topic.num.partitions": "1",
    # A group of one need not wait for others.
    "group.initial.rebalance.delay.ms": "0",
    # After a kill the broker waits for its own old session (the default is 9 s), and a machine that
    # stalls for longer than that fences it.
    "broker.session.timeout.ms": "6000",
    "broker.heartbeat.interval.ms": "500",
    "message.max.bytes": str(MESSAGE_MAX_BYTES),
    # A laptop's share of threads and memory: the defaults suit a server.
    "num.network.threads": "2",
    "num.io.threads": "4",
    "log.cleaner.threads": "1",
    "log.cleaner.dedupe.buffer.size": str(4 * 1024 * 1024),
    "log.cleaner.io.buffer.size": str(128 * 1024),
}

SCRAM_PROPERTIES: Final[Mapping[str, str]] = {
    "listener.name.sasl.sasl.enabled.mechanisms": "SCRAM-SHA-256",
    "listener.name.sasl.scram-sha-256.sasl.jaas.config": (
        "org.apache.kafka.common.security.scram.ScramLoginModule required;"
    ),
}

LOG4J2: Final = """\
status = error
rootLogger.level = WARN
rootLogger.appenderRef.out.ref = out
appender.out.type = Console
appender.out.name = out
appender.out.layout.type = PatternLayout
appender.out.layout.pattern = %d{ISO8601} %p %c{1}: %m%n
"""

JAVA_QUIET: Final = (
    "-XX:-UsePerfData",  # No files in /tmp.
    "--enable-native-access=ALL-UNNAMED",  # Java warns of Kafka's compression libraries.
    "--sun-misc-unsafe-memory-access=allow",  # Java warns of how Kafka unmaps files.
    "-Djava.awt.headless=true",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class BrokerOptions:
    """Everything about one local broker that is decided before it starts.

    data_dir: holds the log, the settings and the broker's output; kept over restarts.
    sasl_port: None for no SASL listener.
    scram_users: user -> password, stored when data_dir is formatted.
    server_properties: win over everything else here.
    listeners: further ones: name -> security protocol, whose settings are in server_properties.
    listener_ports: of those.
    cluster_id: empty for a fresh one. voters: node id -> controller port of all members of a
    cluster of several, among them `node_id`; empty for a cluster of one.
    """

    data_dir: Path
    port: int
    controller_port: int
    sasl_port: int | None = None
    scram_users: Mapping[str, str] = field(default_factory=dict[str, str])
    server_properties: Mapping[str, str] = field(default_factory=dict[str, str])
    heap_mb: int = 768
    listeners: Mapping[str, str] = field(default_factory=dict[str, str])
    listener_ports: Mapping[str, int] = field(default_factory=dict[str, int])
    node_id: int = 1
    cluster_id: str = ""
    voters: Mapping[int, int] = field(default_factory=dict[int, int])

    @property
    def log_dir(self) -> Path:
        """Where Kafka keeps its log."""
        return self.data_dir / "kafka"

    @property
    def is_formatted(self) -> bool:
        """True if the log directory belongs to a cluster already; it is never formatted again."""
        return (self.log_dir / "meta.properties").exists()


def server_properties(options: BrokerOptions, *, log_dir: Path) -> dict[str, str]:
    """All settings of the broker, by Kafka's names, with its log in `log_dir`."""
    listeners = {"PLAINTEXT": options.port, "CONTROLLER": options.controller_port}
    listeners |= options.listener_ports
    protocols = [DEVELOPMENT_PROPERTIES[_PROTOCOLS]]
    protocols += [f"{name}:{protocol}" for name, protocol in options.listeners.items()]
    scram = dict[str, str]()
    if options.sasl_port is not None:
        listeners["SASL"] = options.sasl_port
        scram.update(SCRAM_PROPERTIES)
    addresses = ",".join(f"{name}://{HOST}:{port}" for name, port in listeners.items())
    return {
        **DEVELOPMENT_PROPERTIES,
        **scram,
        "listeners": addresses,
        "advertised.listeners": addresses,
        _PROTOCOLS: ",".join(protocols),
        "node.id": str(options.node_id),
        **_quorum(options),
        "log.dirs": str(log_dir),
        **options.server_properties,
    }


def _quorum(options: BrokerOptions) -> dict[str, str]:
    """Who votes: this node alone, as its format has written, or a fixed list of several."""
    if not options.voters:
        return {"controller.quorum.bootstrap.servers": f"{HOST}:{options.controller_port}"}
    voters = (f"{node}@{HOST}:{port}" for node, port in sorted(options.voters.items()))
    return {"controller.quorum.voters": ",".join(voters)}


def render_properties(properties: Mapping[str, str]) -> str:
    """Java's .properties format; a backslash is the one character that needs care in our values."""
    lines = (f"{name}={value}" for name, value in sorted(properties.items()))
    return "".join(line.replace("\\", "\\\\") + "\n" for line in lines)


def java_command(*, java: Path, class_path: str, log4j2: Path, heap_mb: int) -> list[str]:
    """The java command line up to the main class: one collector thread, a heap for a laptop."""
    return [
        str(java),
        "-XX:+UseSerialGC",
        # The thorough compiler takes both cores of a small machine for the first minutes. Without
        # it a workflow cost the broker 1.6 ms of CPU instead of 4.9, half a minute after its start.
        "-XX:TieredStopAtLevel=1",
        f"-Xmx{heap_mb}m",
        *JAVA_QUIET,
        f"-Dlog4j2.configurationFile={log4j2}",
        "-cp",
        class_path,
    ]


def format_arguments(
    *, properties: Path, cluster_id: str, scram_users: Mapping[str, str], standalone: bool = True
) -> list[str]:
    """Main class and arguments that make an empty directory the log of a new cluster.

    standalone: of one; else the properties name all voters.
    """
    users = [
        argument
        for name, password in scram_users.items()
        for argument in ("--add-scram", f"SCRAM-SHA-256=[name={name},password={password}]")
    ]
    return [
        "kafka.tools.StorageTool",
        "format",
        *(["--standalone"] if standalone else []),
        *("--cluster-id", cluster_id),
        *("--config", str(properties)),
        *users,
    ]


def argument_file(arguments: Sequence[str]) -> str:
    """An @argument file for java: keeps passwords out of the process list.

    Source: the java launcher's manual, "Command-Line Argument Files".
    """
    quoted = (argument.replace("\\", "\\\\").replace('"', '\\"') for argument in arguments)
    return "".join(f'"{argument}"\n' for argument in quoted)


def last_lines(log: str, *, lines_max: int = 15) -> str:
    """The end of a broker's output, for an error's text; without Java's stack frames."""
    telling = [line for line in log.splitlines() if line.strip() and not line.startswith("\tat ")]
    return "\n".join(telling[-lines_max:])
