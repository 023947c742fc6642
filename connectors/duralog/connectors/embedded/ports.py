"""Free TCP ports on this machine, and clear words when a wanted one is taken."""

import socket

from duralog.connectors.embedded.configuration import HOST
from duralog.connectors.embedded.errors import EmbeddedKafkaError


def choose_port(wanted: int, *, option: str) -> int:
    """`wanted` if it is free, any free port if it is 0. Raises if it is taken; names `option` then.

    A port may be lost between this and its use. The broker says so in its output then.
    """
    if is_free(wanted):
        return wanted or _any_free_port()
    raise EmbeddedKafkaError(
        f"port {wanted} on {HOST} is in use; stop what listens there or choose another {option}"
    )


def is_free(port: int) -> bool:
    """True if nothing listens on `port`; 0 is always free."""
    with socket.socket() as probe:
        # As Kafka does: connections of an earlier broker that are just closing are no obstacle.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError:
            return False
        return True


def is_listening(port: int) -> bool:
    """True if `port` takes connections; cheaper and quieter than asking a Kafka client."""
    with socket.socket() as probe:
        probe.settimeout(1)
        return probe.connect_ex((HOST, port)) == 0


def _any_free_port() -> int:
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        port: int = probe.getsockname()[1]
        return port
