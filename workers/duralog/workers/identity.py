"""Who a client or worker says it is."""

import os
import socket


def default_identity() -> str:
    """`pid@host`, as Temporal's SDKs say it."""
    return f"{os.getpid()}@{socket.gethostname()}"
